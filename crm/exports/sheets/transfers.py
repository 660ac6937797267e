"""Transfers as a sheet: the fields of the 流转确认单."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, each
from crm.filings import queries
from crm.filings.queries import TransferFilter, TransferRow

_SIZE = 2_000


def count(actor: Actor, filters: TransferFilter, today: date) -> int:
    return queries.transfer_list(actor, filters, Window(per_page=1), today).total


def rows(
    actor: Actor, filters: TransferFilter, asked: Mapping[str, str], today: date
) -> Iterator[TransferRow]:
    return each(lambda window: queries.transfer_list(actor, filters, window, today), _SIZE)


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("项目编号", lambda r: r.code),
        Column("项目", lambda r: r.project),
        Column("投资方", lambda r: r.investor),
        Column("总投资 万元", lambda r: r.total),
        Column("总投资 万美元", lambda r: r.total_usd),
        Column("首谈地", lambda r: r.first_zone),
        Column("首谈地联系人", lambda r: r.first_contact),
        Column("首谈地联系方式", lambda r: r.first_contact_way),
        Column("落户地", lambda r: r.to_zone),
        Column("落户地联系人", lambda r: r.landing_contact),
        Column("落户地联系方式", lambda r: r.landing_contact_way),
        Column("流转方向", lambda r: r.direction),
        Column("流转原因", lambda r: r.trigger.label),
        Column("具体说明", lambda r: r.reason),
        Column("提出时间", lambda r: r.proposed_at),
        Column("答复期限", lambda r: r.due_on),
        Column("流转时间", lambda r: r.done_on),
        Column("流转状态", lambda r: r.state.label),
        Column("跟踪负责人", lambda r: r.owner),
    )
