"""Who reaches which duty, what he reads of it, and how many statements that takes."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from crm.core.calendar import WorkCalendar
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Window
from crm.followups import queries, rules
from crm.followups.queries import Filters
from crm.followups.rules import DutyState
from crm.projects.models import Grant
from crm.projects.rules import GrantLevel
from tests import factories
from tests.factories import World

ALL = Filters()


def _listed(world: World, login: str, filters: Filters = ALL) -> set[int]:
    return {row.id for row in queries.listing(world.actor(login), filters, Window(), world.today).items}


@pytest.mark.parametrize(
    ("login", "sees"),
    [
        ("officer", {"etdz"}),
        ("officer2", {"xuwei"}),
        ("chief", {"etdz"}),
        ("county", {"ganyu"}),
        ("bureau", {"etdz", "xuwei", "ganyu"}),
        ("leader", {"etdz", "xuwei", "ganyu"}),
        ("specialist", set()),
        ("dept", set()),
        ("sysadmin", set()),
        ("auditor", set()),
    ],
)
def test_every_role_sees_the_duties_of_its_reach_and_no_other(
    world: World, login: str, sees: set[str]
) -> None:
    zones = {"etdz": "LYG-ETDZ", "xuwei": "LYG-XUWEI", "ganyu": "LYG-GANYU"}
    made = {
        name: factories.followup(None, world.company(), zone_code=code).id for name, code in zones.items()
    }
    assert _listed(world, login) == {made[name] for name in sees}
    for name, key in made.items():
        if name not in sees:
            with pytest.raises(NotFound):
                queries.find(world.actor(login), key)


def test_a_granted_project_opens_its_duties_to_a_specialist(world: World) -> None:
    project = world.project()
    duty = factories.followup(world.users["officer"], about=project)
    assert _listed(world, "specialist") == set()
    db.session.add(
        Grant(
            project_id=project.id,
            user_id=world.users["specialist"].id,
            level=GrantLevel.WORK,
            source="assignment",
            starts_on=world.today,
        )
    )
    db.session.flush()
    assert _listed(world, "specialist") == {duty.id}


def test_ones_own_duty_is_seen_wherever_it_lies(world: World) -> None:
    duty = factories.followup(world.users["specialist"], world.company(), zone_code="LYG-XUWEI")
    assert _listed(world, "specialist") == {duty.id}


def test_a_confidential_duty_reads_masked_for_colleagues_and_is_not_found_by_its_company(
    world: World,
) -> None:
    firm = world.company("演示保密电池有限公司")
    other = world.users["chief"]
    project = world.project(investor=firm)
    factories.followup(other, about=project, what="保密电池送样", confidential=True, created_by=other.id)
    (row,) = queries.listing(world.actor("officer"), ALL, Window(), world.today).items
    assert (row.company, row.company_id, row.what, row.hidden) == ("某企业", None, "涉密事项", True)
    assert row.project_code is None
    assert _listed(world, "officer", Filters(company_id=firm.id)) == set()
    assert _listed(world, "officer", Filters(project_id=project.id)) == set()
    assert queries.of_project(world.actor("officer"), project.id, world.today) == []
    assert _listed(world, "bureau", Filters(company_id=firm.id)) == {row.id}
    assert queries.of_company(world.actor("officer"), firm.id, world.today) == []


def test_the_day_parts_follow_the_working_calendar(world: World) -> None:
    monday = date(2026, 11, 23)
    mine = world.users["officer"]
    days = {
        "late": date(2026, 11, 20),
        "today": monday,
        "week": date(2026, 11, 26),
        "after": date(2026, 11, 30),
    }
    made = {name: factories.followup(mine, world.company(), due_on=day).id for name, day in days.items()}
    factories.followup(mine, state=DutyState.DONE, due_on=monday)
    factories.followup(world.users["chief"], due_on=monday)
    day = queries.day_of(world.actor("officer"), monday)
    parts = {"late": day.late, "today": day.today, "week": day.week}
    assert {name: [row.id for row in part.rows] for name, part in parts.items()} == {
        name: [made[name]] for name in parts
    }
    assert day.late.rows[0].late == 1


def test_waiting_for_others_holds_what_one_stated_and_another_owes(world: World) -> None:
    stated = factories.followup(world.users["chief"], created_by=world.users["officer"].id)
    factories.followup(world.users["officer"])
    assert [row.id for row in queries.day_of(world.actor("officer"), world.today).waiting.rows] == [stated.id]


def test_a_long_day_is_cut_and_counted_in_the_same_number_of_statements(
    world: World, count_queries: Callable[[], Any]
) -> None:
    actor = world.actor("officer")
    factories.followup(world.users["officer"], world.company())
    with count_queries() as few:
        queries.day_of(actor, world.today)
    for number in range(60):
        investor = world.company()
        factories.followup(
            world.users["officer"],
            about=world.project(investor=investor),
            due_on=world.today - timedelta(days=30 + number),
        )
    with count_queries() as many:
        day = queries.day_of(actor, world.today)
    assert len(many) == len(few)
    assert (len(day.late.rows), day.late.total, day.late.more) == (40, 60, 20)


def test_the_list_pages_by_key_without_gaps_or_repeats(
    world: World, count_queries: Callable[[], Any]
) -> None:
    made = [
        factories.followup(world.users["officer"], due_on=world.today + timedelta(days=n // 3)).id
        for n in range(20)
    ]
    seen: list[int] = []
    after = None
    while True:
        with count_queries() as statements:
            page = queries.listing(world.actor("officer"), ALL, Window(7, after), world.today)
        assert page.total == 20
        assert len([s for s in statements if "followups" in s]) == 2
        seen += [row.id for row in page.items]
        after = page.next_token
        if after is None:
            break
    assert seen == made


def test_the_next_duty_of_each_project_comes_in_one_statement(
    world: World, count_queries: Callable[[], Any]
) -> None:
    first, second, third = (world.project() for _ in range(3))
    factories.followup(None, about=first, what="晚的", due_on=world.today + timedelta(days=9))
    factories.followup(None, about=first, what="早的", due_on=world.today + timedelta(days=2))
    factories.followup(None, about=second, what="密的", due_on=world.today, confidential=True)
    factories.followup(None, about=third, state=DutyState.DONE)
    with count_queries() as statements:
        found = queries.next_of_projects([first.id, second.id, third.id])
    assert found == {
        first.id: (world.today + timedelta(days=2), "早的"),
        second.id: (world.today, "涉密事项"),
    }
    assert len(statements) == 1


def test_the_overdue_filter_agrees_with_the_rows(world: World) -> None:
    for back in range(6):
        factories.followup(world.users["officer"], due_on=world.today - timedelta(days=back))
    late = _listed(world, "officer", Filters(late=True))
    rows = queries.listing(world.actor("officer"), ALL, Window(), world.today).items
    assert late == {row.id for row in rows if row.late}
    assert rules.late_before(world.today, WorkCalendar()) <= world.today
