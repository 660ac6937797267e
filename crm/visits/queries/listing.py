"""Lists of visits. Rows are masked for whoever may not read a confidential one."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.accounts.permissions import PROJECT_SEE
from crm.companies.models import Company
from crm.core import paging, search
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Page, Window
from crm.followups.queries import after_day
from crm.projects.scope import HIDDEN_INVESTOR
from crm.units.rules import LeaderLevel
from crm.visits.models import Visit, VisitOurs, VisitProject
from crm.visits.queries.scope import HIDDEN_SUMMARY, discloses, visible_to
from crm.visits.rules import Mode
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit as lists show it. `company` is 某企业 and `company_id` None where it is hidden from the reader.

    Intents in 万元 and 万美元.
    """

    id: int
    version: int
    client_id: str
    happened_on: date
    starts_at: str
    mode: Mode
    place: str
    summary: str
    agreed: str
    intent_field: str
    intent_amount: Decimal | None
    intent_amount_usd: Decimal | None
    occasion_id: int | None
    no_next_step_reason: str
    confidential: bool
    zone_id: int | None
    zone: str | None
    zone_code: str | None
    company_id: int | None
    company: str
    author_id: int | None
    author: str | None
    author_login: str | None
    created_at: datetime
    hidden: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty fields do not narrow. `q` looks for the company.

    `modes` are any of several; `person_id` wrote it down or took part; `led` had one of a rank with them; `lone` belongs
    to no trip, reception or event.
    """

    zone_id: int | None = None
    company_id: int | None = None
    project_id: int | None = None
    mode: Mode | None = None
    author_id: int | None = None
    since: date | None = None
    until: date | None = None
    q: str = ""
    modes: tuple[Mode, ...] = ()
    person_id: int | None = None
    leader_id: int | None = None
    level: LeaderLevel | None = None
    led: bool = False
    occasion_id: int | None = None
    lone: bool = False


def _columns(actor: Actor) -> tuple[Any, ...]:
    return (
        Visit.id,
        Visit.version,
        Visit.client_id,
        Visit.happened_on,
        Visit.starts_at,
        Visit.mode,
        Visit.place,
        Visit.summary,
        Visit.agreed,
        Visit.intent_field,
        Visit.intent_amount,
        Visit.intent_amount_usd,
        Visit.occasion_id,
        Visit.no_next_step_reason,
        Visit.confidential,
        Visit.zone_id,
        Zone.short_name.label("zone"),
        Zone.code.label("zone_code"),
        Visit.company_id,
        func.coalesce(func.nullif(Company.short_name, ""), Company.name).label("company"),
        Visit.created_by.label("author_id"),
        User.name.label("author"),
        User.login.label("author_login"),
        Visit.created_at,
        discloses(actor).label("disclosed"),
    )


def _select(actor: Actor) -> Select[Any]:
    return (
        select(*_columns(actor))
        .select_from(Visit)
        .join(Company, Company.id == Visit.company_id)
        .outerjoin(User, User.id == Visit.created_by)
        .outerjoin(Zone, Zone.id == Visit.zone_id)
    )


def _row(r: Any) -> VisitRow:
    values = {name: getattr(r, name) for name in VisitRow.__dataclass_fields__ if name != "hidden"}
    if not r.disclosed:
        values |= {"company": HIDDEN_INVESTOR, "company_id": None, "summary": HIDDEN_SUMMARY}
        values |= dict.fromkeys(("place", "no_next_step_reason", "agreed", "intent_field"), "")
        values |= {"intent_amount": None, "intent_amount_usd": None}
    return VisitRow(**values, hidden=not r.disclosed)


def find(actor: Actor, visit_id: int, verb: str = PROJECT_SEE) -> Visit:
    """The visit itself, for changing it; NotFound outside the verb's reach or where it is hidden from the actor."""
    found = db.session.scalar(
        select(Visit).where(Visit.id == visit_id, visible_to(actor, verb), discloses(actor))
    )
    if found is None:
        raise NotFound()
    return found


def by_client_id(client_id: str) -> Visit | None:
    return db.session.scalar(select(Visit).where(Visit.client_id == client_id))


def show(actor: Actor, visit_id: int) -> VisitRow:
    found = db.session.execute(_select(actor).where(Visit.id == visit_id, visible_to(actor))).one_or_none()
    if found is None:
        raise NotFound()
    return _row(found)


