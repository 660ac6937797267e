"""Reminders are states: whatever run was missed, the next one finds what is due, and tells each owner once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.core.calendar import WorkCalendar
from crm.core.db import db
from crm.followups import actions, jobs, rules
from crm.followups.models import DutyReminder
from crm.followups.rules import DutyState, ReminderKind
from crm.notices.models import Notice
from crm.settings import queries as values
from tests import factories
from tests.factories import World

#: A Monday; the working days after it are the next four.
MONDAY = date(2026, 11, 23)


def _run(on: date) -> str:
    return jobs.remind(datetime(on.year, on.month, on.day, 0, 5, tzinfo=UTC))


def _told(on: date) -> int:
    """How many duties a run told of."""
    return int(_run(on).removeprefix("提醒了").partition("件")[0])


def _sent() -> list[tuple[int, str]]:
    rows = db.session.execute(select(DutyReminder.followup_id, DutyReminder.kind).order_by(DutyReminder.id))
    return [(followup_id, kind.value) for followup_id, kind in rows]


@pytest.mark.parametrize("batch", [5000, 2])
def test_four_days_without_a_run_lose_nothing_and_tell_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """However few duties are read at once, a person hears of all of them in one message."""
    monkeypatch.setattr("crm.followups.actions.reminders._BATCH", batch)
    owner = world.users["officer"]
    made = {n: factories.followup(owner, due_on=MONDAY + timedelta(days=n)).id for n in range(5)}
    assert _told(MONDAY) == 2
    assert _sent() == [(made[0], "due"), (made[1], "soon")]
    # Nothing runs from Tuesday to Thursday. On Friday the days before are late, and Friday's own is due.
    friday = MONDAY + timedelta(days=4)
    assert _told(friday) == 5
    assert sorted(_sent()[2:]) == [
        *((made[n], "late") for n in range(4)),
        (made[4], "due"),
    ]
    assert _told(friday) == 0 and len(_sent()) == 7
    texts = db.session.scalars(
        select(Notice.text).where(Notice.user_id == owner.id).order_by(Notice.id)
    ).all()
    assert texts[2:] == ["4件跟进已经逾期，最早的一件：报送蒸汽价格", "今天到期：报送蒸汽价格"]


def test_what_was_answered_meanwhile_is_not_told(world: World) -> None:
    owner = world.users["officer"]
    factories.followup(owner, due_on=MONDAY, state=DutyState.DONE)
    factories.followup(owner, due_on=MONDAY, state=DutyState.CANCELLED)
    factories.followup(None, due_on=MONDAY)
    factories.followup(owner, due_on=MONDAY + timedelta(days=7))
    assert _told(MONDAY) == 0


def test_a_postponed_duty_and_one_handed_over_are_told_of_again(world: World) -> None:
    duty = factories.followup(world.users["officer"], due_on=MONDAY)
    _run(MONDAY)
    later = values.calendar().add_working_days(world.today, 3)
    actions.postpone(world.actor("officer"), duty, later, "对方出差", world.today)
    _run(later)
    actions.hand_over(world.actor("chief"), duty, world.users["chief"].id)
    _run(later)
    told = db.session.execute(select(DutyReminder.due_on, DutyReminder.user_id).order_by(DutyReminder.id))
    officer, chief = world.users["officer"].id, world.users["chief"].id
    assert [tuple(row) for row in told] == [(MONDAY, officer), (later, officer), (later, chief)]


def test_a_confidential_duty_is_told_without_its_words(world: World) -> None:
    secret = world.project(confidential=True)
    factories.followup(world.users["officer"], about=secret, what="见鲸川", due_on=MONDAY)
    _run(MONDAY)
    assert db.session.scalars(select(Notice.text)).all() == ["今天到期：涉密事项"]


def test_nobody_out_of_office_is_told(world: World) -> None:
    world.users["officer"].active = False
    factories.followup(world.users["officer"], due_on=MONDAY)
    assert _told(MONDAY) == 0


def test_everything_is_told_however_much_there_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.followups.actions.reminders._BATCH", 3)
    for _ in range(8):
        factories.followup(world.users["officer"], due_on=MONDAY)
    assert _told(MONDAY) == 8
    assert db.session.scalars(select(Notice.text)).all() == ["8件跟进今天到期，最早的一件：报送蒸汽价格"]


@pytest.mark.parametrize(
    ("today", "late", "soon"),
    [
        (MONDAY, MONDAY, date(2026, 11, 24)),
        # On a Saturday Friday's duties are due still, and Monday's are the next.
        (date(2026, 11, 28), date(2026, 11, 27), date(2026, 11, 30)),
    ],
)
def test_weekends_make_nothing_late(today: date, late: date, soon: date) -> None:
    limits = rules.thresholds(today, WorkCalendar(), 1)
    assert (limits.late, limits.today, limits.soon) == (late, today, {0: today, 1: soon})


def test_a_reminder_names_its_state() -> None:
    assert [kind.label for kind in ReminderKind] == ["即将到期", "今天到期", "已经逾期"]
