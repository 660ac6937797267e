"""The week's report within an actor's reach: rows frozen at the cut, or at this moment for the week that still runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, true

from crm.accounts import permissions
from crm.core import clock
from crm.core.actor import Actor, Scope
from crm.core.calendar import Week, week_named, week_of
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken
from crm.projects.models import Project
from crm.projects.scope import zone_reach
from crm.quotas import queries as quotas
from crm.quotas.rules import Board, default_as_of
from crm.settings import queries as settings
from crm.weekly import rules
from crm.weekly.models import WeeklyIssue
from crm.weekly.queries import around, figures, projects
from crm.weekly.queries.asked import Ask
from crm.weekly.rules import ChainRow, DutyRow, Issue, Outline, ProjectRow, Report, VisitRow
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


def size(actor: Actor, zone: str | None = None) -> int:
    """How many projects the report would hold; NotFound outside the reach."""
    place = _place(actor, zone)
    reach = zone_reach(actor, permissions.BOARD_SEE, Project.__table__.c.zone_id)
    own = Project.zone_id == place.zone_id if place.zone_id is not None else true()
    return db.session.scalar(select(func.count()).select_from(Project).where(reach, own)) or 0


@dataclass(frozen=True, slots=True)
class _Place:
    """The zones that are asked for; `zone_id` and `code` where it is one."""

    zones: tuple[tuple[int, str], ...]
    scope: str
    zone_id: int | None
    code: str | None


def _place(actor: Actor, zone: str | None) -> _Place:
    asked = [z for z in zones(actor) if zone in (None, z.code)]
    if not asked:
        raise NotFound()
    only = asked[0] if len(asked) == 1 else None
    return _Place(
        zones=tuple((z.id, z.short_name) for z in asked),
        scope=only.short_name if only else _scope(actor),
        zone_id=asked[0].id if zone else None,
        code=only.code if only else None,
    )


def _ask(actor: Actor, of: Week, now: datetime, place: _Place) -> Ask:
    past = of.cut < now
    return Ask(actor, place.zone_id, of.cut if past else now, of.label, past)


def outline(actor: Actor, of: Week, now: datetime, zone: str | None = None) -> Outline:
    """The figures as known at the cut, or now while the week runs. `zone` is a code; NotFound outside the reach."""
    place = _place(actor, zone)
    return Outline(**_outlined(_ask(actor, of, now, place), of, place))


def _outlined(ask: Ask, of: Week, place: _Place) -> dict[str, Any]:
    return {
        "issue": issue(of),
        "scope": place.scope,
        "zone_code": place.code,
        "known_at": ask.known_at,
        "figures": figures.figures(ask, of, place.zones),
    }


def report(actor: Actor, of: Week, now: datetime, zone: str | None = None) -> Report:
    """The same with the rows of every sheet."""
    place = _place(actor, zone)
    ask = _ask(actor, of, now, place)
    return Report(
        **_outlined(ask, of, place),
        chains=figures.chains(ask),
        projects=projects.rows(ask),
        visits=around.visits(ask, of),
        overdue=around.overdue(ask),
        board=_board(actor, ask.known_at, zone),
    )


def first(
    actor: Actor, of: Week, now: datetime, zone: str | None, sheet: str, most: int
) -> Sequence[ProjectRow | VisitRow | DutyRow]:
    """The first rows of one sheet: missing, talking, signed, started, visits or overdue."""
    ask = _ask(actor, of, now, _place(actor, zone))
    if sheet == "visits":
        return around.visits(ask, of, most)
    if sheet == "overdue":
        return around.overdue(ask, most)
    if sheet == "missing":
        return projects.rows(ask, projects.without_note(ask), most)
    return projects.rows(ask, projects.staged(ask, *rules.SHEET_STAGES[sheet]), most)


def chains(actor: Actor, of: Week, now: datetime, zone: str | None = None) -> Sequence[ChainRow]:
    """The chains with anything on them."""
    found = figures.chains(_ask(actor, of, now, _place(actor, zone)))
    return [chain for chain in found if chain.target_count or chain.project_count]


def board(actor: Actor, of: Week, now: datetime, zone: str | None = None) -> Board | None:
    """The quota board of the issue; None where no plan covers the year."""
    return _board(actor, min(of.cut, now), zone)


def _scope(actor: Actor) -> str:
    return "全市" if actor.scope(permissions.BOARD_SEE) is Scope.CITY else actor.unit_name


def _board(actor: Actor, known_at: datetime, zone: str | None) -> Board | None:
    day = clock.local(known_at).date()
    plan = quotas.plan_for(day.year, None, quotas.plans())
    if plan is None:
        return None
    return quotas.board(actor, plan, day.year, default_as_of(day.year, day), known_at, zone=zone)
