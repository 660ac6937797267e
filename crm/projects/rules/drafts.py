"""What somebody wants a project to say, and what makes sense together (rules.md decisions 2, 15, 17 and §1.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from crm.chains.rules import ACTION_LABELS, ChainAction
from crm.core import money
from crm.core.dates import FuzzyDate
from crm.core.errors import RuleBroken
from crm.projects.rules import CAPITAL_LABELS, EXCLUSION_LABELS, PROJECT_KIND_LABELS, SOURCE_LABELS, Capital

DEFAULT_CAPITAL = Capital.DOMESTIC

#: Every field that people edit, with its name on the page, in audit sentences and beside both versions of a conflict.
LABELS: dict[str, str] = {
    "name": "项目名称",
    "investor": "投资方",
    "investor_text": "投资方（原文）",
    "source": "信息来源",
    "source_note": "来源说明",
    "kind": "建设性质",
    "node_id": "产业链环节",
    "chain_action": "产业链动作",
    "chain_action_reason": "延链理由",
    "owner_id": "责任人",
    "content": "建设内容",
    "address": "选址",
    "capital": "内外资",
    "total_investment": "总投资",
    "total_investment_usd": "总投资（美元）",
    "fixed_investment": "固定资产投资",
    "fixed_investment_usd": "固定资产投资（美元）",
    "equipment_investment": "其中设备",
    "registered_capital": "注册资本",
    "registered_capital_usd": "注册资本（美元）",
    "statistics_amount": "纳统总投资",
    "amount_note": "金额说明",
    "land_mu": "用地",
    "plant_sqm": "厂房",
    "annual_output": "达产年产值",
    "annual_tax": "达产年税收",
    "first_contact": "首次对接",
    "expected_sign": "预计签约",
    "expected_start_on": "预计开工",
    "statistics_name": "纳统名称",
    "industry": "行业类别",
    "confidential": "保密",
    "exclusion": "不计入情形",
}

#: Changes of these are kept for good in the project's own history, beside the audit.
KEPT = (
    "total_investment",
    "total_investment_usd",
    "fixed_investment",
    "fixed_investment_usd",
    "registered_capital",
    "registered_capital_usd",
    "statistics_amount",
    "statistics_name",
    "capital",
    "first_contact_on",
    "expected_sign_on",
    "expected_start_on",
    "tier",
    "zone_id",
    "owner_id",
)
KEPT_LABELS = {
    **{key: LABELS[key] for key in KEPT if key in LABELS},
    "first_contact_on": "首次对接",
    "expected_sign_on": "预计签约",
    "tier": "级别",
    "zone_id": "落地板块",
}

#: Columns that the history tells of, by name.
STORY_LABELS = {
    **{
        key: label
        for key, label in LABELS.items()
        if key not in ("investor", "first_contact", "expected_sign")
    },
    **KEPT_LABELS,
    "company_id": LABELS["investor"],
}

#: Codes that a history keeps, as people read them.
WORDS: dict[str, str] = {
    str(key.value): words
    for labels in (CAPITAL_LABELS, PROJECT_KIND_LABELS, SOURCE_LABELS, EXCLUSION_LABELS, ACTION_LABELS)
    for key, words in labels.items()  # type: ignore[attr-defined]
} | {"True": "是", "False": "否"}

_FUZZY = ("first_contact", "expected_sign")


@dataclass(frozen=True, slots=True)
class Investor:
    """The investing company: by id, or by name (and code) when it may be new to the register."""

    id: int | None = None
    name: str = ""
    uscc: str = ""


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """`values` holds only what was touched, keyed as in LABELS; `investor` None leaves the company as it is."""

    values: Mapping[str, Any] = field(default_factory=dict)
    investor: Investor | None = None
    zone_id: int | None = None


@dataclass(frozen=True, slots=True)
class ProgressDraft:
    on: date
    done: str = ""
    problem: str = ""
    next_step: str = ""


def spread(values: Mapping[str, Any]) -> dict[str, Any]:
    """Draft values as columns: a fuzzy date becomes its first day, its precision and the raw text."""
    columns: dict[str, Any] = {}
    for key, value in values.items():
        if key not in LABELS or key == "investor":
            raise KeyError(f"not a field of a project: {key}")
        if key in _FUZZY:
            columns |= fuzzy_columns(key, value)
        else:
            columns[key] = value.strip() if isinstance(value, str) and type(value) is str else value
    return columns


def fuzzy_columns(key: str, value: FuzzyDate | None) -> dict[str, Any]:
    return {
        f"{key}_on": value.on if value else None,
        f"{key}_precision": value.precision if value else None,
        f"{key}_text": value.raw[:60] if value else "",
    }


def check(columns: Mapping[str, Any]) -> None:
    """Refuses a project that contradicts itself; `columns` is the whole record as it would be saved."""
    if not columns.get("name"):
        raise RuleBroken("项目名称没有填。请填写。", field="name")
    if len(columns["name"]) > 200:
        raise RuleBroken("项目名称太长，最多 200 字。请缩短，细节写在建设内容里。", field="name")
    _check_amounts(columns)
    if columns.get("chain_action") is ChainAction.EXTEND and not columns.get("chain_action_reason"):
        raise RuleBroken("延链要写明理由。请填写，或改选其他动作。", field="chain_action_reason")


_PAIRS = (
    ("fixed_investment", "total_investment", "固定资产投资不能大于总投资。请核对这两个数和各自的单位。"),
    ("fixed_investment_usd", "total_investment_usd", "固定资产投资不能大于总投资。请核对这两个美元数。"),
    ("equipment_investment", "fixed_investment", "设备投资包含在固定资产投资里，不能更大。请核对。"),
)
_AMOUNTS = (
    "total_investment",
    "total_investment_usd",
    "fixed_investment",
    "fixed_investment_usd",
    "equipment_investment",
    "registered_capital",
    "registered_capital_usd",
    "statistics_amount",
    "annual_output",
    "annual_tax",
    "land_mu",
    "plant_sqm",
)
_FINEST = Decimal("0.000001")
_TOO_MUCH = Decimal(10) ** 12


def _check_amounts(columns: Mapping[str, Any]) -> None:
    for key in _AMOUNTS:
        value = columns.get(key)
        if value is None:
            continue
        if value < 0:
            raise RuleBroken(f"{LABELS[key]}不能为负。请核对后重填。", field=key)
        if value >= _TOO_MUCH or value != value.quantize(_FINEST):
            raise RuleBroken(f"{LABELS[key]}超出范围或小数超过 6 位。请核对单位。", field=key)
    for part, whole, message in _PAIRS:
        small, large = columns.get(part), columns.get(whole)
        if small is not None and large is not None and small > large:
            raise RuleBroken(message, field=part)


def check_progress(draft: ProgressDraft, today: date) -> None:
    if draft.on > today:
        raise RuleBroken("进展日期不能晚于今天。还没发生的事请写在下一步。", field="on")
    if not any(words.strip() for words in (draft.done, draft.problem, draft.next_step)):
        raise RuleBroken("进展、问题、下一步都没有填。请至少填一项。", field="done")


def text_of(value: Any) -> str | None:
    """A value as the history keeps it; None stays None."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value.value if hasattr(value, "value") else value)


def amount_words(field_name: str, kept: str | None) -> str:
    """A kept value of an amount field as a person reads it."""
    if kept is None:
        return money.UNKNOWN_SHOWN
    currency = money.Currency.USD if field_name.endswith("_usd") else money.Currency.CNY
    return money.words(Decimal(kept), currency)
