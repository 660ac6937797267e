"""Lists of people: the administrator's, and the type-ahead within one's reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true

from crm.accounts import permissions
from crm.accounts.models import Post, User
from crm.accounts.rules import ADMINISTRATORS, ROLE_LABELS
from crm.core.actor import Actor, Scope
from crm.core.db import db
from crm.core.paging import Page, Window, key_of, token
from crm.core.pinyin import pinyin_full, pinyin_initials
from crm.units.models import Unit


def in_force(today: date) -> ColumnElement[bool]:
    """Posts that give rights today."""
    return and_(
        Post.confirmed_at.is_not(None),
        Post.revoked_at.is_(None),
        Post.starts_on <= today,
        or_(Post.ends_on.is_(None), Post.ends_on >= today),
    )


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account as the administrator's list shows it; `posts` are those in force, in words."""

    id: int
    login: str
    name: str
    active: bool
    must_change: bool
    locked_until: datetime | None
    created_at: datetime
    is_demo: bool
    posts: tuple[str, ...] = ()


_COLUMNS = (
    User.id,
    User.login,
    User.name,
    User.active,
    User.must_change,
    User.locked_until,
    User.created_at,
    User.is_demo,
)


def users(q: str, state: str, today: date, window: Window) -> Page[UserRow]:
    """Accounts by login. `state` is "active", "off" or "idle" (active without a post in force); else all."""
    wanted = [_like(q), _state(state, today)]
    total = db.session.scalar(select(func.count()).select_from(User).where(*wanted)) or 0
    query = select(*_COLUMNS).where(*wanted).order_by(User.login).limit(window.per_page + 1)
    if window.after:
        query = query.where(User.login > (key_of(window.after, 1)[0] or ""))
    found = db.session.execute(query).all()
    shown = found[: window.per_page]
    posts = _posts_of([row[0] for row in shown], today)
    items = [UserRow(*row, posts=tuple(posts.get(row[0], ()))) for row in shown]
    more = len(found) > window.per_page
    return Page(items, total, window, token(items[-1].login) if more else None)


def _like(q: str) -> ColumnElement[bool]:
    word = q.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if not word:
        return true()
    return or_(User.login.like(f"%{word}%", escape="\\"), User.name.like(f"%{word}%", escape="\\"))


def _state(state: str, today: date) -> ColumnElement[bool]:
    if state == "active":
        return User.active.is_(True)
    if state == "off":
        return User.active.is_(False)
    if state == "idle":
        held = select(Post.user_id).where(in_force(today))
        return and_(User.active.is_(True), User.id.not_in(held))
    return true()


def _posts_of(ids: list[int], today: date) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = {}
    query = (
        select(Post.user_id, Post.role, Unit.short_name)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.user_id.in_(ids), in_force(today))
        .order_by(Post.id)
    )
    for user_id, role, unit in db.session.execute(query):
        found.setdefault(user_id, []).append(f"{unit} {ROLE_LABELS[role]}")
    return found


@dataclass(frozen=True, slots=True)
class Found:
    """A person to choose; `zone_id` is the zone of his first post."""

    id: int
    name: str
    unit_name: str
    role: str
    zone_id: int | None


def _within(actor: Actor) -> ColumnElement[bool]:
    """People whose post lies within what the actor sees: the city, his county, his zone, or his own unit."""
    reach = actor.scope(permissions.PROJECT_SEE)
    if reach is Scope.CITY:
        return true()
    if reach is Scope.COUNTY and actor.county_id is not None:
        return Unit.county_id == actor.county_id
    if actor.zone_id is not None:
        return Unit.zone_id == actor.zone_id
    return Unit.id == actor.unit_id if actor.unit_id is not None else false()


def lookup(actor: Actor, q: str, today: date, most: int = 12) -> list[Found]:
    """Active people of one's reach, by name, login, pinyin or initials; administrators are left out."""
    query = (
        select(User.id, User.name, Unit.short_name, Post.role, Unit.zone_id, User.login)
        .join(Post, Post.user_id == User.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(User.active, in_force(today), Post.role.not_in(ADMINISTRATORS), _within(actor))
        .order_by(User.name, User.id, Post.id)
    )
    found: dict[int, Found] = {}
    for user_id, name, unit, role, zone_id, login in db.session.execute(query):
        if user_id not in found and _says(q, name, login):
            found[user_id] = Found(user_id, name, unit, ROLE_LABELS[role], zone_id)
        if len(found) == most:
            break
    return list(found.values())


def _says(q: str, name: str, login: str) -> bool:
    word = "".join(q.lower().split())
    if word in name or word in login:
        return True
    if not word.isascii():
        return False
    return word in _flat(pinyin_full(name)) or word in _flat(pinyin_initials(name))


def _flat(text: Any) -> str:
    return "".join(str(text).lower().split())
