"""The life of a message that leaves the house: claimed by one sender, sent, put off or given up. It never leaves twice."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Update, insert, select, update

from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict
from crm.notices import queries, rules
from crm.notices.actions.telling import send
from crm.notices.models import Outgoing
from crm.notices.rules import OutgoingState, Undelivered


def claim(now: datetime) -> Outgoing | None:
    """The next message that is due, now `sending`; commit before anything leaves. None when there is none.

    What a sender left behind is given up first: nobody knows whether it arrived.
    """
    db.session.execute(
        update(Outgoing)
        .where(queries.left_behind(now))
        .values(state=OutgoingState.FAILED, reason=rules.UNKNOWN)
        .execution_options(synchronize_session=False)
    )
    first = (
        select(Outgoing.id)
        .where(queries.due_out(now))
        .order_by(Outgoing.next_at, Outgoing.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = db.session.scalar(
        update(Outgoing)
        .where(Outgoing.id == first)
        .values(state=OutgoingState.SENDING, claimed_at=now, attempts=Outgoing.attempts + 1)
        .returning(Outgoing.id)
        .execution_options(synchronize_session=False)
    )
    return None if taken is None else db.session.get(Outgoing, taken, populate_existing=True)


def _mine(message: Outgoing) -> Update:
    """Only while this sender's attempt is the one that runs."""
    return (
        update(Outgoing)
        .where(
            Outgoing.id == message.id,
            Outgoing.attempts == message.attempts,
            Outgoing.state == OutgoingState.SENDING,
        )
        .execution_options(synchronize_session=False)
    )


def sent(message: Outgoing, now: datetime) -> None:
    db.session.execute(_mine(message).values(state=OutgoingState.SENT, sent_at=now, reason=""))


def failed(message: Outgoing, why: Undelivered, now: datetime) -> None:
    """Put off until the next attempt, or given up after the last one or where trying again is of no use: then its reader is
    told inside. Where the way itself is shut, what waits for it waits as long, so that other ways are not kept waiting."""
    pause = rules.pause_after(message.attempts) if why.again else None
    if pause is None:
        values: dict[str, Any] = {"state": OutgoingState.FAILED, "reason": why.reason[:300]}
        _say_undelivered(message, why.reason, now)
    else:
        values = {"state": OutgoingState.QUEUED, "reason": why.reason[:300], "next_at": now + pause}
    db.session.execute(_mine(message).values(**values))
    if why.whole:
        _hold(message.channel, why.reason, now, now + (pause or rules.FIRST_PAUSE))


def _hold(channel: str, reason: str, now: datetime, until: datetime) -> None:
    """Nothing else goes by this channel until then; what is too old by now is given up."""
    waiting = (
        update(Outgoing)
        .where(Outgoing.channel == channel, Outgoing.state == OutgoingState.QUEUED, Outgoing.next_at < until)
        .execution_options(synchronize_session=False)
    )
    old = Outgoing.created_at < now - rules.LIFE
    db.session.execute(waiting.where(old).values(state=OutgoingState.FAILED, reason=rules.TOO_OLD))
    db.session.execute(waiting.values(next_at=until, reason=reason[:300]))


def _say_undelivered(message: Outgoing, reason: str, now: datetime) -> None:
    """Once a day and channel."""
    label = rules.channel_label(message.channel)
    text = f"{label}提醒没有送到：{reason}。请在提醒设置里核对，或改用别的渠道。"
    dedupe = f"undelivered:{message.channel}:{clock.local(now).date().isoformat()}"
    send(message.user_id, "undelivered", text, "/account/notify", dedupe)


def again(actor: Actor, message: Outgoing, now: datetime) -> None:
    """The system administrator sends once more what was given up. Raises Conflict for anything else."""
    if message.state is not OutgoingState.FAILED:
        raise Conflict(f"这条消息{message.state.label}，不用再发。请刷新后查看。")
    message.state, message.next_at, message.attempts = OutgoingState.QUEUED, now, 0
    db.session.flush()
    label = f"{rules.channel_label(message.channel)} #{message.id}"
    audit.record(actor, "outbox.again", audit.Subject("outbox", message.id, label), note=message.reason)


def try_out(actor: Actor, channels: Iterable[str], now: datetime) -> int:
    """A message to oneself by each of these ways; answers how many were put into the outbox."""
    ways = list(channels)
    rows = [
        {
            "user_id": actor.user_id,
            "channel": channel,
            "topic": None,
            "subject": "测试消息",
            "text": f"这是{actor.name}发的测试消息，收到说明这个渠道可用。",
            "url": "/account/notify",
            "next_at": now,
            "created_at": now,
        }
        for channel in ways
    ]
    if rows:
        db.session.execute(insert(Outgoing), rows)
        labels = "、".join(map(rules.channel_label, ways))
        audit.record(actor, "outbox.tried", audit.Subject("outbox", None, labels))
    return len(rows)
