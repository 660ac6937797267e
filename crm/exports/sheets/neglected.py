"""Projects that nobody has visited for too long, as their list shows them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, each
from crm.pipeline.queries import neglected
from crm.pipeline.queries.neglected import NeglectedRow
from crm.projects import queries as projects
from crm.projects.queries import Filter

_SIZE = 2_000


def count(actor: Actor, filters: Filter, today: date) -> int:
    return neglected.list_neglected(actor, filters, Window(per_page=1), today).total


def rows(actor: Actor, filters: Filter, asked: Mapping[str, str], today: date) -> Iterator[NeglectedRow]:
    return each(lambda window: neglected.list_neglected(actor, filters, window, today), _SIZE)


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    tiers = {tier.code: tier.label for tier in projects.tiers()}
    return (
        Column("项目编号", lambda r: r.code),
        Column("项目名称", lambda r: r.name),
        Column("板块", lambda r: r.zone),
        Column("级别", lambda r: tiers.get(r.tier) if r.tier else None),
        Column("阶段", lambda r: r.stage.label),
        Column("最近走访", lambda r: r.last),
        Column("未联系 天", lambda r: r.days),
        Column("规定 天", lambda r: r.limit),
        Column("责任人", lambda r: r.owner),
    )
