"""What an officer may carry on a device without network: names, posts and days, never a number, never a secret investor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Subquery,
    and_,
    cast,
    exists,
    func,
    not_,
    null,
    or_,
    select,
    union_all,
)

from crm.accounts.permissions import VISIT_LOG
from crm.companies.models import Company, CompanyLink, Contact
from crm.core import text
from crm.core.actor import Actor
from crm.core.db import db
from crm.followups import queries as duties
from crm.followups.models import Followup
from crm.followups.queries import FollowupRow
from crm.followups.rules import DutyState
from crm.projects import scope
from crm.projects.models import Project
from crm.projects.queries import choices
from crm.projects.rules import Status
from crm.settings import queries as settings
from crm.units.models import Leader
from crm.visits.models import Visit
from crm.visits.queries.around import people_before
from crm.visits.queries.offered import offered_occasions
from crm.visits.queries.scope import visible_to

#: A device is no copy of the register: so many rows of each kind and no more, the latest first.
MOST_COMPANIES, MOST_CONTACTS, MOST_PROJECTS, MOST_LEADERS = 400, 2000, 800, 80


@dataclass(frozen=True, slots=True)
class CarriedCompany:
    """`find` is what the company may be looked up by: names, pinyin and initials in lower case."""

    id: int
    name: str
    short: str
    find: str
    last_on: date | None


@dataclass(frozen=True, slots=True)
class CarriedContact:
    id: int
    company: int
    name: str
    post: str


@dataclass(frozen=True, slots=True)
class CarriedProject:
    id: int
    company: int
    name: str
    stage: str


@dataclass(frozen=True, slots=True)
class CarriedDuty:
    id: int
    part: str
    company: int | None
    company_name: str
    what: str
    due_on: date
    due_at: str
    kind: str


@dataclass(frozen=True, slots=True)
class Package:
    """`occasions` are what a visit may belong to, `again` (company, visit, people) whom one may tick as before."""

    today: date
    companies: Sequence[CarriedCompany]
    contacts: Sequence[CarriedContact]
    projects: Sequence[CarriedProject]
    duties: Sequence[CarriedDuty]
    owners: Sequence[tuple[int, str]]
    leaders: Sequence[tuple[str, str]]
    zones: Sequence[tuple[int, str]]
    occasions: Sequence[tuple[int, str]]
    again: Sequence[tuple[int, int, str]]


def package(actor: Actor, today: date) -> Package:
    """The actor's own companies of the last days, who is there, what is on there, and his day. A fixed number of statements."""
    since = today - timedelta(days=settings.value("offline_reach_days"))
    companies = _companies(actor, since)
    ids = [company.id for company in companies]
    # Above the zones one chooses where a visit belongs.
    zones = [(z.id, z.label) for z in choices.zones(actor)] if actor.zone_id is None else []
    return Package(
        today=today,
        companies=companies,
        contacts=_contacts(actor, ids),
        projects=_projects(actor, ids),
        duties=_duties(actor, today),
        owners=duties.owners_for(actor, actor.zone_id, today),
        leaders=_leaders(today),
        zones=zones,
        occasions=offered_occasions(actor, today, zone_id=actor.zone_id),
        again=people_before(actor, ids, since),
    )


def _secret_investor(company_id: ColumnElement[int] | ColumnElement[int | None]) -> ColumnElement[bool]:
    """Also for whoever may read it: a device that is lost tells nobody who negotiates in secret."""
    return exists(select(Project.id).where(Project.company_id == company_id, Project.confidential))


def _own(actor: Actor, since: date) -> Subquery:
    """(company, day) of what the actor did, owes or looks after."""
    visited = select(Visit.company_id.label("company_id"), Visit.happened_on.label("on")).where(
        Visit.created_by == actor.user_id,
        Visit.happened_on >= since,
        Visit.confidential.is_(False),
        visible_to(actor),
    )
    # Looked after or owed: without a day of its own it stands behind what was visited.
    no_day = cast(null(), Date)
    linked = select(CompanyLink.company_id, no_day).where(
        CompanyLink.owner_id == actor.user_id, CompanyLink.zone_id.is_not_distinct_from(actor.zone_id)
    )
    owed = select(Followup.company_id, no_day).where(
        Followup.owner_id == actor.user_id,
        Followup.state == DutyState.OPEN,
        Followup.company_id.is_not(None),
        Followup.confidential.is_(False),
        Followup.zone_id.is_not_distinct_from(actor.zone_id),
    )
    return union_all(visited, linked, owed).subquery()


