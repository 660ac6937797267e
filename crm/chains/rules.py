"""Industry chains: positions, node states and the action that follows from a state (decision 15)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from crm.core.errors import RuleBroken


class Position(StrEnum):
    UPSTREAM = "upstream"
    MIDSTREAM = "midstream"
    DOWNSTREAM = "downstream"
    SUPPORTING = "supporting"


class NodeState(StrEnum):
    MISSING = "missing"
    WEAK = "weak"
    FAIR = "fair"
    STRONG = "strong"


class ChainAction(StrEnum):
    BUILD = "build"
    FILL = "fill"
    STRENGTHEN = "strengthen"
    EXTEND = "extend"


POSITION_LABELS = {
    Position.UPSTREAM: "上游",
    Position.MIDSTREAM: "中游",
    Position.DOWNSTREAM: "下游",
    Position.SUPPORTING: "配套",
}
STATE_LABELS = {
    NodeState.MISSING: "空白",
    NodeState.WEAK: "薄弱",
    NodeState.FAIR: "一般",
    NodeState.STRONG: "优势",
}
ACTION_LABELS = {
    ChainAction.BUILD: "建链",
    ChainAction.FILL: "补链",
    ChainAction.STRENGTHEN: "强链",
    ChainAction.EXTEND: "延链",
}

_ACTION_OF_STATE = {
    NodeState.MISSING: ChainAction.BUILD,
    NodeState.WEAK: ChainAction.FILL,
    NodeState.FAIR: ChainAction.FILL,
    NodeState.STRONG: ChainAction.STRENGTHEN,
}


def action_of(state: NodeState | None) -> ChainAction | None:
    """What a node's state asks for; 延链 is never derived, a person chooses it with a reason. Unassessed gives None."""
    return None if state is None else _ACTION_OF_STATE[state]


#: Shown wherever the shipped tree is; the city's own words replace it node by node.
BANNER = "默认模板，请由工信部门确认"


@dataclass(frozen=True, slots=True)
class NodeDraft:
    """A link of a chain as the bureau writes it. `gbt4754` are class codes of GB/T 4754-2017 (four digits)."""

    name: str
    position: Position
    products: tuple[str, ...] = ()
    gbt4754: tuple[str, ...] = ()


_CLASS = re.compile(r"[A-T]?\d{2,4}")


def check_node(draft: NodeDraft) -> None:
    if not 1 <= len(draft.name) <= 80:
        raise RuleBroken("环节名称没有填，或超过 80 个字。请重填。", field="name")
    for code in draft.gbt4754:
        if not _CLASS.fullmatch(code):
            raise RuleBroken(
                f"行业代码“{code}”不对。请填 GB/T 4754-2017 的 2 至 4 位数字，如 2614。", field="gbt4754"
            )


def check_assessment(state: NodeState | None, on: date | None, note: str, today: date) -> None:
    """An assessment has a day that is not ahead; what it rests on is worth a note of at most 300 characters."""
    if len(note) > 300:
        raise RuleBroken("评估依据最多 300 个字，请缩短。", field="state_note")
    if state is None:
        return
    if on is None:
        raise RuleBroken("评估日期没有填。请填写。", field="state_on")
    if on > today:
        raise RuleBroken("评估日期晚于今天。请填今天或更早。", field="state_on")


def next_code(above: str, taken: Iterable[str], *, top: bool) -> str:
    """The code of a new node: PETRO-05 directly under the chain, PETRO-0103 under PETRO-01."""
    start = f"{above}-" if top else above
    known = set(taken)
    return next(code for n in range(1, 100) if (code := f"{start}{n:02d}") not in known)


@dataclass(frozen=True, slots=True)
class Link:
    """A node's place in its tree."""

    id: int
    parent_id: int | None


def below(root: int, nodes: Iterable[Link]) -> set[int]:
    """The node and everything under it."""
    children: dict[int | None, list[int]] = {}
    for node in nodes:
        children.setdefault(node.parent_id, []).append(node.id)
    found, queue = {root}, [root]
    while queue:
        for child in children.get(queue.pop(), []):
            found.add(child)
            queue.append(child)
    return found
