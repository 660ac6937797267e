"""What tests build their cases from: the builders that also fill the demo, a world of people, and rows of later features."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.accounts import queries, tokens
from crm.accounts.models import User
from crm.accounts.rules import TokenScope
from crm.chains.models import ChainNode
from crm.companies.models import Company, CompanyLink
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.demo.factories import (
    PASSWORD,
    PEOPLE,
    Person,
    account,
    company,
    numbers,
    project,
    reference,
    unit,
    zone,
)
from crm.followups.models import Followup
from crm.followups.rules import DutyKind, DutyState
from crm.pipeline.models import Milestone, Recognition
from crm.pipeline.rules import AgreementKind, MilestoneKind, MilestoneState
from crm.projects.models import Attachment, Project
from crm.projects.rules import AttachmentKind, Capital
from crm.targeting.models import Target
from crm.units.models import Leader
from crm.units.rules import LeaderLevel
from crm.visits.models import Occasion, OccasionOurs, StationDay, Visit, VisitProject
from crm.visits.rules import Mode, OccasionKind
from crm.zones.models import Plan, Quota

__all__ = [
    "PASSWORD",
    "PEOPLE",
    "Person",
    "World",
    "account",
    "company",
    "project",
    "reference",
    "unit",
    "zone",
]


def people() -> dict[str, User]:
    """The demo accounts by login. A test's database holds them from the beginning: made for every test, they took most of
    the time of a small one."""
    known = db.session.scalars(
        select(User).where(User.login.in_([person.login for person in PEOPLE])).order_by(User.id)
    ).all()
    if not known:
        known = [account(person) for person in PEOPLE]
        db.session.flush()
    return {user.login: user for user in known}


class World:
    """A test's world: every role's user and actor, browsers and tokens for them, and the builders above."""

    company = staticmethod(company)
    project = staticmethod(project)
    zone = staticmethod(zone)
    unit = staticmethod(unit)

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.users = people()
        self.today = clock.today()

    def actor(self, login: str) -> Actor:
        actor = queries.actor_by_login(login, self.today)
        assert actor is not None, login
        return actor

    def client(self, login: str) -> FlaskClient:
        """A browser already signed in; use the login page itself where signing in is what is tested."""
        user = queries.user_by_login(login)
        assert user is not None, login
        browser = self.app.test_client()
        now = int(clock.now().timestamp())
        with browser.session_transaction() as session:
            session.update(
                {"_user_id": f"{user.id}:{user.session_epoch}", "_fresh": True, "started": now, "seen": now}
            )
        return browser

    def token(self, login: str, scope: TokenScope = TokenScope.WRITE) -> dict[str, str]:
        """Headers of an API call as that person."""
        user = queries.user_by_login(login)
        assert user is not None, login
        post = queries.posts_of(user.id, self.today)[0]
        secret = tokens.make(user, post.id, scope, None)
        db.session.commit()
        return {"Authorization": f"Bearer {secret}"}


# --- quotas and weekly -----------------------------------------------------------------------------


def quota_plan(year: int, **values: Any) -> Plan:
    """A plan of one year with the quotas of the shipped plan (2 × ≥100亿 and so on)."""
    shipped = db.session.scalars(select(Plan).where(Plan.code == "LYG-2022-2025")).one()
    made = Plan(
        code=f"LYG-{year}-{next(numbers)}",
        title=f"{year}年方案",
        first_year=year,
        last_year=values.pop("last_year", year),
        **values,
    )
    db.session.add(made)
    db.session.flush()
    for quota in db.session.scalars(
        select(Quota).where(Quota.plan_id == shipped.id, Quota.year == shipped.last_year)
    ).all():
        for each in range(made.first_year, made.last_year + 1):
            terms = {
                k: getattr(quota, k)
                for k in ("zone_id", "threshold", "threshold_usd", "target", "wording", "to_confirm")
            }
            db.session.add(Quota(plan_id=made.id, year=each, **terms))
    db.session.flush()
    return made


def milestone(project: Project, kind: MilestoneKind = MilestoneKind.SIGNED, **values: Any) -> Milestone:
    """A milestone as it stands after submission; 待认定 unless another state is given."""
    state = values.pop("state", MilestoneState.PENDING)
    on = values.pop("happened_on", clock.today())
    made = Milestone(
        project_id=project.id,
        kind=kind,
        state=state,
        happened_on=on,
        submitted_at=values.pop("submitted_at", clock.now()),
        **values,
    )
    if kind is MilestoneKind.SIGNED and made.agreement_kind is None:
        made.agreement_kind = AgreementKind.INVESTMENT
    db.session.add(made)
    db.session.flush()
    return made


def recognised(
    project: Project, on: date, kind: MilestoneKind = MilestoneKind.SIGNED, **values: Any
) -> Recognition:
    """A recognition dated `on`, freezing the project's own figures unless others are given; its milestone is made along."""
    known = db.session.scalar(
        select(Milestone).where(Milestone.project_id == project.id, Milestone.kind == kind)
    )
    nine = datetime.combine(on, time(9), clock.CITY)
    # Before nine in the morning what is dated today has been recognised already.
    at = values.pop("recognised_at", None) or (min(nine, clock.now()) if on == clock.today() else nine)
    stone = known or milestone(project, kind, happened_on=on, submitted_at=at, created_at=at)
    stone.state, stone.decided_at = MilestoneState.RECOGNISED, at
    frozen = {
        "capital": project.capital or Capital.DOMESTIC,
        "amount": project.total_investment,
        "amount_usd": project.total_investment_usd,
        "fixed": project.fixed_investment,
        "zone_id": project.zone_id,
        "happened_on": on,
    }
    made = Recognition(
        milestone_id=stone.id,
        project_id=project.id,
        kind=kind,
        statistical_on=on,
        recognised_at=at,
        **(frozen | values),
    )
    db.session.add(made)
    db.session.flush()
    return made


