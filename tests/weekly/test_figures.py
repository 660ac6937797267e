"""The figures that the database sums, against the rows of the same report added up one by one."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from crm.chains.rules import ChainAction
from crm.core import clock
from crm.core.db import db
from crm.pipeline.models import StageChange, StatusChange
from crm.pipeline.rules import EndKind, MilestoneKind
from crm.projects.models import ProjectChange
from crm.projects.rules import Capital, Stage, Status
from crm.weekly import queries, rules
from crm.weekly.rules import Around, ProjectRow, Report, Signings, Stock, Tally, ZoneOverview
from tests.factories import quota_plan, recognised
from tests.weekly.world import WEEK, duty, node, note, visit

ZONES = ("LYG-ETDZ", "LYG-XUWEI", "LYG-GANYU", None)
STARTS = datetime(2026, 11, 13, 12, tzinfo=clock.CITY)


def _sum(rows: Iterable[ProjectRow]) -> Tally:
    rows = list(rows)
    known = [row.amount for row in rows if row.amount is not None]
    return Tally(len(rows), sum(known, Decimal(0)) if known else None)


def _by_hand(report: Report, name: str, zone_id: Any) -> ZoneOverview:
    """One zone's row (or the sum of all for "合计") from nothing but the rows of the report."""

    def mine(row: Any) -> bool:
        return name == "合计" or row.zone_id == zone_id

    rows, week = [p for p in report.projects if mine(p)], report.issue.week
    stock = [p for p in rows if p.in_stock]
    reached = [(p, kind, r) for p in rows for kind, r in p.reached.items()]
    day, before = report.day, rules.year_before(report.day)

    def year(until: date) -> Tally:
        first = date(until.year, 1, 1)
        return _sum(
            p
            for p, kind, r in reached
            if kind is MilestoneKind.SIGNED and r.statistical_on and first <= r.statistical_on <= until
        )

    def new(wanted: MilestoneKind) -> int:
        return sum(
            kind is wanted and bool(r.recognised_at) and week.holds(r.recognised_at) for _, kind, r in reached
        )

    visits = [v for v in report.visits if mine(v)]
    return ZoneOverview(
        zone=name,
        talking=_sum(p for p in stock if p.stage.order <= Stage.INTENT.order),
        signed=_sum(p for p in stock if Stage.SIGNED.order <= p.stage.order <= Stage.APPROVED.order),
        started=_sum(p for p in stock if p.stage.order >= Stage.STARTED.order),
        new_talks=sum(week.holds(p.created_at) for p in rows),
        new_signed=new(MilestoneKind.SIGNED),
        new_started=new(MilestoneKind.STARTED),
        year_signed=year(day),
        visits=len(visits),
        companies=len({v.company_id for v in visits}),
        overdue=sum(mine(d) for d in report.overdue),
        missing_notes=sum(p.owes_note and not p.has_note for p in rows),
        growth=rules.growth(year(day).amount, year(before).amount),
    )


def _random_project(random: Random, world: Any, number: int) -> None:
    zone = random.choice(ZONES)
    usd = Decimal(random.randrange(1, 99_999_999)) / 100 if random.random() < 0.3 else None
    total = None if random.random() < 0.3 else Decimal(random.randrange(1, 99_999_999_999)) / 1_000_000
    project = world.project(
        zone,
        name=f"项目{number}",
        total=None if total is None else str(total),
        total_investment_usd=usd,
        capital=Capital.FOREIGN if usd else Capital.DOMESTIC,
        fx_rate=random.choice((None, Decimal("7.1234"), Decimal("6.9"))),
        stage=random.choice(list(Stage)),
        status=random.choice(list(Status)),
        node_id=random.choice((None, node().id, node("PETRO-0102").id)),
        chain_action=random.choice((None, *ChainAction)),
        created_at=STARTS + timedelta(days=random.randrange(-40, 9), minutes=number),
    )
    if random.random() < 0.5:
        note(project, "看地", at=STARTS + timedelta(days=random.randrange(1, 9)))
    if zone is not None and random.random() < 0.6:
        day = random.choice((date(2026, 3, 4), date(2026, 11, 17), date(2025, 5, 6), date(2025, 12, 30)))
        at = STARTS + timedelta(days=random.randrange(-9, 9))
        ended = (
            {
                "ended_at": at + timedelta(days=2),
                "ended_on": date(2026, 11, 19),
                "end_kind": EndKind.TERMINATED,
            }
            if random.random() < 0.3
            else {}
        )
        recognised(project, day, recognised_at=at, **ended)
    _changes(random, project)


def _changes(random: Random, project: Any) -> None:
    """What happened to it around the cut: amounts, stage, status."""
    for name in ("total_investment", "total_investment_usd"):
        for _ in range(random.randrange(3)):
            before = random.choice((None, "5", "123456.780001", "1E+5", "0.000001"))
            at = STARTS + timedelta(days=random.randrange(3, 10))
            db.session.add(ProjectChange(project_id=project.id, field=name, before=before, changed_at=at))
    at = STARTS + timedelta(days=random.randrange(3, 10))
    if random.random() < 0.4:
        db.session.add(
            StageChange(
                project_id=project.id,
                before=random.choice(list(Stage)),
                after=random.choice(list(Stage)),
                at=at,
            )
        )
    if random.random() < 0.4:
        db.session.add(
            StatusChange(
                project_id=project.id,
                before=random.choice(list(Status)),
                after=random.choice(list(Status)),
                reason="x",
                effective_on=at.date(),
                decided_at=at,
                approved=random.random() < 0.8,
            )
        )


