"""Industry chains: positions, node states and the action that follows from a state (decision 15)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
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

#: Links a chain lacks (缺口).
GAPS = (NodeState.MISSING, NodeState.WEAK)

_ACTION_OF_STATE = {
    NodeState.MISSING: ChainAction.BUILD,
    NodeState.WEAK: ChainAction.FILL,
    NodeState.FAIR: ChainAction.FILL,
    NodeState.STRONG: ChainAction.STRENGTHEN,
}


def action_of(state: NodeState | None, chosen: ChainAction | None = None) -> ChainAction | None:
    """What a node's state asks for, or what a person chose with a reason instead; 延链 is never derived. Unassessed gives None."""
    return None if state is None else chosen or _ACTION_OF_STATE[state]


def has_expired(valid_until: date | None, today: date) -> bool:
    """An assessment is good to its last day; without one it does not run out."""
    return valid_until is not None and valid_until < today


def state_with(state: NodeState | None, firms: int) -> NodeState | None:
    """What a node would be taken for once `firms` more firms work at it (rules.md §5.2): a first one or two make an empty link weak,
    more make it fair. Only an assessment makes a link strong, and an unassessed one stays unassessed."""
    if state in (None, NodeState.STRONG, NodeState.FAIR) or firms < 1:
        return state
    if state is NodeState.MISSING and firms <= 2:
        return NodeState.WEAK
    return NodeState.FAIR


#: Shown wherever the shipped tree is; the city's own words replace it node by node.
BANNER = "默认模板，请由工信部门确认"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A local firm that stands for a link (本地代表企业), and where that is known from."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class NodeDraft:
    """A link of a chain as the bureau writes it. `gbt4754` are class codes of GB/T 4754-2017 (four digits)."""

    name: str
    position: Position
    products: tuple[str, ...] = ()
    gbt4754: tuple[str, ...] = ()
    anchors: tuple[Anchor, ...] = ()


_CLASS = re.compile(r"[A-T]?\d{2,4}")


def check_node(draft: NodeDraft) -> None:
    if not 1 <= len(draft.name) <= 80:
        raise RuleBroken("环节名称没有填，或超过 80 个字。请重填。", field="name")
    for code in draft.gbt4754:
        if not _CLASS.fullmatch(code):
            raise RuleBroken(
                f"行业代码“{code}”不对。请填 GB/T 4754-2017 的 2 至 4 位数字，如 2614。", field="gbt4754"
            )
    _check_anchors(draft.anchors)


def _check_anchors(anchors: Sequence[Anchor]) -> None:
    names = [anchor.name for anchor in anchors]
    for anchor in anchors:
        if not 1 <= len(anchor.name) <= 200:
            raise RuleBroken("本地代表企业有一行没有名称，或超过 200 个字。请重填。", field="anchors")
        if not 1 <= len(anchor.source) <= 300:
            raise RuleBroken(
                f"“{anchor.name}”没有来源，或来源超过 300 个字。请在名称后用竖线隔开写来源。", field="anchors"
            )
        if names.count(anchor.name) > 1:
            raise RuleBroken(f"“{anchor.name}”写了两次。请删去一行。", field="anchors")


@dataclass(frozen=True, slots=True)
class Assessment:
    """What somebody says of a node. `state` None takes the assessment back; `local_share` is 0 to 1; `action` only to override."""

    state: NodeState | None
    on: date | None = None
    note: str = ""
    local_firms: int | None = None
    local_share: Decimal | None = None
    depends_on: str = ""
    gap: str = ""
    priority: int | None = None
    action: ChainAction | None = None
    action_reason: str = ""
    assessor: str = ""
    valid_until: date | None = None


def check_assessment(said: Assessment, today: date) -> None:
    """Raises RuleBroken beside the field. An assessment has a day that is not ahead, an override has its reason."""
    if said.state is None:
        return
    if said.on is None:
        raise RuleBroken("评估日期没有填。请填写。", field="state_on")
    if said.on > today:
        raise RuleBroken("评估日期晚于今天。请填今天或更早。", field="state_on")
    if said.valid_until is not None and said.valid_until <= said.on:
        raise RuleBroken("有效期不晚于评估日期。请填评估日期之后的一天。", field="valid_until")
    if said.local_firms is not None and said.local_firms < 0:
        raise RuleBroken("本地企业数不能为负。请核对。", field="local_firms")
    if said.local_share is not None and not 0 <= said.local_share <= 1:
        raise RuleBroken("本地配套率在 0 到 100 之间。请核对。", field="local_share")
    if said.priority is not None and not 1 <= said.priority <= 5:
        raise RuleBroken("优先级是 1 到 5。请重选。", field="priority")
    _check_override(said)


def _check_override(said: Assessment) -> None:
    if said.state is NodeState.MISSING and said.local_firms:
        raise RuleBroken("空白环节没有本地企业。请改强弱或把本地企业数填 0。", field="local_firms")
    if said.action is not None and said.action is action_of(said.state):
        raise RuleBroken("所选方向与强弱推出的相同，不必另选。请改为按强弱推出。", field="action")
    if said.action is not None and not said.action_reason.strip():
        raise RuleBroken("没有按强弱推出方向，要写理由。请填写。", field="action_reason")


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
