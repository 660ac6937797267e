"""Builders of accounts and business rows, shared by the demo and the tests. Names are invented."""

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crm.accounts import passwords
from crm.accounts.models import Post, User
from crm.companies.models import Company, CompanyLink
from crm.core import clock, search, text
from crm.core.actor import Role
from crm.core.db import db
from crm.projects.models import Project
from crm.projects.rules import Stage, Status
from crm.reference import load
from crm.units.models import Unit
from crm.zones.models import Zone

#: Printed in the README; these accounts exist only where the demo was loaded.
PASSWORD = "Lianyun-2026!"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Person:
    login: str
    name: str
    role: Role
    unit: str
    title: str


#: The demo accounts of the interface, by unit code.
PEOPLE = (
    Person("officer", "陈思远", Role.OFFICER, "LYG-ETDZ", "招商二局专员"),
    Person("officer2", "许知夏", Role.OFFICER, "LYG-XUWEI", "招商局专员"),
    Person("chief", "钟明远", Role.CHIEF, "LYG-ETDZ", "市开发区主要负责人"),
    Person("specialist", "李沐航", Role.SPECIALIST, "LYG-ETDZ", "服务专员"),
    Person("county", "顾清和", Role.COUNTY, "LYG-C-GANYU", "赣榆区招商联络人"),
    Person("dept", "沈默言", Role.DEPT, "LYG-D-STHJ", "生态环境局联络人"),
    Person("bureau", "周若岚", Role.BUREAU, "LYG-D-SWJ", "投资促进处处长"),
    Person("bureau2", "罗知衡", Role.BUREAU, "LYG-D-SWJ", "开发区处"),
    Person("leader", "梁靖川", Role.LEADER, "LYG", "市领导"),
    Person("sysadmin", "蒋文澜", Role.SYSADMIN, "LYG", "系统管理员"),
    Person("secadmin", "潘书砚", Role.SECADMIN, "LYG", "安全管理员"),
    Person("auditor", "袁予安", Role.AUDITOR, "LYG", "审计管理员"),
)

_hash: list[str] = []
numbers = itertools.count(1)


def _password_hash() -> str:
    """One hash for all demo accounts: Argon2 is slow on purpose, twelve times is a second."""
    if not _hash:
        _hash.append(passwords.hashed(PASSWORD))
    return _hash[0]


def reference() -> None:
    """Units, zones, plans, chains as shipped."""
    load.everything()


def unit(code: str) -> Unit:
    return db.session.scalars(select(Unit).where(Unit.code == code)).one()


def zone(code: str) -> Zone:
    return db.session.scalars(select(Zone).where(Zone.code == code)).one()


def account(person: Person) -> User:
    """A user with one confirmed post."""
    user = User(login=person.login, name=person.name, password_hash=_password_hash(), is_demo=True)
    db.session.add(user)
    db.session.flush()
    db.session.add(
        Post(
            user_id=user.id,
            unit_id=unit(person.unit).id,
            role=person.role,
            title=person.title,
            starts_on=date(2022, 1, 1),
            confirmed_at=clock.now(),
        )
    )
    return user


def company(name: str = "", *, zone_code: str | None = None, **values: Any) -> Company:
    """A registered company; with `zone_code` also that zone's link."""
    name = name or f"演示企业{next(numbers)}有限公司"
    tokens, searched = search.columns(name)
    made = Company(
        name=name,
        key=text.company_identity(name),
        loose_key=text.company_key(name),
        sort_key=text.sort_key(name)[:80],
        search_tokens=tokens,
        search_text=searched,
        **values,
    )
    db.session.add(made)
    db.session.flush()
    if zone_code:
        db.session.add(CompanyLink(company_id=made.id, zone_id=zone(zone_code).id))
        db.session.flush()
    return made


def project(
    zone_code: str | None = "LYG-ETDZ",
    *,
    name: str = "",
    investor: Company | None = None,
    total: str | None = "20000",
    **values: Any,
) -> Project:
    """A project row as it stands after creation; amounts in 万元 as text."""
    number = next(numbers)
    name = name or f"演示项目{number}"
    today = clock.today()
    investor = investor or company()
    tokens, searched = search.columns(name, investor.name)
    made = Project(
        code=f"{(zone_code or 'LYG').removeprefix('LYG-')}-{today.year}-{9000 + number}",
        name=name,
        key=text.name_key(name),
        company_id=investor.id,
        zone_id=zone(zone_code).id if zone_code else None,
        total_investment=None if total is None else Decimal(total),
        stage=values.pop("stage", Stage.LEAD),
        status=values.pop("status", Status.ACTIVE),
        stage_since=values.pop("stage_since", today - timedelta(days=10)),
        status_since=today - timedelta(days=10),
        search_tokens=tokens,
        search_text=searched,
        **values,
    )
    db.session.add(made)
    db.session.flush()
    return made
