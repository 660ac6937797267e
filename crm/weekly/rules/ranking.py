"""Comparisons: growth against last year, and places."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

_TENTH_OF_PERCENT = Decimal("0.001")


def growth(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """now ÷ before − 1 with three decimals; None, shown as —, when there was nothing to grow from."""
    if not before:
        return None
    return ((now or Decimal(0)) / before - 1).quantize(_TENTH_OF_PERCENT, ROUND_HALF_UP) + 0


def places(values: Sequence[Decimal | None]) -> list[int | None]:
    """Places by size, the largest first; equal ones share a place and the next is skipped (1, 2, 2, 4). Unknown is nothing.

    Where nobody has anything there is nothing to compare, and nobody has a place (None, shown as —).
    """
    known = [value or Decimal(0) for value in values]
    if not any(known):
        return [None] * len(known)
    return [1 + sum(other > value for other in known) for value in known]


def year_before(day: date) -> date:
    """The same day a year earlier; 29 February becomes the 28th."""
    return date(day.year - 1, 2, 28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
