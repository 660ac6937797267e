"""What somebody should know of a company before writing down a visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from crm.companies.models import Contact
from crm.core.actor import Actor
from crm.core.db import db
from crm.followups import queries as duties
from crm.followups.queries import FollowupRow
from crm.followups.rules import DutyKind
from crm.visits.models import Visit, VisitTheirs
from crm.visits.queries.listing import VisitRow, of_company
from crm.visits.queries.records import (
    CompanyRow,
    OfferedProject,
    company,
    contacts_of,
    people_again,
    projects_of_company,
)
from crm.visits.queries.scope import discloses, visible_to


@dataclass(frozen=True, slots=True)
class About:
    """`again` names the people of the last visit in words, for one tap. `names` are what the company may be written as; `visits` and `people` count what the actor may see."""

    id: int
    name: str
    names: tuple[str, ...]
    projects: Sequence[OfferedProject]
    contacts: Sequence[Contact]
    last: VisitRow | None
    visits: int
    people: int
    duties: Sequence[FollowupRow]
    again: str = ""

    @property
    def demands(self) -> Sequence[FollowupRow]:
        return [row for row in self.duties if row.kind is DutyKind.DEMAND]

    def mine(self, actor: Actor) -> Sequence[FollowupRow]:
        """Open duties of the actor's own that this visit may complete."""
        return [row for row in self.duties if row.owner_id == actor.user_id]


def names_of(company: CompanyRow | None) -> tuple[str, ...]:
    """What a company may be written as; empty for what is no company."""
    return tuple(name for name in (company.name, company.short_name) if name) if company else ()


def about(actor: Actor, company_id: int, today: date) -> About | None:
    """None for what is no company. A fixed number of statements."""
    found = company(company_id)
    if found is None:
        return None
    visits, people = _met(actor, found.id)
    last = of_company(actor, found.id, most=1)
    return About(
        id=found.id,
        name=found.short_name or found.name,
        names=names_of(found),
        projects=projects_of_company(actor, found.id),
        contacts=contacts_of(found.id, actor.zone_id),
        last=last[0] if last else None,
        visits=visits,
        people=people,
        duties=duties.of_company(actor, found.id, today, open_only=True, most=20),
        again=_again(last[0].id) if last else "",
    )


def _again(visit_id: int) -> str:
    """钟明远、陈思远；罗知衡: who took part in a visit."""
    sides = ("、".join(person.name for person in side) for side in people_again(visit_id))
    return "；".join(side for side in sides if side)


def _met(actor: Actor, company_id: int) -> tuple[int, int]:
    """(visits, different people met) of a company, of what the actor may read: a count would betray a hidden visit."""
    row = db.session.execute(
        select(func.count(Visit.id.distinct()), func.count(VisitTheirs.name.distinct()))
        .select_from(Visit)
        .outerjoin(VisitTheirs, VisitTheirs.visit_id == Visit.id)
        .where(Visit.company_id == company_id, visible_to(actor), discloses(actor))
    ).one()
    return row[0], row[1]
