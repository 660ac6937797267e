"""Recognising, returning and revoking in place."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Conflict, NotFound
from crm.pipeline import actions, queries
from crm.pipeline.forms import ReasonForm, RecogniseForm
from crm.pipeline.rules import MilestoneKind
from crm.pipeline.views import bp
from crm.pipeline.views import queue as queue_view
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.web import edges, guard
from crm.web.forms import Form


def kind_named(text: str) -> MilestoneKind:
    if text not in set(MilestoneKind):
        raise NotFound()
    return MilestoneKind(text)


def _load(code: str, kind: str, form: Any) -> tuple[Actor, Project, MilestoneKind, int | None]:
    """What is decided on, as the reader saw it: what was changed since must be read again first."""
    actor = guard.current()
    project, chosen = projects.find(actor, code, p.RECOGNISE), kind_named(kind)
    milestone = queries.milestone_of(project, chosen)
    if milestone is not None and form.version.data and form.version.data != str(milestone.version):
        raise Conflict(f"{chosen.label}的申报刚被修改或已由他人处理。请刷新后再看。")
    return actor, project, chosen, milestone.id if milestone else None


def _answer(
    form: Form, project: Project, milestone_id: int | None, verb: str, act: Callable[[], Any], said: str
) -> Any:
    code = project.code
    if form.validate() and edges.attempt(form, act):
        flash(said, "ok")
        if request.form.get("back") == "project":
            return redirect(url_for("projects.show", code=code, tab="milestones"), 303)
        return redirect(url_for("pipeline.queue"), 303)
    message = next((e for errors in form.errors.values() for e in errors), "")
    wrong = {"id": milestone_id, "verb": verb, "message": message, "value": request.form.get("reason", "")}
    return queue_view.page(wrong), 422


@bp.post("/projects/<code>/milestones/<kind>/recognise")
@guard.requires(p.RECOGNISE)
def recognise(code: str, kind: str) -> Any:
    form = RecogniseForm()
    actor, project, chosen, milestone_id = _load(code, kind, form)
    return _answer(
        form,
        project,
        milestone_id,
        "recognise",
        lambda: actions.recognise(
            actor, project, chosen, form.recognised_on.data or clock.today(), clock.today(), clock.now()
        ),
        f"已认定{chosen.label}，{code} 计入统计。",
    )


@bp.post("/projects/<code>/milestones/<kind>/return")
@guard.requires(p.RECOGNISE)
def return_(code: str, kind: str) -> Any:
    form = ReasonForm()
    actor, project, chosen, milestone_id = _load(code, kind, form)
    reason = form.reason.data or ""
    return _answer(
        form,
        project,
        milestone_id,
        "return",
        lambda: actions.return_(actor, project, chosen, reason, clock.today(), clock.now()),
        f"已退回{chosen.label}，原因已告知申报人。",
    )


@bp.post("/projects/<code>/milestones/<kind>/revoke")
@guard.requires(p.RECOGNISE)
def revoke(code: str, kind: str) -> Any:
    form = ReasonForm()
    actor, project, chosen, milestone_id = _load(code, kind, form)
    reason = form.reason.data or ""
    return _answer(
        form,
        project,
        milestone_id,
        "revoke",
        lambda: actions.revoke(actor, project, chosen, reason, clock.today(), clock.now()),
        f"已撤销{chosen.label}认定，{code} 退出统计。",
    )
