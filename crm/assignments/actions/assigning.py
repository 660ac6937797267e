"""Assigning leaders and specialists, handing over, ending."""

from datetime import date, datetime, timedelta

from crm.accounts.models import User
from crm.assignments import queries, rules
from crm.assignments.models import Assignment
from crm.assignments.rules import AssignmentDraft, AssignmentKind
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.notices import actions as notices
from crm.projects import actions as projects
from crm.projects import queries as project_queries
from crm.projects.models import Project
from crm.projects.rules import GrantLevel
from crm.units.models import Leader


def assign(actor: Actor, project: Project, draft: AssignmentDraft, today: date) -> Assignment:
    """Puts somebody on a project. A new direct leader takes over: the term of the present one ends the day before.

    A specialist gets a right to work on the project for the same term.
    """
    rules.check(draft)
    _check_person(project, draft, today)
    if queries.same_person(project, draft):
        raise RuleBroken(
            "这个人在这段时间已有同样的安排。请先结束原来的。", "leader" if draft.kind.is_leader else "user"
        )
    if draft.kind is AssignmentKind.DIRECT_LEADER:
        _hand_over(actor, project, draft, today)
    made = Assignment(
        project_id=project.id,
        kind=draft.kind,
        leader_id=draft.leader_id,
        user_id=draft.user_id,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        note=draft.note.strip(),
        created_by=actor.user_id,
    )
    db.session.add(made)
    db.session.flush()
    if draft.user_id is not None:
        _open_project(actor, project, made, draft.user_id)
    audit.record(
        actor,
        "assignment.made",
        _subject(project, made),
        {"starts_on": (None, made.starts_on)},
        note=_name(made),
    )
    return made


def _open_project(actor: Actor, project: Project, made: Assignment, user_id: int) -> None:
    """The right to work on the project for the term of the assignment, and a word to whom it is given."""
    projects.grant(
        actor,
        project,
        user_id=user_id,
        level=GrantLevel.WORK,
        source="assignment",
        source_id=made.id,
        starts_on=made.starts_on,
        ends_on=made.ends_on,
    )
    text = f"您被安排为 {project.code} 的{made.kind.label}。"
    notices.send(user_id, "assignment", text, f"/projects/{project.code}")


def end(actor: Actor, project: Project, assignment: Assignment, ends_on: date) -> None:
    """The last day of an assignment; the right it caused ends with it."""
    if ends_on < assignment.starts_on:
        raise RuleBroken("结束日期早于开始日期。请核对。", "ends_on")
    if assignment.ends_on is not None and assignment.ends_on <= ends_on:
        raise Conflict("这项安排已经结束。请刷新后再看。")
    before, assignment.ends_on = assignment.ends_on, ends_on
    db.session.flush()
    right = queries.grant_of(assignment.id)
    if right is not None:
        projects.end_grant(actor, project, right, ends_on)
    diff = {"ends_on": (before, ends_on)}
    audit.record(actor, "assignment.ended", _subject(project, assignment), diff, note=_name(assignment))


def left_zone(actor: Actor, project: Project, left: int, now: datetime) -> None:
    """The project has gone over to another zone: whom the one before had put on it ends with today, and so do their rights."""
    today = clock.local(now).date()
    for row in queries.of_project(project.id, today):
        if row.ends_on is None or row.ends_on > today:
            end(actor, project, queries.find(project, row.id), today)


def _hand_over(actor: Actor, project: Project, draft: AssignmentDraft, today: date) -> None:
    present = queries.holder(project, AssignmentKind.DIRECT_LEADER, min(today, draft.starts_on))
    if present is None or (present.ends_on is not None and present.ends_on < draft.starts_on):
        return
    last = draft.starts_on - timedelta(days=1)
    if last < present.starts_on:
        raise RuleBroken(
            f"现任挂钩领导从 {present.starts_on.isoformat()} 起。接任日期要晚于这一天。", "starts_on"
        )
    end(actor, project, present, last)


def _check_person(project: Project, draft: AssignmentDraft, today: date) -> None:
    """A leader of the list; a user in office where the project lies."""
    if draft.leader_id is not None and db.session.get(Leader, draft.leader_id) is None:
        raise RuleBroken("没有这位领导。请从名单里选择。", "leader")
    if draft.user_id is not None:
        colleagues = {c.id for c in project_queries.colleagues(project.zone_id, today)}
        if draft.user_id not in colleagues:
            raise RuleBroken("这个人不在项目所在板块任职。请从名单里选择。", "user")


def _name(made: Assignment) -> str:
    if made.leader_id is not None:
        leader = db.session.get(Leader, made.leader_id)
        return f"{made.kind.label} {leader.name if leader else ''}".strip()
    user = db.session.get(User, made.user_id)
    return f"{made.kind.label} {user.name if user else ''}".strip()


def _subject(project: Project, made: Assignment) -> audit.Subject:
    label = f"{project.code} {made.kind.label}"
    return audit.Subject("assignment", made.id, label, project.zone_id, project.id, project.company_id)
