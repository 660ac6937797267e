"""Which projects an actor reaches, and whose investor he may read. Reads zone, county and grants, nothing else."""

from datetime import date

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from crm.accounts import permissions
from crm.core import clock, memo
from crm.core.actor import Actor, Role, Scope
from crm.projects.models import Grant, Project
from crm.projects.rules import GrantLevel
from crm.units.models import Unit

HIDDEN_INVESTOR = "某企业"


def zone_reach(actor: Actor, verb: str, column: ColumnElement[int | None]) -> ColumnElement[bool]:
    """Rows whose `column` (a zone id) lies within the verb's reach; grants are not considered."""
    reach = actor.scope(verb)
    if reach is Scope.CITY:
        return true()
    if reach is Scope.ZONE and actor.zone_id is not None:
        return column == actor.zone_id
    if reach is Scope.COUNTY and actor.county_id is not None:
        return column.in_(select(Unit.id).where(Unit.county_id == actor.county_id))
    return false()


def _holders(actor: Actor) -> list[ColumnElement[bool]]:
    """A comparison with None would read as IS NULL and open every grant of the other kind."""
    unit = Grant.__table__.c.unit_id
    held = [(Grant.__table__.c.user_id, actor.user_id), (unit, actor.unit_id)]
    # A grant to a zone is for whoever works in one of its departments too, but not for those who see by assignment alone.
    in_department = actor.zone_id is not None and actor.zone_id != actor.unit_id
    if in_department and actor.role in (Role.OFFICER, Role.CHIEF):
        held.append((unit, actor.zone_id))
    return [column == value for column, value in held if value is not None] or [false()]


def granted(actor: Actor, today: date, *levels: GrantLevel) -> ColumnElement[bool]:
    """Projects with a grant in force for the actor or for his unit.

    A set of ids and not a correlated EXISTS: it is read once, however many projects are looked at.
    """
    key = f"projects.granted:{_who(actor)}:{today}:{levels}"
    return memo.once(key, lambda: _granted(actor, today, levels))


def _granted(actor: Actor, today: date, levels: tuple[GrantLevel, ...]) -> ColumnElement[bool]:
    return Project.id.in_(
        select(Grant.project_id).where(
            or_(*_holders(actor)),
            Grant.starts_on <= today,
            or_(Grant.ends_on.is_(None), Grant.ends_on >= today),
            Grant.level.in_(levels or tuple(GrantLevel)),
        )
    )


def _who(actor: Actor) -> str:
    """What a condition depends on; conditions are built once a request, a page asks for them a dozen times."""
    places = f"{actor.unit_id}:{actor.zone_id}:{actor.county_id}"
    return f"{actor.user_id}:{actor.post_id}:{places}:{actor.role}"


def visible_to(actor: Actor, verb: str = permissions.PROJECT_SEE) -> ColumnElement[bool]:
    """The condition every query on projects starts from.

    Beyond the verb's reach a grant opens a project: any grant for seeing, a work grant for everything else.
    A lead without a zone is seen by the bureau and by whoever holds it (decision 8).
    """
    return memo.once(f"projects.visible:{_who(actor)}:{verb}", lambda: _visible_to(actor, verb))


def _visible_to(actor: Actor, verb: str) -> ColumnElement[bool]:
    first, *others = ways_to(actor, verb)
    return or_(first, *others) if others else first


def ways_to(actor: Actor, verb: str = permissions.PROJECT_SEE) -> tuple[ColumnElement[bool], ...]:
    """The ways in which a project comes within reach, any of which is enough: by zone, as one's own lead, by a grant.

    Each has an index; a database that reads their OR goes through every project of the city.
    """
    if not actor.can(verb):
        return (false(),)
    if actor.scope(verb) is Scope.CITY:
        return (true(),)
    levels = tuple(GrantLevel) if verb == permissions.PROJECT_SEE else (GrantLevel.WORK,)
    own_lead = and_(Project.zone_id.is_(None), Project.owner_id == actor.user_id)
    zones = zone_reach(actor, verb, Project.__table__.c.zone_id)
    return zones, own_lead, granted(actor, clock.today(), *levels)


def discloses_investor(actor: Actor) -> ColumnElement[bool]:
    """False where the project is confidential and the actor must read 某企业 instead of the investor."""
    return memo.once(f"projects.discloses:{_who(actor)}", lambda: _discloses_investor(actor))


def _discloses_investor(actor: Actor) -> ColumnElement[bool]:
    if actor.role is Role.BUREAU:
        return true()
    if actor.user_id is None:
        # The product itself makes mails, feeds and screens: confidential investors stay out of them.
        return Project.confidential.is_(False)
    # Never NULL, where nobody owns it: who asks for the undisclosed negates this.
    own = [Project.owner_id.is_not_distinct_from(actor.user_id), granted(actor, clock.today())]
    if actor.role is Role.CHIEF and actor.zone_id is not None:
        own.append(Project.__table__.c.zone_id == actor.zone_id)
    return or_(Project.confidential.is_(False), *own)
