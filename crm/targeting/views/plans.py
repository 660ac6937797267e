"""The zones' yearly chain plans: who has handed in what, one plan with its files, handing in, confirming and returning."""

from collections.abc import Callable
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for

from crm.accounts.permissions import BOARD_SEE, CHAIN_PLAN_SUBMIT, PLAN_EDIT, PROJECT_WRITE
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, NotFound, RuleBroken
from crm.projects import actions as projects
from crm.projects import files
from crm.projects.rules import files as file_rules
from crm.projects.views import holding
from crm.targeting.actions import plans as actions
from crm.targeting.forms.plans import DueForm, FilesForm, ReturnForm, SubmitForm
from crm.targeting.models import ChainPlan
from crm.targeting.queries import plans as queries
from crm.targeting.rules import plans as rules
from crm.targeting.rules.plans import PlanState
from crm.targeting.views import bp
from crm.targeting.views.zones import zone_or_404
from crm.web import edges, guard
from crm.web import files as web_files
from crm.web.forms import Form
from crm.zones.models import Zone

MARKS = {
    PlanState.DRAFT: "off",
    PlanState.SUBMITTED: "info",
    PlanState.RETURNED: "warn",
    PlanState.CONFIRMED: "ok",
}


def _year(raw: int | None) -> int:
    if raw is None or not rules.EARLIEST <= raw <= rules.LATEST:
        raise NotFound()
    return raw


@bp.get("/chains/plans")
@guard.requires(BOARD_SEE)
def chain_plans() -> Any:
    return _overview(_year(request.args.get("year", clock.today().year, type=int)))


def _overview(year: int, form: DueForm | None = None) -> Any:
    actor, today = guard.current(), clock.today()
    kept = queries.due(year)
    due = rules.due_on(year, {year: kept.due_on} if kept else {})
    rows = queries.of_year(actor, year, today)
    chosen = request.args.get("state", "")
    return render_template(
        "targeting/plans.html",
        year=year,
        years=queries.years(today),
        due=due,
        due_source=kept.source if kept else rules.DUE_OWN,
        rows=[row for row in rows if not chosen or row.state.value == chosen],
        segments=_segments(rows, year, chosen),
        marks=MARKS,
        today=today,
        form=form or DueForm(data={"due_on": due, "source": kept.source if kept else ""}, formdata=None),
        may_edit=actor.can(PLAN_EDIT),
    ), 422 if form else 200


def _segments(rows: list[queries.PlanRow], year: int, chosen: str) -> list[dict[str, Any]]:
    """全部, then each state with how many zones are in it."""

    def one(label: str, code: str, count: int) -> dict[str, Any]:
        url = url_for("targeting.chain_plans", year=year, state=code or None)
        return {"label": label, "url": url, "count": count, "current": chosen == code}

    each = [one(s.label, s.value, sum(1 for row in rows if row.state is s)) for s in PlanState]
    return [one("全部", "", len(rows)), *each]


@bp.post("/chains/plans/<int:year>/due")
@guard.requires(PLAN_EDIT)
def chain_plan_due(year: int) -> Any:
    form, actor = DueForm(), guard.current()
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.set_due(actor, _year(year), form.due_on.data, str(form.source.data or ""))
    ):
        flash(f"{year}年产业链招商规划的截止日期已保存。", "ok")
        return redirect(url_for("targeting.chain_plans", year=year), 303)
    return _overview(_year(year), form)


def _found(zone_code: str, year: int) -> tuple[Actor, Zone, queries.PlanRow]:
    """The plan of a zone within reach; beyond it the zone's plan is not found."""
    actor = guard.current()
    row = queries.plan_row(actor, zone_code, _year(year), clock.today())
    return actor, zone_or_404(zone_code), row


def _page(zone_code: str, year: int, **forms: Form) -> Any:
    actor, zone, row = _found(zone_code, year)
    own = actor.zone_id == zone.id
    return render_template(
        "targeting/plan.html",
        zone=zone,
        year=year,
        row=row,
        due=rules.due_on(year, queries.dues()),
        files=queries.files_of(row.id),
        history=[
            {
                "on": clock.local(step.at),
                "title": step.state.label,
                "text": f"{step.by}，{step.note}".strip("，"),
            }
            for step in queries.steps_of(row.id)
        ],
        late_words=_late(row),
        chains=queries.zone_chains(zone_id=zone.id),
        marks=MARKS,
        upload=forms.get("upload") or FilesForm(formdata=None),
        handing=forms.get("handing") or SubmitForm(formdata=None),
        returning=forms.get("returning") or ReturnForm(formdata=None),
        may_write=own and actor.can(PROJECT_WRITE) and row.state in rules.OPEN,
        may_submit=own and actor.can(CHAIN_PLAN_SUBMIT) and row.state in rules.OPEN,
        may_decide=actor.can(PLAN_EDIT) and row.state is PlanState.SUBMITTED,
        limits=projects.limits(),
        accept=file_rules.ACCEPT,
    ), 422 if forms else 200


