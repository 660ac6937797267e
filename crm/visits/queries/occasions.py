"""Trips, receptions and events: lists, one of them, and what each contributes to the statistics."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select, true, tuple_

from crm.accounts.models import User
from crm.accounts.permissions import PROJECT_SEE
from crm.core import paging
from crm.core.actor import Actor, Scope
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Page, Window
from crm.followups.queries import after_day
from crm.projects import scope
from crm.units.rules import LeaderLevel
from crm.visits.models import Occasion, OccasionOurs, Visit, VisitTheirs
from crm.visits.queries.filters import whose
from crm.visits.queries.records import PersonRow
from crm.visits.queries.scope import visible_to
from crm.visits.rules import OccasionKind, occasions
from crm.visits.rules.tally import Facts
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class OccasionFilters:
    """Empty fields do not narrow; a zone 0 is the city's. `level` is the rank of whoever led, `unled` asks for none; `since` and `until` meet its days; `q` title or place."""

    kind: OccasionKind | None = None
    zone_id: int | None = None
    level: LeaderLevel | None = None
    unled: bool = False
    leader_id: int | None = None
    since: date | None = None
    until: date | None = None
    q: str = ""


@dataclass(frozen=True, slots=True)
class OccasionRow:
    """An occasion as lists show it, `signed_amount` in 万元, with what its visits add up to."""

    id: int
    version: int
    client_id: str
    kind: OccasionKind
    title: str
    place: str
    starts_on: date
    ends_on: date
    starts_at: str
    organiser: str
    guests: int | None
    signed_count: int | None
    signed_amount: Decimal | None
    result: str
    zone_id: int | None
    zone: str | None
    zone_code: str | None
    author_id: int | None
    author: str | None
    created_at: datetime
    visits: int = 0
    facts: Facts | None = None
    ours: Sequence[PersonRow] = field(default=())

    @property
    def days(self) -> int:
        return occasions.days(self.starts_on, self.ends_on)

    @property
    def companies(self) -> int:
        return self.facts.companies if self.facts else 0

    @property
    def people(self) -> int:
        return self.facts.people if self.facts else 0

    @property
    def leader(self) -> PersonRow | None:
        return next((person for person in self.ours if person.leads), None)


def occasions_visible_to(actor: Actor, verb: str = PROJECT_SEE) -> ColumnElement[bool]:
    """As with visits: the zones within reach, and one's own where no zone leads there."""
    if not actor.can(verb):
        return false()
    if actor.scope(verb) is Scope.CITY:
        return true()
    own = Occasion.created_by == actor.user_id
    if actor.scope(verb) is not Scope.ASSIGNED:
        own = and_(own, Occasion.zone_id.is_(None))
    return or_(scope.zone_reach(actor, verb, Occasion.__table__.c.zone_id), own)


def _conditions(actor: Actor, filters: OccasionFilters) -> list[ColumnElement[bool]]:
    wanted = [occasions_visible_to(actor)]
    if filters.kind is not None:
        wanted.append(Occasion.kind == filters.kind)
    if filters.zone_id is not None:
        wanted.append(whose(Occasion.__table__.c.zone_id)(filters.zone_id))
    if filters.since is not None:
        wanted.append(Occasion.starts_on >= filters.since)
    if filters.until is not None:
        wanted.append(Occasion.starts_on <= filters.until)
    wanted += _by_leader(filters)
    if words := filters.q.strip():
        wanted.append(
            or_(
                Occasion.title.contains(words, autoescape=True),
                Occasion.place.contains(words, autoescape=True),
            )
        )
    return wanted


def _by_leader(filters: OccasionFilters) -> list[ColumnElement[bool]]:
    ranks = [OccasionOurs.level == filters.level] if filters.level is not None else []
    people = [OccasionOurs.leader_id == filters.leader_id] if filters.leader_id is not None else []
    nobody = [not_(_led(OccasionOurs.level.is_not(None)))] if filters.unled else []
    return [*map(_led, (*ranks, *people)), *nobody]


