"""The figures of an issue: groups of like projects as the database sums them, added up by zone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from crm.projects.rules import Stage, Status
from crm.weekly.rules import ranking
from crm.weekly.rules.rows import add

#: The stages that a sheet of projects in stock goes from and to.
SHEET_STAGES = {
    "talking": (Stage.LEAD, Stage.INTENT),
    "signed": (Stage.SIGNED, Stage.APPROVED),
    "started": (Stage.STARTED, Stage.FULL),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many and how much in 万元; `amount` is None where nothing is known."""

    count: int = 0
    amount: Decimal | None = None


def together(tallies: Iterable[Tally]) -> Tally:
    tallies = list(tallies)
    return Tally(sum(t.count for t in tallies), add(t.amount for t in tallies))


@dataclass(frozen=True, slots=True)
class Stock:
    """Projects of one zone, stage and status: how many, how much, how many are new this week, how many wrote a note."""

    zone_id: int | None
    stage: Stage
    status: Status
    tally: Tally
    new: int = 0
    noted: int = 0

    @property
    def in_stock(self) -> bool:
        return self.status in (Status.ACTIVE, Status.ON_HOLD)

    @property
    def missing(self) -> int:
        """Whoever is under way and not finished is asked for a note every week."""
        owes = self.status is Status.ACTIVE and self.stage.order < Stage.COMPLETED.order
        return self.tally.count - self.noted if owes else 0


@dataclass(frozen=True, slots=True)
class Signings:
    """A zone's recognised signings: of this year until the day, of last year until the same day, and what the week recognised."""

    this_year: Tally = Tally()
    last_year: Tally = Tally()
    new_signed: int = 0
    new_started: int = 0


@dataclass(frozen=True, slots=True)
class Around:
    """A zone's visits of the week with the companies they went to, and how many duties are late."""

    visits: int = 0
    companies: frozenset[int] = frozenset()
    overdue: int = 0


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
class Figures:
    """One row a zone, and their sum."""

    zones: tuple[ZoneOverview, ...]
    total: ZoneOverview


def figures(
    zones: Sequence[tuple[int | None, str]],
    stock: Sequence[Stock],
    signings: Mapping[int | None, Signings],
    around: Mapping[int | None, Around],
) -> Figures:
    """Zones in the order given with their place by this year's signings; leads of no zone (id None) stay unplaced."""
    rows = [
        _of(
            name,
            [s for s in stock if s.zone_id == zone_id],
            [signings.get(zone_id, Signings())],
            [around.get(zone_id, Around())],
        )
        for zone_id, name in zones
    ]
    places = iter(
        ranking.places(
            [row.year_signed.amount for row, (zone, _) in zip(rows, zones, strict=True) if zone is not None]
        )
    )
    placed = [
        row if zone_id is None else replace(row, place=next(places))
        for row, (zone_id, _) in zip(rows, zones, strict=True)
    ]
    return Figures(tuple(placed), _of("合计", stock, list(signings.values()), list(around.values())))


def _of(
    name: str, stock: Sequence[Stock], signings: Sequence[Signings], around: Sequence[Around]
) -> ZoneOverview:
    this_year = together(s.this_year for s in signings)
    last_year = together(s.last_year for s in signings)
    return ZoneOverview(
        zone=name,
        talking=_staged(stock, "talking"),
        signed=_staged(stock, "signed"),
        started=_staged(stock, "started"),
        new_talks=sum(s.new for s in stock),
        new_signed=sum(s.new_signed for s in signings),
        new_started=sum(s.new_started for s in signings),
        year_signed=this_year,
        visits=sum(a.visits for a in around),
        companies=len(frozenset[int]().union(*(a.companies for a in around))),
        overdue=sum(a.overdue for a in around),
        missing_notes=sum(s.missing for s in stock),
        growth=ranking.growth(this_year.amount, last_year.amount),
    )


def _staged(stock: Iterable[Stock], sheet: str) -> Tally:
    least, most = SHEET_STAGES[sheet]
    return together(s.tally for s in stock if s.in_stock and least.order <= s.stage.order <= most.order)
