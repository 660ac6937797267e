"""Phases whose milestone waits: where a plan counts by 开工, the start of a phase would make the project count."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from crm.core import clock
from crm.core.db import db
from crm.pipeline import rules
from crm.pipeline.models import Milestone
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.projects.models import Phase
from crm.projects.rules import PhaseKind
from crm.quotas.rules import Facts, Submitted

#: What a phase's milestone that waits stands before; a recognised one of the whole project stays.
_NOT_YET = (None, MilestoneState.DRAFT, MilestoneState.RETURNED)


def whole_or_phase() -> ColumnElement[bool]:
    """Milestones that can make a project count: its own and those of its phases, never those of an increase."""
    phases = select(Phase.id).where(Phase.kind == PhaseKind.PHASE)
    return or_(Milestone.phase_id.is_(None), Milestone.phase_id.in_(phases))


def with_phases(found: Sequence[Facts], kind: MilestoneKind, known_at: datetime) -> list[Facts]:
    """The same projects, with the first phase that waits where nothing of the project itself does. At most one statement."""
    if kind not in rules.PHASE_MILESTONES[PhaseKind.PHASE] or not found:
        return list(found)
    waiting = _waiting([project.id for project in found], kind, known_at)
    return [
        replace(project, submitted=waiting[project.id])
        if project.id in waiting and _state(project) in _NOT_YET
        else project
        for project in found
    ]


def _state(project: Facts) -> MilestoneState | None:
    return project.submitted.state if project.submitted else None


def _waiting(ids: Sequence[int], kind: MilestoneKind, known_at: datetime) -> dict[int, Submitted]:
    rows = db.session.execute(
        select(Milestone.project_id, Milestone.created_at, Milestone.submitted_at)
        .join(Phase, Phase.id == Milestone.phase_id)
        .where(
            Milestone.project_id.in_(ids),
            Milestone.kind == kind,
            Milestone.state == MilestoneState.PENDING,
            Phase.kind == PhaseKind.PHASE,
            Milestone.created_at <= known_at,
        )
        .order_by(Milestone.project_id, Milestone.submitted_at, Milestone.id)
    )
    found: dict[int, Submitted] = {}
    for project_id, created_at, submitted_at in rows:
        on = clock.local(submitted_at).date() if submitted_at else None
        # Without amounts of its own: a phase is held against the threshold with the whole project.
        found.setdefault(project_id, Submitted(MilestoneState.PENDING, created_at, submitted_at, on))
    return found
