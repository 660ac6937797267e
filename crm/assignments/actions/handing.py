"""Handing over: everything somebody holds goes to colleagues in one transaction, each part by its own feature's verb."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Select, select

from crm.accounts.models import User
from crm.accounts.permissions import ASSIGN
from crm.assignments import queries, rules
from crm.assignments.actions.assigning import assign, end
from crm.assignments.models import Assignment, Handover, HandoverItem
from crm.assignments.rules import AssignmentDraft, Held, Part, Wish
from crm.audit import actions as audit
from crm.companies import actions as companies
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken
from crm.followups import actions as followups
from crm.notices import actions as notices
from crm.projects import actions as projects
from crm.projects import queries as project_queries
from crm.projects.models import Project


@dataclass(frozen=True, slots=True)
class Handing:
    """One part: all things of it in a zone and whose they are (see `queries.held`), one of them, and how some are given away."""

    things: Callable[[int | None], Select[*tuple[Any, ...]]]
    row: Callable[..., Held]
    give: Callable[[Actor, Sequence[int], int], None]


def _give_projects(actor: Actor, ids: Sequence[int], to: int) -> None:
    today = clock.today()
    for project in db.session.scalars(select(Project).where(Project.id.in_(ids)).order_by(Project.id)):
        projects.set_owner(actor, project, to, today)


def _give_assignments(actor: Actor, ids: Sequence[int], to: int) -> None:
    """The colleague takes over today; the term that ends was yesterday's, or today's where it began today."""
    today = clock.today()
    rows = db.session.execute(
        select(Assignment, Project)
        .join(Project, Project.id == Assignment.project_id)
        .where(Assignment.id.in_(ids))
        .order_by(Assignment.id)
    )
    for made, project in list(rows):
        last, until = max(made.starts_on, today - timedelta(days=1)), made.ends_on
        end(actor, project, made, last)
        start = max(today, made.starts_on)
        assign(actor, project, AssignmentDraft(made.kind, start, user_id=to, ends_on=until), today)


_HANDINGS: dict[Part, Handing] = {
    Part.PROJECTS: Handing(queries.projects_held, queries.project_row, _give_projects),
    Part.COMPANIES: Handing(queries.companies_held, queries.company_row, companies.give_links),
    Part.FOLLOWUPS: Handing(partial(queries.duties_held, demands=False), queries.duty_row, followups.give),
    Part.DEMANDS: Handing(partial(queries.duties_held, demands=True), queries.duty_row, followups.give),
    Part.ASSIGNMENTS: Handing(
        lambda zone: queries.assignments_held(zone, clock.today()), queries.assignment_row, _give_assignments
    ),
}


def hands(part: Part, handing: Handing) -> None:
    """Called once by an edge for a part whose feature this one may not know."""
    _HANDINGS[part] = handing


def things(zone_id: int | None) -> Mapping[Part, Select[*tuple[Any, ...]]]:
    """Everything that somebody may hold in the zone, in the order of the sheet."""
    return {part: _HANDINGS[part].things(zone_id) for part in Part if part in _HANDINGS}


def held(person_id: int, zone_id: int | None) -> Mapping[Part, Sequence[Held]]:
    """Everything the person holds in the zone; parts with nothing are there too."""
    return {
        part: queries.held(each, _HANDINGS[part].row, person_id) for part, each in things(zone_id).items()
    }


def hand_over(
    actor: Actor, person_id: int, zone_id: int | None, wish: Wish, note: str, now: datetime
) -> Handover:
    """Moves what the person holds as `wish` says. All of it or nothing, with a record that names each thing."""
    actor.require(ASSIGN)
    if actor.zone_id is not None and actor.zone_id != zone_id:
        raise Forbidden()
    today = clock.local(now).date()
    colleagues = {person.id for person in project_queries.colleagues(zone_id, today)}
    rules.check_hand_over(person_id, wish, note, colleagues)
    mine = held(person_id, zone_id)
    rules.check_still_held(wish, mine)
    shares = wish.shares(mine)
    if not shares:
        raise RuleBroken("选中的几类里没有可移交的。请刷新后再看。")
    made = Handover(
        zone_id=zone_id, person_id=person_id, note=note.strip(), made_by=actor.user_id, made_at=now
    )
    db.session.add(made)
    db.session.flush()
    for part, by_person in shares.items():
        for to, share in by_person.items():
            _HANDINGS[part].give(actor, [one.id for one in share], to)
            db.session.add_all(_item(made, part, one, to) for one in share)
    db.session.flush()
    _told(actor, made, shares)
    return made


def _item(made: Handover, part: Part, one: Held, to: int) -> HandoverItem:
    return HandoverItem(
        handover_id=made.id, part=part, subject_id=one.id, label=one.label[:300], url=one.url,
        note=one.note[:120], to_user_id=to,
    )  # fmt: skip


def _told(actor: Actor, made: Handover, shares: Mapping[Part, Mapping[int, Sequence[Held]]]) -> None:
    """One line in the audit, and one message for each who receives something."""
    person = db.session.get_one(User, made.person_id)
    counts = {part: {to: len(share) for to, share in by_person.items()} for part, by_person in shares.items()}
    words = "，".join(f"{part.label}{sum(by_person.values())}" for part, by_person in counts.items())
    about = audit.Subject("handover", made.id, f"{person.name}（{person.login}）的移交", made.zone_id)
    audit.record(actor, "handover.made", about, note=words)
    for user_id in dict.fromkeys(to for by_person in counts.values() for to in by_person):
        mine = "，".join(f"{part.label}{c[user_id]}" for part, c in counts.items() if user_id in c)
        if user_id != actor.user_id:
            text = f"{person.name}的工作移交给您：{mine}。请看移交说明。"
            notices.send(user_id, "handover", text, f"/assignments/handovers/{made.id}")
