"""月度投资 as sheets: a zone's month, the zones of a month, and one project's months."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from crm.core.actor import Actor
from crm.exports.sheets import Column, each
from crm.pipeline import queries
from crm.pipeline.queries import Counts, Line, MonthFilter
from crm.pipeline.rules import investment as rules

_SIZE = 2_000


# --- a zone's month -----------------------------------------------------------------------------------


def count(actor: Actor, filters: MonthFilter, today: date) -> int:
    return filters.total


def rows(actor: Actor, filters: MonthFilter, asked: Mapping[str, str], today: date) -> Iterator[Line]:
    return each(
        lambda window: queries.month_page(
            actor, filters.month, filters.zone_id, filters.owing, window, filters.total
        ),
        _SIZE,
    )


def _entered(line: Line) -> date | None:
    said = line.now.said if line.now.known else line.entered
    return said.in_statistics_on


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("项目编号", lambda x: x.project.code),
        Column("项目", lambda x: x.project.name),
        Column("分期", lambda x: x.phase.name if x.phase else None),
        Column("板块", lambda x: x.zone),
        Column("月份", lambda x: x.now.month),
        Column("协议总投资 万元", lambda x: x.plan.agreed),
        Column("上月完成 万元", lambda x: x.last.amounts.completed),
        Column("本月完成 万元", lambda x: x.now.amounts.completed),
        Column("到位资金 万元", lambda x: x.now.amounts.paid_in),
        Column("其中设备 万元", lambda x: x.now.amounts.equipment),
        Column("形象进度", lambda x: x.now.said.progress),
        Column("入统日期", _entered),
        Column("累计完成 万元", lambda x: x.whole.completed),
        Column("占协议 %", lambda x: _percent(rules.share(x.whole.completed, x.plan.agreed))),
        Column("状态", lambda x: "已报" if x.now.own else "未报"),
    )


def _percent(share: Any) -> Any:
    return None if share is None else share * 100


# --- the zones of a month -----------------------------------------------------------------------------


def count_zones(actor: Actor, filters: MonthFilter, today: date) -> int:
    return len(queries.month_counts(actor, filters.month))


def zones(actor: Actor, filters: MonthFilter, asked: Mapping[str, str], today: date) -> Iterator[Counts]:
    yield from queries.month_counts(actor, filters.month)


def zone_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("板块", lambda c: c.zone),
        Column("应报 个", lambda c: c.asked),
        Column("已报 个", lambda c: c.reported),
        Column("未报 个", lambda c: c.owing),
        Column("状态", lambda c: f"还差{c.owing}个" if c.owing else "已报齐"),
    )


# --- one project's months -----------------------------------------------------------------------------


def count_months(actor: Actor, filters: Any, today: date) -> int:
    return len(filters.months)


def months(actor: Actor, filters: Any, asked: Mapping[str, str], today: date) -> Iterator[Any]:
    """`filters` has the page's own rows: a year has twelve."""
    yield from filters.months


def _own(month: Any, name: str) -> object:
    return getattr(month.truth.own.amounts, name) if month.truth.own else None


def _corrected(month: Any) -> str | None:
    """The month's own corrections since it was closed, and those of closed months that it carries."""
    words = [f"更正{c.adjusts} {_signed(c.amounts)}" for c in month.carried]
    if month.later is not None:
        words.append(f"更正后 {_signed(month.later)}")
    return "；".join(words) or None


def _signed(amounts: rules.Amounts) -> str:
    said = ((rules.LABELS[name], getattr(amounts, name)) for name in rules.NAMES)
    return "，".join(f"{label} {value.normalize():f} 万元" for label, value in said if value is not None)


def month_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("月份", lambda m: m.month),
        Column("完成投资 万元", lambda m: _own(m, "completed")),
        Column("到位资金 万元", lambda m: _own(m, "paid_in")),
        Column("其中设备 万元", lambda m: _own(m, "equipment")),
        Column("更正", _corrected),
        Column("累计完成 万元", lambda m: m.whole.completed),
        Column("占协议 %", lambda m: _percent(m.share)),
        Column("序时 %", lambda m: _percent(m.elapsed)),
        Column("形象进度", lambda m: m.truth.said.progress),
        Column("状态", _state),
    )


def _state(month: Any) -> str | None:
    if month.locked:
        return "已结账"
    return "已报" if month.truth.own else None if month.early else "未报"
