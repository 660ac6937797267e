"""What a list of projects is narrowed to, and whose investor it may show."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, union

from crm.chains.models import ChainNode
from crm.companies.models import Company
from crm.core import search
from crm.core.actor import Actor
from crm.core.db import db
from crm.projects.models import InvestorChange, Project
from crm.projects.rules import Capital, Source, Stage, Status, Tier
from crm.projects.scope import HIDDEN_INVESTOR, discloses_investor, visible_to


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; None and empty mean no limit, but empty `ids` (what somebody ticked) mean nothing.

    `extra` takes conditions of higher features (lights, leaders, norms).
    """

    q: str = ""
    zone_id: int | None = None
    stages: tuple[Stage, ...] = ()
    status: Status | None = None
    tier: Tier | None = None
    tiers: tuple[Tier, ...] = ()
    capital: Capital | None = None
    chain_id: int | None = None
    node_id: int | None = None
    owner_id: int | None = None
    company_id: int | None = None
    source: Source | None = None
    confidential: bool | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    updated_since: datetime | None = None
    created_since: datetime | None = None
    created_before: datetime | None = None
    created_by: int | None = None
    ids: tuple[int, ...] | None = None
    extra: tuple[ColumnElement[bool], ...] = field(default=())


def investor_name(actor: Actor) -> ColumnElement[str]:
    """Short name, name or the raw text of the ledger; 某企业 where the actor may not know."""
    known = case(
        (Company.short_name != "", Company.short_name),
        (Company.name.is_not(None), Company.name),
        else_=Project.investor_text,
    )
    return case((discloses_investor(actor), known), else_=literal(HIDDEN_INVESTOR))


def _searched(actor: Actor, q: str) -> ColumnElement[bool]:
    """Words of the project itself or of its investor's register entry.

    Where the investor is hidden the words must stand in the project's own name or code: a search that finds a hidden
    investor would tell who it is.
    """
    dialect = db.session.get_bind().dialect.name
    own = search.matches("projects", Project.id, Project.search_tokens, Project.search_text, q, dialect)
    named = search.matches("companies", Company.id, Company.search_tokens, Company.search_text, q, dialect)
    disclosed = discloses_investor(actor)
    lowered = func.lower(Project.name + " " + Project.code)
    open_words = and_(*(lowered.contains(word, autoescape=True) for word in q.lower().split()))
    found = union(
        select(Project.id).where(own, or_(disclosed, open_words)),
        select(Project.id).where(Project.company_id.in_(select(Company.id).where(named)), disclosed),
        # 更换业主: whoever invested before still leads to the project.
        select(Project.id)
        .join(InvestorChange, InvestorChange.project_id == Project.id)
        .where(InvestorChange.before_id.in_(select(Company.id).where(named)), disclosed),
    ).subquery()
    return Project.id.in_(select(found.c.id))


def conditions(actor: Actor, wanted: Filter, *, stages: bool = True) -> list[ColumnElement[bool]]:
    """Scope first, then the filter; `stages` False leaves the stage open for the strip above the list."""
    found: list[ColumnElement[bool]] = [visible_to(actor)]
    equal = (
        (Project.__table__.c.zone_id, wanted.zone_id),
        (Project.__table__.c.status, wanted.status),
        (Project.__table__.c.tier, wanted.tier),
        (Project.__table__.c.capital, wanted.capital),
        (Project.__table__.c.node_id, wanted.node_id),
        (Project.__table__.c.owner_id, wanted.owner_id),
        (Project.__table__.c.source, wanted.source),
        (Project.__table__.c.created_by, wanted.created_by),
        (Project.__table__.c.confidential, wanted.confidential),
    )
    found += [column == value for column, value in equal if value is not None]
    if stages and wanted.stages:
        found.append(Project.stage.in_(wanted.stages))
    if wanted.tiers:
        found.append(Project.tier.in_(wanted.tiers))
    if wanted.company_id is not None:
        found += [Project.company_id == wanted.company_id, discloses_investor(actor)]
    found += _ranges(wanted)
    if wanted.chain_id is not None:
        found.append(Project.node_id.in_(select(ChainNode.id).where(ChainNode.chain_id == wanted.chain_id)))
    if search.words(wanted.q):
        found.append(_searched(actor, wanted.q))
    return [*found, *wanted.extra]


def _ranges(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.least is not None:
        found.append(Project.total_investment >= wanted.least)
    if wanted.most is not None:
        found.append(Project.total_investment <= wanted.most)
    if wanted.updated_since is not None:
        found.append(Project.updated_at >= wanted.updated_since)
    if wanted.created_since is not None:
        found.append(Project.created_at >= wanted.created_since)
    if wanted.created_before is not None:
        found.append(Project.created_at < wanted.created_before)
    if wanted.ids is not None:
        found.append(Project.id.in_(wanted.ids))
    return found
