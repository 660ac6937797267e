"""Filings as lists, pages and jobs need them: one select of columns with everything protection depends on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.accounts.permissions import PROJECT_SEE
from crm.companies.models import Company
from crm.core import clock, paging, search
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Forbidden, NotFound
from crm.core.paging import Page, Window
from crm.filings import rules
from crm.filings.models import Dispute, Filing
from crm.filings.rules import EndKind, Extension, FilingState, Norms
from crm.filings.rules import protection as clocks
from crm.filings.rules.disputes import DisputeState
from crm.filings.rules.protection import Filed, Protection, Standing, Terms
from crm.filings.scope import visible_to
from crm.projects.models import Project
from crm.projects.rules import Stage, Status, Tier
from crm.settings import queries as settings
from crm.visits.queries import last_contact_sql
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class FilingRow:
    """A filing with the names around it and its standing today."""

    id: int
    version: int
    state: FilingState
    filed_at: datetime
    contact_on: date
    visit_id: int | None
    note: str
    months: int
    extension_months: int
    decided_at: datetime | None
    decision_reason: str
    protected_from: date | None
    protected_until: date | None
    extension: Extension | None
    extension_reason: str
    extension_note: str
    chosen: bool
    ended_on: date | None
    end_kind: EndKind | None
    end_reason: str
    filed_by: int | None
    company_id: int
    project_id: int
    zone_id: int
    code: str
    project: str
    stage: Stage
    status: Status
    tier: Tier | None
    total: Any
    total_usd: Any
    confidential: bool
    zone_code: str
    zone: str
    investor: str
    by: str | None
    decided_by: str | None
    disputed: bool
    protection: Protection

    @property
    def filed_on(self) -> date:
        return clock.local(self.filed_at).date()

    @property
    def filed_moment(self) -> str:
        """In the city's time, to the millisecond that decides."""
        return clock.local(self.filed_at).isoformat(" ", "milliseconds")[:23]

    @property
    def waits(self) -> bool:
        return self.state in rules.WAITING

    @property
    def stands(self) -> bool:
        """In another zone's way: waiting, protecting, or past its end while the bureau still owes an answer on its extension
        or a dispute about it runs."""
        owed = self.protection.standing is Standing.EXPIRED and self.extension is Extension.ASKED
        argued = self.disputed and self.state is FilingState.ACCEPTED
        waits = self.waits and self.protection.standing is Standing.WAITING
        return waits or owed or argued or self.protection.standing.protects

    @property
    def would_end(self) -> date:
        """Until when it protects, or would if it were accepted: protection counts from the day of the filing."""
        return self.protected_until or clocks.add_months(self.filed_on, self.months)


def norms() -> Norms:
    value = settings.value
    return Norms(
        value("filing_decide_days"),
        value("filing_within_days"),
        value("filing_extend_before"),
        value("filing_silent_yellow"),
        value("filing_silent_lapse"),
    )


def terms(tier: Tier | None) -> Terms:
    return clocks.terms_of(tier, settings.value("filing_protection"))


def disputed() -> ColumnElement[bool]:
    """Whether a dispute about the filing is open."""
    sides = or_(Dispute.earlier_id == Filing.id, Dispute.later_id == Filing.id)
    return exists().where(Dispute.state == DisputeState.OPEN, sides)


_decider = aliased(User)
_CLOCK = ("status_since", "last_followed", "protection")


def _filings() -> Select[Any]:
    own = [getattr(Filing, name) for name in FilingRow.__dataclass_fields__ if name in Filing.__table__.c]
    kept = [column for column in own if column.key not in ("filed_by", "decided_by")]
    return (
        select(
            *kept,
            Filing.filed_by.label("filed_by"),
            Project.code.label("code"),
            Project.name.label("project"),
            Project.stage.label("stage"),
            Project.status.label("status"),
            Project.tier.label("tier"),
            Project.total_investment.label("total"),
            Project.total_investment_usd.label("total_usd"),
            Project.confidential.label("confidential"),
            Zone.code.label("zone_code"),
            Zone.short_name.label("zone"),
            func.coalesce(func.nullif(Company.short_name, ""), Company.name).label("investor"),
            User.name.label("by"),
            _decider.name.label("decided_by"),
            Project.status_since.label("status_since"),
            last_contact_sql().label("last_followed"),
            disputed().label("disputed"),
        )
        .select_from(Filing)
        .join(Project, Project.id == Filing.project_id)
        .join(Zone, Zone.id == Filing.zone_id)
        .join(Company, Company.id == Filing.company_id)
        .outerjoin(User, User.id == Filing.filed_by)
        .outerjoin(_decider, _decider.id == Filing.decided_by)
    )


#: Every list starts from it; the same for everybody, so put together once.
_FILINGS = _filings()