def _late(row: queries.PlanRow) -> str:
    if not row.late:
        return "未逾期"
    handed_in = row.state in (PlanState.SUBMITTED, PlanState.CONFIRMED)
    return f"{'迟交' if handed_in else '逾期'} {row.late} 天"


@bp.get("/chains/plans/<int:year>/<zone_code>")
@guard.requires(BOARD_SEE)
def chain_plan(year: int, zone_code: str) -> Any:
    return _page(zone_code, year)


@bp.post("/chains/plans/<int:year>/<zone_code>/files")
@guard.requires(PROJECT_WRITE)
def chain_plan_files(year: int, zone_code: str) -> Any:
    actor, zone, _ = _found(zone_code, year)
    actions.check_own(actor, zone.id)
    form = FilesForm()
    about = actions.subject(zone, year)

    def act() -> None:
        kept = holding.take(actor, about, form.file)
        actions.add_files(actor, zone_or_404(zone_code), year, kept, clock.now())

    if form.validate_on_submit() and edges.attempt(form, act):
        flash(file_rules.uploaded_words(len(form.file.held)), "ok")
        return edges.go(url_for("targeting.chain_plan", year=year, zone_code=zone_code))
    holding.keep(actor, about, form)
    return _page(zone_code, year, upload=form)


def _plan(zone: Zone, year: int) -> ChainPlan:
    plan = queries.plan(zone.id, year)
    if plan is None:
        raise NotFound()
    return plan


@bp.get("/chains/plans/files/<int:file_id>")
@guard.requires(BOARD_SEE)
def chain_plan_file(file_id: int) -> Response:
    """A file as a download; every look at a content is in the audit."""
    actor = guard.current()
    found, plan = queries.file(actor, file_id)
    path, name, kind = files.path_of(found.sha256), found.filename, found.media_type
    zone = db.session.get_one(Zone, plan.zone_id)
    audit.write_now(actor, "chain_plan.file_viewed", actions.subject(zone, plan.year, plan), note=name)
    return web_files.answer(path, name, kind)


@bp.post("/chains/plans/files/<int:file_id>/remove")
@guard.requires(PROJECT_WRITE)
def chain_plan_file_remove(file_id: int) -> Any:
    actor = guard.current()
    found, plan = queries.file(actor, file_id)
    zone = db.session.get_one(Zone, plan.zone_id)
    back = url_for("targeting.chain_plan", year=plan.year, zone_code=zone.code)
    return _done(
        lambda: actions.remove_file(actor, zone, plan, found, request.form.get("reason", ""), clock.now()),
        "文件已删除。",
        back,
    )


def _done(act: Callable[[], object], words: str, back: str) -> Any:
    """An act of one button: what refuses it is said on the page one comes back to."""
    try:
        act()
        edges.commit()
        flash(words, "ok")
    except (RuleBroken, Conflict) as refused:
        db.session.rollback()
        flash(refused.message, "bad")
    return redirect(back, 303)


@bp.post("/chains/plans/<int:year>/<zone_code>/submit")
@guard.requires(CHAIN_PLAN_SUBMIT)
def chain_plan_submit(year: int, zone_code: str) -> Any:
    actor, zone, _ = _found(zone_code, year)
    form = SubmitForm()
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.submit(actor, zone, year, str(form.note.data or ""), clock.now())
    ):
        flash("规划已提交，等市商务局确认。", "ok")
        return redirect(url_for("targeting.chain_plan", year=year, zone_code=zone_code), 303)
    return _page(zone_code, year, handing=form)


@bp.post("/chains/plans/<int:year>/<zone_code>/confirm")
@guard.requires(PLAN_EDIT)
def chain_plan_confirm(year: int, zone_code: str) -> Any:
    actor, zone, _ = _found(zone_code, year)
    back = url_for("targeting.chain_plan", year=year, zone_code=zone_code)
    return _done(lambda: actions.confirm(actor, zone, _plan(zone, year), clock.now()), "规划已确认。", back)


@bp.post("/chains/plans/<int:year>/<zone_code>/return")
@guard.requires(PLAN_EDIT)
def chain_plan_return(year: int, zone_code: str) -> Any:
    actor, zone, _ = _found(zone_code, year)
    form = ReturnForm()
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: actions.send_back(actor, zone, _plan(zone, year), str(form.reason.data or ""), clock.now()),
    ):
        flash("规划已退回，开发区会收到理由。", "ok")
        return redirect(url_for("targeting.chain_plan", year=year, zone_code=zone_code), 303)
    return _page(zone_code, year, returning=form)
