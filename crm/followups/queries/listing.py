"""Lists of duties. Rows come with company, project and owner, masked for whoever may not read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, true, tuple_

from crm.accounts.models import User
from crm.accounts.permissions import PROJECT_SEE
from crm.companies.models import Company
from crm.core import paging, search
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken
from crm.core.paging import Page, Window
from crm.core.sqldays import city_day
from crm.followups import rules
from crm.followups.models import Followup
from crm.followups.queries.scope import HIDDEN_WHAT, discloses, visible_to
from crm.followups.rules import ANSWERED, DutyKind, DutyState
from crm.projects.models import Project
from crm.projects.scope import HIDDEN_INVESTOR
from crm.settings import queries as settings
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class FollowupRow:
    """A duty as lists show it. `company` is 某企业 (and `company_id` None) where it is confidential to the reader.

    `amount` is the project's total investment in 万元; `late` counts working days since the due day, 0 when not late.
    """

    id: int
    version: int
    kind: DutyKind
    state: DutyState
    what: str
    due_on: date
    due_at: str
    first_due_on: date
    postponed: int
    postpone_reason: str
    answer: str
    close_reason: str
    closed_at: datetime | None
    origin: str
    company_id: int | None
    company: str | None
    project_id: int | None
    project_code: str | None
    project: str | None
    amount: Decimal | None
    owner_id: int | None
    owner: str | None
    owner_login: str | None
    zone_id: int | None
    zone: str | None
    zone_code: str | None
    hidden: bool
    late: int

    @property
    def open(self) -> bool:
        return self.state is DutyState.OPEN

    @property
    def is_demand(self) -> bool:
        """Answered by a unit and closed by whom it was raised for, on a page of its own."""
        return self.kind in ANSWERED


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty fields do not narrow.

    `late` keeps what is open and overdue only, `timely` what was done by its due day, `moved` what was ever postponed.
    An owner or a zone 0 is nobody's, the city's. `q` are words of the company's names.
    """

    owner_id: int | None = None
    zone_id: int | None = None
    kind: DutyKind | None = None
    state: DutyState | None = None
    due_from: date | None = None
    due_until: date | None = None
    company_id: int | None = None
    project_id: int | None = None
    late: bool = False
    timely: bool = False
    moved: bool = False
    q: str = ""


def _columns(disclosed: ColumnElement[bool]) -> tuple[Any, ...]:
    return (
        Followup.id,
        Followup.version,
        Followup.kind,
        Followup.state,
        Followup.what,
        Followup.due_on,
        Followup.due_at,
        Followup.first_due_on,
        Followup.postponed,
        Followup.postpone_reason,
        Followup.answer,
        Followup.close_reason,
        Followup.closed_at,
        Followup.origin,
        Followup.company_id,
        func.coalesce(func.nullif(Company.short_name, ""), Company.name).label("company"),
        Followup.project_id,
        Project.code.label("project_code"),
        Project.name.label("project"),
        Project.total_investment.label("amount"),
        Followup.owner_id,
        User.name.label("owner"),
        User.login.label("owner_login"),
        Followup.zone_id,
        Zone.short_name.label("zone"),
        Zone.code.label("zone_code"),
        disclosed.label("disclosed"),
    )


def selected(actor: Actor, *more: Any) -> Select[Any]:
    return _selected(discloses(actor), *more)


def told(actor: Actor) -> Select[Any]:
    """Only duties whose company the actor may read; asked for once, not again for every row."""
    return _selected(true()).where(visible_to(actor), discloses(actor))


def _selected(disclosed: ColumnElement[bool], *more: Any) -> Select[Any]:
    return (
        select(*_columns(disclosed), *more)
        .select_from(Followup)
        .outerjoin(Company, Company.id == Followup.company_id)
        .outerjoin(Project, Project.id == Followup.project_id)
        .outerjoin(User, User.id == Followup.owner_id)
        .outerjoin(Zone, Zone.id == Followup.zone_id)
    )


def rows_of(found: Sequence[Any], today: date) -> list[FollowupRow]:
    """Masks what is not disclosed and counts how late each open duty is."""
    late = rules.days_late((r.due_on for r in found if r.state is DutyState.OPEN), today, settings.calendar())
    return [_row(r, late) for r in found]


def _row(r: Any, late: dict[date, int]) -> FollowupRow:
    """The columns stand in the order of the fields; what else was selected comes behind them."""
    days = late.get(r.due_on, 0) if r.state is DutyState.OPEN else 0
    row = FollowupRow(*(*r[:_SHOWN], not r.disclosed, days))
    return row if r.disclosed else replace(row, **_MASKED)


