"""The index: major projects by who answers for them, and leaders by how many they answer for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, tuple_

from crm.accounts.permissions import ASSIGN_SEE
from crm.assignments import rules
from crm.assignments.models import Assignment
from crm.assignments.queries.records import in_force, rows_of
from crm.assignments.rules import AssignmentKind
from crm.core import paging
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.paging import Page, Window
from crm.projects.models import Project
from crm.projects.rules import Capital, Stage, Status, Tier
from crm.projects.scope import visible_to, zone_reach
from crm.units.models import Leader
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class OverviewFilter:
    """`missing`: only major projects without a direct leader."""

    zone_id: int | None = None
    tier: Tier | None = None
    leader_id: int | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """A project and who answers for it; names are joined where there are several."""

    id: int
    code: str
    name: str
    zone: str | None
    tier: Tier | None
    stage: Stage
    capital: Capital
    total: Decimal | None
    total_usd: Decimal | None
    leader: str
    leader_title: str
    rank_no: int
    lead_by: str = ""
    specialists: str = ""

    @property
    def lacks_leader(self) -> bool:
        return rules.needs_leader(self.tier, bool(self.leader))


#: Sorts projects without a leader before every rank there is.
_NOBODY = -1


def _direct(today: date) -> Any:
    """The direct leader of each project: one row a project, the newest assignment in force."""
    newest = (
        select(func.max(Assignment.id))
        .where(Assignment.kind == AssignmentKind.DIRECT_LEADER, in_force(today))
        .group_by(Assignment.project_id)
    )
    return (
        select(
            Assignment.project_id,
            Leader.id.label("leader_id"),
            Leader.name,
            Leader.title,
            Leader.rank_no,
        )
        .join(Leader, Leader.id == Assignment.leader_id)
        .where(Assignment.id.in_(newest))
        .subquery()
    )


def _conditions(actor: Actor, wanted: OverviewFilter, direct: Any, today: date) -> list[ColumnElement[bool]]:
    assigned = select(Assignment.project_id).where(in_force(today))
    found = [
        visible_to(actor),
        zone_reach(actor, ASSIGN_SEE, Project.__table__.c.zone_id),
        Project.status.in_((Status.ACTIVE, Status.ON_HOLD)),
        or_(Project.tier.in_(rules.MAJOR), Project.id.in_(assigned)),
    ]
    if wanted.zone_id is not None:
        found.append(Project.__table__.c.zone_id == wanted.zone_id)
    if wanted.tier is not None:
        found.append(Project.tier == wanted.tier)
    if wanted.leader_id is not None:
        found.append(direct.c.leader_id == wanted.leader_id)
    if wanted.missing:
        found += [direct.c.leader_id.is_(None), Project.tier.in_(rules.MAJOR)]
    return found


def overview(actor: Actor, wanted: OverviewFilter, window: Window, today: date) -> Page[OverviewRow]:
    """Major projects still open, those without a direct leader first, then by the leader's rank. Three statements."""
    direct = _direct(today)
    conditions = _conditions(actor, wanted, direct, today)
    joined = select(func.count(Project.id)).outerjoin(direct, direct.c.project_id == Project.id)
    total = db.session.scalar(joined.where(*conditions)) or 0
    rank = func.coalesce(direct.c.rank_no, _NOBODY)
    query = (
        select(
            Project.id,
            Project.code,
            Project.name,
            Zone.short_name,
            Project.tier,
            Project.stage,
            Project.capital,
            Project.total_investment,
            Project.total_investment_usd,
            func.coalesce(direct.c.name, ""),
            func.coalesce(direct.c.title, ""),
            rank,
        )
        .outerjoin(direct, direct.c.project_id == Project.id)
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .where(*conditions)
        .order_by(rank, Project.id)
    )
    if window.after:
        last_rank, last_id = paging.key_of(window.after, 2)
        query = query.where(tuple_(rank, Project.id) > (paging.number(last_rank), paging.number(last_id)))
    else:
        query = query.offset((window.page - 1) * window.per_page)
    found = [OverviewRow(*row) for row in db.session.execute(query.limit(window.per_page + 1))]
    shown = _with_others(found[: window.per_page], today)
    following = paging.token(shown[-1].rank_no, shown[-1].id) if len(found) > window.per_page else None
    return Page(shown, total, window, following)


def _with_others(rows: Sequence[OverviewRow], today: date) -> list[OverviewRow]:
    """Adds 领办 and specialists by one more statement."""
    others: dict[tuple[int, AssignmentKind], list[str]] = {}
    query = rows_of().where(
        Assignment.project_id.in_([row.id for row in rows]),
        Assignment.kind != AssignmentKind.DIRECT_LEADER,
        in_force(today),
    )
    for one in db.session.execute(query.order_by(Leader.rank_no, Assignment.id)):
        others.setdefault((one.project_id, one.kind), []).append(one.name)
    return [
        replace(
            row,
            lead_by="、".join(others.get((row.id, AssignmentKind.LEAD_BY), ())),
            specialists="、".join(others.get((row.id, AssignmentKind.SPECIALIST), ())),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class LoadRow:
    """A leader and how many projects within the reader's reach he is the direct leader of."""

    id: int
    name: str
    title: str
    projects: int


def loads(actor: Actor, today: date) -> list[LoadRow]:
    """By rank; one statement."""
    rows = db.session.execute(
        select(Leader.id, Leader.name, Leader.title, func.count(Assignment.id))
        .join(Assignment, Assignment.leader_id == Leader.id)
        .join(Project, Project.id == Assignment.project_id)
        .where(
            Assignment.kind == AssignmentKind.DIRECT_LEADER,
            in_force(today),
            visible_to(actor),
            zone_reach(actor, ASSIGN_SEE, Project.__table__.c.zone_id),
            Project.status.in_((Status.ACTIVE, Status.ON_HOLD)),
        )
        .group_by(Leader.id, Leader.name, Leader.title, Leader.rank_no)
        .order_by(Leader.rank_no, Leader.id)
    )
    return [LoadRow(*row) for row in rows]
