"""The week's issue and its running number (decision 10)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crm.core.calendar import Week, WorkCalendar, cut_of, week_of

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Issue:
    """A week (previous cut, this cut] with its 期号: the running number of its cut within the cut's year (decision 10)."""

    week: Week
    year: int
    number: int

    @property
    def label(self) -> str:
        return f"{self.year}年第{self.number}期"

    @property
    def span(self) -> str:
        """11月13日12:00至11月20日12:00"""
        return f"{_moment(self.week.starts_after)}至{_moment(self.week.cut)}"

    @property
    def until(self) -> str:
        """11月20日截止"""
        return f"{self.week.cut.month}月{self.week.cut.day}日截止"


def _moment(at: datetime) -> str:
    return f"{at.month}月{at.day}日{at:%H:%M}"


def issue_of(week: Week, calendar: WorkCalendar) -> Issue:
    """Counts the cuts of the year up to this one; a cut moved before New Year belongs to the old year.

    A week that is free from Monday to Friday has no cut of its own and takes no number.
    """
    year, number, before = week.cut.year, 0, None
    friday = date(year, 1, 1) - _WEEK
    friday += timedelta(days=(4 - friday.weekday()) % 7)
    while True:
        cut = cut_of(friday, calendar)
        if cut > week.cut:
            return Issue(week, year, number)
        number += cut.year == year and cut != before
        before = cut
        friday += _WEEK


def weeks_back(now: datetime, calendar: WorkCalendar, many: int) -> list[Week]:
    """The present week and those before it, the newest first."""
    weeks = [week_of(now, calendar)]
    while len(weeks) < many:
        weeks.append(week_of(weeks[-1].starts_after, calendar))
    return weeks
