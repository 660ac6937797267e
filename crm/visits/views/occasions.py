"""Trips, receptions and events: their lists with what they add up to, one of them, and writing them down."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import RuleBroken
from crm.core.paging import Window
from crm.projects.queries import choices
from crm.units.rules import LEVEL_LABELS, LeaderLevel
from crm.visits import queries
from crm.visits.actions import may_edit
from crm.visits.actions import occasions as actions
from crm.visits.forms import OccasionForm, ReasonForm
from crm.visits.models import Occasion
from crm.visits.queries import Filters, OccasionFilters
from crm.visits.rules import OccasionKind, tally
from crm.visits.views import bp
from crm.visits.views.tabs import period_asked, tabs, without, zone_words
from crm.web import edges, guard


def kind_of(code: str) -> OccasionKind:
    if code not in set(OccasionKind):
        abort(404)
    return OccasionKind(code)


def filters_asked(kind: OccasionKind | None) -> OccasionFilters:
    args, level = request.args, request.args.get("level", "")
    since, until = period_asked()
    return OccasionFilters(
        kind=kind,
        zone_id=args.get("zone", type=int),
        level=LeaderLevel(level) if level in set(LeaderLevel) else None,
        unled=level == UNLED,
        leader_id=args.get("leader", type=int),
        since=since,
        until=until,
        q=args.get("q", "").strip()[:60],
    )


#: What the filter by rank says for occasions that nobody with a rank led.
UNLED = "none"


def _level_words(filters: OccasionFilters) -> str | None:
    if filters.unled:
        return "未注明领导"
    return LEVEL_LABELS[filters.level] if filters.level else None


def _chips(filters: OccasionFilters, kind: OccasionKind) -> list[dict[str, Any]]:
    said = {
        "zone": ("板块", zone_words(filters.zone_id)),
        "level": ("带队", _level_words(filters)),
        "leader": ("领导", queries.named(None, filters.leader_id)[1]),
        "q": ("名称", filters.q or None),
    }
    return [
        {"label": label, "value": value, "url": url_for("visits.occasions", kind=kind.value, **without(name))}
        for name, (label, value) in said.items()
        if value
    ]


@bp.get("/visits/occasions/<kind>")
@guard.requires(PROJECT_SEE)
def occasions(kind: str) -> Any:
    actor, code = guard.current(), kind_of(kind)
    filters = filters_asked(code)
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    page = queries.list_occasions(actor, filters, window)
    following = without() | {"after": page.next_token, "page": window.page + 1}
    return render_template(
        "visits/occasions.html",
        tabs=tabs(),
        kind=code,
        page=page,
        filters=filters,
        chips=_chips(filters, code),
        zones=_zones(actor),
        levels=[*LEVEL_LABELS.items(), (UNLED, "未注明领导")],
        level=UNLED if filters.unled else filters.level,
        next_url=url_for("visits.occasions", kind=kind, **following) if page.next_token else None,
        **_sums(actor, filters, code),
    )


Lines = list[tuple[str, tally.Tally, str]]


def _sums(actor: Actor, filters: OccasionFilters, kind: OccasionKind) -> dict[str, Any]:
    """批次, 家次, 人次, 天数 of the filter, by the rank of whoever led, by zone; and the visits that stand alone."""
    facts = queries.facts_of_occasions(actor, filters)
    lone = Filters(
        modes=(kind.mode,), zone_id=filters.zone_id, since=filters.since, until=filters.until, lone=True
    )
    return {
        "whole": tally.whole(facts),
        "by_level": _by_level(facts, kind),
        "by_zone": _by_zone(facts, kind),
        "lone": queries.whole(actor, lone).visits,
        # A zone of None is left out of the address.
        "lone_url": url_for(
            "visits.index",
            mode=kind.mode.value,
            lone=1,
            since=filters.since,
            until=filters.until,
            zone=filters.zone_id,
        ),
    }


def _narrowed(kind: OccasionKind, name: str, value: Any) -> str:
    """The same list narrowed to one line; what stands above it are that line's four figures."""
    return url_for("visits.occasions", kind=kind.value, **(without() | {name: value}))


def _by_level(facts: list[tally.Facts], kind: OccasionKind) -> Lines:
    sums = tally.tally(facts, lambda one: one.level)
    return [
        (
            level.label if level else "未注明领导",
            sums[level],
            _narrowed(kind, "level", level.value if level else UNLED),
        )
        for level in tally.in_order(list(sums))
    ]


def _by_zone(facts: list[tally.Facts], kind: OccasionKind) -> Lines:
    """The busiest first."""
    sums = tally.tally(facts, lambda one: one.zone_id)
    ordered = sorted(sums.items(), key=lambda item: (-item[1].batches, item[0] or 0))
    return [
        (zone_words(zone_id or 0) or "—", total, _narrowed(kind, "zone", zone_id or 0))
        for zone_id, total in ordered
    ]


