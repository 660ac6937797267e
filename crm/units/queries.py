"""The tree of units and the leaders in rank order. Both are public facts inside the administration."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import exists, literal, or_, select, union_all

from crm.core.db import db
from crm.core.pinyin import pinyin_full, pinyin_initials
from crm.units.models import Leader, Unit
from crm.units.rules import LeaderLevel, Node, UnitKind


def find(unit_id: int) -> Unit | None:
    return db.session.get(Unit, unit_id)


def by_code(code: str) -> Unit | None:
    return db.session.scalar(select(Unit).where(Unit.code == code.strip()))


def nodes() -> list[Node]:
    """Every unit, as the rules of the tree need it."""
    return [
        Node(id_, kind, parent_id)
        for id_, kind, parent_id in db.session.execute(
            select(Unit.id, Unit.kind, Unit.parent_id).order_by(Unit.id)
        )
    ]


def with_ids(ids: Sequence[int]) -> Sequence[Unit]:
    return db.session.scalars(select(Unit).where(Unit.id.in_(ids)).order_by(Unit.id)).all()


def active_children(unit_id: int) -> bool:
    return bool(db.session.scalar(select(exists().where(Unit.parent_id == unit_id, Unit.active))))


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A unit with those below it."""

    id: int
    code: str
    name: str
    short_name: str
    kind: UnitKind
    active: bool
    parent_id: int | None
    children: list["TreeNode"] = field(default_factory=list)


def tree() -> list[TreeNode]:
    """The roots, each with its branches, in one query."""
    rows = db.session.execute(
        select(
            Unit.id, Unit.code, Unit.name, Unit.short_name, Unit.kind, Unit.active, Unit.parent_id
        ).order_by(Unit.order_no, Unit.id)
    )
    known = {row[0]: TreeNode(*row) for row in rows}
    roots: list[TreeNode] = []
    for node in known.values():
        above = known.get(node.parent_id) if node.parent_id is not None else None
        (above.children if above else roots).append(node)
    return roots


def choices(*, zone_id: int | None = None, active_only: bool = True) -> list[tuple[int, str]]:
    """Units to choose from, indented as they stand in the tree; with `zone_id` only that zone and what is below it."""
    found: list[tuple[int, str]] = []

    def walk(items: Sequence[TreeNode], depth: int, inside: bool) -> None:
        for node in items:
            here = inside or node.id == zone_id
            if (here or zone_id is None) and (node.active or not active_only):
                found.append((node.id, "　" * (depth if zone_id is None else 0) + node.short_name))
            walk(node.children, depth + 1, here)

    walk(tree(), 0, False)
    return found


#: Tables that belong to the unit itself; a row in any other table that points at the unit or its zone is use.
_OWN = frozenset({"units", "zones", "zone_aliases", "zone_chains", "quotas", "posts", "leaders"})


def referring_tables() -> list[tuple[Any, Any]]:
    """(table, column) of every foreign key in the product that points at a unit or a zone."""
    return [
        (table, key.parent)
        for table in db.metadata.sorted_tables
        if table.name not in _OWN
        for key in sorted(table.foreign_keys, key=lambda k: str(k.parent))
        if key.column.table.name in ("units", "zones")
    ]


def in_use(unit_id: int) -> bool:
    """True while any business row points at the unit or, for a zone, at its zone."""
    keys = referring_tables()
    if not keys:
        return False
    parts = [select(literal(1)).where(exists().where(column == unit_id)) for _, column in keys]
    return db.session.execute(union_all(*parts).limit(1)).first() is not None


# --- leaders --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeaderRow:
    id: int
    name: str
    title: str
    level: LeaderLevel
    unit_id: int
    unit_name: str
    zone_id: int | None
    county_id: int | None
    rank_no: int
    starts_on: date
    ends_on: date | None


def leader(leader_id: int) -> Leader | None:
    return db.session.get(Leader, leader_id)


def leaders(today: date, *, past: bool = False, unit_id: int | None = None) -> list[LeaderRow]:
    """Leaders by rank, never by the alphabet. `past` gives those whose term is over instead."""
    over = Leader.ends_on < today
    query = (
        select(
            Leader.id,
            Leader.name,
            Leader.title,
            Leader.level,
            Leader.unit_id,
            Unit.short_name,
            Unit.zone_id,
            Unit.county_id,
            Leader.rank_no,
            Leader.starts_on,
            Leader.ends_on,
        )
        .join(Unit, Unit.id == Leader.unit_id)
        .where(over if past else or_(Leader.ends_on.is_(None), Leader.ends_on >= today))
        .order_by(Leader.rank_no, Leader.starts_on, Leader.id)
    )
    if unit_id is not None:
        query = query.where(Leader.unit_id == unit_id)
    rows: Any = db.session.execute(query)
    return [LeaderRow(*row) for row in rows]


def lookup_leaders(q: str, today: date, most: int = 12) -> list[LeaderRow]:
    """Leaders in office by name, title, unit, pinyin or initials, in rank order."""
    word = "".join(q.lower().split())
    found = []
    for row in leaders(today):
        if row.starts_on <= today and any(word in text for text in _says(row)):
            found.append(row)
    return found[:most]


def _says(row: LeaderRow) -> tuple[str, ...]:
    full, initials = pinyin_full(row.name), pinyin_initials(row.name)
    return (
        row.name,
        row.title,
        row.unit_name,
        "".join(full.lower().split()),
        "".join(initials.lower().split()),
    )
