"""How values read on a page."""

from datetime import UTC, date, datetime

from crm.web import filters


def test_a_moment_is_shown_on_the_day_it_is_in_the_city() -> None:
    after_midnight = datetime(2026, 11, 23, 16, 59, tzinfo=UTC)
    assert filters.day(after_midnight) == "2026-11-24"
    assert filters.md(after_midnight) == "11-24"
    assert filters.when(after_midnight) == "2026-11-24 00:59"


def test_a_day_stays_the_day_it_is() -> None:
    assert (filters.day(date(2026, 11, 23)), filters.md(date(2026, 11, 23))) == ("2026-11-23", "11-23")
    assert (filters.day(None), filters.md(None), filters.words_day(None)) == ("—", "—", "—")
