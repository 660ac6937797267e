"""What somebody holds in a zone, part by part, and the records of what was handed over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import aliased

from crm.accounts.models import Post, User
from crm.accounts.permissions import ASSIGN_SEE
from crm.accounts.queries import in_force
from crm.assignments.models import Assignment, Handover, HandoverItem
from crm.assignments.rules import Held, Part
from crm.companies.models import Company, CompanyLink
from crm.core.actor import Actor, Role
from crm.core.db import db
from crm.core.errors import NotFound
from crm.followups.models import Followup
from crm.followups.rules import DutyKind, DutyState
from crm.projects.models import Project
from crm.projects.rules import Status
from crm.projects.scope import zone_reach
from crm.units.models import Unit
from crm.zones.models import Zone

_LIVE = (Status.ACTIVE, Status.ON_HOLD)
_ROLES = (Role.OFFICER, Role.SPECIALIST, Role.CHIEF, Role.BUREAU)


def _same(column: ColumnElement[int | None], zone_id: int | None) -> ColumnElement[bool]:
    return column.is_(None) if zone_id is None else column == zone_id


def projects_of(user_id: int, zone_id: int | None) -> list[Held]:
    """Live projects the person is responsible for; what has ended keeps its name."""
    rows = db.session.execute(
        select(Project.id, Project.code, Project.name, Project.confidential, Project.stage)
        .where(
            Project.owner_id == user_id,
            _same(Project.__table__.c.zone_id, zone_id),
            Project.status.in_(_LIVE),
        )
        .order_by(Project.total_investment.desc().nulls_last(), Project.id)
    )
    return [
        Held(id_, code if secret else f"{name}（{code}）", f"/projects/{code}", stage.label)
        for id_, code, name, secret, stage in rows
    ]


def companies_of(user_id: int, zone_id: int | None) -> list[Held]:
    rows = db.session.execute(
        select(CompanyLink.id, Company.id, Company.name, CompanyLink.progress)
        .join(Company, Company.id == CompanyLink.company_id)
        .where(CompanyLink.owner_id == user_id, _same(CompanyLink.__table__.c.zone_id, zone_id))
        .order_by(Company.sort_key, Company.id)
    )
    return [Held(link, name, f"/companies/{company}") for link, company, name, _ in rows]


def duties_of(user_id: int, zone_id: int | None, *, demands: bool) -> list[Held]:
    """Open duties, the demands of companies apart from all others; named by kind where the words are confidential."""
    kind = Followup.kind == DutyKind.DEMAND
    secret = or_(Followup.confidential, func.coalesce(Project.confidential, False))
    words = case((secret, "（保密）"), else_=Followup.what)
    rows = db.session.execute(
        select(Followup.id, words, Followup.due_on)
        .outerjoin(Project, Project.id == Followup.project_id)
        .where(
            Followup.owner_id == user_id,
            _same(Followup.__table__.c.zone_id, zone_id),
            Followup.state == DutyState.OPEN,
            kind if demands else ~kind,
        )
        .order_by(Followup.due_on, Followup.id)
    )
    return [Held(id_, what, f"/followups/{id_}", f"{due.isoformat()} 到期") for id_, what, due in rows]


def assignments_of(user_id: int, zone_id: int | None, today: date) -> list[Held]:
    rows = db.session.execute(
        select(Assignment.id, Assignment.kind, Project.code, Project.name, Project.confidential)
        .join(Project, Project.id == Assignment.project_id)
        .where(
            Assignment.user_id == user_id,
            _same(Project.__table__.c.zone_id, zone_id),
            or_(Assignment.ends_on.is_(None), Assignment.ends_on > today),
        )
        .order_by(Assignment.id)
    )
    return [
        Held(id_, code if secret else f"{name}（{code}）", f"/projects/{code}?tab=people", kind.label)
        for id_, kind, code, name, secret in rows
    ]


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
    projects: int
    companies: int
    duties: int

    @property
    def holds(self) -> int:
        return self.projects + self.companies + self.duties


def people(zone_id: int | None, today: date) -> list[PersonRow]:
    """Everybody with a post in the zone now or before, who has left and still holds something first; one statement."""
    place = Unit.zone_id == zone_id if zone_id is not None else Unit.zone_id.is_(None)
    now = func.max(case((in_force(today), 1), else_=0))
    query = (
        select(User.id, User.login, User.name, func.max(Post.title), User.active, now, *_counts(zone_id))
        .join(Post, Post.user_id == User.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(place, Post.confirmed_at.is_not(None), Post.role.in_(_ROLES))
        .group_by(User.id, User.login, User.name, User.active)
    )
    found = [
        PersonRow(id_, login, name, title or "", active, bool(here) and active, *counts)
        for id_, login, name, title, active, here, *counts in db.session.execute(query)
    ]
    return sorted(found, key=lambda p: (p.here or not p.holds, p.here, p.name, p.id))


def _counts(zone_id: int | None) -> list[ColumnElement[int]]:
    wanted = (
        select(func.count(Project.id)).where(
            Project.owner_id == User.id,
            _same(Project.__table__.c.zone_id, zone_id),
            Project.status.in_(_LIVE),
        ),
        select(func.count(CompanyLink.id)).where(
            CompanyLink.owner_id == User.id, _same(CompanyLink.__table__.c.zone_id, zone_id)
        ),
        select(func.count(Followup.id)).where(
            Followup.owner_id == User.id,
            _same(Followup.__table__.c.zone_id, zone_id),
            Followup.state == DutyState.OPEN,
        ),
    )
    return [query.scalar_subquery() for query in wanted]


def person(user_id: int, zone_id: int | None, today: date) -> PersonRow:
    found = next((row for row in people(zone_id, today) if row.id == user_id), None)
    if found is None:
        raise NotFound()
    return found


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
