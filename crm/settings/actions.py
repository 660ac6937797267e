"""Changing a value or the calendar: always with a source, always in the audit."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert

from crm.audit import actions as audit
from crm.core import memo
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken, Stale
from crm.settings import queries, rules
from crm.settings.models import CalendarDay, SettingChange
from crm.settings.rules import basis
from crm.settings.rules.days import DayDraft


def change(actor: Actor, key: str, raw: Any, source: str, seen: int, now: datetime) -> None:
    """Puts a new value in force. `seen` is the version that was on the page; raises Stale over a newer one.

    Who may is decided by the setting's group. An unchanged value is refused, so that the history tells changes only.
    """
    line = queries.find(key)
    actor.require(rules.verb_of(line.setting))
    if seen != line.version:
        raise Stale()
    value = rules.check(line.setting, raw)
    if rules.typed(line.setting, value) == line.value:
        raise RuleBroken("与现在的值相同，没有保存。", field="value")
    db.session.add(
        SettingChange(
            key=key,
            value=value,
            source=basis.checked(source),
            replaces=line.version,
            changed_by=actor.user_id,
            by_name=actor.name,
            changed_at=now,
        )
    )
    db.session.flush()
    before = rules.shown(line.setting, line.value)
    after = rules.shown(line.setting, rules.typed(line.setting, value))
    audit.record(
        actor,
        "setting.changed",
        audit.Subject("setting", None, line.setting.label),
        {"value": (before, after)},
        note=source.strip(),
    )
    memo.forget()


def _words(working: bool | None) -> str:
    return {True: "上班", False: "休息", None: "按原历"}[working]


def set_days(actor: Actor, drafts: list[DayDraft], source: str, now: datetime) -> int:
    """Declares days above the library's calendar, each replacing what was said of it before; returns how many."""
    actor.require(rules.SYSTEM_VERB)
    reason = basis.checked(source)
    before = {
        row.day: row.working
        for year in sorted({draft.day.year for draft in drafts})
        for row in queries.days_of(year)
    }
    db.session.execute(delete(CalendarDay).where(CalendarDay.day.in_([draft.day for draft in drafts])))
    rows = [
        {
            "day": draft.day,
            "working": draft.working,
            "name": draft.name,
            "source": reason[:200],
            "changed_by": actor.user_id,
            "by_name": actor.name,
            "changed_at": now,
        }
        for draft in drafts
    ]
    db.session.execute(insert(CalendarDay), rows)
    changed = {
        str(d.day): (_words(before.get(d.day)), _words(d.working))
        for d in drafts
        if before.get(d.day) is not d.working
    }
    years = "、".join(sorted({str(d.day.year) for d in drafts}))
    audit.record(
        actor, "calendar.changed", audit.Subject("calendar", None, f"{years}年"), changed, note=reason
    )
    memo.forget()
    return len(rows)


def drop_day(actor: Actor, day: date) -> None:
    """Gives a day back to the library's calendar."""
    actor.require(rules.SYSTEM_VERB)
    row = db.session.get(CalendarDay, day)
    if row is None:
        raise NotFound()
    subject = audit.Subject("calendar", None, f"{day.year}年")
    audit.record(actor, "calendar.changed", subject, {str(day): (_words(row.working), _words(None))})
    db.session.delete(row)
    memo.forget()
