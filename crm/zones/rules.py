"""Zones and their aliases; plans, quotas and what they count by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from crm.core.errors import RuleBroken
from crm.core.folding import nfkc


class CountingMilestone(StrEnum):
    """Which recognised milestone means 引进 (decision 1: 签约 unless the plan says otherwise)."""

    SIGNED = "signed"
    REGISTERED = "registered"
    STARTED = "started"


class AmountBasis(StrEnum):
    """Which amount decides the tier (decision 2)."""

    TOTAL = "total"
    FIXED = "fixed"


COUNTING_LABELS = {
    CountingMilestone.SIGNED: "签约",
    CountingMilestone.REGISTERED: "注册",
    CountingMilestone.STARTED: "开工",
}
BASIS_LABELS = {AmountBasis.TOTAL: "总投资", AmountBasis.FIXED: "固定资产投资"}

#: What stands in place of a quota where the plan gives none.
NOT_ASSESSED = "不单列考核"

#: The facts of a zone that carry a source, each with its label on the page.
FACTS: dict[str, str] = {
    "name": "全称",
    "level": "级别",
    "zone_type": "类型",
    "district": "所在地",
    "leading_industries": "主导产业",
    "established": "设立",
    "chemical_park": "化工园区",
    "notes": "说明",
}

_LENGTHS = {
    "name": 120,
    "level": 60,
    "zone_type": 80,
    "district": 60,
    "established": 60,
    "chemical_park": 60,
}

#: Item 6 of the plan: three to four leading industries in a national zone, one to two in a provincial one.
_MOST_INDUSTRIES = {"国家级": 4, "省级": 2}
_LONGEST_PLAN = 10
_LONGEST_FACT = 2000


def alias_key(name: str) -> str:
    """An alias as it is compared: one form for each character, no blanks, lower case."""
    return "".join(nfkc(name).split()).lower()


@dataclass(frozen=True, slots=True)
class ZoneDraft:
    """The facts by field and where each comes from; `leading_industries` is a list."""

    short_name: str
    values: Mapping[str, str | Sequence[str]]
    sources: Mapping[str, str]


def check_zone(draft: ZoneDraft) -> None:
    """A zone has a name, and every known value a source."""
    if not draft.values.get("name"):
        raise RuleBroken("全称没有填。请填写。", field="name")
    if not draft.short_name.strip():
        raise RuleBroken("简称没有填。请填写。", field="short_name")
    for key, label in FACTS.items():
        if draft.values.get(key) and not draft.sources.get(key, "").strip():
            raise RuleBroken(f"{label}的来源没有填。请写明文件、网址或核实人。", field=f"{key}_source")
        most = _LENGTHS.get(key, _LONGEST_FACT)
        if len(str(draft.values.get(key, ""))) > most:
            raise RuleBroken(f"{label}最多 {most} 个字，请缩短。", field=key)


def industries_hint(level: str, industries: Sequence[str]) -> str:
    """A hint, never an error, where a zone names more leading industries than the plan has in mind (decision 14)."""
    for word, most in _MOST_INDUSTRIES.items():
        if level.startswith(word) and len(industries) > most:
            return f"方案要求{word}开发区主导产业不超过 {most} 个，现有 {len(industries)} 个，待确认"
    return ""


@dataclass(frozen=True, slots=True)
class PlanDraft:
    code: str
    title: str
    first_year: int
    last_year: int
    document_no: str = ""
    counting_milestone: CountingMilestone = CountingMilestone.SIGNED
    amount_basis: AmountBasis = AmountBasis.TOTAL
    carry_surplus: bool = False
    banner: str = ""
    source: str = ""


def check_plan(draft: PlanDraft) -> None:
    if not draft.code.strip() or any(c in draft.code for c in "/?# "):
        raise RuleBroken("方案代码不能为空，也不能有空格和斜线。请写成 LYG-2026-2030 这样。", field="code")
    if not draft.title.strip():
        raise RuleBroken("方案名称没有填。请填写。", field="title")
    if not 2000 <= draft.first_year <= 2100:
        raise RuleBroken("起始年不对。请填四位年份。", field="first_year")
    if draft.last_year < draft.first_year:
        raise RuleBroken("结束年早于起始年。请核对两个年份。", field="last_year")
    if draft.last_year - draft.first_year >= _LONGEST_PLAN:
        raise RuleBroken(f"一个方案最多 {_LONGEST_PLAN} 年。请核对两个年份。", field="last_year")
    if not draft.source.strip():
        raise RuleBroken("来源没有填。请写明文件名称和文号。", field="source")


def banner_of_copy(first_year: int, last_year: int) -> str:
    """Shown wherever a copied plan's numbers are, until the city decides (decision 14)."""
    return f"沿用{first_year}–{last_year}，待市政府确定"


@dataclass(frozen=True, slots=True)
class QuotaDraft:
    """Thresholds in 万元 and 万美元, inclusive; a project in USD is held against the USD column (decision 2)."""

    target: int | None
    threshold: Decimal | None
    threshold_usd: Decimal | None
    source: str
    wording: str = ""
    to_confirm: bool = False


def check_quota(draft: QuotaDraft) -> None:
    if draft.target is None or draft.target < 0:
        raise RuleBroken("每年个数没有填对。请填 0 或正整数。", field="target")
    if not draft.threshold or draft.threshold <= 0:
        raise RuleBroken("人民币门槛要大于 0。请填写，如 50亿。", field="threshold")
    if not draft.threshold_usd or draft.threshold_usd <= 0:
        raise RuleBroken("美元门槛要大于 0。请填写，如 5亿。", field="threshold_usd")
    if not draft.source.strip():
        raise RuleBroken("来源没有填。请写明依据的文件和条款。", field="source")


@dataclass(frozen=True, slots=True)
class ZoneName:
    """A zone as names are resolved to it; `county_id` is its county's or block's unit id."""

    id: int
    code: str
    name: str
    short_name: str
    county_id: int | None = None
    county_name: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """`zone` when a name means exactly one zone here; else `candidates` to ask about, empty where nothing fits."""

    zone: ZoneName | None = None
    candidates: tuple[ZoneName, ...] = field(default=())


def choose(found: Sequence[ZoneName], county_id: int | None) -> Resolution:
    """The sender's county decides first; a name that still means several zones is never guessed (decision 13)."""
    if county_id is not None:
        near = [z for z in found if z.county_id == county_id]
        if near:
            found = near
    if len(found) == 1:
        return Resolution(zone=found[0])
    return Resolution(candidates=tuple(found))
