"""Zones by name, code and alias; plans and their quotas. Public facts: no scope is applied."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased

from crm.core.db import db
from crm.core.pinyin import pinyin_full, pinyin_initials
from crm.units.models import Unit
from crm.zones.models import Plan, Quota, Zone, ZoneAlias
from crm.zones.rules import AmountBasis, CountingMilestone, Resolution, ZoneName, alias_key, choose

_County = aliased(Unit)


def _names() -> Any:
    """Zones whose unit is active, in the plan's order."""
    return (
        select(Zone.id, Zone.code, Zone.name, Zone.short_name, Unit.county_id, _County.short_name)
        .join(Unit, Unit.id == Zone.id)
        .outerjoin(_County, _County.id == Unit.county_id)
        .where(Unit.active)
        .order_by(Zone.order_no, Zone.id)
    )


def _rows(query: Any) -> list[ZoneName]:
    return [
        ZoneName(id_, code, name, short, county_id, county or "")
        for id_, code, name, short, county_id, county in db.session.execute(query)
    ]


def all_names() -> list[ZoneName]:
    """Every active zone, in the plan's order."""
    return _rows(_names())


def by_code(code: str) -> Zone | None:
    return db.session.scalar(select(Zone).where(Zone.code == code.strip()))


def by_id(zone_id: int) -> Zone | None:
    return db.session.get(Zone, zone_id)


def resolve(name: str, county_id: int | None = None) -> Resolution:
    """The zone a person means, within the sender's county first; several candidates mean that one has to ask.

    A code, a full name or an alias, written with any blanks and half- or full-width marks. For many rows at once
    use `resolver`.
    """
    key = alias_key(name)
    if not key:
        return Resolution()
    alias = exists().where(ZoneAlias.zone_id == Zone.id, ZoneAlias.key == key)
    plain = or_(*(func.lower(c) == key for c in (Zone.code, Zone.name, Zone.short_name)))
    return choose(_rows(_names().where(or_(alias, plain))), county_id)


class Resolver:
    """All aliases read once, for a file of many rows."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[ZoneName]] = {}
        zones = {z.id: z for z in all_names()}
        pairs = [(alias_key(n), z.id) for z in zones.values() for n in (z.code, z.name, z.short_name)]
        pairs += [
            (key, zone_id) for key, zone_id in db.session.execute(select(ZoneAlias.key, ZoneAlias.zone_id))
        ]
        for zone_id in zones:
            for key in {k for k, owner in pairs if owner == zone_id}:
                self._by_key.setdefault(key, []).append(zones[zone_id])

    def resolve(self, name: str, county_id: int | None = None) -> Resolution:
        return choose(self._by_key.get(alias_key(name), []), county_id)


def resolver() -> Resolver:
    """Two queries, whatever the number of names asked for."""
    return Resolver()


def lookup(q: str, most: int = 12) -> list[ZoneName]:
    """Zones whose name, alias, pinyin or initials contain what was typed."""
    key = alias_key(q)
    known: dict[int, list[str]] = {}
    for zone_id, alias in db.session.execute(select(ZoneAlias.zone_id, ZoneAlias.key)):
        known.setdefault(zone_id, []).append(alias)
    found = []
    for zone in all_names():
        words = [alias_key(zone.code), alias_key(zone.name), *known.get(zone.id, [])]
        words += [
            pinyin_full(zone.short_name).replace(" ", "").lower(),
            pinyin_initials(zone.short_name).lower(),
        ]
        if any(key in word for word in words):
            found.append(zone)
    return found[:most]


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """A zone as the administrators' list shows it; `aliases` counts them."""

    id: int
    code: str
    name: str
    short_name: str
    level: str
    zone_type: str
    district: str
    leading_industries: tuple[str, ...]
    county_name: str
    aliases: int
    edited: bool
    active: bool


def rows() -> list[ZoneRow]:
    aliases = (
        select(func.count(ZoneAlias.id)).where(ZoneAlias.zone_id == Zone.id).correlate(Zone).scalar_subquery()
    )
    query = (
        select(
            Zone.id,
            Zone.code,
            Zone.name,
            Zone.short_name,
            Zone.level,
            Zone.zone_type,
            Zone.district,
            Zone.leading_industries,
            func.coalesce(_County.short_name, ""),
            aliases,
            Zone.edited,
            Unit.active,
        )
        .join(Unit, Unit.id == Zone.id)
        .outerjoin(_County, _County.id == Unit.county_id)
        .order_by(Zone.order_no, Zone.id)
    )
    found = []
    for row in db.session.execute(query):
        values: list[Any] = list(row)
        values[7] = tuple(values[7] or ())
        found.append(ZoneRow(*values))
    return found


