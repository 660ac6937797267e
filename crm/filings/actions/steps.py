"""Writing the rungs of a dispute: the one place where a step ends and the next begins."""

from datetime import date, datetime

from sqlalchemy import select

from crm.core.actor import Actor
from crm.core.db import db
from crm.filings import queries
from crm.filings.models import Dispute, DisputeStep, Filing
from crm.filings.rules import disputes as ladder
from crm.filings.rules.disputes import DisputeState, Step, StepEnd
from crm.settings import queries as settings


def running(dispute: Dispute) -> DisputeStep:
    query = select(DisputeStep).where(DisputeStep.dispute_id == dispute.id, DisputeStep.end.is_(None))
    return db.session.scalars(query).one()


def begin(dispute: Dispute, step: Step) -> DisputeStep:
    made = DisputeStep(dispute_id=dispute.id, rung=step.rung, began_on=step.began_on, due_on=step.due_on)
    db.session.add(made)
    db.session.flush()
    return made


def leave(step: DisputeStep, how: StepEnd, on: date, now: datetime, by: int | None, text: str = "") -> None:
    step.end, step.ended_on, step.ended_at, step.ended_by, step.text = how, on, now, by, text
    db.session.flush()


def climb(dispute: Dispute, today: date, now: datetime) -> list[Step]:
    """Writes the rungs the calendar has brought since somebody last looked; empty when there are none."""
    step = running(dispute)
    spans, calendar = queries.limits(), settings.calendar()
    more = ladder.lapsed(Step(step.rung, step.began_on, step.due_on), today, spans, calendar)
    for following in more:
        leave(step, StepEnd.LAPSED, following.began_on, now, None)
        step = begin(dispute, following)
        dispute.acted_at = now
    return more


def close(
    dispute: Dispute, state: DisputeState, now: datetime, by: Actor, winner: Filing | None = None
) -> None:
    dispute.state, dispute.closed_at, dispute.closed_by = state, now, by.user_id
    dispute.winner_id = winner.id if winner is not None else None
    db.session.flush()


def moot(actor: Actor, filing: Filing, on: date, now: datetime) -> list[Dispute]:
    """A filing has ended by another way than its dispute: there is nothing left to argue about."""
    found = list(queries.open_disputes(filing.id))
    for dispute in found:
        close_moot(actor, dispute, on, now)
    return found


def close_moot(actor: Actor, dispute: Dispute, on: date, now: datetime) -> None:
    leave(running(dispute), StepEnd.MOOT, on, now, actor.user_id)
    close(dispute, DisputeState.MOOT, now, actor)
