"""Phases of the projects that a monthly sheet names."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select

from crm.core.db import db
from crm.projects.models import Phase

_CHUNK = 500


def phases_of(project_ids: Iterable[int]) -> dict[int, list[Phase]]:
    """Project → its phases and increases in the order of their numbers."""
    found: dict[int, list[Phase]] = defaultdict(list)
    ids = sorted(set(project_ids))
    for at in range(0, len(ids), _CHUNK):
        wanted = select(Phase).where(Phase.project_id.in_(ids[at : at + _CHUNK]))
        for phase in db.session.scalars(wanted.order_by(Phase.project_id, Phase.no)):
            found[phase.project_id].append(phase)
    return found
