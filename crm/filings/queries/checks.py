"""What was asked about taken investors: how often by one person, and for the bureau what the questions met."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.companies.models import Company
from crm.core import paging
from crm.core.db import db
from crm.core.paging import Page, Window
from crm.filings.models import Filing, FilingCheck, FilingCheckHit
from crm.filings.rules import HitReason
from crm.filings.rules.checks import COUNTED, CheckVia
from crm.projects.models import Project
from crm.projects.rules import Status
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class CheckHitRow:
    """One hit as the bureau reads it: who asked on whose behalf, and whose filing was met."""

    id: int
    asked_at: datetime
    via: CheckVia
    by: str | None
    zone: str | None
    code: str
    project: str
    company: str
    filing_id: int
    holder: str
    held_company: str
    reason: HitReason


def own_leads(zone_id: int, company_ids: Iterable[int]) -> dict[int, int]:
    """Company → the zone's newest running project with it: the leads that give a right to ask."""
    rows = db.session.execute(
        select(Project.company_id, func.max(Project.id))
        .where(
            Project.zone_id == zone_id,
            Project.company_id.in_(tuple(company_ids)),
            Project.status.in_((Status.ACTIVE, Status.ON_HOLD)),
        )
        .group_by(Project.company_id)
    )
    return {company_id: project_id for company_id, project_id in rows if company_id is not None}


def _counted(user_id: int, since: datetime) -> ColumnElement[bool]:
    return (FilingCheck.user_id == user_id) & (FilingCheck.asked_at > since) & FilingCheck.via.in_(COUNTED)


def asked_since(user_id: int, since: datetime) -> tuple[int, datetime | None]:
    """(questions, moment of the first of them) of one person."""
    found = db.session.execute(
        select(func.count(FilingCheck.id), func.min(FilingCheck.asked_at)).where(_counted(user_id, since))
    ).one()
    return found[0], found[1]


def check_hits(window: Window) -> Page[CheckHitRow]:
    """Newest first; for the bureau alone."""
    asker, holder, held = aliased(Zone), aliased(Zone), aliased(Company)
    name = func.coalesce(func.nullif(Company.short_name, ""), Company.name)
    query = (
        select(
            FilingCheckHit.id, FilingCheck.asked_at, FilingCheck.via, User.name, asker.short_name, Project.code,
            Project.name, name, FilingCheckHit.filing_id, holder.short_name,
            func.coalesce(func.nullif(held.short_name, ""), held.name), FilingCheckHit.reason,
        )
        .join(FilingCheck, FilingCheck.id == FilingCheckHit.check_id)
        .join(Project, Project.id == FilingCheck.project_id)
        .join(Company, Company.id == FilingCheck.company_id)
        .join(Filing, Filing.id == FilingCheckHit.filing_id)
        .join(held, held.id == Filing.company_id)
        .join(holder, holder.id == Filing.zone_id)
        .outerjoin(User, User.id == FilingCheck.user_id)
        .outerjoin(asker, asker.id == FilingCheck.zone_id)
    )  # fmt: skip
    total = db.session.scalar(select(func.count(FilingCheckHit.id)))
    if window.after:
        query = query.where(FilingCheckHit.id < paging.number(paging.key_of(window.after, 1)[0]))
    found = [
        CheckHitRow(*row)
        for row in db.session.execute(query.order_by(FilingCheckHit.id.desc()).limit(window.per_page + 1))
    ]
    items = found[: window.per_page]
    more = paging.token(items[-1].id) if len(found) > window.per_page else None
    return Page(items, total or 0, window, more)
