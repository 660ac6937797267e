"""Working days with 调休, and the reporting week cut on Fridays.

The library knows the State Council's calendars up to some year; an editable table (`overrides`) stands
above it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache

from chinese_calendar import constants

from crm.core.clock import CITY

NOON = time(12)
_DAY = timedelta(days=1)
_FRIDAY = 5


@cache
def covered_years() -> frozenset[int]:
    """Years whose holidays the library knows."""
    return frozenset(day.year for day in constants.holidays)


@dataclass(frozen=True)
class WorkCalendar:
    """`overrides` says for single days whether one works; the library comes next, then Monday to Friday."""

    overrides: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        said = self.overrides.get(day)
        if said is not None:
            return said
        if day in constants.workdays:
            return True
        return day.weekday() < _FRIDAY and day not in constants.holidays

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day`, itself not counted; backwards for negative n; 0 is `day`."""
        step = _DAY if n > 0 else -_DAY
        left = abs(n)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def next_working_day(self, day: date) -> date:
        """The first working day strictly after `day`."""
        return self.add_working_days(day, 1)

    def working_day_from(self, day: date) -> date:
        """`day` if one works on it, else the first working day after."""
        return day if self.is_working(day) else self.next_working_day(day)

    def working_day_until(self, day: date) -> date:
        """`day` if one works on it, else the last working day before."""
        return day if self.is_working(day) else self.add_working_days(day, -1)

    def working_days_between(self, a: date, b: date) -> int:
        """Working days after `a` up to and including `b`; negative when `b` is earlier."""
        if b < a:
            return -self.working_days_between(b, a)
        return sum(self.is_working(a + _DAY * n) for n in range(1, (b - a).days + 1))

    def missing_years(self, a: date, b: date) -> list[int]:
        """Years between two dates known by Monday to Friday alone: somebody must enter their holidays."""
        known = covered_years() | {day.year for day in self.overrides}
        return [year for year in range(min(a, b).year, max(a, b).year + 1) if year not in known]


@dataclass(frozen=True, slots=True)
class Week:
    """The interval (starts_after, cut], both aware moments in the city's time; `label` is like 2026-W47."""

    label: str
    starts_after: datetime
    cut: datetime

    def holds(self, moment: datetime) -> bool:
        return self.starts_after < moment <= self.cut


def cut_of(day: date, calendar: WorkCalendar, at: time = NOON) -> datetime:
    """The cut of the ISO week that `day` lies in: its Friday, or the last working day before.

    A week that is off from Monday to Friday is cut before it begins, on the last working day there is.
    """
    friday = _friday_of(day)
    return datetime.combine(calendar.working_day_until(friday), at, CITY)


def week_of(moment: datetime, calendar: WorkCalendar, at: time = NOON) -> Week:
    """The reporting week that an aware moment falls into; after the cut it is the next one."""
    if moment.tzinfo is None:
        raise ValueError("a week is found by an aware moment")
    local = moment.astimezone(CITY)
    friday = _friday_of(local.date())
    while cut_of(friday, calendar, at) < local:
        friday += 7 * _DAY
    while cut_of(friday - 7 * _DAY, calendar, at) >= local:
        friday -= 7 * _DAY
    return _week(friday, calendar, at)


def week_named(label: str, calendar: WorkCalendar, at: time = NOON) -> Week:
    """The week of a label such as 2026-W47. Raises ValueError for what is no ISO week."""
    found = re.fullmatch(r"(\d{4})-W(\d{2})", label)
    if found is None:
        raise ValueError(f"not an ISO week: {label}")
    return _week(date.fromisocalendar(int(found[1]), int(found[2]), _FRIDAY), calendar, at)


def _week(friday: date, calendar: WorkCalendar, at: time) -> Week:
    """Labelled by its Friday's ISO week: a cut moved before a long holiday takes no other week's label."""
    year, number, _ = friday.isocalendar()
    before = cut_of(friday - 7 * _DAY, calendar, at)
    return Week(f"{year}-W{number:02d}", before, cut_of(friday, calendar, at))


def _friday_of(day: date) -> date:
    return day + timedelta(days=_FRIDAY - day.isoweekday())
