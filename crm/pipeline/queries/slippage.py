"""The kept history of promises, for one project or many, and as conditions for lists."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from crm.accounts.models import User
from crm.core import clock
from crm.core.db import db
from crm.pipeline.rules import slippage as rules
from crm.projects.models import Phase, Project, ProjectChange
from crm.projects.rules import Stage, Tier, promises
from crm.settings import queries as settings

_AT_ONCE = 10_000
#: Everything of a phase that the history keeps is a date or an amount (`promises.PHASE_KEPT`). A range, for the index.
_OF_PHASES = and_(ProjectChange.field >= "phase", ProjectChange.field < "phasf")
_PROMISES = or_(ProjectChange.field.in_((*rules.DATES, *rules.AMOUNTS)), _OF_PHASES)
_DATES = or_(
    ProjectChange.field.in_(tuple(rules.DATES)),
    and_(_OF_PHASES, or_(*(ProjectChange.field.endswith(f".{column}") for column in promises.PHASE_DATES))),
)


def of_many(project_ids: Sequence[int]) -> dict[int, rules.Slippage]:
    """What moved, by project; those where nothing did are left out. One statement for every ten thousand, and one for
    the names of phases where a phase moved."""
    found: dict[int, rules.Slippage] = {}
    for start in range(0, len(project_ids), _AT_ONCE):
        changes: dict[int, list[rules.Change]] = {}
        for project_id, *values in _rows(project_ids[start : start + _AT_ONCE], _PROMISES):
            changes.setdefault(project_id, []).append(rules.Change(*values))
        names = _names([i for i, made in changes.items() if any(promises.of_phase(c.field) for c in made)])
        read = {id_: rules.slippage_of(made, names.get(id_)) for id_, made in changes.items()}
        found |= {id_: slipped for id_, slipped in read.items() if slipped.moved}
    return found


def _names(project_ids: Sequence[int]) -> dict[int, dict[int, str]]:
    """Project → number → name of its phases."""
    found: dict[int, dict[int, str]] = {}
    if project_ids:
        rows = db.session.execute(
            select(Phase.project_id, Phase.no, Phase.name).where(Phase.project_id.in_(project_ids))
        )
        for project_id, no, name in rows:
            found.setdefault(project_id, {})[no] = name
    return found


def _rows(project_ids: Sequence[int], which: ColumnElement[bool]) -> Any:
    return db.session.execute(
        select(
            ProjectChange.project_id,
            ProjectChange.field,
            ProjectChange.before,
            ProjectChange.after,
            ProjectChange.changed_at,
            func.coalesce(User.name, "系统"),
        )
        .outerjoin(User, User.id == ProjectChange.changed_by)
        .where(ProjectChange.project_id.in_(project_ids), which)
        .order_by(ProjectChange.id)
    )


def postponed(least: int) -> ColumnElement[bool]:
    """Projects one of whose dates was put off at least so many times, as a condition on the enclosing select's project.

    ISO days compare as text; a date set anew is held against the one that was emptied, as in `rules.slippage_of`.
    """
    last = func.coalesce(ProjectChange.after, ProjectChange.before)
    before = func.lag(last).over(
        partition_by=(ProjectChange.project_id, ProjectChange.field), order_by=ProjectChange.id
    )
    kept = (
        select(
            ProjectChange.project_id,
            ProjectChange.field,
            ProjectChange.after,
            func.coalesce(ProjectChange.before, before).label("known"),
        )
        .where(_DATES)
        .subquery()
    )
    return Project.id.in_(
        select(kept.c.project_id)
        .where(kept.c.after > kept.c.known)
        .group_by(kept.c.project_id, kept.c.field)
        .having(func.count() >= least)
    )


def spells_of(project: Project, today: date) -> tuple[rules.Spell, ...]:
    """The times of the project's present stage, one for each tier it has had since it came there."""
    rows = _rows([project.id], ProjectChange.field == rules.TIER)
    tiers = [(clock.local(at).date(), _tier(before), _tier(after)) for _, _, before, after, at, _ in rows]
    return rules.spells_of(tiers, project.tier, project.stage_since, today, norms_of(project.stage))


def _tier(code: str | None) -> Tier | None:
    return Tier(code) if code else None


def norms_of(stage: Stage) -> dict[Tier, int]:
    """The usual days of a stage by tier, from the settings; empty for a stage that has none."""
    row = next((r for r in settings.value("stage_norms") if r["code"] == stage.value), None)
    return {tier: int(row[tier.value]) for tier in Tier} if row else {}
