"""What has climbed a rung and is not written down yet; the steps that wait for somebody, and those of one duty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, false, func, null, or_, select, true

from crm.accounts.models import Post, User
from crm.accounts.permissions import ASSIGN, RECOGNISE
from crm.accounts.queries import in_force
from crm.core import paging
from crm.core.actor import Actor, Role
from crm.core.db import db
from crm.core.paging import Page, Window
from crm.followups.models import Followup
from crm.followups.queries.listing import FollowupRow, rows_of, selected
from crm.followups.queries.reminders import behind
from crm.followups.queries.scope import visible_to
from crm.followups.rules import DutyKind, DutyState
from crm.followups.rules.ladder import LADDER, SUBJECT, Limit, Rung
from crm.notices.models import Escalation
from crm.projects.models import Project
from crm.units.models import Unit


@dataclass(frozen=True, slots=True)
class Climbed:
    """A duty that has reached a rung. `secret` keeps its words out of every message."""

    followup_id: int
    kind: DutyKind
    due_on: date
    owner_id: int | None
    unit_id: int | None
    zone_id: int | None
    code: str | None
    secret: bool


def _column(limit: Limit) -> Any:
    """What names the place whose turn it is: the unit that answers, the zone; at the top there is one, the bureau."""
    return {Rung.OWNER: Followup.unit_id, Rung.CHIEF: Followup.zone_id}.get(limit.rung)


def _reached(limit: Limit) -> tuple[ColumnElement[bool], ...]:
    """Open duties that reached this rung and whose step is not written yet."""
    written = exists().where(
        Escalation.ladder == LADDER,
        Escalation.subject_type == SUBJECT,
        Escalation.subject_id == Followup.id,
        Escalation.due_key == cast(Followup.due_on, String),
        Escalation.level == limit.rung.level,
    )
    return (
        Followup.state == DutyState.OPEN,
        Followup.due_on < limit.before,
        Followup.kind.in_(limit.kinds),
        ~written,
    )


def climbed_by_place(limit: Limit) -> Sequence[tuple[int | None, int]]:
    """Every place whose turn it is, None for the bureau and for no place, and how many duties came to it. One statement."""
    column = _column(limit)
    place = null() if column is None else column
    query = select(place, func.count()).select_from(Followup).where(*_reached(limit))
    if column is not None:
        query = query.group_by(column).order_by(column)
    return [(found, count) for found, count in db.session.execute(query) if count]


def _at(limit: Limit, places: Sequence[int | None]) -> ColumnElement[bool]:
    column = _column(limit)
    if column is None:
        return true()
    known: ColumnElement[bool] = column.in_([place for place in places if place is not None])
    return or_(known, column.is_(None)) if None in places else known


def climbed(
    limit: Limit, places: Sequence[int | None], most: int, after: Climbed | None = None
) -> Sequence[Climbed]:
    """Duties that came to one of these places, the longest due first, those behind `after` alone. One statement."""
    found = db.session.execute(
        select(
            Followup.id,
            Followup.kind,
            Followup.due_on,
            Followup.owner_id,
            Followup.unit_id,
            Followup.zone_id,
            Project.code,
            or_(Followup.confidential, Project.confidential.is_(True)),
        )
        .outerjoin(Project, Project.id == Followup.project_id)
        .where(
            *_reached(limit),
            _at(limit, places),
            behind(after.due_on, after.followup_id) if after is not None else true(),
        )
        .order_by(Followup.due_on, Followup.id)
        .limit(most)
    )
    return [Climbed(*row) for row in found]


def holders(role: Role | None, units: Sequence[int], today: date) -> dict[int | None, list[int]]:
    """Unit → people with a post there that is in force (chiefs: anywhere in the zone); role None: any. One statement.

    Without units: those of the role in the whole city, under None.
    """
    wanted: list[Any] = [in_force(today), User.active]
    if role is not None:
        wanted.append(Post.role == role)
    place: Any = Unit.zone_id if role is Role.CHIEF else Unit.id
    if units:
        wanted.append(place.in_(units))
    rows = db.session.execute(
        select(place, User.id)
        .select_from(Post)
        .join(User, User.id == Post.user_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(*wanted)
        .distinct()
        .order_by(User.id)
    )
    found: dict[int | None, list[int]] = {}
    for unit_id, user_id in rows:
        found.setdefault(unit_id if units else None, []).append(user_id)
    return found


def waits_for(actor: Actor) -> ColumnElement[bool]:
    """Steps addressed to the actor: to his role in his place, or to himself."""
    own = [Escalation.to_user_id == actor.user_id] if actor.user_id is not None else []
    if actor.role is Role.BUREAU and actor.can(RECOGNISE):
        own.append(Escalation.to_role == Role.BUREAU)
    if actor.role is Role.CHIEF and actor.can(ASSIGN) and actor.zone_id is not None:
        own.append(and_(Escalation.to_role == Role.CHIEF, Escalation.to_unit_id == actor.zone_id))
    return or_(*own) if own else false()


def escalated_count(actor: Actor) -> Any:
    """A scalar subquery: how many steps wait for the actor and are not answered (for the badge)."""
    return (
        select(func.count(Escalation.id))
        .where(waits_for(actor), Escalation.resolved_at.is_(None), Escalation.level > Rung.OWNER.level)
        .scalar_subquery()
    )


@dataclass(frozen=True, slots=True)
class EscalationRow:
    """One step with the duty it is about."""

    id: int
    rung: str
    at: datetime
    reason: str
    resolved_at: datetime | None
    duty: FollowupRow


@dataclass(frozen=True, slots=True)
class LadderFilters:
    """`mine`: addressed to oneself, else every step of duties within reach. `open`: not answered yet, None for all."""

    mine: bool = True
    open: bool | None = True
    zone_id: int | None = None


def escalations(actor: Actor, filters: LadderFilters, window: Window, today: date) -> Page[EscalationRow]:
    """Newest first; two statements at any size."""
    wanted = [Escalation.ladder == LADDER, Escalation.level > Rung.OWNER.level, visible_to(actor)]
    if filters.mine:
        wanted.append(waits_for(actor))
    if filters.open is not None:
        closed = Escalation.resolved_at.is_not(None)
        wanted.append(~closed if filters.open else closed)
    if filters.zone_id is not None:
        wanted.append(Escalation.zone_id == filters.zone_id)
    joined = Followup.id == Escalation.subject_id
    count = select(func.count(Escalation.id)).join(Followup, joined).where(*wanted)
    total = db.session.scalar(count) or 0
    columns = (Escalation.id.label("step"), Escalation.level, Escalation.at, Escalation.reason)
    query = selected(actor, *columns, Escalation.resolved_at.label("resolved")).join(Escalation, joined)
    query = query.where(*wanted).order_by(Escalation.id.desc()).limit(window.per_page + 1)
    if window.after:
        query = query.where(Escalation.id < paging.number(paging.key_of(window.after, 1)[0]))
    else:
        query = query.offset((window.page - 1) * window.per_page)
    found = db.session.execute(query).all()
    shown = found[: window.per_page]
    items = [
        EscalationRow(r.step, _rung(r.level), r.at, r.reason, r.resolved, duty)
        for r, duty in zip(shown, rows_of(shown, today), strict=True)
    ]
    return Page(items, total, window, paging.token(items[-1].id) if len(found) > window.per_page else None)


def _rung(level: int) -> str:
    return next(rung.label for rung in Rung if rung.level == level)


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of one duty, as its page shows it."""

    rung: str
    at: datetime
    reason: str
    resolved_at: datetime | None


def steps_of(followup_id: int) -> Sequence[StepRow]:
    """For a duty the actor may see, newest first."""
    rows = db.session.execute(
        select(Escalation.level, Escalation.at, Escalation.reason, Escalation.resolved_at)
        .where(Escalation.subject_type == SUBJECT, Escalation.subject_id == followup_id)
        .order_by(Escalation.id.desc())
    )
    return [StepRow(_rung(level), at, reason, resolved) for level, at, reason, resolved in rows]
