"""Which filings an actor reads: those of the zones within reach and those granted, never another zone's."""

from sqlalchemy import ColumnElement, or_

from crm.accounts.permissions import PROJECT_SEE
from crm.core import clock
from crm.core.actor import Actor, Scope
from crm.filings.models import Filing
from crm.projects.scope import discloses_investor, granted, zone_reach


def visible_to(actor: Actor, verb: str = PROJECT_SEE) -> ColumnElement[bool]:
    """Over Filing joined with its Project. A filing names the investor, so it is closed to whoever may not know him."""
    reach = zone_reach(actor, verb, Filing.__table__.c.zone_id)
    if actor.scope(verb) is Scope.ASSIGNED:
        reach = or_(reach, granted(actor, clock.today()))
    return reach & discloses_investor(actor)
