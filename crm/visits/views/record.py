"""The list of visits, one visit, correcting it, and the logged look at a number."""

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.permissions import PHONE_REVEAL, PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.core.paging import Window
from crm.followups import queries as duties
from crm.projects.queries import choices
from crm.projects.rules.files import ACCEPT
from crm.settings import queries as settings
from crm.visits import actions, queries
from crm.visits.forms import FactsForm, FileForm
from crm.visits.models import Visit
from crm.visits.queries import Filters
from crm.visits.rules import MODE_LABELS, Mode
from crm.visits.views import bp
from crm.web import edges, guard


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def filters_asked() -> Filters:
    args, mode = request.args, request.args.get("mode", "")
    return Filters(
        zone_id=args.get("zone", type=int),
        company_id=args.get("company", type=int),
        mode=Mode(mode) if mode in set(Mode) else None,
        author_id=args.get("officer", type=int),
        since=_day("since"),
        until=_day("until"),
        q=args.get("q", "").strip(),
    )


def _kept_args() -> dict[str, Any]:
    """The address's filters without the place in the list."""
    return {name: value for name, value in request.args.items() if name not in ("after", "page")}


def _chips(
    filters: Filters, zones: list[tuple[int, str]], owners: list[tuple[int, str]]
) -> list[dict[str, Any]]:
    """The filters in force, each with the address of the list without it."""
    said = {
        "zone": ("板块", dict(zones).get(filters.zone_id or 0)),
        "mode": ("方式", MODE_LABELS[filters.mode] if filters.mode else None),
        "officer": ("记录人", dict(owners).get(filters.author_id or 0)),
        "since": ("从", filters.since.isoformat() if filters.since else None),
        "until": ("到", filters.until.isoformat() if filters.until else None),
        "q": ("企业", filters.q or None),
    }
    kept = _kept_args()
    return [
        {
            "label": label,
            "value": value,
            "url": url_for("visits.index", **{k: v for k, v in kept.items() if k != name}),
        }
        for name, (label, value) in said.items()
        if value
    ]


@bp.get("/visits")
@guard.requires(PROJECT_SEE)
def index() -> Any:
    actor, filters = guard.current(), filters_asked()
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    page = queries.listing(actor, filters, window)
    zones = [(z.id, z.label) for z in choices.zones(actor)] if actor.zone_id is None else []
    owners = duties.owners_for(actor, actor.zone_id, clock.today()) if actor.user_id else []
    kept = _kept_args()
    return render_template(
        "visits/index.html",
        page=page,
        projects=queries.projects_of(actor, [row.id for row in page.items if not row.hidden]),
        filters=filters,
        chips=_chips(filters, zones, owners),
        zones=zones,
        owners=owners,
        modes=[(m.value, label) for m, label in MODE_LABELS.items()],
        next_url=url_for("visits.index", **kept, after=page.next_token, page=window.page + 1)
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
    return render_template(
        "visits/show.html",
        row=row,
        projects=queries.projects_of(actor, [visit_id]).get(visit_id, []) if open_ else [],
        ours=queries.ours_of(visit_id) if open_ else [],
        theirs=queries.theirs_of(visit_id) if open_ else [],
        caused=duties.caused_by(actor, origin, today) if open_ else [],
        closed=duties.closed_by(actor, origin, row.company_id, today) if row.company_id else [],
        editable=open_ and actions.may_edit(actor, queries.find(actor, visit_id)),
        files=queries.attachments_of(visit_id) if open_ else [],
        upload=upload if open_ and actor.can(VISIT_LOG) else None,
        accept=ACCEPT,
        most_mb=settings.value("attachment_most_mb"),
    )


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
        "ours": [person.name for person in queries.ours_of(visit.id)],
        "place": visit.place,
        "confidential": visit.confidential,
    }
    form = FactsForm(data=data) if request.method == "GET" else FactsForm()
    known = {p.id: p.name for p in queries.projects_named(actor, linked)} | {p.id: p.name for p in offered}
    form.projects.offer(known.items())
    return form


def _conflict(visit: Visit, form: FactsForm) -> Any:
    """Both versions side by side; nothing of what was typed is lost."""
    mine = form.facts() if form.happened_on.data else None
    pairs = [
        ("日期", form.happened_on.data, visit.happened_on),
        ("开始时间", form.starts_at.data, visit.starts_at),
        ("方式", mine.mode.label if mine else "", visit.mode.label),
        ("地点", form.place.data, visit.place),
        ("谈了什么", form.summary.data, visit.summary),
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
