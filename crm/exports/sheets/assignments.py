"""Who answers for which major project, as a sheet."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from crm.assignments import queries
from crm.assignments.queries import OverviewFilter, OverviewRow
from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, each
from crm.projects import queries as projects

_SIZE = 2_000


def count(actor: Actor, filters: OverviewFilter, today: date) -> int:
    return queries.overview(actor, filters, Window(per_page=1), today).total


def rows(
    actor: Actor, filters: OverviewFilter, asked: Mapping[str, str], today: date
) -> Iterator[OverviewRow]:
    return each(lambda window: queries.overview(actor, filters, window, today), _SIZE)


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    tiers = {tier.code: tier.label for tier in projects.tiers()}
    return (
        Column("项目编号", lambda r: r.code),
        Column("项目名称", lambda r: r.name),
        Column("板块", lambda r: r.zone),
        Column("级别", lambda r: tiers.get(r.tier) if r.tier else None),
        Column("阶段", lambda r: r.stage.label),
        Column("总投资 万元", lambda r: r.total),
        Column("总投资 万美元", lambda r: r.total_usd),
        Column("挂钩领导", lambda r: r.leader or ("还没有" if r.lacks_leader else None)),
        Column("挂钩领导职务", lambda r: r.leader_title),
        Column("领办领导", lambda r: r.lead_by),
        Column("服务专员", lambda r: r.specialists),
    )
