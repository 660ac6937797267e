"""The board: one line a zone, its entries, what it still owes, and the city's sum."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from crm.pipeline.rules import MilestoneKind
from crm.quotas.rules import pace
from crm.quotas.rules.city import CityLine, city_lines, first_talk, zones_of
from crm.quotas.rules.counting import ORDER, Entry, State, judge
from crm.quotas.rules.facts import Facts, Terms, Times, threshold_words
from crm.quotas.rules.pace import Pace, PaceLimits
from crm.quotas.rules.plan import PlanRow, QuotaRow, ZoneRow

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ZoneLine:
    """A zone's year. `probability` and `expected` stay None until there is a forecast; a page shows them as unknown.

    `carried` is last year's surplus where the plan lets it count; it fills the quota but is not this year's count.
    """

    zone: ZoneRow
    threshold: Decimal
    threshold_usd: Decimal
    target: int
    counted: Decimal
    pending: Decimal
    carried: Decimal
    gap: Decimal
    lag: Decimal
    pace: Pace
    wording: str
    to_confirm: bool
    entries: tuple[Entry, ...]
    #: 首谈认定: landed by other zones, no part of any sum.
    first: tuple[Entry, ...] = ()
    probability: Decimal | None = None
    expected: Decimal | None = None

    @property
    def first_talks(self) -> int:
        return len(self.first)

    @property
    def filled(self) -> Decimal:
        """What stands against the target, a surplus cut off."""
        return min(self.counted + self.carried, Decimal(self.target))

    @property
    def surplus(self) -> Decimal:
        return max(self.counted + self.carried - self.target, _ZERO)

    @property
    def done(self) -> bool:
        return self.gap == 0

    @property
    def threshold_label(self) -> str:
        return f"≥{threshold_words(self.threshold)}"

    def of(self, *states: State) -> tuple[Entry, ...]:
        return tuple(e for e in self.entries if e.state in states)

    def reached(self, kind: MilestoneKind) -> Decimal:
        """How much of the count has also reached another milestone (decision 1 shows them beside it)."""
        return sum((e.credit for e in self.entries if e.counted and kind in e.reached), _ZERO)

    @property
    def started(self) -> Decimal:
        return self.reached(MilestoneKind.STARTED)

    @property
    def registered(self) -> Decimal:
        return self.reached(MilestoneKind.REGISTERED)

    @property
    def signed(self) -> Decimal:
        return self.reached(MilestoneKind.SIGNED)


@dataclass(frozen=True, slots=True)
class Sum:
    """Several lines together: a surplus of one zone never fills another's gap."""

    target: int
    filled: Decimal
    pending: Decimal
    gap: Decimal
    surplus: Decimal
    zones: int
    zones_done: int
    lag: Decimal
    pace: Pace
    talking: int

    @property
    def open_zones(self) -> int:
        return self.zones - self.zones_done

    @property
    def ratio(self) -> Decimal | None:
        return self.filled / self.target if self.target else None


@dataclass(frozen=True, slots=True)
class Board:
    plan: PlanRow
    year: int
    times: Times
    elapsed: Decimal
    lines: tuple[ZoneLine, ...]
    not_assessed: tuple[ZoneRow, ...]
    limits: PaceLimits
    steps: tuple[tuple[date, Decimal], ...] = field(default=())
    city: tuple[CityLine, ...] = ()

    def groups(self) -> list[tuple[str, Sum, list[ZoneLine]]]:
        """Lines by threshold, the highest first, with their sums."""
        found: dict[Decimal, list[ZoneLine]] = {}
        for line in self.lines:
            found.setdefault(line.threshold, []).append(line)
        return [
            (lines[0].threshold_label, self.sum(lines), lines)
            for _, lines in sorted(found.items(), reverse=True)
        ]

    def sum(self, lines: Iterable[ZoneLine] | None = None) -> Sum:
        return total(self.lines if lines is None else tuple(lines), self.elapsed, self.limits)


def total(lines: Iterable[ZoneLine], passed: Decimal, limits: PaceLimits) -> Sum:
    lines = list(lines)
    target = sum(line.target for line in lines)
    filled = sum((line.filled for line in lines), _ZERO)
    lag = pace.lag_of(passed, filled, target)
    return Sum(
        target=target,
        filled=filled,
        pending=sum((line.pending for line in lines), _ZERO),
        gap=sum((line.gap for line in lines), _ZERO),
        surplus=sum((line.surplus for line in lines), _ZERO),
        zones=len(lines),
        zones_done=sum(line.done for line in lines),
        lag=pace.rounded(lag),
        pace=pace.pace_of(passed, filled, target, limits),
        talking=sum(len(line.of(State.TALKING)) for line in lines),
    )


