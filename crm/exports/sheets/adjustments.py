"""Corrections of closed months as a sheet."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, each
from crm.pipeline import queries
from crm.pipeline.queries import AdjustmentFilter, AdjustmentRow

_SIZE = 5_000


def count(actor: Actor, filters: AdjustmentFilter, today: date) -> int:
    return queries.adjustments(actor, Window(per_page=1), filters).total


def rows(
    actor: Actor, filters: AdjustmentFilter, asked: Mapping[str, str], today: date
) -> Iterator[AdjustmentRow]:
    return each(lambda window: queries.adjustments(actor, window, filters), _SIZE)


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("项目编号", lambda r: r.code),
        Column("项目", lambda r: r.project),
        Column("板块", lambda r: r.zone),
        Column("事项", lambda r: r.what),
        Column("已结账月份", lambda r: r.month),
        Column("记入", lambda r: r.dated_in),
        # The name of an amount carries its unit.
        Column("项", lambda r: r.field),
        Column("原数", lambda r: r.before),
        Column("调整为", lambda r: r.after),
        Column("原因", lambda r: r.reason),
        Column("办理人", lambda r: r.made_by),
        Column("办理时间", lambda r: r.made_at),
    )
