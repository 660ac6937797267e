"""Figures of visits: so many by officer, leader, zone, month or way, each counted as its list is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, select

from crm.accounts.models import User
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.sqldays import city_day
from crm.projects import scope
from crm.projects.models import Project
from crm.projects.rules import Tier
from crm.units.models import Leader
from crm.visits.models import Absence, StationDay, Visit, VisitOurs, VisitTheirs
from crm.visits.queries.filters import Filters, conditions, led
from crm.visits.queries.scope import discloses, visible_to
from crm.visits.queries.stations import absences_seen, days_seen
from crm.visits.rules import Mode
from crm.visits.rules.card import Item
from crm.zones.models import Zone


class By(StrEnum):
    """What the lines of the figures stand for."""

    OFFICER = "officer"
    LEADER = "leader"
    ZONE = "zone"
    MODE = "mode"
    MONTH = "month"

    @property
    def label(self) -> str:
        return BY_LABELS[self]


BY_LABELS = {
    By.OFFICER: "记录人",
    By.LEADER: "领导",
    By.ZONE: "板块",
    By.MODE: "方式",
    By.MONTH: "月份",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its key as filters name it ("0" for the city, nobody), its words, and 走访次数, 家次, 人次, each way of visiting, 领导参加."""

    key: str
    label: str
    visits: int
    companies: int
    people: int
    modes: tuple[int, ...]
    led: int


def _grouping(by: By) -> tuple[Any, Any, Any]:
    """(key, label, order) of a grouping."""
    month = func.substr(cast(Visit.happened_on, String), 1, 7)
    return {
        By.OFFICER: (Visit.created_by, User.name, User.name),
        By.LEADER: (VisitOurs.leader_id, func.max(Leader.name), func.min(Leader.rank_no)),
        By.ZONE: (Visit.zone_id, Zone.short_name, Zone.order_no),
        By.MODE: (Visit.mode, None, Visit.mode),
        By.MONTH: (month, None, month.desc()),
    }[by]


def _met(wanted: ColumnElement[bool]) -> Any:
    return (
        select(VisitTheirs.visit_id, func.count().label("n"))
        .join(Visit, Visit.id == VisitTheirs.visit_id)
        .where(wanted)
        .group_by(VisitTheirs.visit_id)
        .subquery()
    )


def _sums(met: Any) -> tuple[Any, ...]:
    return (
        func.count(Visit.id),
        func.count(Visit.company_id.distinct()),
        func.coalesce(func.sum(met.c.n), 0),
        *(func.coalesce(func.sum(case((Visit.mode == mode, 1), else_=0)), 0) for mode in Mode),
        func.coalesce(func.sum(case((led(), 1), else_=0)), 0),
    )


def figures(actor: Actor, filters: Filters, by: By) -> list[Line]:
    """Lines of a period, the busiest first (ways and months in their own order). One statement."""
    wanted = conditions(actor, filters)
    if by is By.LEADER:
        # Who led a confidential visit would tell whom it was worth.
        wanted = and_(wanted, discloses(actor))
    met = _met(wanted)
    key, label, order = _grouping(by)
    query = select(key.label("key"), *([label] if label is not None else []), *_sums(met)).select_from(Visit)
    query = query.outerjoin(met, met.c.visit_id == Visit.id)
    if by is By.OFFICER:
        query = query.outerjoin(User, User.id == Visit.created_by).group_by(key, User.name)
    elif by is By.LEADER:
        query = query.join(VisitOurs, VisitOurs.visit_id == Visit.id).join(
            Leader, Leader.id == VisitOurs.leader_id
        )
        query = query.group_by(key)
    elif by is By.ZONE:
        query = query.outerjoin(Zone, Zone.id == Visit.zone_id).group_by(key, Zone.short_name, Zone.order_no)
    else:
        query = query.group_by(key)
    busiest = [] if by in (By.MODE, By.MONTH, By.LEADER, By.ZONE) else [func.count(Visit.id).desc()]
    rows = db.session.execute(query.where(wanted).order_by(*busiest, order, key)).all()
    return [_line(row, by, label is not None) for row in rows]


def _line(row: Any, by: By, labelled: bool) -> Line:
    values = list(row)
    key = values.pop(0)
    label = values.pop(0) if labelled else (Mode(key).label if by is By.MODE else str(key))
    plain = [int(value) for value in values]
    return Line(
        key="0" if key is None else str(getattr(key, "value", key)),
        label=label or ("市级" if by is By.ZONE else "没有记录人"),
        visits=plain[0],
        companies=plain[1],
        people=plain[2],
        modes=tuple(plain[3:-1]),
        led=plain[-1],
    )


