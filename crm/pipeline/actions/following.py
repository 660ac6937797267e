"""What every verb of the pipeline does besides: the stage follows the milestones, and the act is written down."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.notices import actions as notices
from crm.pipeline import queries, rules
from crm.pipeline.models import Milestone, StageChange
from crm.projects.models import Project
from crm.projects.rules import Stage


def subject(project: Project, what: str = "", milestone: Milestone | None = None) -> audit.Subject:
    """Named by the project's code: a confidential project's investor never reaches the audit."""
    label = f"{project.code} {what}".strip()
    if milestone is not None:
        return audit.Subject(
            "milestone", milestone.id, label, project.zone_id, project.id, project.company_id
        )
    return audit.Subject("project", project.id, label, project.zone_id, project.id, project.company_id)


def set_stage(actor: Actor, project: Project, to: Stage, cause: str, note: str, today: date) -> None:
    """The only place that writes a project's stage."""
    db.session.add(
        StageChange(
            project_id=project.id,
            before=project.stage,
            after=to,
            cause=cause,
            note=note[:500],
            changed_by=actor.user_id,
        )
    )
    project.stage = to
    project.stage_since = today
    db.session.flush()


def follow(actor: Actor, project: Project, cause: str, note: str, today: date) -> Mapping[str, Any]:
    """Sets the stage to the furthest live milestone (decision 4); the difference for the audit, empty when nothing moved."""
    db.session.flush()
    to = rules.stage_after(queries.live_kinds(project), queries.last_talking(project))
    if to is project.stage:
        return {}
    before = project.stage
    set_stage(actor, project, to, cause, note, today)
    return {"stage": (before.value, to.value)}


def follow_phases(actor: Actor, project: Project, today: date) -> None:
    """After a phase came, went or became an increase: what every phase has reached may be another stage now."""
    db.session.flush()
    queries.lock(project)
    moved = follow(actor, project, "phases", "分期有变动", today)
    if moved:
        audit.record(actor, "stage.followed", subject(project), moved)


def tell(actor: Actor, user_id: int | None, project: Project, text: str) -> None:
    """A message to who submitted or proposed, by the project's code; nobody is told of his own act."""
    if user_id != actor.user_id:
        notices.send(
            user_id, "pipeline", f"{project.code} {text}", f"/projects/{project.code}?tab=milestones"
        )
