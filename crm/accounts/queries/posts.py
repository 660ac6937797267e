"""Posts as the administrators see them: waiting, in force, ended; who proposed and who confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from crm.accounts.models import Post, User
from crm.accounts.rules import INVITABLE, POST_STATE_LABELS, ROLE_LABELS, PostState, post_state
from crm.core.actor import Role
from crm.core.db import db
from crm.units.models import Unit

_Proposer = aliased(User)
_Confirmer = aliased(User)


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post in words. `waits_end` is True while its end is proposed and not yet confirmed."""

    id: int
    user_id: int
    login: str
    person: str
    role: Role
    title: str
    unit_name: str
    starts_on: date
    ends_on: date | None
    created_at: datetime
    proposed_by: int | None
    proposer: str
    confirmer: str
    confirmed_at: datetime | None
    refused_at: datetime | None
    refusal: str
    reviewed_at: datetime | None
    end_proposed_by: int | None
    end_proposed_at: datetime | None
    end_reason: str
    revoked_at: datetime | None
    version: int
    state: PostState

    @property
    def role_label(self) -> str:
        return ROLE_LABELS[self.role]

    @property
    def state_label(self) -> str:
        return POST_STATE_LABELS[self.state]

    @property
    def waits_end(self) -> bool:
        return self.end_proposed_at is not None and self.state in (PostState.IN_FORCE, PostState.COMING)


def post(post_id: int) -> Post | None:
    return db.session.get(Post, post_id)


_COLUMNS = (
    Post.id,
    Post.user_id,
    User.login,
    User.name,
    Post.role,
    Post.title,
    Unit.short_name,
    Post.starts_on,
    Post.ends_on,
    Post.created_at,
    Post.proposed_by,
    _Proposer.name,
    _Confirmer.name,
    Post.confirmed_at,
    Post.refused_at,
    Post.refusal,
    Post.reviewed_at,
    Post.end_proposed_by,
    Post.end_proposed_at,
    Post.end_reason,
    Post.revoked_at,
    Post.version,
)


def _line(row: Any, today: date) -> PostLine:
    state = post_state(
        confirmed=row.confirmed_at is not None,
        refused=row.refused_at is not None,
        revoked=row.revoked_at is not None,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        today=today,
    )
    values = list(row)
    # The command line has no user; whoever reads the list sees where the post came from.
    values[11], values[12] = values[11] or "命令行", values[12] or ""
    return PostLine(*[*values, state])


def _lines(
    today: date, *conditions: ColumnElement[bool], newest: bool = False, most: int = 500
) -> list[PostLine]:
    query = (
        select(*_COLUMNS)
        .join(User, User.id == Post.user_id)
        .join(Unit, Unit.id == Post.unit_id)
        .outerjoin(_Proposer, _Proposer.id == Post.proposed_by)
        .outerjoin(_Confirmer, _Confirmer.id == Post.confirmed_by)
        .where(*conditions)
        .order_by(Post.id.desc() if newest else Post.id)
        .limit(most)
    )
    return [_line(row, today) for row in db.session.execute(query)]


def lines_of(user_id: int, today: date) -> list[PostLine]:
    """Every post of a person, the newest first."""
    return _lines(today, Post.user_id == user_id, newest=True)


def pending(today: date) -> list[PostLine]:
    """Posts waiting for the other administrator."""
    waiting = (Post.confirmed_at.is_(None), Post.refused_at.is_(None), Post.revoked_at.is_(None))
    return _lines(today, *waiting)


def ends_waiting(today: date) -> list[PostLine]:
    """Posts whose end is proposed and not yet confirmed."""
    return _lines(today, Post.end_proposed_at.is_not(None), Post.revoked_at.is_(None))


def invited(today: date, *, reviewed: bool = False) -> list[PostLine]:
    """Posts that chiefs gave in their own zones and nobody has reviewed yet (or has)."""
    by_chief = (
        Post.confirmed_at.is_not(None),
        Post.confirmed_by.is_(None),
        Post.proposed_by.is_not(None),
        Post.revoked_at.is_(None),
        Post.reviewed_at.is_not(None) if reviewed else Post.reviewed_at.is_(None),
    )
    return _lines(today, *by_chief)


def history(today: date, most: int = 200) -> list[PostLine]:
    """The latest decisions on posts, the newest first."""
    decided = or_(Post.confirmed_at.is_not(None), Post.refused_at.is_not(None), Post.revoked_at.is_not(None))
    return _lines(today, decided, newest=True, most=most)


def team(zone_id: int, today: date) -> list[PostLine]:
    """Everybody with a post in a zone that has not ended, the chief first."""
    lines = _lines(today, Unit.zone_id == zone_id, Post.refused_at.is_(None), Post.revoked_at.is_(None))
    shown = [line for line in lines if line.state is not PostState.ENDED]
    return sorted(shown, key=lambda line: (line.role in INVITABLE, line.unit_name, line.id))


def of_unit(unit_id: int, today: date) -> list[PostLine]:
    """Posts at one unit that are in force, coming or waiting: what keeps it from being stopped."""
    lines = _lines(today, Post.unit_id == unit_id, Post.refused_at.is_(None), Post.revoked_at.is_(None))
    return [line for line in lines if line.state is not PostState.ENDED]


def roles_held(user_id: int, today: date, but: int | None = None) -> Sequence[Role]:
    """The roles of a person's posts that are in force, coming, or waiting for confirmation."""
    query = select(Post.role).where(
        Post.user_id == user_id,
        Post.refused_at.is_(None),
        Post.revoked_at.is_(None),
        or_(Post.ends_on.is_(None), Post.ends_on >= today),
    )
    if but is not None:
        query = query.where(Post.id != but)
    return db.session.scalars(query.order_by(Post.id)).all()