def whole(actor: Actor, filters: Filters) -> Line:
    """The sum line: companies are different ones over all, so it is asked for and not added up."""
    wanted = conditions(actor, filters)
    met = _met(wanted)
    row = db.session.execute(
        select(*_sums(met)).select_from(Visit).outerjoin(met, met.c.visit_id == Visit.id).where(wanted)
    ).one()
    plain = [int(value) for value in row]
    return Line("", "合计", plain[0], plain[1], plain[2], tuple(plain[3:-1]), plain[-1])


# --- what an officer's card is made of ---------------------------------------------------------------


def done_by(
    actor: Actor, user_ids: Sequence[int], since: date, until: date, good: Sequence[Tier]
) -> dict[int, dict[Item, Fraction]]:
    """User → what his card counts of visits, projects, days on station and absences. Four statements.

    A visit counts for whoever wrote it down and for every colleague who took part; a project for its owner in the month it
    was registered; `good` are the tiers of a 优质项目.
    """
    found: dict[int, dict[Item, Fraction]] = {user_id: {} for user_id in user_ids}
    for item, rows in (
        *_visits_of(actor, user_ids, since, until),
        *_projects_of(actor, user_ids, since, until, good),
        (Item.STATION_DAYS, _days_of(actor, user_ids, since, until)),
        (Item.ABSENCES, _absences_of(actor, user_ids, since, until)),
    ):
        for user_id, many in rows:
            found[user_id][item] = Fraction(int(many))
    return found


Rows = list[tuple[int, int]]


def _visits_of(actor: Actor, user_ids: Sequence[int], since: date, until: date) -> list[tuple[Item, Rows]]:
    period = and_(Visit.happened_on.between(since, until), visible_to(actor))
    wrote = select(Visit.created_by.label("user_id"), Visit.id).where(Visit.created_by.in_(user_ids), period)
    joined = (
        select(VisitOurs.user_id, Visit.id)
        .join(Visit, Visit.id == VisitOurs.visit_id)
        .where(VisitOurs.user_id.in_(user_ids), period)
    )
    both = wrote.union(joined).subquery()
    of_mode = {
        Item.VISITS: Visit.mode.in_(VISITED),
        Item.RECEPTIONS: Visit.mode == Mode.INBOUND,
        Item.LED: led(),
    }
    rows = db.session.execute(
        select(both.c.user_id, *(func.sum(case((test, 1), else_=0)) for test in of_mode.values()))
        .join(Visit, Visit.id == both.c.id)
        .group_by(both.c.user_id)
    ).all()
    return [(item, [(row[0], row[at]) for row in rows]) for at, item in enumerate(of_mode, 1)]


#: 拜访 on the card: going there, from home or from the station.
VISITED = (Mode.OUTBOUND, Mode.STATIONED)


def _projects_of(
    actor: Actor, user_ids: Sequence[int], since: date, until: date, good: Sequence[Tier]
) -> list[tuple[Item, Rows]]:
    made_on = city_day(Project.created_at)
    rows = db.session.execute(
        select(
            Project.owner_id,
            func.count(),
            func.sum(case((Project.tier.in_(good), 1), else_=0)),
        )
        .where(Project.owner_id.in_(user_ids), made_on.between(since, until), scope.visible_to(actor))
        .group_by(Project.owner_id)
    ).all()
    return [
        (Item.PROJECTS, [(row[0], row[1]) for row in rows]),
        (Item.GOOD_PROJECTS, [(row[0], row[2]) for row in rows]),
    ]


def _days_of(actor: Actor, user_ids: Sequence[int], since: date, until: date) -> Rows:
    rows = db.session.execute(
        select(StationDay.user_id, func.count())
        .where(StationDay.user_id.in_(user_ids), StationDay.day.between(since, until), days_seen(actor))
        .group_by(StationDay.user_id)
    )
    return [(row[0], row[1]) for row in rows]


def _absences_of(actor: Actor, user_ids: Sequence[int], since: date, until: date) -> Rows:
    rows = db.session.execute(
        select(Absence.user_id, func.count())
        .where(
            Absence.user_id.in_(user_ids),
            Absence.day.between(since, until),
            Absence.withdrawn_by.is_(None),
            absences_seen(actor),
        )
        .group_by(Absence.user_id)
    )
    return [(row[0], row[1]) for row in rows]
