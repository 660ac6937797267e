"""Changes of status that wait for their approval."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from crm.accounts import permissions
from crm.accounts.models import User
from crm.core.actor import Actor, Scope
from crm.core.db import db
from crm.pipeline import rules
from crm.pipeline.models import StatusChange
from crm.projects.models import Project
from crm.projects.rules import Status
from crm.projects.scope import visible_to, zone_reach
from crm.zones.models import Zone


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
