"""Which occasion a visit may belong to, and which visits an occasion may take in."""

from datetime import date

from sqlalchemy import and_, func, or_, select

from crm.core.actor import Actor
from crm.core.db import db
from crm.visits.models import Occasion, OccasionOurs, Visit
from crm.visits.queries.listing import of_days
from crm.visits.queries.occasions import occasions_visible_to
from crm.visits.rules import Ours


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
