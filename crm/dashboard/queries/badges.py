"""The counts beside the entries of the rail: one statement a page."""

from typing import Any

from sqlalchemy import func, or_, select

from crm.accounts.permissions import FILING_WRITE, MILESTONE_SUBMIT, PROJECT_SEE, RECOGNISE
from crm.core import clock
from crm.core.actor import Actor, Scope
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


def badges(actor: Actor) -> dict[str, tuple[int, bool]]:
    """Name → (count, whether it is bad): projects, followups (overdue), escalations (to me), recognition, truth (asked of the zone),
    filings (the bureau's to decide and disputes that wait for the reader), transfers, notices.

    Who reaches the whole city gets no count of projects: it would cost a scan on every page and ask for no act.
    """
    if actor.user_id is None:
        return {}
    wanted: dict[str, Any] = {
        "notices": select(func.count(Notice.id)).where(
            Notice.user_id == actor.user_id, Notice.read_at.is_(None)
        )
    }
    if actor.can(PROJECT_SEE):
        wanted["followups"] = followups.overdue_count(actor, clock.today())
        wanted["escalations"] = followups.escalated_count(actor)
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
        wanted["transfers"] = filings.transfers_waiting(actor, clock.today())
        wanted.setdefault("filings", filings.disputes_waiting(actor))
    columns = [_scalar(query).label(name) for name, query in wanted.items()]
    row = db.session.execute(select(*columns)).one()
    bad = {"followups", "escalations"} | (set() if actor.can(RECOGNISE) else {"recognition", "truth"})
    return {name: (getattr(row, name) or 0, name in bad and bool(getattr(row, name))) for name in wanted}


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
