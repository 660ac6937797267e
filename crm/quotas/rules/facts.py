"""What is read about a project before one says whether it counts: plain values, no rows of a database."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from crm.core import money
from crm.pipeline.rules import EndKind, Made, MilestoneKind, MilestoneState
from crm.projects.rules import STATUS_LABELS, Capital, Exclusion, PhaseKind, Stage, Status
from crm.zones.rules import AmountBasis


@dataclass(frozen=True, slots=True)
class Terms:
    """By what a zone's year is counted. Amounts in 万元 and 万美元, thresholds inclusive and never converted (decision 2)."""

    zone_id: int
    year: int
    threshold: Decimal
    threshold_usd: Decimal
    milestone: MilestoneKind = MilestoneKind.SIGNED
    basis: AmountBasis = AmountBasis.TOTAL


@dataclass(frozen=True, slots=True)
class Times:
    """Two times (decision 7): what is in force on `as_of`, by what had been recorded at `known_at`."""

    as_of: date
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Worth:
    """The amounts that can decide: those of an agreement, of a recognition, or the project's own."""

    capital: Capital
    total: Decimal | None
    total_usd: Decimal | None = None
    fixed: Decimal | None = None
    fixed_usd: Decimal | None = None

    def deciding(self, basis: AmountBasis) -> tuple[Decimal | None, bool]:
        """The amount that decides, and whether it stands in USD. Foreign capital with a USD amount is decided by USD alone."""
        cny, usd = (
            (self.total, self.total_usd) if basis is AmountBasis.TOTAL else (self.fixed, self.fixed_usd)
        )
        if self.capital is Capital.FOREIGN and usd is not None:
            return usd, True
        return cny, False

    def reaches(self, terms: Terms) -> bool:
        amount, in_usd = self.deciding(terms.basis)
        return amount is not None and amount >= (terms.threshold_usd if in_usd else terms.threshold)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recognition as it was frozen; `part` tells that it is of a phase or of a capital increase."""

    kind: MilestoneKind
    zone_id: int
    worth: Worth
    made: Made
    happened_on: date
    end_kind: EndKind | None = None
    end_reason: str = ""
    part: PhaseKind | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The counting milestone as it stands now, with the moments that tell how it stood earlier. `submitted_on` is the day in the city."""

    state: MilestoneState
    created_at: datetime
    submitted_at: datetime | None = None
    submitted_on: date | None = None
    decided_at: datetime | None = None
    reason: str = ""
    framework: bool = False
    needs_again: bool = False
    worth: Worth | None = None

    def state_at(self, known_at: datetime) -> MilestoneState | None:
        """None before it was first written; a later decision is undone to 待认定, a later submission to 未报."""
        if self.created_at > known_at:
            return None
        if self.state is MilestoneState.DRAFT or self.submitted_at is None or self.submitted_at > known_at:
            return MilestoneState.DRAFT
        if self.state is MilestoneState.PENDING or self.decided_at is None or self.decided_at > known_at:
            return MilestoneState.PENDING
        return self.state


@dataclass(frozen=True, slots=True)
class Share:
    effective_on: date
    zone_id: int
    share: Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """A project with all that decides whether it counts. `name` is already masked for the reader; `first_zone_id` talked first."""

    id: int
    code: str
    name: str
    zone_id: int | None
    stage: Stage
    status: Status
    worth: Worth
    status_reason: str = ""
    exclusion: Exclusion | None = None
    visible: bool = True
    submitted: Submitted | None = None
    recorded: tuple[Recorded, ...] = ()
    shares: tuple[Share, ...] = ()
    first_zone_id: int | None = None

    @property
    def stopped(self) -> list[str]:
        """Why it does not go on, in words; nothing while it does."""
        if self.status is Status.ACTIVE:
            return []
        why = f"：{self.status_reason}" if self.status_reason else ""
        return [f"{STATUS_LABELS[self.status].removeprefix('已')}{why}"]


def credits_on(day: date, landing: int | None, shares: tuple[Share, ...]) -> dict[int, Decimal]:
    """Zone → share in force on a day; the landing zone has all of it until somebody agreed otherwise (decision 8)."""
    begun = [s.effective_on for s in shares if s.effective_on <= day]
    if begun:
        return {s.zone_id: s.share for s in shares if s.effective_on == max(begun)}
    return {} if landing is None else {landing: Decimal(1)}


def amount_words(value: Decimal | None, in_usd: bool) -> str:
    """亿 with at least two decimals and all that matter: 99.996亿 is never shown as 100.00亿."""
    if value is None:
        return money.UNKNOWN_SHOWN
    yi = (value / money.YI_IN_WAN).normalize()
    places = max(2, -int(yi.as_tuple().exponent))
    return f"{yi:,.{places}f}亿{'美元' if in_usd else '元'}"


def threshold_words(value: Decimal, in_usd: bool = False) -> str:
    """100亿元, 10亿美元: no idle decimals."""
    return f"{(value / money.YI_IN_WAN).normalize():f}亿{'美元' if in_usd else '元'}"


def day_words(day: date, year: int) -> str:
    return f"{day.month}月{day.day}日" if day.year == year else day.isoformat()
