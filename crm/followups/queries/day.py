"""One person's day: overdue, today, the rest of the week, and what he waits for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Label, case, func, select

from crm.core.actor import Actor
from crm.core.db import db
from crm.followups import rules
from crm.followups.models import Followup
from crm.followups.queries.listing import FollowupRow, rows_of, selected
from crm.followups.rules import DutyState
from crm.settings import queries as settings


@dataclass(frozen=True, slots=True)
class Bucket:
    """One part of a person's day: the rows shown and how many there are in all."""

    rows: Sequence[FollowupRow] = ()
    total: int = 0

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class Day:
    late: Bucket
    today: Bucket
    week: Bucket
    waiting: Bucket


#: How many rows of each part of the day are shown; the rest is counted.
SHOWN = {"late": 40, "today": 40, "week": 12}


def day_of(actor: Actor, today: date) -> Day:
    """What the actor owes: overdue, today, the rest of this week; and what he waits for. Two statements at any size."""
    threshold = rules.late_before(today, settings.calendar())
    part = case(
        (Followup.due_on < threshold, "late"), (Followup.due_on <= today, "today"), else_="week"
    ).label("part")
    own = (Followup.owner_id == actor.user_id, Followup.due_on <= rules.week_end(today))
    return Day(**in_parts(actor, part, own, SHOWN, today), waiting=waiting_for(actor, today))


def in_parts(
    actor: Actor,
    part: Label[str],
    wanted: Sequence[ColumnElement[bool]],
    shown_of: Mapping[str, int],
    today: date,
) -> dict[str, Bucket]:
    """Open duties by the name that the column `part` gives each, the longest due first; `shown_of`: name → how many are shown.

    One statement. Placed over the bare table first: names are joined to the rows that are shown alone.
    """
    order = (Followup.due_on, Followup.due_at, Followup.id)
    placed = (
        select(
            Followup.id.label("id"),
            part,
            func.row_number().over(partition_by=part, order_by=order).label("place"),
            func.count().over(partition_by=part).label("total"),
        )
        .where(Followup.state == DutyState.OPEN, *wanted)
        .subquery()
    )
    most = max(shown_of.values())
    shown = select(placed).where(placed.c.place <= most).limit(most * len(shown_of)).subquery()
    query = selected(actor, shown.c.part, shown.c.total).join(shown, shown.c.id == Followup.id)
    found = db.session.execute(query.order_by(Followup.due_on, shown.c.place)).all()
    parts = {name: [r for r in found if r.part == name] for name in shown_of}
    rows = {name: rows_of(parts[name][:most], today) for name, most in shown_of.items()}
    return {name: Bucket(rows[name], parts[name][0].total if parts[name] else 0) for name in shown_of}


def waiting_for(actor: Actor, today: date, most: int = 12) -> Bucket:
    """Open duties the actor stated and somebody else owes, the longest due first. One statement."""
    shown = (
        select(Followup.id.label("id"), func.count().over().label("total"))
        .where(
            Followup.created_by == actor.user_id,
            Followup.owner_id.is_distinct_from(actor.user_id),
            Followup.state == DutyState.OPEN,
        )
        .order_by(Followup.due_on, Followup.id)
        .limit(most)
        .subquery()
    )
    query = selected(actor, shown.c.total).join(shown, shown.c.id == Followup.id)
    found = db.session.execute(query.order_by(Followup.due_on, Followup.id)).all()
    return Bucket(rows_of(found, today), found[0].total if found else 0)


def late_before(today: date) -> date:
    """By the calendar in force, the day before which open duties are overdue."""
    return rules.late_before(today, settings.calendar())


def overdue_count(actor: Actor, late: date | BindParameter[date]) -> Any:
    """A scalar subquery: how many of the actor's own duties were due before `late` (for the badge)."""
    return (
        select(func.count(Followup.id))
        .where(
            Followup.owner_id == actor.user_id,
            Followup.state == DutyState.OPEN,
            Followup.due_on < late,
        )
        .scalar_subquery()
    )
