"""The list of projects, its type-ahead, and acts on what is selected in it."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, flash, jsonify, redirect, render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE
from crm.core import clock, money
from crm.core.actor import Actor
from crm.core.errors import RuleBroken
from crm.core.paging import Page
from crm.followups import queries as followups
from crm.pipeline import queries as pipeline
from crm.pipeline.rules import Light
from crm.projects import actions, queries
from crm.projects.models import Project
from crm.projects.queries import Filter, Row
from crm.projects.rules import AFTER_SIGNING, CAPITAL_LABELS, SOURCE_LABELS, STATUS_LABELS, TALKING, Status
from crm.projects.views import asked, bp
from crm.visits import queries as visits
from crm.web import edges, guard

#: Lights are worked out, not stored: up to this many projects they are counted above the list.
_COUNTED = 500
#: Filtering by a light works out the lights of at most so many projects.
_SIFTED = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """A row with what higher features know about it."""

    row: Row
    tier: str
    amount: str
    status: str
    done: int
    steps: int
    light: Light | None
    last_contact: date | None
    next_on: date | None
    next_what: str


def _amount(row: Row) -> str:
    """亿元 as the heading says; a project that only states USD says so."""
    if row.total_investment is None and row.total_investment_usd is not None:
        return money.words(row.total_investment_usd, money.Currency.USD)
    return money.yi(row.total_investment)


def _bar(row: Row) -> tuple[int, int]:
    """How many blocks are full, of how many: six before signing, seven after."""
    talks = len(TALKING)
    return (row.stage.order, talks) if row.stage in TALKING else (row.stage.order - talks, len(AFTER_SIGNING))


def _lines(
    rows: Sequence[Row], tiers: Mapping[str, str], lights: Mapping[int, Light], contacts: Mapping[int, date]
) -> list[Line]:
    duties = followups.next_of_projects([row.id for row in rows])
    return [
        Line(
            row,
            tiers.get(row.tier.value, "") if row.tier else "",
            _amount(row),
            "" if row.status is Status.ACTIVE else STATUS_LABELS[row.status],
            *_bar(row),
            lights.get(row.id),
            contacts.get(row.id),
            *duties.get(row.id, (None, "")),
        )
        for row in rows
    ]


def _sift(actor: Actor, wanted: Filter, state: str, today: date) -> Filter:
    """Narrows to projects whose light has this state."""
    ids = queries.ids_of(actor, wanted, _SIFTED)
    lights = pipeline.lights_of(ids, today)
    chosen = [id_ for id_ in ids if id_ in lights and str(lights[id_].state) == state]
    return dataclasses.replace(wanted, extra=(Project.id.in_(chosen),))


def _lights(
    actor: Actor, wanted: Filter, page: Page[Row], today: date
) -> tuple[dict[int, Light], dict[str, int] | None, Mapping[int, date]]:
    """The lights of the page, and how many there are of each under the filter while it holds few enough projects.

    The last contacts, which decide the lights, are shown in the list too.
    """
    few = 0 < page.total <= _COUNTED
    ids = (
        queries.ids_of(actor, wanted, _COUNTED)
        if few and page.total > len(page.items)
        else [row.id for row in page.items]
    )
    contacts = visits.last_contacts(ids)
    lights = pipeline.lights_of(ids, today, contacts)
    found = [light.state for light in lights.values()]
    return lights, {state: found.count(state) for state in asked.LIGHTS} if few else None, contacts


@bp.get("/projects")
@guard.requires(PROJECT_SEE)
def index() -> Any:
    actor, today = guard.current(), clock.today()
    wanted, window, sort = asked.filter_asked(), asked.window_asked(), asked.sort_asked() or "-amount"
    if state := asked.light_asked():
        wanted = _sift(actor, wanted, state, today)
    summary = queries.stage_counts(actor, wanted)
    total = summary.of(wanted.stages)
    page = queries.listed(actor, wanted, window, total.count, sort)
    lights, light_counts, contacts = _lights(actor, wanted, page, today)
    offered = asked.offers(actor)
    return render_template(
        "projects/index.html",
        page=page,
        lines=_lines(page.items, offered.tiers, lights, contacts),
        total=total,
        total_usd=money.words(total.usd, money.Currency.USD) if total.usd else "",
        lights=light_counts,
        segs=asked.segs(summary),
        chips=asked.chips(offered),
        keep_filter=asked.kept(*asked.FILTERED),
        zones=[(z.code, z.label) for z in offered.zones],
        chains=[(c.id, c.label) for c in offered.chains],
        owners=[(c.id, c.label) for c in offered.owners],
        tiers=list(offered.tiers.items()),
        import_url=url_for("imports.new", kind="projects")
        if "imports.new" in current_app.view_functions
        else None,
        statuses=STATUS_LABELS,
        capitals=CAPITAL_LABELS,
        sources=SOURCE_LABELS,
        light_words=asked.LIGHTS,
        sub=asked.words(wanted),
        sort=sort,
        sort_url=asked.sort_url,
        next_url=asked.url(after=page.next_token, page=window.page + 1) if page.next_token else None,
        first_url=asked.url() if window.page > 1 or window.after else None,
        colleagues=queries.colleagues(actor.zone_id, today) if actor.can(PROJECT_WRITE) else (),
    )


@bp.get("/projects/lookup")
@guard.requires(PROJECT_SEE)
def lookup() -> Any:
    """What a type-ahead offers: [{id, label, note}]."""
    company = request.args.get("company", "")
    found = queries.lookup(
        guard.current(), request.args.get("q", "")[:100], int(company) if company.isdigit() else None
    )
    return jsonify(
        [
            {"id": p.id, "label": p.name, "note": " · ".join(w for w in (p.code, p.zone, p.investor) if w)}
            for p in found
        ]
    )


@bp.post("/projects/bulk")
@guard.requires(PROJECT_WRITE)
def bulk() -> Any:
    """One act on the selected projects; what a rule refuses is named, the rest is done."""
    actor = guard.current()
    ids = [int(raw) for raw in request.form.getlist("ids") if raw.isdigit()][:200]
    projects = queries.find_many(actor, ids, PROJECT_WRITE)
    if not projects:
        flash("没有选中可以修改的项目。请先勾选。", "warn")
        return redirect(url_for("projects.index"))
    refused = [words for project in projects if (words := _one(actor, project))]
    edges.commit()
    done = len(projects) - len(refused)
    if done:
        flash(f"已处理 {done} 个项目。", "ok")
    for words in dict.fromkeys(refused):
        flash(words, "warn")
    return redirect(url_for("projects.index"))


def _one(actor: Actor, project: Project) -> str:
    """Does the act to one project; the words of a refusal, else empty."""
    owner = request.form.get("owner_id", "")
    try:
        if request.form.get("act") == "copy":
            actions.copy_last_week(actor, project, clock.now())
        elif request.form.get("act") == "owner" and owner.isdigit():
            actions.set_owner(actor, project, int(owner), clock.today())
        else:
            return "没有选择责任人。请在右侧选好人再点。"
    except RuleBroken as broken:
        return broken.message
    return ""
