"""Lists of visits. Rows are masked for whoever may not read a confidential one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true, tuple_

from crm.accounts.models import User
from crm.accounts.permissions import PROJECT_SEE
from crm.companies.models import Company
from crm.core import paging
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Page, Window
from crm.followups.queries import after_day
from crm.projects.scope import HIDDEN_INVESTOR
from crm.visits.models import Visit
from crm.visits.queries.filters import Filters, about_project, conditions
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


def _columns(disclosed: ColumnElement[bool]) -> tuple[Any, ...]:
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
        disclosed.label("disclosed"),
    )


def _select(actor: Actor) -> Select[Any]:
    return _selected(discloses(actor))


def _told(actor: Actor) -> Select[Any]:
    """Only visits whose company the actor may read; asked for once, not again for every row."""
    return _selected(true()).where(visible_to(actor), discloses(actor))


def _selected(disclosed: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*_columns(disclosed))
        .select_from(Visit)
        .join(Company, Company.id == Visit.company_id)
        .outerjoin(User, User.id == Visit.created_by)
        .outerjoin(Zone, Zone.id == Visit.zone_id)
    )


def _row(r: Any) -> VisitRow:
    """The columns stand in the order of the fields; the last of them says whether the company may be read."""
    *values, disclosed = r
    row = VisitRow(*(*values, not disclosed))
    return row if disclosed else replace(row, **_MASKED)


_MASKED: Mapping[str, Any] = {
    "company": HIDDEN_INVESTOR,
    "company_id": None,
    "summary": HIDDEN_SUMMARY,
    **dict.fromkeys(("place", "no_next_step_reason", "agreed", "intent_field"), ""),
    "intent_amount": None,
    "intent_amount_usd": None,
}


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
    query = _told(actor).where(Visit.company_id == company_id)
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
    query = _told(actor).where(about_project(project_id))
    return [
        _row(r)
        for r in db.session.execute(query.order_by(Visit.happened_on.desc(), Visit.id.desc()).limit(most))
    ]
