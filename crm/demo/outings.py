"""Trips, receptions and events with the visits they held, days on station, checks of presence, and what was intended."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import bindparam, select, update

from crm.core.db import db
from crm.demo import bulk
from crm.demo.ledger import moment
from crm.demo.people import Cast
from crm.units.models import Leader, Unit
from crm.units.rules import UnitKind
from crm.visits.models import Absence, Occasion, OccasionOurs, StationDay, Visit
from crm.visits.rules import Mode, OccasionKind

_KINDS = {
    Mode.OUTBOUND: OccasionKind.TRIP,
    Mode.INBOUND: OccasionKind.RECEPTION,
    Mode.EVENT: OccasionKind.EVENT,
}
_TITLES = {
    OccasionKind.TRIP: (
        "赴深圳拜访储能企业",
        "赴上海对接新材料企业",
        "赴宁波考察石化下游",
        "赴苏州拜访装备企业",
    ),
    OccasionKind.RECEPTION: ("投资方来访考察", "集团投资部实地看地", "上市公司高管来访"),
    OccasionKind.EVENT: ("长三角产业对接会", "新能源产业推介会", "石化新材料专场对接"),
}
_PLACES = {
    OccasionKind.TRIP: ("深圳", "上海", "宁波", "苏州"),
    OccasionKind.RECEPTION: ("管委会第二会议室", "园区展示中心"),
    OccasionKind.EVENT: ("国际会议中心", "上海虹桥"),
}
_FIELDS = ("储能电芯", "碳纤维复合材料", "聚烯烃新材料", "原料药", "海工装备")
_AGREED = "对方同意两周内给出选址意见，我方提供蒸汽和电价的书面口径。"
_STATIONS = ("上海", "深圳")


def write(random: Random, cast: Cast, today: date) -> None:
    """Gathers the visits that are there already, so that every figure leads to visits one can open."""
    _gather(random, cast)
    _intents(random)
    _stations(random, cast, today)


def _gather(random: Random, cast: Cast) -> None:
    """Visits of one zone, way and week become one trip, reception or event, at most five of them."""
    groups: dict[tuple[int, Mode, tuple[int, int]], list[Any]] = {}
    rows = db.session.execute(
        select(Visit.id, Visit.zone_id, Visit.mode, Visit.happened_on, Visit.created_by)
        .where(Visit.mode.in_(_KINDS), Visit.zone_id.is_not(None), Visit.confidential.is_(False))
        .order_by(Visit.happened_on, Visit.id)
    )
    for row in rows:
        week = row.happened_on.isocalendar()
        groups.setdefault((row.zone_id, row.mode, (week.year, week.week)), []).append(row)
    made = [(key, found[:5]) for key, found in groups.items() if len(found) > 1 or random.random() < 0.25]
    ids = bulk.add_with_ids(Occasion, [_occasion(random, key[1], found) for key, found in made])
    inside = [
        {"id": row.id, "occasion_id": occasion_id}
        for occasion_id, (_, found) in zip(ids, made, strict=True)
        for row in found
    ]
    _set(inside)
    bulk.add(OccasionOurs, _teams(random, cast, ids, [found for _, found in made]))


def _set(rows: list[dict[str, Any]]) -> None:
    """Columns of visits that stand there already; each row is `id` and its values, all rows alike."""
    if not rows:
        return
    table: Any = Visit.__table__
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "id"}
    statement = update(table).where(table.c.id == bindparam("key")).values(values)
    sent = [{"key" if k == "id" else f"new_{k}": v for k, v in row.items()} for row in rows]
    db.session.connection().execute(statement, sent)


def _occasion(random: Random, mode: Mode, found: Sequence[Any]) -> dict[str, Any]:
    kind, days = _KINDS[mode], [row.happened_on for row in found]
    event, at = kind is OccasionKind.EVENT, random.randrange(12)
    signed = random.randrange(0, 4) if event else None
    return {
        "client_id": str(uuid.UUID(int=random.getrandbits(128), version=4)), "kind": kind, "zone_id": found[0].zone_id,
        "title": _TITLES[kind][at % len(_TITLES[kind])], "place": _PLACES[kind][at % len(_PLACES[kind])], "starts_on": min(days), "ends_on": max(days),
        "starts_at": "" if kind is OccasionKind.TRIP else "09:30", "organiser": "市商务局" if event else "",
        "guests": None if kind is OccasionKind.TRIP else random.randrange(3, 60 if event else 12),
        "signed_count": signed, "signed_amount": Decimal(signed * 80_000) if signed else None,
        "result": "带回线索，分别建了跟进。", "is_demo": True, "created_by": found[0].created_by,
        "created_at": moment(max(days), 480), "updated_at": moment(max(days), 480),
    }  # fmt: skip


def _teams(
    random: Random, cast: Cast, ids: Sequence[int], groups: Sequence[Sequence[Any]]
) -> list[dict[str, Any]]:
    leaders = {leader.id: leader for leader in db.session.scalars(select(Leader).order_by(Leader.rank_no))}
    team = []
    for occasion_id, found in zip(ids, groups, strict=True):
        chosen = random.choice(list(leaders.values())) if leaders and random.random() < 0.4 else None
        if chosen is not None:
            team.append(_one(occasion_id, chosen.name, chosen.title, leader=chosen, leads=True))
        authors = dict.fromkeys(row.created_by for row in found)
        for at, user_id in enumerate(authors):
            name = cast.names.get(user_id, "招商专员")
            team.append(_one(occasion_id, name, "招商专员", user=user_id, leads=chosen is None and at == 0))
    return team


def _one(
    occasion_id: int,
    name: str,
    title: str,
    *,
    user: int | None = None,
    leader: Leader | None = None,
    leads: bool = False,
) -> dict[str, Any]:
    return {
        "occasion_id": occasion_id, "name": name, "title": title, "user_id": user, "leads": leads,
        "leader_id": leader.id if leader else None, "level": leader.level if leader else None,
    }  # fmt: skip


def _intents(random: Random) -> None:
    """Every fourth visit says what they want to invest in."""
    ids = list(db.session.scalars(select(Visit.id).where(Visit.is_demo).order_by(Visit.id)))
    told = [
        {
            "id": visit_id,
            "intent_field": random.choice(_FIELDS),
            "intent_amount": Decimal(random.choice((20_000, 50_000, 120_000, 300_000))),
            "agreed": _AGREED,
        }
        for visit_id in ids[::4]
    ]
    _set(told)


def _stations(random: Random, cast: Cast, today: date) -> None:
    """Two officers of every zone: one on station for most of this month and the last, one for a few days."""
    days = []
    for zone_id, officers in cast.officers.items():
        station_id, station = _station(zone_id)
        for user_id, most in zip(officers[:2], (22, 7), strict=False):
            for back in random.sample(range(1, 45), most):
                day = today - timedelta(days=back)
                if day.weekday() < 5:
                    days.append(_day(random, user_id, zone_id, station_id, station, day))
    bulk.add(StationDay, days)
    chief = cast.users["chief"]
    zone_id = cast.zones["LYG-ETDZ"].id
    absent = [user_id for user_id in cast.officers.get(zone_id, []) if user_id != cast.users["officer"]][:1]
    bulk.add(
        Absence,
        [
            {
                "user_id": user_id, "zone_id": zone_id, "day": today.replace(day=1), "note": "电话查岗，人不在驻点",
                "checked_by": chief, "created_at": moment(today.replace(day=1), 600), "withdrawn_reason": "",
            }
            for user_id in absent
        ],
    )  # fmt: skip


def _station(zone_id: int) -> tuple[int | None, str]:
    unit = db.session.scalars(
        select(Unit).where(Unit.kind == UnitKind.STATION, Unit.zone_id == zone_id).order_by(Unit.id)
    ).first()
    if unit is not None:
        return unit.id, unit.short_name or unit.name
    return None, _STATIONS[zone_id % len(_STATIONS)]


def _day(
    random: Random, user_id: int, zone_id: int, station_id: int | None, station: str, day: date
) -> dict[str, Any]:
    return {
        "user_id": user_id, "zone_id": zone_id, "station_id": station_id, "station": station, "day": day,
        "leads": random.choice((0, 0, 1, 2)), "referrals": random.choice((0, 0, 0, 1)), "work": "拜访园区企业，收集扩产信息",
        "is_demo": True, "created_by": user_id, "created_at": moment(day, 540), "updated_at": moment(day, 540),
    }  # fmt: skip
