"""The tree of units and the rank of leaders."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from crm.core.errors import RuleBroken


class UnitKind(StrEnum):
    CITY = "city"
    COUNTY = "county"
    BLOCK = "block"
    ZONE = "zone"
    GROUP = "group"
    STATION = "station"
    DEPARTMENT = "department"

    @property
    def label(self) -> str:
        return UNIT_LABELS[self]


UNIT_LABELS = {
    UnitKind.CITY: "市",
    UnitKind.COUNTY: "县区",
    UnitKind.BLOCK: "功能板块",
    UnitKind.ZONE: "开发区",
    UnitKind.GROUP: "招商组",
    UnitKind.STATION: "驻点",
    UnitKind.DEPARTMENT: "部门",
}

#: Which kinds may stand directly under which.
CHILDREN: dict[UnitKind, frozenset[UnitKind]] = {
    UnitKind.CITY: frozenset({UnitKind.COUNTY, UnitKind.BLOCK, UnitKind.DEPARTMENT, UnitKind.ZONE}),
    UnitKind.COUNTY: frozenset({UnitKind.ZONE, UnitKind.DEPARTMENT}),
    UnitKind.BLOCK: frozenset({UnitKind.ZONE, UnitKind.DEPARTMENT}),
    UnitKind.ZONE: frozenset({UnitKind.GROUP, UnitKind.STATION, UnitKind.DEPARTMENT}),
    UnitKind.GROUP: frozenset(),
    UnitKind.STATION: frozenset(),
    UnitKind.DEPARTMENT: frozenset({UnitKind.DEPARTMENT}),
}


class LeaderLevel(StrEnum):
    """Rank as the bureaus count visits (rules.md §8.2)."""

    CITY_MAIN = "city_main"
    CITY_CHARGE = "city_charge"
    COUNTY_MAIN = "county_main"
    COUNTY_CHARGE = "county_charge"
    DEPARTMENT = "department"

    @property
    def label(self) -> str:
        return LEVEL_LABELS[self]


LEVEL_LABELS = {
    LeaderLevel.CITY_MAIN: "市主要领导",
    LeaderLevel.CITY_CHARGE: "市分管领导",
    LeaderLevel.COUNTY_MAIN: "区（板块）主要领导",
    LeaderLevel.COUNTY_CHARGE: "区（板块）分管领导",
    LeaderLevel.DEPARTMENT: "部门负责人",
}


def check_child(parent: UnitKind, kind: UnitKind) -> None:
    if kind not in CHILDREN[parent]:
        allowed = "、".join(k.label for k in UnitKind if k in CHILDREN[parent])
        raise RuleBroken(
            f"{parent.label}下面不能设{kind.label}。"
            + (f"可以设：{allowed}。" if allowed else "请换一个上级机构。"),
            field="kind",
        )


@dataclass(frozen=True, slots=True)
class Node:
    """A unit as the tree needs it."""

    id: int
    kind: UnitKind
    parent_id: int | None


def subtree(root: int, nodes: Iterable[Node]) -> list[int]:
    """The unit and everything below it, parents before children."""
    children: dict[int | None, list[int]] = {}
    for node in nodes:
        children.setdefault(node.parent_id, []).append(node.id)
    found, at = [root], 0
    while at < len(found):
        found += children.get(found[at], [])
        at += 1
    return found


def check_move(unit: Node, target: Node, nodes: Sequence[Node]) -> None:
    """No cycle, and only where this kind may stand."""
    if unit.kind is UnitKind.CITY:
        raise RuleBroken("市本级是机构树的根，不能移动。", field="parent")
    if target.id in subtree(unit.id, nodes):
        raise RuleBroken("不能移到自己或自己的下级下面。请另选上级机构。", field="parent")
    if unit.kind not in CHILDREN[target.kind]:
        raise RuleBroken(f"{target.kind.label}下面不能设{unit.kind.label}。请另选上级机构。", field="parent")


def places(nodes: Sequence[Node]) -> dict[int, tuple[int | None, int | None]]:
    """For each unit the nearest zone and the nearest county or block at or above it."""
    by_id = {node.id: node for node in nodes}
    found: dict[int, tuple[int | None, int | None]] = {}

    def place(node: Node) -> tuple[int | None, int | None]:
        if node.id not in found:
            parent = by_id.get(node.parent_id) if node.parent_id is not None else None
            zone, county = place(parent) if parent else (None, None)
            if node.kind is UnitKind.ZONE:
                zone = node.id
            if node.kind in (UnitKind.COUNTY, UnitKind.BLOCK):
                county = node.id
            found[node.id] = (zone, county)
        return found[node.id]

    for node in nodes:
        place(node)
    return found


_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class UnitDraft:
    code: str
    name: str
    short_name: str = ""
    kind: UnitKind = UnitKind.DEPARTMENT
    source: str = ""


def check_unit(draft: UnitDraft) -> None:
    if not _CODE.fullmatch(draft.code):
        raise RuleBroken("机构代码只能用字母、数字、横线、下划线，最多 40 位。请重填。", field="code")
    if not 1 <= len(draft.name) <= 120:
        raise RuleBroken("机构名称没有填，或超过 120 个字。请重填。", field="name")
    if len(draft.short_name) > 60:
        raise RuleBroken("简称最多 60 个字，请缩短。", field="short_name")


@dataclass(frozen=True, slots=True)
class LeaderDraft:
    """`rank_no` decides the order in which leaders are named; smaller comes first."""

    name: str
    title: str
    level: LeaderLevel
    unit_id: int
    rank_no: int
    starts_on: date
    ends_on: date | None = None


def check_leader(draft: LeaderDraft) -> None:
    if not 1 <= len(draft.name) <= 40:
        raise RuleBroken("姓名没有填，或超过 40 个字。请重填。", field="name")
    if not 1 <= len(draft.title) <= 120:
        raise RuleBroken("职务没有填，或超过 120 个字。请重填。", field="title")
    if not 1 <= draft.rank_no <= 9999:
        raise RuleBroken("排序号请填 1 到 9999，越小越靠前。", field="rank_no")
    if draft.ends_on is not None and draft.ends_on < draft.starts_on:
        raise RuleBroken("任期结束早于开始。请核对两个日期。", field="ends_on")
