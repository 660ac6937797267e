"""The whole of one issue, and its sums."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from crm.pipeline.rules import MilestoneKind
from crm.projects.rules import Stage
from crm.quotas.rules import Board
from crm.weekly.rules import ranking
from crm.weekly.rules.issue import Issue
from crm.weekly.rules.rows import ChainRow, DutyRow, ProjectRow, VisitRow, add


@dataclass(frozen=True, slots=True)
class Tally:
    """How many and how much."""

    count: int = 0
    amount: Decimal | None = None


def tally(rows: Iterable[ProjectRow]) -> Tally:
    rows = list(rows)
    return Tally(len(rows), add(row.amount for row in rows))


@dataclass(frozen=True, slots=True)
class ZoneOverview:
    """A zone's week: the stock, what is new, the year so far, visits, what is late."""

    zone: str
    talking: Tally
    signed: Tally
    started: Tally
    new_talks: int
    new_signed: int
    new_started: int
    year_signed: Tally
    visits: int
    companies: int
    overdue: int
    missing_notes: int
    growth: Decimal | None
    place: int | None = None

    @property
    def stock(self) -> int:
        return self.talking.count + self.signed.count + self.started.count

    @property
    def stock_amount(self) -> Decimal | None:
        return add((self.talking.amount, self.signed.amount, self.started.amount))


@dataclass(frozen=True, slots=True)
class Report:
    """Everything of one issue within one reach. `board` is None where no plan covers the year."""

    issue: Issue
    scope: str
    zone_code: str | None
    known_at: datetime
    zones: tuple[tuple[int | None, str], ...]
    projects: tuple[ProjectRow, ...]
    chains: tuple[ChainRow, ...]
    visits: tuple[VisitRow, ...]
    overdue: tuple[DutyRow, ...]
    board: Board | None

    @property
    def day(self) -> date:
        """The last day the issue speaks of."""
        return self.known_at.astimezone(self.issue.week.cut.tzinfo).date()

    @property
    def finished(self) -> bool:
        return self.known_at >= self.issue.week.cut

    def staged(self, least: Stage, most: Stage) -> Iterator[ProjectRow]:
        return (p for p in self.projects if p.in_stock and least.order <= p.stage.order <= most.order)

    @property
    def talking(self) -> tuple[ProjectRow, ...]:
        return tuple(self.staged(Stage.LEAD, Stage.INTENT))

    @property
    def signed(self) -> tuple[ProjectRow, ...]:
        return tuple(self.staged(Stage.SIGNED, Stage.APPROVED))

    @property
    def started(self) -> tuple[ProjectRow, ...]:
        return tuple(self.staged(Stage.STARTED, Stage.FULL))

    @property
    def busy_chains(self) -> tuple[ChainRow, ...]:
        """Chains with anything on them."""
        return tuple(c for c in self.chains if c.target_count or c.project_count)

    @property
    def missing_notes(self) -> tuple[ProjectRow, ...]:
        return tuple(p for p in self.projects if p.owes_note and not p.has_note)

    def overview(self) -> list[ZoneOverview]:
        """One row a zone with its place by this year's signings; leads of no zone last, where there are any, and unplaced."""
        rows = [self._zone(zone_id, name) for zone_id, name in self.zones]
        placed = [row for row, (zone_id, _) in zip(rows, self.zones, strict=True) if zone_id is not None]
        places = ranking.places([row.year_signed.amount for row in placed])
        return [replace(row, place=place) for row, place in zip(placed, places, strict=True)] + rows[
            len(placed) :
        ]

    def total(self) -> ZoneOverview:
        return self._of("合计", self.projects, self.visits, self.overdue)

    def _zone(self, zone_id: int | None, name: str) -> ZoneOverview:
        return self._of(
            name,
            [p for p in self.projects if p.zone_id == zone_id],
            [v for v in self.visits if v.zone_id == zone_id],
            [d for d in self.overdue if d.zone_id == zone_id],
        )

    def _of(
        self,
        name: str,
        projects: Iterable[ProjectRow],
        visits: Iterable[VisitRow],
        overdue: Iterable[DutyRow],
    ) -> ZoneOverview:
        projects, visits, holds = list(projects), list(visits), self.issue.week.holds
        stock = [p for p in projects if p.in_stock]
        year_signed = tally(p for p in projects if _in_year(p, self.day))
        last = tally(p for p in projects if _in_year(p, ranking.year_before(self.day)))
        return ZoneOverview(
            zone=name,
            talking=tally(p for p in stock if p.stage.order <= Stage.INTENT.order),
            signed=tally(p for p in stock if Stage.SIGNED.order <= p.stage.order <= Stage.APPROVED.order),
            started=tally(p for p in stock if p.stage.order >= Stage.STARTED.order),
            new_talks=sum(holds(p.created_at) for p in projects),
            new_signed=sum(_recognised(p, MilestoneKind.SIGNED, holds) for p in projects),
            new_started=sum(_recognised(p, MilestoneKind.STARTED, holds) for p in projects),
            year_signed=year_signed,
            visits=len(visits),
            companies=len({v.company_id for v in visits}),
            overdue=len(list(overdue)),
            missing_notes=sum(p.owes_note and not p.has_note for p in projects),
            growth=ranking.growth(year_signed.amount, last.amount),
        )


def _recognised(project: ProjectRow, kind: MilestoneKind, holds: Callable[[datetime], bool]) -> bool:
    reached = project.reached.get(kind)
    return bool(reached and reached.recognised_at and holds(reached.recognised_at))


def _in_year(project: ProjectRow, day: date) -> bool:
    reached = project.reached.get(MilestoneKind.SIGNED)
    on = reached.statistical_on if reached else None
    return on is not None and on.year == day.year and on <= day
