"""Truth checks: what the bureau asks about a project, each with its evidence; a question is never an accusation.

A check judges plain facts and answers with what its question says, or None. The facts hold nothing that changes by itself
with the days: their fingerprint tells whether a question that was answered may stay quiet.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crm.core import money
from crm.core.errors import RuleBroken
from crm.pipeline.rules.milestones import MilestoneKind
from crm.projects.rules import Stage, Tier

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """`question` is for the bureau; `of_zone` asks the zone the same without naming what is another zone's.

    `tab` is the tab of the project page where the evidence stands; `settings` are the thresholds it goes by.
    """

    code: str
    title: str
    question: str
    of_zone: str
    tab: str
    settings: tuple[str, ...] = ()


#: In the order of weight: what is asked first stands first.
_ALL = (
    Check(
        "same_file",
        "同一份证据",
        "作为{milestone}证据的《{file}》，与{others}的证据内容相同。是否同一个项目，或者传错了文件？",
        "作为{milestone}证据的《{file}》，与本市另一个项目的证据内容相同。请核对是否传错文件，并说明情况。",
        "files",
        ("truth_file_projects",),
    ),
    Check(
        "same_site",
        "两个板块同一选址",
        "选址“{address}”与{others}相同，分属{zones}。是否同一个项目？",
        "选址“{address}”与本市另一个板块的项目相同。请核对选址，并说明情况。",
        "overview",
    ),
    Check(
        "raised",
        "申报前调高金额",
        "{milestone}于{submitted}申报，{changed}总投资由{amount_before}调到{amount_after}。调高的依据是什么？",
        "{milestone}于{submitted}申报，{changed}总投资由{amount_before}调到{amount_after}。请说明调高的依据，可附协议或批复。",
        "changes",
        ("truth_raise_days", "truth_raise_share"),
    ),
    Check(
        "tier_jump",
        "期末升级",
        "{changed}临近{period}末，级别由{tier_before}升到{tier_after}，现总投资{amount}。升级的依据是什么？",
        "{changed}级别由{tier_before}升到{tier_after}，现总投资{amount}。请说明升级的依据，可附协议或批复。",
        "changes",
        ("truth_period_days",),
    ),
    Check(
        "just_over",
        "金额刚过门槛",
        "总投资{amount}，刚达到{tier}的门槛{amount_threshold}。金额的依据是什么？",
        "总投资{amount}，刚达到{tier}的门槛{amount_threshold}。请说明金额的构成，可附投资测算。",
        "overview",
        ("truth_over_share", "truth_over_least"),
    ),
    Check(
        "no_visit",
        "没有走访就推进",
        "{moved}由{stage_before}到{stage_after}，此前{days}天没有走访记录。洽谈情况是否没有登记？",
        "{moved}由{stage_before}到{stage_after}，此前{days}天没有走访记录。请补记走访，或者说明情况。",
        "visits",
        ("truth_jump_stages", "truth_visit_days"),
    ),
    Check(
        "thin_capital",
        "注册资本偏低",
        "协议总投资{amount_signed}，注册资本{amount_registered}，占{share}。其余资金怎样筹集？",
        "协议总投资{amount_signed}，注册资本{amount_registered}，占{share}。请说明其余资金的筹集安排。",
        "overview",
        ("truth_capital_share",),
    ),
    Check(
        "slow_money",
        "到位资金偏少",
        "{signed}签约，协议总投资{amount_signed}，到{month}累计到位{amount_paid}，占{share}。后续资金何时到位？",
        "{signed}签约，协议总投资{amount_signed}，到{month}累计到位{amount_paid}，占{share}。请说明后续资金的到位安排。",
        "overview",
        ("truth_paid_months", "truth_paid_share"),
    ),
    Check(
        "two_zones",
        "同一投资方在两个板块",
        "同一投资方在{zones}还有{others}。是否同一个项目？",
        "同一投资方在本市另一个板块也有项目。请说明两个项目的区别。",
        "overview",
    ),
)
CHECKS: Mapping[str, Check] = {check.code: check for check in _ALL}
_WEIGHT = {code: number for number, code in enumerate(CHECKS)}


@dataclass(frozen=True, slots=True)
class Question:
    """One check's question about one project."""

    project_id: int
    check: Check
    facts: Facts

    @property
    def fingerprint(self) -> str:
        kept = json.dumps({"check": self.check.code, **self.facts}, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(kept.encode()).hexdigest()

    @property
    def weight(self) -> int:
        return _WEIGHT[self.check.code]


def words(check: Check, facts: Facts, tiers: Mapping[Tier, str], *, of_zone: bool = False) -> str:
    """The question in words; tiers by their names of today."""
    shown = {key: _shown(key, value, facts, tiers) for key, value in facts.items()}
    return (check.of_zone if of_zone else check.question).format_map(shown)


def _shown(key: str, value: Any, facts: Facts, tiers: Mapping[Tier, str]) -> str:
    if key.startswith("amount"):
        return money.words(Decimal(value), facts.get("currency", money.Currency.CNY)).replace(" ", "")
    if key.startswith("tier"):
        return tiers.get(Tier(value), value)
    if key.startswith("stage"):
        return Stage(value).label
    if key.startswith("milestone"):
        return MilestoneKind(value).label
    if isinstance(value, list):
        return "、".join(str(v) for v in value)
    return str(value)


def links(code: str, check: Check, facts: Facts, *, of_zone: bool = False) -> list[tuple[str, str]]:
    """Where the evidence stands: the project's own tab, then what it is held against (not for the zone)."""
    found = [("看依据", f"/projects/{code}?tab={check.tab}")]
    if not of_zone:
        found += [(other, f"/projects/{other}?tab={check.tab}") for other in facts.get("others", ())]
    return found


def path(code: str, check: Check, fingerprint: str) -> str:
    """Where a question is answered."""
    return f"/projects/{code}/truth/{check.code}/{fingerprint}"


def check_request(note: str) -> None:
    if not note.strip():
        raise RuleBroken("没有写要说明什么。请写明要板块说明的事。", "note")
    if len(note) > 300:
        raise RuleBroken("写得太长。请不超过300字。", "note")


def check_answer(text: str) -> None:
    if not text.strip():
        raise RuleBroken("没有写说明。请写明情况，可以附材料。", "answer")
    if len(text) > 500:
        raise RuleBroken("写得太长。请不超过500字，其余放在附件里。", "answer")


# --- the judgements -------------------------------------------------------------------------------


def _plain(value: Decimal) -> str:
    return f"{value.normalize() + 0:f}"


def _share(part: Decimal, whole: Decimal) -> str:
    return f"{100 * part / whole:.1f}%"


def just_over(amount: Decimal, currency: str, tier: Tier, threshold: Decimal, share: Decimal) -> Facts | None:
    """From the threshold on to less than `share` above it."""
    if not share or not threshold or not threshold <= amount < threshold * (1 + share):
        return None
    return {
        "amount": _plain(amount),
        "currency": currency,
        "tier": tier.value,
        "amount_threshold": _plain(threshold),
    }


def period_ends(today: date, days: int, back: int = 5) -> list[tuple[date, date, str]]:
    """The last `days` of the present quarter and of those before: (first, last, its name); 年 where a year ends."""
    found = []
    year, quarter = today.year, (today.month - 1) // 3
    for _ in range(back if days else 0):
        following = date(year + quarter // 3, (quarter + 1) % 4 * 3 + 1, 1)
        last = following - timedelta(days=1)
        found.append((following - timedelta(days=days), last, "年" if quarter == 3 else "季"))
        year, quarter = (year - 1, 3) if quarter == 0 else (year, quarter - 1)
    return found


def tier_jump(
    changed: date, before: Tier, after: Tier, amount: str, currency: str, ends: list[tuple[date, date, str]]
) -> Facts | None:
    order = list(Tier)
    period = next((name for first, last, name in ends if first <= changed <= last), None)
    if period is None or order.index(after) >= order.index(before):
        return None
    return {
        "changed": changed.isoformat(),
        "period": period,
        "tier_before": before.value,
        "tier_after": after.value,
        "amount": amount,
        "currency": currency,
    }


def raised(
    kind: MilestoneKind,
    submitted: date,
    changed: date,
    before: Decimal,
    after: Decimal,
    currency: str,
    share: Decimal,
) -> Facts | None:
    """More than `share` above what it was."""
    if after <= before * (1 + share):
        return None
    return {
        "milestone": kind.value,
        "submitted": submitted.isoformat(),
        "changed": changed.isoformat(),
        "amount_before": _plain(before),
        "amount_after": _plain(after),
        "currency": currency,
    }


def no_visit(moved: date, before: Stage, after: Stage, days: int, least: int) -> Facts | None:
    """`least` stages or more at once; that nobody was met is found by the query."""
    if not least or after.order - before.order < least:
        return None
    return {
        "moved": moved.isoformat(),
        "stage_before": before.value,
        "stage_after": after.value,
        "days": days,
    }


def thin_capital(signed: Decimal, registered: Decimal, currency: str, share: Decimal) -> Facts | None:
    if not signed or registered >= signed * share:
        return None
    return {
        "amount_signed": _plain(signed),
        "amount_registered": _plain(registered),
        "currency": currency,
        "share": _share(registered, signed),
    }


def slow_money(
    signed_on: date, signed: Decimal, paid: Decimal, month: str, months: int, share: Decimal, today: date
) -> Facts | None:
    """Some months after signing the money that arrived is below a share of the agreement."""
    if not months or not signed or _months_after(signed_on, months) > today or paid >= signed * share:
        return None
    return {
        "signed": signed_on.isoformat(),
        "amount_signed": _plain(signed),
        "amount_paid": _plain(paid),
        "month": month,
        "share": _share(paid, signed),
    }


def _months_after(day: date, months: int) -> date:
    """The first day after so many whole months at the latest: the 31st becomes the 1st of the month that follows."""
    count = day.year * 12 + day.month - 1 + months
    try:
        return date(count // 12, count % 12 + 1, day.day)
    except ValueError:
        return date((count + 1) // 12, (count + 1) % 12 + 1, 1)
