"""Demands, promises and problems as a ledger (问题台账), and what has gone up because it is late."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, each, masked
from crm.followups import queries as followups
from crm.followups.queries import DemandFilters, DemandRow, EscalationRow, LadderFilters

_SIZE = 5_000


def count(actor: Actor, filters: DemandFilters, today: date) -> int:
    return followups.demands(actor, filters, Window(per_page=1), today).total


def rows(actor: Actor, filters: DemandFilters, asked: Mapping[str, str], today: date) -> Iterator[DemandRow]:
    return each(lambda window: followups.demands(actor, filters, window, today), _SIZE)


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("提出企业", lambda r: r.duty.company),
        Column("类别", lambda r: r.duty.kind.label),
        Column("问题类别", lambda r: r.category),
        Column("具体诉求", masked(lambda r: r.duty.what)),
        Column("责任单位", lambda r: r.unit),
        Column("责任人", lambda r: r.duty.owner),
        Column("板块", lambda r: r.duty.zone),
        Column("项目编号", lambda r: r.duty.project_code),
        Column("承诺领导", lambda r: r.leader),
        Column("提出时间", lambda r: r.raised_at),
        Column("答复期限", lambda r: r.answer_due_on),
        Column("现期限", lambda r: r.duty.due_on),
        Column("进展", lambda r: r.step.label),
        Column("灯", lambda r: r.light.reason),
        Column("答复", masked(lambda r: r.duty.answer)),
        Column("答复时间", lambda r: r.answered_at),
        Column("企业满意度", lambda r: r.satisfaction.label if r.satisfaction else None),
        Column("确认", lambda r: r.confirmed_by.label if r.confirmed_by else None),
        Column("确认人", lambda r: r.confirmed_name),
        Column("销号时间", lambda r: r.confirmed_at),
        Column("催办次数", lambda r: r.urged),
        Column("重新打开次数", lambda r: r.reopened),
    )


def count_steps(actor: Actor, filters: LadderFilters, today: date) -> int:
    return followups.escalations(actor, filters, Window(per_page=1), today).total


def steps(
    actor: Actor, filters: LadderFilters, asked: Mapping[str, str], today: date
) -> Iterator[EscalationRow]:
    return each(lambda window: followups.escalations(actor, filters, window, today), _SIZE)


def step_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("升级时间", lambda r: r.at),
        Column("升级到", lambda r: r.rung),
        Column("原因", lambda r: r.reason),
        Column("事项", masked(lambda r: r.duty.what)),
        Column("类别", lambda r: r.duty.kind.label),
        Column("企业", lambda r: r.duty.company),
        Column("项目编号", lambda r: r.duty.project_code),
        Column("板块", lambda r: r.duty.zone),
        Column("责任人", lambda r: r.duty.owner),
        Column("期限", lambda r: r.duty.due_on),
        Column("办结或改期时间", lambda r: r.resolved_at),
    )
