"""Whatever zones do with each other's projects, the city has brought in what it has brought in (rules.md §2.2, invariants)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm.core import clock
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.filings import actions
from crm.filings.models import Transfer
from crm.filings.rules import transfers as rules
from crm.filings.rules.transfers import Landing, Pair, TransferDraft, Trigger
from crm.pipeline.models import Milestone, Recognition
from crm.pipeline.rules.milestones import EndKind
from crm.projects import actions as projects
from crm.projects import queries as projects_read
from crm.projects.models import CreditShare, Project
from crm.projects.rules import Capital, CreditIndicator, Stage
from crm.quotas import queries as quotas
from tests import factories
from tests.factories import World

#: 万元 or 万美元: on both sides of 100亿 (10亿美元) and 50亿 (5亿美元), one under either.
AMOUNTS: tuple[tuple[str | None, str | None], ...] = (
    ("1200000", None), ("600000", None), ("400000", None), (None, "100000"), (None, "99999"),
)  # fmt: skip
#: Of all zones, those without a quota among them.
ZONES = 15
SHARES = st.one_of(
    st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)]),
    st.integers(0, 1_000_000).map(lambda n: Decimal(n) / 1_000_000),
)

Step = tuple[str, int, int, Decimal, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("transfer", "city", "refused", "shares", "sign", "again", "withdrawn")),
        st.integers(0, len(AMOUNTS) - 1),
        st.integers(0, ZONES - 1),
        SHARES,
        st.integers(0, 40),
    ),
    min_size=3,
    max_size=9,
)
HALF = Decimal("0.5")


class City:
    """The real rows, moved by the real verbs; beside them nothing but a list of what was signed."""

    def __init__(self, world: World) -> None:
        self.world, self.bureau = world, world.actor("bureau")
        zones = projects_read.all_zones()
        assert len(zones) == ZONES
        self.zones = [zone.id for zone in zones]
        self.projects = [
            world.project(
                zones[n].code, name=f"项目{n}", total=total, stage=Stage.INTENT,
                capital=Capital.FOREIGN if usd else Capital.DOMESTIC,
                total_investment_usd=Decimal(usd) if usd else None,
            )
            for n, (total, usd) in enumerate(AMOUNTS)
        ]  # fmt: skip
        self.now = clock.now() - timedelta(days=60)
        self.signed: set[int] = set()

    def run(self, step: Step) -> None:
        verb, number, zone, share, days = step
        project = self.projects[number]
        try:
            with db.session.begin_nested():
                getattr(self, verb)(project, self.zones[zone], share, days)
        except (RuleBroken, Conflict):
            db.session.expire_all()

    def propose(self, project: Project, zone: int | None, share: Decimal) -> Transfer:
        draft = TransferDraft(Trigger.FACTORS, "没有蒸汽", (Pair(share, 1 - share),), zone)
        return actions.propose_transfer(self.actor_of(project), project, draft, self.now)

    def actor_of(self, project: Project) -> Any:
        return self.world.actor("bureau2")

    def transfer(self, project: Project, zone: int, share: Decimal, days: int) -> None:
        made = self.propose(project, zone, share)
        chief = _chief(self.world, zone)
        actions.answer_transfer(chief, made, project, True, "", Landing(), self.now)

    def city(self, project: Project, zone: int, share: Decimal, days: int) -> None:
        made = self.propose(project, None, share)
        actions.assign_transfer(self.bureau, made, project, zone, "", (), self.now)

    def refused(self, project: Project, zone: int, share: Decimal, days: int) -> None:
        made = self.propose(project, zone, share)
        actions.answer_transfer(_chief(self.world, zone), made, project, False, "没有地", Landing(), self.now)
        actions.drop_transfer(self.bureau, project, self.now)

    def withdrawn(self, project: Project, zone: int, share: Decimal, days: int) -> None:
        made = self.propose(project, zone, share)
        actions.withdraw_transfer(self.bureau, made, project, "不办了", self.now)

    def shares(self, project: Project, zone: int, share: Decimal, days: int) -> None:
        assert project.zone_id is not None
        drafts = rules.credit_drafts(dict.fromkeys(CreditIndicator, share), zone, project.zone_id)
        day = clock.today() - timedelta(days=days)
        projects.set_credits(self.bureau, project, day, drafts)

    def sign(self, project: Project, zone: int, share: Decimal, days: int) -> None:
        if project.id in self.signed:
            return
        day = max(clock.today() - timedelta(days=days), date(clock.today().year, 1, 1))
        project.stage = Stage.SIGNED
        factories.recognised(project, day)
        self.signed.add(project.id)

    def again(self, project: Project, zone: int, share: Decimal, days: int) -> None:
        """The bureau recognises anew what a transfer has left open: the landing zone is frozen now."""
        stone = db.session.scalar(
            select(Milestone).where(Milestone.project_id == project.id, Milestone.needs_again)
        )
        if stone is None:
            return
        old = db.session.scalars(
            select(Recognition).where(Recognition.project_id == project.id, Recognition.ended_at.is_(None))
        ).one()
        old.ended_at, old.ended_on, old.end_kind = clock.now(), clock.today(), EndKind.REPLACED
        stone.needs_again = False
        db.session.flush()
        factories.recognised(project, clock.today())


def _chief(world: World, zone_id: int) -> Any:
    """Somebody who may answer for any zone: the demo's chief, put into it."""
    from dataclasses import replace

    return replace(world.actor("chief"), zone_id=zone_id, unit_id=zone_id)


