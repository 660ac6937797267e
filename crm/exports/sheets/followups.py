"""Duties as a sheet, and their figures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, each, masked
from crm.followups import queries as followups
from crm.followups.queries import DutiesBy, DutyLine, Filters, FollowupRow
from crm.followups.rules import DUTY_LABELS, DUTY_STATE_LABELS
from crm.followups.rules.columns import chosen

_SIZE = 5_000


def count(actor: Actor, filters: Filters, today: date) -> int:
    return followups.listing(actor, filters, Window(per_page=1), today).total


def rows(actor: Actor, filters: Filters, asked: Mapping[str, str], today: date) -> Iterator[FollowupRow]:
    return each(lambda window: followups.listing(actor, filters, window, today), _SIZE)


Cell = Callable[[FollowupRow], Any]

#: What each column of the list becomes.
_CELLS: Mapping[str, tuple[str, Cell]] = {
    "due": ("期限", lambda r: r.due_on),
    "time": ("时间", lambda r: r.due_at),
    "kind": ("类别", lambda r: DUTY_LABELS[r.kind]),
    "state": ("状态", lambda r: DUTY_STATE_LABELS[r.state]),
    "late": ("逾期 工作日", lambda r: r.late or None),
    "project": ("项目", lambda r: r.project),
    "amount": ("总投资 万元", lambda r: r.amount),
    "zone": ("板块", lambda r: r.zone),
    "owner": ("责任人", lambda r: r.owner),
    "first_due": ("原定期限", lambda r: r.first_due_on),
    "postponed": ("推迟次数", lambda r: r.postponed),
    "why": ("推迟原因", masked(lambda r: r.postpone_reason)),
    "answer": ("办理情况", masked(lambda r: r.answer)),
    "given_up": ("取消原因", masked(lambda r: r.close_reason)),
    "closed": ("办结时间", lambda r: r.closed_at),
}


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    """What is to be done and for whom stands first, as on the list."""
    cols = asked.get("cols", "all")
    keys = tuple(_CELLS) if cols == "all" else chosen(cols.split(","))
    return (
        Column("事项", masked(lambda r: r.what)),
        Column("企业", lambda r: r.company),
        Column("项目编号", lambda r: r.project_code),
        *(Column(*_CELLS[key]) for key in keys),
    )


@dataclass(frozen=True, slots=True)
class DutyFigures:
    """What the page of figures was asked for."""

    filters: Filters
    by: DutiesBy


def count_figures(actor: Actor, asked: DutyFigures, today: date) -> int:
    return len(followups.duty_figures(actor, asked.filters, today, asked.by))


def figures(actor: Actor, asked: DutyFigures, address: Mapping[str, str], today: date) -> Iterator[DutyLine]:
    yield from followups.duty_figures(actor, asked.filters, today, asked.by)


def figure_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    by = DutiesBy(asked["by"]) if asked.get("by") in set(DutiesBy) else DutiesBy.OWNER
    return (
        Column(by.label, lambda line: line.label),
        Column("全部 件", lambda line: line.total),
        Column("未完成 件", lambda line: line.open),
        Column("其中逾期 件", lambda line: line.late),
        Column("已完成 件", lambda line: line.done),
        Column("其中按期 件", lambda line: line.timely),
        Column("已取消 件", lambda line: line.cancelled),
        Column("推迟过 件", lambda line: line.moved),
        Column("推迟次数", lambda line: line.times),
    )
