"""Demands, promises and problems: the list, one of them, and who may be asked to answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_

from crm.accounts.models import Post, User
from crm.accounts.queries import in_force
from crm.companies.models import Company
from crm.core import paging
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Page, Window
from crm.followups import rules
from crm.followups.models import Demand, Followup
from crm.followups.queries.listing import FollowupRow, after_day, rows_of, selected
from crm.followups.queries.scope import asked_of, discloses, visible_to
from crm.followups.rules import ANSWERED, DutyKind, DutyState
from crm.followups.rules import demands as demand_rules
from crm.followups.rules.demands import Confirmer, Light, Satisfaction, Step
from crm.projects.models import Grant, Project
from crm.projects.rules import GrantLevel
from crm.settings import queries as settings
from crm.units.models import Leader, Unit
from crm.units.rules import UnitKind


@dataclass(frozen=True, slots=True)
class DemandRow:
    """A demand as lists and its page show it; `duty` is masked as every duty is, and so are the words here."""

    duty: FollowupRow
    step: Step
    light: Light
    category: str
    unit_id: int | None
    unit: str | None
    unit_code: str | None
    leader: str | None
    answer_due_on: date
    answered_at: datetime | None
    satisfaction: Satisfaction | None
    confirmed_at: datetime | None
    confirmed_by: Confirmer | None
    confirmed_name: str
    confirm_note: str
    reopened: int
    forwarded: int
    urged: int
    urged_on: date | None
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class DemandFilters:
    """What the list is narrowed to. `step` None with `late` False is every one; `mine`: owned by me, raised by me or asked of my unit."""

    kind: DutyKind | None = None
    step: Step | None = None
    open: bool = False
    late: bool = False
    mine: bool = False
    category: str = ""
    unit_id: int | None = None
    zone_id: int | None = None
    company_id: int | None = None
    project_id: int | None = None


_OWN = (
    "satisfaction",
    "confirmed_at",
    "confirmed_by",
    "confirmed_name",
    "confirm_note",
    "reopened",
    "forwarded",
    "urged",
    "urged_on",
)


def _selected(actor: Actor) -> Select[Any]:
    columns = [getattr(Demand, name) for name in _OWN]
    return (
        selected(
            actor,
            Followup.category,
            Followup.unit_id,
            Followup.created_at.label("raised_at"),
            Demand.answer_due_on,
            Demand.answered_at,
            Unit.short_name.label("unit"),
            Unit.code.label("unit_code"),
            Leader.name.label("leader"),
            *columns,
        )
        .outerjoin(Demand, Demand.followup_id == Followup.id)
        .outerjoin(Unit, Unit.id == Followup.unit_id)
        .outerjoin(Leader, Leader.id == Demand.leader_id)
    )


def _rows(found: Sequence[Any], today: date) -> list[DemandRow]:
    return [_row(r, duty, today) for r, duty in zip(found, rows_of(found, today), strict=True)]


def _row(r: Any, duty: FollowupRow, today: date) -> DemandRow:
    step = demand_rules.step_of(duty.state, r.answered_at)
    own = {name: getattr(r, name) for name in _OWN}
    # A duty that nobody touched yet has no life of its own: its counts are none.
    own |= {name: own[name] or 0 for name in ("reopened", "forwarded", "urged")}
    own |= {name: "" if duty.hidden else own[name] or "" for name in ("confirmed_name", "confirm_note")}
    return DemandRow(
        duty=duty,
        step=step,
        light=demand_rules.light(step, duty.due_on, duty.late, today),
        category=r.category,
        unit_id=r.unit_id,
        unit=r.unit,
        unit_code=r.unit_code,
        leader=r.leader,
        answer_due_on=r.answer_due_on or duty.due_on,
        answered_at=r.answered_at,
        raised_at=r.raised_at,
        **own,
    )


def is_answered() -> ColumnElement[bool]:
    found = exists().where(Demand.followup_id == Followup.id, Demand.answered_at.is_not(None))
    return found.correlate(Followup)


def _at(step: Step) -> ColumnElement[bool]:
    if step is Step.CLOSED:
        return Followup.state == DutyState.DONE
    if step is Step.CANCELLED:
        return Followup.state == DutyState.CANCELLED
    answered = is_answered()
    return and_(Followup.state == DutyState.OPEN, answered if step is Step.ANSWERED else ~answered)


def _conditions(actor: Actor, filters: DemandFilters, today: date) -> list[ColumnElement[bool]]:
    wanted = [visible_to(actor), Followup.kind.in_([filters.kind] if filters.kind else ANSWERED)]
    for column, value in (
        (Followup.unit_id, filters.unit_id),
        (Followup.zone_id, filters.zone_id),
        (Followup.category, filters.category or None),
        (Followup.company_id, filters.company_id),
        (Followup.project_id, filters.project_id),
    ):
        if value is not None:
            wanted.append(column == value)
    if filters.open or filters.late:
        wanted.append(Followup.state == DutyState.OPEN)
    if filters.late:
        wanted.append(Followup.due_on < rules.late_before(today, settings.calendar()))
    if filters.step is not None:
        wanted.append(_at(filters.step))
    if filters.mine:
        own = or_(Followup.owner_id == actor.user_id, Followup.created_by == actor.user_id)
        wanted.append(or_(own, asked_of(actor)))
    if filters.company_id is not None or filters.project_id is not None:
        # Asking for a company or its project must not tell which confidential demand is about it.
        wanted.append(discloses(actor))
    return wanted


def demands(actor: Actor, filters: DemandFilters, window: Window, today: date) -> Page[DemandRow]:
    """By due day; two statements at any size."""
    wanted = and_(*_conditions(actor, filters, today))
    count = select(func.count()).select_from(Followup)
    if filters.company_id is not None or filters.project_id is not None:
        count = count.outerjoin(Project, Project.id == Followup.project_id)
    total = db.session.scalar(count.where(wanted)) or 0
    query = _selected(actor).where(wanted).order_by(Followup.due_on, Followup.id)
    query = query.limit(window.per_page + 1)
    if window.after:
        query = query.where(tuple_(Followup.due_on, Followup.id) > after_day(window.after))
    else:
        query = query.offset((window.page - 1) * window.per_page)
    found = db.session.execute(query).all()
    rows = _rows(found[: window.per_page], today)
    following = None
    if len(found) > window.per_page:
        following = paging.token(rows[-1].duty.due_on, rows[-1].duty.id)
    return Page(rows, total, window, following)


def demand(actor: Actor, followup_id: int, today: date) -> DemandRow:
    found = db.session.execute(
        _selected(actor).where(Followup.id == followup_id, Followup.kind.in_(ANSWERED), visible_to(actor))
    ).all()
    if not found:
        raise NotFound()
    return _rows(found, today)[0]


def life(followup: Followup) -> Demand:
    """The row that keeps a demand's life; a new one in the session for a duty that has none yet."""
    known = db.session.get(Demand, followup.id)
    if known is None:
        known = Demand(
            followup_id=followup.id, answer_due_on=followup.due_on, reopened=0, forwarded=0, urged=0
        )
        db.session.add(known)
    return known


