"""Signing in, changing a password."""

import functools
from datetime import datetime

from crm.accounts import passwords, queries, rules
from crm.accounts.models import PasswordHistory, SignIn, User
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.settings import queries as settings

REFUSED = "登录名或密码不对。请核对后再试。"


LOCKED = "登录失败次数太多，账号已暂时锁定。请稍后再试，或请系统管理员解锁。"


def sign_in(login: str, password: str, ip: str, now: datetime, *, demo: bool = True) -> User:
    """Checks a password and keeps count. Raises RuleBroken; the caller commits also after a refusal, so the count stays.

    `demo` is False where accounts of the demo may not be used (production). A name without an account is refused and
    locked in the same words and time as a real one, so that nobody learns which names exist.
    """
    limits = settings.values()
    minutes = limits["login_lock_minutes"]
    if queries.failures_from(ip, now, minutes) >= limits["login_ip_failures"]:
        raise RuleBroken("这个地址登录失败次数太多。请稍后再试。")
    person = queries.user_by_login(login)
    if person is None or not person.active or (person.is_demo and not demo):
        passwords.matches(_nobodys_hash(), password)
        many = queries.failures_of(login, now, minutes) >= limits["login_failures"]
        if not many:
            db.session.add(SignIn(login=login[:60], ip=ip, ok=False, at=now))
        raise RuleBroken(LOCKED if many else REFUSED)
    if person.locked_until and person.locked_until > now:
        raise RuleBroken(LOCKED)
    good = passwords.matches(person.password_hash, password)
    db.session.add(SignIn(login=person.login, ip=ip, ok=good, at=now))
    if not good:
        _count_failure(person, limits["login_failures"], minutes, now)
        raise RuleBroken(REFUSED)
    person.failed_count = 0
    person.locked_until = None
    return person


def _count_failure(person: User, most: int, minutes: int, now: datetime) -> None:
    person.failed_count += 1
    person.locked_until = rules.locked_until(person.failed_count, most, minutes, now)
    if person.locked_until:
        # The next lock takes as many failures again, not a single one.
        person.failed_count = 0
        audit.record(
            Actor(person.id, person.name), "account.locked", audit.Subject("user", person.id, person.login)
        )


@functools.cache
def _nobodys_hash() -> str:
    """Nobody knows the password of it, so that an unknown login takes as long as a wrong password. Made when it is first
    needed: every process would start a tenth of a second later for it."""
    return passwords.hashed("Nobody-Knows-This-1")


def change_password(actor: Actor, person: User, old: str, new: str, now: datetime) -> None:
    """Not one of the last five; every other session of the person ends."""
    if not passwords.matches(person.password_hash, old):
        raise RuleBroken("原密码不对。请重新输入。", field="old")
    rules.check_password(new, person.login, settings.value("password_length"))
    recent = [person.password_hash, *queries.recent_hashes(person.id, settings.value("password_history"))]
    if any(passwords.matches(h, new) for h in recent):
        raise RuleBroken("新密码与最近用过的相同，请换一个。", field="password")
    _set_password(person, new, now)
    person.must_change = False
    audit.record(actor, "account.password_changed", audit.Subject("user", person.id, person.name))


def _set_password(person: User, new: str, now: datetime) -> None:
    db.session.add(PasswordHistory(user_id=person.id, password_hash=person.password_hash, at=now))
    person.password_hash = passwords.hashed(new)
    person.password_changed_at = now
    person.session_epoch += 1
