"""Duties of a project, a company or a visit, and who may owe one."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, case, func, select

from crm.accounts.permissions import VISIT_LOG
from crm.core.actor import Actor
from crm.core.db import db
from crm.followups.models import Followup
from crm.followups.queries.listing import FollowupRow, rows_of, selected, told
from crm.followups.queries.scope import HIDDEN_WHAT, visible_to
from crm.followups.rules import DutyState
from crm.projects.queries import choices


def _around(query: Select[Any], today: date, open_only: bool, most: int) -> list[FollowupRow]:
    if open_only:
        query = query.where(Followup.state == DutyState.OPEN)
    done_last = case((Followup.state == DutyState.OPEN, 0), else_=1)
    found = db.session.execute(query.order_by(done_last, Followup.due_on, Followup.id).limit(most)).all()
    return rows_of(found, today)


def of_project(
    actor: Actor, project_id: int, today: date, *, open_only: bool = False, most: int = 50
) -> list[FollowupRow]:
    """A project's duties, open ones first, without those the actor may not read. The project itself has been checked."""
    return _around(told(actor).where(Followup.project_id == project_id), today, open_only, most)


def of_company(
    actor: Actor, company_id: int, today: date, *, open_only: bool = False, most: int = 50
) -> list[FollowupRow]:
    """A company's duties within the actor's reach, without those whose company he may not read."""
    return _around(told(actor).where(Followup.company_id == company_id), today, open_only, most)


def caused_by(actor: Actor, origin: str, today: date) -> list[FollowupRow]:
    """Duties that one row caused ("visit:12")."""
    return _around(selected(actor).where(visible_to(actor), Followup.origin == origin), today, False, 50)


def closed_by(actor: Actor, closer: str, company_id: int, today: date) -> list[FollowupRow]:
    """Duties of a company that one row closed ("visit:12")."""
    closed = and_(Followup.company_id == company_id, Followup.closed_by == closer)
    return _around(selected(actor).where(visible_to(actor), closed), today, False, 50)


def next_of_projects(ids: Sequence[int]) -> dict[int, tuple[date, str]]:
    """The next open duty of each project: (due day, what). One statement; projects without one are left out.

    For lists whose projects the caller has already narrowed to what the actor may see and read.
    """
    if not ids:
        return {}
    place = func.row_number().over(partition_by=Followup.project_id, order_by=(Followup.due_on, Followup.id))
    ranked = (
        select(
            Followup.project_id, Followup.due_on, Followup.what, Followup.confidential, place.label("place")
        )
        .where(Followup.project_id.in_(ids), Followup.state == DutyState.OPEN)
        .subquery()
    )
    rows = db.session.execute(select(ranked).where(ranked.c.place == 1))
    return {r.project_id: (r.due_on, HIDDEN_WHAT if r.confidential else r.what) for r in rows}


def next_open(actor: Actor, project_id: int) -> Followup | None:
    """The next open duty about a project that the actor may work on; None where there is none."""
    return db.session.scalars(
        select(Followup)
        .where(
            Followup.project_id == project_id,
            Followup.state == DutyState.OPEN,
            visible_to(actor, VISIT_LOG),
        )
        .order_by(Followup.due_on, Followup.id)
        .limit(1)
    ).first()


def owners_for(actor: Actor, zone_id: int | None, today: date) -> list[tuple[int, str]]:
    """(id, name) of those a duty may be given to: oneself, then people in office in the zone (or at the bureau)."""
    found = [(c.id, c.label) for c in choices.colleagues(zone_id, today) if c.id != actor.user_id]
    return [(actor.user_id, actor.name), *found] if actor.user_id is not None else found
