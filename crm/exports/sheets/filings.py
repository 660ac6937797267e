"""Filings, the pool, disputes, sanctions and what questions met, as sheets."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, each
from crm.filings import queries
from crm.filings.queries import CheckHitRow, DisputeRow, FilingRow, PoolRow, SanctionRow

_SIZE = 500
Asked = Mapping[str, str]


# --- filings -------------------------------------------------------------------------------------------------


def _listed(actor: Actor, filters: Any, window: Window, today: date) -> Any:
    return queries.listed(actor, filters.states, window, today, zone_id=filters.zone_id, q=filters.q)


def count(actor: Actor, filters: Any, today: date) -> int:
    return int(_listed(actor, filters, Window(per_page=1), today).total)


def rows(actor: Actor, filters: Any, asked: Asked, today: date) -> Iterator[FilingRow]:
    return each(lambda window: _listed(actor, filters, window, today), _SIZE)


def columns(asked: Asked) -> Sequence[Column]:
    return (
        Column("项目编号", lambda r: r.code),
        Column("项目名称", lambda r: r.project),
        Column("板块", lambda r: r.zone),
        Column("投资方", lambda r: r.investor),
        Column("总投资 万元", lambda r: r.total),
        Column("总投资 万美元", lambda r: r.total_usd),
        Column("状态", lambda r: r.state.label),
        Column("现状", lambda r: r.protection.words),
        Column("首次接触", lambda r: r.contact_on),
        Column("报备时间", lambda r: r.filed_moment),
        Column("报备人", lambda r: r.by),
        Column("核定意见", lambda r: r.decision_reason),
        Column("保护期自", lambda r: r.protected_from),
        Column("保护期至", lambda r: r.protected_until),
        Column("延期", lambda r: r.extension.label if r.extension else None),
        Column("争议协调中", lambda r: "是" if r.disputed else None),
        Column("结束日期", lambda r: r.ended_on),
        Column("结束原因", lambda r: r.end_kind.label if r.end_kind else None),
    )


# --- the pool ------------------------------------------------------------------------------------------------


def count_pool(actor: Actor, filters: Any, today: date) -> int:
    return queries.pool(Window(per_page=1)).total


def pool(actor: Actor, filters: Any, asked: Asked, today: date) -> Iterator[PoolRow]:
    return each(queries.pool, _SIZE)


def pool_columns(asked: Asked) -> Sequence[Column]:
    return (
        Column("投资方", lambda r: r.investor),
        Column("地区", lambda r: r.region),
        Column("行业", lambda r: r.industry),
        Column("产业环节", lambda r: r.node),
        Column("总投资 万元", lambda r: r.total),
        Column("总投资 万美元", lambda r: r.total_usd),
        Column("进入原因", lambda r: r.end_kind.label),
        Column("进入日期", lambda r: r.since),
        Column("说明", lambda r: r.reason),
    )


# --- disputes ------------------------------------------------------------------------------------------------


def count_disputes(actor: Actor, filters: Any, today: date) -> int:
    return queries.disputes(actor, filters, Window(per_page=1), today).total


def disputes(actor: Actor, filters: Any, asked: Asked, today: date) -> Iterator[DisputeRow]:
    return each(lambda window: queries.disputes(actor, filters, window, today), _SIZE)


def _side(row: DisputeRow, at: int) -> FilingRow | None:
    """The reader's own side first; the other one only where he reaches it."""
    return row.sides[at] if at < len(row.sides) else None


def _outcome(row: DisputeRow) -> str | None:
    end = row.steps[-1].end
    if row.light is not None or end is None:
        return None
    if row.winner_id is None:
        return end.label
    winner = next((side for side in row.sides if side.id == row.winner_id), None)
    return f"{end.label}：{winner.zone if winner else '对方'}继续"


def dispute_columns(asked: Asked) -> Sequence[Column]:
    return (
        Column("项目", lambda r: r.sides[0].project),
        Column("项目编号", lambda r: r.sides[0].code),
        Column("板块", lambda r: r.sides[0].zone),
        Column("投资方", lambda r: r.sides[0].investor),
        Column("报备时间", lambda r: r.sides[0].filed_moment),
        Column("对方板块", lambda r: side.zone if (side := _side(r, 1)) else None),
        Column("对方", lambda r: f"{side.code} {side.filed_moment}" if (side := _side(r, 1)) else r.taken),
        Column("提出时间", lambda r: r.opened_at),
        Column("现在", lambda r: r.rung.label),
        Column("期限", lambda r: r.steps[-1].due_on),
        Column("期限提示", lambda r: r.light.words if r.light else None),
        Column("结果", _outcome),
        Column("内容", lambda r: r.steps[-1].text),
        Column("文号", lambda r: r.steps[-1].document),
    )


# --- sanctions and hits --------------------------------------------------------------------------------------


def count_sanctions(actor: Actor, filters: Any, today: date) -> int:
    return queries.sanctions(actor, Window(per_page=1)).total


def sanctions(actor: Actor, filters: Any, asked: Asked, today: date) -> Iterator[SanctionRow]:
    return each(lambda window: queries.sanctions(actor, window), _SIZE)


def sanction_columns(asked: Asked) -> Sequence[Column]:
    return (
        Column("项目", lambda r: r.project),
        Column("项目编号", lambda r: r.code),
        Column("板块", lambda r: r.zone),
        Column("情形", lambda r: r.offence.label),
        Column("处理", lambda r: r.effects.words),
        Column("原因", lambda r: r.reason),
        Column("依据文件", lambda r: r.basis),
        Column("处理时间", lambda r: r.made_at),
        Column("状态", lambda r: r.state),
        Column("撤销原因", lambda r: r.revoke_reason),
    )


def count_hits(actor: Actor, filters: Any, today: date) -> int:
    return queries.check_hits(Window(per_page=1)).total


def hits(actor: Actor, filters: Any, asked: Asked, today: date) -> Iterator[CheckHitRow]:
    return each(queries.check_hits, _SIZE)


def hit_columns(asked: Asked) -> Sequence[Column]:
    return (
        Column("查的项目", lambda r: r.project),
        Column("项目编号", lambda r: r.code),
        Column("查询板块", lambda r: r.zone),
        Column("查询人", lambda r: r.by),
        Column("查询时间", lambda r: r.asked_at),
        Column("方式", lambda r: r.via.label),
        Column("投资方", lambda r: r.company),
        Column("报备板块", lambda r: r.holder),
        Column("报备的投资方", lambda r: r.held_company),
        Column("原因", lambda r: r.reason.label),
    )
