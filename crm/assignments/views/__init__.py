"""Who answers for which project: the index by leader, and the plain form on a project."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.assignments import actions, queries, rules
from crm.assignments.forms import AssignForm, EndForm
from crm.assignments.queries import OverviewFilter
from crm.assignments.rules import AssignmentKind
from crm.core import clock
from crm.core.actor import Scope
from crm.core.paging import Window
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.rules import Tier
from crm.web import addresses, edges, guard

bp = Blueprint("assignments", __name__)


def filter_asked() -> OverviewFilter:
    args = request.args
    zone, tier = projects.zone_by_code(args.get("zone", "")), args.get("tier", "")
    return OverviewFilter(
        zone.id if zone else None,
        Tier(tier) if tier in set(Tier) else None,
        args.get("leader", type=int),
        args.get("missing") == "1",
    )


def _url(**changes: Any) -> str:
    return addresses.narrowed("assignments.index", ("zone", "tier", "leader", "missing"), **changes)


def _chips(
    wanted: OverviewFilter, tiers: dict[Tier, str], leaders: list[queries.LoadRow]
) -> list[dict[str, str]]:
    found = []
    if (zone := projects.zone_by_code(request.args.get("zone", ""))) is not None:
        found.append({"label": "板块", "value": zone.label, "url": _url(zone=None)})
    if wanted.tier is not None:
        found.append(
            {"label": "级别", "value": tiers.get(wanted.tier, wanted.tier.value), "url": _url(tier=None)}
        )
    if wanted.leader_id is not None:
        name = next((one.name for one in leaders if one.id == wanted.leader_id), str(wanted.leader_id))
        found.append({"label": "挂钩领导", "value": name, "url": _url(leader=None)})
    if wanted.missing:
        found.append({"label": "只看", "value": "还没有挂钩领导", "url": _url(missing=None)})
    return found


@bp.get("/assignments")
@guard.requires(p.ASSIGN_SEE)
def index() -> Any:
    actor, today, wanted = guard.current(), clock.today(), filter_asked()
    window = Window(after=request.args.get("after") or None, page=request.args.get("page", 1, type=int))
    page = queries.overview(actor, wanted, window, today)
    loads = queries.loads(actor, today)
    tiers = {t.code: t.label for t in projects.tiers()}
    return render_template(
        "assignments/index.html",
        page=page,
        next_url=_url(after=page.next_token) if page.next_token else None,
        wanted=wanted,
        filters=_chips(wanted, tiers, loads),
        loads=[(one, _url(leader=one.id)) for one in loads],
        tiers=tiers,
        tier_choices=[(t.value, tiers.get(t, t.value)) for t in rules.MAJOR],
        zones=[(z.code, z.label) for z in projects.zones(actor)]
        if actor.scope(p.ASSIGN_SEE) is not Scope.ZONE
        else [],
        may_assign=actor.can(p.ASSIGN),
        missing_url=_url(missing="1"),
    )


@bp.route("/projects/<code>/assignments", methods=["GET", "POST"])
@guard.requires(p.ASSIGN)
def for_project(code: str) -> Any:
    actor, today = guard.current(), clock.today()
    project = projects.find(actor, code, p.ASSIGN)
    form = AssignForm(data=None if request.method == "POST" else {"starts_on": today})
    _offer(form, project)
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.assign(actor, project, form.draft(), today)
    ):
        flash(f"{form.draft().kind.label}已安排。", "ok")
        return redirect(url_for("assignments.for_project", code=code), 303)
    project = projects.find(actor, code, p.ASSIGN)
    page = render_template(
        "assignments/project.html",
        project=project,
        form=form,
        rows=queries.of_project(project.id, today, past=True),
        today=today,
        lacks=rules.needs_leader(
            project.tier, queries.holder(project, AssignmentKind.DIRECT_LEADER, today) is not None
        ),
    )
    return page, 422 if form.is_submitted() else 200


def _offer(form: AssignForm, project: Project) -> None:
    today = clock.today()
    everybody, seat = queries.candidates(today), queries.seat_of(project)
    first = []
    if seat is not None:
        for kind in (AssignmentKind.DIRECT_LEADER, AssignmentKind.LEAD_BY):
            first += [one for one in rules.suggested(kind, seat, everybody) if one not in first]
    others = [one for one in everybody if one not in first]
    form.offer(first, others, projects.colleagues(project.zone_id, today))


@bp.post("/projects/<code>/assignments/<int:assignment_id>/end")
@guard.requires(p.ASSIGN)
def end(code: str, assignment_id: int) -> Any:
    actor, form = guard.current(), EndForm()
    project = projects.find(actor, code, p.ASSIGN)
    found = queries.find(project, assignment_id)
    day = form.ends_on.data or clock.today()
    if form.validate_on_submit() and edges.attempt(form, lambda: actions.end(actor, project, found, day)):
        flash("安排已结束。", "ok")
    else:
        flash(next((e for errors in form.errors.values() for e in errors), "没有结束。请核对日期。"), "bad")
    return redirect(url_for("assignments.for_project", code=code), 303)


# Imported for the routes it puts on the blueprint.
from crm.assignments.views import handover  # noqa: E402, F401
