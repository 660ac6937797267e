"""Who is behind a request: the session's user and post, or an API token. An edge, used by the app alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, logout_user
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import BadRequest
from wtforms import ValidationError

from crm.accounts import queries, tokens
from crm.accounts.models import User
from crm.core import clock
from crm.core.errors import Forbidden

manager = LoginManager()
_SEEN_SECONDS = 60


class SessionUser(UserMixin):
    """What flask-login keeps: the id with the session epoch, so that ending all sessions is one increment."""

    def __init__(self, user: User | queries.PersonRow) -> None:
        self.user = user

    def get_id(self) -> str:
        return f"{self.user.id}:{self.user.session_epoch}"


def demo_allowed() -> bool:
    """The demo's accounts have a printed password: they exist in development only."""
    return not current_app.config["CRM"].production


def _admitted(user: queries.PersonRow) -> bool:
    return demo_allowed() or not user.is_demo


@manager.user_loader  # type: ignore[untyped-decorator]
def _load(key: str) -> SessionUser | None:
    number, _, epoch = key.partition(":")
    user = queries.person(int(number), clock.today()) if number.isdecimal() and len(number) < 10 else None
    if user is None or not user.active or str(user.session_epoch) != epoch or not _admitted(user):
        return None
    return SessionUser(user)


def _expired(person: queries.PersonRow, now: datetime) -> bool:
    started = datetime.fromtimestamp(session.get("started", 0), UTC)
    seen = datetime.fromtimestamp(session.get("seen", 0), UTC)
    return now - started > timedelta(hours=person.session_most_hours) or now - seen > timedelta(
        minutes=person.session_idle_minutes
    )


def begin(now: datetime) -> None:
    session["started"] = session["seen"] = int(now.timestamp())


def _identify() -> Any:
    """Sets g.actor and g.posts; sends people who must change their password to that page."""
    g.actor, g.posts = None, ()
    # A context that outlives one request (tests, shells) must not lend its user to the next.
    g.pop("_login_user", None)
    if request.endpoint == "static":
        return None
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer ") and request.path.startswith("/api/"):
        secret = header.removeprefix("Bearer ").strip()
        g.actor = tokens.actor_of(secret, request.remote_addr or "", clock.today(), demo=demo_allowed())
        return None
    if not current_user.is_authenticated:
        return None
    return _from_session(clock.now())


def _from_session(now: datetime) -> Any:
    user, ip = current_user.user, request.remote_addr or ""
    if _expired(user, now):
        logout_user()
        session.clear()
        return None
    _mark_seen(now)
    g.posts = posts = user.posts
    chosen = next((p for p in posts if p.id == session.get("post_id")), posts[0] if posts else None)
    g.actor = queries.actor_of(user, chosen, ip) if chosen else queries.bare_actor(user, ip)
    if request.path.startswith("/api/") and request.method not in ("GET", "HEAD", "OPTIONS"):
        _check_csrf()
    return _must_change(user, now)


def _mark_seen(now: datetime) -> None:
    """Once a minute is enough for a limit in minutes, and spares every page a signature and a cookie."""
    if abs(int(now.timestamp()) - int(session.get("seen", 0))) >= _SEEN_SECONDS:
        session["seen"] = int(now.timestamp())


def _check_csrf() -> None:
    """A signed-in page's writes carry the token; bearer tokens do not need one."""
    try:
        validate_csrf(request.headers.get("X-CSRF-Token", ""))
    except ValidationError as error:
        raise BadRequest() from error


def _must_change(user: queries.PersonRow, now: datetime) -> Any:
    """Until an expired or one-time password is changed, its own page is all that opens; the API answers 403."""
    old = now - user.password_changed_at > timedelta(days=user.password_days)
    exempt = user.is_demo and demo_allowed()
    if not user.must_change and (not old or exempt):
        return None
    if request.endpoint in ("accounts.password", "accounts.logout", "static"):
        return None
    if request.path.startswith("/api/"):
        raise Forbidden("密码要先修改才能继续。请登录网页修改密码。")
    return redirect(url_for("accounts.password"))


def install(app: Flask) -> None:
    manager.init_app(app)
    app.before_request(_identify)
