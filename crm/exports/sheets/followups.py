"""Duties as a sheet."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, walk
from crm.followups import queries as followups
from crm.followups.queries import Filters, FollowupRow
from crm.followups.rules import DUTY_LABELS, DUTY_STATE_LABELS

_SIZE = 5_000


def count(actor: Actor, filters: Filters, today: date) -> int:
    return followups.listing(actor, filters, Window(per_page=1), today).total


def rows(actor: Actor, filters: Filters, asked: Mapping[str, str], today: date) -> Iterator[FollowupRow]:
    for items in walk(lambda window: followups.listing(actor, filters, window, today), _SIZE):
        yield from items


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("期限", lambda r: r.due_on),
        Column("时间", lambda r: r.due_at),
        Column("类别", lambda r: DUTY_LABELS[r.kind]),
        Column("事项", lambda r: r.what),
        Column("状态", lambda r: DUTY_STATE_LABELS[r.state]),
        Column("逾期 工作日", lambda r: r.late or None),
        Column("企业", lambda r: r.company),
        Column("项目编号", lambda r: r.project_code),
        Column("项目", lambda r: r.project),
        Column("总投资 万元", lambda r: r.amount),
        Column("板块", lambda r: r.zone),
        Column("责任人", lambda r: r.owner),
        Column("原定期限", lambda r: r.first_due_on),
        Column("推迟次数", lambda r: r.postponed),
        Column("推迟原因", lambda r: r.postpone_reason),
        Column("办理情况", lambda r: r.answer),
        Column("取消原因", lambda r: r.close_reason),
        Column("办结时间", lambda r: r.closed_at),
    )
