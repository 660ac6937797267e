"""When there was contact last, and how many visits there were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select

from crm.core.actor import Actor
from crm.core.db import db
from crm.core.sqldays import later_of
from crm.projects.models import Project
from crm.visits.models import Visit, VisitProject, VisitTheirs
from crm.visits.queries.scope import visible_to


def last_contacts(project_ids: Sequence[int]) -> dict[int, date]:
    """The last contact of each project (decision 11): the latest visit of any mode that the project's zone had with the
    investor, or that was about the project. One statement; for projects the caller may see."""
    if not project_ids:
        return {}
    rows = db.session.execute(_LAST, {"ids": list(project_ids)})
    return {project_id: latest for project_id, latest in rows if latest is not None}


def _last() -> Select[Any]:
    # Outer joins fix the order, projects first: else SQLite may try the list of ids one by one for every visit.
    chosen = Project.id.in_(bindparam("ids", expanding=True))
    with_investor = (
        select(Project.id.label("project_id"), Visit.happened_on)
        .outerjoin(Visit, and_(Visit.company_id == Project.company_id, Visit.zone_id == Project.zone_id))
        .where(chosen)
    )
    about = (
        select(Project.id, Visit.happened_on)
        .outerjoin(VisitProject, VisitProject.project_id == Project.id)
        .outerjoin(Visit, Visit.id == VisitProject.visit_id)
        .where(chosen)
    )
    both = with_investor.union_all(about).subquery()
    return select(both.c.project_id, func.max(both.c.happened_on)).group_by(both.c.project_id)


#: The same for everybody, so put together once.
_LAST = _last()


def last_contact_sql() -> Any:
    """`last_contacts` as an expression over the project in the enclosing select's FROM; NULL where nobody was met."""
    with_investor = (
        select(func.max(Visit.happened_on))
        .where(Visit.company_id == Project.company_id, Visit.zone_id == Project.zone_id)
        .correlate(Project)
        .scalar_subquery()
    )
    about = (
        select(func.max(Visit.happened_on))
        .join(VisitProject, VisitProject.visit_id == Visit.id)
        .where(VisitProject.project_id == Project.id)
        .correlate(Project)
        .scalar_subquery()
    )
    none = date(1, 1, 1)
    return func.nullif(later_of(func.coalesce(with_investor, none), func.coalesce(about, none)), none)


@dataclass(frozen=True, slots=True)
class Counts:
    """批次 (visits), 家次 (different companies), 人次 (their people met)."""

    visits: int = 0
    companies: int = 0
    people: int = 0


def counts_by_zone(actor: Actor, since: date, until: date) -> dict[int | None, Counts]:
    """Visits of a period by zone, both days included. One statement."""
    met = (
        select(VisitTheirs.visit_id, func.count().label("n"))
        .join(Visit, Visit.id == VisitTheirs.visit_id)
        .where(Visit.happened_on.between(since, until))
        .group_by(VisitTheirs.visit_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Visit.zone_id,
            func.count(Visit.id),
            func.count(Visit.company_id.distinct()),
            func.coalesce(func.sum(met.c.n), 0),
        )
        .outerjoin(met, met.c.visit_id == Visit.id)
        .where(Visit.happened_on.between(since, until), visible_to(actor))
        .group_by(Visit.zone_id)
    )
    return {zone_id: Counts(visits, companies, int(people)) for zone_id, visits, companies, people in rows}


def week_count(actor: Actor, today: date) -> int:
    """How many visits the actor logged since Monday."""
    monday = today - timedelta(days=today.weekday())
    return db.session.scalar(select(own_count(actor, monday, today))) or 0


def own_count(actor: Actor, since: date, until: date) -> Any:
    """A scalar subquery: how many visits the actor logged in a period."""
    return (
        select(func.count(Visit.id))
        .where(Visit.created_by == actor.user_id, Visit.happened_on.between(since, until))
        .scalar_subquery()
    )
