"""Working days against brute force, the October holiday of 2026 by table, weeks over holidays and New Year."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core import calendar
from crm.core.calendar import WorkCalendar

CITY = ZoneInfo("Asia/Shanghai")
PLAIN = WorkCalendar()
DAYS = st.dates(date(2005, 1, 1), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-09-20", True),  # a Sunday worked for the October holiday
        ("2026-09-30", True),
        ("2026-10-01", False),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),  # a Saturday worked for the October holiday
        ("2026-10-11", False),
        ("2026-11-21", False),
        ("2026-11-23", True),
    ],
)
def test_the_october_holiday_and_its_worked_weekends(day, works):
    assert PLAIN.is_working(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        ("2026-09-29", 1, "2026-09-30"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-10-03", 1, "2026-10-08"),
        ("2026-10-08", -1, "2026-09-30"),
        ("2026-10-03", 0, "2026-10-03"),
    ],
)
def test_a_due_day_steps_over_the_holiday_and_counts_the_worked_saturday(start, n, due):
    assert PLAIN.add_working_days(date.fromisoformat(start), n) == date.fromisoformat(due)


def test_a_day_off_moves_to_the_nearest_working_day():
    holiday = date(2026, 10, 3)
    assert PLAIN.next_working_day(date(2026, 9, 30)) == date(2026, 10, 8)
    assert PLAIN.working_day_from(holiday) == date(2026, 10, 8)
    assert PLAIN.working_day_until(holiday) == date(2026, 9, 30)
    assert PLAIN.working_day_from(date(2026, 9, 30)) == date(2026, 9, 30)


def test_an_override_stands_above_the_library():
    edited = WorkCalendar({date(2026, 10, 1): True, date(2026, 11, 23): False})
    assert edited.is_working(date(2026, 10, 1))
    assert not edited.is_working(date(2026, 11, 23))


def test_a_year_nobody_has_entered_falls_back_to_weekdays_and_is_reported():
    beyond = max(calendar.covered_years()) + 1
    monday = date.fromisocalendar(beyond, 20, 1)
    assert PLAIN.is_working(monday) and not PLAIN.is_working(monday + timedelta(days=5))
    assert PLAIN.missing_years(date(beyond - 1, 12, 1), date(beyond + 1, 1, 1)) == [beyond, beyond + 1]
    entered = WorkCalendar({date(beyond, 1, 1): False})
    assert entered.missing_years(date(beyond, 1, 1), date(beyond, 12, 31)) == []


@given(DAYS, st.integers(-40, 40))
def test_adding_working_days_agrees_with_stepping_day_by_day(day, n):
    reached, left = day, abs(n)
    while left:
        reached += timedelta(days=1 if n > 0 else -1)
        if PLAIN.is_working(reached):
            left -= 1
    assert PLAIN.add_working_days(day, n) == reached


@given(DAYS, st.integers(0, 60))
def test_counting_undoes_adding(day, n):
    assert PLAIN.working_days_between(day, PLAIN.add_working_days(day, n)) == n


@given(DAYS, DAYS, st.dictionaries(DAYS, st.booleans(), max_size=5))
def test_counting_both_ways_differs_in_sign_only(a, b, overrides):
    edited = WorkCalendar(overrides)
    first, last = sorted((a, b))
    every = [first + timedelta(days=n) for n in range(1, min((last - first).days, 400) + 1)]
    last = every[-1] if every else first
    count = sum(edited.is_working(day) for day in every)
    assert edited.working_days_between(first, last) == count
    assert edited.working_days_between(last, first) == -count


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=CITY)


@pytest.mark.parametrize(
    ("day", "cut"),
    [
        ("2026-11-16", "2026-11-20 12:00"),
        ("2026-11-20", "2026-11-20 12:00"),
        ("2026-11-22", "2026-11-20 12:00"),
        ("2026-10-02", "2026-09-30 12:00"),  # Friday lies in the October holiday
        ("2026-05-01", "2026-04-30 12:00"),
        ("2026-02-18", "2026-02-14 12:00"),  # the whole week is off: the worked Saturday before
    ],
)
def test_the_cut_is_friday_noon_or_the_last_working_day_before(day, cut):
    assert calendar.cut_of(date.fromisoformat(day), PLAIN) == at(cut)


@pytest.mark.parametrize(
    ("moment", "label", "after", "cut"),
    [
        ("2026-11-20 12:00", "2026-W47", "2026-11-13 12:00", "2026-11-20 12:00"),
        ("2026-11-20 12:01", "2026-W48", "2026-11-20 12:00", "2026-11-27 12:00"),
        ("2026-11-22 23:59", "2026-W48", "2026-11-20 12:00", "2026-11-27 12:00"),
        ("2026-12-31 09:00", "2026-W53", "2026-12-25 12:00", None),
        ("2025-12-31 09:00", "2026-W01", "2025-12-26 12:00", "2025-12-31 12:00"),
        ("2026-10-02 09:00", "2026-W41", "2026-09-30 12:00", "2026-10-09 12:00"),
        ("2026-02-14 09:00", "2026-W08", "2026-02-13 12:00", "2026-02-14 12:00"),
        ("2026-02-18 09:00", "2026-W09", "2026-02-14 12:00", "2026-02-27 12:00"),
    ],
)
def test_a_moment_falls_into_the_week_that_is_cut_next(moment, label, after, cut):
    week = calendar.week_of(at(moment), PLAIN)
    assert (week.label, week.starts_after) == (label, at(after))
    assert cut is None or week.cut == at(cut)
    assert week.holds(at(moment))
    assert calendar.week_named(label, PLAIN) == week


def test_a_moment_in_another_zone_is_the_same_moment():
    utc = datetime.fromisoformat("2026-11-20T04:00:00+00:00")
    assert calendar.week_of(utc, PLAIN).label == "2026-W47"


def test_a_moment_without_a_zone_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="aware"):
        calendar.week_of(datetime(2026, 11, 20), PLAIN)


@pytest.mark.parametrize("label", ["2026-47", "2026-W60", "2025-W53", "abc"])
def test_a_label_that_names_no_week_is_refused(label):
    with pytest.raises(ValueError):
        calendar.week_named(label, PLAIN)


@given(st.datetimes(datetime(2005, 1, 10), datetime(2026, 11, 30)), st.sets(DAYS, max_size=6))
def test_weeks_leave_no_gap_and_share_no_moment(moment, off):
    edited = WorkCalendar(dict.fromkeys(off, False))
    week = calendar.week_of(moment.replace(tzinfo=CITY), edited)
    assert week.holds(moment.replace(tzinfo=CITY))
    assert calendar.week_of(week.starts_after, edited).cut == week.starts_after
    following = calendar.week_of(week.cut + timedelta(seconds=1), edited)
    assert following.starts_after == week.cut and following.label > week.label