def line_of(
    quota: QuotaRow,
    projects: Sequence[Facts],
    plan: PlanRow,
    times: Times,
    limits: PaceLimits,
    carried: Decimal = _ZERO,
) -> ZoneLine:
    """Weighs every project against one zone's quota."""
    terms = Terms(quota.zone.id, quota.year, quota.threshold, quota.threshold_usd, plan.kind, plan.basis)
    entries = sorted((e for p in projects if (e := judge(p, terms, times))), key=_listed)
    counted = sum((e.credit for e in entries if e.counted), _ZERO)
    passed = pace.elapsed(quota.year, times.as_of)
    filled = counted + carried
    return ZoneLine(
        zone=quota.zone,
        threshold=quota.threshold,
        threshold_usd=quota.threshold_usd,
        target=quota.target,
        counted=counted,
        pending=sum((e.credit for e in entries if e.state is State.PENDING), _ZERO),
        carried=carried,
        gap=max(quota.target - filled, _ZERO),
        lag=pace.rounded(pace.lag_of(passed, filled, quota.target)),
        pace=pace.pace_of(passed, filled, quota.target, limits),
        wording=quota.wording,
        to_confirm=quota.to_confirm,
        entries=tuple(entries),
        first=tuple(sorted((e for p in projects if (e := first_talk(p, terms, times))), key=_listed)),
    )


def _listed(entry: Entry) -> tuple[int, date, Decimal, str]:
    """Counted by date; the rest by kind and size."""
    when = (entry.on or date.max) if entry.counted else date.max
    return ORDER[entry.state], when, -(entry.amount or _ZERO), entry.code


def assemble(
    plan: PlanRow,
    year: int,
    zones: Sequence[ZoneRow],
    quotas: Sequence[QuotaRow],
    projects: Sequence[Facts],
    times: Times,
    limits: PaceLimits,
    *,
    whole: bool = False,
) -> Board:
    """The board of one year, with `whole` the city's own totals beside the lines. `quotas` may hold the plan's earlier years: they matter only where a surplus is carried."""
    carried = _carried(plan, year, quotas, projects, times, limits) if plan.carry_surplus else {}
    by_zone = _by_zone(projects)
    lines = [
        line_of(q, by_zone.get(q.zone.id, ()), plan, times, limits, carried.get(q.zone.id, _ZERO))
        for q in quotas
        if q.year == year
    ]
    lines.sort(key=lambda line: (-line.threshold, line.done, line.zone.order_no, line.zone.id))
    owing = {line.zone.id for line in lines}
    board = Board(
        plan=plan,
        year=year,
        times=times,
        elapsed=pace.elapsed(year, times.as_of),
        lines=tuple(lines),
        not_assessed=tuple(z for z in zones if z.id not in owing),
        limits=limits,
        city=city_lines({(q.threshold, q.threshold_usd) for q in quotas}, projects, plan, year, times)
        if whole
        else (),
    )
    return replace(board, steps=steps_of(lines))


def _by_zone(projects: Iterable[Facts]) -> dict[int, list[Facts]]:
    """Projects by every zone they may stand on a line of, or that talked first about them."""
    found: dict[int, list[Facts]] = {}
    for project in projects:
        first = {project.first_zone_id} if project.first_zone_id is not None else set()
        for zone in zones_of(project) | first:
            found.setdefault(zone, []).append(project)
    return found


def _carried(
    plan: PlanRow,
    year: int,
    quotas: Sequence[QuotaRow],
    projects: Sequence[Facts],
    times: Times,
    limits: PaceLimits,
) -> Mapping[int, Decimal]:
    """Zone → surplus of the plan's earlier years, handed on from year to year."""
    carried: dict[int, Decimal] = {}
    for before in range(plan.first_year, year):
        then = Times(date(before, 12, 31), times.known_at)
        carried = {
            q.zone.id: line_of(q, projects, plan, then, limits, carried.get(q.zone.id, _ZERO)).surplus
            for q in quotas
            if q.year == before
        }
    return carried


def steps_of(lines: Iterable[ZoneLine]) -> tuple[tuple[date, Decimal], ...]:
    """(day, filled in sum from that day on), each line cut off at its target."""
    gains: dict[date, Decimal] = {}
    for line in lines:
        room = max(line.target - line.carried, _ZERO)
        for entry in line.of(State.COUNTED):
            gain = min(entry.credit, room)
            room -= gain
            if gain and entry.on:
                gains[entry.on] = gains.get(entry.on, _ZERO) + gain
    reached, steps = sum((min(line.carried, Decimal(line.target)) for line in lines), _ZERO), []
    for day in sorted(gains):
        reached += gains[day]
        steps.append((day, reached))
    return tuple(steps)
