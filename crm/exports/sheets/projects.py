"""Projects as a sheet; amounts exact in 万元 and 万美元, the investor masked as on the list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from crm.chains.rules import ACTION_LABELS
from crm.core import dates
from crm.core.actor import Actor
from crm.exports.sheets import Column, walk
from crm.followups import queries as followups
from crm.pipeline import queries as pipeline
from crm.pipeline.rules import Light
from crm.projects import queries as projects
from crm.projects.queries import Filter, Row
from crm.projects.rules import CAPITAL_LABELS, SOURCE_LABELS, STATUS_LABELS
from crm.visits import queries as visits

_SIZE = 2_000


@dataclass(frozen=True, slots=True)
class Line:
    row: Row
    light: Light | None
    last_contact: date | None
    next_on: date | None
    next_what: str


def count(actor: Actor, filters: Filter, today: date) -> int:
    return projects.stage_counts(actor, filters).of(filters.stages).count


def rows(actor: Actor, filters: Filter, sort: str, today: date) -> Iterator[Line]:
    for items in walk(lambda window: projects.listed(actor, filters, window, 0, sort), _SIZE):
        ids = [row.id for row in items]
        contacts = visits.last_contacts(ids)
        lights = pipeline.lights_of(ids, today, contacts)
        duties = followups.next_of_projects(ids)
        for row in items:
            yield Line(row, lights.get(row.id), contacts.get(row.id), *duties.get(row.id, (None, "")))


def _expected(line: Line) -> str | None:
    row = line.row
    if row.expected_sign_on is None:
        return None
    return dates.show_span(row.expected_sign_on, row.expected_sign_precision or dates.Precision.DAY)


def columns() -> Sequence[Column]:
    tiers = {tier.code: tier.label for tier in projects.tiers()}
    lights = {"ok": "正常", "warn": "预警", "bad": "红灯"}
    return (
        Column("项目编号", lambda x: x.row.code),
        Column("项目名称", lambda x: x.row.name),
        Column("板块", lambda x: x.row.zone),
        Column("投资方", lambda x: x.row.investor),
        Column("内外资", lambda x: CAPITAL_LABELS[x.row.capital]),
        Column("总投资 万元", lambda x: x.row.total_investment),
        Column("总投资 万美元", lambda x: x.row.total_investment_usd),
        Column("固定资产投资 万元", lambda x: x.row.fixed_investment),
        Column("固定资产投资 万美元", lambda x: x.row.fixed_investment_usd),
        Column("级别", lambda x: tiers.get(x.row.tier) if x.row.tier else None),
        Column("阶段", lambda x: x.row.stage.label),
        Column("进入阶段日期", lambda x: x.row.stage_since),
        Column("状态", lambda x: STATUS_LABELS[x.row.status]),
        Column("灯", lambda x: lights.get(str(x.light.state), "") if x.light else None),
        Column("灯的原因", lambda x: x.light.reason if x.light else None),
        Column("产业链", lambda x: x.row.chain),
        Column("环节", lambda x: x.row.node),
        Column("产业链动作", lambda x: ACTION_LABELS[x.row.chain_action] if x.row.chain_action else None),
        Column("信息来源", lambda x: SOURCE_LABELS[x.row.source] if x.row.source else None),
        Column("责任人", lambda x: x.row.owner),
        Column("预计签约", _expected),
        Column("最近联系", lambda x: x.last_contact),
        Column("下一步期限", lambda x: x.next_on),
        Column("下一步", lambda x: x.next_what),
        Column("保密", lambda x: "是" if x.row.confidential else "否"),
        Column("更新时间", lambda x: x.row.updated_at),
    )
