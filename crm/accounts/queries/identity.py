"""Users, posts in force, and the actor they make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, func, or_, select

from crm.accounts import permissions
from crm.accounts.models import PasswordHistory, Post, SignIn, User
from crm.core.actor import Actor, Role
from crm.core.db import db
from crm.units.models import Unit


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post in force, as the top bar shows it."""

    id: int
    role: Role
    title: str
    unit_id: int
    unit_name: str
    zone_id: int | None
    county_id: int | None


def user_by_login(login: str) -> User | None:
    return db.session.scalar(select(User).where(func.lower(User.login) == login.strip().lower()))


def user(user_id: int) -> User | None:
    return db.session.get(User, user_id)


#: Built once: every request of a signed-in person sends it.
_POSTS = (
    select(Post.id, Post.role, Post.title, Unit.id, Unit.short_name, Unit.zone_id, Unit.county_id)
    .join(Unit, Unit.id == Post.unit_id)
    .where(
        Post.user_id == bindparam("user_id"),
        Post.confirmed_at.is_not(None),
        Post.revoked_at.is_(None),
        Post.starts_on <= bindparam("today"),
        or_(Post.ends_on.is_(None), Post.ends_on >= bindparam("today")),
        Unit.active,
    )
    .order_by(Post.id)
)


def posts_of(user_id: int, today: date) -> Sequence[PostRow]:
    """Confirmed posts within their term, in a stable order."""
    return [PostRow(*row) for row in db.session.execute(_POSTS, {"user_id": user_id, "today": today})]


def actor_of(person: User, post: PostRow, ip: str = "", *, read_only: bool = False) -> Actor:
    """The actor a user becomes by acting for a post; a user without a post can reach his own account only."""
    return Actor(
        user_id=person.id,
        name=person.name,
        login=person.login,
        role=post.role,
        post_id=post.id,
        unit_id=post.unit_id,
        unit_name=post.unit_name,
        zone_id=post.zone_id,
        county_id=post.county_id,
        scopes=permissions.scopes_of(post.role),
        ip=ip,
        read_only=read_only,
    )


def actor_by_login(login: str, today: date) -> Actor | None:
    """The actor for a login's first post; for commands (`--as LOGIN`)."""
    person = user_by_login(login)
    if person is None or not person.active:
        return None
    posts = posts_of(person.id, today)
    return actor_of(person, posts[0]) if posts else None


def system() -> Actor:
    """The product itself: jobs, reference data. Reaches the city with every business verb."""
    return Actor(user_id=None, name="系统", login="system", scopes=permissions.scopes_of(Role.BUREAU))


def console() -> Actor:
    """Whoever holds the server's command line: makes the first administrators, which nobody else can confirm yet."""
    scopes = {**permissions.scopes_of(Role.SYSADMIN), **permissions.scopes_of(Role.SECADMIN)}
    return Actor(user_id=None, name="命令行", login="console", scopes=scopes)


def failures_of(login: str, now: datetime, minutes: int) -> int:
    """Failed sign-ins under one name in the last minutes, whether or not there is such an account."""
    since = now - timedelta(minutes=minutes)
    query = select(func.count()).select_from(SignIn)
    return (
        db.session.scalar(query.where(SignIn.login == login[:60], SignIn.at > since, SignIn.ok.is_(False)))
        or 0
    )


def failures_from(ip: str, now: datetime, minutes: int) -> int:
    """Failed sign-ins from one address in the last minutes."""
    since = now - timedelta(minutes=minutes)
    return (
        db.session.scalar(
            select(func.count())
            .select_from(SignIn)
            .where(SignIn.ip == ip, SignIn.at > since, SignIn.ok.is_(False))
        )
        or 0
    )


def recent_hashes(user_id: int, most: int) -> Sequence[str]:
    return db.session.scalars(
        select(PasswordHistory.password_hash)
        .where(PasswordHistory.user_id == user_id)
        .order_by(PasswordHistory.id.desc())
        .limit(most)
    ).all()


def bare_actor(person: User, ip: str = "") -> Actor:
    """A signed-in person without any post in force: may change the password and leave."""
    return Actor(user_id=person.id, name=person.name, login=person.login, ip=ip)
