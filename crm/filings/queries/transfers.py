"""Transfers as the two zones, their counties and the city read them; nobody else does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.accounts.permissions import ASSIGN_SEE
from crm.chains.models import ChainNode
from crm.companies.models import Company
from crm.core import paging, search
from crm.core.actor import Actor, Role
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Page, Window
from crm.filings.models import Transfer, TransferOffer, TransferShare
from crm.filings.rules import transfers as rules
from crm.filings.rules.transfers import Answer, TransferState, Trigger
from crm.projects.models import Project
from crm.projects.rules import CreditIndicator, Stage, Status
from crm.projects.scope import HIDDEN_INVESTOR, discloses_investor, visible_to, zone_reach
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A transfer with the names around it. `open_to` is False where this reader does not see the project itself."""

    id: int
    version: int
    state: TransferState
    trigger: Trigger
    reason: str
    proposed_by: int | None
    proposed_at: datetime
    due_on: date | None
    done_on: date | None
    decided_at: datetime | None
    first_contact: str
    first_contact_way: str
    landing_contact: str
    landing_contact_way: str
    sheet_id: int | None
    first_zone_id: int
    from_zone_id: int
    to_zone_id: int | None
    project_id: int
    code: str
    project: str
    open_to: bool
    stage: Stage
    status: Status
    content: str
    node: str | None
    total: Decimal | None
    total_usd: Decimal | None
    investor: str
    first_zone: str
    from_zone: str
    to_zone: str | None
    by: str | None
    decided_by: str | None
    owner: str | None

    @property
    def open(self) -> bool:
        return self.state in rules.OPEN

    @property
    def direction(self) -> str:
        return f"{self.from_zone} → {self.to_zone or '由市里指派'}"

    def standing(self, today: date) -> TransferState:
        return rules.standing(self.state, self.due_on, today)

    def late(self, today: date) -> bool:
        return rules.overdue(self.state, self.due_on, today)


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One zone that was asked, or the city; `until` None where no day runs."""

    zone_id: int | None
    zone: str | None
    asked_at: datetime
    until: date | None
    answer: Answer | None
    reason: str
    by: str | None
    answered_at: datetime | None


def transfers_visible(actor: Actor) -> ColumnElement[bool]:
    """The zone that gives, the one that is asked or received, who reads above them, and the city."""
    table = Transfer.__table__.c
    return or_(*(zone_reach(actor, ASSIGN_SEE, column) for column in (table.from_zone_id, table.to_zone_id)))


_first, _from, _to = aliased(Zone), aliased(Zone), aliased(Zone)
_decider, _owner = aliased(User), aliased(User)
_OWN = tuple(name for name in TransferRow.__dataclass_fields__ if name in Transfer.__table__.c)


def _hidden(actor: Actor, value: Any, words: str) -> Any:
    return case((discloses_investor(actor), value), else_=words)


def _select(actor: Actor) -> Select[Any]:
    name = func.coalesce(func.nullif(Company.short_name, ""), Company.name, Project.investor_text)
    return (
        select(
            *(getattr(Transfer, key).label(key) for key in _OWN),
            Project.code.label("code"),
            _hidden(actor, Project.name, "保密项目").label("project"),
            case((visible_to(actor), 1), else_=0).label("open_to"),
            Project.stage.label("stage"),
            Project.status.label("status"),
            _hidden(actor, Project.content, "").label("content"),
            ChainNode.name.label("node"),
            Project.total_investment.label("total"),
            Project.total_investment_usd.label("total_usd"),
            _hidden(actor, name, HIDDEN_INVESTOR).label("investor"),
            _first.short_name.label("first_zone"),
            _from.short_name.label("from_zone"),
            _to.short_name.label("to_zone"),
            User.name.label("by"),
            _decider.name.label("decided_by"),
            _owner.name.label("owner"),
        )
        .select_from(Transfer)
        .join(Project, Project.id == Transfer.project_id)
        .join(_first, _first.id == Transfer.first_zone_id)
        .join(_from, _from.id == Transfer.from_zone_id)
        .outerjoin(_to, _to.id == Transfer.to_zone_id)
        .outerjoin(Company, Company.id == Project.company_id)
        .outerjoin(ChainNode, ChainNode.id == Project.node_id)
        .outerjoin(User, User.id == Transfer.proposed_by)
        .outerjoin(_decider, _decider.id == Transfer.decided_by)
        .outerjoin(_owner, _owner.id == Transfer.owner_id)
        .where(transfers_visible(actor))
    )


def _rows(query: Select[Any]) -> list[TransferRow]:
    found = []
    for row in db.session.execute(query):
        values = {name: getattr(row, name) for name in TransferRow.__dataclass_fields__}
        found.append(TransferRow(**{**values, "open_to": bool(row.open_to)}))
    return found


def transfer_row(actor: Actor, transfer_id: int) -> TransferRow:
    found = _rows(_select(actor).where(Transfer.id == transfer_id))
    if not found:
        raise NotFound()
    return found[0]


def find_transfer(actor: Actor, transfer_id: int) -> tuple[Transfer, Project]:
    """The record for changing it; NotFound outside the two zones and the bureau."""
    found = db.session.execute(
        select(Transfer, Project)
        .join(Project, Project.id == Transfer.project_id)
        .where(Transfer.id == transfer_id, transfers_visible(actor))
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found[0], found[1]


def transfers_of(actor: Actor, project_id: int) -> list[TransferRow]:
    """Newest first; empty for whoever is neither of the zones nor the bureau."""
    return _rows(_select(actor).where(Transfer.project_id == project_id).order_by(Transfer.id.desc()))


def offers_of(transfer_id: int) -> list[OfferRow]:
    """In the order in which they were made."""
    rows = db.session.execute(
        select(
            TransferOffer.zone_id,
            Zone.short_name,
            TransferOffer.asked_at,
            TransferOffer.due_on,
            TransferOffer.answer,
            TransferOffer.reason,
            User.name,
            TransferOffer.answered_at,
        )
        .outerjoin(Zone, Zone.id == TransferOffer.zone_id)
        .outerjoin(User, User.id == TransferOffer.answered_by)
        .where(TransferOffer.transfer_id == transfer_id)
        .order_by(TransferOffer.id)
    )
    return [OfferRow(*row) for row in rows]


def shares_of_transfer(transfer_id: int) -> Mapping[CreditIndicator, Decimal]:
    """Indicator → the first zone's share, in the order of the indicators."""
    found = {
        indicator: share
        for indicator, share in db.session.execute(
            select(TransferShare.indicator, TransferShare.first_share).where(
                TransferShare.transfer_id == transfer_id
            )
        )
    }
    return {indicator: found[indicator] for indicator in CreditIndicator if indicator in found}


