"""What is late goes up: owner, chief, bureau. Each step is written once, and told once to whoever has it now.

As with reminders, the caller commits after each part of at most so many duties, which is complete in itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from crm.core import clock
from crm.core.actor import Role
from crm.core.db import aside
from crm.followups import queries
from crm.followups.actions.steps import steps
from crm.followups.queries import Climbed
from crm.followups.rules import ladder as rules
from crm.followups.rules.ladder import LADDER, SUBJECT, Limit, Rung
from crm.notices import actions as notices
from crm.notices.actions import Message, Step
from crm.notices.rules import Topic
from crm.settings import queries as settings

#: Of the duties that climbed together, the projects of the first ones are named.
_NAMED = 5
_URL = "/escalations"
_ROLES = {Rung.CHIEF: Role.CHIEF, Rung.BUREAU: Role.BUREAU}


@dataclass(slots=True)
class _Heard:
    """What one place is told of at one rung: the first duty, the first codes, and how many there are."""

    first: Climbed
    codes: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, duty: Climbed) -> None:
        self.count += 1
        if self.count <= _NAMED and duty.code and not duty.secret and duty.code not in self.codes:
            self.codes.append(duty.code)


def escalate(now: datetime) -> Iterator[int]:
    """Writes every step that is due and not written; gives how many, part by part. A run that was missed loses nothing.

    One message a person and rung, unless more duties came to one place than a part takes. The owner himself has his own
    reminder of what is late, so his rung tells the unit that has to answer.
    """
    with aside():
        today = clock.local(now).date()
        limits = rules.limits(settings.value("duty_ladder"), today, settings.calendar())
        turns = [(limit, queries.climbed_by_place(limit)) for limit in limits]
    for limit, places in turns:
        for found in steps(places, partial(queries.climbed, limit)):
            yield _part(limit, found, now, today)


def _part(limit: Limit, found: Sequence[Climbed], now: datetime, today: date) -> int:
    """Writes down and tells; what another run has written meanwhile is told there."""
    mine = notices.climb([_step(limit, each) for each in found], now)
    heard: dict[int | None, _Heard] = {}
    for each in found:
        if each.followup_id in mine:
            heard.setdefault(_place(limit, each), _Heard(each)).add(each)
    _tell(limit, heard, today)
    return len(mine)


def _place(limit: Limit, each: Climbed) -> int | None:
    """Whose turn it is: the unit that answers, the zone, or None for the bureau (and for who owes nothing to a place)."""
    return {Rung.OWNER: each.unit_id, Rung.CHIEF: each.zone_id}.get(limit.rung)


def _step(limit: Limit, each: Climbed) -> Step:
    """A duty without a zone is the city's own: its chief is the bureau, whose turn comes at its own rung."""
    return Step(
        LADDER,
        SUBJECT,
        each.followup_id,
        each.due_on.isoformat(),
        limit.rung.level,
        rules.reason(each.kind, each.due_on, limit.days),
        to_user_id=each.owner_id if limit.rung is Rung.OWNER else None,
        to_role=_ROLES.get(limit.rung),
        to_unit_id=_place(limit, each),
        zone_id=each.zone_id,
    )


def _tell(limit: Limit, heard: Mapping[int | None, _Heard], today: date) -> None:
    places = sorted(place for place in heard if place is not None)
    if not places and limit.rung is not Rung.BUREAU:
        return
    people = queries.holders(_ROLES.get(limit.rung), places, today)
    messages = [(place, _message(limit, one)) for place, one in heard.items()]
    notices.tell_each([(user_id, said) for place, said in messages for user_id in people.get(place, [])])


def _message(limit: Limit, heard: _Heard) -> Message:
    """Names no duty's words: who may read them sees them on the page."""
    first, many = heard.first, heard.count > 1
    head = f"{heard.count}件事" if many else first.kind.label
    text = f"{head}逾期满{limit.days}个工作日，{'请本单位办理' if limit.rung is Rung.OWNER else '升级到您'}"
    if heard.codes:
        text += "：" + "、".join(heard.codes)
    url = _URL if many else f"/followups/{first.followup_id}"
    if limit.rung is Rung.OWNER:
        url = "/demands?mine=1&late=1" if many else f"/demands/{first.followup_id}"
    return Message(Topic.ESCALATED, text, text, url)
