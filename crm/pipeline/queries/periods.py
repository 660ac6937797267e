"""Months, those that are closed, and what was corrected after the closing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from crm.accounts.models import User
from crm.audit import rules as audit
from crm.core import money, paging
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.paging import Page, Window
from crm.pipeline import rules
from crm.pipeline.models import Adjustment, Milestone, PeriodLock, Recognition
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.scope import visible_to
from crm.zones.models import Zone


def locked_months() -> frozenset[str]:
    return frozenset(db.session.scalars(select(PeriodLock.month)))


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A month: how much was counted with a date in it at its end, who closed it, and what was corrected since.

    `adjusted` counts the adjustments that speak of the month, `carried` those that are dated in it.
    """

    month: str
    count: int
    adjusted: int
    carried: int
    locked_at: datetime | None
    locked_by: str


def periods(months: Sequence[str]) -> list[PeriodRow]:
    """Those months with their recognitions as of their end, their adjustments and their lock; four statements."""
    first, last = rules.first_of_month(min(months)), rules.first_of_month(max(months))
    made = db.session.execute(
        select(Recognition.statistical_on, Recognition.ended_at, Recognition.ended_on).where(
            Recognition.statistical_on >= first,
            Recognition.statistical_on < rules.next_month(last),
            Recognition.restored_at.is_(None),
        )
    )
    counts: dict[str, int] = {}
    for day, ended_at, ended_on in made:
        # What left the count after the month's end was in it when the month was reported.
        if ended_at is None or (ended_on is not None and ended_on >= rules.next_month(day)):
            counts[rules.month_of(day)] = counts.get(rules.month_of(day), 0) + 1
    locks = {
        month: (at, name or "")
        for month, at, name in db.session.execute(
            select(PeriodLock.month, PeriodLock.locked_at, User.name).outerjoin(
                User, User.id == PeriodLock.locked_by
            )
        )
    }
    about, carried = _counted_by(Adjustment.month), _counted_by(Adjustment.dated_in)
    return [
        PeriodRow(m, counts.get(m, 0), about.get(m, 0), carried.get(m, 0), *locks.get(m, (None, "")))
        for m in months
    ]


def _counted_by(column: InstrumentedAttribute[str]) -> dict[str, int]:
    rows = db.session.execute(select(column, func.count()).group_by(column))
    return {month: many for month, many in rows}


@dataclass(frozen=True, slots=True)
class AdjustmentRow:
    """One value a closed month keeps while the open month knows it otherwise; both values in words."""

    id: int
    month: str
    dated_in: str
    what: str
    field: str
    before: str
    after: str
    reason: str
    made_by: str
    made_at: datetime
    project_id: int
    code: str
    project: str
    zone: str


@dataclass(frozen=True, slots=True)
class AdjustmentFilter:
    """Empty fields do not narrow. `part` about: of the month they speak of; carried: of the month they are dated in."""

    month: str = ""
    project: Project | None = None
    part: str = ""

    def months(self) -> ColumnElement[bool]:
        about, carried = Adjustment.month == self.month, Adjustment.dated_in == self.month
        return {"about": about, "carried": carried}.get(self.part, or_(about, carried))


_ALL = AdjustmentFilter()


def adjustments(actor: Actor, window: Window, asked: AdjustmentFilter = _ALL) -> Page[AdjustmentRow]:
    """What the actor may see, newest first. Two statements."""
    wanted: list[ColumnElement[bool]] = [visible_to(actor)]
    if asked.month:
        wanted.append(asked.months())
    if asked.project is not None:
        wanted.append(Adjustment.project_id == asked.project.id)
    total = db.session.scalar(
        select(func.count(Adjustment.id)).join(Project, Project.id == Adjustment.project_id).where(*wanted)
    )
    query = (
        select(Adjustment, User.name, Project.code, Project.name, Zone.short_name, Milestone.kind)
        .join(Project, Project.id == Adjustment.project_id)
        .outerjoin(
            Milestone,
            and_(Adjustment.subject_type == "milestone", Milestone.id == Adjustment.subject_id),
        )
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .outerjoin(User, User.id == Adjustment.made_by)
        .where(*wanted)
        .order_by(Adjustment.id.desc())
        .limit(window.per_page + 1)
    )
    if window.after:
        query = query.where(Adjustment.id < paging.number(paging.key_of(window.after, 1)[0]))
    else:
        query = query.offset((window.page - 1) * window.per_page)
    rows = db.session.execute(query).all()
    shown = rows[: window.per_page]
    following = paging.token(shown[-1][0].id) if len(rows) > window.per_page else None
    return Page([_adjustment(*row) for row in shown], total or 0, window, following)


def _adjustment(
    made: Adjustment,
    name: str | None,
    code: str,
    project: str,
    zone: str | None,
    stone: rules.MilestoneKind | None,
) -> AdjustmentRow:
    about = made.subject_type
    return AdjustmentRow(
        made.id,
        made.month,
        made.dated_in,
        stone.label if stone else audit.subject_word(about),
        audit.label_of(about, made.field),
        shown_value(about, made.field, made.before),
        shown_value(about, made.field, made.after),
        made.reason,
        name or "系统",
        made.made_at,
        made.project_id,
        code,
        project,
        zone or "",
    )


#: Kept as plain decimals; their headings name the unit.
_AMOUNTS = frozenset({"amount", "amount_usd", "fixed", "fixed_usd", "completed", "paid_in", "equipment"})


def shown_value(about: str, field: str, value: str | None) -> str:
    """An amount with separators, a code in words, what is missing as —."""
    if value is not None and field in _AMOUNTS:
        return money.wan(Decimal(value))
    if value is not None and field == "tier":
        return {row.code.value: row.label for row in projects.tiers()}.get(value, value)
    return audit.word_of(about, field, value)
