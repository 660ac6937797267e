"""Telling owners of what is due, once for each state of a duty; and the digest of a day.

SQLite has one writer. Who is to be told is read while nobody waits; then each step tells some people of at most so many
duties and is complete in itself: what was written down is what was told. The caller commits after every step, so whatever
breaks a run off, the next one finds the rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice

from crm.core import clock
from crm.core.dates import day_words
from crm.core.db import aside, db, upsert
from crm.followups import queries, rules
from crm.followups.actions.steps import steps
from crm.followups.actions.words import outside
from crm.followups.models import DutyReminder
from crm.followups.queries import Digest, Untold
from crm.followups.rules import HIDDEN_WHAT, ReminderKind, Thresholds
from crm.notices import actions as notices
from crm.notices.actions import Message
from crm.notices.rules import LEAD_MOST, Topic
from crm.settings import queries as settings

#: People of one step of the digest, whose duties are counted in it.
PEOPLE = 100
#: Duties named in one message that leaves the house; the rest is counted.
_NAMED = 8
_PARTS = {ReminderKind.LATE: "late", ReminderKind.DUE: "week", ReminderKind.SOON: "open"}


def _limits(now: datetime) -> Thresholds:
    return rules.thresholds(clock.local(now).date(), settings.calendar(), LEAD_MOST)


@dataclass(slots=True)
class _Heard:
    """What one person is told of in one state: the first duties and how many there are, whatever their number."""

    first: list[Untold] = field(default_factory=list)
    count: int = 0

    def add(self, duty: Untold) -> None:
        self.count += 1
        if len(self.first) < _NAMED:
            self.first.append(duty)


def remind(now: datetime) -> Iterator[int]:
    """Tells every owner of what he has not been told of; gives how many duties that were, step by step.

    It asks what is due and untold now, so a run that was missed loses nothing: the next one finds it. What an owner does
    not want to hear of is passed over for good. An owner with more duties than a step takes hears of them in several parts.
    """
    with aside():
        limits = _limits(now)
        owners = queries.untold_by_owner(limits)
    for found in steps(owners, partial(queries.untold, limits)):
        yield _step(found, now)


def _step(found: Sequence[Untold], now: datetime) -> int:
    """Writes down and tells; what another run has written meanwhile is told there."""
    written = upsert(DutyReminder).on_conflict_do_nothing().returning(DutyReminder.followup_id)
    rows = [
        {
            "followup_id": each.followup_id,
            "kind": each.kind,
            "due_on": each.due_on,
            "user_id": each.user_id,
            "sent_at": now,
        }
        for each in found
    ]
    mine = set(db.session.scalars(written, rows))
    told: dict[tuple[int, ReminderKind], _Heard] = {}
    for each in found:
        if each.followup_id in mine:
            told.setdefault((each.user_id, each.kind), _Heard()).add(each)
    notices.tell_each([(user_id, _message(kind, heard)) for (user_id, kind), heard in told.items()])
    return len(mine)


def _message(kind: ReminderKind, heard: _Heard) -> Message:
    """One message for all duties that came into a state together; a single one leads to its own page."""
    duties, count = heard.first, heard.count
    first = HIDDEN_WHAT if duties[0].secret else duties[0].what
    alone = f"/followups/{duties[0].followup_id}" if count == 1 else f"/followups?part={_PARTS[kind]}"
    lines = [outside(each.code, each.what, each.secret, each.names) for each in duties]
    return Message(
        Topic(kind.value),
        rules.reminder_words(kind, count, first),
        rules.reminder_words(kind, count, lines[0]),
        alone,
        tuple(lines) if count > 1 else (),
    )


def digest(now: datetime) -> Iterator[int]:
    """One message of today for everybody who wants it; gives how many, step by step. A second run of the day sends nothing."""
    with aside():
        limits = _limits(now)
        working = settings.calendar().is_working(limits.today)
        people = iter(queries.wants_digest(clock.midnight(limits.today)) if working else ())
    while part := list(islice(people, PEOPLE)):
        found = queries.digests(part, limits)
        messages = [(user_id, _digest_message(one, limits)) for user_id, one in found.items()]
        notices.tell_each(messages, f"digest:{limits.today.isoformat()}")
        yield len(part)


def _digest_message(found: Digest, limits: Thresholds) -> Message:
    counts = f"今天{found.today}件，逾期{found.late}件，等别人{found.waiting}件"
    text = f"{day_words(limits.today)}摘要：{counts}"
    lines = [
        f"{'逾期' if line.due_on < limits.late else '到期'} {line.due_on.isoformat()} "
        + outside(line.code, line.what, line.secret, line.names)
        for line in found.lines
    ]
    return Message(Topic.DIGEST, text, text, "/today", tuple(lines))
