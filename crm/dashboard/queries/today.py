"""The small figures beside one's day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, select

from crm.accounts.permissions import PROJECT_SEE
from crm.core import clock
from crm.core.actor import Actor, Scope
from crm.core.db import db
from crm.pipeline.models import Milestone
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.projects.models import Project
from crm.projects.rules import Status
from crm.projects.scope import visible_to
from crm.settings import queries as settings
from crm.visits import queries as visits


@dataclass(frozen=True, slots=True)
class Figures:
    """A person's week, Monday to Sunday; `pending` and `returned` count his submissions, with the last refusal's reason."""

    monday: date
    sunday: date
    visits: int
    goal: int
    leads: int
    pending: int
    returned: int
    returned_reason: str


def figures(actor: Actor, today: date) -> Figures:
    """One statement."""
    monday = today - timedelta(days=today.isoweekday() - 1)
    sunday = monday + timedelta(days=6)
    mine = select(func.count(Milestone.id)).where(Milestone.submitted_by == actor.user_id)
    reason = (
        select(Milestone.decision_reason)
        .where(Milestone.submitted_by == actor.user_id, Milestone.state == MilestoneState.RETURNED)
        .order_by(Milestone.decided_at.desc(), Milestone.id.desc())
        .limit(1)
    )
    leads = select(func.count(Project.id)).where(
        Project.created_by == actor.user_id, Project.created_at >= clock.midnight(monday), visible_to(actor)
    )
    row = db.session.execute(
        select(
            visits.own_count(actor, monday, sunday),
            leads.scalar_subquery(),
            mine.where(Milestone.state == MilestoneState.PENDING).scalar_subquery(),
            mine.where(Milestone.state == MilestoneState.RETURNED).scalar_subquery(),
            reason.scalar_subquery(),
        )
    ).one()
    goal = settings.value("week_visits_goal")
    return Figures(monday, sunday, row[0], goal, row[1], row[2], row[3], row[4] or "")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submission that the bureau has not decided; `days` are working days since."""

    code: str
    project: str
    kind: MilestoneKind
    days: int


def waiting_for_bureau(actor: Actor, today: date, most: int = 8) -> Sequence[Waiting]:
    """The actor's own submissions waiting for recognition, the oldest first. One statement."""
    rows = db.session.execute(
        select(Project.code, Project.name, Milestone.kind, Milestone.submitted_at)
        .join(Project, Project.id == Milestone.project_id)
        .where(
            Milestone.submitted_by == actor.user_id,
            Milestone.state == MilestoneState.PENDING,
            visible_to(actor),
        )
        .order_by(Milestone.submitted_at, Milestone.id)
        .limit(most)
    )
    calendar = settings.calendar()
    return [
        Waiting(code, name, kind, calendar.working_days_between(clock.local(at).date(), today) if at else 0)
        for code, name, kind, at in rows
    ]


@dataclass(frozen=True, slots=True)
class Mine:
    """The projects somebody answers for: how many, their investment in 万元, and their ids for the lights.

    `owned` tells those one is in charge of from those one was assigned or let into.
    """

    count: int = 0
    wan: Decimal | None = None
    ids: Sequence[int] = ()
    owned: bool = True


def mine(actor: Actor) -> Mine:
    """Live projects the actor owns; of a specialist or a department, those that were given to them. One statement."""
    owned = actor.scope(PROJECT_SEE) is not Scope.ASSIGNED
    query = select(Project.id, Project.total_investment).where(
        Project.status == Status.ACTIVE, visible_to(actor)
    )
    if owned:
        query = query.where(Project.owner_id == actor.user_id)
    rows = db.session.execute(query).all()
    known = [amount for _, amount in rows if amount is not None]
    return Mine(len(rows), sum(known, Decimal(0)) if known else None, [row.id for row in rows], owned)
