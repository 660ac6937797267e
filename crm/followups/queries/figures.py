"""Figures of duties: so many by owner, zone, kind or month of the due day, each counted as its list is."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, func, select

from crm.accounts.models import User
from crm.core.actor import Actor
from crm.core.db import db
from crm.followups.models import Followup
from crm.followups.queries.listing import Filters, conditions, in_time, overdue
from crm.followups.rules import DutyKind, DutyState
from crm.projects.models import Project
from crm.zones.models import Zone


class DutiesBy(StrEnum):
    """What the lines of the figures stand for."""

    OWNER = "owner"
    ZONE = "zone"
    KIND = "kind"
    MONTH = "month"

    @property
    def label(self) -> str:
        return DUTIES_BY_LABELS[self]


DUTIES_BY_LABELS = {
    DutiesBy.OWNER: "责任人",
    DutiesBy.ZONE: "板块",
    DutiesBy.KIND: "类别",
    DutiesBy.MONTH: "到期月份",
}


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One line: its key as filters name it ("0" for nobody, the city), its words, and numbers of duties.

    `late` is part of `open`, `timely` of `done`; `moved` were postponed at least once, `times` altogether.
    """

    key: str
    label: str
    total: int
    open: int
    late: int
    done: int
    timely: int
    cancelled: int
    moved: int
    times: int


def _sum(test: ColumnElement[bool]) -> Any:
    return func.coalesce(func.sum(case((test, 1), else_=0)), 0)


def _sums(today: date) -> tuple[Any, ...]:
    return (
        func.count(Followup.id),
        _sum(Followup.state == DutyState.OPEN),
        _sum(overdue(today)),
        _sum(Followup.state == DutyState.DONE),
        _sum(in_time()),
        _sum(Followup.state == DutyState.CANCELLED),
        _sum(Followup.postponed > 0),
        func.coalesce(func.sum(Followup.postponed), 0),
    )


def _grouping(by: DutiesBy) -> tuple[Any, Any, Any]:
    """(key, label, order) of a grouping."""
    month = func.substr(cast(Followup.due_on, String), 1, 7)
    return {
        DutiesBy.OWNER: (Followup.owner_id, func.max(User.name), func.count(Followup.id).desc()),
        DutiesBy.ZONE: (Followup.zone_id, func.max(Zone.short_name), func.min(Zone.order_no)),
        DutiesBy.KIND: (Followup.kind, func.max(User.name), func.count(Followup.id).desc()),
        DutiesBy.MONTH: (month, func.max(User.name), month.desc()),
    }[by]


def duty_figures(actor: Actor, filters: Filters, today: date, by: DutiesBy) -> list[DutyLine]:
    """Lines of the duties that a list would show; owners and kinds with the most first. One statement."""
    key, label, order = _grouping(by)
    rows = db.session.execute(
        select(key.label("key"), label.label("label"), *_sums(today))
        .select_from(Followup)
        .outerjoin(Project, Project.id == Followup.project_id)
        .outerjoin(User, User.id == Followup.owner_id)
        .outerjoin(Zone, Zone.id == Followup.zone_id)
        .where(conditions(actor, filters, today))
        .group_by(key)
        .order_by(order, key)
    )
    return [_line(by, key, label, numbers) for key, label, *numbers in rows]


def _line(by: DutiesBy, key: Any, label: str | None, numbers: list[Any]) -> DutyLine:
    plain = [int(number) for number in numbers]
    if by is DutiesBy.KIND:
        return DutyLine(DutyKind(key).value, DutyKind(key).label, *plain)
    if by is DutiesBy.MONTH:
        return DutyLine(str(key), str(key), *plain)
    nobody = "市级" if by is DutiesBy.ZONE else "没有责任人"
    return DutyLine("0" if key is None else str(key), label or nobody, *plain)


def whole_of_duties(actor: Actor, filters: Filters, today: date) -> DutyLine:
    """The sum line."""
    row = db.session.execute(
        select(*_sums(today))
        .select_from(Followup)
        .outerjoin(Project, Project.id == Followup.project_id)
        .where(conditions(actor, filters, today))
    ).one()
    return DutyLine("", "合计", *(int(number) for number in row))
