"""Whom to approach first: the register ranked for a link of a chain, one's own targets ranked over all links, each with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE
from crm.chains.rules import ACTION_LABELS, STATE_LABELS
from crm.companies import queries as companies
from crm.companies.rules import PROGRESS_LABELS
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken
from crm.core.paging import Page, Window
from crm.projects import queries as projects
from crm.targeting import actions, queries
from crm.targeting.queries import ranking
from crm.targeting.queries.ranking import Ranking
from crm.targeting.queries.scoring import NodeFacts
from crm.targeting.rules import score as rules
from crm.targeting.rules.targets import TargetDraft, TargetSource
from crm.targeting.views import bp
from crm.web import edges, guard

PER_PAGE = 50
#: How deep a page goes; whoever wants more takes the list along.
_LAST_PAGE = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """The link (None: one's own targets over all links) and the zone whose eyes are borrowed."""

    node: NodeFacts | None
    zone: str
    zone_id: int | None
    offered: Sequence[Any]

    def rank(self, actor: Actor, today: date, *, first: int = 0, most: int | None = None) -> Ranking:
        if self.node is None:
            return ranking.rank_targets(actor, today, zone_id=self.zone_id, first=first, most=most)
        return ranking.rank(actor, self.node, today, zone_id=self.zone_id, first=first, most=most)


def asked(actor: Actor) -> Asked:
    """From the address; a zone beyond one's reach narrows nothing, a link that does not exist is not found."""
    offered = projects.zones(actor)
    code = request.args.get("zone", "")
    zone = next((z for z in offered if z.code == code), None)
    node = ranking.node(request.args["node"]) if request.args.get("node") else None
    return Asked(node, zone.code if zone else "", zone.id if zone else None, offered)


@bp.get("/targets/rank")
@guard.requires(PROJECT_SEE)
def rank() -> Any:
    actor, today = guard.current(), clock.today()
    found = asked(actor)
    number = min(max(request.args.get("page", 1, type=int), 1), _LAST_PAGE)
    ranked = found.rank(actor, today, first=(number - 1) * PER_PAGE, most=PER_PAGE)
    page = Page(ranked.rows, ranked.total, Window(PER_PAGE, page=number))
    return render_template(
        "targeting/rank.html",
        node=found.node,
        zone=found.zone,
        zones=found.offered,
        ranked=ranked,
        page=page,
        pager=_pager(found, page),
        nodes=queries.places(found.node.chain_code) if found.node else (),
        starts=_starts(actor) if found.node is None else (),
        parts=rules.PART_LABELS,
        factor=lambda part: rules.factor_words(part, ranked.terms.weights),
        state_labels=STATE_LABELS,
        action_labels=ACTION_LABELS,
        progress_labels=PROGRESS_LABELS,
        may_add=actor.can(PROJECT_WRITE),
    )


def _pager(found: Asked, page: Page[Any]) -> dict[str, str | None]:
    def to(number: int) -> str:
        node = found.node.code if found.node else None
        return url_for(
            "targeting.rank", node=node, zone=found.zone or None, page=number if number > 1 else None
        )

    number = page.window.page
    return {
        "next_url": to(number + 1) if page.last < page.total and number < _LAST_PAGE else None,
        "prev_url": to(number - 1) if number > 1 else None,
        "first_url": to(1) if number > 2 else None,
    }


def _starts(actor: Actor) -> Sequence[ranking.Start]:
    """The links to begin with, those of the zone's leading chains before the others."""
    return ranking.starts(clock.today(), actor.zone_id)


@bp.post("/targets/rank/add")
@guard.requires(PROJECT_WRITE)
def rank_add() -> Any:
    """Puts a ranked company on one's list at that link; for the bureau on the zone's list it looked through, else the city's."""
    actor, today = guard.current(), clock.today()
    node = ranking.node(request.form.get("node", ""))
    raw = request.form.get("company_id", "")
    if not (raw.isdecimal() and len(raw) < 10):
        raise NotFound()
    company = companies.find(actor, int(raw))
    zone = next((z for z in projects.zones(actor) if z.code == request.form.get("zone", "")), None)
    back = edges.path_inside(request.form.get("back")) or url_for("targeting.rank", node=node.code)
    try:
        _, made = actions.add(
            actor,
            company,
            TargetDraft(node.id),
            today,
            zone_id=zone.id if zone else None,
            source=TargetSource.PROPOSED,
        )
        edges.commit()
        flash(f"{company.name}{'已列为靶向企业' if made else '已在清单里'}。", "ok")
    except RuleBroken as broken:
        db.session.rollback()
        flash(broken.message, "bad")
    return redirect(back, 303)
