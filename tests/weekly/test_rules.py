"""The week and its number, without a database."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core.calendar import WorkCalendar, week_named, week_of
from crm.weekly import rules

CALENDAR = WorkCalendar()


def number(label: str) -> tuple[int, int]:
    issue = rules.issue_of(week_named(label, CALENDAR), CALENDAR)
    return issue.year, issue.number


@pytest.mark.parametrize(
    ("label", "year", "issue"),
    [
        ("2026-W47", 2026, 46),
        ("2026-W02", 2026, 1),
        # 2 January 2026 is a holiday: the cut falls on 31 December and belongs to the old year.
        ("2026-W01", 2025, 53),
        ("2025-W52", 2025, 52),
    ],
)
def test_the_running_number_counts_the_cuts_of_the_year(label: str, year: int, issue: int) -> None:
    assert number(label) == (year, issue)


def test_a_week_that_crosses_new_year_is_one_week_with_one_label() -> None:
    week = week_named("2026-W02", CALENDAR)
    assert (week.starts_after.isoformat(), week.cut.isoformat()) == (
        "2025-12-31T12:00:00+08:00",
        "2026-01-09T12:00:00+08:00",
    )
    assert week_of(datetime(2025, 12, 31, 5, tzinfo=UTC), CALENDAR).label == "2026-W02"
    assert week_of(datetime(2026, 1, 1, 5, tzinfo=UTC), CALENDAR).label == "2026-W02"
    assert week_of(datetime(2025, 12, 31, 4, tzinfo=UTC), CALENDAR).label == "2026-W01"


@given(st.datetimes(datetime(2020, 1, 1), datetime(2026, 12, 1)))
def test_numbers_run_on_without_a_gap(moment: datetime) -> None:
    week = week_of(moment.replace(tzinfo=UTC), CALENDAR)
    after = week_of(week.cut + timedelta(seconds=1), CALENDAR)
    one, two = rules.issue_of(week, CALENDAR), rules.issue_of(after, CALENDAR)
    assert (two.year, two.number) in ((one.year, one.number + 1), (one.year + 1, 1))


def test_weeks_go_back_one_by_one() -> None:
    weeks = rules.weeks_back(datetime(2026, 11, 23, tzinfo=UTC), CALENDAR, 4)
    assert [w.label for w in weeks] == ["2026-W48", "2026-W47", "2026-W46", "2026-W45"]
    assert all(a.starts_after == b.cut for a, b in pairwise(weeks))


@pytest.mark.parametrize(
    ("now", "before", "grown"),
    [
        ("120", "100", "0.200"),
        ("100", "0", None),
        ("100", None, None),
        (None, "80", "-1.000"),
        ("80", "80", "0.000"),
    ],
)
def test_growth_from_nothing_is_unknown(now: str | None, before: str | None, grown: str | None) -> None:
    found = rules.growth(*(None if v is None else Decimal(v) for v in (now, before)))
    assert found == (None if grown is None else Decimal(grown))


def test_ties_share_a_place_and_the_next_is_skipped() -> None:
    values = [Decimal(50), Decimal(30), None, Decimal(30), Decimal(0)]
    assert rules.places(values) == [1, 2, 4, 2, 4]


@given(st.lists(st.none() | st.integers(0, 5).map(Decimal), max_size=8))
def test_places_agree_with_a_sorted_list(values: list[Decimal | None]) -> None:
    ordered = sorted((v or Decimal(0) for v in values), reverse=True)
    expected = [ordered.index(v or Decimal(0)) + 1 for v in values]
    assert rules.places(values) == (expected if any(ordered) else [None] * len(values))


@pytest.mark.parametrize("values", [[], [None, None], [Decimal(0), None]])
def test_where_nothing_is_counted_nobody_has_a_place(values: list[Decimal | None]) -> None:
    assert rules.places(values) == [None] * len(values)


def test_a_year_before_29_february_is_the_28th() -> None:
    assert rules.year_before(date(2028, 2, 29)) == date(2027, 2, 28)
    assert rules.year_before(date(2026, 11, 20)) == date(2025, 11, 20)
