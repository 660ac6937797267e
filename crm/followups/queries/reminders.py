"""What is due and not yet told, whenever one asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, cast, exists, func, literal, or_, select, tuple_

from crm.accounts.models import User
from crm.companies.models import Company
from crm.core.db import db
from crm.followups.models import DutyReminder, Followup
from crm.followups.rules import DutyState, ReminderKind, Thresholds
from crm.notices.models import NotifyChoice
from crm.notices.rules import LEAD_DAYS
from crm.projects.models import Project


@dataclass(frozen=True, slots=True)
class Untold:
    """An open duty in a state that its owner has not been told of.

    `secret` keeps its words out of every message; `code` is its project's and `names` are its company's, which are to be
    taken out of the words before they leave the house.
    """

    followup_id: int
    kind: ReminderKind
    due_on: date
    user_id: int
    what: str
    secret: bool
    code: str | None
    names: tuple[str, ...]


def _soon(limits: Thresholds) -> Any:
    """The last day that its owner wants to be told of ahead; who never chose has the product's own number of days."""
    days = {ahead: literal(day) for ahead, day in limits.soon.items()}
    return case(days, value=func.coalesce(NotifyChoice.lead_days, LEAD_DAYS), else_=literal(limits.today))


def _state(limits: Thresholds) -> Any:
    type_ = DutyReminder.__table__.c.kind.type
    return case(
        (Followup.due_on < limits.late, cast(literal(ReminderKind.LATE, type_), type_)),
        (Followup.due_on <= limits.today, cast(literal(ReminderKind.DUE, type_), type_)),
        else_=cast(literal(ReminderKind.SOON, type_), type_),
    )


def behind(due_on: date, followup_id: int) -> Any:
    """Duties that come later by due day and number: a run goes on where its last part ended."""
    return tuple_(Followup.due_on, Followup.id) > tuple_(literal(due_on), literal(followup_id))


def untold(limits: Thresholds, most: int, after: Untold | None = None) -> Sequence[Untold]:
    """Of owners whose account is in use, the longest due first, those behind `after` alone. One statement."""
    state = _state(limits)
    told = exists().where(
        DutyReminder.followup_id == Followup.id,
        DutyReminder.kind == state,
        DutyReminder.due_on == Followup.due_on,
        DutyReminder.user_id == Followup.owner_id,
    )
    # The first day narrows by the index, the second by what each owner chose.
    due: tuple[Any, ...] = (Followup.due_on <= max(limits.soon.values()), Followup.due_on <= _soon(limits))
    if after is not None:
        due = (*due, behind(after.due_on, after.followup_id))
    secret = or_(Followup.confidential, Project.confidential.is_(True))
    own = (Followup.id, state, Followup.due_on, Followup.owner_id, Followup.what)
    found = db.session.execute(
        select(*own, secret, Project.code, Company.name, Company.short_name)
        .join(User, User.id == Followup.owner_id)
        .outerjoin(Project, Project.id == Followup.project_id)
        .outerjoin(Company, Company.id == Followup.company_id)
        .outerjoin(NotifyChoice, NotifyChoice.user_id == Followup.owner_id)
        .where(Followup.state == DutyState.OPEN, *due, User.active, ~told)
        .order_by(Followup.due_on, Followup.id)
        .limit(most)
    )
    rows: list[Any] = list(found)
    return [Untold(*(*row[:7], tuple(filter(None, row[7:])))) for row in rows]
