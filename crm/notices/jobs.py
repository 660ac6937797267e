"""Sending what waits in the outbox: called by the worker between its tasks."""

from datetime import datetime

from flask import current_app

from crm.accounts import queries as accounts
from crm.core import clock
from crm.core import db as database
from crm.core.config import Config
from crm.core.db import db
from crm.notices import actions, channels, queries, rules
from crm.notices.models import Outgoing
from crm.notices.rules import Undelivered
from crm.projects import queries as projects


def deliver(now: datetime) -> bool:
    """Sends one message; False when none is due. Commits twice: before it leaves, and when it is known what became of it."""
    with database.looking():
        waiting = queries.anything_due(now)
    if not waiting:
        return False
    message = actions.claim(now)
    db.session.commit()
    if message is None:
        return False
    try:
        _send(message)
    except Undelivered as why:
        actions.failed(message, why, clock.now())
    else:
        actions.sent(message, clock.now())
    db.session.commit()
    return True


def _send(message: Outgoing) -> None:
    config: Config = current_app.config["CRM"]
    person = accounts.user(message.user_id)
    if person is None or not person.active:
        raise Undelivered("收件人的账号已经停用", again=False)
    link = f"{config.public_url}{message.url}" if message.url and config.public_url else ""
    text = "\n".join(part for part in (message.text, link) if part)
    name = rules.robot_of(message.channel)
    name, subject, title = (
        rules.robot_of(message.channel),
        message.subject,
        f"{person.name}：{message.subject}",
    )
    to, zones = queries.choices([person.id])[person.id].email, _zones(person.id)
    number = f"<outbox-{message.id}@crm>"
    # Nothing is read while the network is waited for: a transaction held open would keep others waiting.
    db.session.commit()
    if name is None:
        channels.mail(config.smtp, to, subject, text, number)
    else:
        channels.robot(config.robots, name, zones, title, text)


def _zones(user_id: int) -> list[str]:
    """Codes of the zones in which somebody holds a post today."""
    held = {post.zone_id for post in accounts.posts_of(user_id, clock.today())}
    return [zone.code for zone in projects.all_zones() if zone.id in held]
