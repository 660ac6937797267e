"""What is stuck longest, as the map of what is stuck lists it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from crm.core.actor import Actor
from crm.exports.sheets import Column, lights
from crm.pipeline.queries import lines, stuck
from crm.pipeline.queries.lines import Line
from crm.projects import queries as projects
from crm.projects.queries import Filter


def count(actor: Actor, filters: Filter, today: date) -> int:
    return len(lines.worst(actor, filters, today))


def rows(actor: Actor, filters: Filter, asked: Mapping[str, str], today: date) -> Iterator[tuple[Line, int]]:
    yield from lines.worst(actor, filters, today)


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    tiers = {tier.code: tier.label for tier in projects.tiers()}
    norms = stuck.norms()
    return (
        Column("项目编号", lambda x: x[0].row.code),
        Column("项目名称", lambda x: x[0].row.name),
        Column("板块", lambda x: x[0].row.zone),
        Column("级别", lambda x: tiers.get(x[0].row.tier) if x[0].row.tier else None),
        Column("阶段", lambda x: x[0].row.stage.label),
        Column("已停留 天", lambda x: x[0].days),
        Column("常规 天", lambda x: norms.of(x[0].row.stage, x[0].row.tier)),
        Column("超过 天", lambda x: x[1]),
        Column("灯", lambda x: lights.state(x[0].light)),
        Column("灯的原因", lambda x: lights.reason(x[0].light)),
        Column("下一步期限", lambda x: x[0].next_on),
        Column("下一步", lambda x: x[0].next_what),
        Column("责任人", lambda x: x[0].row.owner),
    )
