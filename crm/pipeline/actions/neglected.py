"""Telling owners which of their projects nobody has visited for too long, once for each last visit."""

from datetime import datetime

from sqlalchemy import insert

from crm.core import clock
from crm.core.db import db
from crm.notices import actions as notices
from crm.notices.actions import Message
from crm.notices.models import Told
from crm.notices.rules import Topic
from crm.pipeline.queries import neglected as queries
from crm.pipeline.queries.neglected import NeglectedRow

_BATCH = 2000
#: Projects named in one message; the rest is counted.
_NAMED = 5


def remind(now: datetime) -> int:
    """Answers how many projects that were. It asks for a state, so a run that was missed loses nothing."""
    today = clock.local(now).date()
    by_owner: dict[int, list[NeglectedRow]] = {}
    count = 0
    while found := queries.untold(today, _BATCH):
        db.session.execute(
            insert(Told),
            [
                {
                    "topic": Topic.NEGLECTED,
                    "subject_type": queries.SUBJECT,
                    "subject_id": row.id,
                    "key": queries.key_of(row),
                    "user_id": row.owner_id,
                    "told_at": now,
                }
                for row in found
            ],
        )
        for row in found:
            by_owner.setdefault(row.owner_id or 0, []).append(row)
        count += len(found)
    for owner_id, rows in by_owner.items():
        notices.tell([owner_id], _message(sorted(rows, key=lambda row: -row.days)))
    return count


def _message(rows: list[NeglectedRow]) -> Message:
    """Outside, projects are named by their codes and confidential ones not at all."""
    head = f"{len(rows)}个项目久未联系" if len(rows) > 1 else f"项目{rows[0].days}天没有走访"
    inside = "、".join(row.code if row.confidential else row.name for row in rows[:_NAMED])
    codes = "、".join(row.code for row in rows[:_NAMED] if not row.confidential)
    url = f"/projects/{rows[0].code}" if len(rows) == 1 else "/neglected"
    return Message(Topic.NEGLECTED, f"{head}：{inside}", f"{head}：{codes}" if codes else head, url)
