"""Phases of one agreement and capital increases after it (rules.md §1.3, decision 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crm.core import money
from crm.core.errors import RuleBroken
from crm.projects.rules import PhaseKind

LABELS = {
    "name": "分期名称",
    "kind": "性质",
    "total_investment": "总投资",
    "total_investment_usd": "总投资（美元）",
    "fixed_investment": "固定资产投资",
    "content": "建设内容",
    "expected_start_on": "计划开工",
    "expected_complete_on": "计划竣工",
}
_AMOUNTS = ("total_investment", "total_investment_usd", "fixed_investment")
_TOO_MUCH = Decimal(10) ** 12
_FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class PhaseDraft:
    """Amounts in 万元 and 万美元; those of an increase are the increment alone."""

    name: str
    total_investment: Decimal | None = None
    total_investment_usd: Decimal | None = None
    expected_start_on: date | None = None
    expected_complete_on: date | None = None
    kind: PhaseKind = PhaseKind.PHASE
    fixed_investment: Decimal | None = None
    content: str = ""


def check(draft: PhaseDraft) -> None:
    if not draft.name.strip():
        raise RuleBroken("分期名称没有填。请填写，如 一期、增资。", field="name")
    if len(draft.name) > 80:
        raise RuleBroken("分期名称太长，最多 80 字。请缩短，细节写在建设内容里。", field="name")
    for key in _AMOUNTS:
        _check_amount(key, getattr(draft, key))
    total, fixed = draft.total_investment, draft.fixed_investment
    if total is not None and fixed is not None and fixed > total:
        raise RuleBroken("固定资产投资不能大于总投资。请核对这两个数和各自的单位。", field="fixed_investment")
    begin, end = draft.expected_start_on, draft.expected_complete_on
    if begin and end and end < begin:
        raise RuleBroken("计划竣工早于计划开工。请核对两个日期。", field="expected_complete_on")
    if draft.kind is PhaseKind.INCREASE and not (draft.total_investment or draft.total_investment_usd):
        raise RuleBroken("增资要写明增加的金额。只计增量，请填本次增加了多少。", field="total_investment")


def _check_amount(key: str, value: Decimal | None) -> None:
    if value is None:
        return
    if value < 0:
        raise RuleBroken(f"{LABELS[key]}不能为负。请核对后重填。", field=key)
    if value >= _TOO_MUCH or value != value.quantize(_FINEST):
        raise RuleBroken(f"{LABELS[key]}超出范围或小数超过 6 位。请核对单位。", field=key)


@dataclass(frozen=True, slots=True)
class Part:
    """What a phase adds up with."""

    kind: PhaseKind
    total: Decimal | None
    total_usd: Decimal | None


def sums_hint(total: Decimal | None, total_usd: Decimal | None, parts: Sequence[Part]) -> str:
    """Where the phases do not add up to the project; "" where they do, or where too little is known to say.

    Increases stay out: they come on top of the agreement. Nothing is changed by it.
    """
    phases = [part for part in parts if part.kind is PhaseKind.PHASE]
    if not phases:
        return ""
    words = [
        _difference(total, [p.total for p in phases], money.Currency.CNY),
        _difference(total_usd, [p.total_usd for p in phases], money.Currency.USD),
    ]
    return "".join(words)


def _difference(whole: Decimal | None, parts: Sequence[Decimal | None], currency: money.Currency) -> str:
    known = [part for part in parts if part is not None]
    summed = sum(known, Decimal(0))
    open_ones = len(known) < len(parts)
    if whole is None or not known or summed == whole or (open_ones and summed < whole):
        return ""
    by = "多" if summed > whole else "少"
    return (
        f"分期合计 {money.words(summed, currency)}，项目总投资 {money.words(whole, currency)}，"
        f"{by} {money.words(abs(summed - whole), currency)}。请核对分期或项目的金额。"
    )
