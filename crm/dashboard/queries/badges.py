"""The counts beside the entries of the rail: one statement a page, built once a day for all who hold the same rights."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Date, Integer, Select, bindparam, func, or_, select

from crm.accounts.permissions import FILING_WRITE, MILESTONE_SUBMIT, PROJECT_SEE, RECOGNISE
from crm.core import clock
from crm.core.actor import Actor, Role, Scope
from crm.core.db import db
from crm.filings import queries as filings
from crm.followups import queries as followups
from crm.notices.models import Notice
from crm.pipeline import queries as pipeline
from crm.pipeline.models import Milestone
from crm.pipeline.queries import truth
from crm.pipeline.rules import MilestoneState
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.scope import zone_reach


@dataclass(frozen=True, slots=True)
class Statement:
    """`names` are the counts in the order of the columns; `bad` are those that are bad news wherever they are not zero."""

    names: tuple[str, ...]
    bad: frozenset[str]
    query: Select[Any]


def badges(actor: Actor) -> dict[str, tuple[int, bool]]:
    """Name → (count, whether it is bad): projects, followups (overdue), demands (overdue answers of my unit), escalations (to me), recognition,
    truth (asked of the zone), filings (the bureau's to decide and disputes that wait for the reader), transfers, notices.

    Who reaches the whole city gets no count of projects: it would cost a scan on every page and ask for no act.
    """
    if actor.user_id is None:
        return {}
    today = clock.today()
    statement = statement_for(actor, today)
    late = followups.late_before(today) if actor.can(PROJECT_SEE) else today
    row = db.session.execute(statement.query, {**places(actor), "late": late}).one()
    return {
        name: (count or 0, bool(count) and name in statement.bad)
        for name, count in zip(statement.names, row, strict=True)
    }


def statement_for(actor: Actor, today: date) -> Statement:
    """What depends on the rights and on which places the post has is built once; who and where is bound to it."""
    whole_zone = actor.zone_id == actor.unit_id
    there = tuple(name for name, value in places(actor).items() if value is not None)
    return _built(actor.role, tuple(actor.scopes.items()), there, whole_zone, today)


def places(actor: Actor) -> dict[str, int | None]:
    return {
        "user_id": actor.user_id,
        "unit_id": actor.unit_id,
        "zone_id": actor.zone_id,
        "county_id": actor.county_id,
    }


@lru_cache(maxsize=64)
def _built(
    role: Role | None,
    scopes: Iterable[tuple[str, Scope]],
    there: Iterable[str],
    whole_zone: bool,
    today: date,
) -> Statement:
    """The statement for an actor whose ids are parameters; the day is one of its values, so it lasts until midnight."""
    places: dict[str, Any] = {name: bindparam(name, type_=Integer) for name in there}
    if whole_zone and "zone_id" in places:
        # Scopes ask whether a zone is the post's own unit: the same parameter answers as the same number does.
        places["zone_id"] = places["unit_id"]
    actor = Actor(name="", role=role, scopes=dict(scopes), **{"user_id": None, **places})
    return statement_of(actor, today, bindparam("late", type_=Date))


def statement_of(actor: Actor, today: date, late: date | BindParameter[date]) -> Statement:
    wanted: dict[str, Any] = {
        "notices": select(func.count(Notice.id)).where(
            Notice.user_id == actor.user_id, Notice.read_at.is_(None)
        )
    }
    if actor.can(PROJECT_SEE):
        wanted["followups"] = followups.overdue_count(actor, late)
        wanted["escalations"] = followups.escalated_count(actor)
        if followups.answers(actor):
            wanted["demands"] = followups.asked_overdue_count(actor, late)
        if actor.scope(PROJECT_SEE) is not Scope.CITY:
            wanted["projects"] = projects.active_count(actor)
    if (recognition := _recognition(actor)) is not None:
        deciding = pipeline.deciding_count(actor)
        wanted["recognition"] = recognition if deciding is None else recognition.scalar_subquery() + deciding
        if actor.can(RECOGNISE):
            disputes = filings.disputes_waiting(actor).scalar_subquery()
            wanted["filings"] = filings.waiting_count().scalar_subquery() + disputes
        else:
            wanted["truth"] = truth.waiting_count(actor)
    if actor.can(FILING_WRITE):
        wanted["transfers"] = filings.transfers_waiting(actor, today)
        wanted.setdefault("filings", filings.disputes_waiting(actor))
    bad = {"followups", "demands", "escalations"}
    bad |= set() if actor.can(RECOGNISE) else {"recognition", "truth"}
    query = select(*(_scalar(one).label(name) for name, one in wanted.items()))
    return Statement(tuple(wanted), frozenset(bad), query)


def _scalar(query: Any) -> Any:
    return query.scalar_subquery() if hasattr(query, "scalar_subquery") else query


def _recognition(actor: Actor) -> Any:
    """For the bureau what waits to be recognised; for a zone what came back. What waits for one's approval comes on top."""
    count = select(func.count(Milestone.id))
    if actor.can(RECOGNISE):
        again = (Milestone.state == MilestoneState.RECOGNISED) & Milestone.needs_again
        return count.where(or_(Milestone.state == MilestoneState.PENDING, again))
    if actor.can(MILESTONE_SUBMIT):
        return count.join(Project, Project.id == Milestone.project_id).where(
            Milestone.state == MilestoneState.RETURNED,
            zone_reach(actor, MILESTONE_SUBMIT, Project.__table__.c.zone_id),
        )
    return None
