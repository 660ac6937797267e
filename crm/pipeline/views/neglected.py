"""久未联系: projects in progress that nobody has visited for longer than their stage and tier allow."""

from typing import Any

from flask import render_template, request, url_for

from crm.accounts.permissions import PLAN_EDIT, PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.core.actor import Actor, Scope
from crm.core.paging import Window
from crm.pipeline.queries import neglected as queries
from crm.pipeline.views import bp
from crm.projects import queries as projects
from crm.projects.queries import Filter, choices
from crm.projects.rules import Tier
from crm.web import guard

_WHO = {"mine": "我的", "all": "范围内全部"}


def who_asked(actor: Actor) -> str:
    """An officer begins with his own, everybody else with what he reaches."""
    own = actor.scope(PROJECT_SEE) is Scope.ZONE and not actor.can("assign")
    return "all" if request.args.get("who", "mine" if own else "all") == "all" else "mine"


def filter_asked(actor: Actor) -> Filter:
    args = request.args
    tier = args.get("tier", "")
    return Filter(
        zone_id=args.get("zone", type=int),
        tier=Tier(tier) if tier in set(Tier) else None,
        owner_id=actor.user_id if who_asked(actor) == "mine" else args.get("owner", type=int),
    )


def _kept(*without: str) -> dict[str, Any]:
    return {n: v for n, v in request.args.items() if n not in {"after", "page", *without}}


@bp.get("/neglected")
@guard.requires(PROJECT_SEE)
def neglected() -> Any:
    actor, today = guard.current(), clock.today()
    wanted, who = filter_asked(actor), who_asked(actor)
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    page = queries.list_neglected(actor, wanted, window, today)
    zones = {z.id: z.label for z in choices.zones(actor)} if actor.zone_id is None else {}
    tiers = {row.code: row.label for row in projects.tiers()}
    said = {
        "zone": ("板块", zones.get(wanted.zone_id or 0)),
        "tier": ("级别", wanted.tier and tiers[wanted.tier]),
    }
    following = url_for("pipeline.neglected", **_kept(), after=page.next_token, page=window.page + 1)
    return render_template(
        "pipeline/neglected.html",
        page=page,
        wanted=wanted,
        who=[
            {
                "label": label,
                "url": url_for("pipeline.neglected", **_kept("who") | {"who": name}),
                "current": name == who,
            }
            for name, label in _WHO.items()
        ],
        chosen=who,
        chips=[
            {"label": label, "value": value, "url": url_for("pipeline.neglected", **_kept(name))}
            for name, (label, value) in said.items()
            if value
        ],
        zones=list(zones.items()),
        tiers=[(tier.value, label) for tier, label in tiers.items()],
        tier_labels=tiers,
        next_url=following if page.next_token else None,
        first_url=url_for("pipeline.neglected", **_kept()) if window.page > 1 else None,
        may_log=actor.can(VISIT_LOG),
        limits_url=url_for("settings.edit", key="contact_limits") if actor.can(PLAN_EDIT) else "",
    )
