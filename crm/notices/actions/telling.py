"""Telling somebody something, once, by the ways he chose; and the reader's marks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update

from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db, upsert
from crm.notices import queries, rules
from crm.notices.models import Notice, Outgoing
from crm.notices.rules import IN_APP, Topic

_TEXT = 400
_SUBJECT = 120


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
    _put(Notice, [_inside(user_id, kind, text, url, dedupe) for user_id in dict.fromkeys(user_ids)])


def _inside(user_id: int, kind: str, text: str, url: str, dedupe: str | None) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "kind": kind,
        "text": _cut(text, _TEXT),
        "url": url,
        "dedupe": f"{dedupe}:{user_id}"[:120] if dedupe else None,
        "created_at": clock.now(),
    }


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _put(table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(upsert(table).on_conflict_do_nothing(index_elements=["dedupe"]), rows)


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is read inside the product; `outside` is what may leave it: a project's code and the purpose, no investor."""

    topic: Topic
    text: str
    outside: str
    url: str = ""
    #: Lines under `outside`, for a mail.
    body: tuple[str, ...] = ()


def tell(user_ids: Iterable[int], message: Message, dedupe: str | None = None) -> None:
    """One message for several people, each by the ways he chose for its topic; the same `dedupe` again does nothing."""
    tell_each([(user_id, message) for user_id in dict.fromkeys(user_ids)], dedupe)


def tell_each(messages: Sequence[tuple[int, Message]], dedupe: str | None = None) -> None:
    """To each person his own, in three statements however many there are.

    What leaves the house is put into the outbox: it goes when the caller has committed, and never without that.
    """
    chosen = queries.choices(sorted({user_id for user_id, _ in messages}))
    inside: list[dict[str, Any]] = []
    outside: list[dict[str, Any]] = []
    for user_id, message in messages:
        ways = chosen[user_id].of(message.topic)
        if IN_APP in ways:
            inside.append(_inside(user_id, message.topic.value, message.text, message.url, dedupe))
        outside += [_leaving(user_id, way, message, dedupe) for way in sorted(ways - {IN_APP})]
    _put(Notice, inside)
    _put(Outgoing, outside)


def _leaving(user_id: int, channel: str, message: Message, dedupe: str | None) -> dict[str, Any]:
    now = clock.now()
    return {
        "user_id": user_id,
        "channel": channel,
        "topic": message.topic,
        "subject": _cut(message.outside, _SUBJECT),
        "text": "\n".join((message.outside, *message.body)),
        "url": message.url,
        "dedupe": f"{dedupe}:{user_id}:{channel}"[:160] if dedupe else None,
        "next_at": now,
        "created_at": now,
    }


def choose(actor: Actor, choice: rules.Choice, domains: Iterable[str]) -> None:
    """Keeps what one wants to be told of; `domains` are those that mail may go to (RuleBroken beside `email`)."""
    rules.check(choice, domains)
    row = queries.own_choice(actor)
    row.lead_days, row.email = choice.lead_days, choice.email or None
    row.ways = {topic.value: sorted(ways) for topic, ways in choice.ways.items()}
    db.session.add(row)
    db.session.flush()
    # The choice itself is nobody else's business; that it was changed may matter when somebody was not reached.
    audit.record(
        actor, "notify.chosen", audit.Subject("account", actor.user_id, f"{actor.name}（{actor.login}）")
    )


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
