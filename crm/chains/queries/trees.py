"""The chains and their nodes. Public facts: no scope is applied; what stands at a node is asked of `targeting`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import exists, literal, select, union_all

from crm.chains.models import Chain, ChainNode
from crm.chains.rules import ChainAction, NodeState, Position, action_of, has_expired
from crm.core.db import db


@dataclass(frozen=True, slots=True)
class ChainRow:
    id: int
    code: str
    name: str
    lead_name: str
    source: str


def chains() -> list[ChainRow]:
    """Active chains in the city's order."""
    query = select(Chain.id, Chain.code, Chain.name, Chain.lead_name, Chain.source)
    rows: Any = db.session.execute(query.where(Chain.active).order_by(Chain.order_no, Chain.id))
    return [ChainRow(*row) for row in rows]


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

    def expired(self, today: date) -> bool:
        return has_expired(self.valid_until, today)


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