def _zones(actor: Actor) -> list[tuple[int, str]]:
    return [(z.id, z.label) for z in choices.zones(actor)] if actor.zone_id is None else []


@bp.route("/visits/occasions/<kind>/new", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def new_occasion(kind: str) -> Any:
    """Written down, it leads to the table of its visits."""
    actor, code, today = guard.current(), kind_of(kind), clock.today()
    form = OccasionForm().shaped(code, _zones(actor))
    made: list[actions.Recorded] = []
    if form.validate_on_submit() and edges.attempt(
        form, lambda: made.append(actions.record(actor, form.draft(code), today))
    ):
        recorded = made[0]
        flash(f"{code.label}已保存。" if recorded.created else "这条已经保存过，没有重复记。", "ok")
        edges.warn_of_numbers(*form.draft(code).words)
        return redirect(url_for("visits.batch", occasion_id=recorded.occasion.id), 303)
    if not form.is_submitted():
        form.starts_on.data = today
        form.ours.entries[0].data = actor.name
    return render_template(
        "visits/occasion_form.html", form=form, kind=code, tabs=tabs()
    ), 422 if form.is_submitted() else 200


@bp.get("/visits/occasions/<int:occasion_id>")
@guard.requires(PROJECT_SEE)
def occasion(occasion_id: int) -> Any:
    actor = guard.current()
    row = queries.show_occasion(actor, occasion_id)
    found = queries.find_occasion(actor, occasion_id)
    visits = queries.listing(actor, Filters(occasion_id=occasion_id), Window(per_page=200))
    editable = may_edit(actor, found)
    return render_template(
        "visits/occasion.html",
        row=row,
        visits=visits.items,
        total=visits.total,
        editable=editable,
        lone=queries.lone_visits(actor, found) if editable else [],
        form=ReasonForm(formdata=None),
    )


@bp.route("/visits/occasions/<int:occasion_id>/edit", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def edit_occasion(occasion_id: int) -> Any:
    actor, today = guard.current(), clock.today()
    found = queries.find_occasion(actor, occasion_id, VISIT_LOG)
    row = queries.show_occasion(actor, occasion_id)
    form = OccasionForm(data=_data(found) if request.method == "GET" else None)
    form.shaped(found.kind, _zones(actor))
    if form.is_submitted() and form.version.data != str(found.version):
        form.form_errors.append("这条记录刚被他人修改，没有覆盖。请打开最新的核对后再改。")
    elif form.validate_on_submit() and edges.attempt(
        form, lambda: actions.edit(actor, found, form.draft(found.kind), today)
    ):
        flash(f"{row.kind.label}已修改。", "ok")
        edges.warn_of_numbers(*form.draft(row.kind).words)
        return redirect(url_for("visits.occasion", occasion_id=occasion_id), 303)
    return render_template(
        "visits/occasion_form.html", form=form, kind=row.kind, row=row, tabs=[]
    ), 422 if form.is_submitted() else 200


def _data(found: Occasion) -> dict[str, Any]:
    names = ("version", "client_id", "title", "place", "starts_on", "ends_on", "starts_at", "organiser")
    more = ("guests", "signed_count", "signed_amount", "result")
    return {name: getattr(found, name) for name in (*names, *more)} | {
        "zone": found.zone_id,
        # With the rank: saving the form again must not lose what no register knows.
        "ours": [f"{p.name}（{p.level.label}）" if p.level else p.name for p in queries.team_again(found.id)],
    }


@bp.post("/visits/occasions/<int:occasion_id>/gather")
@guard.requires(VISIT_LOG)
def gather(occasion_id: int) -> Any:
    """Puts visits that were logged singly into the occasion they were part of."""
    actor = guard.current()
    found = queries.find_occasion(actor, occasion_id, VISIT_LOG)
    ids = request.form.getlist("visits", type=int)[:200]
    try:
        many = actions.gather(actor, found, ids)
        edges.commit()
        flash(f"已归入 {many} 次走访。" if many else "没有勾选走访，没有改动。", "ok" if many else "warn")
    except RuleBroken as broken:
        flash(broken.message, "bad")
    return edges.go(url_for("visits.occasion", occasion_id=occasion_id))


@bp.post("/visits/occasions/<int:occasion_id>/remove")
@guard.requires(VISIT_LOG)
def remove_occasion(occasion_id: int) -> Any:
    actor = guard.current()
    found = queries.find_occasion(actor, occasion_id, VISIT_LOG)
    kind = found.kind
    try:
        actions.remove(actor, found, request.form.get("reason", ""))
        edges.commit()
    except RuleBroken as broken:
        flash(broken.message, "bad")
        return edges.go(url_for("visits.occasion", occasion_id=occasion_id))
    flash(f"{kind.label}已删除，其中的走访仍在。", "ok")
    return edges.go(url_for("visits.occasions", kind=kind.value))
