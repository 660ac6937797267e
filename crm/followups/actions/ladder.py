"""What is late goes up: owner, chief, bureau. Each step is written once, and told once to whoever has it now."""

from collections.abc import Iterable, Sequence
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
_URL = "/escalations"


def escalate(now: datetime) -> int:
    """Writes every step that is due and not written; answers how many. A run that was missed loses nothing.

    One message a person and rung, however many duties climbed together. The owner himself has his own reminder of what is
    late, so his rung tells the unit that has to answer.
    """
    today = clock.local(now).date()
    count = 0
    for limit in rules.limits(settings.value("duty_ladder"), today, settings.calendar()):
        found: list[Climbed] = []
        while batch := queries.climbed(limit, _BATCH):
            notices.climb([_step(limit, each) for each in batch], now)
            found += batch
        count += len(found)
        _tell(limit, found, today)
    return count


def _step(limit: Limit, each: Climbed) -> Step:
    """A duty without a zone is the city's own: its chief is the bureau, whose turn comes at its own rung."""
    role = {Rung.CHIEF: Role.CHIEF, Rung.BUREAU: Role.BUREAU}.get(limit.rung)
    place = {Rung.OWNER: each.unit_id, Rung.CHIEF: each.zone_id}.get(limit.rung)
    return Step(
        LADDER,
        SUBJECT,
        each.followup_id,
        each.due_on.isoformat(),
        limit.rung.level,
        rules.reason(each.kind, each.due_on, limit.days),
        to_user_id=each.owner_id if limit.rung is Rung.OWNER else None,
        to_role=role,
        to_unit_id=place,
        zone_id=each.zone_id,
    )


def _tell(limit: Limit, found: Sequence[Climbed], today: date) -> None:
    if not found:
        return
    for duties, people in _addressed(limit, found, today):
        notices.tell(people, _message(limit, duties))


def _addressed(
    limit: Limit, found: Sequence[Climbed], today: date
) -> Iterable[tuple[list[Climbed], list[int]]]:
    """Duties by whom they are addressed to, with the people who hold that place."""
    if limit.rung is Rung.BUREAU:
        yield list(found), queries.holders(Role.BUREAU, (), today).get(0, [])
        return
    by_place: dict[int, list[Climbed]] = {}
    for each in found:
        place = each.unit_id if limit.rung is Rung.OWNER else each.zone_id
        if place is not None:
            by_place.setdefault(place, []).append(each)
    if by_place:
        role = Role.CHIEF if limit.rung is Rung.CHIEF else None
        people = queries.holders(role, sorted(by_place), today)
        for place, duties in by_place.items():
            yield duties, people.get(place, [])


def _message(limit: Limit, duties: Sequence[Climbed]) -> Message:
    """Names no duty's words: who may read them sees them on the page."""
    kind = duties[0].kind.label
    head = (
        f"{kind}逾期满{limit.days}个工作日"
        if len(duties) == 1
        else f"{len(duties)}件事逾期满{limit.days}个工作日"
    )
    codes = "、".join(dict.fromkeys(d.code for d in duties[:5] if d.code and not d.secret))
    text = f"{head}，{'请本单位办理' if limit.rung is Rung.OWNER else '升级到您'}" + (
        f"：{codes}" if codes else ""
    )
    url = f"/followups/{duties[0].followup_id}" if len(duties) == 1 else _URL
    if limit.rung is Rung.OWNER:
        url = "/demands?mine=1&late=1" if len(duties) > 1 else f"/demands/{duties[0].followup_id}"
    return Message(Topic.ESCALATED, text, text, url)
