"""Projects as a sheet: the columns of the list, in its order; amounts exact in 万元 and 万美元, the investor masked as on the list."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from crm.chains.rules import ACTION_LABELS
from crm.core import dates
from crm.core.actor import Actor
from crm.exports.sheets import Column, lights, walk
from crm.pipeline.queries import lines
from crm.pipeline.queries.lines import Line
from crm.projects import queries as projects
from crm.projects.queries import Filter
from crm.projects.rules import CAPITAL_LABELS, SOURCE_LABELS, STATUS_LABELS
from crm.projects.rules.columns import COLUMNS, chosen

_SIZE = 2_000
#: What an address says instead of naming columns when everything is wanted.
ALL = "all"

Cell = Callable[[Line], Any]


def _keys(asked: Mapping[str, str]) -> tuple[str, ...]:
    cols = asked.get("cols", ALL)
    return tuple(COLUMNS) if cols == ALL else chosen(cols.split(","))


def count(actor: Actor, filters: Filter, today: date) -> int:
    return projects.stage_counts(actor, filters).of(filters.stages).count


def rows(actor: Actor, filters: Filter, asked: Mapping[str, str], today: date) -> Iterator[Line]:
    keys, sort, more = _keys(asked), lines.sort_of(asked.get("sort", "")), lines.sorts(today)
    for items in walk(lambda window: projects.listed(actor, filters, window, 0, sort, more), _SIZE):
        yield from lines.lines(actor, items, keys, today)


def _span(on: date | None, precision: dates.Precision | None) -> str | None:
    return None if on is None else dates.show_span(on, precision or dates.Precision.DAY)


_MONEY: Mapping[str, tuple[tuple[str, Cell], ...]] = {
    "amount": (("总投资 万元", lambda x: x.row.total_investment),),
    "amount_usd": (("总投资 万美元", lambda x: x.row.total_investment_usd),),
    "fixed": (
        ("固定资产投资 万元", lambda x: x.row.fixed_investment),
        ("固定资产投资 万美元", lambda x: x.row.fixed_investment_usd),
    ),
    "registered_capital": (("注册资本 万元", lambda x: x.row.registered_capital),),
    "equipment": (("设备投资 万元", lambda x: x.row.equipment_investment),),
    "statistics_name": (("纳统名称", lambda x: x.row.statistics_name),),
    "statistics_amount": (("纳统总投资 万元", lambda x: x.row.statistics_amount),),
    "land": (("用地 亩", lambda x: x.row.land_mu),),
    "invested": (("累计完成投资 万元", lambda x: x.invested),),
}


_CONTACT: Mapping[str, tuple[tuple[str, Cell], ...]] = {
    "contact": (("最近联系", lambda x: x.last_contact),),
    "next": (("下一步期限", lambda x: x.next_on), ("下一步", lambda x: x.next_what)),
    "first_contact": (("首次接洽", lambda x: _span(x.row.first_contact_on, x.row.first_contact_precision)),),
    "owner": (("责任人", lambda x: x.row.owner),),
    "leader": (("挂钩领导", lambda x: x.leader),),
    "updated": (("更新时间", lambda x: x.row.updated_at),),
}


def _cells() -> Mapping[str, tuple[tuple[str, Cell], ...]]:
    """What each column of the list becomes: one heading with its unit, or the few that its cell shows."""
    tiers = {tier.code: tier.label for tier in projects.tiers()}
    return {
        "code": (),
        "investor": (("投资方", lambda x: x.row.investor),),
        "zone": (),
        "chain": (("产业链", lambda x: x.row.chain),),
        "node": (
            ("环节", lambda x: x.row.node),
            ("产业链动作", lambda x: ACTION_LABELS[x.row.chain_action] if x.row.chain_action else None),
        ),
        "source": (("信息来源", lambda x: SOURCE_LABELS[x.row.source] if x.row.source else None),),
        "capital": (("内外资", lambda x: CAPITAL_LABELS[x.row.capital]),),
        "tier": (),
        "confidential": (),
        **_MONEY,
        "stage": (("阶段", lambda x: x.row.stage.label),),
        "days": (("本阶段 天", lambda x: x.days),),
        "since": (("进入阶段日期", lambda x: x.row.stage_since),),
        "status": (),
        "light": (
            ("灯", lambda x: lights.state(x.light)),
            ("灯的原因", lambda x: lights.reason(x.light)),
        ),
        "slip": (("推迟", lambda x: x.slip),),
        "sign": (("预计签约", lambda x: _span(x.row.expected_sign_on, x.row.expected_sign_precision)),),
        "start": (("预计开工", lambda x: x.row.expected_start_on),),
        **_CONTACT,
        # The project itself, which stands first on the list with what is printed under its name.
        "": (
            ("项目编号", lambda x: x.row.code),
            ("项目名称", lambda x: x.row.name),
            ("板块", lambda x: x.row.zone),
            ("级别", lambda x: tiers.get(x.row.tier) if x.row.tier else None),
            ("状态", lambda x: STATUS_LABELS[x.row.status]),
            ("保密", lambda x: "是" if x.row.confidential else "否"),
        ),
    }


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    cells = _cells()
    return [Column(heading, cell) for key in ("", *_keys(asked)) for heading, cell in cells[key]]
