"""The kept history of a project's promises: `project_changes`, never deleted."""

from collections.abc import Mapping

from sqlalchemy import insert

from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.projects.models import Project, ProjectChange


def keep(actor: Actor, project: Project, told: Mapping[str, tuple[str | None, str | None]]) -> None:
    """Field → value before and after, as people read them; what is saved together bears one moment."""
    now = clock.now()
    kept = [
        {
            "project_id": project.id,
            "field": field,
            "before": before,
            "after": after,
            "changed_by": actor.user_id,
            "changed_at": now,
        }
        for field, (before, after) in told.items()
    ]
    if kept:
        db.session.execute(insert(ProjectChange), kept)
