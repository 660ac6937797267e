"""What is due and not yet told, whenever one asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, cast, exists, literal, or_, select

from crm.accounts.models import User
from crm.core.db import db
from crm.followups.models import DutyReminder, Followup
from crm.followups.rules import DutyState, ReminderKind, Thresholds
from crm.projects.models import Project


@dataclass(frozen=True, slots=True)
class Untold:
    """An open duty in a state that its owner has not been told of; `secret` keeps its words out of the message."""

    followup_id: int
    kind: ReminderKind
    due_on: date
    user_id: int
    what: str
    secret: bool


def untold(limits: Thresholds, most: int) -> Sequence[Untold]:
    """Of owners whose account is in use, the longest due first. One statement."""
    type_ = DutyReminder.__table__.c.kind.type
    state = case(
        (Followup.due_on < limits.late, cast(literal(ReminderKind.LATE, type_), type_)),
        (Followup.due_on <= limits.today, cast(literal(ReminderKind.DUE, type_), type_)),
        else_=cast(literal(ReminderKind.SOON, type_), type_),
    )
    told = exists().where(
        DutyReminder.followup_id == Followup.id,
        DutyReminder.kind == state,
        DutyReminder.due_on == Followup.due_on,
        DutyReminder.user_id == Followup.owner_id,
    )
    found = db.session.execute(
        select(
            Followup.id,
            state,
            Followup.due_on,
            Followup.owner_id,
            Followup.what,
            or_(Followup.confidential, Project.confidential.is_(True)),
        )
        .join(User, User.id == Followup.owner_id)
        .outerjoin(Project, Project.id == Followup.project_id)
        .where(Followup.state == DutyState.OPEN, Followup.due_on <= limits.soon, User.active, ~told)
        .order_by(Followup.due_on, Followup.id)
        .limit(most)
    )
    return [Untold(*row) for row in found]
