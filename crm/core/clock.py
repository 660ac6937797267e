"""The only place that reads the clock. Moments are stored in UTC and shown in the city's time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

CITY = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today's date in the city."""
    return now().astimezone(CITY).date()


def local(moment: datetime) -> datetime:
    return moment.astimezone(CITY)