def _rows(query: Select[Any], today: date) -> list[FilingRow]:
    limits = norms()
    return [_row(found, today, limits) for found in db.session.execute(query)]


def _row(r: Any, today: date, limits: Norms) -> FilingRow:
    last = r.last_followed
    filed = Filed(
        r.state,
        r.protected_from,
        r.protected_until,
        date.fromisoformat(last) if isinstance(last, str) else last,
        None if r.status is Status.ON_HOLD else r.status_since,
        on_hold=r.status is Status.ON_HOLD,
        over=r.status not in (Status.ACTIVE, Status.ON_HOLD),
        signed=r.stage.order >= Stage.SIGNED.order,
    )
    values = {name: getattr(r, name) for name in FilingRow.__dataclass_fields__ if name not in _CLOCK}
    return FilingRow(**values, protection=clocks.protection_of(filed, today, limits))


# --- for an actor ----------------------------------------------------------------------------------------


def row(actor: Actor, filing_id: int, today: date) -> FilingRow:
    found = _rows(_FILINGS.where(Filing.id == filing_id, visible_to(actor)), today)
    if not found:
        raise NotFound()
    return found[0]


def find(actor: Actor, filing_id: int, verb: str = PROJECT_SEE) -> tuple[Filing, Project]:
    """The record for changing it: NotFound outside the actor's sight, Forbidden where he may not do `verb`."""
    found = db.session.execute(
        select(Filing, Project, visible_to(actor, verb))
        .join(Project, Project.id == Filing.project_id)
        .where(Filing.id == filing_id, visible_to(actor))
    ).one_or_none()
    if found is None:
        raise NotFound()
    if not found[2]:
        raise Forbidden()
    return found[0], found[1]


def of_project(actor: Actor, project_id: int, today: date) -> list[FilingRow]:
    """Newest first; the first of them says how the project stands."""
    mine = _FILINGS.where(Filing.project_id == project_id, visible_to(actor))
    return _rows(mine.order_by(Filing.id.desc()), today)


def _wanted(
    actor: Actor, states: Iterable[FilingState], zone_id: int | None, q: str
) -> list[ColumnElement[bool]]:
    conditions = [visible_to(actor), Filing.state.in_(tuple(states))]
    if zone_id is not None:
        conditions.append(Filing.zone_id == zone_id)
    if q.strip():
        conditions.append(or_(*(_said(table, q) for table in (Project, Company))))
    return conditions


def _said(table: type[Project] | type[Company], q: str) -> ColumnElement[bool]:
    dialect = db.session.get_bind().dialect.name
    return search.matches(table.__tablename__, table.id, table.search_tokens, table.search_text, q, dialect)


def listed(
    actor: Actor,
    states: Sequence[FilingState],
    window: Window,
    today: date,
    *,
    zone_id: int | None = None,
    q: str = "",
) -> Page[FilingRow]:
    """What waits comes first come first served, everything else newest first."""
    conditions = _wanted(actor, states, zone_id, q)
    total = db.session.scalar(
        select(func.count(Filing.id))
        .join(Project, Project.id == Filing.project_id)
        .join(Company, Company.id == Filing.company_id)
        .where(*conditions)
    )
    oldest_first = tuple(states) == rules.WAITING
    query = _FILINGS.where(*conditions)
    if window.after:
        last = paging.number(paging.key_of(window.after, 1)[0])
        query = query.where(Filing.id > last if oldest_first else Filing.id < last)
    order = Filing.id if oldest_first else Filing.id.desc()
    found = _rows(query.order_by(order).limit(window.per_page + 1), today)
    items = found[: window.per_page]
    more = paging.token(items[-1].id) if len(found) > window.per_page else None
    return Page(items, total or 0, window, more)


def counts(actor: Actor) -> dict[FilingState, int]:
    found = db.session.execute(
        select(Filing.state, func.count(Filing.id))
        .join(Project, Project.id == Filing.project_id)
        .where(visible_to(actor))
        .group_by(Filing.state)
    )
    return {state: number for state, number in found}


def waiting_count() -> Any:
    """A select of how many filings wait for the bureau."""
    return select(func.count(Filing.id)).where(Filing.state.in_(rules.WAITING))


# --- for the feature itself --------------------------------------------------------------------------------


def rows_by_id(ids: Iterable[int], today: date) -> list[FilingRow]:
    """Whoever's they are: for the check itself and for the bureau's eyes."""
    return _rows(_FILINGS.where(Filing.id.in_(tuple(ids))), today)


def running(today: date) -> list[FilingRow]:
    """Every live filing, for the job that writes what has ended."""
    return _rows(_FILINGS.where(Filing.state.in_(rules.LIVE)).order_by(Filing.id), today)
