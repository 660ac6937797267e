"""Deciding where a project lands."""

from datetime import date, datetime

from crm.core.actor import Actor
from crm.filings import actions as filings
from crm.pipeline.actions.milestones import mark_changed
from crm.projects import actions as projects
from crm.projects.models import Project


def land(actor: Actor, project: Project, zone_id: int, today: date, now: datetime) -> None:
    """The bureau assigns the zone: the protection of a first report goes along, what was recognised is to be so anew."""
    projects.assign_zone(actor, project, zone_id, today)
    filings.carry_protection(actor, project, zone_id, None, now)
    mark_changed(actor, project, {"zone_id"}, now)
