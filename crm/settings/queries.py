"""The values in force, read once per request, and the working-day calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ScalarSelect, func, select

from crm.core import memo
from crm.core.calendar import WorkCalendar
from crm.core.db import db
from crm.core.errors import NotFound
from crm.settings import rules
from crm.settings.models import CalendarDay, SettingChange


@dataclass(frozen=True, slots=True)
class Change:
    """One replacement of a value; its `id` is the version of the setting, 0 stands for the default."""

    id: int
    key: str
    value: Any
    source: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A setting with the value in force; `change` is None while the default stands."""

    setting: rules.Setting
    value: Any
    change: Change | None

    @property
    def version(self) -> int:
        return self.change.id if self.change else 0


@dataclass(frozen=True, slots=True)
class DayRow:
    day: date
    working: bool
    name: str
    source: str
    by: str
    at: datetime


_change, _day = SettingChange.__table__.c, CalendarDay.__table__.c
_SELECT = select(
    _change.id, _change.key, _change.value, _change.source, _change.by_name, _change.changed_at
).order_by(_change.id.desc())
#: Built once, of tables and not of mapped classes: every request sends these two.
_NEWEST = _SELECT.where(_change.id.in_(select(func.max(_change.id)).group_by(_change.key)))
_DAYS = select(_day.day, _day.working)


def _newest() -> Mapping[str, Change]:
    return {change.key: change for change in _changes(_NEWEST)}


def _changes(query: Any) -> Sequence[Change]:
    return [Change(*row) for row in db.session.execute(query)]


def lines() -> Sequence[Line]:
    """Every setting in the order of the table. One statement."""
    newest = memo.once("settings", _newest)
    return [_line(setting, newest.get(setting.key)) for setting in rules.SETTINGS.values()]


def _line(setting: rules.Setting, change: Change | None) -> Line:
    return Line(setting, rules.typed(setting, change.value if change else setting.default), change)


def values() -> dict[str, Any]:
    """Every setting's value in force, typed; to be read and not changed."""
    return memo.once("settings.values", _values)


def _values() -> dict[str, Any]:
    newest = memo.once("settings", _newest).values()
    changed = {c.key: rules.typed(rules.SETTINGS[c.key], c.value) for c in newest if c.key in rules.SETTINGS}
    return {**_DEFAULTS, **changed}


#: Typed once: most settings stand at their default, and every request reads them all.
_DEFAULTS = {key: rules.typed(setting, setting.default) for key, setting in rules.SETTINGS.items()}


def value(key: str) -> Any:
    return values()[key]


def stored(key: str) -> ScalarSelect[Any]:
    """One value in force, NULL for the default, to stand in another statement; `typed` makes of it what code uses."""
    return (
        select(_change.value).where(_change.key == key).order_by(_change.id.desc()).limit(1).scalar_subquery()
    )


def typed(key: str, value: Any) -> Any:
    return _DEFAULTS[key] if value is None else rules.typed(rules.SETTINGS[key], value)


def find(key: str) -> Line:
    """NotFound for a key that the product does not know."""
    setting = rules.SETTINGS.get(key)
    if setting is None:
        raise NotFound()
    return _line(setting, memo.once("settings", _newest).get(key))


def history(key: str) -> Sequence[Change]:
    """Every change of one setting, newest first."""
    return _changes(_SELECT.where(_change.key == key))


def calendar() -> WorkCalendar:
    return memo.once("calendar", _calendar)


def _calendar() -> WorkCalendar:
    return WorkCalendar({day: working for day, working in db.session.execute(_DAYS)})


def days_of(year: int) -> Sequence[DayRow]:
    """The year's days that stand above the library."""
    rows = db.session.execute(
        select(
            CalendarDay.day,
            CalendarDay.working,
            CalendarDay.name,
            CalendarDay.source,
            CalendarDay.by_name,
            CalendarDay.changed_at,
        )
        .where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(CalendarDay.day)
    )
    return [DayRow(*row) for row in rows]


def missing_years(today: date) -> Sequence[int]:
    """Of this year and the next, those whose days off nobody has entered: their working days are a guess."""
    return calendar().missing_years(today, date(today.year + 1, 1, 1))
