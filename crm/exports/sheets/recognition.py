"""The recognition queue as a sheet: each submission with its agreement, its record and what has been counted so far."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, each
from crm.pipeline import queries
from crm.pipeline.queries import QueueFilter, QueueRow
from crm.pipeline.rules import MILESTONE_STATE_LABELS
from crm.projects import queries as projects
from crm.projects.rules import CAPITAL_LABELS, EXCLUSION_LABELS

_SIZE = 2_000


def count(actor: Actor, filters: QueueFilter, today: date) -> int:
    return queries.queue(actor, filters, Window(per_page=1)).total


def rows(actor: Actor, filters: QueueFilter, asked: Mapping[str, str], today: date) -> Iterator[QueueRow]:
    return each(lambda window: queries.queue(actor, filters, window), _SIZE)


def _registered(row: QueueRow, name: str) -> object:
    """A submission of a phase is held against the phase."""
    return getattr(row, f"{'phase' if row.phase_no is not None else 'project'}_{name}")


def _state(row: QueueRow) -> str:
    return "待重新认定" if row.needs_again else MILESTONE_STATE_LABELS[row.state]


def _exclusion(row: QueueRow) -> str | None:
    labels = {each.value: label for each, label in EXCLUSION_LABELS.items()}
    return labels.get(row.exclusion) if row.exclusion else None


_MONEY = (
    Column("协议总投资 万元", lambda r: r.agreement_total),
    Column("协议总投资 万美元", lambda r: r.agreement_total_usd),
    Column("协议固定资产投资 万元", lambda r: r.agreement_fixed),
    Column("登记总投资 万元", lambda r: _registered(r, "total")),
    Column("登记总投资 万美元", lambda r: _registered(r, "total_usd")),
    Column("登记固定资产投资 万元", lambda r: _registered(r, "fixed")),
    Column("计入总投资 万元", lambda r: r.counted_amount),
    Column("计入总投资 万美元", lambda r: r.counted_amount_usd),
    Column("计入固定资产投资 万元", lambda r: r.counted_fixed),
    Column("协议用地 亩", lambda r: r.agreement_land_mu),
)
_PAPERS = (
    Column("证据", lambda r: "、".join(f"{f.label} {f.filename}".strip() for f in r.files)),
    Column("审查人", lambda r: r.review_by),
    Column("审查日期", lambda r: r.review_on),
    Column("审查结论", lambda r: r.review_conclusion),
    Column("签约各方", lambda r: r.parties),
    Column("履约义务", lambda r: r.obligations),
    Column("排除情形", _exclusion),
    Column("日期先后说明", lambda r: r.order_reason),
    Column("说明", lambda r: r.note),
)


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    tiers = {tier.code: tier.label for tier in projects.tiers()}
    return (
        Column("项目编号", lambda r: r.code),
        Column("项目", lambda r: r.project),
        Column("里程碑", lambda r: r.words),
        Column("状态", _state),
        Column("板块", lambda r: r.zone),
        Column("级别", lambda r: tiers.get(r.tier) if r.tier else None),
        Column("投资方", lambda r: r.investor),
        Column("内外资", lambda r: CAPITAL_LABELS[r.capital]),
        Column("日期", lambda r: r.happened_on),
        *_MONEY,
        *_PAPERS,
        Column("申报人", lambda r: r.submitted_by if r.submitted_at else None),
        Column("申报时间", lambda r: r.submitted_at),
        Column("统计日期", lambda r: r.statistical_on),
        Column("计入级别", lambda r: tiers.get(r.counted_tier) if r.counted_tier else None),
        Column("办理人", lambda r: r.decided_by),
        Column("办理时间", lambda r: r.decided_at),
        Column("办理原因", lambda r: r.decision_reason),
    )
