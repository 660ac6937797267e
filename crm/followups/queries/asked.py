"""What one's unit is asked, beside what one owes oneself: to be answered, and answered but not settled."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, case, false, func, select

from crm.accounts.permissions import OPINION
from crm.core.actor import Actor
from crm.followups.models import Followup
from crm.followups.queries.day import Bucket, in_parts
from crm.followups.queries.demands import is_answered
from crm.followups.queries.listing import overdue
from crm.followups.queries.scope import asked_of
from crm.followups.rules import ANSWERED, DutyState

#: How many rows of each part are shown; the rest is counted.
_SHOWN = {"late": 20, "waiting": 12, "answered": 8}


@dataclass(frozen=True, slots=True)
class Asked:
    """Demands that wait for the unit's answer, overdue or not, and those it answered that wait for the company's word."""

    late: Bucket
    waiting: Bucket
    answered: Bucket

    @property
    def total(self) -> int:
        """How many wait for the unit's answer."""
        return self.late.total + self.waiting.total

    @property
    def more(self) -> int:
        return self.late.more + self.waiting.more


def answers(actor: Actor) -> bool:
    """Whether the actor belongs to those of a unit who answer for it."""
    return actor.unit_id is not None and actor.can(OPINION)


def asked_of_unit(actor: Actor, today: date) -> Asked:
    """One statement; none for whoever does not answer for a unit."""
    if not answers(actor):
        return Asked(Bucket(), Bucket(), Bucket())
    part = case((is_answered(), "answered"), (overdue(today), "late"), else_="waiting").label("part")
    # What the reader stated himself and somebody else owes stands among what he waits for already.
    told = and_(is_answered(), Followup.created_by == actor.user_id, Followup.owner_id != actor.user_id)
    wanted = (*_of_unit(actor), ~func.coalesce(told, false()))
    return Asked(**in_parts(actor, part, wanted, _SHOWN, today))


def asked_overdue_count(actor: Actor, late: date | BindParameter[date]) -> Any:
    """A scalar subquery: how many answers of the unit were due before `late` (for the badge)."""
    waiting = and_(*_of_unit(actor), Followup.state == DutyState.OPEN, ~is_answered())
    return select(func.count(Followup.id)).where(waiting, Followup.due_on < late).scalar_subquery()


def _of_unit(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return asked_of(actor, OPINION), Followup.kind.in_(ANSWERED)