# --- pipeline and assignments -----------------------------------------------------------------------


def attachment(project: Project, kind: AttachmentKind, filename: str = "") -> Attachment:
    """The row of a file of a project; no content stands behind it."""
    made = Attachment(
        project_id=project.id,
        kind=kind,
        filename=filename or f"{kind.value}.pdf",
        media_type="application/pdf",
        size=1024,
        sha256=f"{next(numbers):064x}",
    )
    db.session.add(made)
    db.session.flush()
    return made


def leader(
    unit_code: str, name: str, title: str, level: LeaderLevel = LeaderLevel.COUNTY_MAIN, rank_no: int = 10
) -> Leader:
    made = Leader(
        name=name,
        title=title,
        level=level,
        unit_id=unit(unit_code).id,
        rank_no=rank_no,
        starts_on=date(2022, 1, 1),
    )
    db.session.add(made)
    db.session.flush()
    return made


# --- visits and followups ---------------------------------------------------------------------------


def visit(
    author: User,
    investor: Company,
    projects: Sequence[Project] = (),
    *,
    zone_code: str | None = "LYG-ETDZ",
    **values: Any,
) -> Visit:
    """A visit as it stands after logging, without what it causes."""
    made = Visit(
        client_id=values.pop("client_id", str(uuid.uuid4())),
        zone_id=zone(zone_code).id if zone_code else None,
        company_id=investor.id,
        happened_on=values.pop("happened_on", clock.today()),
        mode=values.pop("mode", Mode.OUTBOUND),
        summary=values.pop("summary", "介绍园区蒸汽和岸线条件，对方要三年价格口径"),
        created_by=author.id,
        **values,
    )
    db.session.add(made)
    db.session.flush()
    db.session.add_all([VisitProject(visit_id=made.id, project_id=p.id) for p in projects])
    db.session.flush()
    return made


def occasion(
    author: User, kind: OccasionKind = OccasionKind.TRIP, *, zone_code: str | None = "LYG-ETDZ", **values: Any
) -> Occasion:
    """A trip, a reception or an event of one day with its author as the team; no visits."""
    day = values.pop("starts_on", clock.today())
    made = Occasion(
        client_id=values.pop("client_id", str(uuid.uuid4())),
        kind=kind,
        zone_id=zone(zone_code).id if zone_code else None,
        title=values.pop("title", "赴深圳拜访企业"),
        place=values.pop("place", "深圳"),
        starts_on=day,
        ends_on=values.pop("ends_on", day),
        created_by=author.id,
        **values,
    )
    db.session.add(made)
    db.session.flush()
    db.session.add(
        OccasionOurs(occasion_id=made.id, user_id=author.id, name=author.name, title="招商专员", leads=True)
    )
    db.session.flush()
    return made


def station_day(user: User, day: date, *, zone_code: str = "LYG-ETDZ", **values: Any) -> StationDay:
    """A day on station in Shanghai."""
    made = StationDay(
        user_id=user.id,
        zone_id=zone(zone_code).id,
        station=values.pop("station", "上海"),
        day=day,
        created_by=user.id,
        **values,
    )
    db.session.add(made)
    db.session.flush()
    return made


def followup(
    owner: User | None,
    investor: Company | None = None,
    about: Project | None = None,
    *,
    zone_code: str | None = "LYG-ETDZ",
    **values: Any,
) -> Followup:
    """A duty; open unless another state is given."""
    due_on = values.pop("due_on", clock.today())
    state = values.pop("state", DutyState.OPEN)
    made = Followup(
        what=values.pop("what", "报送蒸汽价格"),
        kind=values.pop("kind", DutyKind.FOLLOWUP),
        state=state,
        zone_id=zone(zone_code).id if zone_code else None,
        company_id=investor.id if investor else (about.company_id if about else None),
        project_id=about.id if about else None,
        owner_id=owner.id if owner else None,
        created_by=values.pop("created_by", owner.id if owner else None),
        due_on=due_on,
        first_due_on=values.pop("first_due_on", due_on),
        closed_at=values.pop("closed_at", None if state is DutyState.OPEN else clock.now()),
        **values,
    )
    db.session.add(made)
    db.session.flush()
    return made


# --- targets ----------------------------------------------------------------------------------------


def target(
    company: Company, node_code: str | None = "PETRO-0201", zone_code: str | None = "LYG-ETDZ", **values: Any
) -> Target:
    """A target as it stands, with the zone's link to the company; `node_code` None waits for its node."""
    zone_id = zone(zone_code).id if zone_code else None
    link = db.session.scalar(
        select(CompanyLink).where(
            CompanyLink.company_id == company.id, CompanyLink.zone_id.is_not_distinct_from(zone_id)
        )
    )
    if link is None:
        link = CompanyLink(company_id=company.id, zone_id=zone_id)
        db.session.add(link)
        db.session.flush()
    node_id = (
        db.session.scalars(select(ChainNode.id).where(ChainNode.code == node_code)).one()
        if node_code
        else None
    )
    if values.get("progress") is LinkProgress.GIVEN_UP:
        values.setdefault("given_up_reason", "外省扩产")
    made = Target(
        company_id=company.id, node_id=node_id, zone_id=zone_id, progress_on=clock.today(), **values
    )
    db.session.add(made)
    if values.get("progress"):
        link.progress = values["progress"]
    db.session.flush()
    return made
