"""Asking a zone about a project, and answering; everything in the audit, nothing ever deleted."""

from collections.abc import Sequence
from datetime import date, datetime

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, NotFound, RuleBroken
from crm.notices import actions as notices
from crm.pipeline import queries
from crm.pipeline.actions.following import subject
from crm.pipeline.models import TruthAnswer, TruthFile
from crm.pipeline.queries import truth
from crm.pipeline.rules import truth as rules
from crm.projects import queries as projects
from crm.projects.models import Project

_CHANGED = "这个问题依据的事实已经变了，或者已由他人处理。请刷新后再看。"


def ask(
    actor: Actor,
    project: Project,
    code: str,
    fingerprint: str,
    note: str,
    asked_of: int | None,
    today: date,
    now: datetime,
) -> TruthAnswer:
    """The bureau asks the zone; who is named (the project's owner, when nobody is) gets a message."""
    actor.require(permissions.RECOGNISE)
    queries.lock(project)
    check = _check(code)
    before = truth.answers_of(project, code, fingerprint)
    if before and before[0].answered_at is None:
        raise Conflict("已经请板块说明，正在等答复。")
    rules.check_request(note)
    told = _told(project, asked_of, today)
    made = TruthAnswer(
        project_id=project.id,
        question=code,
        fingerprint=fingerprint,
        facts=before[0].facts if before else _facts(project, code, fingerprint, today),
        asked_of=told,
        asked_by=actor.user_id,
        asked_note=note.strip(),
        asked_at=now,
    )
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "truth.asked", subject(project, check.title), {"question": (None, check.title)})
    text = f"{project.code} 市商务局请说明：{check.title}"
    notices.send(told, "pipeline", text, f"/projects/{project.code}?tab=milestones#truth")
    return made


def answer(
    actor: Actor,
    project: Project,
    code: str,
    fingerprint: str,
    text: str,
    files: Sequence[int],
    today: date,
    now: datetime,
) -> TruthAnswer:
    """The zone answers what it was asked; the bureau may answer any question. From then on it is quiet."""
    queries.lock(project)
    check = _check(code)
    bureau = actor.can(permissions.RECOGNISE)
    before = truth.answers_of(project, code, fingerprint)
    row = before[0] if before and before[0].answered_at is None else None
    if row is None and not bureau:
        if before:
            raise Conflict(_CHANGED)
        raise NotFound()
    if not bureau:
        _check_zone(actor, project)
    rules.check_answer(text)
    if row is None:
        facts = _facts(project, code, fingerprint, today)
        row = TruthAnswer(project_id=project.id, question=code, fingerprint=fingerprint, facts=facts)
        db.session.add(row)
    row.answer, row.answered_by, row.answered_at = text.strip(), actor.user_id, now
    db.session.flush()
    _attach(project, row, files)
    audit.record(actor, "truth.answered", subject(project, check.title), {"question": (None, check.title)})
    if row.asked_by is not None and row.asked_by != actor.user_id:
        notices.send(
            row.asked_by, "pipeline", f"{project.code} 已说明：{check.title}", "/truth?state=answered"
        )
    return row


def _told(project: Project, asked_of: int | None, today: date) -> int:
    """Who gets the message: somebody in office in the project's zone, else its owner."""
    told = asked_of or project.owner_id
    if told is None:
        raise RuleBroken("项目没有责任人，不知道请谁说明。请选择一位。", "asked_of")
    if asked_of and all(person.id != asked_of for person in projects.colleagues(project.zone_id, today)):
        raise RuleBroken("请谁说明要从项目所在板块的在岗人员里选。请重新选择。", "asked_of")
    return told


def _check_zone(actor: Actor, project: Project) -> None:
    if not projects.discloses(actor, project):
        raise NotFound()
    if not queries.may(actor, project, permissions.MILESTONE_SUBMIT):
        raise Forbidden()


def _attach(project: Project, row: TruthAnswer, files: Sequence[int]) -> None:
    known = {a.id for a in queries.attachments_of(project, files)} if files else set()
    if set(files) - known:
        raise RuleBroken("所选文件不是这个项目的，或已删除。请重新选择。", "evidence")
    db.session.add_all([TruthFile(answer_id=row.id, attachment_id=id_) for id_ in sorted(known)])
    db.session.flush()


def _check(code: str) -> rules.Check:
    if code not in rules.CHECKS:
        raise NotFound()
    return rules.CHECKS[code]


def _facts(project: Project, code: str, fingerprint: str, today: date) -> dict[str, object]:
    found = truth.open_of(project, code, fingerprint, today)
    if found is None:
        raise Conflict(_CHANGED)
    return dict(found.facts)
