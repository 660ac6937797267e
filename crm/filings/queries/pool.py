"""The pool: what was let go, as every zone may read it, and who asks for it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import aliased

from crm.accounts.permissions import TERMINATE_PROPOSE
from crm.chains.models import ChainNode
from crm.companies.models import Company
from crm.core import paging
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Page, Window
from crm.filings import rules
from crm.filings.models import Filing, PoolClaim
from crm.filings.rules import EndKind
from crm.projects.models import Project
from crm.projects.rules import Stage, Status
from crm.projects.scope import HIDDEN_INVESTOR, zone_reach
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A project of the pool. No name, contact, visit or paper of the zone that had it; a confidential investor stays 某企业."""

    filing_id: int
    investor: str
    industry: str
    region: str
    node: str | None
    total: Decimal | None
    total_usd: Decimal | None
    end_kind: EndKind
    reason: str
    since: date
    zone_id: int


@dataclass(frozen=True, slots=True)
class ClaimRow:
    id: int
    version: int
    filing_id: int
    zone_id: int
    zone: str
    had: str
    investor: str
    code: str
    project: str
    reason: str
    proposed_by: int | None
    proposed_at: datetime
    approved: bool | None
    note: str


_name = func.coalesce(func.nullif(Company.short_name, ""), Company.name)
_investor = case((Project.confidential, HIDDEN_INVESTOR), else_=_name)


def _in_pool() -> Any:
    """Let go after it was protected, still in talks, and neither filed again nor given away since."""
    later = aliased(Filing)
    again = exists().where(later.project_id == Filing.project_id, later.id > Filing.id)
    return (
        Filing.end_kind.in_(rules.POOLED)
        & Filing.protected_from.is_not(None)
        & (Project.zone_id == Filing.zone_id)
        & (Project.status == Status.ACTIVE)
        & Project.stage.in_([stage for stage in Stage if stage.order < Stage.SIGNED.order])
        & ~again
    )


def _select() -> Select[Any]:
    return (
        select(
            Filing.id,
            _investor,
            case((Project.confidential, ""), else_=Company.industry),
            case((Project.confidential, ""), else_=Company.region),
            ChainNode.name,
            Project.total_investment,
            Project.total_investment_usd,
            Filing.end_kind,
            case((Project.confidential, ""), else_=Filing.end_reason),
            Filing.ended_on,
            Filing.zone_id,
        )
        .select_from(Filing)
        .join(Project, Project.id == Filing.project_id)
        .join(Company, Company.id == Filing.company_id)
        .outerjoin(ChainNode, ChainNode.id == Project.node_id)
        .where(_in_pool())
    )


def pool(window: Window) -> Page[PoolRow]:
    """The same for every zone, newest first."""
    total = db.session.scalar(select(func.count()).select_from(_select().subquery()))
    query = _select()
    if window.after:
        query = query.where(Filing.id < paging.number(paging.key_of(window.after, 1)[0]))
    found = [
        PoolRow(*r) for r in db.session.execute(query.order_by(Filing.id.desc()).limit(window.per_page + 1))
    ]
    items = found[: window.per_page]
    more = paging.token(items[-1].filing_id) if len(found) > window.per_page else None
    return Page(items, total or 0, window, more)


def pool_row(filing_id: int) -> PoolRow | None:
    """One of the pool, for the form that claims it; None when it is not, or no longer, there."""
    found = db.session.execute(_select().where(Filing.id == filing_id)).one_or_none()
    return None if found is None else PoolRow(*found)


def pooled(filing_id: int) -> tuple[Filing, Project]:
    """A filing of the pool with its project; NotFound when it is not, or no longer, in the pool."""
    found = db.session.execute(
        select(Filing, Project)
        .join(Project, Project.id == Filing.project_id)
        .where(Filing.id == filing_id, _in_pool())
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found[0], found[1]


def claims(actor: Actor, *, open_only: bool = True, most: int = 50) -> list[ClaimRow]:
    """Claims of the zones within reach, for the bureau all of them."""
    had, asks = aliased(Zone), aliased(Zone)
    conditions = [zone_reach(actor, TERMINATE_PROPOSE, PoolClaim.__table__.c.zone_id)]
    if open_only:
        conditions.append(PoolClaim.approved.is_(None))
    rows = db.session.execute(
        select(
            PoolClaim.id,
            PoolClaim.version,
            PoolClaim.filing_id,
            PoolClaim.zone_id,
            asks.short_name,
            had.short_name,
            _investor,
            Project.code,
            Project.name,
            PoolClaim.reason,
            PoolClaim.proposed_by,
            PoolClaim.proposed_at,
            PoolClaim.approved,
            PoolClaim.note,
        )
        .join(Filing, Filing.id == PoolClaim.filing_id)
        .join(Project, Project.id == Filing.project_id)
        .join(Company, Company.id == Filing.company_id)
        .join(had, had.id == Filing.zone_id)
        .join(asks, asks.id == PoolClaim.zone_id)
        .where(*conditions)
        .order_by(PoolClaim.id)
        .limit(most)
    )
    return [ClaimRow(*row) for row in rows]


def claim_of(actor: Actor, claim_id: int, verb: str) -> PoolClaim:
    found = db.session.scalar(
        select(PoolClaim).where(
            PoolClaim.id == claim_id, zone_reach(actor, verb, PoolClaim.__table__.c.zone_id)
        )
    )
    if found is None:
        raise NotFound()
    return found
