"""What is due and not yet told, whenever one asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, case, cast, exists, func, literal, or_, select, true, tuple_

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


def _still_untold(query: Select[Any], limits: Thresholds) -> Select[Any]:
    """Open duties in a state that their owners have not been told of; of owners whose account is in use."""
    told = exists().where(
        DutyReminder.followup_id == Followup.id,
        DutyReminder.kind == _state(limits),
        DutyReminder.due_on == Followup.due_on,
        DutyReminder.user_id == Followup.owner_id,
    )
    return (
        query.join(User, User.id == Followup.owner_id)
        .outerjoin(NotifyChoice, NotifyChoice.user_id == Followup.owner_id)
        # The first day narrows by the index, the second by what each owner chose.
        .where(
            Followup.state == DutyState.OPEN,
            Followup.due_on <= max(limits.soon.values()),
            Followup.due_on <= _soon(limits),
            User.active,
            ~told,
        )
    )


def untold_by_owner(limits: Thresholds) -> Sequence[tuple[int, int]]:
    """Whoever has something to be told of, and of how many duties. One statement."""
    query: Any = select(Followup.owner_id, func.count()).select_from(Followup)
    rows = _still_untold(query, limits).group_by(Followup.owner_id).order_by(Followup.owner_id)
    return [(owner_id, count) for owner_id, count in db.session.execute(rows)]


def untold(
    limits: Thresholds, owners: Sequence[int], most: int, after: Untold | None = None
) -> Sequence[Untold]:
    """What these owners are to be told of, the longest due first, what comes behind `after` alone. One statement."""
    secret = or_(Followup.confidential, Project.confidential.is_(True))
    own = (Followup.id, _state(limits), Followup.due_on, Followup.owner_id, Followup.what)
    query = (
        select(*own, secret, Project.code, Company.name, Company.short_name)
        .outerjoin(Project, Project.id == Followup.project_id)
        .outerjoin(Company, Company.id == Followup.company_id)
        .where(
            Followup.owner_id.in_(owners),
            behind(after.due_on, after.followup_id) if after is not None else true(),
        )
        .order_by(Followup.due_on, Followup.id)
        .limit(most)
    )
    found = db.session.execute(_still_untold(query, limits))
    rows: list[Any] = list(found)
    return [Untold(*(*row[:7], tuple(filter(None, row[7:])))) for row in rows]
