"""Days on station, the stationed offices, officers in office, and checks that found somebody away."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_

from crm.accounts.models import Post, User
from crm.accounts.permissions import ASSIGN, PROJECT_SEE
from crm.core import paging
from crm.core.actor import Actor, Role
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Page, Window
from crm.followups.queries import after_day
from crm.projects import scope
from crm.units.models import Unit
from crm.units.rules import UnitKind
from crm.visits.models import Absence, StationDay, Visit
from crm.visits.queries.scope import visible_to
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class StationFilters:
    zone_id: int | None = None
    user_id: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class StationRow:
    """One person's day on station; `companies` 拜访家次 of that day, `leads` 有效信息条, `referrals` 推荐来访批次."""

    id: int
    day: date
    user_id: int
    name: str
    zone: str | None
    station: str
    leads: int
    referrals: int
    work: str
    version: int
    companies: int = 0


@dataclass(frozen=True, slots=True)
class StationSum:
    """天数, 拜访家次, 有效信息条, 推荐来访批次 of a filter."""

    days: int = 0
    companies: int = 0
    leads: int = 0
    referrals: int = 0


@dataclass(frozen=True, slots=True)
class Officer:
    id: int
    name: str
    zone_id: int | None
    zone: str | None


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    id: int
    user_id: int
    name: str
    day: date
    note: str
    by: str
    created_at: datetime
    withdrawn_reason: str
    withdrawn: bool


def days_seen(actor: Actor) -> ColumnElement[bool]:
    """Days of the zones within reach, and one's own."""
    return or_(
        scope.zone_reach(actor, PROJECT_SEE, StationDay.__table__.c.zone_id),
        StationDay.user_id == actor.user_id,
    )


def absences_seen(actor: Actor) -> ColumnElement[bool]:
    """Checks made in the zones within reach."""
    return scope.zone_reach(actor, PROJECT_SEE, Absence.__table__.c.zone_id)


def _conditions(actor: Actor, filters: StationFilters) -> ColumnElement[bool]:
    wanted = [days_seen(actor)]
    for column, value in ((StationDay.zone_id, filters.zone_id), (StationDay.user_id, filters.user_id)):
        if value is not None:
            wanted.append(column == value)
    if filters.since is not None:
        wanted.append(StationDay.day >= filters.since)
    if filters.until is not None:
        wanted.append(StationDay.day <= filters.until)
    return and_(*wanted)


def list_station_days(actor: Actor, filters: StationFilters, window: Window) -> Page[StationRow]:
    """Newest first; three statements."""
    wanted = _conditions(actor, filters)
    total = db.session.scalar(select(func.count()).select_from(StationDay).where(wanted)) or 0
    query = (
        select(
            StationDay.id,
            StationDay.day,
            StationDay.user_id,
            User.name,
            Zone.short_name,
            StationDay.station,
            StationDay.leads,
            StationDay.referrals,
            StationDay.work,
            StationDay.version,
        )
        .join(User, User.id == StationDay.user_id)
        .outerjoin(Zone, Zone.id == StationDay.zone_id)
        .where(wanted)
        .order_by(StationDay.day.desc(), StationDay.id.desc())
    )
    if window.after:
        query = query.where(tuple_(StationDay.day, StationDay.id) < after_day(window.after))
    else:
        query = query.offset((window.page - 1) * window.per_page)
    found = db.session.execute(query.limit(window.per_page + 1)).all()
    shown = found[: window.per_page]
    visited = _visited(actor, StationDay.id.in_([row.id for row in shown]))
    rows = [replace(StationRow(*row), companies=visited.get((row.user_id, row.day), 0)) for row in shown]
    following = paging.token(rows[-1].day, rows[-1].id) if len(found) > window.per_page else None
    return Page(rows, total, window, following)


