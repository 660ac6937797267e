"""诉求: the list of demands, promises and problems; one of them; raising one."""

from dataclasses import replace
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from crm.accounts.permissions import OPINION, PROJECT_SEE, VISIT_LOG
from crm.companies import queries as companies
from crm.core import clock
from crm.core.errors import RuleBroken
from crm.core.paging import Window
from crm.followups import actions, queries
from crm.followups.forms import DemandForm
from crm.followups.queries import DemandFilters, DemandRow
from crm.followups.rules import ANSWERED, DUTY_LABELS, DutyKind
from crm.followups.rules.demands import CATEGORIES, Step
from crm.followups.views import bp
from crm.followups.views.asking import kept, tabs
from crm.projects import queries as projects
from crm.projects.queries import choices
from crm.settings import queries as settings
from crm.web import edges, guard

#: Parts of the list: name → label. What is open stands first: it is what somebody waits for.
PARTS = {
    "open": "未销号",
    "waiting": "待答复",
    "answered": "待确认",
    "late": "逾期",
    "closed": "已销号",
    "all": "全部",
}


def demands_asked() -> DemandFilters:
    """The filters of the present request's address."""
    args = request.args
    kind, part, category = args.get("kind", ""), args.get("part", "open"), args.get("category", "")
    step = Step(part) if part in set(Step) else None
    return DemandFilters(
        kind=DutyKind(kind) if kind in set(ANSWERED) else None,
        step=step,
        open=part not in ("all", "late") and step is None,
        late=part == "late" or bool(args.get("late")),
        mine=bool(args.get("mine")),
        category=category if category in CATEGORIES else "",
        unit_id=args.get("unit", type=int),
        zone_id=args.get("zone", type=int),
        company_id=args.get("company", type=int),
        project_id=args.get("project", type=int),
    )


def _chips(filters: DemandFilters, units: dict[int, str], zones: dict[int, str]) -> list[dict[str, Any]]:
    said = {
        "kind": ("类别", DUTY_LABELS[filters.kind] if filters.kind else None),
        "category": ("问题类别", filters.category or None),
        "unit": ("责任单位", units.get(filters.unit_id or 0)),
        "zone": ("板块", zones.get(filters.zone_id or 0)),
        "company": ("企业", "只看这一家" if filters.company_id else None),
        "project": ("项目", "只看这一个" if filters.project_id else None),
    }
    return [
        {"label": label, "value": value, "url": url_for("followups.demands", **kept(name))}
        for name, (label, value) in said.items()
        if value
    ]


@bp.get("/demands")
@guard.requires(PROJECT_SEE)
def demands() -> Any:
    actor, today = guard.current(), clock.today()
    filters = demands_asked()
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    page = queries.demands(actor, filters, window, today)
    zones = {z.id: z.label for z in choices.zones(actor)} if actor.zone_id is None else {}
    units = dict(queries.units_for(actor.zone_id))
    part = request.args.get("part", "open")
    following = url_for("followups.demands", **kept(), after=page.next_token, page=window.page + 1)
    return render_template(
        "followups/demands.html",
        page=page,
        filters=filters,
        part=part,
        parts=tabs("followups.demands", "part", PARTS, part),
        who=tabs(
            "followups.demands", "mine", {"": "范围内全部", "1": "与我有关"}, "1" if filters.mine else ""
        ),
        chips=_chips(filters, units, zones),
        units=list(units.items()),
        zones=list(zones.items()),
        kinds=[(k.value, DUTY_LABELS[k]) for k in ANSWERED],
        categories=[(c, c) for c in CATEGORIES],
        next_url=following if page.next_token else None,
        first_url=url_for("followups.demands", **kept()) if window.page > 1 else None,
        may_raise=actor.can(VISIT_LOG),
    )


def show_page(row: DemandRow) -> str:
    actor, followup_id = guard.current(), row.duty.id
    arranges = not row.duty.hidden and actor.can(VISIT_LOG) and queries.reaches(actor, followup_id, VISIT_LOG)
    asked = row.unit_id is not None and row.unit_id == actor.unit_id and actor.can(OPINION)
    return render_template(
        "followups/demand.html",
        row=row,
        arranges=arranges,
        may_answer=not row.duty.hidden and (arranges or asked),
        project_seen=_sees_project(row.duty.project_id),
        steps=queries.history(row.duty),
        climbed=queries.steps_of(followup_id),
        reached=len(queries.people_of(row.unit_id, clock.today())) if row.unit_id is not None else None,
    )


def _sees_project(project_id: int | None) -> bool:
    """A unit that is only asked may not open the project behind the demand."""
    return bool(projects.find_many(guard.current(), [project_id], PROJECT_SEE)) if project_id else False


@bp.get("/demands/<int:followup_id>")
@guard.requires(PROJECT_SEE)
def demand(followup_id: int) -> Any:
    return show_page(queries.demand(guard.current(), followup_id, clock.today()))


@bp.route("/demands/new", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def new_demand() -> Any:
    """One about ?project= (a code), ?company= (an id), or the company that is typed."""
    actor, today = guard.current(), clock.today()
    form = DemandForm(company_id=request.args.get("company", ""), project=request.args.get("project", ""))
    project = projects.find(actor, str(form.project.data), VISIT_LOG) if form.project.data else None
    number = str(form.company_id.data or "")
    company = companies.find(actor, int(number)) if number.isdecimal() and len(number) < 19 else None
    zone_id = project.zone_id if project else actor.zone_id
    units = queries.units_for(zone_id)
    form.offer(units, queries.owners_for(actor, zone_id, today), queries.leaders_for(today))

    def act() -> None:
        if project is None and company is None and (form.company.data or "").strip():
            raise RuleBroken("没有找到这家企业。请从列表里选，或先登记企业。", field="company")
        company_id = project.company_id if project else (company.id if company else None)
        draft = replace(
            form.draft(), company_id=company_id, project_id=project.id if project else None, not_before=today
        )
        made = actions.plan(actor, draft)
        g.made, g.note = made.followup.id, made.note
        if form.unit.data:
            actions.forward(actor, made.followup, form.unit.data, made.followup.due_on, today)

    if form.validate_on_submit() and edges.attempt(form, act):
        flash(f"{DUTY_LABELS[DutyKind(form.kind.data)]}已登记。", "ok")
        if g.note:
            flash(g.note, "info")
        edges.warn_of_numbers(form.what.data)
        return redirect(url_for("followups.demand", followup_id=g.made), 303)
    if not form.is_submitted():
        form.due_on.data = settings.calendar().add_working_days(today, settings.value("demand_days"))
        if company is not None:
            form.company.data = company.name
    page = render_template("followups/demand_new.html", form=form, project=project)
    return page, 422 if form.is_submitted() else 200
