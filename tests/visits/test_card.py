"""The officer's card: exact points, held against the formula of the source written out with fractions."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.settings.rules import SETTINGS
from crm.visits.rules import card
from crm.visits.rules.card import Card, Item

TERMS = card.terms(SETTINGS["officer_card"].default)
STEPS = card.steps(SETTINGS["officer_card_days"].default)
GROUP = ((1, "甲"), (2, "乙"), (3, "丙"))


def _cards(values: dict[int, dict[Item, Fraction]]) -> dict[int, Card]:
    return {one.user_id: one for one in card.cards(GROUP, values, TERMS, STEPS)}


@pytest.mark.parametrize(
    ("days", "points"),
    [(31, 10), (20, 10), (19, 9), (15, 9), (14, 8), (10, 8), (9, 7), (8, 6), (3, 1), (2, 0), (1, 0), (0, 0)],
)
def test_days_on_station_follow_the_table_of_the_source(days: int, points: int) -> None:
    assert card.by_days(days, STEPS, Decimal(10)) == points


def test_the_best_of_the_group_has_all_the_points_and_others_their_share() -> None:
    made = _cards({1: {Item.VISITS: Fraction(3)}, 2: {Item.VISITS: Fraction(1)}})
    assert [made[n].of(Item.VISITS).points for n in (1, 2, 3)] == [
        Decimal("10.00"),
        Decimal("3.33"),
        Decimal("0.00"),
    ]
    assert made[2].of(Item.VISITS).why == "本人1 ÷ 本组最高3 × 10分 = 3.33分"
    assert made[3].of(Item.PROJECTS).why == "本组本月都没有，不得分"


def test_a_shared_foreign_signing_is_shared_and_an_absence_takes_points_off() -> None:
    made = _cards(
        {1: {Item.FOREIGN: Fraction(1, 3), Item.ABSENCES: Fraction(1)}, 2: {Item.ABSENCES: Fraction(2)}}
    )
    assert made[1].of(Item.FOREIGN).points == Decimal("6.67")
    assert made[1].of(Item.FOREIGN).shown == "0.33"
    assert made[1].of(Item.ABSENCES).points == Decimal("-10.00")
    assert (made[1].total, made[2].total, made[3].total) == (0, 0, 0)
    assert {one.place for one in made.values()} == {1}
    assert str(made[3].of(Item.ABSENCES).points) == "0.00"


def test_an_empty_group_has_no_cards() -> None:
    assert card.cards((), {}, TERMS, STEPS) == ()


VALUES = st.fixed_dictionaries(
    {
        **{item: st.integers(0, 40).map(Fraction) for item in Item if item is not Item.FOREIGN},
        Item.FOREIGN: st.builds(Fraction, st.integers(0, 12), st.integers(1, 6)),
    }
)


def _half_up(value: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _by_hand(item: Item, value: Fraction, best: Fraction) -> Decimal:
    """The source's formula, written out once more without the table."""
    if item is Item.STATION_DAYS:
        days = int(value)
        return Decimal(10 if days >= 20 else 9 if days >= 15 else 8 if days >= 10 else max(days - 2, 0))
    if item is Item.FOREIGN:
        return _half_up(value * 20)
    if item is Item.ABSENCES:
        return -_half_up(value * 10)
    weight = {Item.VISITS: 10, Item.RECEPTIONS: 10, Item.PROJECTS: 15, Item.GOOD_PROJECTS: 15, Item.LED: 20}[
        item
    ]
    return _half_up(value / best * weight) if best else Decimal(0)


@given(st.lists(VALUES, min_size=3, max_size=3))
def test_every_card_is_what_the_formula_gives_by_hand(rows: list[dict[Item, Fraction]]) -> None:
    made = _cards({n + 1: row for n, row in enumerate(rows)})
    best = {item: max(row[item] for row in rows) for item in Item}
    totals = {}
    for n, row in enumerate(rows, 1):
        points = {item: _by_hand(item, row[item], best[item]) for item in Item}
        assert {score.item: score.points for score in made[n].scores} == points
        totals[n] = max(sum(points.values()), Decimal(0))
        assert made[n].total == totals[n]
    assert {n: made[n].place for n in totals} == {
        n: 1 + sum(other > mine for other in totals.values()) for n, mine in totals.items()
    }


@given(st.lists(VALUES, min_size=3, max_size=3), st.sampled_from([Item.VISITS, Item.LED, Item.PROJECTS]))
def test_doing_more_never_scores_less(rows: list[dict[Item, Fraction]], item: Item) -> None:
    before = _cards(dict(enumerate(rows, 1)))[1].of(item).points
    more = [{**rows[0], item: rows[0][item] + 1}, *rows[1:]]
    assert _cards(dict(enumerate(more, 1)))[1].of(item).points >= before
