"""Which visits an actor reaches, and whose company he may read."""

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_, select, true

from crm.accounts import permissions
from crm.core import clock
from crm.core.actor import Actor, Role, Scope
from crm.projects import scope
from crm.projects.models import Project
from crm.projects.rules import GrantLevel
from crm.visits.models import Visit, VisitProject

HIDDEN_SUMMARY = "涉密内容，只对责任人可见"


def _through_grants(actor: Actor, *levels: GrantLevel) -> ColumnElement[bool]:
    granted = (
        select(VisitProject.visit_id)
        .join(Project, Project.id == VisitProject.project_id)
        .where(scope.granted(actor, clock.today(), *levels))
    )
    return Visit.id.in_(granted)


def visible_to(actor: Actor, verb: str = permissions.PROJECT_SEE) -> ColumnElement[bool]:
    """Visits of the zones the verb reaches, those about projects granted to the actor, and his own that no zone has.

    An own visit of a zone out of reach stays behind with the post it was made in: rights are those of the post.
    """
    if not actor.can(verb):
        return false()
    if actor.scope(verb) is Scope.CITY:
        return true()
    levels = tuple(GrantLevel) if verb == permissions.PROJECT_SEE else (GrantLevel.WORK,)
    return or_(
        scope.zone_reach(actor, verb, Visit.__table__.c.zone_id),
        _own(actor, verb),
        _through_grants(actor, *levels),
    )


def _own(actor: Actor, verb: str) -> ColumnElement[bool]:
    """Assigned roles (specialist, department) have no zone of their own to find their visits by."""
    own = Visit.created_by == actor.user_id
    return own if actor.scope(verb) is Scope.ASSIGNED else and_(own, Visit.zone_id.is_(None))


def discloses(actor: Actor) -> ColumnElement[bool]:
    """Where False the actor reads 某企业 and no words.

    A confidential visit is read by its author, the chief of its zone, the bureau and grantees of its projects; a visit
    about a confidential project by whoever may read that project's investor.
    """
    if actor.role is Role.BUREAU:
        return true()
    own = [Visit.created_by == actor.user_id, _through_grants(actor)]
    if actor.role is Role.CHIEF and actor.zone_id is not None:
        own.append(Visit.zone_id == actor.zone_id)
    secret_project = exists(
        select(VisitProject.visit_id)
        .join(Project, Project.id == VisitProject.project_id)
        .where(VisitProject.visit_id == Visit.id, not_(scope.discloses_investor(actor)))
    )
    return and_(
        or_(Visit.confidential.is_(False), *own), or_(Visit.created_by == actor.user_id, not_(secret_project))
    )