# --- lists ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TransferFilter:
    """`part`: to_answer (asked of the actor's zone), city (for the bureau to assign), open, done, over, all."""

    part: str = "open"
    zone_id: int | None = None
    q: str = ""


def _part(actor: Actor, part: str, today: date) -> ColumnElement[bool]:
    late = and_(Transfer.state == TransferState.WAITING, Transfer.due_on < today)
    parts: dict[str, Any] = {
        "to_answer": and_(Transfer.state == TransferState.WAITING, ~late, Transfer.to_zone_id == actor.zone_id),
        "city": or_(Transfer.state.in_((TransferState.CITY, TransferState.REFUSED)), late),
        "open": Transfer.state.in_(rules.OPEN),
        "done": Transfer.state == TransferState.DONE,
        "withdrawn": Transfer.state == TransferState.WITHDRAWN,
    }  # fmt: skip
    found: ColumnElement[bool] = parts.get(part, Transfer.id.is_not(None))
    return found


def _wanted(actor: Actor, asked: TransferFilter, today: date) -> list[ColumnElement[bool]]:
    conditions = [_part(actor, asked.part, today)]
    if asked.zone_id is not None:
        zones = (Transfer.from_zone_id, Transfer.to_zone_id, Transfer.first_zone_id)
        conditions.append(or_(*(column == asked.zone_id for column in zones)))
    if asked.q.strip():
        dialect = db.session.get_bind().dialect.name
        said = search.matches(
            "projects", Project.id, Project.search_tokens, Project.search_text, asked.q, dialect
        )
        conditions.append(discloses_investor(actor) & said)
    return conditions


def transfer_list(actor: Actor, asked: TransferFilter, window: Window, today: date) -> Page[TransferRow]:
    """Newest first."""
    conditions = _wanted(actor, asked, today)
    total = db.session.scalar(
        select(func.count(Transfer.id))
        .join(Project, Project.id == Transfer.project_id)
        .where(transfers_visible(actor), *conditions)
    )
    query = _select(actor).where(*conditions)
    if window.after:
        query = query.where(Transfer.id < paging.number(paging.key_of(window.after, 1)[0]))
    found = _rows(query.order_by(Transfer.id.desc()).limit(window.per_page + 1))
    items = found[: window.per_page]
    more = paging.token(items[-1].id) if len(found) > window.per_page else None
    return Page(items, total or 0, window, more)


def transfer_counts(actor: Actor, parts: Sequence[str], today: date) -> dict[str, int]:
    """Part → how many, in one statement."""
    columns = [
        func.coalesce(func.sum(case((_part(actor, part, today), 1), else_=0)), 0).label(part)
        for part in parts
    ]
    row = db.session.execute(select(*columns).select_from(Transfer).where(transfers_visible(actor))).one()
    return {part: int(getattr(row, part)) for part in parts}


def transfers_waiting(actor: Actor, today: date) -> Select[Any]:
    """A select of how many wait for this actor: the bureau's to assign, a zone's to answer or to decide anew."""
    query = select(func.count(Transfer.id)).where(transfers_visible(actor))
    if actor.role is Role.BUREAU:
        return query.where(_part(actor, "city", today))
    refused = and_(Transfer.state == TransferState.REFUSED, Transfer.from_zone_id == actor.zone_id)
    return query.where(or_(_part(actor, "to_answer", today), refused))
