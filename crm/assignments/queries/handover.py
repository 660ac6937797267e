"""What people hold in a zone, part by part, and the records of what was handed over.

Each part is one select of the zone's things, whose first column names whose each is: lists and counts are made of the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import aliased

from crm.accounts.models import Post, User
from crm.accounts.permissions import ASSIGN_SEE
from crm.accounts.queries import in_force
from crm.assignments.models import Assignment, Handover, HandoverItem
from crm.assignments.rules import AssignmentKind, Held, Part
from crm.companies.models import Company, CompanyLink
from crm.core.actor import Actor, Role
from crm.core.db import db
from crm.core.errors import NotFound
from crm.followups.models import Followup
from crm.followups.rules import DutyKind, DutyState
from crm.projects.models import Project
from crm.projects.rules import Stage, Status
from crm.projects.scope import zone_reach
from crm.units.models import Unit
from crm.zones.models import Zone

_LIVE = (Status.ACTIVE, Status.ON_HOLD)
_ROLES = (Role.OFFICER, Role.SPECIALIST, Role.CHIEF, Role.BUREAU)


def _same(column: ColumnElement[int | None], zone_id: int | None) -> ColumnElement[bool]:
    return column.is_(None) if zone_id is None else column == zone_id


def projects_held(zone_id: int | None) -> Select[*tuple[Any, ...]]:
    """Live projects and who is responsible; what has ended keeps its name."""
    return (
        select(Project.owner_id, Project.id, Project.code, Project.name, Project.confidential, Project.stage)
        .where(_same(Project.__table__.c.zone_id, zone_id), Project.status.in_(_LIVE))
        .order_by(Project.total_investment.desc().nulls_last(), Project.id)
    )


def project_row(id_: int, code: str, name: str, secret: bool, stage: Stage) -> Held:
    return Held(id_, code if secret else f"{name}（{code}）", f"/projects/{code}", stage.label)


def companies_held(zone_id: int | None) -> Select[*tuple[Any, ...]]:
    return (
        select(CompanyLink.owner_id, CompanyLink.id, Company.id, Company.name)
        .join(Company, Company.id == CompanyLink.company_id)
        .where(_same(CompanyLink.__table__.c.zone_id, zone_id))
        .order_by(Company.sort_key, Company.id)
    )


def company_row(id_: int, company_id: int, name: str) -> Held:
    return Held(id_, name, f"/companies/{company_id}")


def duties_held(zone_id: int | None, *, demands: bool) -> Select[*tuple[Any, ...]]:
    """Open duties, the demands of companies apart from all others; named by kind where the words are confidential."""
    kind = Followup.kind == DutyKind.DEMAND
    secret = or_(Followup.confidential, func.coalesce(Project.confidential, False))
    words = case((secret, "（保密）"), else_=Followup.what)
    return (
        select(Followup.owner_id, Followup.id, words, Followup.due_on)
        .outerjoin(Project, Project.id == Followup.project_id)
        .where(
            _same(Followup.__table__.c.zone_id, zone_id),
            Followup.state == DutyState.OPEN,
            kind if demands else ~kind,
        )
        .order_by(Followup.due_on, Followup.id)
    )


def duty_row(id_: int, what: str, due_on: date) -> Held:
    return Held(id_, what, f"/followups/{id_}", f"{due_on.isoformat()} 到期")


def assignments_held(zone_id: int | None, today: date) -> Select[*tuple[Any, ...]]:
    made = (Assignment.user_id, Assignment.id, Assignment.kind)
    return (
        select(*made, Project.code, Project.name, Project.confidential)
        .join(Project, Project.id == Assignment.project_id)
        .where(
            _same(Project.__table__.c.zone_id, zone_id),
            or_(Assignment.ends_on.is_(None), Assignment.ends_on > today),
        )
        .order_by(Assignment.id)
    )


def assignment_row(id_: int, kind: AssignmentKind, code: str, name: str, secret: bool) -> Held:
    return Held(id_, code if secret else f"{name}（{code}）", f"/projects/{code}?tab=people", kind.label)


def held(things: Select[*tuple[Any, ...]], row: Callable[..., Held], user_id: int) -> list[Held]:
    """What one person has of `things`, whose first column names whose each is; `row` makes one of the others."""
    owner = things.selected_columns[0]
    return [row(*rest) for _, *rest in db.session.execute(things.where(owner == user_id))]


def _counted(things: Select[*tuple[Any, ...]], people: Sequence[int]) -> dict[int, int]:
    """Person → how many of the same things are his."""
    owner = things.selected_columns[0]
    counts = (
        things.where(owner.in_(people))
        .order_by(None)
        .with_only_columns(owner, func.count(), maintain_column_froms=True)
        .group_by(owner)
    )
    return {user_id: count for user_id, count in db.session.execute(counts)}


# --- people -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody who works or worked here; `here` is False for whoever has no post in force, or no account, any more."""

    id: int
    login: str
    name: str
    title: str
    active: bool
    here: bool
    counts: Mapping[Part, int] = field(default_factory=dict)

    @property
    def holds(self) -> int:
        return sum(self.counts.values())


