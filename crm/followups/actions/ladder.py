"""What is late goes up: owner, chief, bureau. Each step is written once, and told once to whoever has it now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from crm.core import clock
from crm.core.actor import Role
from crm.followups import queries
from crm.followups.queries import Climbed
from crm.followups.rules import ladder as rules
from crm.followups.rules.ladder import LADDER, SUBJECT, Limit, Rung
from crm.notices import actions as notices
from crm.notices.actions import Message, Step
from crm.notices.rules import Topic
from crm.settings import queries as settings

_BATCH = 5000
#: Of the duties that climbed together, the projects of the first ones are named.
_NAMED = 5
_URL = "/escalations"


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


def escalate(now: datetime) -> int:
    """Writes every step that is due and not written; answers how many. A run that was missed loses nothing.

    One message a person and rung, however many duties climbed together. The owner himself has his own reminder of what is
    late, so his rung tells the unit that has to answer.
    """
    today = clock.local(now).date()
    count = 0
    for limit in rules.limits(settings.value("duty_ladder"), today, settings.calendar()):
        heard: dict[int | None, _Heard] = {}
        last: Climbed | None = None
        while batch := queries.climbed(limit, _BATCH, last):
            notices.climb([_step(limit, each) for each in batch], now)
            for each in batch:
                heard.setdefault(_place(limit, each), _Heard(each)).add(each)
            last = batch[-1]
        count += sum(one.count for one in heard.values())
        _tell(limit, heard, today)
    return count


def _place(limit: Limit, each: Climbed) -> int | None:
    """Whose turn it is: the unit that answers, the zone, or None for the bureau (and for who owes nothing to a place)."""
    return {Rung.OWNER: each.unit_id, Rung.CHIEF: each.zone_id}.get(limit.rung)


def _step(limit: Limit, each: Climbed) -> Step:
    """A duty without a zone is the city's own: its chief is the bureau, whose turn comes at its own rung."""
    role = {Rung.CHIEF: Role.CHIEF, Rung.BUREAU: Role.BUREAU}.get(limit.rung)
    return Step(
        LADDER,
        SUBJECT,
        each.followup_id,
        each.due_on.isoformat(),
        limit.rung.level,
        rules.reason(each.kind, each.due_on, limit.days),
        to_user_id=each.owner_id if limit.rung is Rung.OWNER else None,
        to_role=role,
        to_unit_id=_place(limit, each),
        zone_id=each.zone_id,
    )


def _tell(limit: Limit, heard: Mapping[int | None, _Heard], today: date) -> None:
    places = sorted(place for place in heard if place is not None)
    if limit.rung is Rung.BUREAU:
        people = queries.holders(Role.BUREAU, (), today) if heard else {}
        for one in heard.values():
            notices.tell(people.get(0, []), _message(limit, one))
    elif places:
        people = queries.holders(Role.CHIEF if limit.rung is Rung.CHIEF else None, places, today)
        for place in places:
            notices.tell(people.get(place, []), _message(limit, heard[place]))


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
