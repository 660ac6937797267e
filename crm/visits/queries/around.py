"""What belongs to many visits at once, in words for a list or a sheet: people, what came next, what was asked for."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from crm.accounts.models import User
from crm.core.actor import Actor
from crm.core.db import db
from crm.followups.models import Followup
from crm.followups.queries.scope import visible_to
from crm.followups.rules import DutyKind
from crm.units.models import Leader
from crm.visits.models import Occasion, Visit, VisitOurs, VisitTheirs
from crm.visits.queries.listing import VisitRow
from crm.visits.queries.occasions import occasions_visible_to
from crm.visits.queries.records import projects_of
from crm.visits.queries.scope import discloses
from crm.visits.queries.scope import visible_to as visits_visible_to

#: Columns of a list that need each part; nobody else pays for it.
_OURS, _THEIRS, _DUTIES = ("ours",), ("theirs",), ("demands", "next", "owner")


@dataclass(frozen=True, slots=True)
class Around:
    """A visit with what a list says beside it. People by name, never by number; ours with the rank they held."""

    row: VisitRow
    projects: Sequence[Any] = ()
    ours: str = ""
    theirs: str = ""
    demands: str = ""
    next: str = ""
    owner: str = ""
    occasion: str = ""


def around(actor: Actor, rows: Sequence[VisitRow], keys: Iterable[str]) -> list[Around]:
    """A fixed number of statements for the columns asked for; hidden visits say nothing."""
    told, wanted = [row.id for row in rows if not row.hidden], set(keys)

    def asked(names: Sequence[str], read: Callable[[], dict[int, Any]]) -> dict[int, Any]:
        return read() if told and wanted.intersection(names) else {}

    about = asked(("projects",), lambda: projects_of(actor, told))
    ours = asked(_OURS, lambda: _ours(told))
    theirs = asked(_THEIRS, lambda: _theirs(told))
    duties = asked(_DUTIES, lambda: _duties(actor, told))
    named = asked(("occasion",), lambda: _occasions(actor, rows))
    made = []
    for row in rows:
        demands, steps, owners = duties.get(row.id, ("", "", ""))
        made.append(
            Around(
                row,
                about.get(row.id, ()),
                ours.get(row.id, ""),
                theirs.get(row.id, ""),
                demands,
                steps,
                owners,
                named.get(row.occasion_id or 0, "") if not row.hidden else "",
            )
        )
    return made


def people_before(actor: Actor, company_ids: Sequence[int], since: date) -> list[tuple[int, int, str]]:
    """(company, visit, people in words) of each company's last open visit since a day. Three statements."""
    place = func.row_number().over(
        partition_by=Visit.company_id, order_by=(Visit.happened_on.desc(), Visit.id.desc())
    )
    ranked = (
        select(Visit.id, Visit.company_id, place.label("place"))
        .where(
            Visit.company_id.in_(company_ids),
            Visit.happened_on >= since,
            Visit.confidential.is_(False),
            visits_visible_to(actor),
            discloses(actor),
        )
        .subquery()
    )
    last = db.session.execute(
        select(ranked.c.company_id, ranked.c.id).where(ranked.c.place == 1).order_by(ranked.c.company_id)
    ).all()
    ids = [row[1] for row in last]
    ours, theirs = _ours(ids), _theirs(ids)
    words = ("；".join(filter(None, (ours.get(visit_id), theirs.get(visit_id)))) for visit_id in ids)
    return [(row[0], row[1], people) for row, people in zip(last, words, strict=True) if people]


def _joined(rows: Iterable[tuple[int, str]], between: str = "、") -> dict[int, str]:
    found: dict[int, list[str]] = {}
    for key, words in rows:
        found.setdefault(key, []).append(words)
    return {key: between.join(words) for key, words in found.items()}


def _ours(ids: Sequence[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(VisitOurs.visit_id, VisitOurs.name, VisitOurs.level)
        .where(VisitOurs.visit_id.in_(ids))
        .order_by(VisitOurs.visit_id, VisitOurs.leads.desc(), VisitOurs.id)
    )
    return _joined((r.visit_id, f"{r.name}（{r.level.label}）" if r.level else r.name) for r in rows)


def _theirs(ids: Sequence[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(VisitTheirs.visit_id, VisitTheirs.name, VisitTheirs.post)
        .where(VisitTheirs.visit_id.in_(ids))
        .order_by(VisitTheirs.visit_id, VisitTheirs.id)
    )
    return _joined((r.visit_id, f"{r.name} {r.post}".strip()) for r in rows)


def _duties(actor: Actor, ids: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """Visit → (demands, next steps, who does them)."""
    rows = db.session.execute(
        select(Followup.origin, Followup.kind, Followup.what, Followup.due_on, User.name)
        .outerjoin(User, User.id == Followup.owner_id)
        .where(Followup.origin.in_([f"visit:{visit_id}" for visit_id in ids]), visible_to(actor))
        .order_by(Followup.origin, Followup.id)
    ).all()
    demands = _joined(((_id(r[0]), r[2]) for r in rows if r[1] is DutyKind.DEMAND), "；")
    steps = _joined(((_id(r[0]), f"{r[2]}（{r[3]:%m-%d}）") for r in rows if r[1] is DutyKind.FOLLOWUP), "；")
    owners = _joined((_id(r[0]), r[4] or "—") for r in rows if r[1] is DutyKind.FOLLOWUP)
    found = demands.keys() | steps.keys()
    return {at: (demands.get(at, ""), steps.get(at, ""), owners.get(at, "")) for at in found}


def _id(origin: str) -> int:
    return int(origin.removeprefix("visit:"))


def _occasions(actor: Actor, rows: Sequence[VisitRow]) -> dict[int, str]:
    ids = {row.occasion_id for row in rows if row.occasion_id is not None}
    found = db.session.execute(
        select(Occasion.id, Occasion.kind, Occasion.title).where(
            Occasion.id.in_(ids), occasions_visible_to(actor)
        )
    )
    return {row.id: f"{row.kind.label} {row.title}" for row in found}


def named(user_id: int | None, leader_id: int | None) -> tuple[str | None, str | None]:
    """The names a filter's chips show; None where nobody is asked for."""
    user = db.session.scalar(select(User.name).where(User.id == user_id)) if user_id is not None else None
    leader = (
        db.session.scalar(select(Leader.name).where(Leader.id == leader_id))
        if leader_id is not None
        else None
    )
    return user, leader
