"""The week's report within an actor's reach: rows frozen at the cut, or at this moment for the week that still runs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from crm.accounts import permissions
from crm.core import clock
from crm.core.actor import Actor, Scope
from crm.core.calendar import Week, week_named, week_of
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken
from crm.projects.scope import zone_reach
from crm.quotas import queries as quotas
from crm.quotas.rules import Board, default_as_of
from crm.settings import queries as settings
from crm.weekly import chains, rules
from crm.weekly.models import WeeklyIssue
from crm.weekly.queries import around, projects
from crm.weekly.queries.asked import Ask
from crm.weekly.rules import Issue, ProjectRow, Report, VisitRow
from crm.zones.models import Zone


def week(label: str | None, now: datetime) -> Week:
    """The named week, else the one that runs now. Raises RuleBroken for a label that names none, or a week to come."""
    calendar = settings.calendar()
    if not label:
        return week_of(now, calendar)
    try:
        named = week_named(label, calendar)
    except ValueError as error:
        raise RuleBroken("周次无法识别。请写成 2026-W47 的样子。", "week") from error
    if named.starts_after >= now:
        raise RuleBroken("这一周还没有开始。请选本周或以前的一周。", "week")
    if named.starts_after == named.cut:
        raise RuleBroken("这一周都是假期，没有单独的一期。请选它的前一周。", "week")
    return named


def issue(of: Week) -> Issue:
    """The week's 期号: as stored when it was first asked for, else as counted."""
    return issues([of])[0]


def issues(weeks: Sequence[Week]) -> list[Issue]:
    stored = {
        row.week: (row.year, row.number)
        for row in db.session.execute(
            select(WeeklyIssue.week, WeeklyIssue.year, WeeklyIssue.number).where(
                WeeklyIssue.week.in_([w.label for w in weeks])
            )
        )
    }
    calendar = settings.calendar()
    return [Issue(w, *stored[w.label]) if w.label in stored else rules.issue_of(w, calendar) for w in weeks]


def zones(actor: Actor) -> list[Zone]:
    """Zones whose week the actor may read."""
    reach = zone_reach(actor, permissions.BOARD_SEE, Zone.__table__.c.id)
    return list(db.session.scalars(select(Zone).where(reach).order_by(Zone.order_no, Zone.id)))


def report(actor: Actor, of: Week, now: datetime, zone: str | None = None) -> Report:
    """What was known at the cut, or now while the week runs. `zone` is a code; NotFound outside the reach."""
    reached = zones(actor)
    asked = [z for z in reached if zone in (None, z.code)]
    if not asked:
        raise NotFound()
    past = of.cut < now
    known_at = of.cut if past else now
    ask = Ask(actor, asked[0].id if zone else None, known_at, of.label, past)
    rows, visits, overdue = projects.rows(ask), around.visits(ask, of), around.overdue(ask)
    return Report(
        issue=issue(of),
        scope=asked[0].short_name if len(asked) == 1 else _scope(actor),
        zone_code=asked[0].code if len(asked) == 1 else None,
        known_at=known_at,
        zones=_zones(asked, rows, visits),
        projects=rows,
        chains=chains.pivot(around.chains(), around.targets(ask), rows),
        visits=visits,
        overdue=overdue,
        board=_board(actor, known_at, zone),
    )


def _scope(actor: Actor) -> str:
    return "全市" if actor.scope(permissions.BOARD_SEE) is Scope.CITY else actor.unit_name


def _zones(
    asked: Sequence[Zone], rows: Sequence[ProjectRow], visits: Sequence[VisitRow]
) -> tuple[tuple[int | None, str], ...]:
    known: list[tuple[int | None, str]] = [(z.id, z.short_name) for z in asked]
    loose = any(p.zone_id is None for p in rows) or any(v.zone_id is None for v in visits)
    return (*known, (None, projects.UNPLACED)) if loose else tuple(known)


def _board(actor: Actor, known_at: datetime, zone: str | None) -> Board | None:
    day = clock.local(known_at).date()
    plan = quotas.plan_for(day.year, None, quotas.plans())
    if plan is None:
        return None
    return quotas.board(actor, plan, day.year, default_as_of(day.year, day), known_at, zone=zone)
