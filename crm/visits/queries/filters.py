"""What a list of visits is narrowed to, and the conditions that say it; figures count by the same ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from crm.companies.models import Company
from crm.core import search
from crm.core.actor import Actor
from crm.core.db import db
from crm.units.rules import LeaderLevel
from crm.visits.models import Visit, VisitOurs, VisitProject
from crm.visits.queries.scope import discloses, visible_to
from crm.visits.rules import Mode


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty fields do not narrow. `q` looks for the company.

    A zone or an author 0 is the city's, nobody's. `modes` are any of several; `person_id` wrote it down or took part;
    `led` had one of a rank with them; `lone` belongs to no trip, reception or event; `each` keeps one visit a company.
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
    each: bool = False


def _conditions(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    wanted = [visible_to(actor), *_plain(filters), *_people(filters)]
    if filters.modes:
        wanted.append(Visit.mode.in_(filters.modes))
    if filters.lone:
        wanted.append(Visit.occasion_id.is_(None))
    if filters.project_id is not None:
        wanted.append(about_project(filters.project_id))
    if search.words(filters.q):
        wanted.append(_named(filters.q))
    if _tells(filters):
        # Looking for a company, its project or a leader must not tell which confidential visit was to it.
        wanted.append(discloses(actor))
    return wanted


def _plain(filters: Filters) -> list[ColumnElement[bool]]:
    tests: tuple[tuple[Any, Any], ...] = (
        (whose(Visit.__table__.c.zone_id), filters.zone_id),
        (Visit.company_id.__eq__, filters.company_id),
        (Visit.mode.__eq__, filters.mode),
        (whose(Visit.__table__.c.created_by), filters.author_id),
        (Visit.occasion_id.__eq__, filters.occasion_id),
        (Visit.happened_on.__ge__, filters.since),
        (Visit.happened_on.__le__, filters.until),
    )
    return [test(value) for test, value in tests if value is not None]


def whose(column: ColumnElement[int | None]) -> Callable[[int], ColumnElement[bool]]:
    """A test of whose a row is: 0 asks for what is nobody's, the city's."""
    return lambda value: column.is_(None) if value == 0 else column == value


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
    wanted = and_(*_conditions(actor, filters))
    return and_(wanted, Visit.id.in_(_of_each(actor, wanted))) if filters.each else wanted


def _of_each(actor: Actor, wanted: ColumnElement[bool]) -> Select[Any]:
    """The visit written down last with every company, among those whose company the actor may read if there is one: a
    hidden visit in the place of another would tell whom it was to."""
    told = func.max(case((discloses(actor), Visit.id)))
    last = select(func.coalesce(told, func.max(Visit.id))).where(wanted).group_by(Visit.company_id)
    return last.correlate(None)


def about_project(project_id: int) -> ColumnElement[bool]:
    return Visit.id.in_(select(VisitProject.visit_id).where(VisitProject.project_id == project_id))
