"""The list of visits, one visit, correcting it, and the logged look at a number."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.permissions import PHONE_REVEAL, PROJECT_SEE, VISIT_LOG
from crm.core import clock, money
from crm.core.actor import Actor
from crm.core.errors import NotFound
from crm.core.paging import Window
from crm.followups import queries as duties
from crm.projects import actions as files
from crm.projects.queries import choices
from crm.projects.rules.files import ACCEPT
from crm.units.rules import LEVEL_LABELS, LeaderLevel
from crm.visits import actions, queries
from crm.visits.forms import FactsForm, FileForm
from crm.visits.models import Visit
from crm.visits.queries import Filters
from crm.visits.rules import MODE_LABELS, Mode, columns
from crm.visits.views import bp
from crm.visits.views.columns import CHOOSER
from crm.visits.views.tabs import day_asked, person_words, tabs, without, zone_words
from crm.web import edges, guard


def filters_asked() -> Filters:
    args, mode, level = request.args, request.args.get("mode", ""), request.args.get("level", "")
    return Filters(
        zone_id=args.get("zone", type=int),
        company_id=args.get("company", type=int),
        project_id=args.get("project", type=int),
        mode=Mode(mode) if mode in set(Mode) else None,
        author_id=args.get("officer", type=int),
        since=day_asked("since"),
        until=day_asked("until"),
        q=args.get("q", "").strip(),
        modes=tuple(Mode(each) for each in args.get("modes", "").split(",") if each in set(Mode)),
        person_id=args.get("person", type=int),
        leader_id=args.get("leader", type=int),
        level=LeaderLevel(level) if level in set(LeaderLevel) else None,
        led="led" in args,
        occasion_id=args.get("occasion", type=int),
        lone="lone" in args,
        each="each" in args,
    )


Choices = list[tuple[int, str]]


def filter_choices(actor: Actor) -> tuple[Choices, Choices]:
    """(zones, officers) that a list may be narrowed to."""
    zones = [(z.id, z.label) for z in choices.zones(actor)] if actor.zone_id is None else []
    owners = duties.owners_for(actor, actor.zone_id, clock.today()) if actor.user_id else []
    return zones, owners


def chips(filters: Filters, endpoint: str = "visits.index") -> list[dict[str, Any]]:
    """The filters in force, each with the address of the page without it."""
    said = {
        "zone": ("板块", zone_words(filters.zone_id)),
        "mode": ("方式", MODE_LABELS[filters.mode] if filters.mode else None),
        "officer": ("记录人", person_words(filters.author_id)),
        "since": ("从", filters.since.isoformat() if filters.since else None),
        "until": ("到", filters.until.isoformat() if filters.until else None),
        "q": ("企业", filters.q or None),
        **_more(filters),
    }
    return [
        {"label": label, "value": value, "url": url_for(endpoint, **without(name))}
        for name, (label, value) in said.items()
        if value
    ]


def _more(filters: Filters) -> dict[str, tuple[str, str | None]]:
    """What only the figures ask for."""
    named = queries.named(filters.person_id, filters.leader_id)
    return {
        "modes": ("方式", "、".join(mode.label for mode in filters.modes) or None),
        "person": ("参加", named[0]),
        "leader": ("领导", named[1]),
        "level": ("领导级别", filters.level.label if filters.level else None),
        "led": ("领导", "有领导参加" if filters.led else None),
        "lone": ("属于", "没有归入外出、接待、活动" if filters.lone else None),
        "each": ("企业", "每家只列最近记的一次" if filters.each else None),
        "occasion": ("属于", "同一次外出、接待或活动" if filters.occasion_id is not None else None),
        "project": ("项目", "只看这一个" if filters.project_id is not None else None),
        "company": ("企业", "只看这一家" if filters.company_id is not None else None),
    }


@bp.get("/visits")
@guard.requires(PROJECT_SEE)
def index() -> Any:
    actor, filters = guard.current(), filters_asked()
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    page = queries.listing(actor, filters, window)
    zones, owners = filter_choices(actor)
    keys = CHOOSER.in_sight(actor, request.full_path)
    return render_template(
        "visits/index.html",
        tabs=tabs(),
        page=page,
        rows=queries.around(actor, page.items, keys),
        columns=[columns.COLUMNS[key] for key in keys],
        own_columns=keys != columns.DEFAULT,
        width=-(-columns.width(keys) // 100),
        columns_url=url_for("visits.choose", back=request.full_path),
        export_columns=",".join(keys) if keys != columns.DEFAULT else "all",
        filters=filters,
        chips=chips(filters),
        zones=zones,
        owners=owners,
        modes=[(m.value, label) for m, label in MODE_LABELS.items()],
        levels=[(level.value, label) for level, label in LEVEL_LABELS.items()],
        next_url=url_for("visits.index", **without(), after=page.next_token, page=window.page + 1)
        if page.next_token
        else None,
    )


@bp.get("/visits/<int:visit_id>")
@guard.requires(PROJECT_SEE)
def show(visit_id: int) -> Any:
    return page(visit_id, FileForm())


def page(visit_id: int, upload: FileForm) -> str:
    """One visit; `upload` carries the refusal of a file that could not be kept."""
    actor, today = guard.current(), clock.today()
    row = queries.show(actor, visit_id)
    origin = f"visit:{visit_id}"
    open_ = not row.hidden
    caused = duties.caused_by(actor, origin, today) if open_ else []
    return render_template(
        "visits/show.html",
        row=row,
        projects=queries.projects_of(actor, [visit_id]).get(visit_id, []) if open_ else [],
        ours=queries.ours_of(visit_id) if open_ else [],
        theirs=queries.theirs_of(visit_id) if open_ else [],
        caused=caused,
        details=queries.demand_details([duty.id for duty in caused]) if caused else {},
        closed=duties.closed_by(actor, origin, row.company_id, today) if row.company_id else [],
        editable=open_ and actions.may_edit(actor, queries.find(actor, visit_id)),
        occasion=_occasion_of(actor, row.occasion_id),
        files=queries.attachments_of(visit_id) if open_ else [],
        upload=upload if open_ and actor.can(VISIT_LOG) else None,
        accept=ACCEPT,
        limits=files.limits(),
    )


def _occasion_of(actor: Actor, occasion_id: int | None) -> queries.OccasionRow | None:
    """None where the visit stands alone, or where the reader has a grant on its project and not on its occasion."""
    try:
        return queries.show_occasion(actor, occasion_id) if occasion_id else None
    except NotFound:
        return None


@bp.route("/visits/<int:visit_id>/edit", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def edit(visit_id: int) -> Any:
    actor, today = guard.current(), clock.today()
    visit = queries.find(actor, visit_id, VISIT_LOG)
    row = queries.show(actor, visit_id)
    form = _facts_form(visit)
    if request.method == "GET":
        return render_template("visits/edit.html", form=form, row=row)
    if request.form.get("version") != str(visit.version):
        return _conflict(visit, form)
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.edit(actor, visit, form.facts(), today)
    ):
        flash("走访已修改。", "ok")
        edges.warn_of_numbers(*form.facts().words)
        return redirect(url_for("visits.show", visit_id=visit_id), 303)
    return render_template("visits/edit.html", form=form, row=row), 422


def _facts_form(visit: Visit) -> FactsForm:
    """The visit as it stands, or what was sent. Persons already noted of theirs stay; the rows add to them."""
    actor = guard.current()
    linked = [p.id for p in queries.projects_of(actor, [visit.id]).get(visit.id, [])]
    offered = queries.projects_of_company(actor, visit.company_id)
    data: dict[str, Any] = {
        "version": visit.version,
        "mode": visit.mode.value,
        "projects": linked,
        "happened_on": visit.happened_on,
        "starts_at": visit.starts_at,
        "summary": visit.summary,
        # With the rank: saving the form again must not lose what no register knows.
        "ours": [f"{p.name}（{p.note}）" if p.note else p.name for p in queries.ours_of(visit.id)],
        "place": visit.place,
        "agreed": visit.agreed,
        "intent": _intent(visit),
        "intent_field": visit.intent_field,
        "occasion": visit.occasion_id,
        "confidential": visit.confidential,
    }
    form = FactsForm(data=data) if request.method == "GET" else FactsForm()
    known = {p.id: p.name for p in queries.projects_named(actor, linked)} | {p.id: p.name for p in offered}
    form.projects.offer(known.items())
    form.offer_occasions(_occasions(visit))
    return form


def _occasions(visit: Visit) -> list[tuple[int, str]]:
    """Those of the visit's own days, its present one among them."""
    return queries.occasions_on(guard.current(), visit.zone_id, visit.happened_on, visit.occasion_id)


