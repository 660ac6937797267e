"""What each of many people owes today, in a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, exists, func, or_, select

from crm.accounts.models import User
from crm.companies.models import Company
from crm.core.db import db
from crm.followups.models import Followup
from crm.followups.rules import DutyState, Thresholds
from crm.notices.models import Notice, NotifyChoice, Outgoing
from crm.notices.rules import Topic
from crm.projects.models import Project

#: Duties named in one digest; the rest is counted.
LINES = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A duty as it may leave the house once `names` are taken out of its words; `what` is of no use where `secret`."""

    due_on: date
    what: str
    secret: bool
    code: str | None
    names: tuple[str, ...]


@dataclass(slots=True)
class Digest:
    late: int = 0
    today: int = 0
    waiting: int = 0
    lines: list[Line] = field(default_factory=list)


def wants_digest(since: datetime) -> Sequence[int]:
    """People in office who chose to have one by any way and were given none since that moment. One statement."""
    inside = exists().where(
        Notice.user_id == User.id, Notice.kind == Topic.DIGEST.value, Notice.created_at >= since
    )
    outside = exists().where(
        Outgoing.user_id == User.id, Outgoing.topic == Topic.DIGEST, Outgoing.created_at >= since
    )
    rows = db.session.execute(
        select(NotifyChoice.user_id, NotifyChoice.ways)
        .join(User, User.id == NotifyChoice.user_id)
        .where(User.active, ~inside, ~outside)
        .order_by(NotifyChoice.user_id)
    )
    return [user_id for user_id, ways in rows if ways.get(Topic.DIGEST.value)]


def digests(people: Sequence[int], limits: Thresholds) -> dict[int, Digest]:
    """Three statements, however many people."""
    found = {user_id: Digest() for user_id in people}
    mine = (Followup.owner_id.in_(people), Followup.state == DutyState.OPEN, Followup.due_on <= limits.today)
    late = func.sum(case((Followup.due_on < limits.late, 1), else_=0))
    counts = select(Followup.owner_id, late, func.count()).where(*mine).group_by(Followup.owner_id)
    for owner_id, overdue, total in db.session.execute(counts):
        if owner_id is not None:
            found[owner_id].late, found[owner_id].today = int(overdue), total - int(overdue)
    waiting = (
        select(Followup.created_by, func.count())
        .where(
            Followup.created_by.in_(people),
            Followup.state == DutyState.OPEN,
            Followup.owner_id.is_distinct_from(Followup.created_by),
        )
        .group_by(Followup.created_by)
    )
    for user_id, count in db.session.execute(waiting):
        if user_id is not None:
            found[user_id].waiting = count
    for row in db.session.execute(_first(mine)):
        names = tuple(filter(None, (row.name, row.short_name)))
        found[row.owner_id].lines.append(Line(row.due_on, row.what, bool(row.secret), row.code, names))
    return found


def _first(mine: tuple[Any, ...]) -> Any:
    place = func.row_number().over(
        partition_by=Followup.owner_id, order_by=(Followup.due_on, Followup.due_at, Followup.id)
    )
    ranked = select(Followup.id.label("id"), place.label("place")).where(*mine).subquery()
    secret = or_(Followup.confidential, Project.confidential.is_(True)).label("secret")
    return (
        select(
            Followup.owner_id,
            Followup.due_on,
            Followup.what,
            secret,
            Project.code,
            Company.name,
            Company.short_name,
        )
        .join(ranked, ranked.c.id == Followup.id)
        .outerjoin(Project, Project.id == Followup.project_id)
        .outerjoin(Company, Company.id == Followup.company_id)
        .where(ranked.c.place <= LINES)
        .order_by(Followup.owner_id, ranked.c.place)
    )
