"""Telling owners of what is due, once for each state of a duty; and the digest of a day."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert

from crm.core import clock
from crm.core.dates import day_words
from crm.core.db import db
from crm.followups import queries, rules
from crm.followups.actions.words import outside
from crm.followups.models import DutyReminder
from crm.followups.queries import Digest, Untold
from crm.followups.rules import HIDDEN_WHAT, ReminderKind, Thresholds
from crm.notices import actions as notices
from crm.notices.actions import Message
from crm.notices.rules import LEAD_MOST, Topic
from crm.settings import queries as settings

_BATCH = 5000
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


def remind(now: datetime) -> int:
    """Tells every owner of what he has not been told of; answers how many duties that were.

    It asks what is due and untold now, so a run that was missed loses nothing: the next one finds it. What an owner does
    not want to hear of is passed over for good. Duties are read in parts, and of each part the words of messages are kept.
    """
    limits = _limits(now)
    told: dict[tuple[int, ReminderKind], _Heard] = {}
    last: Untold | None = None
    while found := queries.untold(limits, _BATCH, last):
        db.session.execute(
            insert(DutyReminder),
            [
                {
                    "followup_id": each.followup_id,
                    "kind": each.kind,
                    "due_on": each.due_on,
                    "user_id": each.user_id,
                    "sent_at": now,
                }
                for each in found
            ],
        )
        for each in found:
            told.setdefault((each.user_id, each.kind), _Heard()).add(each)
        last = found[-1]
    for (user_id, kind), heard in told.items():
        _tell(user_id, kind, heard)
    return sum(heard.count for heard in told.values())


def _tell(user_id: int, kind: ReminderKind, heard: _Heard) -> None:
    """One message for all duties that came into a state together; a single one leads to its own page."""
    duties, count = heard.first, heard.count
    first = HIDDEN_WHAT if duties[0].secret else duties[0].what
    alone = f"/followups/{duties[0].followup_id}" if count == 1 else f"/followups?part={_PARTS[kind]}"
    lines = [outside(each.code, each.what, each.secret, each.names) for each in duties]
    message = Message(
        Topic(kind.value),
        rules.reminder_words(kind, count, first),
        rules.reminder_words(kind, count, lines[0]),
        alone,
        tuple(lines) if count > 1 else (),
    )
    notices.tell([user_id], message)


def digest(now: datetime) -> int:
    """One message of today for everybody who wants it; answers how many. A second run of the day sends nothing."""
    limits = _limits(now)
    if not settings.calendar().is_working(limits.today):
        return 0
    people = queries.wants_digest()
    for user_id, found in queries.digests(people, limits).items():
        message = _digest_message(found, limits)
        notices.tell([user_id], message, f"digest:{limits.today.isoformat()}")
    return len(people)


def _digest_message(found: Digest, limits: Thresholds) -> Message:
    counts = f"今天{found.today}件，逾期{found.late}件，等别人{found.waiting}件"
    text = f"{day_words(limits.today)}摘要：{counts}"
    lines = [
        f"{'逾期' if line.due_on < limits.late else '到期'} {line.due_on.isoformat()} "
        + outside(line.code, line.what, line.secret, line.names)
        for line in found.lines
    ]
    return Message(Topic.DIGEST, text, text, "/today", tuple(lines))
