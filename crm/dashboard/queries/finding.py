"""One search over companies, projects, contacts and people, each within the actor's reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select

from crm.accounts.models import Post, User
from crm.accounts.permissions import PROJECT_SEE
from crm.accounts.queries import in_force
from crm.companies import queries as companies
from crm.companies.models import Company, Contact
from crm.companies.scope import reach
from crm.core.actor import Actor, Scope
from crm.core.db import db
from crm.core.pinyin import pinyin_full, pinyin_initials
from crm.projects import queries as projects
from crm.units.models import Leader, Unit
from crm.zones.models import Zone

#: How many of each kind are shown.
MOST = 8


@dataclass(frozen=True, slots=True)
class Found:
    """One hit: `id` is a company's id, a project's code or empty."""

    id: str
    label: str
    note: str


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind: companies, projects, contacts or people. A contact's id is its company's."""

    kind: str
    title: str
    hits: Sequence[Found]


def search(actor: Actor, q: str, today: date) -> list[Group]:
    """Groups with at least one hit. A fixed number of statements."""
    asked = q.strip()
    if not asked or not actor.can(PROJECT_SEE):
        return []
    groups = [
        Group(
            "companies",
            "企业",
            [Found(str(h.id), h.label, h.note) for h in companies.lookup(actor, asked)[:MOST]],
        ),
        Group("projects", "项目", _projects(actor, asked)),
        Group("contacts", "联系人", _contacts(actor, asked)),
        Group("people", "同事和领导", _people(actor, asked, today)),
    ]
    return [group for group in groups if group.hits]


def _projects(actor: Actor, q: str) -> list[Found]:
    rows = projects.lookup(actor, q, most=MOST)
    return [Found(r.code, r.name, " ".join(filter(None, (r.code, r.zone, r.investor)))) for r in rows]


def _contacts(actor: Actor, q: str) -> list[Found]:
    """By name, by a whole number or by its last four digits."""
    by_phone = companies.contacts_by_phone(actor, q, MOST)
    found = [Found(str(c.company_id), c.name, f"{c.company} {c.post} {c.phone_mask}") for c in by_phone]
    columns = Contact.__table__.c
    rows = db.session.execute(
        select(
            Contact.company_id, Contact.name, Contact.post, Contact.phone_mask, Company.name.label("company")
        )
        .join(Company, Company.id == Contact.company_id)
        .where(
            Contact.name.contains(q, autoescape=True),
            Contact.active,
            reach(actor, PROJECT_SEE, columns.company_id, columns.zone_id),
        )
        .order_by(Contact.name, Contact.id)
        .limit(MOST)
    )
    found += [Found(str(r.company_id), r.name, f"{r.company} {r.post} {r.phone_mask}") for r in rows]
    return list(dict.fromkeys(found))[:MOST]


def _people(actor: Actor, q: str, today: date) -> list[Found]:
    """Leaders in office by rank, then colleagues; names by characters, pinyin or initials."""
    leaders = db.session.execute(
        select(Leader.name, Leader.title)
        .where(Leader.starts_on <= today, or_(Leader.ends_on.is_(None), Leader.ends_on >= today))
        .order_by(Leader.rank_no, Leader.id)
        .limit(500)
    )
    found = [Found("", name, title) for name, title in leaders if _named(name, q)]
    rows = db.session.execute(
        select(User.name, Post.title, Unit.short_name)
        .join(Post, Post.user_id == User.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(User.active, in_force(today), _near(actor))
        .order_by(User.name, User.id, Post.id)
        .limit(1000)
    )
    found += [Found("", name, f"{unit} {title}".strip()) for name, title, unit in rows if _named(name, q)]
    return found[:MOST]


def _near(actor: Actor) -> ColumnElement[bool]:
    """People of the own zone, county or unit and of the city's departments; the city sees everybody."""
    city = Unit.zone_id.is_(None)
    if actor.scope(PROJECT_SEE) is Scope.CITY:
        return Unit.id.is_not(None)
    if actor.zone_id is not None:
        return or_(city, Unit.zone_id == actor.zone_id)
    of_county = exists(select(Zone.id).where(Zone.id == Unit.zone_id, Unit.county_id == actor.county_id))
    return or_(city, of_county)


def _named(name: str, q: str) -> bool:
    if q in name:
        return True
    latin = q.lower().replace(" ", "")
    if not (latin.isascii() and latin.isalpha()):
        return False
    return pinyin_initials(name, person=True).startswith(latin) or pinyin_full(name, person=True).startswith(
        latin
    )
