"""Closing a month (月度结账), and what is corrected after the closing."""

from datetime import date, datetime
from decimal import Decimal

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict
from crm.pipeline import queries, rules
from crm.pipeline.models import Adjustment, PeriodLock
from crm.projects.models import Project


def lock_month(actor: Actor, month: str, today: date, now: datetime) -> PeriodLock:
    """From now on nothing is dated in that month; what is asked for it is dated in the open one. There is no way back."""
    actor.require(permissions.RECOGNISE)
    rules.check_lock(month, today)
    queries.hold_months(alone=True)
    if month in queries.locked_months():
        raise Conflict(f"{month} 已经结账。请刷新后再看。")
    made = PeriodLock(month=month, locked_by=actor.user_id, locked_at=now)
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "period.locked", audit.Subject("period", None, month))
    return made


#: A value as it can stand in an adjustment.
Value = Decimal | date | str | None


def adjust(
    actor: Actor,
    project: Project,
    subject: audit.Subject,
    month: str,
    field: str,
    before: Value,
    after: Value,
    reason: str,
) -> Adjustment | None:
    """Writes down that a closed month's figure would be another one today: both values, dated in the open month.

    None where there is nothing to write: the month is open, or the values are the same. The caller changes nothing
    that would alter what the closed month has reported; this is the record of why the open month carries it.
    """
    locked = queries.locked_months()
    if month not in locked or _text(before) == _text(after):
        return None
    dated_in = rules.month_of(rules.open_day(rules.first_of_month(month), locked))
    made = Adjustment(
        project_id=project.id,
        subject_type=subject.type,
        subject_id=subject.id or 0,
        month=month,
        dated_in=dated_in,
        field=field,
        before=_text(before),
        after=_text(after),
        reason=reason.strip()[:500],
        made_by=actor.user_id,
    )
    db.session.add(made)
    db.session.flush()
    note = f"{month} 已结账，记入 {dated_in}。{reason.strip()}"
    audit.record(actor, "period.adjusted", subject, {field: (_text(before), _text(after))}, note=note)
    return made


def _text(value: Value) -> str | None:
    """Amounts in 万元 as plain decimals without idle zeros, days as ISO."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else value[:200]
