"""An officer who left: some of what he held was handed over, some still waits under a disabled account."""

from datetime import date, timedelta

from sqlalchemy import select

from crm.accounts.models import Post, User
from crm.assignments.models import Handover, HandoverItem
from crm.assignments.rules import Part
from crm.companies.models import CompanyLink
from crm.core.actor import Role
from crm.core.db import db
from crm.demo import factories
from crm.demo.factories import Person
from crm.demo.ledger import moment
from crm.demo.people import Cast
from crm.projects.models import Project
from crm.projects.rules import Status

_ZONE = "LYG-ETDZ"
_LEFT = 9


def write(cast: Cast, today: date) -> None:
    """Holds two projects and a few companies still; three projects went over when he left."""
    person = Person("etdz-left", "沈望舒", Role.OFFICER, _ZONE, "招商专员（已调离）")
    user = db.session.scalar(select(User).where(User.login == person.login)) or factories.account(person)
    db.session.flush()
    left_on = today - timedelta(days=_LEFT)
    user.active = False
    for post in db.session.scalars(select(Post).where(Post.user_id == user.id)):
        post.starts_on, post.ends_on = min(post.starts_on, left_on), left_on
    zone_id, officer = cast.zones[_ZONE].id, cast.users["officer"]
    projects = db.session.scalars(
        select(Project)
        .where(
            Project.zone_id == zone_id,
            Project.owner_id == officer,
            Project.status == Status.ACTIVE,
            Project.confidential.is_(False),
        )
        .order_by(Project.total_investment, Project.id)
        .limit(5)
    ).all()
    for project in projects[:2]:
        project.owner_id = user.id
    links = select(CompanyLink).where(CompanyLink.zone_id == zone_id, CompanyLink.owner_id == officer)
    for link in db.session.scalars(links.order_by(CompanyLink.id).limit(4)):
        link.owner_id = user.id
    made = Handover(
        zone_id=zone_id, person_id=user.id, note="三个项目都已见过投资方主要负责人，下一步是选址。联系人见企业页。",
        made_by=cast.users["chief"], made_at=moment(left_on),
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    db.session.add_all(
        HandoverItem(
            handover_id=made.id, part=Part.PROJECTS, subject_id=project.id, label=f"{project.name}（{project.code}）",
            url=f"/projects/{project.code}", note=project.stage.label, to_user_id=officer,
        )
        for project in projects[2:]
    )  # fmt: skip
    db.session.flush()
