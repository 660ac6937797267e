"""A person's duties as an iCalendar file."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from icalendar import Calendar, Event

from crm.core import phones
from crm.core.clock import CITY
from crm.core.errors import RuleBroken
from crm.followups.queries import FeedRow
from crm.followups.rules import HIDDEN_WHAT

_PRODUCT = "-//lianyungang//investment crm//ZH"
#: Days as people write them, and runs of at least seven digits that may be a telephone number.
_RUNS = re.compile(
    r"(?P<day>(?:19|20)\d{2}[-.]\d{1,2}[-.]\d{1,2}(?!\d))|\+?\d(?:[\d\s()-]{5,20})\d", re.ASCII
)
#: What stands behind an amount or an area.
_UNITS = tuple("万亿元亩平吨")
_HOUR = timedelta(hours=1)


def _masked(found: re.Match[str]) -> str:
    """A telephone number as pages show it; a day, an amount and whatever else is none stay as they are."""
    if found["day"] or found.string[found.end() :].lstrip().startswith(_UNITS):
        return found[0]
    try:
        return phones.mask_phone(phones.phone(found[0]))
    except RuleBroken:
        return found[0]


def summary(row: FeedRow) -> str:
    """The project's code and the purpose; a confidential duty gives its kind alone, and no number leaves the house."""
    purpose = HIDDEN_WHAT if row.secret else _RUNS.sub(_masked, row.what)
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
