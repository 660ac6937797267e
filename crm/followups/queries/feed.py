"""The feed behind a secret, whom it speaks for today, and what it may carry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select

from crm.accounts import queries as accounts
from crm.accounts.permissions import PROJECT_SEE
from crm.core.actor import Actor
from crm.core.db import db
from crm.followups.models import CalendarFeed, Followup
from crm.followups.queries.scope import visible_to
from crm.followups.rules import DutyKind, DutyState
from crm.projects.models import Project

#: How far back and ahead a calendar carries duties, and how many at most.
BACK, AHEAD, MOST = timedelta(days=31), timedelta(days=366), 1000


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A duty as it may leave the house: no company at all; `what` is of no use where `secret`."""

    id: int
    version: int
    kind: DutyKind
    what: str
    due_on: date
    due_at: str
    updated_at: datetime
    code: str | None
    secret: bool


def feed_of(actor: Actor) -> CalendarFeed | None:
    """One's own feed that is not revoked."""
    return db.session.scalar(
        select(CalendarFeed).where(CalendarFeed.user_id == actor.user_id, CalendarFeed.revoked_at.is_(None))
    )


def feed_by_hash(secret_hash: str) -> CalendarFeed | None:
    return db.session.scalar(select(CalendarFeed).where(CalendarFeed.secret_hash == secret_hash))


def actor_of_feed(feed: CalendarFeed, ip: str, today: date, *, demo: bool) -> Actor | None:
    """Whom a feed speaks for today; None when it is revoked, or its person, post or right to see is gone."""
    person = accounts.person(feed.user_id, today)
    if feed.revoked_at is not None or person is None or not person.active or (person.is_demo and not demo):
        return None
    post = next((p for p in person.posts if p.id == feed.post_id), None)
    actor = accounts.actor_of(person, post, ip, read_only=True) if post is not None else None
    return actor if actor is not None and actor.can(PROJECT_SEE) else None


def feed_rows(actor: Actor, today: date) -> Sequence[FeedRow]:
    """One's own open duties that one may see today, by due day. One statement."""
    secret = or_(Followup.confidential, Project.confidential.is_(True))
    found = db.session.execute(
        select(
            Followup.id,
            Followup.version,
            Followup.kind,
            Followup.what,
            Followup.due_on,
            Followup.due_at,
            Followup.updated_at,
            Project.code,
            secret,
        )
        .outerjoin(Project, Project.id == Followup.project_id)
        .where(
            Followup.owner_id == actor.user_id,
            Followup.state == DutyState.OPEN,
            Followup.due_on.between(today - BACK, today + AHEAD),
            visible_to(actor),
        )
        .order_by(Followup.due_on, Followup.id)
        .limit(MOST)
    )
    return [FeedRow(*row) for row in found]
