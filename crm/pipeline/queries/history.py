"""How a project came to where it stands: its stages and its status."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.core.db import db
from crm.pipeline.models import StageChange, StatusChange
from crm.projects.models import Project
from crm.projects.rules import Stage, Status


@dataclass(frozen=True, slots=True)
class StageRow:
    """One move; `on` is the moment it was made."""

    before: Stage | None
    after: Stage
    cause: str
    note: str
    by: str
    at: datetime


def stage_history(project: Project) -> list[StageRow]:
    """Newest first."""
    rows = db.session.execute(
        select(
            StageChange.before,
            StageChange.after,
            StageChange.cause,
            StageChange.note,
            User.name,
            StageChange.at,
        )
        .outerjoin(User, User.id == StageChange.changed_by)
        .where(StageChange.project_id == project.id)
        .order_by(StageChange.id.desc())
    )
    return [
        StageRow(before, after, cause, note, name or "系统", at)
        for before, after, cause, note, name, at in rows
    ]


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A change of status, proposed or decided."""

    id: int
    before: Status
    after: Status
    reason: str
    category: str
    went_to: str
    review_on: date | None
    effective_on: date
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    approved: bool | None
    decision_note: str


def status_history(project: Project) -> list[StatusRow]:
    """Newest first."""
    decider = aliased(User)
    rows = db.session.execute(
        select(
            StatusChange.id,
            StatusChange.before,
            StatusChange.after,
            StatusChange.reason,
            StatusChange.category,
            StatusChange.went_to,
            StatusChange.review_on,
            StatusChange.effective_on,
            User.name,
            StatusChange.proposed_at,
            decider.name,
            StatusChange.decided_at,
            StatusChange.approved,
            StatusChange.decision_note,
        )
        .outerjoin(User, User.id == StatusChange.proposed_by)
        .outerjoin(decider, decider.id == StatusChange.decided_by)
        .where(StatusChange.project_id == project.id)
        .order_by(StatusChange.id.desc())
    )
    return [
        StatusRow(
            *row[:8],
            proposed_by=row[8] or "系统",
            proposed_at=row[9],
            decided_by=row[10] or "",
            decided_at=row[11],
            approved=row[12],
            decision_note=row[13],
        )
        for row in rows
    ]
