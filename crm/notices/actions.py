"""Telling somebody something, once; and the reader's marks."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.notices import queries
from crm.notices.models import Notice

_TEXT = 400


def send(user_id: int | None, kind: str, text: str, url: str = "", dedupe: str | None = None) -> None:
    """Leaves a message for one user, in the open transaction. The system (None) reads none.

    `url` is a path of this site where the next act is; sending again under the same `dedupe` does nothing.
    """
    if user_id is not None:
        send_many([user_id], kind, text, url, dedupe)


def send_many(
    user_ids: Iterable[int], kind: str, text: str, url: str = "", dedupe: str | None = None
) -> None:
    """The same words for several people, in one statement; `dedupe` is kept for each of them."""
    now = clock.now()
    rows = [
        {
            "user_id": user_id,
            "kind": kind,
            "text": text if len(text) <= _TEXT else text[: _TEXT - 1] + "…",
            "url": url,
            "dedupe": f"{dedupe}:{user_id}"[:120] if dedupe else None,
            "created_at": now,
        }
        for user_id in dict.fromkeys(user_ids)
    ]
    if not rows:
        return
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    db.session.execute(insert(Notice).on_conflict_do_nothing(index_elements=["dedupe"]), rows)


def read(actor: Actor, notice_id: int, now: datetime) -> Notice:
    """Marks one's own message as read; raises NotFound for anybody else's."""
    notice = queries.find(actor, notice_id)
    if notice.read_at is None:
        notice.read_at = now
    return notice


def read_all(actor: Actor, now: datetime) -> None:
    db.session.execute(
        update(Notice).where(Notice.user_id == actor.user_id, Notice.read_at.is_(None)).values(read_at=now)
    )
