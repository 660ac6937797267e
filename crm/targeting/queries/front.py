"""Who is furthest at each link of a chain: the project, or while there is none, the target company; and where nobody is."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from crm.accounts import permissions
from crm.chains.models import ChainNode
from crm.chains.queries import is_link
from crm.chains.rules import GAPS
from crm.companies.models import Company
from crm.companies.rules import LinkProgress
from crm.core.actor import Actor
from crm.core.db import db
from crm.projects import scope as projects
from crm.projects.models import Project
from crm.projects.rules import Stage, Status
from crm.targeting import scope
from crm.targeting.models import Target
from crm.targeting.queries.rows import TargetRow, base, rows_where
from crm.zones.models import Zone

#: The furthest first.
FAR = {LinkProgress.TALKING: 0, LinkProgress.CONTACTED: 1, LinkProgress.UNTOUCHED: 2}


def live(actor: Actor, chain_id: int, zone_id: int | None) -> list[ColumnElement[bool]]:
    """Over `base()`: targets of a chain somebody still goes after."""
    return [ChainNode.chain_id == chain_id, *_mine(actor, zone_id)]


def _mine(actor: Actor, zone_id: int | None) -> list[ColumnElement[bool]]:
    """Over Target and Company: what somebody still goes after, within reach."""
    found = [
        Target.progress != LinkProgress.GIVEN_UP,
        Target.project_id.is_(None),
        Company.merged_into_id.is_(None),
        scope.visible_to(actor),
    ]
    return found if zone_id is None else [*found, Target.zone_id == zone_id]


@dataclass(frozen=True, slots=True)
class FrontProject:
    """The live project furthest on at a link, of equals the largest; amounts in 万元 and 万美元."""

    node_id: int
    code: str
    name: str
    stage: Stage
    total: Decimal | None
    total_usd: Decimal | None
    zone: str


def front_projects(actor: Actor, chain_id: int, zone_id: int | None = None) -> Mapping[int, FrontProject]:
    """By node id. One statement."""
    order = case({stage: stage.order for stage in Stage}, value=Project.stage)
    place = func.row_number().over(
        partition_by=Project.node_id,
        order_by=(order.desc(), Project.total_investment.desc().nulls_last(), Project.id),
    )
    where = [
        projects.visible_to(actor, permissions.PROJECT_SEE),
        Project.status == Status.ACTIVE,
        ChainNode.chain_id == chain_id,
    ]
    if zone_id is not None:
        where.append(Project.zone_id == zone_id)
    ranked = (
        select(Project.id, place.label("place"))
        .join(ChainNode, ChainNode.id == Project.node_id)
        .where(*where)
        .subquery()
    )
    found: Any = db.session.execute(
        select(
            Project.node_id,
            Project.code,
            Project.name,
            Project.stage,
            Project.total_investment,
            Project.total_investment_usd,
            func.coalesce(Zone.short_name, ""),
        )
        .join(ranked, ranked.c.id == Project.id)
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .where(ranked.c.place == 1)
    )
    return {row[0]: FrontProject(*row) for row in found}


def front_targets(actor: Actor, chain_id: int, zone_id: int | None = None) -> Mapping[int, TargetRow]:
    """By node id the live target furthest on, of equals the one that moved last. One statement."""
    place = func.row_number().over(
        partition_by=Target.node_id,
        order_by=(case(FAR, value=Target.progress), Target.progress_on.desc(), Target.id),
    )
    ranked = base(Target.id, place.label("place")).where(*live(actor, chain_id, zone_id)).subquery()
    first = select(ranked.c.id).where(ranked.c.place == 1)
    return {row.node_id: row for row in rows_where(actor, Target.id.in_(first)) if row.node_id is not None}


def bare_by_chain(actor: Actor, zone_id: int | None = None) -> Mapping[int, int]:
    """By chain id, how many missing or weak links have neither a live target nor a live project. One statement."""
    stand = [Target.node_id == ChainNode.id, *_mine(actor, zone_id)]
    going = select(Target.id).join(Company, Company.id == Target.company_id).where(*stand)
    run = [projects.visible_to(actor, permissions.PROJECT_SEE), Project.status == Status.ACTIVE]
    if zone_id is not None:
        run.append(Project.zone_id == zone_id)
    running = select(Project.id).where(Project.node_id == ChainNode.id, *run)
    query = (
        select(ChainNode.chain_id, func.count())
        .where(is_link(), ChainNode.state.in_(GAPS))
        .where(~going.correlate(ChainNode).exists(), ~running.correlate(ChainNode).exists())
        .group_by(ChainNode.chain_id)
    )
    return {chain_id: count for chain_id, count in db.session.execute(query)}
