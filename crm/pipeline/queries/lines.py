"""A row of a list of projects together with what other features know of it; read once for lists, board and exports."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, FromClause, case, func, select

from crm.accounts.permissions import ASSIGN_SEE
from crm.assignments.queries import lists as assignments
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.idsets import among
from crm.followups import queries as followups
from crm.pipeline.models import MonthlyInvestment
from crm.pipeline.queries import light_sql, slippage, stuck
from crm.pipeline.queries.lights import lights_of
from crm.pipeline.rules.lights import Light
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.queries import SORTS, Filter, Row, Sort
from crm.projects.queries.filters import conditions
from crm.visits import queries as visits

DEFAULT_SORT = "-amount"


@dataclass(frozen=True, slots=True)
class Line:
    """`days` in the stage without the time on hold; `invested` in 万元. What no shown column asks for is not read."""

    row: Row
    light: Light | None = None
    last_contact: date | None = None
    next_on: date | None = None
    next_what: str = ""
    leader: str = ""
    days: int | None = None
    slip: str = ""
    invested: Decimal | None = None


def lines(actor: Actor, rows: Sequence[Row], shown: Collection[str], today: date) -> list[Line]:
    """As many statements for two thousand rows as for one; the rows are the caller's, found in scope."""
    ids = [row.id for row in rows]
    contacts: Mapping[int, date] = {}
    if {"light", "contact"} & set(shown):
        contacts = visits.last_contacts(ids)
    lights = lights_of(ids, today, contacts) if "light" in shown else {}
    duties = followups.next_of_projects(ids) if "next" in shown else {}
    leaders = assignments.leaders_of(actor, ids, today) if "leader" in shown else {}
    days = stuck.days_of(ids, today) if "days" in shown else {}
    more = _more(ids, shown)
    nothing: tuple[date | None, str] = (None, "")
    return [
        Line(
            row,
            light=lights.get(row.id),
            last_contact=contacts.get(row.id),
            next_on=duties.get(row.id, nothing)[0],
            next_what=duties.get(row.id, nothing)[1],
            leader=leaders.get(row.id, ""),
            days=days.get(row.id),
            **{name: found[row.id] for name, found in more.items() if row.id in found},
        )
        for row in rows
    ]


def sorts(today: date) -> dict[str, Sort]:
    """Orders beyond those of the projects themselves: falling, red stands before yellow."""

    def ranked(where: Sequence[ColumnElement[bool]]) -> FromClause:
        lit = light_sql.states(where, today)
        rank = case({"bad": 3, "warn": 2, "ok": 1}, value=lit.c.light, else_=0)
        return select(lit.c.id, rank.label("value")).subquery()

    return {"light": Sort(None, int, computed=ranked)}


def sort_of(asked: str) -> str:
    """The order somebody asks for; the list's own where it is none."""
    return asked if asked.removeprefix("-") in {*SORTS, "light"} else DEFAULT_SORT


@dataclass(frozen=True, slots=True)
class More:
    """What a list is narrowed to beyond the projects' own fields. `slips`: put off at least so many times."""

    light: str = ""
    leader_id: int | None = None
    stuck: bool = False
    slips: int | None = None


def narrowed(actor: Actor, wanted: Filter, more: More, today: date) -> Filter:
    """The filter with the conditions of `more`; a leader narrows only for those who may see assignments."""
    extra = list(wanted.extra)
    if more.leader_id is not None and actor.can(ASSIGN_SEE):
        extra.append(assignments.led_by(more.leader_id, today))
    if more.slips is not None:
        extra.append(slippage.postponed(more.slips))
    if more.stuck:
        extra.append(stuck.over_norm(today))
    found = replace(wanted, extra=tuple(extra))
    return _lit(actor, found, more.light, today) if more.light else found


def _lit(actor: Actor, wanted: Filter, light: str, today: date) -> Filter:
    """One light. It is dear to work out, so a page does it once and names the projects in every further statement."""
    lit = light_sql.states(conditions(actor, wanted, stages=False), today)
    ids = db.session.scalars(select(lit.c.id).where(lit.c.light == light)).all()
    return replace(wanted, extra=(*wanted.extra, among(Project.id, ids)))


def light_counts(actor: Actor, wanted: Filter, today: date) -> dict[str, int]:
    """How many projects of each light there are under the filter, in one grouped select."""
    lit = light_sql.states(conditions(actor, wanted), today)
    rows = db.session.execute(select(lit.c.light, func.count()).group_by(lit.c.light))
    return {"ok": 0, "warn": 0, "bad": 0} | {state: count for state, count in rows}


def _more(ids: Sequence[int], shown: Collection[str]) -> dict[str, Mapping[int, Any]]:
    found: dict[str, Mapping[int, Any]] = {}
    if "slip" in shown:
        found["slip"] = {number: slipped.short for number, slipped in slippage.of_many(ids).items()}
    if "invested" in shown:
        found["invested"] = _invested(ids)
    return found


def _invested(ids: Sequence[int]) -> dict[int, Decimal | None]:
    """Everything reported month by month, in 万元, by project."""
    rows = db.session.execute(
        select(MonthlyInvestment.project_id, func.sum(MonthlyInvestment.completed))
        .where(MonthlyInvestment.project_id.in_(ids), MonthlyInvestment.completed.is_not(None))
        .group_by(MonthlyInvestment.project_id)
    )
    return {project_id: total for project_id, total in rows}


#: Lines of those that are stuck longest.
_WORST = 20


def worst(
    actor: Actor, wanted: Filter, today: date, found: stuck.Stays | None = None
) -> list[tuple[Line, int]]:
    """Those furthest over their norm, with the days over; `found` are the stays where the caller has read them."""
    beyond = dict(stuck.worst(actor, wanted, today, _WORST, found))
    picked = projects.rows_of(actor, list(beyond))
    shown = {line.row.id: line for line in lines(actor, picked, ("light", "next", "days"), today)}
    return [(shown[number], days) for number, days in beyond.items() if number in shown]
