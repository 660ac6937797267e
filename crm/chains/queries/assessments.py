"""How strong links are and what their assessments say."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.chains.models import Chain, ChainNode, NodeAssessment
from crm.chains.rules import GAPS, ChainAction, NodeState, action_of, has_expired
from crm.core.db import db


def assessment_of(node_id: int) -> NodeAssessment | None:
    """The newest assessment of a node."""
    return db.session.scalar(
        select(NodeAssessment)
        .where(NodeAssessment.node_id == node_id)
        .order_by(NodeAssessment.id.desc())
        .limit(1)
    )


def assessments_of(node_id: int, most: int = 20) -> list[tuple[NodeAssessment, str]]:
    """The newest first, each with the name of who entered it."""
    rows = db.session.execute(
        select(NodeAssessment, User.name)
        .outerjoin(User, User.id == NodeAssessment.made_by)
        .where(NodeAssessment.node_id == node_id)
        .order_by(NodeAssessment.id.desc())
        .limit(most)
    )
    return [(made, name or "") for made, name in rows]


@dataclass(frozen=True, slots=True)
class Gap:
    """A missing or weak link with what its newest assessment says."""

    code: str
    name: str
    state: NodeState
    action: ChainAction | None
    priority: int | None
    local_firms: int | None
    depends_on: str
    gap: str
    id: int
    valid_until: date | None

    def expired(self, today: date) -> bool:
        return has_expired(self.valid_until, today)


def gaps(chain_id: int) -> list[Gap]:
    """The most urgent first: by priority, the missing before the weak; groups of links are no links. One statement."""
    newest = select(func.max(NodeAssessment.id)).group_by(NodeAssessment.node_id)
    rows: Any = db.session.execute(
        select(
            ChainNode.code,
            ChainNode.name,
            ChainNode.state,
            ChainNode.action,
            ChainNode.priority,
            NodeAssessment.local_firms,
            func.coalesce(NodeAssessment.depends_on, ""),
            func.coalesce(NodeAssessment.gap, ""),
            ChainNode.id,
            ChainNode.valid_until,
        )
        .outerjoin(
            NodeAssessment, and_(NodeAssessment.node_id == ChainNode.id, NodeAssessment.id.in_(newest))
        )
        .where(
            ChainNode.chain_id == chain_id,
            ChainNode.state.in_(GAPS),
            is_link(),
        )
        .order_by(func.coalesce(ChainNode.priority, 9), ChainNode.state, ChainNode.order_no, ChainNode.id)
    )
    return [Gap(c, n, s, action_of(s, chosen), *rest) for c, n, s, chosen, *rest in rows]


def is_link() -> ColumnElement[bool]:
    """Over ChainNode: in use and no mere heading of others."""
    below = aliased(ChainNode)
    return and_(
        ChainNode.active, ~select(below.id).where(below.parent_id == ChainNode.id, below.active).exists()
    )


@dataclass(frozen=True, slots=True)
class States:
    """How many links of a chain there are, in which state, and how many assessments have run out."""

    links: int = 0
    missing: int = 0
    weak: int = 0
    open: int = 0
    expired: int = 0

    @property
    def assessed(self) -> int:
        return self.links - self.open

    @property
    def gaps(self) -> int:
        return self.missing + self.weak


def states(today: date) -> dict[int, States]:
    """By chain id. One statement."""

    def number(condition: ColumnElement[bool]) -> Any:
        return func.sum(case((condition, 1), else_=0))

    query = (
        select(
            ChainNode.chain_id,
            func.count(),
            number(ChainNode.state == NodeState.MISSING),
            number(ChainNode.state == NodeState.WEAK),
            number(ChainNode.state.is_(None)),
            number(_ran_out(today)),
        )
        .where(is_link())
        .group_by(ChainNode.chain_id)
    )
    return {chain_id: States(*map(int, counts)) for chain_id, *counts in db.session.execute(query)}


def _ran_out(today: date) -> ColumnElement[bool]:
    """Over ChainNode, as `rules.has_expired` says it of one."""
    return and_(ChainNode.state.is_not(None), ChainNode.valid_until < today)


@dataclass(frozen=True, slots=True)
class Due:
    """A link somebody has to assess: never assessed (`state` None), or its assessment has run out."""

    code: str
    name: str
    chain_code: str
    chain: str
    state: NodeState | None
    state_on: date | None
    valid_until: date | None
    assessor: str
    priority: int | None


def due(today: date, chain: str = "") -> list[Due]:
    """Links of active chains to assess: those that ran out longest ago first, the never assessed last. One statement."""
    newest = select(func.max(NodeAssessment.id)).group_by(NodeAssessment.node_id)
    wanted = [Chain.active, is_link(), or_(ChainNode.state.is_(None), _ran_out(today))]
    if chain:
        wanted.append(Chain.code == chain)
    rows: Any = db.session.execute(
        select(
            ChainNode.code,
            ChainNode.name,
            Chain.code,
            Chain.name,
            ChainNode.state,
            ChainNode.state_on,
            ChainNode.valid_until,
            func.coalesce(NodeAssessment.assessor, ""),
            ChainNode.priority,
        )
        .join(Chain, Chain.id == ChainNode.chain_id)
        .outerjoin(
            NodeAssessment, and_(NodeAssessment.node_id == ChainNode.id, NodeAssessment.id.in_(newest))
        )
        .where(*wanted)
        .order_by(ChainNode.valid_until.asc().nulls_last(), Chain.order_no, ChainNode.order_no, ChainNode.id)
    )
    return [Due(*row) for row in rows]
