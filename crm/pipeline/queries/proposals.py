"""Changes of status that wait for their approval, who may give it, and the duties a hold leaves behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from crm.accounts import permissions
from crm.accounts.models import Post, User
from crm.accounts.queries import in_force
from crm.core.actor import Actor, Role, Scope
from crm.core.db import db
from crm.followups.models import Followup
from crm.followups.rules import DutyState
from crm.pipeline import rules
from crm.pipeline.models import StatusChange
from crm.projects.models import Project
from crm.projects.rules import Status
from crm.projects.scope import visible_to, zone_reach
from crm.units.models import Unit
from crm.zones.models import Zone

#: The duty to review a hold names the change of status that caused it.
REVIEW_ORIGIN = "status:"


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A change of status waiting for its approval. `may` says whether the reader may decide it."""

    id: int
    code: str
    project: str
    zone: str | None
    before: Status
    after: Status
    reason: str
    category: str
    went_to: str
    review_on: date | None
    effective_on: date
    proposed_by: str
    proposed_at: datetime
    may: bool


def proposals(actor: Actor, most: int = 100) -> list[ProposalRow]:
    """Undecided changes of status within reach, oldest first."""
    rows = db.session.execute(
        select(
            StatusChange.id,
            Project.code,
            Project.name,
            Zone.short_name,
            StatusChange.before,
            StatusChange.after,
            StatusChange.reason,
            StatusChange.category,
            StatusChange.went_to,
            StatusChange.review_on,
            StatusChange.effective_on,
            func.coalesce(User.name, "系统"),
            StatusChange.proposed_at,
            zone_reach(actor, permissions.STATUS_APPROVE, Project.__table__.c.zone_id),
        )
        .join(Project, Project.id == StatusChange.project_id)
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .outerjoin(User, User.id == StatusChange.proposed_by)
        .where(StatusChange.decided_at.is_(None), visible_to(actor))
        .order_by(StatusChange.proposed_at, StatusChange.id)
        .limit(most)
    )
    city = actor.scope(permissions.TERMINATE_APPROVE) is Scope.CITY
    found = []
    for row in rows:
        values: list[Any] = list(row)
        if rules.status.needs_bureau(row.before, row.after):
            values[-1] = city
        found.append(ProposalRow(*values))
    return found


def deciding_count(actor: Actor) -> Any:
    """A scalar subquery: how many changes of status wait for the actor's approval; None where none ever does."""
    if not actor.can(permissions.STATUS_APPROVE):
        return None
    ends = or_(StatusChange.before == Status.TERMINATED, StatusChange.after == Status.TERMINATED)
    reach = zone_reach(actor, permissions.STATUS_APPROVE, Project.__table__.c.zone_id)
    if actor.scope(permissions.TERMINATE_APPROVE) is not Scope.CITY:
        reach = and_(reach, ~ends)
    return (
        select(func.count(StatusChange.id))
        .join(Project, Project.id == StatusChange.project_id)
        .where(StatusChange.decided_at.is_(None), reach)
        .scalar_subquery()
    )


def deciders(project: Project, change: StatusChange, today: date) -> Sequence[int]:
    """Who is told of a proposal: the zone's chiefs; the bureau where it is the bureau's, or the project has no zone."""
    bureau = rules.status.needs_bureau(change.before, change.after) or project.zone_id is None
    whose = (
        Post.role == Role.BUREAU if bureau else and_(Post.role == Role.CHIEF, Unit.zone_id == project.zone_id)
    )
    return db.session.scalars(
        select(User.id)
        .join(Post, Post.user_id == User.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(User.active, in_force(today), whose)
        .distinct()
        .order_by(User.id)
    ).all()


def review_duties(project: Project) -> Sequence[Followup]:
    """The open duties to review a hold of this project."""
    return db.session.scalars(
        select(Followup)
        .where(
            Followup.project_id == project.id,
            Followup.state == DutyState.OPEN,
            Followup.origin.startswith(REVIEW_ORIGIN),
        )
        .order_by(Followup.id)
    ).all()
