"""Passwords, locking, terms of posts, and who may hold what together (rules.md §12, roles.md)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from crm.core.actor import Role
from crm.core.errors import RuleBroken
from crm.units.rules import UnitKind


class TokenScope(StrEnum):
    READ = "read"
    WRITE = "write"


ROLE_LABELS: dict[Role, str] = {
    Role.OFFICER: "招商专员",
    Role.SPECIALIST: "服务专员",
    Role.CHIEF: "开发区主要负责人",
    Role.COUNTY: "县区",
    Role.DEPT: "部门",
    Role.BUREAU: "市商务局",
    Role.LEADER: "市领导",
    Role.SYSADMIN: "系统管理员",
    Role.SECADMIN: "安全管理员",
    Role.AUDITOR: "审计管理员",
}

ADMINISTRATORS = frozenset({Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR})

#: What a chief may hand out in his own zone without the two administrators.
INVITABLE = frozenset({Role.OFFICER, Role.SPECIALIST})

_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")


def check_password(password: str, login: str, shortest: int) -> None:
    """At least `shortest` characters, three of four classes, not containing the login name."""
    if len(password) < shortest:
        raise RuleBroken(f"密码太短，至少 {shortest} 位。", field="password")
    if sum(bool(re.search(c, password)) for c in _CLASSES) < 3:
        raise RuleBroken("密码要包含大写字母、小写字母、数字、符号中的三类。", field="password")
    if login and login.lower() in password.lower():
        raise RuleBroken("密码里不能包含登录名，请换一个。", field="password")


def check_together(roles: Iterable[Role]) -> None:
    """The three administrators are kept apart from each other and from every business role."""
    held = set(roles)
    if held & ADMINISTRATORS and len(held) > 1:
        raise RuleBroken("系统、安全、审计三类管理员互相分离，也不能兼任业务岗位。", field="role")


#: Where a role may be held; a role that is not named may be held at any unit.
_ZONE_ROLES = frozenset({Role.OFFICER, Role.SPECIALIST, Role.CHIEF})


def check_place(role: Role, kind: UnitKind, zone_id: int | None) -> None:
    """A post stands where its reach makes sense: a zone's role within a zone, a county's at a county or block."""
    if role in _ZONE_ROLES and zone_id is None:
        raise RuleBroken(f"{ROLE_LABELS[role]}要设在开发区或其下属机构。请重选机构。", field="unit")
    if role is Role.COUNTY and kind not in (UnitKind.COUNTY, UnitKind.BLOCK):
        raise RuleBroken("县区岗位要设在县区或功能板块。请重选机构。", field="unit")
    if role in (Role.DEPT, Role.BUREAU) and kind is not UnitKind.DEPARTMENT:
        raise RuleBroken(f"{ROLE_LABELS[role]}岗位要设在部门。请重选机构。", field="unit")
    if role is Role.LEADER and kind is not UnitKind.CITY:
        raise RuleBroken("市领导岗位要设在市本级。请重选机构。", field="unit")


_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,39}")


def login_name(written: str) -> str:
    """The login as it is kept: lower case. Raises RuleBroken for what nobody could type reliably."""
    login = written.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise RuleBroken(
            "登录名用小写字母开头，只含字母、数字、点、横线，2 至 40 位。请重填。", field="login"
        )
    return login


def person_name(written: str) -> str:
    name = " ".join(written.split())
    if not 1 <= len(name) <= 40:
        raise RuleBroken("姓名没有填，或超过 40 个字。请重填。", field="name")
    return name


def check_term(starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise RuleBroken("任期结束早于开始。请核对两个日期。", field="ends_on")


class PostState(StrEnum):
    PENDING = "pending"
    REFUSED = "refused"
    COMING = "coming"
    IN_FORCE = "in_force"
    ENDED = "ended"


POST_STATE_LABELS = {
    PostState.PENDING: "待确认",
    PostState.REFUSED: "未同意",
    PostState.COMING: "未到任期",
    PostState.IN_FORCE: "在任",
    PostState.ENDED: "已结束",
}


def post_state(
    *,
    confirmed: bool,
    refused: bool,
    revoked: bool,
    starts_on: date,
    ends_on: date | None,
    today: date,
) -> PostState:
    """Derived from the decisions and the term; nothing of it is stored."""
    if refused:
        return PostState.REFUSED
    if revoked or (ends_on is not None and ends_on < today):
        return PostState.ENDED
    if not confirmed:
        return PostState.PENDING
    return PostState.COMING if starts_on > today else PostState.IN_FORCE


@dataclass(frozen=True, slots=True)
class PostDraft:
    """What is asked for: a role at a unit (by id) for a term."""

    unit_id: int
    role: Role
    starts_on: date
    title: str = ""
    ends_on: date | None = None


def in_term(starts_on: date, ends_on: date | None, today: date) -> bool:
    return starts_on <= today and (ends_on is None or today <= ends_on)


def locked_until(failed: int, limit: int, minutes: int, now: datetime) -> datetime | None:
    """When the account opens again after this failure; None while below the limit."""
    return now + timedelta(minutes=minutes) if failed >= limit else None