def _visited(actor: Actor, condition: ColumnElement[bool]) -> dict[tuple[int, date], int]:
    """拜访家次: different companies that each person wrote a visit for on each of his days on station."""
    rows = db.session.execute(
        select(StationDay.user_id, StationDay.day, func.count(Visit.company_id.distinct()))
        .join(Visit, and_(Visit.created_by == StationDay.user_id, Visit.happened_on == StationDay.day))
        .where(condition, visible_to(actor))
        .group_by(StationDay.user_id, StationDay.day)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def station_sums(actor: Actor, filters: StationFilters) -> dict[int, StationSum]:
    """User → sums of the filter. Two statements."""
    wanted = _conditions(actor, filters)
    rows = db.session.execute(
        select(
            StationDay.user_id,
            func.count(),
            func.coalesce(func.sum(StationDay.leads), 0),
            func.coalesce(func.sum(StationDay.referrals), 0),
        )
        .where(wanted)
        .group_by(StationDay.user_id)
    )
    companies: dict[int, int] = {}
    for (user_id, _), many in _visited(actor, wanted).items():
        companies[user_id] = companies.get(user_id, 0) + many
    return {r[0]: StationSum(r[1], companies.get(r[0], 0), int(r[2]), int(r[3])) for r in rows}


def station_day_of(user_id: int, day: date) -> StationDay | None:
    return db.session.scalar(select(StationDay).where(StationDay.user_id == user_id, StationDay.day == day))


def own_day(actor: Actor, day: date) -> StationDay:
    """The actor's day on station, or NotFound."""
    found = station_day_of(actor.user_id, day) if actor.user_id is not None else None
    if found is None:
        raise NotFound()
    return found


def last_station(user_id: int) -> tuple[int | None, str]:
    """Where somebody was stationed last, to be offered again."""
    row = db.session.execute(
        select(StationDay.station_id, StationDay.station)
        .where(StationDay.user_id == user_id)
        .order_by(StationDay.day.desc())
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else (None, "")


def own_station_day(actor: Actor, day_id: int) -> StationDay:
    found = db.session.scalar(
        select(StationDay).where(StationDay.id == day_id, StationDay.user_id == actor.user_id)
    )
    if found is None:
        raise NotFound()
    return found


def stations(actor: Actor) -> list[tuple[int, str]]:
    """Stationed offices of the actor's zone; of all zones where he has none."""
    wanted = [Unit.kind == UnitKind.STATION, Unit.active]
    if actor.zone_id is not None:
        wanted.append(Unit.zone_id == actor.zone_id)
    rows = db.session.execute(
        select(Unit.id, Unit.short_name, Unit.name).where(*wanted).order_by(Unit.order_no, Unit.id)
    )
    return [(row.id, row.short_name or row.name) for row in rows]


def officers(actor: Actor, since: date, until: date, zone_id: int | None = None) -> list[Officer]:
    """Who held an officer's post on any day of a period, in the zones within reach; by zone, then by name."""
    query = (
        select(User.id, User.name, Unit.zone_id, Zone.short_name)
        .join(Post, Post.user_id == User.id)
        .join(Unit, Unit.id == Post.unit_id)
        .outerjoin(Zone, Zone.id == Unit.zone_id)
        .where(
            Post.role == Role.OFFICER,
            Post.confirmed_at.is_not(None),
            Post.revoked_at.is_(None),
            Post.starts_on <= until,
            or_(Post.ends_on.is_(None), Post.ends_on >= since),
            scope.zone_reach(actor, PROJECT_SEE, Unit.__table__.c.zone_id),
        )
        .order_by(Zone.order_no, User.name, User.id)
    )
    if zone_id is not None:
        query = query.where(Unit.zone_id == zone_id)
    found: dict[int, Officer] = {}
    for row in db.session.execute(query):
        found.setdefault(row[0], Officer(*row))
    return list(found.values())


def absences(actor: Actor, since: date, until: date, user_ids: Sequence[int]) -> list[AbsenceRow]:
    """Checks that found one of these people away, newest first, withdrawn ones among them."""
    checker = User.__table__.alias()
    rows = db.session.execute(
        select(
            Absence.id,
            Absence.user_id,
            User.name,
            Absence.day,
            Absence.note,
            checker.c.name,
            Absence.created_at,
            Absence.withdrawn_reason,
            Absence.withdrawn_by.is_not(None),
        )
        .join(User, User.id == Absence.user_id)
        .join(checker, checker.c.id == Absence.checked_by)
        .where(
            Absence.user_id.in_(user_ids),
            Absence.day.between(since, until),
            absences_seen(actor),
        )
        .order_by(Absence.day.desc(), Absence.id.desc())
    )
    return [AbsenceRow(*row) for row in rows]


def find_absence(actor: Actor, absence_id: int) -> Absence:
    found = db.session.scalar(
        select(Absence).where(
            Absence.id == absence_id, scope.zone_reach(actor, ASSIGN, Absence.__table__.c.zone_id)
        )
    )
    if found is None:
        raise NotFound()
    return found
