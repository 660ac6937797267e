"""How long projects stay in their stage, against the norm of their stage and tier."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, true

from crm.core.actor import Actor
from crm.core.db import db
from crm.core.sqldays import days_between
from crm.pipeline.queries.hold_sql import ever_held, held_days
from crm.pipeline.rules import norms as rules
from crm.pipeline.rules.norms import Norms
from crm.projects.models import Project
from crm.projects.queries import Filter
from crm.projects.queries.filters import conditions
from crm.projects.rules import Stage, Status, Tier
from crm.settings import queries as settings

_project = Project.__table__.c


#: A stage and a tier, None where the tier is unknown.
Place = tuple[Stage, Tier | None]


@dataclass(frozen=True, slots=True)
class Cell:
    """Projects of one stage and tier: how many, the median of their days in the stage, how many are over the norm."""

    count: int
    median: int
    over: int


def norms() -> Norms:
    return rules.norms_of(settings.value("stage_norms"))


def stayed(today: date) -> Any:
    """Days in the stage without the time on hold, as an expression on projects."""
    since = _project.stage_since
    held = held_days(since, today)
    return days_between(literal(today), since) - case((ever_held(), held), else_=0)


def _norm() -> Any:
    """The norm of the project's stage and tier; NULL where there is none. Tiers with one norm share a branch."""
    table, branches = norms(), []
    for stage in rules.TIMED:
        by_tier = {tier.value: table.of(stage, tier) for tier in Tier}
        branches.append((stage.value, case(by_tier, value=func.coalesce(_project.tier, Tier.BELOW.value))))
    return case(dict(branches), value=_project.stage)


def _early(today: date) -> ColumnElement[bool]:
    """Entered the stage before the day that the norm allows; the time on hold is not yet taken off.

    A comparison of days for each stage and norm, which an index on (status, stage, tier, day) answers.
    """
    table, parts = norms(), []
    for stage in rules.TIMED:
        by_norm: dict[int, list[Tier]] = {}
        for tier in Tier:
            norm = table.of(stage, tier)
            if norm is not None:
                by_norm.setdefault(norm, []).append(tier)
        for norm, tiers in by_norm.items():
            held_against: ColumnElement[bool] = _project.tier.in_(tiers)
            if Tier.BELOW in tiers:
                held_against = or_(held_against, _project.tier.is_(None))
            if len(tiers) == len(Tier):
                held_against = true()
            before = today - timedelta(days=norm)
            parts.append(and_(_project.stage == stage, held_against, _project.stage_since < before))
    return or_(*parts)


def over_norm(today: date) -> ColumnElement[bool]:
    """Projects in progress that have stayed longer than the norm of their stage and tier."""
    still = or_(~ever_held(), stayed(today) > _norm())
    return and_(_project.status == Status.ACTIVE, _early(today), still)


@dataclass(frozen=True, slots=True)
class _Held:
    """A project in progress that was on hold at some time; its days do not follow from a date alone."""

    id: int
    stage: Stage
    tier: Tier | None
    days: int


@dataclass(frozen=True, slots=True)
class Stays:
    """How long the projects in progress under a filter have been in their stages: of each stage and tier the days with
    how many projects have them, and one by one the few that were ever on hold."""

    days: Mapping[Place, Mapping[int, int]]
    held: Sequence[_Held]

    def together(self) -> Mapping[Place, Mapping[int, int]]:
        found = {place: Counter(days) for place, days in self.days.items()}
        for one in self.held:
            found.setdefault((one.stage, one.tier), Counter())[one.days] += 1
        return found


def stays(actor: Actor, wanted: Filter, today: date) -> Stays:
    """Two statements: a count of the days at which projects entered, read from an index alone, and those held."""
    where = [*conditions(actor, wanted, stages=False), _project.status == Status.ACTIVE]
    found: dict[Place, dict[int, int]] = {}
    grouped = (
        select(Project.stage, Project.tier, Project.stage_since, func.count())
        .where(*where, ~ever_held())
        .group_by(Project.stage, Project.tier, Project.stage_since)
    )
    for stage, tier, since, count in db.session.execute(grouped):
        found.setdefault((stage, tier), {})[(today - since).days] = count
    held = select(Project.id, Project.stage, Project.tier, stayed(today)).where(*where, ever_held())
    return Stays(found, [_Held(*row) for row in db.session.execute(held)])


def grid(actor: Actor, wanted: Filter, today: date, found: Stays | None = None) -> Mapping[Place, Cell]:
    """Every stage and tier that has projects in progress; `found` are the stays where the caller has read them."""
    table, found = norms(), found or stays(actor, wanted, today)
    return {place: _cell(days, table.of(*place)) for place, days in found.together().items()}


def _cell(days: Mapping[int, int], norm: int | None) -> Cell:
    count = sum(days.values())
    middle = [_nth(days, (count + 1) // 2), _nth(days, (count + 2) // 2)]
    return Cell(count, sum(middle) // 2, sum(n for stay, n in days.items() if rules.over(stay, norm)))


def _nth(days: Mapping[int, int], place: int) -> int:
    """The stay at this place (from 1) when all stand in order."""
    passed = 0
    for stay in sorted(days):
        passed += days[stay]
        if passed >= place:
            return stay
    raise ValueError(f"no place {place} among {passed}")


def worst(
    actor: Actor, wanted: Filter, today: date, most: int, found: Stays | None = None
) -> Sequence[tuple[int, int]]:
    """(project id, days over its norm) of those furthest over, the furthest first. One statement beyond the stays.

    What was counted says how far over one must be to be among them, so that an index finds no more than those.
    """
    table, found = norms(), found or stays(actor, wanted, today)
    over = Counter[int]()
    for place, days in found.together().items():
        for stay, count in days.items():
            over[rules.over(stay, table.of(*place))] += count
    least = _least(over, most)
    if not least:
        return []
    far = [(h.id, rules.over(h.days, table.of(h.stage, h.tier))) for h in found.held]
    far += _beyond(actor, wanted, found, least, today)
    far = [(id_, days) for id_, days in far if days >= least]
    return sorted(far, key=lambda one: (-one[1], one[0]))[:most]


def _least(over: Mapping[int, int], most: int) -> int:
    """How many days over the norm the last of the `most` is; 0 where nobody is over."""
    least = passed = 0
    for days in sorted((days for days in over if days), reverse=True):
        least, passed = days, passed + over[days]
        if passed >= most:
            break
    return least


def _beyond(actor: Actor, wanted: Filter, found: Stays, least: int, today: date) -> Sequence[tuple[int, int]]:
    """Those never on hold that are at least so many days over their norm."""
    table, places = norms(), []
    for (stage, tier), days in found.days.items():
        norm = table.of(stage, tier)
        if norm is not None and rules.over(max(days), norm) >= least:
            entered = _project.stage_since <= today - timedelta(days=norm + least)
            places.append(and_(_project.stage == stage, _project.tier == tier, entered))
    if not places:
        return []
    rows = db.session.execute(
        select(Project.id, Project.stage, Project.tier, Project.stage_since).where(
            *conditions(actor, wanted, stages=False),
            _project.status == Status.ACTIVE,
            ~ever_held(),
            or_(*places),
        )
    )
    return [
        (id_, rules.over((today - since).days, table.of(stage, tier))) for id_, stage, tier, since in rows
    ]


def days_of(ids: Sequence[int], today: date) -> dict[int, int]:
    """Days in the stage of some projects; one statement."""
    if not ids:
        return {}
    rows = db.session.execute(select(Project.id, stayed(today)).where(Project.id.in_(ids)))
    return {project_id: max(int(days), 0) for project_id, days in rows}
