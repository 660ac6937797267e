"""What a project was at a moment: stage, status and amounts as expressions, for the week that runs the present columns."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Float, FromClause, and_, case, cast, func, literal, select, type_coerce

from crm.core import db as database
from crm.pipeline.models import StageChange, StatusChange
from crm.projects.models import Project, ProjectChange
from crm.settings import queries as settings
from crm.weekly.queries.asked import Ask

_FEN = 1_000_000.0


def stage(ask: Ask) -> Any:
    """The stage at the moment: the last change before it, else what the first change after it left, else the present one."""
    if not ask.past:
        return Project.stage
    own = StageChange.project_id == Project.id
    last = (
        select(StageChange.after)
        .where(own, StageChange.at <= ask.known_at)
        .order_by(StageChange.id.desc())
        .limit(1)
    )
    first = (
        select(StageChange.before).where(own, StageChange.at > ask.known_at).order_by(StageChange.id).limit(1)
    )
    return func.coalesce(last.scalar_subquery(), first.scalar_subquery(), Project.stage)


def status(ask: Ask) -> Any:
    if not ask.past:
        return Project.status
    own = and_(StatusChange.project_id == Project.id, StatusChange.approved.is_(True))
    decided = StatusChange.decided_at
    last = (
        select(StatusChange.after)
        .where(own, decided <= ask.known_at)
        .order_by(decided.desc(), StatusChange.id.desc())
        .limit(1)
    )
    first = (
        select(StatusChange.before)
        .where(own, decided > ask.known_at)
        .order_by(decided, StatusChange.id)
        .limit(1)
    )
    return func.coalesce(last.scalar_subquery(), first.scalar_subquery(), Project.status)


def _changed(ask: Ask, field: str, name: str) -> FromClause:
    """(project, amount before its first change after the moment): what stood then."""
    first = (
        select(func.min(ProjectChange.id))
        .where(ProjectChange.field == field, ProjectChange.changed_at > ask.known_at)
        .group_by(ProjectChange.project_id)
    )
    # Kept as text in 万元. Rounded to whole 分 it is exact up to 20 万亿元, far beyond any project.
    fen = cast(func.round(cast(func.nullif(ProjectChange.before, ""), Float(53)) * _FEN), BigInteger)
    return (
        select(ProjectChange.project_id, type_coerce(fen, database.Amount).label("amount"))
        .where(ProjectChange.id.in_(first))
        .subquery(name)
    )


@dataclass(frozen=True, slots=True)
class Amount:
    """The amount that sums take: `value` in 万元, or in 万美元 where `rate` is not NULL and converts it.

    Group by the rate: then a sum is converted once and stays exact. `joined` has to be joined by project_id.
    """

    value: Any
    rate: Any
    joined: tuple[FromClause, ...]

    def join(self, statement: Any) -> Any:
        for changed in self.joined:
            statement = statement.outerjoin(changed, changed.c.project_id == Project.id)
        return statement


def amount(ask: Ask) -> Amount:
    total: Any = Project.total_investment
    usd: Any = Project.total_investment_usd
    joined: tuple[FromClause, ...] = ()
    if ask.past:
        first, second = (_changed(ask, column.key, f"{column.key}_then") for column in (total, usd))
        joined = (first, second)
        total, usd = (
            case((changed.c.project_id.is_not(None), changed.c.amount), else_=column)
            for changed, column in zip(joined, (total, usd), strict=True)
        )
    in_usd = and_(total.is_(None), usd.is_not(None))
    # One rate a year, frozen on the record at signing, serves sums only (decision 2).
    own = func.nullif(Project.fx_rate, literal(0, database.Share))
    rate = func.coalesce(own, literal(settings.value("fx_rate"), database.Share))
    return Amount(
        value=type_coerce(case((in_usd, usd), else_=total), database.Amount),
        rate=type_coerce(case((in_usd, rate), else_=None), database.Share),
        joined=joined,
    )
