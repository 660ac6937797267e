"""Whom we approach for a chain and what does not move: what its leader (链长) asks about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, func, select

from crm.accounts import permissions
from crm.accounts.models import User
from crm.chains.models import ChainNode
from crm.companies import scope as companies
from crm.companies.models import Company, CompanyLink, LinkNode
from crm.companies.rules import LinkProgress
from crm.core.actor import Actor
from crm.core.db import db
from crm.followups.models import Followup
from crm.followups.rules import DutyState
from crm.pipeline.queries import stuck as norms
from crm.projects.models import Project
from crm.projects.queries import Filter
from crm.projects.rules import Stage
from crm.visits.models import Visit
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class Approached:
    """A target company at a node, as one zone is with it. `zone` is "" for the city's own."""

    company_id: int
    company: str
    node: str
    node_code: str
    zone: str
    progress: LinkProgress
    owner: str
    last_contact_on: date | None
    next_due_on: date | None


def approached(actor: Actor, chain_id: int, zone_id: int | None = None, most: int = 60) -> list[Approached]:
    """Targets of a chain, the furthest first and of those the longest without contact. One statement."""
    link = CompanyLink.__table__.c
    last = _of_link(func.max(Visit.happened_on), Visit)
    due = _of_link(func.min(Followup.due_on), Followup, Followup.state == DutyState.OPEN)
    conditions = [
        ChainNode.chain_id == chain_id,
        CompanyLink.progress != LinkProgress.GIVEN_UP,
        companies.reach(actor, permissions.PROJECT_SEE, link.company_id, link.zone_id),
    ]
    if zone_id is not None:
        conditions.append(CompanyLink.zone_id == zone_id)
    far = {LinkProgress.TALKING: 0, LinkProgress.CONTACTED: 1, LinkProgress.UNTOUCHED: 2}
    rows: Any = db.session.execute(
        select(
            Company.id,
            func.coalesce(func.nullif(Company.short_name, ""), Company.name),
            ChainNode.name,
            ChainNode.code,
            func.coalesce(Zone.short_name, ""),
            CompanyLink.progress,
            func.coalesce(User.name, ""),
            last,
            due,
        )
        .select_from(LinkNode)
        .join(ChainNode, ChainNode.id == LinkNode.node_id)
        .join(CompanyLink, CompanyLink.id == LinkNode.link_id)
        .join(Company, Company.id == CompanyLink.company_id)
        .outerjoin(Zone, Zone.id == CompanyLink.zone_id)
        .outerjoin(User, User.id == CompanyLink.owner_id)
        .where(*conditions)
        .order_by(
            case(far, value=CompanyLink.progress),
            last.asc().nulls_first(),
            Company.id,
            ChainNode.id,
            CompanyLink.id,
        )
        .limit(most)
    )
    return [Approached(*row) for row in rows]


def _of_link(value: Any, table: Any, *conditions: Any) -> Any:
    """One value of the rows that belong to the link's company and zone (the city's own where the zone is NULL)."""
    return (
        select(value)
        .where(
            table.company_id == CompanyLink.company_id,
            table.zone_id.is_not_distinct_from(CompanyLink.zone_id),
            *conditions,
        )
        .correlate(CompanyLink)
        .scalar_subquery()
    )


@dataclass(frozen=True, slots=True)
class StuckProject:
    """A live project of the chain that stays in its stage longer than the norm; `over` is by how many days."""

    code: str
    name: str
    node: str
    zone: str
    stage: Stage
    owner: str
    over: int


def stuck(
    actor: Actor, chain_id: int, today: date, zone_id: int | None = None, most: int = 12
) -> Sequence[StuckProject]:
    """The furthest over their norm first. Two statements."""
    worst = norms.worst(actor, Filter(chain_id=chain_id, zone_id=zone_id), today, most)
    over = dict(worst)
    rows: Any = db.session.execute(
        select(
            Project.id,
            Project.code,
            Project.name,
            func.coalesce(ChainNode.name, ""),
            func.coalesce(Zone.short_name, ""),
            Project.stage,
            func.coalesce(User.name, ""),
        )
        .outerjoin(ChainNode, ChainNode.id == Project.node_id)
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .outerjoin(User, User.id == Project.owner_id)
        .where(Project.id.in_(over))
    )
    found = {
        project_id: StuckProject(code, name, node, zone, stage, owner, over[project_id])
        for project_id, code, name, node, zone, stage, owner in rows
    }
    return [found[project_id] for project_id, _ in worst]
