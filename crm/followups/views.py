"""Pages of duties: the list, stating one, and the three ways one moves on, in place or on a page of their own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm

from crm.accounts.permissions import ASSIGN, PROJECT_SEE, VISIT_LOG
from crm.companies import queries as companies
from crm.core import clock
from crm.core.errors import Stale
from crm.core.paging import Window
from crm.followups import actions, queries, rules
from crm.followups.forms import CancelForm, CompleteForm, OwnerForm, PlanForm, PostponeForm, in_place, options
from crm.followups.models import Followup
from crm.followups.queries import Filters
from crm.followups.rules import DUTY_LABELS, DutyKind, DutyState
from crm.projects import queries as projects
from crm.projects.queries import choices
from crm.settings import queries as settings
from crm.visits.forms import QuickForm
from crm.web import edges, guard

bp = Blueprint("followups", __name__)

#: Parts of the list: name → (label, the filters it stands for).
PARTS = {"open": "未完成", "late": "逾期", "week": "本周", "done": "已完成", "cancelled": "已取消"}


def _back() -> str:
    """Where to go afterwards: a path of this site from `next`, else the list."""
    return edges.path_inside(request.values.get("next")) or url_for("followups.index")


def part_asked(name: str, filters: Filters, today: date) -> Filters:
    if name == "late":
        return replace(filters, late=True)
    if name == "week":
        return replace(filters, state=DutyState.OPEN, due_from=today, due_until=rules.week_end(today))
    if name in ("done", "cancelled"):
        return replace(filters, state=DutyState(name))
    return replace(filters, state=DutyState.OPEN)


def filters_asked(mine: bool) -> Filters:
    actor, args = guard.current(), request.args
    kind = args.get("kind", "")
    return Filters(
        owner_id=actor.user_id if mine else args.get("owner", type=int),
        zone_id=args.get("zone", type=int),
        kind=DutyKind(kind) if kind in set(DutyKind) else None,
        company_id=args.get("company", type=int),
        project_id=args.get("project", type=int),
    )


def _kept(*without: str) -> dict[str, Any]:
    dropped = {"after", "page", "open", "do", *without}
    return {name: value for name, value in request.args.items() if name not in dropped}


def _chips(
    filters: Filters, mine: bool, owners: dict[int, str], zones: dict[int, str]
) -> list[dict[str, Any]]:
    said = {
        "kind": ("类别", DUTY_LABELS[filters.kind] if filters.kind else None),
        "owner": ("责任人", owners.get(filters.owner_id or 0) if not mine else None),
        "zone": ("板块", zones.get(filters.zone_id or 0)),
        "company": ("企业", "只看这一家" if filters.company_id else None),
        "project": ("项目", "只看这一个" if filters.project_id else None),
    }
    return [
        {"label": label, "value": value, "url": url_for("followups.index", **_kept(name))}
        for name, (label, value) in said.items()
        if value
    ]


@bp.get("/followups")
@guard.requires(PROJECT_SEE)
def index() -> Any:
    actor, today = guard.current(), clock.today()
    mine = request.args.get("who", "mine") != "all"
    part = request.args.get("part", "open")
    filters = filters_asked(mine)
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    page = queries.listing(actor, part_asked(part, filters, today), window, today)
    zones = {z.id: z.label for z in choices.zones(actor)} if actor.zone_id is None else {}
    owners = dict(queries.owners_for(actor, actor.zone_id, today))
    opened = next((row for row in page.items if row.id == request.args.get("open", type=int)), None)
    following = url_for("followups.index", **_kept(), after=page.next_token, page=window.page + 1)
    return render_template(
        "followups/index.html",
        page=page,
        mine=mine,
        part=part,
        parts=_parts(part),
        who=_who(mine),
        filters=filters,
        chips=_chips(filters, mine, owners, zones),
        zones=list(zones.items()),
        owners=list(owners.items()),
        kinds=[(k.value, label) for k, label in DUTY_LABELS.items()],
        kept=_kept(),
        opened=opened,
        do=request.args.get("do", "visit"),
        forms=in_place(opened) | ({"visit": QuickForm(formdata=None, followup=opened.id)} if opened else {}),
        here=url_for("followups.index", **_kept()),
        next_url=following if page.next_token else None,
        today=today,
        may_act=actor.can(VISIT_LOG),
        missing=settings.calendar().missing_years(today, rules.week_end(today)),
    )


def _parts(current: str) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": url_for("followups.index", **_kept("part"), part=name),
            "current": name == current,
        }
        for name, label in PARTS.items()
    ]


def _who(mine: bool) -> list[dict[str, Any]]:
    everybody = "本板块" if guard.current().zone_id is not None else "全部"
    kept = _kept("who", "owner")
    return [
        {"label": "我的", "url": url_for("followups.index", **kept), "current": mine},
        {"label": everybody, "url": url_for("followups.index", **kept, who="all"), "current": not mine},
    ]


@bp.route("/followups/new", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def new() -> Any:
    """A duty about ?project= (a code) or ?company= (an id), or about neither."""
    actor, today = guard.current(), clock.today()
    form = PlanForm(company=request.args.get("company", ""), project=request.args.get("project", ""))
    code, number = str(form.project.data or ""), str(form.company.data or "")
    project = projects.find(actor, code, VISIT_LOG) if code else None
    company = companies.find(actor, int(number)) if number.isdecimal() else None
    form.offer(queries.owners_for(actor, project.zone_id if project else actor.zone_id, today))
    company_id = project.company_id if project else (company.id if company else None)

    def act() -> None:
        draft = replace(
            form.draft(), company_id=company_id, project_id=project.id if project else None, not_before=today
        )
        g.note = actions.plan(actor, draft).note

    if form.validate_on_submit() and edges.attempt(form, act):
        _said("跟进已新建。")
        return redirect(_back(), 303)
    page = render_template("followups/new.html", form=form, project=project, company=company, back=_back())
    return page, 422 if form.is_submitted() else 200


@bp.get("/followups/<int:followup_id>")
@guard.requires(PROJECT_SEE)
def show(followup_id: int) -> Any:
    actor = guard.current()
    row = queries.show(actor, followup_id, clock.today())
    movable = row.open and not row.hidden and queries.reaches(actor, followup_id, VISIT_LOG)
    return render_template("followups/show.html", row=row, movable=movable)


def _said(done: str) -> None:
    """What was done, and the day that was moved if one was."""
    flash(done, "ok")
    if note := g.get("note"):
        flash(note, "info")


def _move(name: str, form: FlaskForm, followup: Followup, act: Callable[[], Any], done: str) -> Any:
    """One way a duty moves on: refused beside the field on a page of its own, else back to where one came from."""
    seen = str(form["version"].data or "")
    if form.is_submitted() and seen.isdecimal() and int(seen) != followup.version:
        raise Stale("这件事刚被他人办理或推迟。请返回列表核对后再办。")
    if form.validate_on_submit() and edges.attempt(form, act):
        _said(done)
        return redirect(_back(), 303)
    if not form.is_submitted():
        form["version"].data = followup.version
    row = queries.show(guard.current(), followup.id, clock.today())
    page = render_template("followups/move.html", form=form, row=row, do=name, back=_back())
    return page, 422 if form.is_submitted() else 200


@bp.route("/followups/<int:followup_id>/complete", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def complete(followup_id: int) -> Any:
    actor, form = guard.current(), CompleteForm()
    followup = queries.find(actor, followup_id, VISIT_LOG)
    return _move(
        "complete",
        form,
        followup,
        lambda: actions.complete(actor, followup, form.answer.data or ""),
        "跟进已完成。",
    )


@bp.route("/followups/<int:followup_id>/postpone", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def postpone(followup_id: int) -> Any:
    actor, form, today = guard.current(), PostponeForm(), clock.today()
    followup = queries.find(actor, followup_id, VISIT_LOG)

    def act() -> None:
        g.note = actions.postpone(actor, followup, form.to.data or today, form.reason.data or "", today)

    return _move("postpone", form, followup, act, "跟进已推迟。")


@bp.route("/followups/<int:followup_id>/cancel", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def cancel(followup_id: int) -> Any:
    actor, form = guard.current(), CancelForm()
    followup = queries.find(actor, followup_id, VISIT_LOG)
    return _move(
        "cancel",
        form,
        followup,
        lambda: actions.cancel(actor, followup, form.reason.data or ""),
        "跟进已取消。",
    )


@bp.route("/followups/<int:followup_id>/owner", methods=["GET", "POST"])
@guard.requires(ASSIGN)
def hand_over(followup_id: int) -> Any:
    actor, form = guard.current(), OwnerForm()
    followup = queries.find(actor, followup_id, ASSIGN)
    form.owner.choices = options(queries.owners_for(actor, followup.zone_id, clock.today()))

    def act() -> None:
        actions.hand_over(actor, followup, form.owner.data or 0)

    return _move("hand_over", form, followup, act, "责任人已更换。")
