"""The secret address of a person's calendar: made, shown once, revoked, and its readings counted."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, or_, update

from crm.audit import actions as audit
from crm.core import clock
from crm.core import db as database
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken
from crm.followups import queries
from crm.followups.models import CalendarFeed

_HOUR = timedelta(hours=1)


def hash_of(secret: str) -> str:
    # The secret is 256 random bits, so a plain hash is enough.
    return hashlib.sha256(secret.encode()).hexdigest()


def make_feed(actor: Actor, now: datetime) -> str:
    """The secret of a new feed for the post one acts for; an earlier feed ends with it. Given once and not kept."""
    if actor.user_id is None or actor.post_id is None:
        raise RuleBroken("没有在任岗位，不能建立日历订阅。请先联系管理员确认岗位。")
    if (old := queries.feed_of(actor)) is not None:
        _end(actor, old, now)
    secret = secrets.token_urlsafe(32)
    made = CalendarFeed(user_id=actor.user_id, post_id=actor.post_id, secret_hash=hash_of(secret))
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "feed.made", _subject(actor, made.id))
    return secret


def revoke_feed(actor: Actor, now: datetime) -> None:
    feed = queries.feed_of(actor)
    if feed is None:
        raise NotFound()
    _end(actor, feed, now)


def _end(actor: Actor, feed: CalendarFeed, now: datetime) -> None:
    feed.revoked_at = now
    db.session.flush()
    audit.record(actor, "feed.revoked", _subject(actor, feed.id))


def _subject(actor: Actor, feed_id: int) -> audit.Subject:
    return audit.Subject("feed", feed_id, f"{actor.name}（{actor.login}）", zone_id=actor.zone_id)


@dataclass(frozen=True, slots=True)
class Reading:
    """`allowed` is False once the hour's readings are used up; the next hour begins at `again_at`."""

    allowed: bool
    again_at: datetime


def read_feed(actor: Actor, feed_id: int, now: datetime, most: int) -> Reading:
    """Counts a reading in a transaction of its own, since a GET commits nothing.

    The audit names the day's first reading, every change of the address it comes from, and the first refusal.
    """
    fresh = or_(CalendarFeed.hour_from.is_(None), CalendarFeed.hour_from <= now - _HOUR)
    today = clock.local(now).date()
    unsaid = or_(CalendarFeed.logged_on.is_distinct_from(today), CalendarFeed.last_ip != actor.ip)
    with database.own_transaction() as connection:
        logged = connection.execute(
            update(CalendarFeed)
            .where(CalendarFeed.id == feed_id, unsaid)
            .values(logged_on=today, last_ip=actor.ip)
            .returning(CalendarFeed.id)
        ).first()
        count, began = connection.execute(
            update(CalendarFeed)
            .where(CalendarFeed.id == feed_id)
            .values(
                reads=case((fresh, 1), else_=CalendarFeed.reads + 1),
                hour_from=case((fresh, now), else_=CalendarFeed.hour_from),
                last_read_at=now,
            )
            .returning(CalendarFeed.reads, CalendarFeed.hour_from)
        ).one()
    if count == most + 1:
        audit.write_now(actor, "feed.read", _subject(actor, feed_id), result="refused")
    elif logged is not None:
        audit.write_now(actor, "feed.read", _subject(actor, feed_id))
    return Reading(count <= most, (began or now) + _HOUR)
