"""Requests and finished exports, and what a sheet needs beyond its list's own rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, case, or_, select

from crm.accounts.models import Post, User
from crm.accounts.permissions import PROJECT_SEE, WEEKLY_SIGN
from crm.accounts.queries import in_force
from crm.chains.models import Chain, ChainNode
from crm.companies import scope as companies
from crm.companies.models import Company, Contact
from crm.core.actor import Actor, Role
from crm.core.db import db
from crm.core.errors import NotFound
from crm.exports.models import ExportRequest
from crm.exports.rules import RequestState
from crm.projects.scope import zone_reach
from crm.tasks.models import Task
from crm.units.models import Leader, Unit
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class RequestRow:
    id: int
    list: str
    format: str
    asked: dict[str, Any]
    rows: int
    reason: str
    state: RequestState
    who: str
    zone: str | None
    created_at: datetime
    decided_at: datetime | None
    decision_note: str
    task_id: int | None


_COLUMNS = (
    ExportRequest.id,
    ExportRequest.list,
    ExportRequest.format,
    ExportRequest.asked,
    ExportRequest.rows,
    ExportRequest.reason,
    ExportRequest.state,
    User.name,
    Zone.short_name,
    ExportRequest.created_at,
    ExportRequest.decided_at,
    ExportRequest.decision_note,
    ExportRequest.task_id,
)


def _requests(*conditions: ColumnElement[bool]) -> Sequence[RequestRow]:
    rows = db.session.execute(
        select(*_COLUMNS)
        .join(User, User.id == ExportRequest.user_id)
        .outerjoin(Zone, Zone.id == ExportRequest.zone_id)
        .where(*conditions)
        .order_by(ExportRequest.id.desc())
        .limit(100)
    )
    return [RequestRow(*row) for row in rows]


def _decidable(actor: Actor) -> ColumnElement[bool]:
    """Requests within the reach of signing; nobody decides on his own."""
    reach = zone_reach(actor, WEEKLY_SIGN, ExportRequest.__table__.c.zone_id)
    return reach & (ExportRequest.user_id != actor.user_id)


def waiting(actor: Actor) -> Sequence[RequestRow]:
    return _requests(ExportRequest.state == RequestState.PENDING, _decidable(actor))


def own_requests(actor: Actor) -> Sequence[RequestRow]:
    return _requests(ExportRequest.user_id == actor.user_id)


def to_decide(actor: Actor, request_id: int) -> ExportRequest:
    """A request the actor may decide on, whatever its state; NotFound beyond his reach and for his own."""
    found = db.session.scalar(select(ExportRequest).where(ExportRequest.id == request_id, _decidable(actor)))
    if found is None:
        raise NotFound()
    return found


def deciders(actor: Actor, today: date) -> Sequence[int]:
    """Who may decide on what this actor asks for: chiefs of the zone, else the bureau."""
    roles = [Post.role == Role.BUREAU]
    if actor.zone_id is not None:
        roles.append((Post.role == Role.CHIEF) & (Unit.zone_id == actor.zone_id))
    return db.session.scalars(
        select(User.id)
        .join(Post, Post.user_id == User.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            or_(*roles),
            User.active,
            User.id != actor.user_id,
            in_force(today),
        )
        .distinct()
        .order_by(User.id)
    ).all()


#: Kinds of tasks that leave a file.
FILE_KINDS = ("exports.make", "weekly.make")


def own_tasks(actor: Actor) -> Sequence[Task]:
    """One's own exports and weekly workbooks made in the background, newest first."""
    return db.session.scalars(
        select(Task)
        .where(Task.user_id == actor.user_id, Task.kind.in_(FILE_KINDS))
        .order_by(Task.id.desc())
        .limit(50)
    ).all()


# --- names of what lists were narrowed to ----------------------------------------------------------------

#: Filters that name a row by its id, and where its name stands.
_NAMED: Mapping[str, type[Any]] = {
    "owner": User,
    "officer": User,
    "person": User,
    "leader": Leader,
    "zone": Zone,
    "unit": Unit,
    "chain": Chain,
    "node": ChainNode,
}


def names_asked(asked: Sequence[Mapping[str, str]]) -> dict[tuple[str, str], str]:
    """(filter, value) → the name of what it means, for many addresses; one statement for each kind of thing."""
    wanted: dict[type[Any], set[int]] = {}
    for address in asked:
        for name in _NAMED.keys() & address.keys():
            if address[name].isdecimal() and address[name].isascii() and len(address[name]) < 10:
                wanted.setdefault(_NAMED[name], set()).add(int(address[name]))
    found = {model: _names(model, ids) for model, ids in wanted.items()}
    named = {(name, key): label for name, of in _NAMED.items() for key, label in found.get(of, {}).items()}
    return named | _zones(asked)


def _names(model: type[Any], ids: set[int]) -> dict[str, str]:
    column = model.short_name if model is Zone else model.name
    rows = db.session.execute(select(model.id, column).where(model.id.in_(ids)))
    return {str(key): label for key, label in rows}


def _zones(asked: Sequence[Mapping[str, str]]) -> dict[tuple[str, str], str]:
    """Lists of projects name a zone by its code."""
    codes = {address["zone"] for address in asked if "zone" in address and not address["zone"].isdecimal()}
    if not codes:
        return {}
    rows = db.session.execute(select(Zone.code, Zone.short_name).where(Zone.code.in_(codes)))
    return {("zone", code): label for code, label in rows}


# --- beyond the list's own rows ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """`registered_capital` in 万元."""

    address: str = ""
    founded_on: date | None = None
    registered_capital: Decimal | None = None
    website: str = ""


def company_facts(ids: Sequence[int]) -> dict[int, CompanyFacts]:
    rows = db.session.execute(
        select(
            Company.id, Company.address, Company.founded_on, Company.registered_capital, Company.website
        ).where(Company.id.in_(ids))
    )
    return {row[0]: CompanyFacts(*row[1:]) for row in rows}


def main_contacts(actor: Actor, ids: Sequence[int]) -> dict[int, str]:
    """One contact of each company in words, the number masked: the actor's own zone's first, the main one first."""
    own = case((Contact.zone_id.is_not_distinct_from(actor.zone_id), 0), else_=1)
    rows = db.session.execute(
        select(Contact.company_id, Contact.name, Contact.post, Contact.phone_mask)
        .where(
            Contact.company_id.in_(ids),
            Contact.active,
            companies.reach(actor, PROJECT_SEE, Contact.__table__.c.company_id, Contact.__table__.c.zone_id),
        )
        .order_by(Contact.company_id, own, Contact.main.desc(), Contact.id)
    )
    found: dict[int, str] = {}
    for company_id, name, post, mask in rows:
        found.setdefault(company_id, " ".join(word for word in (name, post, mask) if word))
    return found