def _reaches(project: Project, line: Any) -> bool:
    """By the column of its own currency, nothing converted."""
    if project.total_investment is not None:
        return bool(project.total_investment >= line.threshold)
    assert project.total_investment_usd is not None
    return bool(project.total_investment_usd >= line.threshold_usd)


def _credited(project: Project) -> dict[int, Decimal]:
    """Zone → share of the count, from the bare rows: the latest set in force on the statistical date, else the frozen zone."""
    found = db.session.scalars(
        select(Recognition).where(Recognition.project_id == project.id, Recognition.ended_at.is_(None))
    ).one()
    rows = [
        row
        for row in db.session.scalars(select(CreditShare).where(CreditShare.project_id == project.id))
        if row.indicator is CreditIndicator.COUNT and row.effective_on <= found.statistical_on
    ]
    latest = max((row.effective_on for row in rows), default=None)
    return {row.zone_id: row.share for row in rows if row.effective_on == latest} or {
        found.zone_id: Decimal(1)
    }


@pytest.fixture
def year(world: World) -> int:
    factories.quota_plan(clock.today().year)
    db.session.commit()
    return clock.today().year


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)  # fmt: skip
@given(steps=STEPS)
@example(
    steps=[
        ("sign", 0, 0, HALF, 30),
        ("sign", 3, 0, HALF, 30),
        ("sign", 4, 0, HALF, 30),
        ("shares", 0, 5, HALF, 35),
        ("shares", 3, 6, Decimal("0.3"), 31),
        ("transfer", 3, 7, Decimal("0.4"), 0),
        ("again", 3, 0, HALF, 0),
        ("transfer", 3, 3, Decimal(1), 0),
        ("again", 3, 0, HALF, 0),
        ("city", 0, 14, Decimal("0.6"), 0),
        ("again", 0, 0, HALF, 0),
    ]
)
def test_the_citys_total_never_changes(world: World, year: int, steps: list[Step]) -> None:
    nested = db.session.begin_nested()
    try:
        city = City(world)
        for step in steps:
            city.run(step)
            _holds(city, year)
    finally:
        nested.rollback()
        db.session.expire_all()


def _holds(city: City, year: int) -> None:
    db.session.flush()
    plans = quotas.plans()
    plan = next(p for p in plans if p.first_year == p.last_year == year)
    board = quotas.board(city.bureau, plan, year, whole=False)
    signed = [project for project in city.projects if project.id in city.signed]
    assert {one.threshold: one.counted for one in board.city} == {
        one.threshold: Decimal(sum(1 for project in signed if _reaches(project, one))) for one in board.city
    }
    # Every zone's line is the sum of its shares, no more and no less, and every set of shares adds up to one.
    shares = {project.id: _credited(project) for project in signed}
    assert {line.zone.id: line.counted for line in board.lines} == {
        line.zone.id: sum(
            (shares[p.id].get(line.zone.id, Decimal(0)) for p in signed if _reaches(p, line)), Decimal(0)
        )
        for line in board.lines
    }
    sums: dict[tuple[int, date, CreditIndicator], Decimal] = {}
    for row in db.session.execute(
        select(CreditShare.project_id, CreditShare.effective_on, CreditShare.indicator, CreditShare.share)
    ):
        key = (row[0], row[1], row[2])
        sums[key] = sums.get(key, Decimal(0)) + row[3]
    assert set(sums.values()) <= {Decimal(1)}
    # One zone has the project, and at most one transfer of it is under way.
    for project in city.projects:
        assert project.zone_id in city.zones