def _intent(visit: Visit) -> money.Amount | None:
    for value, currency in (
        (visit.intent_amount, money.Currency.CNY),
        (visit.intent_amount_usd, money.Currency.USD),
    ):
        if value is not None:
            return money.Amount(value, currency, value, value)
    return None


def _conflict(visit: Visit, form: FactsForm) -> Any:
    """Both versions side by side; nothing of what was typed is lost."""
    mine = form.facts() if form.happened_on.data else None
    pairs = [
        ("日期", form.happened_on.data, visit.happened_on),
        ("开始时间", form.starts_at.data, visit.starts_at),
        ("方式", mine.mode.label if mine else "", visit.mode.label),
        ("地点", form.place.data, visit.place),
        ("谈了什么", form.summary.data, visit.summary),
        ("达成共识", form.agreed.data, visit.agreed),
        ("意向领域", form.intent_field.data, visit.intent_field),
        ("涉密", "是" if form.confidential.data else "否", "是" if visit.confidential else "否"),
    ]
    hidden = [
        (k, v) for k, v in request.form.items(multi=True) if k not in ("version", "csrf_token", "choice")
    ]
    return (
        render_template(
            "errors/conflict.html",
            record=f"{visit.happened_on:%Y-%m-%d} 走访",
            at=visit.updated_at,
            fields=[(label, a, b, (a or "") != (b or "")) for label, a, b in pairs],
            action=url_for("visits.edit", visit_id=visit.id),
            hidden=[*hidden, ("version", str(visit.version))],
            record_url=url_for("visits.show", visit_id=visit.id),
        ),
        409,
    )


@bp.post("/visits/<int:visit_id>/theirs/<int:person_id>/phone")
@guard.requires(PHONE_REVEAL)
def reveal(visit_id: int, person_id: int) -> Any:
    """The whole number as text; who looked is recorded first."""
    actor = guard.current()
    visit = queries.find(actor, visit_id, PHONE_REVEAL)
    number = actions.reveal(actor, visit, person_id)
    edges.commit()
    return number, 200, {"Content-Type": "text/plain; charset=utf-8"}
