"""What lists of projects ask about leaders."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, select

from crm.accounts.permissions import ASSIGN_SEE
from crm.assignments.models import Assignment
from crm.assignments.queries.records import in_force
from crm.assignments.rules import AssignmentKind
from crm.core.actor import Actor
from crm.core.db import db
from crm.projects.models import Project
from crm.projects.scope import visible_to, zone_reach
from crm.units.models import Leader


def led_by(leader_id: int, today: date) -> ColumnElement[bool]:
    """Projects that a leader answers for, as direct leader or as the one in the lead."""
    return Project.id.in_(
        select(Assignment.project_id).where(Assignment.leader_id == leader_id, in_force(today))
    )


def leaders_of(actor: Actor, project_ids: Sequence[int], today: date) -> dict[int, str]:
    """The leaders of each project by rank, direct ones first, joined; one statement.

    Only within the reach of the verb that shows assignments; the caller has found the projects in scope.
    """
    if not project_ids or not actor.can(ASSIGN_SEE):
        return {}
    rows = db.session.execute(
        select(Assignment.project_id, Assignment.kind, Leader.name)
        .join(Leader, Leader.id == Assignment.leader_id)
        .join(Project, Project.id == Assignment.project_id)
        .where(
            Assignment.project_id.in_(project_ids),
            in_force(today),
            zone_reach(actor, ASSIGN_SEE, Project.__table__.c.zone_id),
        )
        .order_by(Leader.rank_no, Assignment.id)
    ).all()
    found: dict[int, list[str]] = {}
    for project_id, _, name in sorted(rows, key=lambda row: row.kind is not AssignmentKind.DIRECT_LEADER):
        names = found.setdefault(project_id, [])
        if name not in names:
            names.append(name)
    return {project_id: "、".join(names) for project_id, names in found.items()}


def leaders_offered(actor: Actor, today: date) -> Sequence[tuple[int, str]]:
    """(id, name) of leaders who answer for a project that the actor sees, by rank."""
    if not actor.can(ASSIGN_SEE):
        return ()
    rows = db.session.execute(
        select(Leader.id, Leader.name)
        .where(
            Leader.id.in_(
                select(Assignment.leader_id)
                .join(Project, Project.id == Assignment.project_id)
                .where(
                    in_force(today),
                    visible_to(actor),
                    zone_reach(actor, ASSIGN_SEE, Project.__table__.c.zone_id),
                )
            )
        )
        .order_by(Leader.rank_no, Leader.id)
    )
    return [(row.id, row.name) for row in rows]
