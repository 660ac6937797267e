"""What a month counted: the recognitions dated in it that stood at its end, line by line."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, tuple_

from crm.accounts.models import User
from crm.core import paging
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.paging import Page, Window
from crm.pipeline import rules
from crm.pipeline.models import Recognition
from crm.pipeline.rules import EndKind, MilestoneKind
from crm.projects.models import Phase, Project
from crm.projects.rules import Tier
from crm.projects.scope import visible_to
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class CountedFilter:
    """`zone_id` is the zone a recognition was counted for, which a later transfer does not change."""

    month: str
    kind: MilestoneKind | None = None
    zone_id: int | None = None


@dataclass(frozen=True, slots=True)
class CountedRow:
    """A recognition as it was frozen, amounts in 万元 and 万美元. `ended_at` is set where it left the count afterwards."""

    id: int
    kind: MilestoneKind
    happened_on: date
    statistical_on: date
    asked_statistical_on: date | None
    amount: Decimal | None
    amount_usd: Decimal | None
    tier: Tier | None
    recognised_at: datetime
    recognised_by: str
    ended_at: datetime | None
    ended_on: date | None
    end_kind: EndKind | None
    end_reason: str
    code: str
    project: str
    zone: str
    zone_code: str
    phase: str

    @property
    def words(self) -> str:
        return rules.stone_words(self.kind, self.phase)


def stood(month: str) -> ColumnElement[bool]:
    """Dated in the month and in the count at its end: what left afterwards was in it when the month was reported."""
    first = rules.first_of_month(month)
    following = rules.next_month(first)
    return (
        (Recognition.statistical_on >= first)
        & (Recognition.statistical_on < following)
        & Recognition.restored_at.is_(None)
        & or_(Recognition.ended_at.is_(None), Recognition.ended_on >= following)
    )


def _lines() -> Select[*tuple[Any, ...]]:
    """The columns of `CountedRow`, in its order."""
    return (
        select(
            Recognition.id,
            Recognition.kind,
            Recognition.happened_on,
            Recognition.statistical_on,
            Recognition.asked_statistical_on,
            Recognition.amount,
            Recognition.amount_usd,
            Recognition.tier,
            Recognition.recognised_at,
            func.coalesce(User.name, "系统"),
            Recognition.ended_at,
            Recognition.ended_on,
            Recognition.end_kind,
            Recognition.end_reason,
            Project.code,
            Project.name,
            Zone.short_name,
            Zone.code,
            func.coalesce(Phase.name, ""),
        )
        .join(Project, Project.id == Recognition.project_id)
        .join(Zone, Zone.id == Recognition.zone_id)
        .outerjoin(Phase, Phase.id == Recognition.phase_id)
        .outerjoin(User, User.id == Recognition.recognised_by)
    )


def counted(actor: Actor, wanted: CountedFilter, window: Window) -> Page[CountedRow]:
    """By statistical date, newest first. Two statements at any size."""
    where = [visible_to(actor), stood(wanted.month)]
    if wanted.kind is not None:
        where.append(Recognition.kind == wanted.kind)
    if wanted.zone_id is not None:
        where.append(Recognition.zone_id == wanted.zone_id)
    total = db.session.scalar(
        select(func.count(Recognition.id)).join(Project, Project.id == Recognition.project_id).where(*where)
    )
    query = _lines().where(*where).order_by(Recognition.statistical_on.desc(), Recognition.id.desc())
    query = query.limit(window.per_page + 1)
    if window.after:
        on, last = paging.key_of(window.after, 2)
        seen = tuple_(literal(paging.day(on)), paging.number(last))
        query = query.where(tuple_(Recognition.statistical_on, Recognition.id) < seen)
    else:
        query = query.offset((window.page - 1) * window.per_page)
    found: Any = db.session.execute(query)
    rows = [CountedRow(*row) for row in found]
    shown = rows[: window.per_page]
    following = (
        paging.token(shown[-1].statistical_on.isoformat(), shown[-1].id)
        if len(rows) > window.per_page
        else None
    )
    return Page(shown, total or 0, window, following)
