"""A person's duties as an iCalendar file."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from icalendar import Calendar, Event

from crm.core.clock import CITY
from crm.core.phones import mask_within
from crm.followups.queries import FeedRow
from crm.followups.rules import HIDDEN_WHAT

_PRODUCT = "-//lianyungang//investment crm//ZH"
_HOUR = timedelta(hours=1)


def summary(row: FeedRow) -> str:
    """The project's code and the purpose; a confidential duty gives its kind alone, and no number leaves the house."""
    purpose = HIDDEN_WHAT if row.secret else mask_within(row.what)
    return " ".join(part for part in (row.code, f"{row.kind.label}：{purpose}") if part)


def _event(row: FeedRow) -> Event:
    event = Event()
    event.add("uid", f"followup-{row.id}@crm")
    event.add("dtstamp", row.updated_at)
    event.add("sequence", row.version)
    event.add("summary", summary(row))
    event.add("class", "PRIVATE")
    if row.due_at:
        start = datetime.combine(row.due_on, time.fromisoformat(row.due_at), CITY)
        event.add("dtstart", start)
        event.add("dtend", start + _HOUR)
    else:
        event.add("dtstart", row.due_on)
        event.add("dtend", row.due_on + timedelta(days=1))
        # A duty of the day does not make its owner busy for the whole of it.
        event.add("transp", "TRANSPARENT")
    return event


def ics(rows: Sequence[FeedRow]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "招商跟进")
    calendar.add("x-wr-timezone", str(CITY))
    for row in rows:
        calendar.add_component(_event(row))
    if any(row.due_at for row in rows):
        calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written
