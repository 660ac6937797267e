"""How far a year's quota should be by now, and how far it is (decision 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

_THOUSANDTH = Decimal("0.001")


class Pace(StrEnum):
    DONE = "done"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    FAR_BEHIND = "far_behind"

    @property
    def light(self) -> str:
        """The state drawn beside it: ok, warn or bad."""
        return {Pace.BEHIND: "warn", Pace.FAR_BEHIND: "bad"}.get(self, "ok")


@dataclass(frozen=True, slots=True)
class PaceLimits:
    """The largest lag that is still on track, and the largest that is behind but not far behind."""

    on_track: Decimal
    behind: Decimal


def limits_of(settings: Mapping[str, Any]) -> PaceLimits:
    return PaceLimits(settings["pace_on_track"], settings["pace_behind"])


def default_as_of(year: int, today: date) -> date:
    """min(today, 31 December of the year) (decision 7)."""
    return min(today, date(year, 12, 31))


def elapsed(year: int, as_of: date) -> Decimal:
    """Day of the year ÷ days in the year, three decimals; 0 before the year, 1 after it."""
    if as_of.year != year:
        return Decimal("0.000") if as_of.year < year else Decimal("1.000")
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    return (Decimal(as_of.timetuple().tm_yday) / days).quantize(_THOUSANDTH, ROUND_HALF_UP)


def lag_of(passed: Decimal, done: Decimal, target: Decimal | int) -> Fraction:
    """elapsed − done ÷ target, exact; a quota of nothing is never late."""
    if not target:
        return Fraction(0)
    return Fraction(passed) - Fraction(done) / Fraction(target)


def pace_of(passed: Decimal, done: Decimal, target: Decimal | int, limits: PaceLimits) -> Pace:
    if done >= target:
        return Pace.DONE
    lag = lag_of(passed, done, target)
    if lag <= Fraction(limits.on_track):
        return Pace.ON_TRACK
    return Pace.BEHIND if lag <= Fraction(limits.behind) else Pace.FAR_BEHIND


def rounded(lag: Fraction) -> Decimal:
    """A lag with three decimals, as it is shown and printed."""
    exact = Decimal(lag.numerator) / Decimal(lag.denominator)
    return exact.quantize(_THOUSANDTH, ROUND_HALF_UP) + 0
