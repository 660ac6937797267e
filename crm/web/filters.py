"""How values read on a page. Templates never compute; they pass values through these."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask

from crm.core import clock, dates, money
from crm.web import addresses

DASH = "—"


def dash(value: Any) -> Any:
    return DASH if value is None or value == "" else value


def yi(value: Decimal | None) -> str:
    """万元 → 亿元 with two decimals."""
    return money.yi(value)


def wan(value: Decimal | None) -> str:
    return money.wan(value)


def _here(value: date) -> date:
    """A moment's day is the city's: before eight in the morning the stored one is still on the day before."""
    return clock.local(value).date() if isinstance(value, datetime) else value


def day(value: date | None) -> str:
    return DASH if value is None else _here(value).isoformat()


def md(value: date | None) -> str:
    return DASH if value is None else f"{_here(value):%m-%d}"


def words_day(value: date | None) -> str:
    return DASH if value is None else dates.day_words(_here(value))


def when(value: datetime | None) -> str:
    return DASH if value is None else f"{clock.local(value):%Y-%m-%d %H:%M}"


def ago(value: date | None) -> str:
    """How long ago (or ahead) a day is, in words."""
    if value is None:
        return DASH
    days = (clock.today() - value).days
    if days == 0:
        return "今天"
    return f"{days}天前" if days > 0 else f"{-days}天后"


def percent(value: Decimal | None) -> str:
    """A ratio as a percentage with one decimal."""
    return DASH if value is None else f"{value * 100:.1f}%"


def number(value: Any) -> str:
    return DASH if value is None else f"{value:,}"


def fuzzy(value: date | None, precision: str | None = None) -> str:
    """A stored date at the precision it was given."""
    return DASH if value is None else dates.show_span(value, precision or dates.Precision.DAY)


def install(app: Flask) -> None:
    for function in (dash, yi, wan, day, md, words_day, when, ago, percent, number, fuzzy):
        app.jinja_env.filters[function.__name__] = function
    addresses.install(app)
