"""A zone's leading chains within the plan's limits, and the states of its yearly chain plan."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from crm.core.errors import RuleBroken

#: 行动方案第 6 条: how many leading industries a zone of a level is to have, least and most.
_LIMITS = {"国家级": (3, 4), "省级": (1, 2)}
PLAN_ITEM = "连政发〔2022〕32号第 6 条"
DUE_ITEM = "连政发〔2022〕32号第 14 条：2022年12月底前完成主导产业产业链招商规划"
DUE_OWN = "产品默认值：每年12月31日，非方案规定，请按本市实际修改"


class ChainRole(StrEnum):
    """What a chain is to a zone."""

    LEADING = "leading"
    OTHER = "other"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]


ROLE_LABELS = {ChainRole.LEADING: "主导产业链", ChainRole.OTHER: "其他产业链"}


def limits(level: str) -> tuple[int, int] | None:
    """How many leading industries the plan has in mind for a zone of this level; None where it says nothing."""
    return next((found for word, found in _LIMITS.items() if level.startswith(word)), None)


def leading_hint(level: str, count: int) -> str:
    """A hint, never an error, where a zone has fewer or more leading chains than the plan has in mind (decision 14)."""
    found = limits(level)
    if found is None or found[0] <= count <= found[1]:
        return ""
    word = next(word for word in _LIMITS if level.startswith(word))
    return f"方案要求{word}开发区确定 {found[0]}–{found[1]} 个主导产业，现有主导产业链 {count} 条，待确认"


class PlanState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    CONFIRMED = "confirmed"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    PlanState.DRAFT: "未提交",
    PlanState.SUBMITTED: "已提交",
    PlanState.RETURNED: "退回",
    PlanState.CONFIRMED: "已确认",
}
#: While a plan stands here the zone may change its files.
OPEN = (PlanState.DRAFT, PlanState.RETURNED)
EARLIEST, LATEST = 2022, 2100


def due_on(year: int, dues: dict[int, date]) -> date:
    return dues.get(year, date(year, 12, 31))


def check_year(year: int) -> int:
    if not EARLIEST <= year <= LATEST:
        raise RuleBroken("年份不在 2022 到 2100 之间。请重选。", "year")
    return year


def check_submit(state: PlanState, files: int) -> None:
    if state not in OPEN:
        raise RuleBroken(f"这份规划{state.label}，不用再提交。请刷新后查看。")
    if not files:
        raise RuleBroken("还没有规划文件。请先上传文件再提交。", "file")


def check_decide(state: PlanState) -> None:
    if state is not PlanState.SUBMITTED:
        raise RuleBroken(f"这份规划现在是{state.label}，不能确认或退回。请刷新后查看。")


def check_reason(reason: str) -> str:
    said = reason.strip()
    if len(said) < 2:
        raise RuleBroken("退回的理由没有填。请写明要补正什么，开发区会看到。", "reason")
    return said


def lateness(state: PlanState, due: date, today: date, submitted_on: date | None) -> int:
    """By how many days a plan is late: those of submission after the due day, or until today while it is owed."""
    until = submitted_on if state in (PlanState.SUBMITTED, PlanState.CONFIRMED) and submitted_on else today
    return max((until - due).days, 0)


def years_shown(today: date, known: Collection[int]) -> list[int]:
    """Years to choose from, the newest first: those with a plan or a due day, this one and the next."""
    return sorted({*known, today.year, today.year + 1}, reverse=True)
