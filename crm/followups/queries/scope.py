"""Which duties an actor reaches, and whose company he may read."""

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from crm.accounts import permissions
from crm.core import clock
from crm.core.actor import Actor, Role, Scope
from crm.followups.models import Followup
from crm.followups.rules import HIDDEN_WHAT as HIDDEN_WHAT
from crm.projects import scope
from crm.projects.models import Project
from crm.projects.rules import GrantLevel


def visible_to(actor: Actor, verb: str = permissions.PROJECT_SEE) -> ColumnElement[bool]:
    """Duties of the zones the verb reaches, those of projects granted to the actor, those his unit has to answer, and his
    own that no zone owes.

    An own duty of a zone out of reach stays behind with the post it was given to: rights are those of the post. A unit
    that has to answer reads the duty and answers it; the project behind it stays with its own grants.
    """
    if not actor.can(verb):
        return false()
    if actor.scope(verb) is Scope.CITY:
        return true()
    levels = tuple(GrantLevel) if verb == permissions.PROJECT_SEE else (GrantLevel.WORK,)
    through = select(Project.id).where(scope.granted(actor, clock.today(), *levels))
    return or_(
        scope.zone_reach(actor, verb, Followup.__table__.c.zone_id),
        _own(actor, verb),
        asked_of(actor, verb),
        Followup.project_id.in_(through),
    )


#: What a unit may do that has to answer: read, and answer where its people give opinions.
_OF_UNIT = frozenset({permissions.PROJECT_SEE, permissions.OPINION})


def asked_of(actor: Actor, verb: str = permissions.PROJECT_SEE) -> ColumnElement[bool]:
    """Duties that the actor's own unit has to answer."""
    if actor.unit_id is None or verb not in _OF_UNIT:
        return false()
    return Followup.unit_id == actor.unit_id


def _own(actor: Actor, verb: str) -> ColumnElement[bool]:
    """Assigned roles (specialist, department) have no zone of their own to find their duties by."""
    own = or_(Followup.owner_id == actor.user_id, Followup.created_by == actor.user_id)
    return own if actor.scope(verb) is Scope.ASSIGNED else and_(own, Followup.zone_id.is_(None))


def discloses(actor: Actor) -> ColumnElement[bool]:
    """Where False the actor reads 某企业. Wants Project joined (outer) to the duty."""
    if actor.role is Role.BUREAU:
        return true()
    own = [Followup.owner_id == actor.user_id, Followup.created_by == actor.user_id]
    if actor.role is Role.CHIEF and actor.zone_id is not None:
        own.append(Followup.zone_id == actor.zone_id)
    own.append(asked_of(actor))
    grantee = and_(Project.id.is_not(None), scope.granted(actor, clock.today()))
    by_project = or_(Project.id.is_(None), scope.discloses_investor(actor))
    return and_(or_(Followup.confidential.is_(False), grantee, *own), by_project)