def _conditions(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    wanted = [visible_to(actor), *_plain(filters), *_people(filters)]
    if filters.modes:
        wanted.append(Visit.mode.in_(filters.modes))
    if filters.lone:
        wanted.append(Visit.occasion_id.is_(None))
    if filters.project_id is not None:
        wanted.append(_about(filters.project_id))
    if search.words(filters.q):
        wanted.append(_named(filters.q))
    if _tells(filters):
        # Looking for a company, its project or a leader must not tell which confidential visit was to it.
        wanted.append(discloses(actor))
    return wanted


def _plain(filters: Filters) -> list[ColumnElement[bool]]:
    tests: tuple[tuple[Any, Any], ...] = (
        (Visit.zone_id.__eq__, filters.zone_id),
        (Visit.company_id.__eq__, filters.company_id),
        (Visit.mode.__eq__, filters.mode),
        (Visit.created_by.__eq__, filters.author_id),
        (Visit.occasion_id.__eq__, filters.occasion_id),
        (Visit.happened_on.__ge__, filters.since),
        (Visit.happened_on.__le__, filters.until),
    )
    return [test(value) for test, value in tests if value is not None]


def _named(q: str) -> ColumnElement[bool]:
    dialect = db.engine.dialect.name
    named = search.matches("companies", Company.id, Company.search_tokens, Company.search_text, q, dialect)
    return Visit.company_id.in_(select(Company.id).where(named))


def _tells(filters: Filters) -> bool:
    named = (filters.company_id, filters.project_id, filters.leader_id)
    return any(value is not None for value in named) or bool(search.words(filters.q))


def _people(filters: Filters) -> list[ColumnElement[bool]]:
    """Who took part. Each is a set of ids read once, not a look at every visit."""
    wanted: list[ColumnElement[bool]] = []
    if filters.person_id is not None:
        took_part = Visit.id.in_(_with_ours(VisitOurs.user_id == filters.person_id))
        wanted.append(or_(Visit.created_by == filters.person_id, took_part))
    if filters.leader_id is not None:
        wanted.append(Visit.id.in_(_with_ours(VisitOurs.leader_id == filters.leader_id)))
    if filters.level is not None:
        wanted.append(Visit.id.in_(_with_ours(VisitOurs.level == filters.level)))
    if filters.led:
        wanted.append(led())
    return wanted


def _with_ours(condition: ColumnElement[bool]) -> Select[Any]:
    return select(VisitOurs.visit_id).where(condition)


def led() -> ColumnElement[bool]:
    """Visits that somebody of a rank led or joined."""
    # By another name, because figures by leader have the table in their FROM as well.
    ranked = aliased(VisitOurs)
    return exists().where(ranked.visit_id == Visit.id, ranked.level.is_not(None)).correlate(Visit)


def conditions(actor: Actor, filters: Filters) -> ColumnElement[bool]:
    """What the list shows for these filters; the figures count by the same, so that each is the length of its list."""
    return and_(*_conditions(actor, filters))


def _about(project_id: int) -> ColumnElement[bool]:
    return Visit.id.in_(select(VisitProject.visit_id).where(VisitProject.project_id == project_id))


def listing(actor: Actor, filters: Filters, window: Window) -> Page[VisitRow]:
    """Newest first; two statements at any size."""
    wanted = conditions(actor, filters)
    total = db.session.scalar(select(func.count()).select_from(Visit).where(wanted)) or 0
    query = _select(actor).where(wanted).order_by(Visit.happened_on.desc(), Visit.id.desc())
    if window.after:
        query = query.where(tuple_(Visit.happened_on, Visit.id) < after_day(window.after))
    else:
        query = query.offset((window.page - 1) * window.per_page)
    found = db.session.execute(query.limit(window.per_page + 1)).all()
    rows = [_row(r) for r in found[: window.per_page]]
    following = paging.token(rows[-1].happened_on, rows[-1].id) if len(found) > window.per_page else None
    return Page(rows, total, window, following)


def of_company(actor: Actor, company_id: int, *, most: int = 50) -> list[VisitRow]:
    """A company's visits within reach, newest first, without those whose company the actor may not read."""
    query = _select(actor).where(Visit.company_id == company_id, visible_to(actor), discloses(actor))
    return [
        _row(r)
        for r in db.session.execute(query.order_by(Visit.happened_on.desc(), Visit.id.desc()).limit(most))
    ]


def of_days(actor: Actor, zone_id: int | None, since: date, until: date, *, most: int = 50) -> list[VisitRow]:
    """A zone's visits of some days that belong to no occasion yet, oldest first."""
    query = _select(actor).where(
        Visit.zone_id.is_not_distinct_from(zone_id),
        Visit.happened_on.between(since, until),
        Visit.occasion_id.is_(None),
        visible_to(actor),
    )
    return [_row(r) for r in db.session.execute(query.order_by(Visit.happened_on, Visit.id).limit(most))]


def of_project(actor: Actor, project_id: int, *, most: int = 50) -> list[VisitRow]:
    """A project's visits, newest first, without those the actor may not read. The project itself has been checked."""
    query = _select(actor).where(_about(project_id), visible_to(actor), discloses(actor))
    return [
        _row(r)
        for r in db.session.execute(query.order_by(Visit.happened_on.desc(), Visit.id.desc()).limit(most))
    ]
