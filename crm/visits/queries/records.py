"""What belongs to one visit, and what a new one may name: projects, our people, their people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, case, exists, func, or_, select

from crm.accounts.models import Post, User
from crm.accounts.permissions import VISIT_LOG
from crm.accounts.queries import in_force
from crm.companies.models import Company, Contact
from crm.core import memo
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.followups.models import Demand, Followup
from crm.projects import scope
from crm.projects.models import Project
from crm.projects.rules import Stage, Status
from crm.units.models import Leader, Unit
from crm.units.rules import LeaderLevel
from crm.visits.models import VisitOurs, VisitProject, VisitTheirs
from crm.visits.rules import Ours, Theirs


@dataclass(frozen=True, slots=True)
class ProjectRow:
    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One who took part. `note` is the rank of ours or the post of theirs; `phone_mask` is theirs."""

    id: int
    name: str
    note: str
    leads: bool = False
    phone_mask: str = ""
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class DemandDetail:
    """What a demand is about, the unit that has to answer and the leader who promised it, by code and id.

    `unit_name` is the unit as pages name it.
    """

    category: str
    unit: str | None
    leader: int | None
    unit_name: str | None


def demand_details(followup_ids: Sequence[int]) -> dict[int, DemandDetail]:
    """For duties that the caller has found in scope."""
    rows = db.session.execute(
        select(Followup.id, Followup.category, Unit.code, Demand.leader_id, Unit.short_name)
        .outerjoin(Unit, Unit.id == Followup.unit_id)
        .outerjoin(Demand, Demand.followup_id == Followup.id)
        .where(Followup.id.in_(followup_ids))
    )
    return {row[0]: DemandDetail(*row[1:]) for row in rows}


def projects_of(actor: Actor, visit_ids: Sequence[int]) -> dict[int, list[ProjectRow]]:
    """The projects each visit was about, of those the actor may see."""
    rows = db.session.execute(
        select(VisitProject.visit_id, Project.id, Project.code, Project.name)
        .join(Project, Project.id == VisitProject.project_id)
        .where(VisitProject.visit_id.in_(visit_ids), scope.visible_to(actor))
        .order_by(VisitProject.visit_id, Project.id)
    )
    found: dict[int, list[ProjectRow]] = {}
    for visit_id, project_id, code, name in rows:
        found.setdefault(visit_id, []).append(ProjectRow(project_id, code, name))
    return found


def ours_of(visit_id: int) -> list[PersonRow]:
    rows = db.session.execute(
        select(VisitOurs.id, VisitOurs.name, VisitOurs.level, VisitOurs.leads)
        .where(VisitOurs.visit_id == visit_id)
        .order_by(VisitOurs.id)
    )
    return [PersonRow(r.id, r.name, r.level.label if r.level else "", r.leads) for r in rows]


def theirs_of(visit_id: int) -> list[PersonRow]:
    """Masked; the number itself leaves only by `actions.reveal`."""
    rows = db.session.execute(
        select(
            VisitTheirs.id, VisitTheirs.name, VisitTheirs.post, VisitTheirs.phone_mask, VisitTheirs.contact_id
        )
        .where(VisitTheirs.visit_id == visit_id)
        .order_by(VisitTheirs.id)
    )
    return [PersonRow(r.id, r.name, r.post, False, r.phone_mask, r.contact_id) for r in rows]


def people_again(visit_id: int) -> tuple[tuple[Ours, ...], tuple[Theirs, ...]]:
    """Who took part in a visit, as one would name them again for the next; numbers stay with the contacts."""
    ours = db.session.execute(
        select(VisitOurs.name, VisitOurs.user_id, VisitOurs.leader_id, VisitOurs.level)
        .where(VisitOurs.visit_id == visit_id)
        .order_by(VisitOurs.id)
    )
    theirs = db.session.execute(
        select(VisitTheirs.name, VisitTheirs.post, VisitTheirs.contact_id, Contact.active)
        .outerjoin(Contact, Contact.id == VisitTheirs.contact_id)
        .where(VisitTheirs.visit_id == visit_id)
        .order_by(VisitTheirs.id)
    )
    return (
        # By name, so that a leader is found in the office he holds on the new day.
        tuple(Ours(row.name, level=row.level) for row in ours),
        tuple(Theirs(r.name, r.post, contact_id=r.contact_id if r.active else None) for r in theirs),
    )


def their_person(visit_id: int, person_id: int) -> VisitTheirs:
    found = db.session.scalar(
        select(VisitTheirs).where(VisitTheirs.id == person_id, VisitTheirs.visit_id == visit_id)
    )
    if found is None:
        raise NotFound()
    return found


# --- what a new visit may name ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfferedProject:
    """A live project of a company that the actor may log a visit for; `amount` in 万元."""

    id: int
    code: str
    name: str
    amount: Decimal | None
    stage: Stage
    zone_id: int | None
    company_id: int | None
    confidential: bool


def _project_columns(actor: Actor) -> tuple[Any, ...]:
    """`company_id` is None where the project is confidential to the actor: a visit of his would name the investor."""
    return (
        Project.id,
        Project.code,
        Project.name,
        Project.total_investment,
        Project.stage,
        Project.zone_id,
        case((scope.discloses_investor(actor), Project.company_id), else_=None),
        Project.confidential,
    )