_SHOWN = len(FollowupRow.__dataclass_fields__) - len(("hidden", "late"))
#: The project goes as well: its page names the investor where only the duty is confidential.
_MASKED: Mapping[str, Any] = {
    "what": HIDDEN_WHAT,
    "company": HIDDEN_INVESTOR,
    **dict.fromkeys(("company_id", "project_id", "project_code", "project", "amount")),
    **dict.fromkeys(("answer", "postpone_reason", "close_reason"), ""),
}


def find(actor: Actor, followup_id: int, verb: str = PROJECT_SEE) -> Followup:
    """The duty itself, for changing it; NotFound outside the verb's reach."""
    found = db.session.scalar(select(Followup).where(Followup.id == followup_id, visible_to(actor, verb)))
    if found is None:
        raise NotFound()
    return found


def reaches(actor: Actor, followup_id: int, verb: str) -> bool:
    """Whether the actor may move this duty on."""
    return (
        db.session.scalar(select(Followup.id).where(Followup.id == followup_id, visible_to(actor, verb)))
        is not None
    )


def show(actor: Actor, followup_id: int, today: date) -> FollowupRow:
    found = db.session.execute(selected(actor).where(Followup.id == followup_id, visible_to(actor))).all()
    if not found:
        raise NotFound()
    return rows_of(found, today)[0]


def conditions(actor: Actor, filters: Filters, today: date) -> ColumnElement[bool]:
    """What the list shows for these filters; figures count by the same, so that each is the length of its list.

    Wants Project joined (outer) where `tells` says so.
    """
    wanted = [visible_to(actor), *_plain(filters)]
    if filters.late:
        wanted.append(overdue(today))
    if filters.timely:
        wanted.append(in_time())
    if filters.moved:
        wanted.append(Followup.postponed > 0)
    if search.words(filters.q):
        wanted.append(Followup.company_id.in_(_named(filters.q)))
    if tells(filters):
        # Asking for a company or its project must not tell which confidential duty is about it.
        wanted.append(discloses(actor))
    return and_(*wanted)


def tells(filters: Filters) -> bool:
    """Whether the filters name a company or a project."""
    named = filters.company_id is not None or filters.project_id is not None
    return named or bool(search.words(filters.q))


def overdue(today: date) -> ColumnElement[bool]:
    return and_(
        Followup.state == DutyState.OPEN, Followup.due_on < rules.late_before(today, settings.calendar())
    )


def in_time() -> ColumnElement[bool]:
    """Done on its due day, which a postponement had moved, or before."""
    return and_(Followup.state == DutyState.DONE, city_day(Followup.closed_at) <= Followup.due_on)


def _plain(filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    for column, value in (
        (Followup.owner_id, filters.owner_id),
        (Followup.zone_id, filters.zone_id),
        (Followup.kind, filters.kind),
        (Followup.state, filters.state),
        (Followup.company_id, filters.company_id),
        (Followup.project_id, filters.project_id),
    ):
        if value is not None:
            wanted.append(column.is_(None) if value == 0 else column == value)
    if filters.due_from is not None:
        wanted.append(Followup.due_on >= filters.due_from)
    if filters.due_until is not None:
        wanted.append(Followup.due_on <= filters.due_until)
    return wanted


def _named(q: str) -> Select[Any]:
    """Ids of the companies that words name, by characters, pinyin or initials."""
    dialect = db.engine.dialect.name
    found = search.matches("companies", Company.id, Company.search_tokens, Company.search_text, q, dialect)
    return select(Company.id).where(found)


def listing(actor: Actor, filters: Filters, window: Window, today: date) -> Page[FollowupRow]:
    """By due day; two statements at any size."""
    wanted = conditions(actor, filters, today)
    count = select(func.count()).select_from(Followup).where(wanted)
    if tells(filters):
        count = count.outerjoin(Project, Project.id == Followup.project_id)
    total = db.session.scalar(count) or 0
    query = selected(actor).where(wanted).order_by(Followup.due_on, Followup.id).limit(window.per_page + 1)
    if window.after:
        query = query.where(tuple_(Followup.due_on, Followup.id) > after_day(window.after))
    else:
        query = query.offset((window.page - 1) * window.per_page)
    found = db.session.execute(query).all()
    rows = rows_of(found[: window.per_page], today)
    following = paging.token(rows[-1].due_on, rows[-1].id) if len(found) > window.per_page else None
    return Page(rows, total, window, following)


def after_day(token: str) -> Any:
    """A keyset token of (day, id) as it compares in SQL; a mangled one is refused in words."""
    day, last = paging.key_of(token, 2)
    try:
        return tuple_(literal(date.fromisoformat(day or "")), literal(int(last or "")))
    except ValueError as error:
        raise RuleBroken("翻页位置无法识别，请回到第一页。", field="after") from error
