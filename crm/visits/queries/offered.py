"""Whom of ours a visit may name, which occasion it may belong to, and which visits an occasion may take in."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, null, or_, select, union_all

from crm.accounts.models import User
from crm.core.actor import Actor
from crm.core.db import db
from crm.units.models import Leader, Unit
from crm.visits.models import Occasion, OccasionOurs, Visit
from crm.visits.queries.listing import of_days
from crm.visits.queries.occasions import occasions_visible_to
from crm.visits.queries.records import OurPerson, colleague, in_office
from crm.visits.rules import Ours


def offered_people(actor: Actor, day: date, q: str, most: int = 10) -> list[OurPerson]:
    """Whose name holds `q`: leaders by rank and colleagues of one's own place, then the city's leaders, then others'.

    One statement. A colleague who is a leader stands there once, as the leader.
    """
    found = union_all(_leaders(actor, day, q), _colleagues(actor, day, q)).subquery()
    c = found.c
    rows = db.session.execute(
        select(c.name, c.title, c.leader_id, c.user_id, c.level)
        .order_by(c.near, c.leader_id.is_(None), c.rank_no, c.name, c.leader_id, c.user_id)
        .limit(most)
    )
    return [OurPerson(*row) for row in rows]


def _leaders(actor: Actor, day: date, q: str) -> Select[Any]:
    near = case((_own(actor), 0), (and_(Unit.zone_id.is_(None), Unit.county_id.is_(None)), 1), else_=2)
    return (
        select(
            Leader.name,
            Leader.title,
            Leader.id.label("leader_id"),
            Leader.user_id,
            Leader.level,
            Leader.rank_no,
            near.label("near"),
        )
        .join(Unit, Unit.id == Leader.unit_id)
        .where(in_office(day), Leader.name.contains(q, autoescape=True))
    )


def _colleagues(actor: Actor, day: date, q: str) -> Select[Any]:
    """Oneself before the others."""
    leads = exists().where(in_office(day), Leader.name == User.name)
    return select(
        User.name,
        literal(""),
        null(),
        User.id,
        null(),
        case((User.id == actor.user_id, 0), else_=1),
        literal(0),
    ).where(colleague(actor, day), User.name.contains(q, autoescape=True), ~leads)


def _own(actor: Actor) -> ColumnElement[bool]:
    if actor.zone_id is not None:
        return Unit.zone_id == actor.zone_id
    if actor.county_id is not None:
        return Unit.county_id == actor.county_id
    return Unit.id == actor.unit_id


def occasion_by_client_id(client_id: str) -> Occasion | None:
    return db.session.scalar(select(Occasion).where(Occasion.client_id == client_id))


def team_again(occasion_id: int) -> tuple[Ours, ...]:
    """The team as one would name it again: by name, with the rank of who is in no register."""
    rows = db.session.execute(
        select(OccasionOurs.name, OccasionOurs.level)
        .where(OccasionOurs.occasion_id == occasion_id)
        .order_by(OccasionOurs.id)
    )
    return tuple(Ours(row.name, level=row.level) for row in rows)


def span_of_visits(occasion_id: int) -> tuple[date | None, date | None]:
    row = db.session.execute(
        select(func.min(Visit.happened_on), func.max(Visit.happened_on)).where(
            Visit.occasion_id == occasion_id
        )
    ).one()
    return row[0], row[1]


def offered_occasions(
    actor: Actor, today: date, *, zone_id: int | None, most: int = 8
) -> list[tuple[int, str]]:
    """Those a new visit may belong to: the zone's of the last fortnight, newest first, as (id, words)."""
    rows = db.session.execute(
        select(Occasion.id, Occasion.kind, Occasion.title, Occasion.starts_on, Occasion.ends_on)
        .where(
            occasions_visible_to(actor),
            Occasion.zone_id.is_not_distinct_from(zone_id),
            Occasion.ends_on >= date.fromordinal(today.toordinal() - 14),
        )
        .order_by(Occasion.starts_on.desc(), Occasion.id.desc())
        .limit(most)
    )
    return [(r.id, f"{r.starts_on:%m-%d} {r.kind.label} {r.title}") for r in rows]


def occasions_on(
    actor: Actor, zone_id: int | None, day: date, also: int | None = None
) -> list[tuple[int, str]]:
    """A zone's occasions that a day lies in, as (id, words); `also` is offered whatever its days."""
    rows = db.session.execute(
        select(Occasion.id, Occasion.kind, Occasion.title, Occasion.starts_on)
        .where(
            occasions_visible_to(actor),
            or_(
                Occasion.id == also,
                and_(
                    Occasion.zone_id.is_not_distinct_from(zone_id),
                    Occasion.starts_on <= day,
                    Occasion.ends_on >= day,
                ),
            ),
        )
        .order_by(Occasion.starts_on.desc(), Occasion.id.desc())
        .limit(20)
    )
    return [(r.id, f"{r.starts_on:%m-%d} {r.kind.label} {r.title}") for r in rows]


def lone_visits(actor: Actor, occasion: Occasion, most: int = 50) -> list[tuple[int, str]]:
    """Visits of the occasion's days and zone that stand alone, as (id, words), to be put into it."""
    rows = of_days(actor, occasion.zone_id, occasion.starts_on, occasion.ends_on, most=most)
    return [(r.id, f"{r.happened_on:%m-%d} {r.mode.label} {r.company}") for r in rows if not r.hidden]
