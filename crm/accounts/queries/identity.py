"""Users, posts in force, and the actor they make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, bindparam, func, or_, select

from crm.accounts import permissions
from crm.accounts.models import PasswordHistory, Post, SignIn, User
from crm.core.actor import Actor, Role
from crm.core.db import db
from crm.settings import queries as settings
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


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Who a session or a token belongs to, the limits he is held to, and the posts in force in a stable order."""

    posts: tuple[PostRow, ...]
    id: int
    login: str
    name: str
    active: bool
    is_demo: bool
    must_change: bool
    password_changed_at: datetime
    session_epoch: int
    session_most_hours: int
    session_idle_minutes: int
    password_days: int


def user_by_login(login: str) -> User | None:
    return db.session.scalar(select(User).where(func.lower(User.login) == login.strip().lower()))


def user(user_id: int) -> User | None:
    return db.session.get(User, user_id)


_user, _post, _unit = User.__table__.c, Post.__table__.c, Unit.__table__.c
_WHO = (
    _user.id,
    _user.login,
    _user.name,
    _user.active,
    _user.is_demo,
    _user.must_change,
    _user.password_changed_at,
    _user.session_epoch,
)
_LIMITS = ("session_most_hours", "session_idle_minutes", "password_days")
_POST = (_post.id, _post.role, _post.title, _unit.id, _unit.short_name, _unit.zone_id, _unit.county_id)
#: Built once, of tables and not of mapped classes: every request of a signed-in person sends it.
_PERSON = (
    select(*_WHO, *(settings.stored(key) for key in _LIMITS), *_POST)
    .select_from(User.__table__)
    .outerjoin(
        Post.__table__,
        and_(
            _post.user_id == _user.id,
            _post.confirmed_at.is_not(None),
            _post.revoked_at.is_(None),
            _post.starts_on <= bindparam("today"),
            or_(_post.ends_on.is_(None), _post.ends_on >= bindparam("today")),
        ),
    )
    .outerjoin(Unit.__table__, and_(_unit.id == _post.unit_id, _unit.active))
    .where(_user.id == bindparam("user_id"))
    .order_by(_post.id)
)


def person(user_id: int, today: date) -> PersonRow | None:
    """A user with the confirmed posts within their term, in one statement."""
    rows = [tuple(row) for row in db.session.execute(_PERSON, {"user_id": user_id, "today": today})]
    if not rows:
        return None
    who, split = len(_WHO), len(_WHO) + len(_LIMITS)
    # A row without a unit is a user without a post, or a post in a unit that is no more.
    posts = tuple(PostRow(*row[split:]) for row in rows if row[split + 3] is not None)
    return PersonRow(posts, *rows[0][:who], *map(settings.typed, _LIMITS, rows[0][who:split]))


def posts_of(user_id: int, today: date) -> Sequence[PostRow]:
    """Confirmed posts within their term, in a stable order."""
    found = person(user_id, today)
    return found.posts if found else ()


def actor_of(person: User | PersonRow, post: PostRow, ip: str = "", *, read_only: bool = False) -> Actor:
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


def bare_actor(person: User | PersonRow, ip: str = "") -> Actor:
    """A signed-in person without any post in force: may change the password and leave."""
    return Actor(user_id=person.id, name=person.name, login=person.login, ip=ip)
