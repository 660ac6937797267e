"""Recognising, returning, revoking and correcting a date in place, one milestone at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Conflict, NotFound
from crm.pipeline import actions, queries, rules
from crm.pipeline.forms import ReasonForm, RecogniseForm, RedateForm
from crm.pipeline.rules import MilestoneKind
from crm.pipeline.views import bp
from crm.pipeline.views import queue as queue_view
from crm.pipeline.views.queue import Refused
from crm.projects import queries as projects
from crm.projects.models import Phase, Project
from crm.web import edges, guard
from crm.web.forms import Form


def kind_named(text: str) -> MilestoneKind:
    if text not in set(MilestoneKind):
        raise NotFound()
    return MilestoneKind(text)


@dataclass(frozen=True, slots=True)
class _Stone:
    """The milestone that is decided on, as the address names it."""

    actor: Actor
    project: Project
    kind: MilestoneKind
    phase: Phase | None
    id: int

    @property
    def words(self) -> str:
        return rules.stone_words(self.kind, self.phase.name if self.phase else "")

    def run(self, act: Callable[..., Any], *args: Any) -> Callable[[], Any]:
        return lambda: act(self.actor, self.project, self.kind, *args, clock.today(), clock.now(), self.phase)


def _load(code: str, kind: str, no: int | None, form: Any) -> _Stone:
    """What is decided on, as the reader saw it: what was changed since must be read again first."""
    actor = guard.current()
    project, chosen = projects.find(actor, code, p.RECOGNISE), kind_named(kind)
    phase = None if no is None else projects.phase_numbered(project.id, no)
    milestone = queries.milestone_of(project, chosen, phase)
    if milestone is not None and form.version.data and form.version.data != str(milestone.version):
        raise Conflict(f"{chosen.label}的申报刚被修改或已由他人处理。请刷新后再看。")
    return _Stone(actor, project, chosen, phase, milestone.id if milestone else 0)


def _answer(form: Form, stone: _Stone, act: Callable[[], Any], said: str) -> Any:
    code = stone.project.code
    if form.validate() and edges.attempt(form, act):
        flash(said, "ok")
        if request.form.get("back") == "project":
            return redirect(url_for("projects.show", code=code, tab="milestones"), 303)
        return redirect(url_for("pipeline.queue"), 303)
    words = {field or "": errors[0] for field, errors in form.errors.items()}
    return queue_view.page({stone.id: Refused(words)}, only=stone.id), 422


@bp.post("/projects/<code>/milestones/<kind>/recognise")
@bp.post("/projects/<code>/phases/<int:no>/milestones/<kind>/recognise")
@guard.requires(p.RECOGNISE)
def recognise(code: str, kind: str, no: int | None = None) -> Any:
    form = RecogniseForm()
    stone = _load(code, kind, no, form)
    act = stone.run(actions.recognise, form.recognised_on.data or clock.today())
    return _answer(form, stone, act, f"已认定{stone.words}，{code} 计入统计。")


@bp.post("/projects/<code>/milestones/<kind>/return")
@bp.post("/projects/<code>/phases/<int:no>/milestones/<kind>/return")
@guard.requires(p.RECOGNISE)
def return_(code: str, kind: str, no: int | None = None) -> Any:
    form = ReasonForm()
    stone = _load(code, kind, no, form)
    act = stone.run(actions.return_, form.reason.data or "")
    return _answer(form, stone, act, f"已退回{stone.words}，原因已告知申报人。")


@bp.post("/projects/<code>/milestones/<kind>/revoke")
@bp.post("/projects/<code>/phases/<int:no>/milestones/<kind>/revoke")
@guard.requires(p.RECOGNISE)
def revoke(code: str, kind: str, no: int | None = None) -> Any:
    form = ReasonForm()
    stone = _load(code, kind, no, form)
    act = stone.run(actions.revoke, form.reason.data or "")
    said = f"已撤销{stone.words}认定，{code} 退出统计。已结账的月份保留原数，调整记入未结账的月份。"
    return _answer(form, stone, act, said)


@bp.post("/projects/<code>/milestones/<kind>/redate")
@bp.post("/projects/<code>/phases/<int:no>/milestones/<kind>/redate")
@guard.requires(p.RECOGNISE)
def redate(code: str, kind: str, no: int | None = None) -> Any:
    """Another statistical date for what was recognised."""
    form = RedateForm()
    stone = _load(code, kind, no, form)
    act = stone.run(actions.correct_date, form.recognised_on.data or clock.today(), form.reason.data or "")
    said = f"已更正{stone.words}的统计日期。已结账的月份保留原数，两个日期都在项目里。"
    return _answer(form, stone, act, said)
