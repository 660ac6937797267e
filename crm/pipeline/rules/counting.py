"""What a recognition counts as, and when (decisions 2, 6 and 7)."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from crm.core.errors import RuleBroken
from crm.pipeline.rules.milestones import AgreementDraft
from crm.projects.rules import Capital, Tier, TierRow, tier_of


@dataclass(frozen=True, slots=True)
class Figures:
    """A project's own figures, in 万元 and 万美元."""

    capital: Capital
    total: Decimal | None
    total_usd: Decimal | None
    fixed: Decimal | None
    fixed_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a recognition freezes besides the zone."""

    capital: Capital
    amount: Decimal | None
    amount_usd: Decimal | None
    fixed: Decimal | None
    fixed_usd: Decimal | None
    tier: Tier | None


def counted_values(project: Figures, agreement: AgreementDraft | None, tiers: Sequence[TierRow]) -> Counted:
    """The signed agreement decides the amount; the project's own figures stand in where there is no agreement."""
    stated = agreement is not None and (agreement.total is not None or agreement.total_usd is not None)
    amount, amount_usd, fixed = project.total, project.total_usd, project.fixed
    if agreement is not None and stated:
        amount, amount_usd = agreement.total, agreement.total_usd
        fixed = agreement.fixed if agreement.fixed is not None else project.fixed
    tier = tier_of(project.capital, amount, amount_usd, tiers)
    return Counted(project.capital, amount, amount_usd, fixed, project.fixed_usd, tier)


@dataclass(frozen=True, slots=True)
class Made:
    """The moments and days of one recognition, as they decide whether it counts.

    `ended_on` is the day from which an end takes effect; None with `ended_at` set means it never counted (revoked).
    `restored_at`: a withdrawn termination was written as a copy then, and this row gave its place to the copy.
    """

    statistical_on: date
    recognised_at: datetime
    ended_at: datetime | None = None
    ended_on: date | None = None
    restored_at: datetime | None = None


def counts_at(made: Made, as_of: date, known_at: datetime) -> bool:
    """Whether a recognition is in the count of `as_of` by what had been recorded at `known_at` (two times, decision 7)."""
    if made.recognised_at > known_at or made.statistical_on > as_of:
        return False
    if made.restored_at is not None and made.restored_at <= known_at:
        return False
    if made.ended_at is None or made.ended_at > known_at:
        return True
    return made.ended_on is not None and made.ended_on > as_of


_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def first_of_month(month: str) -> date:
    """Raises RuleBroken for what is no month like 2026-10."""
    found = _MONTH.fullmatch(month)
    if found is None:
        raise RuleBroken("月份无法识别。请写成 2026-10 的样子。", "month")
    return date(int(found[1]), int(found[2]), 1)


def next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def open_day(asked: date, locked: Collection[str]) -> date:
    """The day itself, or the first day of the next month that is not locked (decision 7)."""
    day = asked
    while month_of(day) in locked:
        day = next_month(day)
    return day


def statistical_day(asked: date, earlier: date | None, locked: Collection[str]) -> date:
    """The day a recognition is counted from: the asked one, moved out of closed months.

    One that replaces a recognition of a closed month begins in the open month, so that the closed one stays as reported.
    """
    day = open_day(asked, locked)
    if earlier is not None and month_of(earlier) in locked:
        day = max(day, open_day(earlier, locked))
    return day


def taken_out_from(statistical_on: date, locked: Collection[str]) -> date | None:
    """From which day a revoked recognition no longer counts; None when no closed month has reported it: it never counted."""
    return open_day(statistical_on, locked) if month_of(statistical_on) in locked else None


def check_lock(month: str, today: date) -> None:
    """Only a month that is over can be closed."""
    if next_month(first_of_month(month)) > today:
        raise RuleBroken(f"{month} 还没有结束。请在月末之后再结账。", "month")


def check_statistical_day(asked: date, happened_on: date, today: date) -> None:
    if asked > today:
        raise RuleBroken("统计日期晚于今天。请填今天或更早。", "recognised_on")
    if asked < happened_on:
        raise RuleBroken(f"统计日期早于实际日期 {happened_on.isoformat()}。请填当天或以后。", "recognised_on")


class Verdict(StrEnum):
    RECOGNISE = "recognise"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the bureau decides on one submitted milestone; `version` is what was read, None where nobody says."""

    id: int
    verdict: Verdict
    on: date | None = None
    reason: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one decision, in words; a refusal names the field it belongs to, where it belongs to one."""

    id: int
    code: str
    what: str
    done: bool
    message: str
    field: str = ""