def units_for(zone_id: int | None) -> list[tuple[int, str]]:
    """(id, name) of who may be asked: departments of the city and of counties, and the zone with what stands in it."""
    rows = db.session.execute(
        select(Unit.id, Unit.short_name)
        .where(
            Unit.active,
            or_(
                and_(Unit.kind == UnitKind.DEPARTMENT, Unit.zone_id.is_(None)),
                Unit.zone_id == zone_id if zone_id is not None else Unit.kind == UnitKind.CITY,
            ),
        )
        .order_by(Unit.zone_id.is_(None), Unit.order_no, Unit.id)
    )
    return [(unit_id, name) for unit_id, name in rows]


def people_of(unit_id: int, today: date) -> Sequence[int]:
    """Users in office in a unit."""
    return db.session.scalars(
        select(User.id)
        .join(Post, Post.user_id == User.id)
        .where(Post.unit_id == unit_id, User.active, in_force(today))
        .distinct()
        .order_by(User.id)
    ).all()


def unit_may_read(project_id: int | None, unit_id: int, today: date) -> bool:
    """Whether a unit may read the investor of a project: where it is confidential, only by a grant."""
    if project_id is None:
        return True
    secret = db.session.scalar(select(Project.confidential).where(Project.id == project_id))
    granted = exists().where(
        Grant.project_id == project_id,
        Grant.unit_id == unit_id,
        Grant.level.in_(tuple(GrantLevel)),
        Grant.starts_on <= today,
        or_(Grant.ends_on.is_(None), Grant.ends_on >= today),
    )
    return not secret or bool(db.session.scalar(select(granted)))


def leaders_for(today: date) -> list[tuple[int, str]]:
    """(id, name and title) of leaders in office, in the order of their rank."""
    rows = db.session.execute(
        select(Leader.id, Leader.name, Leader.title)
        .where(Leader.starts_on <= today, or_(Leader.ends_on.is_(None), Leader.ends_on >= today))
        .order_by(Leader.rank_no, Leader.id)
    )
    return [(leader_id, f"{name} {title}") for leader_id, name, title in rows]


def company_names(company_id: int | None) -> tuple[str, ...]:
    """What a company is written as; nothing for none."""
    found = db.session.get(Company, company_id) if company_id is not None else None
    return tuple(name for name in (found.name, found.short_name) if name) if found else ()
