"""Moving a project through its talks, and changing its status."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Forbidden, RuleBroken
from crm.pipeline import actions, queries, rules
from crm.pipeline.forms import DecideForm, StageForm, StatusForm
from crm.pipeline.models import StatusChange
from crm.pipeline.views import bp
from crm.pipeline.views import queue as queue_view
from crm.projects import actions as project_actions
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.rules import STATUS_LABELS, TALKING, AttachmentKind, Stage
from crm.projects.rules.files import ACCEPT
from crm.projects.views import holding
from crm.web import edges, guard


@bp.route("/projects/<code>/stage", methods=["GET", "POST"])
@guard.requires(p.STAGE_MOVE)
def stage(code: str) -> Any:
    """POST moves; GET shows what any other stage of talks asks for, and is the plain form for moving or stepping back."""
    actor = guard.current()
    project = projects.find(actor, code, p.STAGE_MOVE)
    form = StageForm(
        data=None if request.method == "POST" else {"to": request.args.get("to", project.stage.value)}
    )
    if form.validate_on_submit() and edges.attempt(form, lambda: _move(actor, project, form)):
        flash(f"项目已到{form.stage().label}。", "ok")
        return redirect(url_for("projects.show", code=code), 303)
    project = projects.find(actor, code, p.STAGE_MOVE)
    return _stage_page(actor, project, form), 422 if form.is_submitted() else 200


def _move(actor: Actor, project: Project, form: StageForm) -> None:
    try:
        actions.move_stage(actor, project, form.stage(), form.note.data or "", clock.today())
    except RuleBroken as broken:
        if broken.missing:
            actions.keep_refusal(actor, project, form.stage(), broken)
        raise
    except Forbidden as no:
        # A step back belongs to others: what was typed stays, and it says so at the stage.
        raise RuleBroken(no.message, "to") from no


def _stage_page(actor: Actor, project: Project, form: StageForm) -> str:
    form.to.choices = [SelectChoice(s.value, s.label) for s in TALKING]
    chosen = form.to.data if form.to.data in set(Stage) else project.stage.value
    gates = queries.talking_gates(actor, project)
    return render_template(
        "pipeline/stage.html",
        project=project,
        form=form,
        gates=gates,
        stages=TALKING,
        gate=gates.get(Stage(chosen)),
        history=queries.stage_history(project),
    )


@bp.route("/projects/<code>/status", methods=["GET", "POST"])
@guard.requires(p.STATUS_PROPOSE)
def status(code: str) -> Any:
    actor = guard.current()
    project = projects.find(actor, code, p.STATUS_PROPOSE)
    form = StatusForm()
    form.offer(project.status, rules.status.choices(project.status, project.stage))
    made: list[StatusChange] = []
    if form.validate_on_submit() and edges.attempt(form, lambda: made.append(_change(actor, project, form))):
        done = made[0].decided_at is not None
        word = STATUS_LABELS[form.draft().to]
        flash(f"项目状态已变为{word}。" if done else f"变为{word}的申请已提出，等待批准。", "ok")
        return redirect(url_for("projects.show", code=code), 303)
    if form.is_submitted():
        holding.keep(actor, project_actions.owner_of(project).about, form)
        project = projects.find(actor, code, p.STATUS_PROPOSE)
    return _status_page(project, form, DecideForm(formdata=None)), 422 if form.is_submitted() else 200


def _change(actor: Actor, project: Project, form: StatusForm) -> StatusChange:
    about = project_actions.owner_of(project).about
    for kept in holding.take(actor, about, form.file):
        project_actions.add_attachment(actor, project, AttachmentKind.TERMINATION, kept)
    return actions.change_status(actor, project, form.draft(), clock.today(), clock.now())


def _status_page(project: Project, form: StatusForm, deciding: DecideForm) -> str:
    actor = guard.current()
    waiting = queries.open_change(project)
    return render_template(
        "pipeline/status.html",
        offered={s.value for s in rules.status.choices(project.status, project.stage)},
        project=project,
        form=form,
        deciding=deciding,
        history=queries.status_history(project),
        waiting=waiting,
        may_decide=bool(waiting and queries.may_decide(actor, project, waiting)),
        may_at_once=queries.may(actor, project, p.STATUS_APPROVE),
        labels=STATUS_LABELS,
        accept=ACCEPT,
    )


@bp.post("/projects/<code>/status/<int:change_id>/decide")
@guard.requires(p.STATUS_APPROVE, p.TERMINATE_APPROVE)
def decide(code: str, change_id: int) -> Any:
    """Approves or refuses a proposed change of status."""
    actor, form = guard.current(), DecideForm()
    project = projects.find(actor, code)
    answer, from_queue = request.form.get("answer"), request.form.get("back") == "queue"
    approve, note = answer == "yes", form.note.data or ""
    if answer not in ("yes", "no"):
        abort(400)
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: actions.decide_status(actor, project, change_id, approve, note, clock.today(), clock.now()),
    ):
        flash("已同意，状态已变更。" if approve else "已退回这项状态变更。", "ok")
        back = url_for("pipeline.queue") if from_queue else url_for("projects.show", code=code)
        return redirect(back, 303)
    if from_queue:
        message = next((e for errors in form.errors.values() for e in errors), "")
        return queue_view.page(undecided={change_id: message}), 422
    project = projects.find(actor, code)
    shown = StatusForm(formdata=None)
    shown.offer(project.status, rules.status.choices(project.status, project.stage))
    return _status_page(project, shown, form), 422