def projects_of_company(actor: Actor, company_id: int) -> list[OfferedProject]:
    """Live projects of a company within the reach of logging visits, the largest first."""
    rows = db.session.execute(
        select(*_project_columns(actor))
        .where(
            Project.company_id == company_id,
            Project.status == Status.ACTIVE,
            scope.visible_to(actor, VISIT_LOG),
            scope.discloses_investor(actor),
        )
        .order_by(func.coalesce(Project.total_investment, 0).desc(), Project.id)
        .limit(20)
    )
    return [OfferedProject(*row) for row in rows]


def projects_named(actor: Actor, ids: Sequence[int]) -> list[OfferedProject]:
    """Those of the ids that the actor may log a visit for."""
    rows = db.session.execute(
        select(*_project_columns(actor))
        .where(Project.id.in_(ids), scope.visible_to(actor, VISIT_LOG))
        .order_by(Project.id)
    )
    return [OfferedProject(*row) for row in rows]


def project_by_code(actor: Actor, code: str) -> OfferedProject | None:
    row = db.session.execute(
        select(*_project_columns(actor)).where(Project.code == code, scope.visible_to(actor, VISIT_LOG))
    ).one_or_none()
    return OfferedProject(*row) if row else None


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """What a visit needs to know of a company, and no more: every visit that is logged reads it."""

    id: int
    name: str
    short_name: str


_firm, _merged = Company.__table__.c, Company.__table__.alias("merged")
_asked = bindparam("company_id", type_=Integer)
_COMPANY = select(_firm.id, _firm.name, _firm.short_name).where(
    _firm.id
    == func.coalesce(
        select(_merged.c.merged_into_id).where(_merged.c.id == _asked).scalar_subquery(),
        _asked,
    )
)


def company(company_id: int) -> CompanyRow | None:
    """A company of the register; one that was merged stands for the company that took it over. Read once a request."""
    return memo.once(f"visits.company.{company_id}", lambda: _company(company_id))


def _company(company_id: int) -> CompanyRow | None:
    row = db.session.execute(_COMPANY, {"company_id": company_id}).one_or_none()
    return CompanyRow(*row) if row else None


def contacts_of(company_id: int, zone_id: int | None) -> list[Contact]:
    """The contacts that one zone (or the city, None) has at a company, the main one first."""
    return list(
        db.session.scalars(
            select(Contact)
            .where(
                Contact.company_id == company_id,
                Contact.zone_id.is_not_distinct_from(zone_id),
                Contact.active,
            )
            .order_by(Contact.main.desc(), Contact.id)
            .limit(50)
        )
    )


@dataclass(frozen=True, slots=True)
class OurPerson:
    """A leader in force on a day, or a user with a post."""

    name: str
    title: str
    leader_id: int | None = None
    user_id: int | None = None
    level: LeaderLevel | None = None


def leaders_on(day: date, *, ids: Sequence[int] = (), names: Sequence[str] = ()) -> list[OurPerson]:
    """Leaders in office on a day, by rank; an id also finds the row of the same person that was in force then."""
    wanted: list[ColumnElement[bool]] = [Leader.id.in_(ids), Leader.name.in_(names)]
    if ids:
        wanted.append(Leader.name.in_(select(Leader.name).where(Leader.id.in_(ids))))
    rows = db.session.execute(
        select(Leader.name, Leader.title, Leader.id, Leader.user_id, Leader.level)
        .where(or_(*wanted), in_office(day))
        .order_by(Leader.rank_no, Leader.id)
        .limit(20)
    )
    return [OurPerson(*row) for row in rows]


def in_office(day: date) -> ColumnElement[bool]:
    return and_(Leader.starts_on <= day, or_(Leader.ends_on.is_(None), Leader.ends_on >= day))


def users_of_ours(
    actor: Actor, day: date, *, ids: Sequence[int] = (), names: Sequence[str] = ()
) -> list[OurPerson]:
    """Users of the actor's zone or unit with a post in force on a day."""
    rows = db.session.execute(
        select(User.name, User.id)
        .where(or_(User.id.in_(ids), User.name.in_(names)), colleague(actor, day))
        .order_by(case((User.id == actor.user_id, 0), else_=1), User.name, User.id)
        .limit(20)
    )
    return [OurPerson(row.name, "", user_id=row.id) for row in rows]


def colleague(actor: Actor, day: date) -> ColumnElement[bool]:
    """A user who is the actor, or works in his zone or unit on a day."""
    place: ColumnElement[bool] = Unit.id == actor.unit_id
    if actor.zone_id is not None:
        place = or_(place, Unit.zone_id == actor.zone_id, Unit.id == actor.zone_id)
    if actor.county_id is not None and actor.zone_id is None:
        place = or_(place, Unit.county_id == actor.county_id)
    holds = and_(
        Post.user_id == User.id,
        Post.unit_id == Unit.id,
        in_force(day),
    )
    return and_(User.active, or_(User.id == actor.user_id, exists().where(holds, place)))
