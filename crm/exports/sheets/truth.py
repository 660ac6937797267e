"""Questions of the truth checks as a sheet, in the words in which the reader is shown them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, each
from crm.pipeline.queries import truth_shown
from crm.pipeline.queries.truth_shown import Shown, Wanted

#: Open questions are found anew for every page, so pages are large.
_SIZE = 5_000


def count(actor: Actor, filters: Wanted, today: date) -> int:
    return truth_shown.listed(actor, filters, Window(per_page=1), today).total


def rows(actor: Actor, filters: Wanted, asked: Mapping[str, str], today: date) -> Iterator[Shown]:
    return each(lambda window: truth_shown.listed(actor, filters, window, today), _SIZE)


def _zone(item: Shown) -> str | None:
    return item.line.zone if item.line else item.row.zone if item.row else None


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("项目编号", lambda x: x.code),
        Column("项目", lambda x: x.line.name if x.line else x.row.project),
        Column("板块", _zone),
        Column("事项", lambda x: x.check.title),
        Column("状态", lambda x: truth_shown.STATES[x.state]),
        Column("问题", lambda x: x.words),
        Column("依据", lambda x: "、".join(label for label, _ in x.links)),
        Column("责任人", lambda x: x.line.owner if x.line else x.row.asked_of),
        Column("请说明", lambda x: x.row.asked_note if x.row else None),
        Column("请说明的人", lambda x: x.row.asked_by if x.row else None),
        Column("请说明时间", lambda x: x.row.asked_at if x.row else None),
        Column("说明", lambda x: x.row.answer if x.row else None),
        Column("说明人", lambda x: x.row.answered_by if x.row else None),
        Column("说明时间", lambda x: x.row.answered_at if x.row else None),
    )
