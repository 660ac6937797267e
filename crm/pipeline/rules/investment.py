"""The investment of each month (月度投资): what may be reported, and how a closed month is corrected.

A line is a project, or one of its phases. Its rows carry amounts in 万元 of their month alone; a row with `adjusts` holds
the differences of an earlier, closed month, so that sums over `month` are right without knowing of corrections.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from crm.core.errors import RuleBroken
from crm.pipeline.rules.counting import first_of_month, month_of, next_month, open_day

LABELS = {
    "completed": "完成投资",
    "paid_in": "到位资金",
    "equipment": "其中设备",
    "progress": "形象进度",
    "in_statistics": "入统",
    "in_statistics_on": "入统日期",
    "note": "说明",
}
_FINEST = Decimal("0.000001")
_TOO_MUCH = Decimal(10) ** 12
_PERMILLE = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Amounts:
    """万元; None is unknown, which is not 0."""

    completed: Decimal | None = None
    paid_in: Decimal | None = None
    equipment: Decimal | None = None

    def plus(self, other: "Amounts") -> "Amounts":
        return Amounts(*(_sum(getattr(self, name), getattr(other, name)) for name in NAMES))


NAMES = tuple(f.name for f in fields(Amounts))
NOTHING = Amounts()


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other


def total(amounts: Iterable[Amounts]) -> Amounts:
    """The sum of what is known."""
    found = NOTHING
    for each in amounts:
        found = found.plus(each)
    return found


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a month besides its amounts."""

    progress: str = ""
    in_statistics: bool = False
    in_statistics_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody reports. `evidence` None leaves the files as they are; `reason` is asked for in a closed month."""

    amounts: Amounts
    said: Said = field(default_factory=Said)
    evidence: tuple[int, ...] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a line as kept; `adjusts` is "" in an ordinary one."""

    id: int
    month: str
    adjusts: str
    amounts: Amounts
    said: Said = field(default_factory=Said)
    phase_id: int | None = None
    version: int = 1
    files: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a month now: its own figure and every correction since. `version` grows with each change."""

    month: str
    amounts: Amounts
    said: Said
    own: Row | None
    corrections: tuple[Row, ...]
    version: int

    @property
    def known(self) -> bool:
        return self.own is not None or bool(self.corrections)

    @property
    def files(self) -> tuple[int, ...]:
        rows = [*([self.own] if self.own else []), *self.corrections]
        return tuple(dict.fromkeys(file for row in rows for file in row.files))


def truth(rows: Iterable[Row], month: str) -> Truth:
    """Of one line's rows. A later correction's words replace those before it."""
    speaking = [row for row in rows if month == (row.adjusts or row.month)]
    own = next((row for row in speaking if not row.adjusts), None)
    corrections = tuple(sorted((r for r in speaking if r.adjusts), key=lambda r: r.month))
    last = corrections[-1] if corrections else own
    return Truth(
        month,
        total(row.amounts for row in speaking),
        last.said if last else Said(),
        own,
        corrections,
        sum(row.version for row in speaking),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """Where what is wanted is written: in the month itself, or as differences in the open month that `adjusts` it (else "")."""

    month: str
    adjusts: str
    amounts: Amounts


def entry(rows: Sequence[Row], month: str, wanted: Amounts, locked: Collection[str]) -> Entry:
    """Afterwards `truth` of the month is `wanted`, and no row of a closed month has changed."""
    if month not in locked:
        return Entry(month, "", wanted)
    carrier = carried_by(month, locked)
    kept = total(
        row.amounts
        for row in rows
        if month == (row.adjusts or row.month) and not (row.adjusts and row.month == carrier)
    )
    differences = {}
    for name in NAMES:
        now, then = getattr(wanted, name), getattr(kept, name)
        if now is None and then is not None:
            raise RuleBroken(f"{month} 已结账，{LABELS[name]}不能清空。确实没有的请填 0。", name)
        differences[name] = None if now is None else now - (then or Decimal(0))
    return Entry(carrier, month, Amounts(**differences))


def carried_by(month: str, locked: Collection[str]) -> str:
    """The open month that carries corrections of a closed one."""
    return month_of(open_day(first_of_month(month), locked))


# --- what may be reported -------------------------------------------------------------------------


def check_month(month: str, today: date) -> None:
    if first_of_month(month) > today:
        raise RuleBroken(f"{month} 还没有到。请在当月或以后填报。", "month")


def check(draft: Draft, month: str, today: date) -> None:
    """Refuses what cannot be true; a cumulative amount above the agreement is asked about, not refused (`question`)."""
    check_month(month, today)
    for name in NAMES:
        _check_amount(name, getattr(draft.amounts, name))
    completed, equipment = draft.amounts.completed, draft.amounts.equipment
    if equipment and completed is None:
        raise RuleBroken("填了设备投资，没有填完成投资。设备包含在完成投资里，请一并填写。", "completed")
    if equipment is not None and completed is not None and equipment > completed:
        raise RuleBroken("设备投资包含在完成投资里，不能更大。请核对。", "equipment")
    _check_said(draft.said, today)
    if draft.amounts == NOTHING and draft.said == Said():
        raise RuleBroken("完成投资、到位资金、形象进度都没有填。没有投资的月份请填 0。", "completed")


def _check_amount(name: str, value: Decimal | None) -> None:
    if value is None:
        return
    if value.is_finite() and value < 0:
        raise RuleBroken(f"{LABELS[name]}不能为负。请核对后重填。", name)
    if not value.is_finite() or value >= _TOO_MUCH or value != value.quantize(_FINEST):
        raise RuleBroken(f"{LABELS[name]}超出范围或小数超过 6 位。请核对单位。", name)


def _check_said(said: Said, today: date) -> None:
    if said.in_statistics_on is not None and said.in_statistics_on > today:
        raise RuleBroken("入统日期晚于今天。请填今天或更早。", "in_statistics_on")
    if said.in_statistics_on is not None and not said.in_statistics:
        raise RuleBroken("填了入统日期，没有勾选已入统。请勾选，或清空日期。", "in_statistics")
    for name, most in (("progress", 500), ("note", 300)):
        if len(getattr(said, name)) > most:
            raise RuleBroken(f"{LABELS[name]}太长，最多 {most} 字。请缩短。", name)


def question(cumulative: Decimal | None, agreed: Decimal | None) -> str:
    """Asked where more was invested than agreed; "" where there is nothing to ask."""
    if cumulative is None or agreed is None or cumulative <= agreed:
        return ""
    return "累计完成投资超过协议总投资。请核对单位和金额；确有追加的，请登记增资或在说明里写明。"


# --- reading a line -------------------------------------------------------------------------------


def upto(rows: Iterable[Row], month: str) -> Amounts:
    """Everything dated in the months up to and including `month`, corrections where they are carried."""
    return total(row.amounts for row in rows if row.month <= month)


def of_month(rows: Iterable[Row], month: str) -> Amounts:
    """What a month reports: its own figure and the corrections it carries."""
    return total(row.amounts for row in rows if row.month == month)


def entered(rows: Iterable[Row]) -> Said:
    """Whether and since when the line is in the statistics (入统), by all its months."""
    said = [row.said for row in rows if row.said.in_statistics]
    days = [s.in_statistics_on for s in said if s.in_statistics_on is not None]
    return Said(in_statistics=bool(said), in_statistics_on=min(days, default=None))


def share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """part ÷ whole with three decimals; None while either is unknown."""
    if part is None or not whole:
        return None
    return (part / whole).quantize(_PERMILLE, ROUND_HALF_UP)


def months_between(first: str, last: str) -> list[str]:
    """Both included, oldest first."""
    found, day = [], first_of_month(first)
    while month_of(day) <= last:
        found.append(month_of(day))
        day = next_month(day)
    return found


def month_before(month: str) -> str:
    return month_of(first_of_month(month) - timedelta(days=1))


def last_day(month: str) -> date:
    return next_month(first_of_month(month)) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the agreement says of a line: how much, from when, until when."""

    agreed: Decimal | None = None
    start: date | None = None
    finish: date | None = None

    def elapsed(self, on: date) -> Decimal | None:
        """序时 of the building time at the end of a day, 0 to 1 with three decimals; None where a date is unknown."""
        if self.start is None or self.finish is None or self.finish < self.start:
            return None
        whole = (self.finish - self.start).days + 1
        gone = min(max((on - self.start).days + 1, 0), whole)
        return (Decimal(gone) / Decimal(whole)).quantize(_PERMILLE, ROUND_HALF_UP)
