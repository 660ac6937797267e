"""Accounts: made, renamed, stopped, unlocked; a new password is shown once and must be changed at the first sign-in."""

from datetime import date, datetime

from crm.accounts import passwords, permissions, queries, rules
from crm.accounts.models import PasswordHistory, User
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken


def subject(person: User) -> audit.Subject:
    return audit.Subject("user", person.id, f"{person.name}（{person.login}）")


def add_user(
    actor: Actor, login: str, name: str, now: datetime, password: str | None = None
) -> tuple[User, str]:
    """Adds the row without an audit entry of its own and gives the password it begins with."""
    login, name = rules.login_name(login), rules.person_name(name)
    if queries.user_by_login(login) is not None:
        raise RuleBroken("这个登录名已有人使用，请换一个。", field="login")
    first = password or passwords.one_time()
    person = User(
        login=login,
        name=name,
        password_hash=passwords.hashed(first),
        must_change=password is None,
        password_changed_at=now,
        created_by=actor.user_id,
    )
    db.session.add(person)
    db.session.flush()
    return person, first


def create_user(
    actor: Actor, login: str, name: str, now: datetime, password: str | None = None
) -> tuple[User, str]:
    """A new account without any right yet, and its one-time password (or the one given)."""
    actor.require(permissions.ADMIN_ACCOUNTS)
    person, first = add_user(actor, login, name, now, password)
    audit.record(actor, "account.created", subject(person))
    return person, first


def edit_user(actor: Actor, person: User, name: str) -> None:
    """The login never changes: the audit and everybody's memory hang on it."""
    actor.require(permissions.ADMIN_ACCOUNTS)
    name = rules.person_name(name)
    if name != person.name:
        before, person.name = person.name, name
        audit.record(actor, "account.edited", subject(person), {"name": (before, name)})


def set_active(actor: Actor, person: User, active: bool) -> None:
    """Stopping an account ends its sessions at once; its posts stay and its records keep the name."""
    actor.require(permissions.ADMIN_ACCOUNTS)
    if person.id == actor.user_id:
        raise RuleBroken("不能停用自己的账号。请由另一位系统管理员操作。")
    if person.active == active:
        return
    person.active = active
    person.session_epoch += 1
    audit.record(actor, "account.activated" if active else "account.deactivated", subject(person))


def reset_password(actor: Actor, person: User, now: datetime, today: date) -> str:
    """A new one-time password; every session of the person ends.

    Whoever could reset another administrator's password could sign in as him and undo the separation of the three,
    so those are reset on the server's command line only.
    """
    actor.require(permissions.ADMIN_ACCOUNTS)
    held = set(queries.roles_held(person.id, today))
    if actor.user_id is not None and held & rules.ADMINISTRATORS:
        raise Forbidden("管理员的密码不能在页面上重置。请在服务器上执行 flask users reset。")
    first = passwords.one_time()
    db.session.add(PasswordHistory(user_id=person.id, password_hash=person.password_hash, at=now))
    person.password_hash = passwords.hashed(first)
    person.password_changed_at = now
    person.must_change = True
    person.session_epoch += 1
    _open(person)
    audit.record(actor, "account.password_reset", subject(person))
    return first


def unlock(actor: Actor, person: User) -> None:
    actor.require(permissions.ADMIN_ACCOUNTS)
    _open(person)
    audit.record(actor, "account.edited", subject(person), note="解除锁定")


def _open(person: User) -> None:
    person.failed_count = 0
    person.locked_until = None
