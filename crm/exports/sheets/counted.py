"""What a month counted as a sheet: each recognition as it was frozen."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, each
from crm.pipeline import queries, rules
from crm.pipeline.queries import CountedFilter, CountedRow
from crm.projects import queries as projects

_SIZE = 5_000


def count(actor: Actor, filters: CountedFilter, today: date) -> int:
    return queries.counted(actor, filters, Window(per_page=1)).total


def rows(actor: Actor, filters: CountedFilter, asked: Mapping[str, str], today: date) -> Iterator[CountedRow]:
    return each(lambda window: queries.counted(actor, filters, window), _SIZE)


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    tiers = {tier.code: tier.label for tier in projects.tiers()}
    return (
        Column("项目编号", lambda r: r.code),
        Column("项目", lambda r: r.project),
        Column("里程碑", lambda r: r.words),
        Column("实际日期", lambda r: r.happened_on),
        Column("统计日期", lambda r: r.statistical_on),
        Column("认定金额 万元", lambda r: r.amount),
        Column("认定金额 万美元", lambda r: r.amount_usd),
        Column("级别", lambda r: tiers.get(r.tier) if r.tier else None),
        Column("板块", lambda r: r.zone),
        Column("认定人", lambda r: r.recognised_by),
        Column("认定时间", lambda r: r.recognised_at),
        Column("现状", lambda r: rules.END_LABELS[r.end_kind] if r.end_kind else "计入统计"),
        Column("调出日期", lambda r: r.ended_on),
        Column("调出原因", lambda r: r.end_reason or None),
    )
