"""Stating duties and moving them on, with their audit."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.followups import actions, queries
from crm.followups.models import Followup
from crm.followups.rules import Draft, DutyState
from crm.settings import queries as values
from tests import factories
from tests.factories import World


def test_a_duty_on_a_day_off_falls_on_the_next_working_day(world: World) -> None:
    saturday = date(2026, 11, 28)
    planned = actions.plan(world.actor("officer"), Draft("出价格函", saturday))
    assert (planned.followup.due_on, planned.followup.first_due_on) == (
        date(2026, 11, 30),
        date(2026, 11, 30),
    )
    assert "11月28日 周六是休息日，已改到11月30日 周一" in planned.note


def test_a_duty_of_a_project_belongs_to_the_projects_zone(world: World) -> None:
    project = world.project("LYG-XUWEI")
    planned = actions.plan(world.actor("bureau"), Draft("催办", world.today, project_id=project.id))
    assert planned.followup.zone_id == project.zone_id


def test_a_duty_is_not_given_to_another_zones_officer(world: World) -> None:
    draft = Draft("出价格函", world.today, owner_id=world.users["officer2"].id)
    with pytest.raises(RuleBroken) as refused:
        actions.plan(world.actor("officer"), draft)
    assert refused.value.field == "owner"


def test_postponing_counts_and_keeps_the_first_day_and_the_reason(world: World) -> None:
    calendar, today = values.calendar(), world.today
    first, second = calendar.add_working_days(today, 1), calendar.add_working_days(today, 3)
    duty = actions.plan(world.actor("officer"), Draft("出价格函", first)).followup
    actions.postpone(world.actor("officer"), duty, second, "对方出差", today)
    assert (duty.due_on, duty.first_due_on, duty.postponed, duty.postpone_reason) == (
        second,
        first,
        1,
        "对方出差",
    )
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "followup.postponed")).all()
    assert [event.diff["due_on"] for event in events] == [[first.isoformat(), second.isoformat()]]


def test_a_confidential_duty_leaves_neither_reason_nor_company_in_the_audit(world: World) -> None:
    firm = world.company("演示保密新材料有限公司")
    draft = Draft("送样", world.today, company_id=firm.id, confidential=True)
    duty = actions.plan(world.actor("officer"), draft).followup
    actions.cancel(world.actor("officer"), duty, "演示保密新材料改期")
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.subject_type == "followup")).all()
    assert len(events) == 2
    for event in events:
        assert "保密新材料" not in event.note + event.subject_label + str(event.diff)
        assert event.company_id is None


def test_closing_twice_is_a_conflict(world: World) -> None:
    duty = factories.followup(world.users["officer"])
    actions.complete(world.actor("officer"), duty, "已发函")
    with pytest.raises(Conflict):
        actions.complete(world.actor("officer"), duty, "已发函")


def test_handing_over_stays_in_the_zone(world: World) -> None:
    duty = factories.followup(world.users["officer"])
    actions.hand_over(world.actor("chief"), duty, world.users["chief"].id)
    assert duty.owner_id == world.users["chief"].id
    with pytest.raises(RuleBroken):
        actions.hand_over(world.actor("chief"), duty, world.users["officer2"].id)


_STEPS = st.lists(
    st.tuples(st.sampled_from(["complete", "postpone", "cancel"]), st.integers(-3, 20), st.booleans()),
    max_size=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(steps=_STEPS)
def test_any_order_of_moves_follows_the_simple_machine(
    world: World, steps: list[tuple[str, int, bool]]
) -> None:
    """An oracle of five lines: open until closed once, later only, with a reason, every postponement counted."""
    actor, today, calendar = world.actor("officer"), world.today, values.calendar()
    duty = factories.followup(world.users["officer"], due_on=calendar.working_day_from(today))
    state, due, count = DutyState.OPEN, duty.due_on, 0
    for verb, days, says in steps:
        words, to = ("原因" if says else "  "), today + timedelta(days=days)
        landed = calendar.working_day_from(to)
        allowed = (
            state is DutyState.OPEN and says and (verb != "postpone" or (landed > due and landed >= today))
        )
        try:
            if verb == "complete":
                actions.complete(actor, duty, words)
            elif verb == "cancel":
                actions.cancel(actor, duty, words)
            else:
                actions.postpone(actor, duty, to, words, today)
            assert allowed
        except (RuleBroken, Conflict):
            assert not allowed
            continue
        if verb == "postpone":
            due, count = landed, count + 1
        else:
            state = DutyState.DONE if verb == "complete" else DutyState.CANCELLED
    assert (duty.state, duty.due_on, duty.postponed) == (state, due, count)
    assert (duty.closed_at is None) == (state is DutyState.OPEN)


def test_a_closed_duty_is_found_with_its_answer(world: World) -> None:
    duty = factories.followup(world.users["officer"])
    actions.complete(world.actor("officer"), duty, "已发函")
    db.session.flush()
    row = queries.show(world.actor("officer"), duty.id, world.today)
    assert (row.state, row.answer, row.late) == (DutyState.DONE, "已发函", 0)
    assert db.session.get(Followup, duty.id) is duty
