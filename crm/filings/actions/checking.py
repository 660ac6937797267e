"""Whether an investor is taken: answered about filed projects alone, to a zone that has a lead with him, so often an hour.

Leads of other zones are never looked at, and the answer is until when and nothing else.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select

from crm.accounts.permissions import PROJECT_SEE
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor, Scope
from crm.core.db import db
from crm.filings import queries
from crm.filings.models import FilingCheck, FilingCheckHit
from crm.filings.queries import Hit
from crm.filings.rules import checks
from crm.filings.rules.checks import CheckVia
from crm.projects.models import Project
from crm.settings import queries as settings

_TURN = 0x6368656B


def taken(
    actor: Actor, company_ids: Sequence[int], now: datetime, via: CheckVia = CheckVia.ASKED
) -> dict[int, date | None]:
    """Company → until when another zone protects it (None: free), for companies the actor's zone has a lead with.

    A company without an own lead is not in the answer. Raises RuleBroken once the hour's questions are used up; a save
    that finds none left just leaves the answer out.
    """
    if actor.scope(PROJECT_SEE) is Scope.CITY or actor.zone_id is None or actor.user_id is None:
        return {}
    leads = queries.own_leads(actor.zone_id, company_ids)
    if not leads:
        return {}
    if _room(actor.user_id, now) < len(leads):
        if via is CheckVia.SAVED:
            return {}
        raise _used_up(actor.user_id, now)
    return {
        company_id: _ask(actor, actor.zone_id, company_id, project_id, now, via)
        for company_id, project_id in leads.items()
    }


def note_filed(actor: Actor, project: Project, met: Sequence[Hit], now: datetime) -> None:
    """A filing asks the same question by itself; its hits stand with the others before the bureau."""
    if met and project.company_id is not None:
        _keep(actor, project.zone_id, project.company_id, project.id, met, now, CheckVia.FILED)


def _ask(
    actor: Actor, zone_id: int, company_id: int, project_id: int, now: datetime, via: CheckVia
) -> date | None:
    today = clock.local(now).date()
    met = [hit for hit in queries.hits_for(company_id, zone_id, today) if hit.row.stands]
    _keep(actor, zone_id, company_id, project_id, met, now, via)
    if met:
        project = db.session.get_one(Project, project_id)
        about = audit.Subject("project", project.id, project.code, zone_id, project.id, company_id)
        audit.record(actor, "filing.checked", about, note="命中已有报备")
    return max((hit.row.would_end for hit in met), default=None)


def _keep(
    actor: Actor,
    zone_id: int | None,
    company_id: int,
    project_id: int,
    met: Sequence[Hit],
    now: datetime,
    via: CheckVia,
) -> None:
    made = FilingCheck(
        user_id=actor.user_id,
        zone_id=zone_id,
        company_id=company_id,
        project_id=project_id,
        via=via,
        asked_at=now,
    )
    db.session.add(made)
    db.session.flush()
    db.session.add_all(
        FilingCheckHit(check_id=made.id, filing_id=hit.row.id, reason=hit.reason) for hit in met
    )
    db.session.flush()


def _room(user_id: int, now: datetime) -> int:
    """What the hour still holds. One person's questions wait for each other on PostgreSQL; SQLite has one writer anyway."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(_TURN, user_id)))
    asked, _ = queries.asked_since(user_id, now - checks.HOUR)
    return checks.room(asked, settings.value("check_hourly"))


def _used_up(user_id: int, now: datetime) -> Exception:
    _, first = queries.asked_since(user_id, now - checks.HOUR)
    again = clock.local((first or now) + checks.HOUR).strftime("%H:%M")
    return checks.refuse(settings.value("check_hourly"), again)
