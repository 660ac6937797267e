"""Visits as a sheet; people by name, never by number."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports import queries
from crm.exports.sheets import Column, walk
from crm.visits import queries as visits
from crm.visits.queries import Filters, VisitRow
from crm.visits.rules import MODE_LABELS

_SIZE = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    row: VisitRow
    projects: str
    ours: str
    theirs: str


def count(actor: Actor, filters: Filters, today: date) -> int:
    return visits.listing(actor, filters, Window(per_page=1)).total


def rows(actor: Actor, filters: Filters, asked: Mapping[str, str], today: date) -> Iterator[Line]:
    for items in walk(lambda window: visits.listing(actor, filters, window), _SIZE):
        told = [row.id for row in items if not row.hidden]
        about = visits.projects_of(actor, told)
        ours, theirs = queries.people_of_visits(told)
        for row in items:
            names = "、".join(project.name for project in about.get(row.id, ()))
            yield Line(row, names, ours.get(row.id, ""), theirs.get(row.id, ""))


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("日期", lambda x: x.row.happened_on),
        Column("时间", lambda x: x.row.starts_at),
        Column("方式", lambda x: MODE_LABELS[x.row.mode]),
        Column("企业", lambda x: x.row.company),
        Column("项目", lambda x: x.projects),
        Column("板块", lambda x: x.row.zone),
        Column("地点", lambda x: x.row.place),
        Column("我方人员", lambda x: x.ours),
        Column("对方人员", lambda x: x.theirs),
        Column("纪要", lambda x: x.row.summary),
        Column("没有下一步的原因", lambda x: x.row.no_next_step_reason),
        Column("记录人", lambda x: x.row.author),
        Column("保密", lambda x: "是" if x.row.confidential else "否"),
        Column("登记时间", lambda x: x.row.created_at),
    )
