"""Pages of the register, and what a department or service specialist reaches of a zone's dealings."""

from flask import Blueprint
from sqlalchemy import ColumnElement, exists, select

from crm.companies import scope
from crm.core.actor import Actor
from crm.projects import scope as project_scope
from crm.projects.models import Project

bp = Blueprint("companies", __name__)


def _behind_a_project(
    actor: Actor, verb: str, company_id: ColumnElement[int], zone_id: ColumnElement[int | None]
) -> ColumnElement[bool]:
    """The zone's link to a company, for the projects of that zone and company the actor has been granted."""
    return exists(
        select(Project.id).where(
            Project.__table__.c.company_id == company_id,
            Project.__table__.c.zone_id == zone_id,
            project_scope.visible_to(actor, verb),
        )
    )


scope.reach_assigned_by(_behind_a_project)

from crm.companies.views import alike, contacts, edit, listing, merging, record, similar  # noqa: E402, F401  (registers their routes)
