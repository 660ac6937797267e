"""A project goes over to another zone. Who may decide that is the caller's business (`filings`)."""

from collections.abc import Callable
from datetime import date, datetime

from crm.core.actor import Actor
from crm.projects.actions.records import refuse_twin, saved, state_of
from crm.projects.models import Project

#: What else has to be settled when a project leaves a zone, by the features above: (actor, project, zone left, now).
Settle = Callable[[Actor, Project, int, datetime], object]
_SETTLING: list[Settle] = []


def settle_by(settle: Settle) -> None:
    """Called once by a feature's edge while the app is made."""
    if settle not in _SETTLING:
        _SETTLING.append(settle)


def transfer(
    actor: Actor, project: Project, zone_id: int, owner_id: int | None, today: date, now: datetime
) -> None:
    """The landing zone is the statistical owner from now on; who first talked stays on record.

    Nobody of the zone that gives it away stays responsible; `owner_id` None leaves that to the receiving zone's chief.
    """
    before, left = state_of(project), project.zone_id
    project.first_zone_id = project.first_zone_id or left
    project.zone_id, project.owner_id = zone_id, owner_id
    refuse_twin(project)
    saved(actor, project, before, "project.transferred")
    if left is not None:
        for settle in _SETTLING:
            settle(actor, project, left, now)
