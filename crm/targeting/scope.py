"""Which targets an actor reads: those of the zones within reach, the city's own for the city alone."""

from sqlalchemy import ColumnElement, and_, false, or_, select

from crm.accounts.permissions import PROJECT_SEE
from crm.companies import scope as companies
from crm.core.actor import Actor, Role
from crm.projects.models import Project
from crm.projects.scope import discloses_investor, zone_reach
from crm.targeting.models import Campaign, Target


def visible_to(actor: Actor, verb: str = PROJECT_SEE) -> ColumnElement[bool]:
    """Over Target. One that became a confidential project names its investor: closed to whoever may not know him."""
    columns = Target.__table__.c
    reach = companies.reach(actor, verb, columns.company_id, columns.zone_id)
    if actor.role is Role.BUREAU:
        return reach
    told = select(Project.id).where(discloses_investor(actor), Project.id == columns.project_id).exists()
    return and_(reach, or_(columns.project_id.is_(None), told))


def campaigns(actor: Actor, verb: str = PROJECT_SEE) -> ColumnElement[bool]:
    """Over Campaign: the city's are open to read for every zone, one's own within the verb's reach."""
    zone_id = Campaign.__table__.c.zone_id
    if verb == PROJECT_SEE:
        return or_(zone_id.is_(None), zone_reach(actor, verb, zone_id)) if actor.can(verb) else false()
    return zone_reach(actor, verb, zone_id)
