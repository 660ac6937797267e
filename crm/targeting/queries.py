"""Companies and projects at the nodes of the chains, within the actor's reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, distinct, func, select

from crm.accounts import permissions
from crm.chains.models import ChainNode
from crm.chains.rules import NodeState
from crm.companies import scope as companies
from crm.companies.models import CompanyLink, LinkNode
from crm.companies.rules import LinkProgress
from crm.core.actor import Actor
from crm.core.db import db
from crm.projects import scope as projects
from crm.projects.models import Project
from crm.projects.rules import Status
from crm.targeting import rules


@dataclass(frozen=True, slots=True)
class Companies:
    """Companies with a link at a node; `targets` leaves out those that were given up."""

    linked: int = 0
    targets: int = 0


def _companies(actor: Actor, by: Any, *conditions: ColumnElement[bool]) -> dict[int, Companies]:
    table = CompanyLink.__table__.c
    live = case((CompanyLink.progress != LinkProgress.GIVEN_UP, CompanyLink.company_id))
    query = (
        select(by, func.count(distinct(CompanyLink.company_id)), func.count(distinct(live)))
        .select_from(LinkNode)
        .join(CompanyLink, CompanyLink.id == LinkNode.link_id)
        .join(ChainNode, ChainNode.id == LinkNode.node_id)
        .where(companies.reach(actor, permissions.PROJECT_SEE, table.company_id, table.zone_id), *conditions)
        .group_by(by)
    )
    return {key: Companies(linked, targets) for key, linked, targets in db.session.execute(query)}


def companies_by_node(actor: Actor, chain_id: int) -> Mapping[int, Companies]:
    """By node id; a company at two nodes counts at both."""
    return _companies(actor, LinkNode.node_id, ChainNode.chain_id == chain_id)


def companies_by_chain(actor: Actor) -> Mapping[int, Companies]:
    """By chain id; a company at two nodes of one chain counts once."""
    return _companies(actor, ChainNode.chain_id)


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


def pipeline(actor: Actor, chain_id: int, states: Mapping[int, NodeState | None]) -> rules.Pipeline:
    """Live projects of one chain; `states` are its nodes' states by id."""
    cells = _cells(actor, Project.node_id, ChainNode.chain_id == chain_id)
    return rules.pipeline(cells, dict(states))
