"""Two years of visits, and the duties around today."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from crm.companies.models import Contact
from crm.core import clock
from crm.core.db import db
from crm.demo import bulk
from crm.demo.deals import Deal
from crm.demo.ledger import moment
from crm.demo.people import Cast
from crm.demo.words import DEMANDS, NEXT_STEPS, SUMMARIES
from crm.followups.models import Followup
from crm.followups.rules import DutyKind, DutyState
from crm.projects.rules import Stage, Status
from crm.settings import queries as settings
from crm.units.models import Leader
from crm.units.rules import LeaderLevel
from crm.visits.models import Visit, VisitOurs, VisitProject, VisitTheirs
from crm.visits.rules import Mode

_MODES = (
    Mode.OUTBOUND,
    Mode.OUTBOUND,
    Mode.INBOUND,
    Mode.INBOUND,
    Mode.PHONE,
    Mode.PHONE,
    Mode.VIDEO,
    Mode.EVENT,
    Mode.STATIONED,
)
_PLACES = {
    Mode.OUTBOUND: "对方总部",
    Mode.INBOUND: "管委会第二会议室",
    Mode.EVENT: "产业对接会",
    Mode.STATIONED: "驻点办公室",
}
_HOURS = ("09:30", "10:00", "11:30", "14:00", "15:30", "16:00", "")


def write(random: Random, cast: Cast, pairs: Sequence[tuple[int, Deal]], today: date) -> None:
    """`pairs` are (project id, deal)."""
    plans = [(p, d, day) for p, d in pairs for day in _days(random, d, today)]
    now = clock.local(clock.now())
    visits = bulk.add_with_ids(Visit, [_visit(random, d, day, now) for _, d, day in plans])
    bulk.add(
        VisitProject, [{"visit_id": v, "project_id": p} for v, (p, _, _) in zip(visits, plans, strict=True)]
    )
    _people(random, cast, visits, plans)
    bulk.add(Followup, _duties(random, pairs, today))
    bulk.add(Followup, _demands(random, visits, plans, today))


def _days(random: Random, deal: Deal, today: date) -> list[date]:
    """The last contact lies `quiet` days back; earlier ones between the start and it."""
    last = today - timedelta(days=deal.quiet)
    if last < deal.started or (deal.stage is Stage.LEAD and random.random() < 0.5):
        return []
    span = (last - deal.started).days
    earlier = {
        deal.started + timedelta(days=random.randrange(0, span))
        for _ in range(random.randrange(0, 6))
        if span > 0
    }
    return sorted(earlier | {last})


def _hour(random: Random, day: date, now: datetime) -> str:
    """A visit of today names no hour that is still to come."""
    hour = random.choice(_HOURS)
    return "" if day == now.date() and hour > f"{now:%H:%M}" else hour


def _visit(random: Random, deal: Deal, day: date, now: datetime) -> dict[str, Any]:
    mode = random.choice(_MODES)
    return {
        "client_id": str(uuid.UUID(int=random.getrandbits(128), version=4)), "zone_id": deal.zone_id, "company_id": deal.firm.id,
        "happened_on": day, "starts_at": _hour(random, day, now), "mode": mode, "place": _PLACES.get(mode, ""),
        "summary": random.choice(SUMMARIES), "confidential": deal.confidential, "is_demo": True, "created_by": deal.owner,
        "created_at": moment(day, 400), "updated_at": moment(day, 400),
    }  # fmt: skip


def _people(random: Random, cast: Cast, visits: list[int], plans: list[tuple[int, Deal, date]]) -> None:
    ours, theirs = [], []
    leaders = [leader for group in cast.leaders.values() for leader in group[:1]]
    called: dict[int, str] = {id_: name for id_, name in db.session.execute(select(Leader.id, Leader.name))}
    met = {
        row.id: row
        for row in db.session.execute(select(Contact.id, Contact.name, Contact.post, Contact.phone_mask))
    }
    for visit_id, (_, deal, _) in zip(visits, plans, strict=True):
        ours.append(_one(visit_id, cast.names[deal.owner], user=deal.owner))
        if random.random() < 0.2:
            leader = random.choice(leaders)
            ours.append(_one(visit_id, called[leader], leader=leader, leads=True))
        for contact in deal.firm.contacts[:1]:
            theirs.append(
                {
                    "visit_id": visit_id,
                    "contact_id": contact,
                    "name": met[contact].name,
                    "post": met[contact].post,
                    "phone_mask": met[contact].phone_mask,
                }
            )
    bulk.add(VisitOurs, ours)
    bulk.add(VisitTheirs, theirs)


def _one(
    visit_id: int, name: str, *, user: int | None = None, leader: int | None = None, leads: bool = False
) -> dict[str, Any]:
    level = LeaderLevel.COUNTY_MAIN if leader else None
    return {
        "visit_id": visit_id,
        "user_id": user,
        "leader_id": leader,
        "name": name,
        "level": level,
        "leads": leads,
    }


def _duties(random: Random, pairs: Sequence[tuple[int, Deal]], today: date) -> list[dict[str, Any]]:
    """An open follow-up for most living projects, and what was done before."""
    calendar = settings.calendar()
    rows = []
    for project_id, deal in pairs:
        if deal.status is not Status.ACTIVE or deal.stage.order > Stage.STARTED.order:
            continue
        if deal.headline or random.random() < 0.75:
            due = calendar.working_day_from(today + timedelta(days=deal.due))
            rows.append(_duty(random, project_id, deal, today, due, None))
        for _ in range(random.randrange(0, 3)):
            day = today - timedelta(days=random.randrange(10, 200))
            if day > deal.started:
                rows.append(_duty(random, project_id, deal, today, calendar.working_day_from(day), day))
    return rows


def _duty(
    random: Random, project_id: int, deal: Deal, today: date, due: date, done: date | None
) -> dict[str, Any]:
    """Noted ten days before it is due; what is due later than that was noted today."""
    postponed, noted = 0 if done else random.choice((0, 0, 0, 1, 2)), min(due - timedelta(days=10), today)
    return {
        "kind": DutyKind.FOLLOWUP, "state": DutyState.DONE if done else DutyState.OPEN, "what": random.choice(NEXT_STEPS),
        "category": "", "zone_id": deal.zone_id, "company_id": deal.firm.id, "project_id": project_id, "owner_id": deal.owner,
        "due_on": due, "due_at": random.choice(_HOURS), "first_due_on": due - timedelta(days=7 * postponed), "postponed": postponed,
        "postpone_reason": "对方出差，改期" if postponed else "", "answer": "已办" if done else "", "origin": "",
        "closed_at": moment(done, 500) if done else None, "closed_by_user": deal.owner if done else None, "created_by": deal.owner,
        "created_at": moment(noted), "updated_at": moment(done or noted),
    }  # fmt: skip


def _demands(
    random: Random, visits: list[int], plans: list[tuple[int, Deal, date]], today: date
) -> list[dict[str, Any]]:
    calendar = settings.calendar()
    rows = []
    for visit_id, (project_id, deal, day) in zip(visits, plans, strict=True):
        if random.random() > 0.12 or deal.status is not Status.ACTIVE:
            continue
        category, what = random.choice(DEMANDS)
        still = (today - day).days < 40
        row = _duty(
            random,
            project_id,
            deal,
            today,
            calendar.add_working_days(day, 10),
            None if still else day + timedelta(days=8),
        )
        rows.append(
            row | {"kind": DutyKind.DEMAND, "what": what, "category": category, "origin": f"visit:{visit_id}"}
        )
    return rows
