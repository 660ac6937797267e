"""Whatever zones do with each other's projects, the city has brought in what it has brought in (rules.md §2.2, invariants)."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
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
from crm.projects import actions as projects
from crm.projects.models import CreditShare, Project
from crm.projects.rules import CreditIndicator, Stage
from crm.quotas import queries as quotas
from tests import factories
from tests.factories import World

#: Two zones that owe projects of 100亿, two that owe 50亿; all of them carry a quota.
ZONES = ("LYG-ETDZ", "LYG-XUWEI", "LYG-GANYU", "LYG-DONGHAI")
AMOUNTS = (Decimal("1200000"), Decimal("600000"), Decimal("400000"))
SHARES = st.integers(0, 1_000_000).map(lambda n: Decimal(n) / 1_000_000)

Step = tuple[str, int, int, Decimal, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("transfer", "city", "refused", "shares", "sign", "again", "withdrawn")),
        st.integers(0, len(AMOUNTS) - 1),
        st.integers(0, len(ZONES) - 1),
        SHARES,
        st.integers(0, 40),
    ),
    min_size=1,
    max_size=9,
)


class City:
    """The real rows, moved by the real verbs; beside them nothing but a list of what was signed."""

    def __init__(self, world: World) -> None:
        self.world, self.bureau = world, world.actor("bureau")
        self.zones = [world.zone(code).id for code in ZONES]
        self.projects = [
            world.project(ZONES[n % 2], name=f"项目{n}", total=str(amount), stage=Stage.INTENT)
            for n, amount in enumerate(AMOUNTS)
        ]
        self.now = clock.now() - timedelta(days=60)
        self.signed: dict[int, Decimal] = {}

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
        at = datetime.combine(day, time(9), clock.CITY)
        project.stage = Stage.SIGNED
        factories.recognised(project, day, recognised_at=at)
        amount = project.total_investment
        assert amount is not None
        self.signed[project.id] = amount

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
        old.ended_at, old.ended_on = clock.now(), clock.today()
        stone.needs_again = False
        db.session.flush()
        factories.recognised(project, clock.today())


def _chief(world: World, zone_id: int) -> Any:
    """Somebody who may answer for any zone: the demo's chief, put into it."""
    from dataclasses import replace

    return replace(world.actor("chief"), zone_id=zone_id, unit_id=zone_id)


def _oracle(signed: Mapping[int, Decimal], threshold: Decimal) -> Decimal:
    """One each, by nothing but the amount."""
    return Decimal(sum(1 for amount in signed.values() if amount >= threshold))


@pytest.fixture
def year(world: World) -> int:
    factories.quota_plan(clock.today().year)
    db.session.commit()
    return clock.today().year


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)  # fmt: skip
@given(steps=STEPS)
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
    assert {one.threshold: one.counted for one in board.city} == {
        one.threshold: _oracle(city.signed, one.threshold) for one in board.city
    }
    # No line ever shows more of a project than there is, and every share adds up, indicator by indicator.
    for project in city.projects:
        on_lines = sum(
            (
                e.credit
                for line in board.lines
                for e in line.entries
                if e.counted and e.project_id == project.id
            ),
            Decimal(0),
        )
        assert on_lines <= 1
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
