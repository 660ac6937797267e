"""What zones know of companies: links and contacts, within reach."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Integer, bindparam, func, select

from crm.accounts import permissions
from crm.accounts.models import Post, User
from crm.accounts.queries import in_force
from crm.chains.models import Chain, ChainNode
from crm.companies import phones, scope
from crm.companies.models import Company, CompanyLink, Contact, LinkNode
from crm.companies.rules import LinkProgress
from crm.core.actor import Actor, Role
from crm.core.db import db
from crm.core.errors import NotFound
from crm.units.models import Unit
from crm.zones.models import Zone

CITY = "市商务局"

_link = CompanyLink.__table__.c
_contact = Contact.__table__.c


@dataclass(frozen=True, slots=True)
class LinkRow:
    """`zone` is the zone's short name, the bureau's for the city's own link."""

    id: int
    company_id: int
    zone_id: int | None
    zone: str
    zone_code: str | None
    progress: LinkProgress
    owner_id: int | None
    owner: str | None
    owner_login: str | None
    notes: str
    source: str
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact as shown: the number only masked."""

    id: int
    company_id: int
    company: str
    zone_id: int | None
    zone: str
    name: str
    post: str
    phone_mask: str
    note: str
    main: bool
    active: bool
    version: int


@dataclass(frozen=True, slots=True)
class Node:
    id: int
    code: str
    name: str
    chain: str
    chain_code: str

    @property
    def label(self) -> str:
        return f"{self.chain} › {self.name}"


def _reach_links(actor: Actor, verb: str) -> ColumnElement[bool]:
    return scope.reach(actor, verb, _link.company_id, _link.zone_id)


def _reach_contacts(actor: Actor, verb: str) -> ColumnElement[bool]:
    return scope.reach(actor, verb, _contact.company_id, _contact.zone_id)


def links(actor: Actor, company_ids: Iterable[int]) -> Sequence[LinkRow]:
    """Every link of these companies within reach, zones in their official order, the city's own first."""
    rows = db.session.execute(
        select(
            CompanyLink.id,
            CompanyLink.company_id,
            CompanyLink.zone_id,
            func.coalesce(Zone.short_name, CITY),
            Zone.code,
            CompanyLink.progress,
            CompanyLink.owner_id,
            User.name,
            User.login,
            CompanyLink.notes,
            CompanyLink.source,
            CompanyLink.version,
            CompanyLink.updated_at,
        )
        .outerjoin(Zone, Zone.id == CompanyLink.zone_id)
        .outerjoin(User, User.id == CompanyLink.owner_id)
        .where(CompanyLink.company_id.in_(list(company_ids)), _reach_links(actor, permissions.PROJECT_SEE))
        .order_by(CompanyLink.zone_id.is_not(None), Zone.order_no, CompanyLink.id)
    )
    return [LinkRow(*tuple(row)) for row in rows]


def own_link(actor: Actor, rows: Sequence[LinkRow]) -> LinkRow | None:
    """The actor's own among links already read."""
    if actor.zone_id is None and not any(row.zone_id is None for row in rows):
        return None
    return next((row for row in rows if row.zone_id == actor.zone_id), None)


def link(actor: Actor, link_id: int, verb: str = permissions.PROJECT_SEE) -> CompanyLink:
    """A link within the verb's reach, else NotFound."""
    found = db.session.scalars(
        select(CompanyLink).where(CompanyLink.id == link_id, _reach_links(actor, verb))
    ).first()
    if found is None:
        raise NotFound()
    return found


def link_of(company_id: int, zone_id: int | None) -> CompanyLink | None:
    """The link of one zone (None: of the city), whoever asks; for actions that have checked the zone already."""
    return db.session.scalars(
        select(CompanyLink).where(
            CompanyLink.company_id == company_id, _link.zone_id.is_not_distinct_from(zone_id)
        )
    ).first()


_PROGRESS = select(_link.progress).where(
    _link.company_id == bindparam("company_id"),
    _link.zone_id.is_not_distinct_from(bindparam("zone_id", type_=Integer)),
)


def progress_of(company_id: int, zone_id: int | None) -> LinkProgress | None:
    """How far one zone (None: the city) has come with a company; None where they are not linked."""
    return db.session.scalar(_PROGRESS, {"company_id": company_id, "zone_id": zone_id})


