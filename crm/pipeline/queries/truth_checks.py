"""The checks over many projects: each narrows in SQL and lets the rule judge. One statement each, whatever the number."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from crm.core import clock, money
from crm.core.db import db
from crm.core.sqldays import city_day, days_between
from crm.pipeline.models import Milestone, MonthlyInvestment
from crm.pipeline.rules import LIVE, MilestoneKind
from crm.pipeline.rules import truth as rules
from crm.projects.models import Project, ProjectChange
from crm.projects.rules import Capital, Status, Tier, TierRow

Found = Iterator[tuple[int, rules.Facts]]
CNY, USD = money.Currency.CNY.value, money.Currency.USD.value
#: Nobody is asked about what lies further back, or about a project that is over.
BACK = timedelta(days=400)
ALIVE = (Status.ACTIVE, Status.ON_HOLD)


@dataclass(frozen=True, slots=True)
class Asked:
    """What every check is told: the projects looked at, the thresholds, the tiers.

    `ids` names them where they are few: then a check looks for their twins alone instead of for all twins there are.
    """

    today: date
    limits: Mapping[str, Any]
    tiers: Sequence[TierRow]
    where: tuple[ColumnElement[bool], ...] = ()
    ids: tuple[int, ...] | None = None

    def of(self, key: str) -> Any:
        return self.limits[f"truth_{key}"]

    @property
    def alive(self) -> tuple[ColumnElement[bool], ...]:
        named = () if self.ids is None else (Project.id.in_(self.ids),)
        return (Project.__table__.c.status.in_(ALIVE), *named, *self.where)


def _counted(capital: Capital, total: Decimal | None, usd: Decimal | None) -> tuple[Decimal | None, str]:
    """The amount that decides the tier, and its currency (decision 2)."""
    return (usd, USD) if capital is Capital.FOREIGN and usd is not None else (total, CNY)


def just_over(asked: Asked) -> Found:
    share, least = asked.of("over_share"), asked.of("over_least")
    rows = [row for row in asked.tiers if row.threshold >= least and row.threshold > 0]
    if not rows or not share:
        return
    near = [
        or_(_near(Project.total_investment, row.threshold, share), _near(Project.total_investment_usd, row.threshold_usd, share))
        for row in rows
    ]  # fmt: skip
    found = db.session.execute(
        select(Project.id, Project.capital, Project.total_investment, Project.total_investment_usd).where(
            or_(*near), *asked.alive
        )
    )
    for project_id, capital, total, usd in found:
        amount, currency = _counted(capital, total, usd)
        if amount is None:
            continue
        for row in rows:
            threshold = row.threshold_usd if currency == USD else row.threshold
            facts = rules.just_over(amount, currency, row.code, threshold, share)
            if facts:
                yield project_id, facts


def _near(column: Any, threshold: Decimal, share: Decimal) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.between(
        threshold, (threshold * (1 + share)).quantize(Decimal("0.000001"))
    )
    return condition


def tier_jump(asked: Asked) -> Found:
    ends = rules.period_ends(asked.today, asked.of("period_days"))
    if not ends:
        return
    within = [ProjectChange.changed_at.between(moment(first), moment(last, 1)) for first, last, _ in ends]
    rows: Any = db.session.execute(
        select(
            Project.id,
            ProjectChange.before,
            ProjectChange.after,
            ProjectChange.changed_at,
            Project.capital,
            Project.total_investment,
            Project.total_investment_usd,
        )
        .join(ProjectChange, ProjectChange.project_id == Project.id)
        .where(
            ProjectChange.field == "tier",
            ProjectChange.before.is_not(None),
            ProjectChange.after.is_not(None),
            or_(*within),
            *asked.alive,
        )
        .order_by(ProjectChange.id)
    )
    for project_id, before, after, at, capital, total, usd in rows:
        amount, currency = _counted(capital, total, usd)
        changed = clock.local(at).date()
        facts = rules.tier_jump(changed, Tier(before), Tier(after), str(amount or 0), currency, ends)
        if facts:
            yield project_id, facts


def moment(day: date, days: int = 0) -> datetime:
    """The first moment of a day in the city, or of so many days after it."""
    return clock.midnight(day + timedelta(days=days))


_RAISED = {"total_investment": CNY, "total_investment_usd": USD}


def raised(asked: Asked) -> Found:
    days, share = asked.of("raise_days"), asked.of("raise_share")
    if not days:
        return
    before_it = days_between(city_day(Milestone.submitted_at), city_day(ProjectChange.changed_at))
    rows: Any = db.session.execute(
        select(
            Project.id,
            Milestone.kind,
            Milestone.submitted_at,
            ProjectChange.field,
            ProjectChange.before,
            ProjectChange.after,
            ProjectChange.changed_at,
        )
        .join(Milestone, Milestone.project_id == Project.id)
        .join(ProjectChange, ProjectChange.project_id == Project.id)
        .where(
            Milestone.state.in_(LIVE),
            Milestone.submitted_at >= moment(asked.today - BACK),
            ProjectChange.field.in_(tuple(_RAISED)),
            ProjectChange.before.is_not(None),
            ProjectChange.after.is_not(None),
            ProjectChange.changed_at >= moment(asked.today - BACK, -days),
            ProjectChange.changed_at <= Milestone.submitted_at,
            before_it <= days,
            *asked.alive,
        )
        .order_by(Milestone.id, ProjectChange.id)
    )
    for project_id, kind, submitted, field, before, after, at in rows:
        days_of = clock.local(submitted).date(), clock.local(at).date()
        facts = rules.raised(kind, *days_of, Decimal(before), Decimal(after), _RAISED[field], share)
        if facts:
            yield project_id, facts


def _signing() -> ColumnElement[bool]:
    return and_(
        Milestone.project_id == Project.id,
        Milestone.kind == MilestoneKind.SIGNED,
        Milestone.phase_id.is_(None),
        Milestone.state.in_(LIVE),
    )


def thin_capital(asked: Asked) -> Found:
    share = asked.of("capital_share")
    if not share:
        return
    rows = db.session.execute(
        select(
            Project.id,
            func.coalesce(Milestone.agreement_total, Project.total_investment),
            Project.registered_capital,
            func.coalesce(Milestone.agreement_total_usd, Project.total_investment_usd),
            Project.registered_capital_usd,
        )
        .join(Milestone, _signing())
        .where(
            or_(Project.registered_capital.is_not(None), Project.registered_capital_usd.is_not(None)),
            *asked.alive,
        )
    )
    for project_id, signed, registered, signed_usd, registered_usd in rows:
        for whole, part, currency in ((signed, registered, CNY), (signed_usd, registered_usd, USD)):
            if whole is not None and part is not None:
                facts = rules.thin_capital(whole, part, currency, share)
                if facts:
                    yield project_id, facts
                break


def slow_money(asked: Asked) -> Found:
    months, share = asked.of("paid_months"), asked.of("paid_share")
    if not months:
        return
    paid = (
        select(
            MonthlyInvestment.project_id,
            func.sum(MonthlyInvestment.paid_in).label("paid"),
            func.max(MonthlyInvestment.month).label("month"),
        )
        .where(*([] if asked.ids is None else [MonthlyInvestment.project_id.in_(asked.ids)]))
        .group_by(MonthlyInvestment.project_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Project.id,
            Milestone.happened_on,
            func.coalesce(Milestone.agreement_total, Project.total_investment),
            paid.c.paid,
            paid.c.month,
        )
        .join(Milestone, _signing())
        .join(paid, paid.c.project_id == Project.id)
        .where(Milestone.happened_on <= asked.today, paid.c.paid.is_not(None), *asked.alive)
    )
    for project_id, signed_on, signed, got, month in rows:
        if signed is not None:
            facts = rules.slow_money(signed_on, signed, got, month, months, share, asked.today)
            if facts:
                yield project_id, facts
