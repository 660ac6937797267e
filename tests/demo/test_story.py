"""The told projects as a table: nothing in it is left to chance, whatever the day."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from crm.demo import deals
from crm.demo.story import BEFORE, HEADLINES, Headline
from crm.projects.rules import Status

DAYS = [
    date(2026, 1, 1),
    date(2026, 1, 2),
    date(2026, 2, 28),
    date(2026, 11, 23),
    date(2026, 12, 31),
    date(2028, 2, 29),
    date(2028, 12, 31),
    date(2029, 12, 31),
]


def _recognised(lines: tuple[Headline, ...]) -> dict[str, Decimal]:
    """Zone → 万元 of its recognised signings, USD at 7."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.outcome == "recognised" and line.status is Status.ACTIVE:
            sums[line.zone] += Decimal(line.total) if line.total else Decimal(line.usd or 0) * 7
    return sums


def test_every_zone_that_signed_this_year_signed_about_as_much_last_year() -> None:
    now, before = _recognised(HEADLINES), _recognised(BEFORE)
    assert set(now) == set(before)
    assert all(Decimal("0.7") < now[zone] / before[zone] < Decimal("1.5") for zone in now)


def test_every_told_project_has_an_investor_of_its_own() -> None:
    told = (*HEADLINES, *BEFORE)
    assert len({line.investor for line in told}) == len({line.name for line in told}) == len(told)


@pytest.mark.parametrize("today", DAYS)
def test_signings_of_a_year_lie_in_it_and_not_after_the_day(today: date) -> None:
    for line in (*HEADLINES, *BEFORE):
        signed = deals._signed(line, today)
        if signed is None:
            continue
        assert signed.year == today.year - line.years_ago
        assert signed + timedelta(days=365 * line.years_ago) <= today


@pytest.mark.parametrize("today", DAYS)
def test_last_years_signings_are_not_near_the_present_year(today: date) -> None:
    """The board names what misses the year by a quarter; the demo's told year should not be cluttered by them."""
    late = [
        line
        for line in BEFORE
        if (signed := deals._signed(line, today)) and signed > date(today.year - 1, 9, 30)
    ]
    assert not late
