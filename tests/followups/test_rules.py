"""Due days, lateness and the ways a duty moves on, without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core.calendar import WorkCalendar
from crm.core.errors import Conflict, RuleBroken
from crm.followups import rules
from crm.followups.rules import Draft, DutyState

CALENDAR = WorkCalendar()
MONDAY = date(2026, 11, 23)
DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("wanted", "on"),
    [
        (date(2026, 11, 23), date(2026, 11, 23)),
        (date(2026, 11, 28), date(2026, 11, 30)),
        (date(2026, 10, 1), date(2026, 10, 8)),
        # 调休: a Saturday one works on stays.
        (date(2026, 10, 10), date(2026, 10, 10)),
    ],
)
def test_a_day_off_is_moved_to_the_next_working_day_and_said_so(wanted: date, on: date) -> None:
    due = rules.due_day(wanted, CALENDAR)
    assert due.on == on
    assert bool(due.note) == (wanted != on)


def test_fridays_duty_is_not_late_on_the_weekend_and_one_day_late_on_monday() -> None:
    friday = date(2026, 11, 20)
    for today, late in ((friday, 0), (date(2026, 11, 21), 0), (date(2026, 11, 22), 0), (MONDAY, 1)):
        assert rules.days_late([friday], today, CALENDAR).get(friday, 0) == late
        assert (friday < rules.late_before(today, CALENDAR)) == (late > 0)


@given(due=st.lists(DAYS, max_size=6), today=DAYS)
def test_days_late_agree_with_counting_every_day(due: list[date], today: date) -> None:
    found = rules.days_late(due, today, CALENDAR)
    for day in due:
        span = range(1, max((today - day).days, 0) + 1)
        counted = sum(CALENDAR.is_working(day + timedelta(days=n)) for n in span)
        assert found.get(day, 0) == counted
        assert (day < rules.late_before(today, CALENDAR)) == (counted > 0)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft("", MONDAY), "what"),
        (Draft("字" * 301, MONDAY), "what"),
        (Draft("报价", MONDAY, not_before=date(2026, 11, 24)), "due_on"),
        (Draft("报价", MONDAY, due_at="25:00"), "due_at"),
        (Draft("报价", MONDAY, due_at="上午"), "due_at"),
    ],
)
def test_an_incomplete_duty_is_refused_beside_its_field(draft: Draft, field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        rules.check(draft)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("to", "reason", "field"),
    [
        (date(2026, 11, 30), " ", "reason"),
        (MONDAY, "对方出差", "to"),
        (date(2026, 11, 20), "对方出差", "to"),
    ],
)
def test_postponing_needs_a_reason_and_a_later_day(to: date, reason: str, field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        rules.check_postponement(MONDAY, to, reason, MONDAY)
    assert refused.value.field == field


@pytest.mark.parametrize("state", [DutyState.DONE, DutyState.CANCELLED])
def test_what_is_closed_stays_closed(state: DutyState) -> None:
    with pytest.raises(Conflict):
        rules.check_open(state)


@given(DAYS)
def test_a_week_ends_on_its_sunday(today: date) -> None:
    end = rules.week_end(today)
    assert end.isoweekday() == 7
    assert 0 <= (end - today).days < 7
