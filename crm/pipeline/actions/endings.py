"""How a recognition stops counting, and what a closed month keeps of it."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.core.actor import Actor
from crm.core.db import db
from crm.pipeline import queries, rules
from crm.pipeline.actions.following import subject
from crm.pipeline.actions.periods import adjust
from crm.pipeline.models import Milestone, Recognition
from crm.pipeline.rules import EndKind, MilestoneState
from crm.projects.models import Project
from crm.zones.models import Zone

_FROZEN = ("capital", "amount", "amount_usd", "fixed", "fixed_usd", "tier", "zone_id")
_COPIED = ("milestone_id", "project_id", "phase_id", "kind", "happened_on", *_FROZEN)


def copied(made: Recognition) -> Mapping[str, Any]:
    """What a recognition froze, for another one that stands in for it under a date of its own."""
    return {name: getattr(made, name) for name in _COPIED}


def end(
    actor: Actor, made: Recognition, how: EndKind, now: datetime, ended_on: date | None, reason: str
) -> None:
    """The only edit a recognition ever sees. Flushed at once: the next one in force may follow in the same breath."""
    made.ended_at, made.ended_on, made.ended_by = now, ended_on, actor.user_id
    made.end_kind, made.end_reason = how, reason[:500]
    db.session.flush()


def report_end(
    actor: Actor, project: Project, milestone: Milestone, made: Recognition, on: date, reason: str
) -> None:
    """An adjustment where a closed month goes on counting what should have left it on that day."""
    about = subject(project, milestone.kind.label, milestone)
    field = "amount" if made.amount_usd is None else "amount_usd"
    value: Decimal | str | None = made.amount if made.amount_usd is None else made.amount_usd
    if value is None:
        field, value = "state", MilestoneState.RECOGNISED.value
    adjust(actor, project, about, rules.month_of(on), field, value, None, reason)


def report_replacement(
    actor: Actor,
    project: Project,
    milestone: Milestone,
    earlier: Recognition | None,
    made: Recognition,
    asked: date,
    reason: str,
) -> None:
    """Adjustments for what a closed month would say otherwise: the values that differ, and the date that could not be had."""
    about = subject(project, milestone.kind.label, milestone)
    locked = queries.locked_months()
    if earlier is None or rules.month_of(earlier.statistical_on) not in locked:
        if made.asked_statistical_on is not None:
            month = rules.month_of(asked)
            adjust(
                actor,
                project,
                about,
                month,
                "statistical_on",
                asked,
                made.statistical_on,
                "认定日期所在月份已结账",
            )
        return
    month = rules.month_of(earlier.statistical_on)
    adjust(actor, project, about, month, "statistical_on", earlier.statistical_on, asked, reason)
    for name in ("happened_on", *_FROZEN):
        before, after = getattr(earlier, name), getattr(made, name)
        if before != after:
            values = _plain(name, before), _plain(name, after)
            adjust(actor, project, about, month, name, *values, reason)


def _plain(field: str, value: Any) -> Any:
    """As it can stand in an adjustment; a zone by its name."""
    if field == "zone_id":
        zone = db.session.get(Zone, value)
        return zone.short_name if zone else None
    return value


def take_out(actor: Actor, project: Project, effective_on: date, now: datetime, reason: str) -> None:
    """Out of the count from the day of 解除协议; in a closed month from the open one, that month staying as reported."""
    locked = queries.locked_months()
    for made in queries.in_force([project.id]):
        ended_on = rules.statistical_day(effective_on, made.statistical_on, locked)
        end(actor, made, EndKind.TERMINATED, now, ended_on, reason)
        if ended_on != effective_on:
            closed = max(effective_on, made.statistical_on)
            report_end(actor, project, db.session.get_one(Milestone, made.milestone_id), made, closed, reason)


def put_back(actor: Actor, project: Project, now: datetime) -> None:
    """A withdrawn termination counts again: a copy of each recognition stands in from now on.

    A closed month that has been reported without it stays so: then the old row keeps the time before, the copy
    begins in the open month.
    """
    locked = queries.locked_months()
    for made in queries.ended_by_termination(project):
        values = dict(copied(made))
        day, asked = made.statistical_on, made.asked_statistical_on
        first = max(day, made.ended_on or day)
        if rules.month_of(first) in locked:
            day, asked = rules.open_day(first, locked), asked or day
        else:
            made.restored_at = now
            db.session.flush()
        values |= {"statistical_on": day, "asked_statistical_on": asked}
        db.session.add(Recognition(**values, recognised_at=now, recognised_by=actor.user_id))
        db.session.flush()