def nodes(link_ids: Iterable[int]) -> Mapping[int, Sequence[Node]]:
    """Chain nodes by link."""
    found: dict[int, list[Node]] = {}
    rows = db.session.execute(
        select(LinkNode.link_id, ChainNode.id, ChainNode.code, ChainNode.name, Chain.name, Chain.code)
        .join(ChainNode, ChainNode.id == LinkNode.node_id)
        .join(Chain, Chain.id == ChainNode.chain_id)
        .where(LinkNode.link_id.in_(list(link_ids)))
        .order_by(Chain.order_no, ChainNode.order_no, ChainNode.id)
    )
    for row in rows:
        found.setdefault(row[0], []).append(Node(*row[1:]))
    return found


def chains() -> Sequence[tuple[str, str]]:
    """(code, name) of the chains in use."""
    rows = db.session.execute(
        select(Chain.code, Chain.name).where(Chain.active).order_by(Chain.order_no, Chain.id)
    )
    return [(code, name) for code, name in rows]


def all_nodes() -> Sequence[Node]:
    """Every node of the chains in use, for choosing."""
    rows = db.session.execute(
        select(ChainNode.id, ChainNode.code, ChainNode.name, Chain.name, Chain.code)
        .join(Chain, Chain.id == ChainNode.chain_id)
        .where(Chain.active)
        .order_by(Chain.order_no, Chain.id, ChainNode.order_no, ChainNode.id)
    )
    return [Node(*row) for row in rows]


def owner_by_login(login: str, zone_id: int | None, today: date) -> int | None:
    """The user of that login among those who may hold a link of the zone."""
    people = [key for key, _ in owners(zone_id, today)]
    return db.session.scalar(
        select(User.id).where(func.lower(User.login) == login.lower(), User.id.in_(people))
    )


def node_ids(codes: Sequence[str]) -> Mapping[str, int]:
    """Ids of chain nodes by code; unknown codes are left out."""
    rows = db.session.execute(select(ChainNode.code, ChainNode.id).where(ChainNode.code.in_(codes)))
    return {code: key for code, key in rows}


def user_name(user_id: int) -> str:
    return db.session.scalar(select(User.name).where(User.id == user_id)) or ""


def _contact_rows(condition: ColumnElement[bool], most: int | None = None) -> Sequence[ContactRow]:
    query = (
        select(
            Contact.id,
            Contact.company_id,
            Company.name,
            Contact.zone_id,
            func.coalesce(Zone.short_name, CITY),
            Contact.name,
            Contact.post,
            Contact.phone_mask,
            Contact.note,
            Contact.main,
            Contact.active,
            Contact.version,
        )
        .join(Company, Company.id == Contact.company_id)
        .outerjoin(Zone, Zone.id == Contact.zone_id)
        .where(condition)
        .order_by(Contact.active.desc(), Zone.order_no, Contact.main.desc(), Contact.id)
        .limit(most)
    )
    return [ContactRow(*tuple(row)) for row in db.session.execute(query)]


def contacts(actor: Actor, company_id: int) -> Sequence[ContactRow]:
    """A company's contacts within reach, those in use first; numbers masked."""
    return _contact_rows(
        (_contact.company_id == company_id) & _reach_contacts(actor, permissions.PROJECT_SEE)
    )


def contact(actor: Actor, contact_id: int, verb: str = permissions.PROJECT_SEE) -> Contact:
    """A contact within the verb's reach, else NotFound."""
    found = db.session.scalars(
        select(Contact).where(Contact.id == contact_id, _reach_contacts(actor, verb))
    ).first()
    if found is None:
        raise NotFound()
    return found


def contacts_by_phone(actor: Actor, query: str, most: int = 10) -> Sequence[ContactRow]:
    """Contacts in use within reach by a whole number or its last four digits; nothing for any other query."""
    asked = phones.asked(query)
    if asked is None:
        return []
    column = _contact.phone_tail_hash if asked[0] == "tail" else _contact.phone_hash
    return _contact_rows(
        (column == asked[1]) & _contact.active.is_(True) & _reach_contacts(actor, permissions.PROJECT_SEE),
        most,
    )


def owners(zone_id: int | None, today: date) -> Sequence[tuple[int, str]]:
    """(id, name) of those who may hold a link: business posts in force in the zone, for the city those of the bureau."""
    place = Unit.zone_id == zone_id if zone_id is not None else Post.role == Role.BUREAU
    rows = db.session.execute(
        select(User.id, User.name)
        .join(Post, Post.user_id == User.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            place,
            User.active,
            in_force(today),
            Post.role.in_((Role.OFFICER, Role.SPECIALIST, Role.CHIEF, Role.BUREAU)),
        )
        .distinct()
        .order_by(User.name, User.id)
    )
    return [(key, name) for key, name in rows]
