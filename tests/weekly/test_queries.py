"""The week as rows: what was known at the cut, within whose reach, in how many statements."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from crm.core import clock
from crm.core.calendar import week_of
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken
from crm.followups.rules import DutyState
from crm.pipeline.models import Recognition, StageChange, StatusChange
from crm.pipeline.rules import EndKind
from crm.projects.models import Project, ProjectChange
from crm.projects.rules import Stage, Status
from crm.settings import queries as settings
from crm.weekly import actions, queries
from crm.weekly.models import WeeklyIssue
from crm.weekly.rules import Report
from tests.factories import recognised
from tests.weekly.world import WEDNESDAY, WEEK, duty, fill, note, visit

AFTER = datetime(2026, 11, 21, 9, tzinfo=clock.CITY)


@pytest.fixture
def made(world: Any) -> dict[str, Any]:
    return fill(world)


def report(world: Any, login: str = "bureau", week: str | None = WEEK, zone: str | None = None) -> Report:
    now = clock.now()
    return queries.report(world.actor(login), queries.week(week, now), now, zone)


def names(rows: Any) -> list[str]:
    return sorted(row.name for row in rows)


def test_the_stock_is_split_into_talks_signed_and_started(world: Any, made: Any) -> None:
    seen = report(world)
    assert (names(seen.talking), names(seen.signed), names(seen.started)) == (
        ["+碳纤维复材", "外资药业"],
        ["储能装备", "精细材料"],
        ["绿色化工"],
    )
    total = seen.figures.total
    assert (total.stock, total.new_talks, total.new_signed, total.new_started) == (5, 1, 1, 0)
    assert (total.visits, total.companies, total.overdue, total.missing_notes) == (1, 1, 1, 4)
    assert (total.year_signed.count, total.year_signed.amount) == (2, Decimal(2_200_000))


def test_a_usd_project_is_converted_for_sums_only_and_says_so(world: Any, made: Any) -> None:
    row = next(p for p in report(world).projects if p.name == "外资药业")
    assert (row.amount, row.usd, row.converted) == (Decimal(70_000), Decimal(10_000), True)


def test_a_transferred_project_is_counted_once_in_the_citys_total(world: Any, made: Any) -> None:
    made["started"].zone_id = world.zone("LYG-ETDZ").id
    db.session.commit()
    seen = report(world)
    assert sum(row.stock for row in seen.figures.zones) == seen.figures.total.stock == 5
    assert seen.board is not None
    assert sum(line.counted for line in seen.board.lines) == 2


def test_a_past_week_shows_the_stage_the_status_and_the_amount_of_its_cut(world: Any, made: Any) -> None:
    talk = made["talk"]
    db.session.add(StageChange(project_id=talk.id, before=Stage.IN_DEPTH, after=Stage.INTENT, at=AFTER))
    db.session.add(
        StatusChange(
            project_id=talk.id,
            before=Status.ACTIVE,
            after=Status.LOST,
            reason="x",
            effective_on=AFTER.date(),
            decided_at=AFTER,
            approved=True,
        )
    )
    db.session.add(
        ProjectChange(
            project_id=talk.id, field="total_investment", before="123456.78", after="99", changed_at=AFTER
        )
    )
    db.session.execute(
        update(Project)
        .where(Project.id == talk.id)
        .values(stage=Stage.INTENT, status=Status.LOST, total_investment=Decimal(99))
    )
    db.session.commit()
    then = next(p for p in report(world).projects if p.id == talk.id)
    assert (then.stage, then.status, then.amount) == (Stage.IN_DEPTH, Status.ACTIVE, Decimal("123456.78"))
    now = next(p for p in report(world, week=None).projects if p.id == talk.id)
    assert (now.stage, now.status, now.amount) == (Stage.INTENT, Status.LOST, Decimal(99))


def test_what_is_recorded_after_the_cut_belongs_to_the_next_week(world: Any, made: Any) -> None:
    recognised(made["waiting"], date(2026, 11, 20), recognised_at=AFTER)
    visit(made["firm"], "LYG-ETDZ", world, at=AFTER)
    world.project("LYG-ETDZ", name="周末新来的", created_at=AFTER)
    note(made["usd"], "周六补填", at=AFTER)
    db.session.commit()
    past, present = report(world), report(world, week=None)
    assert (past.figures.total.new_signed, present.figures.total.new_signed) == (1, 1)
    assert (past.figures.total.visits, present.figures.total.visits) == (1, 1)
    assert "周末新来的" not in names(past.projects)
    assert not next(p for p in past.projects if p.name == "外资药业").has_note
    assert past.board is not None
    assert present.board is not None
    assert [sum(line.counted for line in board.lines) for board in (past.board, present.board)] == [2, 3]


def test_a_revocation_after_the_cut_leaves_the_past_week_as_it_was(world: Any, made: Any) -> None:
    db.session.execute(
        update(Recognition)
        .where(Recognition.project_id == made["signed"].id)
        .values(ended_at=AFTER, end_kind=EndKind.REVOKED)
    )
    db.session.commit()
    past, present = report(world).board, report(world, week=None).board
    assert past is not None
    assert present is not None
    assert [sum(line.counted for line in board.lines) for board in (past, present)] == [2, 1]


def test_a_duty_closed_after_the_cut_was_still_late_at_it(world: Any, made: Any) -> None:
    late = duty(
        "补材料",
        "LYG-ETDZ",
        world,
        date(2026, 11, 12),
        at=WEDNESDAY - timedelta(days=9),
        state=DutyState.DONE,
        closed_at=AFTER,
    )
    db.session.commit()
    assert late.what in [d.what for d in report(world).overdue]
    assert late.what not in [d.what for d in report(world, week=None).overdue]


def test_lateness_is_counted_in_working_days(world: Any, made: Any) -> None:
    assert [(d.what, d.late_days) for d in report(world).overdue] == [("回复用地方案", 4)]


def test_chains_carry_targets_and_projects_by_action(world: Any, made: Any) -> None:
    row = next(c for c in report(world).chains if c.project_count)
    assert (row.target_count, row.project_count, row.amount) == (1, 2, Decimal("1323456.78"))
    assert {k: v[0] for k, v in row.projects.items() if v[0]} == {"fill": 1, "build": 1}


@pytest.mark.parametrize(
    ("login", "stock"),
    [("bureau", 5), ("leader", 5), ("officer", 3), ("chief", 3), ("officer2", 2), ("county", 0)],
)
def test_each_role_gets_the_week_of_its_reach(world: Any, made: Any, login: str, stock: int) -> None:
    assert report(world, login).figures.total.stock == stock


def test_another_zones_week_is_not_found(world: Any, made: Any) -> None:
    assert report(world, "officer", zone="LYG-ETDZ").scope == "市开发区"
    for login, zone in (("officer", "LYG-XUWEI"), ("bureau", "LYG-NONE")):
        with pytest.raises(NotFound):
            report(world, login, zone=zone)


def test_a_confidential_project_hides_its_investor_and_words(world: Any, made: Any) -> None:
    made["talk"].confidential, made["talk"].owner_id = True, None
    made["visit"].created_by = None
    made["visit"].confidential = True
    db.session.commit()
    seen = report(world, "leader")
    told = str(seen.projects) + str(seen.visits) + str(seen.overdue)
    for secret in ("启明星", "碳纤维", "谈了选址", "林一帆", "两块地", "年产3000吨"):
        assert secret not in told
    assert "某企业" in told
    assert "启明星" in str(report(world, "bureau").projects)


def test_no_phone_number_ever_reaches_the_week(world: Any, made: Any) -> None:
    assert "138" not in str(report(world).visits)


def test_a_week_to_come_or_a_wrong_label_is_refused_in_words(world: Any) -> None:
    for label in ("2026-W50", "2026-11", "2026-W60", "2023-W04"):
        with pytest.raises(RuleBroken) as broken:
            queries.week(label, clock.now())
        assert broken.value.field == "week"


def test_an_issue_keeps_its_number_once_opened(world: Any) -> None:
    week = week_of(WEDNESDAY, settings.calendar())
    assert actions.open_issue(week).number == 46
    db.session.execute(update(WeeklyIssue).values(number=45))
    db.session.commit()
    assert actions.open_issue(week).number == 45
    assert queries.issue(week).label == "2026年第45期"


def test_the_number_of_statements_does_not_grow(
    world: Any, made: Any, count_queries: Callable[[], Any]
) -> None:
    counts = []
    for _ in range(2):
        db.session.expire_all()
        with count_queries() as statements:
            report(world)
        counts.append(len(statements))
        for zone in ("LYG-ETDZ", "LYG-XUWEI"):
            one = world.project(zone, total="1500000", stage=Stage.SIGNED, created_at=WEDNESDAY)
            recognised(one, date(2026, 11, 17))
            visit(made["firm"], zone, world)
        db.session.commit()
    assert counts[0] == counts[1] <= 42


def test_the_year_is_compared_with_the_same_days_of_last_year(world: Any, made: Any) -> None:
    for total, on in (("600000", date(2025, 5, 6)), ("900000", date(2025, 12, 1))):
        old = world.project(
            "LYG-ETDZ", total=total, stage=Stage.SIGNED, created_at=datetime(2025, 5, 1, tzinfo=clock.CITY)
        )
        recognised(old, on)
    db.session.commit()
    rows = {row.zone: row for row in report(world).figures.zones}
    assert (rows["市开发区"].growth, rows["市开发区"].place) == (Decimal("1.000"), 1)
    assert (rows["徐圩新区"].growth, rows["徐圩新区"].place) == (None, 2)
    assert {row.place for name, row in rows.items() if name not in ("市开发区", "徐圩新区")} == {3}