@pytest.fixture
def city(world: Any) -> Any:
    """Some hundred projects of every kind, changed before and after the cut."""
    random = Random(11)
    quota_plan(2026)
    for number in range(120):
        _random_project(random, world, number)
    firms = [world.company(f"走访企业{n}有限公司") for n in range(3)]
    for number in range(12):
        visit(
            random.choice(firms),
            random.choice(ZONES[:3]),
            world,
            at=STARTS + timedelta(days=number % 9, hours=1),
        )
        duty(f"事{number}", random.choice(ZONES[:3]), world, date(2026, 11, 10 + number), at=STARTS)
    db.session.commit()
    return world


def test_the_sums_of_the_database_are_those_of_the_rows(city: Any) -> None:
    now = clock.now()
    for login, week, zone in (
        ("bureau", WEEK, None),
        ("bureau", None, None),
        ("bureau", "2026-W46", None),
        ("bureau", WEEK, "LYG-XUWEI"),
        ("officer", WEEK, None),
        ("county", None, None),
    ):
        report = queries.report(city.actor(login), queries.week(week, now), now, zone)
        zones: dict[str, int | None] = {z.short_name: z.id for z in queries.zones(city.actor(login))}
        for row in (*report.figures.zones, report.figures.total):
            found = _by_hand(report, row.zone, zones.get(row.zone))
            assert {name: getattr(row, name) for name in found.__slots__ if name != "place"} == {
                name: getattr(found, name) for name in found.__slots__ if name != "place"
            }, (login, week, zone)
        assert sum(row.stock for row in report.figures.zones) == report.figures.total.stock


@pytest.mark.parametrize("week", [WEEK, None])
def test_the_sums_by_chain_and_the_first_rows_are_those_of_the_sheets(city: Any, week: str | None) -> None:
    actor, now = city.actor("bureau"), clock.now()
    of = queries.week(week, now)
    report = queries.report(actor, of, now)
    mine = [p for p in report.projects if p.status is Status.ACTIVE and p.chain_id is not None]
    row = next(c for c in report.chains if c.project_count)
    assert row.project_count == len(mine) > 10
    for action in (*ChainAction, None):
        these = [p for p in mine if p.action is action]
        # What is known in USD alone is counted and not added, as on the chain's own page.
        found = _sum(p for p in these if not p.converted)
        assert row.projects[action] == (len(these), found.amount)
    for sheet in ("missing", "talking", "signed", "started", "visits", "overdue"):
        whole = report.missing_notes if sheet == "missing" else getattr(report, sheet)
        most = len(whole) // 2
        assert most > 0, sheet
        assert tuple(queries.first(actor, of, now, None, sheet, most)) == tuple(whole[:most]), sheet


def test_the_outline_takes_as_many_statements_for_many_projects_as_for_few(
    city: Any, count_queries: Callable[[], Any]
) -> None:
    actor, now = city.actor("bureau"), clock.now()
    of, counts = queries.week(WEEK, now), []
    for _ in range(2):
        with count_queries() as statements:
            queries.outline(actor, of, now)
            queries.first(actor, of, now, None, "talking", 50)
        counts.append(len(statements))
        for number in range(20):
            _random_project(Random(number), city, 200 + number)
        db.session.commit()
    assert counts[0] == counts[1] <= 24


def test_a_zone_without_anything_has_a_row_of_nothing() -> None:
    stock = [Stock(1, Stage.LEAD, Status.ACTIVE, Tally(3, Decimal(5)), new=1, noted=1)]
    found = rules.figures(
        [(1, "甲"), (2, "乙"), (None, "未定板块")],
        stock,
        {1: Signings(Tally(1, Decimal(4)), Tally(1, Decimal(2)), 1, 0)},
        {None: Around(2, frozenset({7}), 0), 1: Around(1, frozenset({7}), 1)},
    )
    first, second, loose = found.zones
    assert (first.stock, first.missing_notes, first.growth, first.place) == (3, 2, Decimal("1.000"), 1)
    assert (second.stock, second.stock_amount, second.visits, second.place) == (0, None, 0, 2)
    assert (loose.visits, loose.place) == (2, None)
    assert (found.total.visits, found.total.companies, found.total.overdue) == (3, 1, 1)


@pytest.mark.parametrize(
    ("stage", "status", "missing"),
    [
        (Stage.LEAD, Status.ACTIVE, 3),
        (Stage.PRELIMINARY, Status.ON_HOLD, 0),
        (Stage.COMPLETED, Status.ACTIVE, 0),
        (Stage.STARTED, Status.ACTIVE, 3),
        (Stage.SIGNED, Status.TERMINATED, 0),
    ],
)
def test_only_what_is_under_way_owes_a_note(stage: Stage, status: Status, missing: int) -> None:
    assert Stock(1, stage, status, Tally(5), noted=2).missing == missing
