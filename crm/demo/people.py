"""Demo accounts, two officers and a chief for every zone, and the leaders of the city."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from crm.accounts.models import User
from crm.core.actor import Role
from crm.core.db import db
from crm.demo import factories
from crm.demo.factories import PEOPLE, Person
from crm.demo.words import Words
from crm.units.models import Leader, Unit
from crm.units.rules import LeaderLevel, UnitKind
from crm.zones.models import Zone


@dataclass(slots=True)
class Cast:
    """Who acts in the demo: officers and chiefs by zone id, the bureau's two, leaders by county id (None: the city)."""

    users: dict[str, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    officers: dict[int, list[int]] = field(default_factory=dict)
    chiefs: dict[int, int] = field(default_factory=dict)
    leaders: dict[int | None, list[int]] = field(default_factory=dict)
    zones: dict[str, Zone] = field(default_factory=dict)


def cast(words: Words) -> Cast:
    """Accounts that exist already are kept, so that loading twice adds nobody."""
    made = Cast(zones={z.code: z for z in db.session.scalars(select(Zone).order_by(Zone.order_no))})
    for person in PEOPLE:
        _account(made, person)
    for zone in made.zones.values():
        short = zone.code.removeprefix("LYG-").lower()
        people = [
            Person(f"{short}-officer{n}", words.person(), Role.OFFICER, zone.code, "招商专员") for n in (1, 2)
        ]
        people.append(
            Person(f"{short}-chief", words.person(), Role.CHIEF, zone.code, f"{zone.short_name}主要负责人")
        )
        for person in people:
            _account(made, person)
    _leaders(made, words)
    return made


def _account(made: Cast, person: Person) -> None:
    user = db.session.scalar(select(User).where(User.login == person.login)) or factories.account(person)
    made.users[person.login] = user.id
    made.names[user.id] = user.name
    zone = made.zones.get(person.unit)
    if zone is None:
        return
    if person.role is Role.OFFICER:
        made.officers.setdefault(zone.id, []).append(user.id)
    elif person.role is Role.CHIEF:
        made.chiefs.setdefault(zone.id, user.id)


def _leaders(made: Cast, words: Words) -> None:
    """Two leaders of the city, and a main and a charged leader in every county and block."""
    if db.session.scalar(select(Leader.id).limit(1)):
        rows = db.session.execute(select(Leader.unit_id, Leader.id).order_by(Leader.rank_no))
        for unit_id, leader_id in rows:
            made.leaders.setdefault(unit_id, []).append(leader_id)
        return
    city = factories.unit("LYG")
    _leader(made, words, city, "市委、市政府主要领导", LeaderLevel.CITY_MAIN, 1)
    _leader(made, words, city, "分管招商的市领导", LeaderLevel.CITY_CHARGE, 2)
    kinds = (UnitKind.COUNTY, UnitKind.BLOCK)
    units = db.session.scalars(select(Unit).where(Unit.kind.in_(kinds)).order_by(Unit.order_no)).all()
    for number, unit in enumerate(units):
        _leader(made, words, unit, f"{unit.short_name}主要负责人", LeaderLevel.COUNTY_MAIN, 10 + number)
        _leader(made, words, unit, f"{unit.short_name}分管负责人", LeaderLevel.COUNTY_CHARGE, 40 + number)


def _leader(made: Cast, words: Words, unit: Unit, title: str, level: LeaderLevel, rank: int) -> None:
    leader = Leader(
        name=words.person(),
        title=title,
        level=level,
        unit_id=unit.id,
        rank_no=rank,
        starts_on=date(2022, 1, 1),
    )
    db.session.add(leader)
    db.session.flush()
    made.leaders.setdefault(unit.id, []).append(leader.id)
