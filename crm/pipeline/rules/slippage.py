"""How far a project's promises have moved: dates, amounts and tier, from the history that is kept of them.

A fuzzy date counts by its last day: 2026年一季度 is kept until 31 March, and making it 3月15日 is no delay. A date that was
emptied and set again is held against the last one that was known, so that 待定 hides nothing. What was put off is summed,
what was brought forward is told beside it and never taken off. Of several dates the one put off longest speaks for the
project; they are not added up, because one delay usually moves them all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from crm.core import money
from crm.projects.rules import Tier, promises

#: Kept field → what people call it. The last day of the expected signing is kept beside its first.
DATES: Mapping[str, str] = {
    "expected_sign_until": "预计签约",
    "expected_start_on": "预计开工",
}
AMOUNTS: Mapping[str, str] = {
    "total_investment": "总投资",
    "total_investment_usd": "总投资（美元）",
    "fixed_investment": "固定资产投资",
    "fixed_investment_usd": "固定资产投资（美元）",
}
TIER = "tier"
_PLACES = {field: place for place, field in enumerate((*DATES, *AMOUNTS))}
_DAYS_A_MONTH = Decimal("30.436875")


def is_date(field: str) -> bool:
    """A date of the project, or of one of its phases."""
    found = promises.of_phase(field)
    return field in DATES if found is None else found[1] in promises.PHASE_DATES


def is_amount(field: str) -> bool:
    found = promises.of_phase(field)
    return field in AMOUNTS if found is None else found[1] in promises.PHASE_AMOUNTS


def _label(field: str, names: Mapping[int, str]) -> str:
    return promises.phase_label(field, names) or DATES.get(field) or AMOUNTS[field]


def _place(field: str) -> tuple[int, int]:
    """The project's own promises first, then those of its phases in their order."""
    found = promises.of_phase(field)
    if found is None:
        return 0, _PLACES[field]
    return found[0], promises.PHASE_KEPT.index(found[1])


@dataclass(frozen=True, slots=True)
class Change:
    """One kept change, values as the history keeps them: ISO days, plain decimals in 万元, tier codes."""

    field: str
    before: str | None
    after: str | None
    at: datetime
    by: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a promise. `size` is days for a date, 万元 (万美元) for an amount; above zero is later, or more."""

    field: str
    label: str
    before: str
    after: str
    size: Decimal
    at: datetime
    by: str

    @property
    def is_date(self) -> bool:
        return is_date(self.field)

    @property
    def words(self) -> str:
        """推迟3个月, 调减2.00 亿元"""
        if self.is_date:
            return f"{'推迟' if self.size > 0 else '提前'}{span_words(abs(int(self.size)))}"
        return f"{'调增' if self.size > 0 else '调减'}{_money(self.field, abs(self.size))}"

    @property
    def shown(self) -> tuple[str, str]:
        """Both values as people read them."""
        if self.is_date:
            return self.before, self.after
        return _money(self.field, Decimal(self.before)), _money(self.field, Decimal(self.after))


@dataclass(frozen=True, slots=True)
class Moved:
    """The moves of one promise, in the order they were made."""

    field: str
    label: str
    steps: tuple[Step, ...]

    @property
    def is_date(self) -> bool:
        return is_date(self.field)

    @property
    def later(self) -> tuple[Step, ...]:
        """Put off, or raised."""
        return tuple(s for s in self.steps if s.size > 0)

    @property
    def earlier(self) -> tuple[Step, ...]:
        """Brought forward, or lowered."""
        return tuple(s for s in self.steps if s.size < 0)

    @property
    def total_later(self) -> Decimal:
        return sum((s.size for s in self.later), Decimal(0))

    @property
    def total_earlier(self) -> Decimal:
        return -sum((s.size for s in self.earlier), Decimal(0))

    @property
    def words(self) -> str:
        """预计签约推迟3次，共7个月；提前1次，共10天"""
        ups, downs = ("推迟", "提前") if self.is_date else ("调增", "调减")
        parts = [
            f"{verb}{len(steps)}次，共{self._size(total)}"
            for verb, steps, total in (
                (ups, self.later, self.total_later),
                (downs, self.earlier, self.total_earlier),
            )
            if steps
        ]
        return f"{self.label}{'；'.join(parts)}"

    def _size(self, total: Decimal) -> str:
        return span_words(int(total)) if self.is_date else _money(self.field, total)


@dataclass(frozen=True, slots=True)
class Slippage:
    """Everything that moved on one project."""

    moved: tuple[Moved, ...] = ()

    @property
    def worst(self) -> Moved | None:
        """The date put off longest; None while nothing was put off."""
        dates = [m for m in self.moved if m.is_date and m.later]
        return max(dates, key=lambda m: m.total_later, default=None)

    @property
    def times(self) -> int:
        return len(self.worst.later) if self.worst else 0

    @property
    def days(self) -> int:
        return int(self.worst.total_later) if self.worst else 0

    @property
    def short(self) -> str:
        """For a column of a list: 推迟3次，共7个月; empty where nothing was put off."""
        return f"推迟{self.times}次，共{span_words(self.days)}" if self.times else ""

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(m.words for m in self.moved)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every move, newest first."""
        return tuple(sorted((s for m in self.moved for s in m.steps), key=lambda s: s.at, reverse=True))


