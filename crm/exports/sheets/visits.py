"""Visits as a sheet (§8.2 拜访/接待记录): the columns of the list or all of them; people by name, never by number."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, masked, walk
from crm.visits import queries as visits
from crm.visits.queries import Around, Filters
from crm.visits.rules import MODE_LABELS
from crm.visits.rules.columns import COLUMNS, chosen

_SIZE = 2_000


def count(actor: Actor, filters: Filters, today: date) -> int:
    return visits.listing(actor, filters, Window(per_page=1)).total


def _keys(asked: Mapping[str, str]) -> tuple[str, ...]:
    cols = asked.get("cols", "all")
    return tuple(_CELLS) if cols == "all" else chosen(cols.split(","))


def rows(actor: Actor, filters: Filters, asked: Mapping[str, str], today: date) -> Iterator[Around]:
    keys = _keys(asked)
    for items in walk(lambda window: visits.listing(actor, filters, window), _SIZE):
        yield from visits.around(actor, items, keys)


Cell = Callable[[Around], Any]

#: What each column of the list becomes, in the order of the paper form.
_CELLS: Mapping[str, tuple[tuple[str, Cell], ...]] = {
    "date": (("日期", lambda x: x.row.happened_on),),
    "time": (("时间", lambda x: x.row.starts_at),),
    "mode": (("方式", lambda x: MODE_LABELS[x.row.mode]),),
    "place": (("地点", lambda x: x.row.place),),
    "ours": (("我方带队领导及陪同", lambda x: x.ours),),
    "theirs": (("对方人员", lambda x: x.theirs),),
    "summary": (("洽谈内容", masked(lambda x: x.row.summary)),),
    "intent_field": (("意向投资领域", lambda x: x.row.intent_field),),
    "intent": (
        ("意向投资规模 万元", lambda x: x.row.intent_amount),
        ("意向投资规模 万美元", lambda x: x.row.intent_amount_usd),
    ),
    "demands": (("对方诉求", masked(lambda x: x.demands)),),
    "agreed": (("达成共识", masked(lambda x: x.row.agreed)),),
    "next": (
        ("下一步", masked(lambda x: x.next)),
        ("没有下一步的原因", masked(lambda x: x.row.no_next_step_reason)),
    ),
    "owner": (("责任人", lambda x: x.owner),),
    "projects": (("关联项目", lambda x: "、".join(project.name for project in x.projects)),),
    "occasion": (("属于", lambda x: x.occasion),),
    "zone": (("板块", lambda x: x.row.zone),),
    "author": (("记录人", lambda x: x.row.author),),
    "confidential": (("是否涉密", lambda x: "是" if x.row.confidential else "否"),),
    "created": (("登记时间", lambda x: x.row.created_at),),
}
_COMPANY = Column("对方企业", lambda x: x.row.company)


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    """The company stands first, as on the list."""
    keys = [key for key in _keys(asked) if key in COLUMNS]
    return [_COMPANY, *(Column(heading, cell) for key in keys for heading, cell in _CELLS[key])]
