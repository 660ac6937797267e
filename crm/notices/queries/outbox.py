"""What waits to leave the house, and what became of it. Its words are read by nobody but whom they were written for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.sql import column, table

from crm.core import paging
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Page, Window
from crm.notices import rules
from crm.notices.models import Outgoing
from crm.notices.rules import OutgoingState, Topic

#: Accounts stand above this feature: their table is named, not imported.
_users = table("users", column("id"), column("name"))


def due_out(now: datetime) -> ColumnElement[bool]:
    return and_(Outgoing.state == OutgoingState.QUEUED, Outgoing.next_at <= now)


def left_behind(now: datetime) -> ColumnElement[bool]:
    return and_(Outgoing.state == OutgoingState.SENDING, Outgoing.claimed_at < now - rules.SILENCE)


def anything_due(now: datetime) -> bool:
    return bool(db.session.scalar(select(exists().where(or_(due_out(now), left_behind(now))))))


@dataclass(frozen=True, slots=True)
class OutRow:
    """A message as the system administrator sees it: without its words."""

    id: int
    channel: str
    topic: Topic | None
    person: str
    state: OutgoingState
    attempts: int
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None
    reason: str


def outbox(state: OutgoingState | None, window: Window, user_id: int | None = None) -> Page[OutRow]:
    """Newest first; two statements."""
    wanted: list[Any] = [Outgoing.state == state] if state else []
    if user_id is not None:
        wanted.append(Outgoing.user_id == user_id)
    total = db.session.scalar(select(func.count(Outgoing.id)).where(*wanted)) or 0
    query = (
        select(
            Outgoing.id,
            Outgoing.channel,
            Outgoing.topic,
            _users.c.name,
            Outgoing.state,
            Outgoing.attempts,
            Outgoing.created_at,
            Outgoing.next_at,
            Outgoing.sent_at,
            Outgoing.reason,
        )
        .join(_users, _users.c.id == Outgoing.user_id)
        .where(*wanted)
        .order_by(Outgoing.id.desc())
        .limit(window.per_page + 1)
    )
    if window.after:
        query = query.where(Outgoing.id < paging.number(paging.key_of(window.after, 1)[0]))
    else:
        query = query.offset((window.page - 1) * window.per_page)
    found: Sequence[Any] = db.session.execute(query).all()
    items = [OutRow(*row) for row in found[: window.per_page]]
    return Page(items, total, window, paging.token(items[-1].id) if len(found) > window.per_page else None)


def by_state() -> Mapping[OutgoingState, int]:
    rows = db.session.execute(select(Outgoing.state, func.count()).group_by(Outgoing.state))
    return {state: count for state, count in rows}


def find_out(message_id: int) -> Outgoing:
    found = db.session.get(Outgoing, message_id)
    if found is None:
        raise NotFound()
    return found
