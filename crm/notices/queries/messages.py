"""One's own messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from crm.core import paging
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken
from crm.core.paging import Page, Window
from crm.notices import rules
from crm.notices.models import Notice, NotifyChoice
from crm.notices.rules import Choice, Topic


@dataclass(frozen=True, slots=True)
class NoticeRow:
    id: int
    kind: str
    text: str
    url: str
    created_at: datetime
    read_at: datetime | None


def find(actor: Actor, notice_id: int) -> Notice:
    notice = db.session.scalar(select(Notice).where(Notice.id == notice_id, Notice.user_id == actor.user_id))
    if notice is None:
        raise NotFound()
    return notice


def unread_count(actor: Actor) -> Any:
    """A scalar subquery for the badge."""
    return (
        select(func.count(Notice.id))
        .where(Notice.user_id == actor.user_id, Notice.read_at.is_(None))
        .scalar_subquery()
    )


def unread(actor: Actor) -> int:
    return db.session.scalar(select(unread_count(actor))) or 0


_seen = case((Notice.read_at.is_(None), 0), else_=1)


def _after(token: str) -> ColumnElement[bool]:
    """Rows behind the last one shown: first the unread by newest, then the read by newest."""
    seen, last = paging.key_of(token, 2)
    if not (seen in ("0", "1") and last and last.isdigit()):
        raise RuleBroken("翻页位置无法识别，请回到第一页。", field="after")
    group, number = int(seen), int(last)
    return or_(_seen > group, and_(_seen == group, Notice.id < number))


def index(actor: Actor, window: Window) -> Page[NoticeRow]:
    """Unread ones first, newest first within each."""
    mine = Notice.user_id == actor.user_id
    total = db.session.scalar(select(func.count(Notice.id)).where(mine)) or 0
    query = select(Notice.id, Notice.kind, Notice.text, Notice.url, Notice.created_at, Notice.read_at).where(
        mine
    )
    if window.after:
        query = query.where(_after(window.after))
    found: Sequence[Any] = db.session.execute(
        query.order_by(_seen, Notice.id.desc()).limit(window.per_page + 1)
    ).all()
    items = [NoticeRow(*row) for row in found[: window.per_page]]
    following = None
    if len(found) > window.per_page:
        following = paging.token(0 if items[-1].read_at is None else 1, items[-1].id)
    return Page(items, total, window, following)


def choices(user_ids: Sequence[int]) -> dict[int, Choice]:
    """What each of these people chose; one statement."""
    rows = db.session.scalars(select(NotifyChoice).where(NotifyChoice.user_id.in_(user_ids)))
    return dict.fromkeys(user_ids, Choice()) | {row.user_id: _choice(row) for row in rows}


def own_choice(actor: Actor) -> NotifyChoice:
    """The row that keeps one's choice; a new one, not yet in the session, for who never chose."""
    if actor.user_id is None:
        raise NotFound()
    return db.session.get(NotifyChoice, actor.user_id) or NotifyChoice(
        user_id=actor.user_id, lead_days=rules.LEAD_DAYS, ways={}
    )


def choice(actor: Actor) -> Choice:
    return _choice(own_choice(actor))


def _choice(row: NotifyChoice) -> Choice:
    known = {topic.value: topic for topic in Topic}
    ways = {known[name]: frozenset(channels) for name, channels in row.ways.items() if name in known}
    return Choice(row.lead_days, row.email or "", ways)
