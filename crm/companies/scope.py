"""Which zone's links and contacts an actor reaches. The register itself is open to everybody who may see projects."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, select, true

from crm.core.actor import Actor, Scope
from crm.units.models import Unit

#: (actor, verb, company id, zone id) → whether an assigned role (specialist, department) reaches that zone's link.
Assigned = Callable[
    [Actor, str, ColumnElement[int], ColumnElement[int | None]],
    ColumnElement[bool],
]


@dataclass(slots=True)
class _Above:
    assigned: Assigned | None = None


_above = _Above()


def reach_assigned_by(condition: Assigned) -> None:
    """Projects and their grants stand above companies, so what they open is told from above; untold, nothing opens."""
    _above.assigned = condition


def reach(
    actor: Actor, verb: str, company_id: ColumnElement[int], zone_id: ColumnElement[int | None]
) -> ColumnElement[bool]:
    """Rows of links or contacts within the verb's reach. The city's own (`zone_id` NULL) belong to the city alone."""
    scope = actor.scope(verb)
    if scope is Scope.CITY:
        return true()
    if scope is Scope.ZONE and actor.zone_id is not None:
        return zone_id == actor.zone_id
    if scope is Scope.COUNTY and actor.county_id is not None:
        return zone_id.in_(select(Unit.id).where(Unit.county_id == actor.county_id))
    if scope is Scope.ASSIGNED and _above.assigned is not None:
        return _above.assigned(actor, verb, company_id, zone_id)
    return false()


def own(actor: Actor, verb: str, zone_id: ColumnElement[int | None]) -> ColumnElement[bool]:
    """Links of the actor's own zone, for the city those of the city."""
    if actor.zone_id is not None:
        return zone_id == actor.zone_id
    return zone_id.is_(None) if actor.scope(verb) is Scope.CITY else false()
