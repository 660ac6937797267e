"""How the bureaus count, held against counting one by one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.units.rules import LeaderLevel
from crm.visits.rules import OccasionKind, tally
from crm.visits.rules.tally import Facts, Tally

COUNTS = st.integers(min_value=0, max_value=50)
FACTS = st.builds(
    Facts,
    id=st.integers(1, 10_000),
    kind=st.sampled_from(OccasionKind),
    zone_id=st.sampled_from([None, 1, 2, 3]),
    days=st.integers(1, 60),
    level=st.sampled_from([None, *LeaderLevel]),
    companies=COUNTS,
    ours=COUNTS,
    met=COUNTS,
    guests=st.none() | COUNTS,
)


def test_a_trip_counts_its_travellers_and_a_reception_its_guests() -> None:
    trip = Facts(1, OccasionKind.TRIP, 1, 3, companies=4, ours=5, met=9, guests=99)
    counted = Facts(2, OccasionKind.RECEPTION, 1, 1, companies=1, ours=5, met=2, guests=12)
    noted = Facts(3, OccasionKind.RECEPTION, 1, 1, companies=1, ours=5, met=2)
    assert (trip.people, counted.people, noted.people) == (5, 12, 2)
    assert tally.whole([trip, counted, noted]) == Tally(3, 6, 19, 5)


def test_nothing_adds_up_to_nothing() -> None:
    assert tally.whole([]) == Tally()
    assert tally.tally([], lambda one: one.level) == {}


@given(st.lists(FACTS, max_size=30))
def test_every_grouping_adds_up_to_the_whole(facts: list[Facts]) -> None:
    whole = tally.whole(facts)
    assert whole.batches == len(facts)
    assert whole.days == sum(one.days for one in facts)
    for key in (lambda one: one.level, lambda one: one.zone_id):
        groups = tally.tally(facts, key).values()
        for name in ("batches", "companies", "people", "days"):
            assert sum(getattr(group, name) for group in groups) == getattr(whole, name)


@pytest.mark.parametrize(
    ("now", "before", "growth"),
    [(5, 0, None), (0, 0, None), (6, 4, Decimal("0.5")), (0, 4, Decimal(-1)), (4, 4, Decimal(0))],
)
def test_growth_on_nothing_is_unknown(now: int, before: int, growth: Decimal | None) -> None:
    assert tally.growth(now, before) == growth


def test_ties_share_a_place_and_the_next_is_skipped() -> None:
    assert tally.places({"甲": 9, "乙": 7, "丙": 7, "丁": 3}) == {"甲": 1, "乙": 2, "丙": 2, "丁": 4}


@given(st.dictionaries(st.integers(0, 50), st.integers(0, 6), max_size=20))
def test_a_place_is_one_more_than_how_many_are_better(scores: dict[int, int]) -> None:
    assert tally.places(scores) == {
        key: 1 + sum(other > mine for other in scores.values()) for key, mine in scores.items()
    }
