"""Telling owners which of their projects nobody has visited for too long, once for each last visit."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from crm.core import clock
from crm.core.db import aside, db, upsert
from crm.notices import actions as notices
from crm.notices.actions import Message
from crm.notices.models import Told
from crm.notices.rules import Topic
from crm.pipeline.queries import neglected as queries
from crm.pipeline.queries.neglected import NeglectedRow

#: Projects of one step, see `followups.actions.steps`; finding them takes longer than that, and holds nobody up.
STEP = 2000
#: Projects named in one message; the rest is counted.
_NAMED = 5


def remind(now: datetime) -> Iterator[int]:
    """Gives how many projects that were, step by step, each of which the caller commits. It asks for a state, so a run that
    was missed loses nothing."""
    today = clock.local(now).date()
    while found := _next(today):
        written = upsert(Told).on_conflict_do_nothing().returning(Told.subject_id)
        rows = [
            {
                "topic": Topic.NEGLECTED,
                "subject_type": queries.SUBJECT,
                "subject_id": row.id,
                "key": queries.key_of(row),
                "user_id": row.owner_id,
                "told_at": now,
            }
            for row in found
        ]
        mine = set(db.session.scalars(written, rows))
        by_owner: dict[int, list[NeglectedRow]] = {}
        for row in found:
            if row.id in mine:
                by_owner.setdefault(row.owner_id or 0, []).append(row)
        notices.tell_each(
            [
                (owner_id, _message(sorted(rows, key=lambda row: -row.days)))
                for owner_id, rows in by_owner.items()
            ]
        )
        yield len(mine)


def _next(today: date) -> Sequence[NeglectedRow]:
    """Whole owners, so that each hears of all of his projects in one message."""
    with aside():
        found = queries.untold(today, STEP)
    last = found[-1].owner_id if len(found) == STEP else None
    return [row for row in found if row.owner_id != last] or found


def _message(rows: list[NeglectedRow]) -> Message:
    """Outside, projects are named by their codes and confidential ones not at all."""
    head = f"{len(rows)}个项目久未联系" if len(rows) > 1 else f"项目{rows[0].days}天没有走访"
    inside = "、".join(row.code if row.confidential else row.name for row in rows[:_NAMED])
    codes = "、".join(row.code for row in rows[:_NAMED] if not row.confidential)
    url = f"/projects/{rows[0].code}" if len(rows) == 1 else "/neglected"
    return Message(Topic.NEGLECTED, f"{head}：{inside}", f"{head}：{codes}" if codes else head, url)
