"""Closing a month (月度结账)."""

from datetime import date, datetime

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict
from crm.pipeline import queries, rules
from crm.pipeline.models import PeriodLock


def lock_month(actor: Actor, month: str, today: date, now: datetime) -> PeriodLock:
    """From now on nothing is dated in that month; what is asked for it is dated in the open one. There is no way back."""
    actor.require(permissions.RECOGNISE)
    rules.check_lock(month, today)
    if month in queries.locked_months():
        raise Conflict(f"{month} 已经结账。请刷新后再看。")
    made = PeriodLock(month=month, locked_by=actor.user_id, locked_at=now)
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "period.locked", audit.Subject("period", None, month))
    return made
