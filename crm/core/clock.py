"""The only place that reads the clock. Moments are stored in UTC and shown in the city's time."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

CITY = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today's date in the city."""
    return now().astimezone(CITY).date()


def midnight(day: date) -> datetime:
    """The first moment of a day in the city."""
    return datetime.combine(day, time(), CITY)


def local(moment: datetime) -> datetime:
    return moment.astimezone(CITY)
