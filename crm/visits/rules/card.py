"""The officer's monthly card (德清 驻点招商员月度绩效比拼表, rules.md §9.1): points of each item, in words and exact.

An item is scored in one of four ways: by a table of days, against the best of the group, so much for each, or so much
off for each. Every score is rounded to two decimals by itself, and the total is the sum of what is printed, never below 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from crm.visits.rules.tally import places, rounded


class Item(StrEnum):
    STATION_DAYS = "station_days"
    VISITS = "visits"
    RECEPTIONS = "receptions"
    PROJECTS = "projects"
    GOOD_PROJECTS = "good_projects"
    LED = "led"
    FOREIGN = "foreign"
    ABSENCES = "absences"


class Method(StrEnum):
    """How an item is scored; written in the settings as 按天数, 按最高, 每个加, 每次扣."""

    DAYS = "按天数"
    BEST = "按最高"
    EACH = "每个加"
    OFF = "每次扣"


@dataclass(frozen=True, slots=True)
class Terms:
    """One item as the bureau set it: what it is called, how it is scored, how many points."""

    item: Item
    label: str
    method: Method
    points: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """From `least` days on there are `points`; below the last step every missing day takes one point off."""

    least: int
    points: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """`value` is what was done (a share where a signing is shared), `best` the group's highest where it decides."""

    item: Item
    label: str
    value: Fraction
    best: Fraction | None
    points: Decimal
    why: str

    @property
    def shown(self) -> str:
        """The value as people read it: whole, or with up to two decimals."""
        return words(self.value)


@dataclass(frozen=True, slots=True)
class Card:
    """One officer's month; `place` among his group, ties sharing one."""

    user_id: int
    name: str
    scores: tuple[Score, ...]
    total: Decimal
    place: int = 0

    def of(self, item: Item) -> Score:
        return next(score for score in self.scores if score.item is item)


Values = Mapping[Item, Fraction]


def terms(rows: Sequence[Mapping[str, Any]]) -> tuple[Terms, ...]:
    """The setting `officer_card` as the rule reads it."""
    return tuple(
        Terms(Item(row["code"]), str(row["item"]), Method(row["method"]), Decimal(str(row["points"])))
        for row in rows
    )


def steps(rows: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The setting `officer_card_days`, from the most days down."""
    found = (Step(int(row["least"]), Decimal(str(row["points"]))) for row in rows)
    return tuple(sorted(found, key=lambda step: -step.least))


def words(value: Fraction) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{rounded(exact).normalize():f}" if value.denominator != 1 else str(value.numerator)


def _decimal(value: Fraction) -> Decimal:
    """To two decimals, halves up, without a detour through binary or a cut-off quotient."""
    hundredths, rest = divmod(value.numerator * 100, value.denominator)
    return Decimal(hundredths + (rest * 2 >= value.denominator)).scaleb(-2)


def by_days(days: int, table: Sequence[Step], most: Decimal) -> Decimal:
    """Points of days on station, at most what the item carries."""
    for step in table:
        if days >= step.least:
            return min(step.points, most)
    if not table:
        return Decimal(0)
    last = table[-1]
    return max(min(last.points - (last.least - days), most), Decimal(0))


def _scored(one: Terms, value: Fraction, best: Fraction, table: Sequence[Step]) -> Score:
    points = Fraction(one.points)
    if one.method is Method.DAYS:
        got = by_days(int(value), table, one.points)
        why = f"驻点{words(value)}天，按天数表得{got:.2f}分，满分{one.points:f}分"
        return Score(one.item, one.label, value, None, rounded(got), why)
    if one.method is Method.BEST:
        got = _decimal(value / best * points) if best else Decimal("0.00")
        why = (
            f"本人{words(value)} ÷ 本组最高{words(best)} × {one.points:f}分 = {got:.2f}分"
            if best
            else "本组本月都没有，不得分"
        )
        return Score(one.item, one.label, value, best, got, why)
    off = one.method is Method.OFF
    got = _decimal(value * points)
    if off and got:
        got = -got
    each = "每次扣" if off else "每个加"
    return Score(
        one.item, one.label, value, None, got, f"{words(value)} × {each}{one.points:f}分 = {got:.2f}分"
    )


def cards(
    group: Sequence[tuple[int, str]],
    values: Mapping[int, Values],
    items: Sequence[Terms],
    table: Sequence[Step],
) -> tuple[Card, ...]:
    """The group's cards, best first; `group` is (user id, name), who has done nothing stands in it with 0."""
    nothing = Fraction(0)

    def value(user_id: int, item: Item) -> Fraction:
        return values.get(user_id, {}).get(item, nothing)

    best = {
        one.item: max((value(user_id, one.item) for user_id, _ in group), default=nothing) for one in items
    }
    found = []
    for user_id, name in group:
        scores = tuple(_scored(one, value(user_id, one.item), best[one.item], table) for one in items)
        total = max(sum((score.points for score in scores), Decimal(0)), Decimal(0))
        found.append((user_id, name, scores, total))
    rank = places({user_id: total for user_id, _, _, total in found})
    made = (Card(user_id, name, scores, total, rank[user_id]) for user_id, name, scores, total in found)
    return tuple(sorted(made, key=lambda card: (card.place, card.name, card.user_id)))