def _led(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return Occasion.id.in_(select(OccasionOurs.occasion_id).where(OccasionOurs.leads, condition))


_PLAIN = tuple(
    getattr(Occasion, name)
    for name in (
        "id", "version", "client_id", "kind", "title", "place", "starts_on", "ends_on", "starts_at", "organiser",
        "guests", "signed_count", "signed_amount", "result", "zone_id",
    )
)  # fmt: skip


def _select() -> Select[Any]:
    return (
        select(
            *_PLAIN,
            Zone.short_name,
            Zone.code,
            Occasion.created_by,
            User.name,
            Occasion.created_at,
        )
        .outerjoin(Zone, Zone.id == Occasion.zone_id)
        .outerjoin(User, User.id == Occasion.created_by)
    )


def _rows(actor: Actor, found: Sequence[Any]) -> list[OccasionRow]:
    ids = [row[0] for row in found]
    ours, counted = ours_of_occasions(ids), _counted(actor, Visit.occasion_id.in_(ids))
    made = []
    for row in found:
        visits, companies, met = counted.get(row[0], (0, 0, 0))
        team = ours.get(row[0], [])
        facts = Facts(
            id=row.id,
            kind=row.kind,
            zone_id=row.zone_id,
            days=occasions.days(row.starts_on, row.ends_on),
            companies=companies,
            ours=len(team),
            met=met,
            guests=row.guests,
        )
        plain: dict[str, Any] = dict(zip(OccasionRow.__dataclass_fields__, row, strict=False))
        made.append(OccasionRow(**plain, visits=visits, facts=facts, ours=team))
    return made


def _counted(actor: Actor, condition: ColumnElement[bool]) -> dict[int, tuple[int, int, int]]:
    """Occasion → (visits, companies, persons of theirs) of its visits within reach. One statement."""
    met = select(VisitTheirs.visit_id, func.count().label("n")).group_by(VisitTheirs.visit_id)
    met = met.join(Visit, Visit.id == VisitTheirs.visit_id).where(condition)
    each = met.subquery()
    rows = db.session.execute(
        select(
            Visit.occasion_id,
            func.count(Visit.id),
            func.count(Visit.company_id.distinct()),
            func.coalesce(func.sum(each.c.n), 0),
        )
        .outerjoin(each, each.c.visit_id == Visit.id)
        .where(condition, visible_to(actor))
        .group_by(Visit.occasion_id)
    )
    return {row[0]: (row[1], row[2], int(row[3])) for row in rows}


def ours_of_occasions(ids: Sequence[int]) -> dict[int, list[PersonRow]]:
    """The team of each, as it was named; `note` is the post, else the rank."""
    rows = db.session.execute(
        select(
            OccasionOurs.occasion_id,
            OccasionOurs.id,
            OccasionOurs.name,
            OccasionOurs.title,
            OccasionOurs.level,
            OccasionOurs.leads,
        )
        .where(OccasionOurs.occasion_id.in_(ids))
        .order_by(OccasionOurs.occasion_id, OccasionOurs.id)
    )
    found: dict[int, list[PersonRow]] = {}
    for row in rows:
        note = row.title or (row.level.label if row.level else "")
        found.setdefault(row.occasion_id, []).append(PersonRow(row.id, row.name, note, row.leads))
    return found


def list_occasions(actor: Actor, filters: OccasionFilters, window: Window) -> Page[OccasionRow]:
    """Newest first; four statements at any size."""
    wanted = and_(*_conditions(actor, filters))
    total = db.session.scalar(select(func.count()).select_from(Occasion).where(wanted)) or 0
    query = _select().where(wanted).order_by(Occasion.starts_on.desc(), Occasion.id.desc())
    if window.after:
        query = query.where(tuple_(Occasion.starts_on, Occasion.id) < after_day(window.after))
    else:
        query = query.offset((window.page - 1) * window.per_page)
    found = db.session.execute(query.limit(window.per_page + 1)).all()
    rows = _rows(actor, found[: window.per_page])
    following = paging.token(rows[-1].starts_on, rows[-1].id) if len(found) > window.per_page else None
    return Page(rows, total, window, following)


def show_occasion(actor: Actor, occasion_id: int) -> OccasionRow:
    found = db.session.execute(_select().where(Occasion.id == occasion_id, occasions_visible_to(actor))).all()
    if not found:
        raise NotFound()
    return _rows(actor, found)[0]


def find_occasion(actor: Actor, occasion_id: int, verb: str = PROJECT_SEE) -> Occasion:
    found = db.session.scalar(
        select(Occasion).where(Occasion.id == occasion_id, occasions_visible_to(actor, verb))
    )
    if found is None:
        raise NotFound()
    return found


def facts_of_occasions(actor: Actor, filters: OccasionFilters) -> list[Facts]:
    """What every occasion of the filter contributes; two statements, ten thousand rows a year at most."""
    wanted = and_(*_conditions(actor, filters))
    counted = _counted(actor, Visit.occasion_id.in_(select(Occasion.id).where(wanted)))
    found = []
    for row in _lean(wanted):
        _, companies, met = counted.get(row.id, (0, 0, 0))
        found.append(
            Facts(
                id=row.id,
                kind=row.kind,
                zone_id=row.zone_id,
                days=occasions.days(row.starts_on, row.ends_on),
                level=LeaderLevel(row.level) if row.level else None,
                companies=companies,
                ours=row.ours or 0,
                met=met,
                guests=row.guests,
            )
        )
    return found


def _lean(wanted: ColumnElement[bool]) -> Sequence[Any]:
    """Each occasion with how many of ours went and the rank of whoever led."""
    team = (
        select(
            OccasionOurs.occasion_id,
            func.count().label("ours"),
            # The one who leads is one row, so that the maximum is his rank.
            func.max(OccasionOurs.level).filter(OccasionOurs.leads).label("level"),
        )
        .join(Occasion, Occasion.id == OccasionOurs.occasion_id)
        .where(wanted)
        .group_by(OccasionOurs.occasion_id)
        .subquery()
    )
    columns = (
        Occasion.id,
        Occasion.kind,
        Occasion.zone_id,
        Occasion.starts_on,
        Occasion.ends_on,
        Occasion.guests,
    )
    return db.session.execute(
        select(*columns, team.c.ours, team.c.level)
        .outerjoin(team, team.c.occasion_id == Occasion.id)
        .where(wanted)
        .order_by(Occasion.id)
    ).all()