def slippage_of(changes: Iterable[Change], names: Mapping[int, str] | None = None) -> Slippage:
    """`changes` of one project in the order they were kept; `names` are those of its phases by number."""
    known: dict[str, str | None] = {}
    steps: dict[str, list[Step]] = {}
    for change in changes:
        if not is_date(change.field) and not is_amount(change.field):
            continue
        before = change.before if change.before is not None else known.get(change.field)
        known[change.field] = change.after if change.after is not None else before
        if before is None or change.after is None:
            continue
        size = _size(change.field, before, change.after)
        if size:
            label = _label(change.field, names or {})
            made = Step(change.field, label, before, change.after, size, change.at, change.by)
            steps.setdefault(change.field, []).append(made)
    return Slippage(tuple(Moved(f, steps[f][0].label, tuple(steps[f])) for f in sorted(steps, key=_place)))


def _size(field: str, before: str, after: str) -> Decimal:
    if is_date(field):
        return Decimal((date.fromisoformat(after) - date.fromisoformat(before)).days)
    return Decimal(after) - Decimal(before)


def _money(field: str, value: Decimal) -> str:
    currency = money.Currency.USD if field.endswith("_usd") else money.Currency.CNY
    return money.words(value, currency)


def span_words(days: int) -> str:
    """Below a month in days, else in whole months to the nearest: 213 days are 7个月."""
    if days <= 27:
        return f"{days}天"
    return f"{max(1, int((Decimal(days) / _DAYS_A_MONTH).quantize(Decimal(1))))}个月"


# --- the two time limits of a tier ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spell:
    """The time one stage ran under one tier, and how long that tier usually takes; `norm` None where nobody said."""

    tier: Tier | None
    since: date
    until: date
    days: int
    norm: int | None

    @property
    def late(self) -> bool:
        return self.norm is not None and self.days > self.norm


def spells_of(
    tiers: Sequence[tuple[date, Tier | None, Tier | None]],
    now: Tier | None,
    stage_since: date,
    today: date,
    norms: Mapping[Tier, int],
) -> tuple[Spell, ...]:
    """The times of the present stage: one while the tier stood, one for each tier it was given since (oldest first).

    `tiers` are the changes (day, before, after) in order. Days are those of the calendar; the stage's own timer, which
    holds stop, is `lights.running_days`.
    """
    within = [(max(day, stage_since), before, after) for day, before, after in tiers if day >= stage_since]
    held = within[0][1] if within else now
    found, since = [], stage_since
    for day, _, after in within:
        if day > since:
            found.append(_spell(held, since, day, norms))
        since, held = day, after
    return (*found, _spell(held, since, today, norms))


def _spell(tier: Tier | None, since: date, until: date, norms: Mapping[Tier, int]) -> Spell:
    return Spell(tier, since, until, max((until - since).days, 0), norms.get(tier) if tier else None)
