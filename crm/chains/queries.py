"""Chains and their nodes. Public facts: no scope is applied; what stands at a node is asked of `targeting`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import and_, case, exists, func, literal, select, union_all
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.chains.models import Chain, ChainNode, NodeAssessment
from crm.chains.rules import ChainAction, NodeState, Position, action_of
from crm.core.db import db
from crm.core.pinyin import pinyin_full, pinyin_initials


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A chain with how many nodes it has and how many of them somebody assessed."""

    id: int
    code: str
    name: str
    lead_name: str
    source: str
    nodes: int
    assessed: int


def chains() -> list[ChainRow]:
    """Active chains in the city's order."""
    assessed = func.coalesce(func.sum(case((ChainNode.state.is_not(None), 1), else_=0)), 0)
    counts = (
        select(ChainNode.chain_id, func.count().label("nodes"), assessed.label("assessed"))
        .where(ChainNode.active)
        .group_by(ChainNode.chain_id)
        .subquery()
    )
    query = (
        select(
            Chain.id,
            Chain.code,
            Chain.name,
            Chain.lead_name,
            Chain.source,
            func.coalesce(counts.c.nodes, 0),
            func.coalesce(counts.c.assessed, 0),
        )
        .outerjoin(counts, counts.c.chain_id == Chain.id)
        .where(Chain.active)
        .order_by(Chain.order_no, Chain.id)
    )
    rows: Any = db.session.execute(query)
    found = []
    for id_, code, name, lead, source, count, known in rows:
        found.append(ChainRow(id_, code, name, lead, source, int(count), int(known)))
    return found


def by_code(code: str) -> Chain | None:
    return db.session.scalar(select(Chain).where(Chain.code == code.strip()))


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node in its tree; `depth` 0 is directly under the chain."""

    id: int
    code: str
    name: str
    parent_id: int | None
    position: Position
    products: tuple[str, ...]
    gbt4754: tuple[str, ...]
    state: NodeState | None
    state_on: date | None
    active: bool
    chosen: ChainAction | None = None
    priority: int | None = None
    valid_until: date | None = None
    depth: int = 0
    leaf: bool = field(default=True)

    @property
    def action(self) -> ChainAction | None:
        """Derived from the state, or what a person chose instead."""
        return action_of(self.state, self.chosen)


def nodes(chain_id: int, *, retired: bool = False) -> list[NodeRow]:
    """The chain's nodes from the root down, each parent before its children, in one query."""
    query = (
        select(
            ChainNode.id,
            ChainNode.code,
            ChainNode.name,
            ChainNode.parent_id,
            ChainNode.position,
            ChainNode.products,
            ChainNode.gbt4754,
            ChainNode.state,
            ChainNode.state_on,
            ChainNode.active,
            ChainNode.action,
            ChainNode.priority,
            ChainNode.valid_until,
        )
        .where(ChainNode.chain_id == chain_id)
        .order_by(ChainNode.order_no, ChainNode.id)
    )
    if not retired:
        query = query.where(ChainNode.active)
    rows = list(db.session.execute(query))
    children: dict[int | None, list[Any]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    found: list[NodeRow] = []

    def walk(parent: int | None, depth: int) -> None:
        for r in children.get(parent, []):
            head = (r.id, r.code, r.name, r.parent_id, r.position, tuple(r.products), tuple(r.gbt4754))
            leaf = r.id not in children
            said = (r.state, r.state_on, r.active, r.action, r.priority, r.valid_until)
            found.append(NodeRow(*head, *said, depth=depth, leaf=leaf))
            walk(r.id, depth + 1)

    walk(None, 0)
    return found


def node_by_code(code: str) -> ChainNode | None:
    return db.session.scalar(select(ChainNode).where(ChainNode.code == code.strip()))


def node(node_id: int) -> ChainNode | None:
    return db.session.get(ChainNode, node_id)


def codes_of(chain_id: int) -> Sequence[str]:
    return db.session.scalars(
        select(ChainNode.code).where(ChainNode.chain_id == chain_id).order_by(ChainNode.id)
    ).all()


def siblings(node: ChainNode) -> Sequence[ChainNode]:
    """The nodes of the same parent in their order, the node itself among them."""
    return db.session.scalars(
        select(ChainNode)
        .where(ChainNode.chain_id == node.chain_id, ChainNode.parent_id.is_not_distinct_from(node.parent_id))
        .order_by(ChainNode.order_no, ChainNode.id)
    ).all()


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


def gaps(chain_id: int) -> list[Gap]:
    """The most urgent first: by priority, the missing before the weak. One statement."""
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
        )
        .outerjoin(
            NodeAssessment, and_(NodeAssessment.node_id == ChainNode.id, NodeAssessment.id.in_(newest))
        )
        .where(
            ChainNode.chain_id == chain_id,
            ChainNode.active,
            ChainNode.state.in_((NodeState.MISSING, NodeState.WEAK)),
        )
        .order_by(func.coalesce(ChainNode.priority, 9), ChainNode.state, ChainNode.order_no, ChainNode.id)
    )
    return [Gap(c, n, s, action_of(s, chosen), *rest) for c, n, s, chosen, *rest in rows]


def has_active_children(node_id: int) -> bool:
    return bool(db.session.scalar(select(exists().where(ChainNode.parent_id == node_id, ChainNode.active))))


def in_use(node_id: int) -> bool:
    """True while any row of another feature points at the node; its own assessments are its history."""
    keys = [
        key.parent
        for table in db.metadata.sorted_tables
        if table.name not in ("chain_nodes", "node_assessments", "catalogue_entries", "catalogue_namings")
        for key in sorted(table.foreign_keys, key=lambda k: str(k.parent))
        if key.column.table.name == "chain_nodes"
    ]
    if not keys:
        return False
    parts = [select(literal(1)).where(exists().where(column == node_id)) for column in keys]
    return db.session.execute(union_all(*parts).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class NodeName:
    """A node to choose, with the chain and the node above it."""

    id: int
    code: str
    name: str
    chain_name: str
    parent_name: str


def lookup_nodes(q: str, most: int = 12) -> list[NodeName]:
    """Active nodes whose name, product, chain, code, pinyin or initials contain what was typed."""
    above = aliased(ChainNode)
    query = (
        select(ChainNode.id, ChainNode.code, ChainNode.name, Chain.name, above.name, ChainNode.products)
        .join(Chain, Chain.id == ChainNode.chain_id)
        .outerjoin(above, above.id == ChainNode.parent_id)
        .where(ChainNode.active, Chain.active)
        .order_by(Chain.order_no, ChainNode.order_no, ChainNode.id)
    )
    word = "".join(q.lower().split())
    best: list[tuple[int, NodeName]] = []
    for id_, code, name, chain, parent, products in db.session.execute(query):
        rank = _rank(word, code, name, chain, products)
        if rank is not None:
            best.append((rank, NodeName(id_, code, name, chain, parent or "")))
    best.sort(key=lambda pair: pair[0])
    return [found for _, found in best[:most]]


def _rank(word: str, code: str, name: str, chain: str, products: Sequence[str]) -> int | None:
    """Nearer is smaller: the node's own name before its products before its chain."""
    if word in name.lower() or word == code.lower():
        return 0
    if any(word in product.lower() for product in products):
        return 1
    if word.isascii() and (word in _flat(pinyin_full(name)) or word in _flat(pinyin_initials(name))):
        return 1
    return 2 if word in chain.lower() or code.lower().startswith(word) else None


def _flat(text: str) -> str:
    return "".join(text.lower().split())
