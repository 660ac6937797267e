"""Companies and projects at the nodes of the chains, within the actor's reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select

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
from crm.targeting import rules, scope
from crm.targeting.models import Target


def _targets(
    actor: Actor, by: Any, *where: ColumnElement[bool], zone_id: int | None
) -> dict[int, rules.Companies]:
    """Targets by progress; with the same conditions as the list of targets, so that every number leads to its rows."""
    turned = Target.project_id.is_not(None)
    mine = [scope.visible_to(actor), Company.merged_into_id.is_(None), *where]
    if zone_id is not None:
        mine.append(Target.zone_id == zone_id)
    query = (
        select(by, Target.progress, turned, func.count())
        .select_from(Target)
        .join(Company, Company.id == Target.company_id)
        .join(ChainNode, ChainNode.id == Target.node_id)
        .where(*mine)
        .group_by(by, Target.progress, turned)
    )
    found: dict[int, rules.Companies] = {}
    for place, progress, is_project, count in db.session.execute(query):
        found.setdefault(place, rules.Companies()).add(progress, count, converted=bool(is_project))
    return found


def _local(actor: Actor, by: Any, *where: ColumnElement[bool], zone_id: int | None) -> dict[int, int]:
    """This city's companies that a link within reach says belong there, each counted once."""
    table = CompanyLink.__table__.c
    mine = [companies.reach(actor, permissions.PROJECT_SEE, table.company_id, table.zone_id), *where]
    if zone_id is not None:
        mine.append(CompanyLink.zone_id == zone_id)
    query = (
        select(by, func.count(CompanyLink.company_id.distinct()))
        .select_from(LinkNode)
        .join(CompanyLink, CompanyLink.id == LinkNode.link_id)
        .join(Company, Company.id == CompanyLink.company_id)
        .join(ChainNode, ChainNode.id == LinkNode.node_id)
        .where(
            Company.city.startswith(settings.value("home_city"), autoescape=True),
            Company.merged_into_id.is_(None),
            *mine,
        )
        .group_by(by)
    )
    return {place: count for place, count in db.session.execute(query)}


def _companies(
    actor: Actor, by_target: Any, by_link: Any, *where: ColumnElement[bool], zone_id: int | None
) -> dict[int, rules.Companies]:
    found = _targets(actor, by_target, *where, zone_id=zone_id)
    for place, count in _local(actor, by_link, *where, zone_id=zone_id).items():
        found.setdefault(place, rules.Companies()).local = count
    return found


def companies_by_node(
    actor: Actor, chain_id: int, zone_id: int | None = None
) -> Mapping[int, rules.Companies]:
    """By node id, of one zone where asked. Two statements."""
    chain = ChainNode.chain_id == chain_id
    return _companies(actor, Target.node_id, LinkNode.node_id, chain, zone_id=zone_id)


def companies_by_chain(actor: Actor, zone_id: int | None = None) -> Mapping[int, rules.Companies]:
    """By chain id, of one zone where asked: its nodes' targets added up, a local firm at two nodes of one chain once."""
    return _companies(actor, ChainNode.chain_id, ChainNode.chain_id, zone_id=zone_id)


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


def projects_by_chain(actor: Actor, zone_id: int | None = None) -> Mapping[int, rules.Line]:
    """Live projects by chain id and stage group, of one zone where asked."""
    found: dict[int, rules.Line] = {}
    of_zone = [] if zone_id is None else [Project.zone_id == zone_id]
    for cell in _cells(actor, ChainNode.chain_id, *of_zone):
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
