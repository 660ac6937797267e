"""The lights of many projects in a fixed number of statements, with their reasons."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, select

from crm.core import clock
from crm.core.db import db
from crm.pipeline import rules
from crm.pipeline.models import Milestone, StatusChange
from crm.pipeline.queries import light_sql
from crm.projects.models import Project
from crm.projects.rules import Status
from crm.settings import queries as settings
from crm.visits import queries as visits

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
# The same for everybody, so put together once.
_OF_PROJECTS = select(
    Project.id,
    Project.stage,
    Project.status,
    Project.first_contact_on,
    Project.created_at,
    Project.stage_since,
    light_sql.start_by_sql(),
    light_sql.complete_by_sql(),
    light_sql.started_on_sql(),
    light_sql.planned_sql(),
    light_sql.invested_sql(),
    case((light_sql.reported_sql(), light_sql.in_statistics_sql())),
).where(Project.id.in_(_IDS))
_OF_MILESTONES = select(Milestone.project_id, Milestone.kind, Milestone.happened_on).where(
    Milestone.project_id.in_(_IDS), Milestone.state.in_(rules.LIVE), Milestone.phase_id.is_(None)
)
_OF_STATUSES = (
    select(StatusChange.project_id, StatusChange.after, StatusChange.effective_on, StatusChange.review_on)
    .where(StatusChange.project_id.in_(_IDS), StatusChange.approved.is_(True))
    .order_by(StatusChange.id)
)

#: More ids than this in one statement would pass SQLite's limit on parameters.
_AT_ONCE = 10_000


def lights_of(
    project_ids: Sequence[int], today: date, contacts: Mapping[int, date] | None = None
) -> dict[int, rules.Light]:
    """A light for each project, for projects the caller may see. Five statements for every ten thousand of them.

    `contacts` are the last contacts of these projects, where the caller has read them already.
    """
    thresholds = rules.thresholds_of(settings.values())
    found: dict[int, rules.Light] = {}
    for start in range(0, len(project_ids), _AT_ONCE):
        for project_id, facts in _facts(project_ids[start : start + _AT_ONCE], contacts).items():
            found[project_id] = rules.light_of(facts, thresholds, today)
    return found


def _facts(ids: Sequence[int], contacts: Mapping[int, date] | None) -> dict[int, rules.LightFacts]:
    if contacts is None:
        contacts = visits.last_contacts(ids)
    reached = _reached(ids)
    changes = _changes(ids)
    rows = db.session.execute(_OF_PROJECTS, {"ids": ids})
    found = {}
    for project_id, stage, status, first_contact_on, created_at, stage_since, *promised in rows:
        history = changes.get(project_id, [])
        entered = max(filter(None, (first_contact_on, min(clock.local(created_at).date(), stage_since))))
        found[project_id] = rules.LightFacts(
            stage,
            status,
            entered,
            contacts.get(project_id),
            reached.get(project_id),
            rules.pauses_of((after, day) for after, day, _ in history),
            history[-1][2] if history and history[-1][0] is Status.ON_HOLD else None,
            *promised,
        )
    return found


def _reached(ids: Sequence[int]) -> dict[int, dict[str, date]]:
    """The real dates of live milestones, by project and code."""
    found: dict[int, dict[str, date]] = {}
    for project_id, kind, day in db.session.execute(_OF_MILESTONES, {"ids": ids}):
        if day is not None:
            found.setdefault(project_id, {})[kind.value] = day
    return found


def _changes(ids: Sequence[int]) -> dict[int, list[tuple[Status, date, date | None]]]:
    """Approved changes of status, oldest first: (after, effective on, review on)."""
    found: dict[int, list[tuple[Status, date, date | None]]] = {}
    for project_id, after, day, review_on in db.session.execute(_OF_STATUSES, {"ids": ids}):
        found.setdefault(project_id, []).append((after, day, review_on))
    return found
