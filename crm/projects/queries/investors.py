"""Changes of ownership: a project's own, and the projects a company once invested in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.companies.models import Company
from crm.core.actor import Actor
from crm.core.db import db
from crm.projects.models import Attachment, InvestorChange, Project
from crm.projects.scope import HIDDEN_INVESTOR, discloses_investor, visible_to
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class InvestorRow:
    """One change. Where the reader may not know the investors, names are masked and reason and file are left out."""

    on: date
    before_id: int | None
    before: str
    after_id: int | None
    after: str
    reason: str
    attachment_id: int | None
    filename: str
    by: str | None
    at: datetime


def investor_changes(project_id: int, *, disclosed: bool) -> Sequence[InvestorRow]:
    """Newest first."""
    before, after = aliased(Company), aliased(Company)
    rows = db.session.execute(
        select(
            InvestorChange.on,
            InvestorChange.before_id,
            func.coalesce(before.name, InvestorChange.before_text),
            InvestorChange.after_id,
            after.name,
            InvestorChange.reason,
            Attachment.id,
            func.coalesce(Attachment.filename, ""),
            User.name,
            InvestorChange.changed_at,
        )
        .outerjoin(before, before.id == InvestorChange.before_id)
        .join(after, after.id == InvestorChange.after_id)
        .outerjoin(
            Attachment,
            (Attachment.id == InvestorChange.attachment_id) & Attachment.deleted_at.is_(None),
        )
        .outerjoin(User, User.id == InvestorChange.changed_by)
        .where(InvestorChange.project_id == project_id)
        .order_by(InvestorChange.id.desc())
    )
    found = [InvestorRow(*tuple(row)) for row in rows]
    return found if disclosed else [_masked(row) for row in found]


def _masked(row: InvestorRow) -> InvestorRow:
    return InvestorRow(row.on, None, HIDDEN_INVESTOR, None, HIDDEN_INVESTOR, "", None, "", row.by, row.at)


def last_investor_change(project_id: int) -> date | None:
    return db.session.scalar(
        select(func.max(InvestorChange.on)).where(InvestorChange.project_id == project_id)
    )


def has_attachment(project_id: int, attachment_id: int) -> bool:
    return bool(
        db.session.scalar(
            select(Attachment.id).where(
                Attachment.id == attachment_id,
                Attachment.project_id == project_id,
                Attachment.deleted_at.is_(None),
            )
        )
    )


@dataclass(frozen=True, slots=True)
class FormerRow:
    """A project that another investor has taken over from this company."""

    code: str
    name: str
    zone: str | None
    on: date
    after_id: int
    after: str


def former_of_company(actor: Actor, company_id: int) -> Sequence[FormerRow]:
    """Those the actor sees and whose investor he may know, newest change first."""
    rows = db.session.execute(
        select(
            Project.code,
            Project.name,
            Zone.short_name,
            InvestorChange.on,
            InvestorChange.after_id,
            Company.name,
        )
        .join(InvestorChange, InvestorChange.project_id == Project.id)
        .join(Company, Company.id == InvestorChange.after_id)
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .where(InvestorChange.before_id == company_id, visible_to(actor), discloses_investor(actor))
        .order_by(InvestorChange.on.desc(), InvestorChange.id.desc())
        .limit(100)
    )
    return [FormerRow(*row) for row in rows]
