"""Due days, lateness and the ways a duty moves on, without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core.calendar import WorkCalendar
from crm.core.errors import Conflict, RuleBroken
from crm.followups import rules
from crm.followups.rules import Draft, DutyState
from crm.projects.rules import Stage, Tier
from crm.settings.rules import SETTINGS

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


CADENCE = SETTINGS["followup_cadence"].default


@pytest.mark.parametrize(
    ("stage", "tier", "days"),
    [
        (Stage.LEAD, Tier.T100, 7),
        (Stage.IN_DEPTH, Tier.T10, 15),
        (Stage.REVIEW, Tier.T1, 30),
        (Stage.INTENT, Tier.T100, 3),
        (Stage.REGISTERED, Tier.T50, 7),
        (Stage.FULL, Tier.BELOW, 90),
        (Stage.PRELIMINARY, None, 90),
    ],
)
def test_the_rhythm_follows_stage_and_tier(stage: Stage, tier: Tier | None, days: int) -> None:
    assert rules.cadence_days(CADENCE, stage, tier) == days


def test_every_stage_has_a_line_of_the_table() -> None:
    assert set(rules.LINE_OF) == set(Stage)
    assert set(rules.LINE_OF.values()) == {row["code"] for row in CADENCE}


def test_a_proposed_day_off_is_moved_to_the_next_working_day_and_said() -> None:
    # Seven days after 26 September 2026 lies within the National Day holiday, which ends on 7 October.
    proposed = rules.propose(date(2026, 9, 26), 7, "特级项目", CALENDAR)
    assert CALENDAR.is_working(proposed.on) and proposed.on == date(2026, 10, 8)
    assert "10月3日 周六是休息日，已改到10月8日 周四" in proposed.note
    assert rules.propose(MONDAY, 7, "特级项目", CALENDAR).note == ""


@given(DAYS, st.integers(1, 120))
def test_a_proposal_is_the_first_working_day_no_sooner_than_asked(today: date, days: int) -> None:
    on = rules.propose(today, days, "", CALENDAR).on
    asked = today + timedelta(days=days)
    assert on == next(d for n in range(60) if CALENDAR.is_working(d := asked + timedelta(days=n)))


@given(DAYS, st.sampled_from([rules.MONTH, rules.WEEK]))
def test_a_calendar_shows_whole_weeks_around_its_day_and_steps_to_its_neighbours(on: date, view: str) -> None:
    since, until = rules.span_of(view, on)
    assert since <= on <= until and since.isoweekday() == 1 and until.isoweekday() == 7
    before, after = rules.neighbours(view, on)
    if view == rules.MONTH:
        assert rules.neighbours(view, before)[1] == on.replace(day=1) == rules.neighbours(view, after)[0]
    else:
        assert after - on == on - before == timedelta(days=7) == until - since + timedelta(days=1)


def test_days_are_marked_as_the_working_calendar_says() -> None:
    marks = {date(2026, 10, 1): "休", date(2026, 10, 10): "班", date(2026, 11, 21): "休", MONDAY: ""}
    assert {day: rules.day_mark(day, CALENDAR) for day in marks} == marks
    declared = WorkCalendar({MONDAY: False, date(2026, 11, 21): True})
    assert [rules.day_mark(day, declared) for day in (MONDAY, date(2026, 11, 21))] == ["休", "班"]
