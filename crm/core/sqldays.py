"""Days in SQL, meaning the same on SQLite (dates are text there) and on PostgreSQL."""

from typing import Any

from sqlalchemy import Date, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class days_between(FunctionElement[int]):
    """Whole days from the second day to the first."""

    type = Integer()
    inherit_cache = True


class days_before(FunctionElement[Any]):
    """The day so many days before a day."""

    type = Date()
    inherit_cache = True


class city_day(FunctionElement[Any]):
    """The day of a stored moment in the city."""

    type = Date()
    inherit_cache = True


class later_of(FunctionElement[Any]):
    """The later of two days; neither may be NULL, which the two databases take differently."""

    type = Date()
    inherit_cache = True


class earlier_of(FunctionElement[Any]):
    """The earlier of two days; neither may be NULL."""

    type = Date()
    inherit_cache = True


def _both(element: Any, compiler: Any, **kw: Any) -> tuple[str, str]:
    first, second = element.clauses
    return compiler.process(first, **kw), compiler.process(second, **kw)


@compiles(days_between)
def _days_between(element: Any, compiler: Any, **kw: Any) -> str:
    later, earlier = _both(element, compiler, **kw)
    return f"(({later}) - ({earlier}))"


@compiles(days_between, "sqlite")
def _days_between_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    later, earlier = _both(element, compiler, **kw)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


@compiles(days_before)
def _days_before(element: Any, compiler: Any, **kw: Any) -> str:
    return "(({}) - ({}))".format(*_both(element, compiler, **kw))


@compiles(days_before, "sqlite")
def _days_before_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return "date({}, -({}) || ' days')".format(*_both(element, compiler, **kw))


@compiles(city_day)
def _city_day(element: Any, compiler: Any, **kw: Any) -> str:
    (moment,) = element.clauses
    return f"CAST(({compiler.process(moment, **kw)}) AT TIME ZONE 'Asia/Shanghai' AS DATE)"


@compiles(city_day, "sqlite")
def _city_day_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    # The city has kept no summer time since 1991, long before anything here was recorded.
    (moment,) = element.clauses
    return f"date({compiler.process(moment, **kw)}, '+8 hours')"


@compiles(later_of)
def _later_of(element: Any, compiler: Any, **kw: Any) -> str:
    return "greatest({}, {})".format(*_both(element, compiler, **kw))


@compiles(later_of, "sqlite")
def _later_of_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return "max({}, {})".format(*_both(element, compiler, **kw))


@compiles(earlier_of)
def _earlier_of(element: Any, compiler: Any, **kw: Any) -> str:
    return "least({}, {})".format(*_both(element, compiler, **kw))


@compiles(earlier_of, "sqlite")
def _earlier_of_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return "min({}, {})".format(*_both(element, compiler, **kw))