def aliases_of(zone_id: int) -> Sequence[ZoneAlias]:
    return db.session.scalars(
        select(ZoneAlias).where(ZoneAlias.zone_id == zone_id).order_by(ZoneAlias.id)
    ).all()


def alias(zone_id: int, alias_id: int) -> ZoneAlias | None:
    return db.session.scalar(select(ZoneAlias).where(ZoneAlias.id == alias_id, ZoneAlias.zone_id == zone_id))


# --- plans ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanRow:
    id: int
    code: str
    title: str
    document_no: str
    first_year: int
    last_year: int
    counting_milestone: CountingMilestone
    amount_basis: AmountBasis
    banner: str
    quotas: int


def plans() -> list[PlanRow]:
    """Every plan, the latest years first."""
    count = select(func.count(Quota.id)).where(Quota.plan_id == Plan.id).correlate(Plan).scalar_subquery()
    query = select(
        Plan.id,
        Plan.code,
        Plan.title,
        Plan.document_no,
        Plan.first_year,
        Plan.last_year,
        Plan.counting_milestone,
        Plan.amount_basis,
        Plan.banner,
        count,
    ).order_by(Plan.first_year.desc(), Plan.id.desc())
    return [PlanRow(*row) for row in db.session.execute(query)]


def plan_by_code(code: str) -> Plan | None:
    return db.session.scalar(select(Plan).where(Plan.code == code.strip()))


def plan_of_year(year: int) -> Plan | None:
    """The plan in force in a year; the newest, should two cover it."""
    return db.session.scalar(
        select(Plan).where(Plan.first_year <= year, Plan.last_year >= year).order_by(Plan.id.desc()).limit(1)
    )


def overlapping(first_year: int, last_year: int, but: int | None = None) -> Plan | None:
    """Another plan that covers one of these years."""
    query = select(Plan).where(Plan.first_year <= last_year, Plan.last_year >= first_year)
    if but is not None:
        query = query.where(Plan.id != but)
    return db.session.scalar(query.order_by(Plan.id).limit(1))


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """One zone in one year of a plan. Without a quota `id` and everything behind `year` is None: 不单列考核.

    `threshold` in 万元, `threshold_usd` in 万美元.
    """

    zone_id: int
    zone_code: str
    zone_name: str
    year: int
    id: int | None = None
    threshold: Decimal | None = None
    threshold_usd: Decimal | None = None
    target: int | None = None
    wording: str = ""
    to_confirm: bool = False
    source: str = ""
    version: int | None = None


def quotas(plan_id: int, year: int) -> list[QuotaRow]:
    """Every active zone in a year of a plan, those without a quota too, in the plan's order."""
    query = (
        select(
            Zone.id,
            Zone.code,
            Zone.short_name,
            Quota.id,
            Quota.threshold,
            Quota.threshold_usd,
            Quota.target,
            Quota.wording,
            Quota.to_confirm,
            Quota.source,
            Quota.version,
        )
        .join(Unit, Unit.id == Zone.id)
        .outerjoin(Quota, (Quota.zone_id == Zone.id) & (Quota.plan_id == plan_id) & (Quota.year == year))
        .where(or_(Unit.active, Quota.id.is_not(None)))
        .order_by(Zone.order_no, Zone.id)
    )
    found = []
    for zone_id, code, name, *quota in db.session.execute(query):
        found.append(
            QuotaRow(zone_id, code, name, year)
            if quota[0] is None
            else QuotaRow(zone_id, code, name, year, *quota)
        )
    return found


def quota(plan_id: int, year: int, zone_id: int) -> Quota | None:
    return db.session.scalar(
        select(Quota).where(Quota.plan_id == plan_id, Quota.year == year, Quota.zone_id == zone_id)
    )


def quotas_of_plan(plan_id: int) -> Sequence[Quota]:
    return db.session.scalars(
        select(Quota).where(Quota.plan_id == plan_id).order_by(Quota.year, Quota.id)
    ).all()
