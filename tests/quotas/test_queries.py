"""The board read from rows: amounts, times, scope, masks, and a fixed number of statements."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.core import clock
from crm.core.db import db
from crm.core.errors import NotFound
from crm.pipeline.rules import EndKind, MilestoneKind, MilestoneState
from crm.projects.models import CreditShare, Phase
from crm.projects.rules import Capital, CreditIndicator, Exclusion, PhaseKind, Stage, Status
from crm.quotas import queries, rules
from crm.quotas.rules import Board, State, ZoneLine
from crm.zones.models import Plan
from crm.zones.rules import CountingMilestone
from tests.factories import milestone, quota_plan, recognised

YEAR = 2026
SPRING = date(YEAR, 1, 2)


@pytest.fixture
def plan(world: Any) -> Plan:
    return quota_plan(YEAR)


def board(world: Any, login: str = "bureau", year: int = YEAR, **asked: Any) -> Board:
    found = queries.plan_for(year, asked.pop("plan", None), queries.plans())
    assert found is not None
    return queries.board(world.actor(login), found, year, **asked)


def line(seen: Board, code: str) -> ZoneLine:
    return next(row for row in seen.lines if row.zone.code == code)


def entry(row: ZoneLine, code: str) -> rules.Entry:
    return next(e for e in row.entries if e.code == code)


def foreign(zone: str, usd: str, total: str | None = None, world: Any = None) -> Any:
    return world.project(
        zone, total=total, total_investment_usd=Decimal(usd), capital=Capital.FOREIGN, stage=Stage.SIGNED
    )


AMOUNTS = [
    ("LYG-ETDZ", "999900", None, 0),
    ("LYG-ETDZ", "1000000", None, 1),
    ("LYG-HTZ", "1200000", None, 1),
    ("LYG-HTZ", "499999", None, 0),
    ("LYG-ETDZ", None, "100000", 1),
    ("LYG-ETDZ", None, "99999", 0),
    ("LYG-ETDZ", "1300000", "99999", 0),
]


@pytest.mark.parametrize(("zone", "total", "usd", "counts"), AMOUNTS)
def test_amounts_at_the_edge_count_or_not_and_say_so(
    world: Any, plan: Plan, zone: str, total: str | None, usd: str | None, counts: int
) -> None:
    made = foreign(zone, usd, total, world) if usd else world.project(zone, total=total, stage=Stage.SIGNED)
    recognised(made, SPRING)
    row = line(board(world), zone)
    assert row.counted == counts
    assert ("低于" in entry(row, made.code).reason) is not bool(counts)


def test_a_framework_agreement_is_listed_and_never_counts(world: Any, plan: Plan) -> None:
    made = world.project("LYG-ETDZ", total="1500000", stage=Stage.INTENT)
    row = line(board(world), "LYG-ETDZ")
    assert (row.counted, row.pending) == (0, 0)
    assert entry(row, made.code).reason == "框架协议不算签约"


def test_what_waits_is_counted_as_waiting_and_never_as_done(world: Any, plan: Plan) -> None:
    made = world.project("LYG-ETDZ", total="1500000", stage=Stage.SIGNED)
    milestone(made)
    small = world.project("LYG-ETDZ", total="990000", stage=Stage.SIGNED)
    milestone(small)
    row = line(board(world), "LYG-ETDZ")
    assert (row.counted, row.pending) == (0, 1)
    assert entry(row, made.code).state is State.PENDING
    assert "低于100亿元" in entry(row, small.code).reason


def test_recognition_freezes_the_amount_whatever_the_project_says_later(world: Any, plan: Plan) -> None:
    made = world.project("LYG-ETDZ", total="1200000", stage=Stage.SIGNED)
    recognised(made, SPRING)
    made.total_investment = Decimal("300000")
    db.session.flush()
    assert line(board(world), "LYG-ETDZ").counted == 1


def test_statistics_stay_with_the_zone_that_was_frozen(world: Any, plan: Plan) -> None:
    made = world.project("LYG-ETDZ", total="1200000", stage=Stage.SIGNED)
    recognised(made, SPRING)
    made.zone_id = world.zone("LYG-XUWEI").id
    db.session.flush()
    seen = board(world)
    assert (line(seen, "LYG-ETDZ").counted, line(seen, "LYG-XUWEI").counted) == (1, 0)
    assert sum(row.counted for row in seen.lines) == 1


def test_returned_and_excluded_projects_say_why(world: Any, plan: Plan) -> None:
    back = world.project("LYG-ETDZ", total="1500000", stage=Stage.INTENT)
    milestone(
        back, state=MilestoneState.RETURNED, decided_at=clock.now(), decision_reason="缺公平竞争审查结论"
    )
    houses = world.project("LYG-ETDZ", total="1500000", stage=Stage.SIGNED, exclusion=Exclusion.REAL_ESTATE)
    recognised(houses, SPRING)
    row = line(board(world), "LYG-ETDZ")
    assert entry(row, back.code).reason == "已退回：缺公平竞争审查结论"
    assert entry(row, houses.code).reason == "排除类型：房地产"
    assert row.counted == 0


def test_credit_is_shared_and_the_city_counts_one(world: Any, plan: Plan) -> None:
    made = world.project("LYG-ETDZ", total="1500000", stage=Stage.SIGNED)
    recognised(made, SPRING)
    for code in ("LYG-ETDZ", "LYG-HTZ"):
        share = CreditShare(
            project_id=made.id,
            effective_on=SPRING,
            indicator=CreditIndicator.COUNT,
            zone_id=world.zone(code).id,
            share=Decimal("0.5"),
        )
        db.session.add(share)
    db.session.flush()
    seen = board(world)
    assert [line(seen, code).counted for code in ("LYG-ETDZ", "LYG-HTZ")] == [Decimal("0.5"), Decimal("0.5")]
    assert sum(row.counted for row in seen.lines) == 1
    assert line(board(world, "officer"), "LYG-ETDZ").counted == Decimal("0.5")


def test_looking_back_shows_what_was_known_then(world: Any, plan: Plan) -> None:
    made = world.project("LYG-ETDZ", total="1500000", stage=Stage.SIGNED)
    at = datetime(YEAR, 1, 10, 9, tzinfo=clock.CITY)
    recognised(made, SPRING, recognised_at=at)
    before, after = at - timedelta(minutes=1), at
    assert line(board(world, as_of=date(YEAR, 1, 9), known_at=before), "LYG-ETDZ").counted == 0
    assert line(board(world, as_of=date(YEAR, 1, 9), known_at=after), "LYG-ETDZ").counted == 1
    assert line(board(world, as_of=date(YEAR, 1, 1)), "LYG-ETDZ").counted == 0


def test_a_termination_after_the_years_end_is_told_and_does_not_shrink_the_year(world: Any) -> None:
    quota_plan(YEAR - 1)
    made = world.project("LYG-ETDZ", total="1500000", stage=Stage.SIGNED, status=Status.TERMINATED)
    recognised(
        made,
        date(YEAR - 1, 6, 1),
        ended_at=clock.now(),
        ended_on=date(YEAR, 1, 2),
        end_kind=EndKind.TERMINATED,
    )
    row = line(board(world, year=YEAR - 1), "LYG-ETDZ")
    assert row.counted == 1
    assert entry(row, made.code).reason.endswith(f"年后调出：{YEAR}-01-02解除协议")


def test_the_plans_counting_milestone_and_amount_basis_decide(world: Any) -> None:
    quota_plan(YEAR, amount_basis="fixed")
    made = world.project("LYG-ETDZ", total="1500000", stage=Stage.SIGNED, fixed_investment=Decimal("900000"))
    recognised(made, SPRING)
    assert "低于100亿元" in entry(line(board(world), "LYG-ETDZ"), made.code).reason


def test_two_zones_without_a_quota_are_not_assessed(world: Any, plan: Plan) -> None:
    seen = board(world)
    assert len(seen.lines) == 13
    assert {z.code for z in seen.not_assessed} == {"LYG-CBZ", "LYG-SCO"}


@pytest.mark.parametrize(
    ("login", "zones"),
    [
        ("bureau", 13),
        ("leader", 13),
        ("officer", 1),
        ("chief", 1),
        ("officer2", 1),
        ("county", 2),
        ("specialist", 0),
        ("dept", 0),
        ("auditor", 0),
    ],
)
def test_each_role_sees_the_lines_of_its_reach(world: Any, plan: Plan, login: str, zones: int) -> None:
    assert len(board(world, login).lines) == zones


def test_another_zones_line_is_not_found(world: Any, plan: Plan) -> None:
    assert board(world, "officer", zone="LYG-ETDZ").lines
    with pytest.raises(NotFound):
        board(world, "officer", zone="LYG-XUWEI")


def test_a_confidential_project_counts_and_keeps_its_name(world: Any, plan: Plan) -> None:
    made = world.project(
        "LYG-ETDZ", name="丙国某药企基地", total="1500000", stage=Stage.SIGNED, confidential=True
    )
    recognised(made, SPRING)
    names = {
        login: entry(line(board(world, login), "LYG-ETDZ"), made.code).name
        for login in ("bureau", "chief", "officer", "leader")
    }
    assert names == {"bureau": made.name, "chief": made.name, "officer": "保密项目", "leader": "保密项目"}


def test_the_number_of_statements_does_not_grow(
    world: Any, plan: Plan, count_queries: Callable[[], Any]
) -> None:
    actor, found = world.actor("bureau"), queries.plan_for(YEAR, None, queries.plans())
    assert found is not None
    counts = []
    for _ in range(2):
        for zone in ("LYG-ETDZ", "LYG-HTZ", "LYG-XUWEI"):
            recognised(world.project(zone, total="1500000", stage=Stage.SIGNED), SPRING)
            world.project(zone, total="900000")
        db.session.expire_all()
        with count_queries() as statements:
            queries.board(actor, found, YEAR)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 9


def test_without_what_stays_below_the_threshold_every_figure_is_the_same(world: Any, plan: Plan) -> None:
    """The city's board judges only what can move a line; lists and exports ask for the whole."""
    for zone in ("LYG-ETDZ", "LYG-HTZ", "LYG-XUWEI"):
        for total in ("499999", "520000", "999999", "1000000", "1300000"):
            recognised(world.project(zone, total=total, stage=Stage.SIGNED), SPRING)
            milestone(world.project(zone, total=total, stage=Stage.SIGNED))
            world.project(zone, total=total, stage=Stage.IN_DEPTH)
        for usd in ("49999", "50000", "100000"):
            recognised(foreign(zone, usd, "1300000", world), SPRING)
        back = world.project(zone, total="1500000", stage=Stage.INTENT)
        milestone(back, state=MilestoneState.RETURNED, decided_at=clock.now(), decision_reason="缺结论")
    shared = world.project("LYG-ETDZ", total="700000", stage=Stage.SIGNED)
    recognised(shared, SPRING)
    for zone in ("LYG-ETDZ", "LYG-HTZ"):
        share = CreditShare(
            project_id=shared.id,
            effective_on=SPRING,
            indicator=CreditIndicator.COUNT,
            zone_id=world.zone(zone).id,
            share=Decimal("0.5"),
        )
        db.session.add(share)
    db.session.flush()
    whole, brief = board(world), board(world, whole=False)
    assert whole.sum() == brief.sum()
    assert len(whole.lines) == len(brief.lines)
    for full, short in zip(whole.lines, brief.lines, strict=True):
        assert replace(full, entries=()) == replace(short, entries=())
        shown = tuple(e for e in short.entries if e.state is not State.BELOW)
        assert shown == tuple(e for e in full.entries if e.state is not State.BELOW)
    assert sum(len(line.entries) for line in brief.lines) < sum(len(line.entries) for line in whole.lines)


@pytest.mark.parametrize(
    ("kind", "state"), [(PhaseKind.PHASE, State.PENDING), (PhaseKind.INCREASE, State.TALKING)]
)
def test_the_start_of_a_phase_waits_where_the_plan_counts_by_starts(
    world: Any, kind: PhaseKind, state: State
) -> None:
    quota_plan(YEAR, counting_milestone=CountingMilestone.STARTED)
    project = world.project("LYG-ETDZ", total="1200000", stage=Stage.SIGNED)
    part = Phase(project_id=project.id, no=1, kind=kind, name="一期", total_investment=Decimal(300_000))
    db.session.add(part)
    db.session.flush()
    milestone(project, MilestoneKind.STARTED, phase_id=part.id)
    found = entry(line(board(world), "LYG-ETDZ"), project.code)
    assert found.state is state
    assert found.amount == Decimal(1_200_000), "the whole decides"
    if state is State.PENDING:
        assert found.reason.startswith("待认定")
