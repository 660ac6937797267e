"""Whose report is asked for, of which zone, and as known when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_

from crm.accounts import permissions
from crm.core.actor import Actor
from crm.projects.models import Project
from crm.projects.scope import zone_reach


@dataclass(frozen=True, slots=True)
class Ask:
    """Whose report, of which zone (None: the whole reach), as known when; `week` is the label its notes carry."""

    actor: Actor
    zone_id: int | None
    known_at: datetime
    week: str
    past: bool
    #: Only these projects, where a page shows the first of a long list.
    ids: tuple[int, ...] | None = None

    def reach(self, column: Any) -> ColumnElement[bool]:
        """Rows of the asked zone within what the actor may see of the board."""
        own = zone_reach(self.actor, permissions.BOARD_SEE, column)
        return own if self.zone_id is None else and_(own, column == self.zone_id)

    @property
    def projects(self) -> ColumnElement[bool]:
        own = self.reach(Project.__table__.c.zone_id)
        return own if self.ids is None else and_(own, Project.id.in_(self.ids))