def _companies(actor: Actor, since: date) -> list[CarriedCompany]:
    own = _own(actor, since)
    last = func.max(own.c.on).label("last_on")
    rows = db.session.execute(
        select(Company.id, Company.name, Company.short_name, last)
        .join(own, own.c.company_id == Company.id)
        .where(Company.merged_into_id.is_(None), not_(_secret_investor(Company.__table__.c.id)))
        .group_by(Company.id, Company.name, Company.short_name)
        .order_by(last.is_(None), last.desc(), Company.id)
        .limit(MOST_COMPANIES)
    )
    return [CarriedCompany(r.id, r.name, r.short_name, _find(r.name, r.short_name), r.last_on) for r in rows]


def _find(name: str, short: str) -> str:
    words = (name, short, text.pinyin_full(name), text.pinyin_initials(name), text.pinyin_full(short))
    return " ".join(dict.fromkeys(text.nfkc(word).lower() for word in words if word))


def _contacts(actor: Actor, company_ids: Sequence[int]) -> list[CarriedContact]:
    rows = db.session.execute(
        select(Contact.id, Contact.company_id, Contact.name, Contact.post)
        .where(
            Contact.company_id.in_(company_ids),
            Contact.zone_id.is_not_distinct_from(actor.zone_id),
            Contact.active,
        )
        .order_by(Contact.main.desc(), Contact.id)
        .limit(MOST_CONTACTS)
    )
    return [CarriedContact(*row) for row in rows]


def _projects(actor: Actor, company_ids: Sequence[int]) -> list[CarriedProject]:
    rows = db.session.execute(
        select(Project.id, Project.company_id, Project.name, Project.stage)
        .where(
            Project.company_id.in_(company_ids),
            Project.status == Status.ACTIVE,
            Project.confidential.is_(False),
            scope.visible_to(actor, VISIT_LOG),
        )
        .order_by(func.coalesce(Project.total_investment, 0).desc(), Project.id)
        .limit(MOST_PROJECTS)
    )
    return [CarriedProject(r.id, r.company_id or 0, r.name, r.stage.label) for r in rows]


def _duties(actor: Actor, today: date) -> list[CarriedDuty]:
    """The day as the page shows it, without what is secret."""
    day = duties.day_of(actor, today)
    parts: dict[str, Sequence[FollowupRow]] = {
        "late": day.late.rows,
        "today": day.today.rows,
        "week": day.week.rows,
    }
    shown = [row.id for rows in parts.values() for row in rows if not row.hidden]
    secret = set(db.session.scalars(_secret_duties(shown)))
    return [
        CarriedDuty(
            row.id,
            part,
            row.company_id,
            row.company or "",
            row.what,
            row.due_on,
            row.due_at,
            row.kind.label,
        )
        for part, rows in parts.items()
        for row in rows
        if not row.hidden and row.id not in secret
    ]


def _secret_duties(ids: Sequence[int]) -> Select[int]:
    project = exists(select(Project.id).where(Project.id == Followup.project_id, Project.confidential))
    investor = _secret_investor(Followup.__table__.c.company_id)
    return select(Followup.id).where(Followup.id.in_(ids), or_(Followup.confidential, project, investor))


def _leaders(today: date) -> list[tuple[str, str]]:
    """(name, title) of those in office, by rank: who comes along on a visit."""
    rows = db.session.execute(
        select(Leader.name, Leader.title)
        .where(and_(Leader.starts_on <= today, or_(Leader.ends_on.is_(None), Leader.ends_on >= today)))
        .order_by(Leader.rank_no, Leader.id)
        .limit(MOST_LEADERS)
    )
    return [(row.name, row.title) for row in rows]


@dataclass(frozen=True, slots=True)
class ClosedProject:
    name: str
    status: Status


def closed_projects(actor: Actor, ids: Sequence[int]) -> list[ClosedProject]:
    """Those of the projects that went out of work while somebody wrote about them."""
    rows = db.session.execute(
        select(Project.name, Project.status)
        .where(Project.id.in_(ids), Project.status != Status.ACTIVE, scope.visible_to(actor, VISIT_LOG))
        .order_by(Project.id)
    )
    return [ClosedProject(*row) for row in rows]
