"""Who answers for what. Leaders are always in the order of their rank."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from crm.accounts.models import User
from crm.accounts.permissions import ASSIGN_SEE
from crm.assignments import rules
from crm.assignments.models import Assignment
from crm.assignments.rules import AssignmentKind
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.projects.models import Grant, Project
from crm.projects.scope import visible_to, zone_reach
from crm.units.models import Leader, Unit
from crm.units.rules import UnitKind


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """One assignment; `leader_id` or `user_id` says which list the name is from."""

    id: int
    version: int
    kind: AssignmentKind
    leader_id: int | None
    user_id: int | None
    name: str
    title: str
    login: str
    starts_on: date
    ends_on: date | None
    note: str
    project_id: int
    code: str

    @property
    def label(self) -> str:
        return self.kind.label


def in_force(today: date) -> ColumnElement[bool]:
    """Assignments whose term holds that day."""
    return and_(Assignment.starts_on <= today, or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today))


def rows_of() -> Any:
    """The select behind every AssignmentRow."""
    return (
        select(
            Assignment.id,
            Assignment.version,
            Assignment.kind,
            Assignment.leader_id,
            Assignment.user_id,
            func.coalesce(Leader.name, User.name).label("name"),
            func.coalesce(Leader.title, "").label("title"),
            func.coalesce(User.login, "").label("login"),
            Assignment.starts_on,
            Assignment.ends_on,
            Assignment.note,
            Project.id.label("project_id"),
            Project.code,
        )
        .join(Project, Project.id == Assignment.project_id)
        .outerjoin(Leader, Leader.id == Assignment.leader_id)
        .outerjoin(User, User.id == Assignment.user_id)
    )


_KINDS = {kind: number for number, kind in enumerate(AssignmentKind)}


def _sorted(rows: Any) -> list[AssignmentRow]:
    return sorted((AssignmentRow(*row) for row in rows), key=lambda a: (_KINDS[a.kind], a.starts_on, a.id))


def of_project(project_id: int, today: date, *, past: bool = False) -> list[AssignmentRow]:
    """Those in force (with `past` all that ever were), direct leader first. The caller has found the project in scope."""
    query = rows_of().where(Assignment.project_id == project_id)
    if not past:
        query = query.where(in_force(today))
    return _sorted(db.session.execute(query))


def listed(
    actor: Actor, *, code: str = "", leader_id: int | None = None, login: str = "", today: date
) -> list[AssignmentRow]:
    """Assignments in force on projects within reach, narrowed by project, leader or user; at most 500."""
    wanted = [visible_to(actor), zone_reach(actor, ASSIGN_SEE, Project.__table__.c.zone_id), in_force(today)]
    if code:
        wanted.append(Project.code == code)
    if leader_id is not None:
        wanted.append(Assignment.leader_id == leader_id)
    if login:
        wanted.append(User.login == login)
    return _sorted(db.session.execute(rows_of().where(*wanted).order_by(Assignment.id).limit(500)))


def find(project: Project, assignment_id: int) -> Assignment:
    found = db.session.scalars(
        select(Assignment).where(Assignment.id == assignment_id, Assignment.project_id == project.id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def project_code_of(assignment_id: int) -> str:
    """Whose assignment it is; the caller then finds that project in scope."""
    code = db.session.scalar(
        select(Project.code)
        .join(Assignment, Assignment.project_id == Project.id)
        .where(Assignment.id == assignment_id)
    )
    if code is None:
        raise NotFound()
    return code


def holder(project: Project, kind: AssignmentKind, today: date) -> Assignment | None:
    """The newest assignment of this kind that is in force or still to begin."""
    return db.session.scalars(
        select(Assignment)
        .where(
            Assignment.project_id == project.id,
            Assignment.kind == kind,
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today),
        )
        .order_by(Assignment.starts_on.desc(), Assignment.id.desc())
        .limit(1)
    ).one_or_none()


def same_person(project: Project, draft: rules.AssignmentDraft) -> bool:
    """Whether this very person already holds this kind of assignment in the draft's term."""
    return bool(
        db.session.scalar(
            select(func.count(Assignment.id)).where(
                Assignment.project_id == project.id,
                Assignment.kind == draft.kind,
                Assignment.leader_id.is_(None)
                if draft.leader_id is None
                else Assignment.leader_id == draft.leader_id,
                Assignment.user_id.is_(None)
                if draft.user_id is None
                else Assignment.user_id == draft.user_id,
                or_(Assignment.ends_on.is_(None), Assignment.ends_on >= draft.starts_on),
            )
        )
    )


def grant_of(assignment_id: int) -> Grant | None:
    """The right that an assignment has caused."""
    return db.session.scalars(
        select(Grant).where(Grant.source == "assignment", Grant.source_id == assignment_id)
    ).one_or_none()


def candidates(today: date) -> list[rules.Candidate]:
    """Leaders in office, by rank."""
    rows = db.session.execute(
        select(
            Leader.id, Leader.name, Leader.title, Leader.level, Leader.unit_id, Unit.zone_id, Leader.rank_no
        )
        .join(Unit, Unit.id == Leader.unit_id)
        .where(Leader.starts_on <= today, or_(Leader.ends_on.is_(None), Leader.ends_on >= today))
        .order_by(Leader.rank_no, Leader.id)
    )
    return [rules.Candidate(*row) for row in rows]


def seat_of(project: Project) -> rules.Seat | None:
    """Where a project lies; None while it has no landing zone."""
    if project.zone_id is None:
        return None
    zone = db.session.get(Unit, project.zone_id)
    above = db.session.get(Unit, zone.county_id) if zone and zone.county_id else None
    return rules.Seat(
        project.zone_id, above.id if above else None, bool(above and above.kind is UnitKind.BLOCK)
    )