def people(
    zone_id: int | None, today: date, things: Mapping[Part, Select[*tuple[Any, ...]]]
) -> list[PersonRow]:
    """Everybody with a post in the zone now or before, who has left and still holds something first.

    One statement, and one for each part of `things`: the counts are of what the handover lists.
    """
    found = _people(zone_id, today)
    ids = [row.id for row in found]
    counted = {part: _counted(each, ids) for part, each in things.items()}
    rows = [
        replace(row, counts={part: counts[row.id] for part, counts in counted.items() if row.id in counts})
        for row in found
    ]
    return sorted(rows, key=lambda p: (p.here or not p.holds, p.here, p.name, p.id))


def person(user_id: int, zone_id: int | None, today: date) -> PersonRow:
    """One of them, without counts."""
    found = _people(zone_id, today, User.id == user_id)
    if not found:
        raise NotFound()
    return found[0]


def _people(zone_id: int | None, today: date, *wanted: ColumnElement[bool]) -> list[PersonRow]:
    place = Unit.zone_id == zone_id if zone_id is not None else Unit.zone_id.is_(None)
    now = func.max(case((in_force(today), 1), else_=0))
    query = (
        select(User.id, User.login, User.name, func.max(Post.title), User.active, now)
        .join(Post, Post.user_id == User.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(place, Post.confirmed_at.is_not(None), Post.role.in_(_ROLES), *wanted)
        .group_by(User.id, User.login, User.name, User.active)
    )
    return [
        PersonRow(id_, login, name, title or "", active, bool(here) and active)
        for id_, login, name, title, active, here in db.session.execute(query)
    ]


# --- records ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HandoverRow:
    id: int
    zone_id: int | None
    zone: str
    person: str
    by: str
    made_at: datetime
    note: str
    items: int


@dataclass(frozen=True, slots=True)
class ItemRow:
    part: Part
    label: str
    url: str
    note: str
    to: str


def handovers(actor: Actor, most: int = 50, *, only: int | None = None) -> Sequence[HandoverRow]:
    """Records within reach, the newest first."""
    maker = aliased(User)
    many = (
        select(func.count(HandoverItem.id)).where(HandoverItem.handover_id == Handover.id).scalar_subquery()
    )
    query = (
        select(
            Handover.id,
            Handover.zone_id,
            func.coalesce(Zone.short_name, "市级"),
            User.name,
            func.coalesce(maker.name, ""),
            Handover.made_at,
            Handover.note,
            many,
        )
        .join(User, User.id == Handover.person_id)
        .outerjoin(maker, maker.id == Handover.made_by)
        .outerjoin(Zone, Zone.id == Handover.zone_id)
        .where(zone_reach(actor, ASSIGN_SEE, Handover.__table__.c.zone_id))
        .order_by(Handover.id.desc())
        .limit(most)
    )
    if only is not None:
        query = query.where(Handover.id == only)
    return [HandoverRow(*row) for row in db.session.execute(query)]


def handover(actor: Actor, handover_id: int) -> tuple[HandoverRow, Mapping[Part, Sequence[ItemRow]]]:
    found = handovers(actor, only=handover_id)
    if not found:
        raise NotFound()
    rows = db.session.execute(
        select(HandoverItem.part, HandoverItem.label, HandoverItem.url, HandoverItem.note, User.name)
        .join(User, User.id == HandoverItem.to_user_id)
        .where(HandoverItem.handover_id == handover_id)
        .order_by(HandoverItem.id)
    )
    items: dict[Part, list[ItemRow]] = {}
    for row in rows:
        items.setdefault(row[0], []).append(ItemRow(*row))
    return found[0], {part: items[part] for part in Part if part in items}
