"""Duties by day, for a month or a week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select

from crm.core.actor import Actor
from crm.core.db import db
from crm.followups.models import Followup
from crm.followups.queries.listing import FollowupRow, rows_of, selected
from crm.followups.queries.scope import visible_to
from crm.followups.rules import DutyState


@dataclass(frozen=True, slots=True)
class DayDuties:
    """One day's rows as far as they are shown (open ones first), how many there are, and how many are still open."""

    rows: Sequence[FollowupRow] = ()
    total: int = 0
    open: int = 0

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


def by_day(
    actor: Actor,
    since: date,
    until: date,
    today: date,
    *,
    owner_id: int | None = None,
    zone_id: int | None = None,
    most: int,
) -> Mapping[date, DayDuties]:
    """Open and completed duties of each day, at most `most` rows a day. One statement at any size."""
    is_open = case((Followup.state == DutyState.OPEN, 1), else_=0)
    # The three windows share one order, so that the rows are sorted once.
    order = (is_open.desc(), Followup.due_at, Followup.id)
    wanted = [
        visible_to(actor),
        Followup.due_on.between(since, until),
        Followup.state.in_((DutyState.OPEN, DutyState.DONE)),
    ]
    if owner_id is not None:
        wanted.append(Followup.owner_id == owner_id)
    if zone_id is not None:
        wanted.append(Followup.zone_id == zone_id)
    # Placed over the bare table first: names are joined to the rows that are shown alone.
    placed = (
        select(
            Followup.id.label("id"),
            func.row_number().over(partition_by=Followup.due_on, order_by=order).label("place"),
            func.count().over(partition_by=Followup.due_on).label("total"),
            func.sum(is_open).over(partition_by=Followup.due_on).label("still_open"),
        )
        .where(*wanted)
        .subquery()
    )
    # The limit says nothing new, but a planner that knows how few rows there are looks them up one by one.
    shown = select(placed).where(placed.c.place <= most).limit(most * ((until - since).days + 1)).subquery()
    query = (
        selected(actor, shown.c.total, shown.c.still_open)
        .join(shown, shown.c.id == Followup.id)
        .order_by(Followup.due_on, shown.c.place)
    )
    found = db.session.execute(query).all()
    days: dict[date, list[int]] = {}
    for place, row in enumerate(found):
        days.setdefault(row.due_on, []).append(place)
    rows = rows_of(found, today)
    return {
        day: DayDuties([rows[n] for n in places], found[places[0]].total, int(found[places[0]].still_open))
        for day, places in days.items()
    }
