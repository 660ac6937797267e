"""Companies and projects at the nodes of the chains, within the actor's reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from crm.accounts import permissions
from crm.chains.models import ChainNode
from crm.chains.rules import ChainAction
from crm.companies import scope as companies
from crm.companies.models import Company, CompanyLink, LinkNode
from crm.core.actor import Actor
from crm.core.db import db
from crm.projects import scope as projects
from crm.projects.models import Project
from crm.projects.rules import Stage, Status
from crm.settings import queries as settings
from crm.targeting import rules

_RANK = {progress: number for number, progress in enumerate(rules.FURTHER)}


def _companies(
    actor: Actor, by: Any, *conditions: ColumnElement[bool], zone_id: int | None
) -> dict[int, rules.Companies]:
    table = CompanyLink.__table__.c
    mine = [companies.reach(actor, permissions.PROJECT_SEE, table.company_id, table.zone_id), *conditions]
    if zone_id is not None:
        mine.append(CompanyLink.zone_id == zone_id)
    local = Company.city.startswith(settings.value("home_city"), autoescape=True)
    each = (
        select(
            by.label("place"),
            CompanyLink.company_id,
            func.max(case(_RANK, value=CompanyLink.progress)).label("rank"),
            func.max(case((local, 1), else_=0)).label("local"),
        )
        .select_from(LinkNode)
        .join(CompanyLink, CompanyLink.id == LinkNode.link_id)
        .join(Company, Company.id == CompanyLink.company_id)
        .join(ChainNode, ChainNode.id == LinkNode.node_id)
        .where(*mine)
        .group_by(by, CompanyLink.company_id)
        .subquery()
    )
    place, rank = each.c.place, each.c.rank
    query = select(place, rank, func.count(), func.sum(each.c.local)).group_by(place, rank)
    found: dict[int, rules.Companies] = {}
    for key, number, count, at_home in db.session.execute(query):
        found.setdefault(key, rules.Companies()).add(rules.FURTHER[number], count, int(at_home))
    return found


def companies_by_node(
    actor: Actor, chain_id: int, zone_id: int | None = None
) -> Mapping[int, rules.Companies]:
    """By node id, of one zone where asked; a company at two nodes counts at both."""
    return _companies(actor, LinkNode.node_id, ChainNode.chain_id == chain_id, zone_id=zone_id)


def companies_by_chain(actor: Actor) -> Mapping[int, rules.Companies]:
    """By chain id; a company at two nodes of one chain counts once."""
    return _companies(actor, ChainNode.chain_id, zone_id=None)


def _cells(actor: Actor, by: Any, *conditions: ColumnElement[bool]) -> list[rules.Cell]:
    query = (
        select(by, Project.chain_action, Project.stage, func.count(), func.sum(Project.total_investment))
        .join(ChainNode, ChainNode.id == Project.node_id)
        .where(
            projects.visible_to(actor, permissions.PROJECT_SEE),
            Project.status == Status.ACTIVE,
            *conditions,
        )
        .group_by(by, Project.chain_action, Project.stage)
        .order_by(by)
    )
    rows: Any = db.session.execute(query)
    return [rules.Cell(*row) for row in rows]


def projects_by_chain(actor: Actor) -> Mapping[int, rules.Line]:
    """Live projects by chain id and stage group."""
    found: dict[int, rules.Line] = {}
    for cell in _cells(actor, ChainNode.chain_id):
        found.setdefault(cell.node_id, rules.Line()).add(cell.stage, cell.count, cell.total)
    return found


def pipeline(
    actor: Actor, chain_id: int, directions: Mapping[int, ChainAction | None], zone_id: int | None = None
) -> rules.Pipeline:
    """Live projects of one chain, of one zone where asked; `directions` are its nodes' 建链, 补链, 强链, 延链 by id."""
    conditions = [ChainNode.chain_id == chain_id]
    if zone_id is not None:
        conditions.append(Project.zone_id == zone_id)
    return rules.pipeline(_cells(actor, Project.node_id, *conditions), directions)


@dataclass(frozen=True, slots=True)
class Landing:
    """A live project at a node of a chain whose landing one may try out on the chain's picture."""

    code: str
    name: str
    node_id: int
    node: str
    total: Decimal | None
    total_usd: Decimal | None
    stage: Stage


def landing(actor: Actor, chain_id: int, most: int = 100) -> list[Landing]:
    """Live projects before 竣工 at the chain's nodes, the largest first."""
    rows: Any = db.session.execute(
        select(
            Project.code,
            Project.name,
            ChainNode.id,
            ChainNode.name,
            Project.total_investment,
            Project.total_investment_usd,
            Project.stage,
        )
        .join(ChainNode, ChainNode.id == Project.node_id)
        .where(
            projects.visible_to(actor, permissions.PROJECT_SEE),
            ChainNode.chain_id == chain_id,
            Project.status == Status.ACTIVE,
            Project.stage.not_in((Stage.COMPLETED, Stage.PRODUCING, Stage.FULL)),
        )
        .order_by(Project.total_investment.desc().nulls_last(), Project.id)
        .limit(most)
    )
    return [Landing(*row) for row in rows]
