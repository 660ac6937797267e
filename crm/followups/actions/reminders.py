"""Telling owners of what is due, once for each state of a duty."""

from datetime import datetime

from sqlalchemy import insert

from crm.core import clock
from crm.core.db import db
from crm.followups import queries, rules
from crm.followups.models import DutyReminder
from crm.followups.queries import Untold
from crm.followups.rules import HIDDEN_WHAT, ReminderKind
from crm.notices import actions as notices
from crm.settings import queries as settings

_BATCH = 5000
_PARTS = {ReminderKind.LATE: "late", ReminderKind.DUE: "week", ReminderKind.SOON: "open"}


def remind(now: datetime) -> int:
    """Tells every owner of what he has not been told of; answers how many duties that were.

    It asks what is due and untold now, so a run that was missed loses nothing: the next one finds it.
    """
    limits = rules.thresholds(clock.local(now).date(), settings.calendar())
    told: dict[tuple[int, ReminderKind], list[Untold]] = {}
    count = 0
    while found := queries.untold(limits, _BATCH):
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
            told.setdefault((each.user_id, each.kind), []).append(each)
        count += len(found)
    for (user_id, kind), duties in told.items():
        _tell(user_id, kind, duties)
    return count


def _tell(user_id: int, kind: ReminderKind, duties: list[Untold]) -> None:
    """One message for all duties that came into a state together; a single one leads to its own page."""
    first = HIDDEN_WHAT if duties[0].secret else duties[0].what
    alone = f"/followups/{duties[0].followup_id}" if len(duties) == 1 else f"/followups?part={_PARTS[kind]}"
    notices.send(user_id, f"followup.{kind.value}", rules.reminder_words(kind, len(duties), first), alone)
