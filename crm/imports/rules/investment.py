"""A row of a monthly sheet (月度投资): which project and phase, which month, and its figures."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from crm.core import dates, money
from crm.core.errors import RuleBroken
from crm.core.folding import nfkc
from crm.imports.rules.cells import RowCells
from crm.imports.rules.grid import shown
from crm.imports.rules.projects import Sender, place_of
from crm.imports.rules.zone_names import ZoneNames
from crm.pipeline.rules import investment, month_of

_TITLE_MONTH = re.compile(r"(20\d{2})\s*[年.\-/]\s*(1[0-2]|0?[1-9])\s*月?(?!\d)")
_BARE_MONTH = re.compile(r"(20\d{2})(0[1-9]|1[0-2])")
_NO = ("否", "未", "未入统", "未入库", "未纳统", "不", "没有")


def read(row: RowCells, names: ZoneNames, sender: Sender) -> dict[str, Any]:
    """The draft in the words of the API, without what the sheet does not say."""
    fields: dict[str, Any] = {"name": row.words("project_name", 200).replace("\n", "")}
    if code := row.words("code", 40):
        fields["code"] = code.upper()
    if not fields["name"] and "code" not in fields:
        row.add(
            "no_name",
            row.first("project_name"),
            "project_name",
            "",
            "没有项目名称，也没有编号。请补上，或跳过这一行。",
        )
    place_of(row, names, sender, fields)
    if phase := row.words("phase", 80):
        fields["phase"] = phase
    _month(row, fields)
    _amounts(row, fields)
    _said(row, fields)
    return fields


def _month(row: RowCells, fields: dict[str, Any]) -> None:
    """The row's own month, else the one that the title or the name of the sheet speaks of."""
    column = row.first("month")
    written = shown(row.value(column))
    found = _written_month(row, column, written) if written else _titled(row)
    if found is None:
        if not written:
            message = "没有月份。请补上月份一列，或在表头上方写明，如 2026年10月。"
            row.add("month_bad", column, "month", "", message)
        return
    if found > month_of(row.today):
        row.add("month_bad", column, "month", written, f"{found} 还没有到。请改正月份，或跳过这一行。")
        return
    fields["month"] = found


def _titled(row: RowCells) -> str | None:
    said = _TITLE_MONTH.findall(nfkc(f"{row.found.title} {row.found.name}"))
    months = {f"{year}-{int(month):02d}" for year, month in said}
    return months.pop() if len(months) == 1 else None


def _written_month(row: RowCells, column: int, written: str) -> str | None:
    compact = "".join(nfkc(written).split())
    if bare := _BARE_MONTH.fullmatch(compact):
        return f"{bare[1]}-{bare[2]}"
    read_as = row.day("month")
    # 2026-10 read as 2026年10月 is nothing to tell of in every row.
    row.problems[:] = [p for p in row.problems if (p.kind, p.field) != ("date_read", "month")]
    if read_as is None:
        return None
    if read_as.precision not in (dates.Precision.DAY, dates.Precision.MONTH):
        row.add("month_bad", column, "month", written, "读不出是哪个月。请写成 2026-10 或 2026年10月。")
        return None
    return month_of(read_as.on)


def _amounts(row: RowCells, fields: dict[str, Any]) -> None:
    for name in investment.NAMES:
        for amount in row.amounts(name)[:1]:
            if amount.currency is not money.Currency.CNY:
                message = "月度投资按人民币填报，请折算成万元。"
                row.add("amount_bad", row.first(name), name, f"{amount.value:f}", message)
                continue
            fields[name] = f"{amount.value:f}"


def _said(row: RowCells, fields: dict[str, Any]) -> None:
    for name, most in (("progress", 500), ("note", 300)):
        if words := row.words(name, most):
            fields[name] = words
    if (entered := row.day("in_statistics_on")) is not None:
        fields["in_statistics_on"] = entered.on.isoformat()
        fields["in_statistics"] = True
    elif written := row.words("in_statistics", 20):
        fields["in_statistics"] = not written.startswith(_NO)


def draft(fields: dict[str, Any], known: investment.Truth, reason: str) -> investment.Draft:
    """What the row wants the month to say: its own words and figures over what is known; blanks never erase."""
    amounts = investment.Amounts(
        *(
            Decimal(fields[name]) if name in fields else getattr(known.amounts, name)
            for name in investment.NAMES
        )
    )
    on = fields.get("in_statistics_on")
    entered = fields.get("in_statistics", known.said.in_statistics)
    said = investment.Said(
        fields.get("progress", known.said.progress),
        entered,
        date.fromisoformat(on) if on else known.said.in_statistics_on if entered else None,
        fields.get("note", known.said.note),
    )
    return investment.Draft(amounts, said, None, reason)


def refusal(wanted: investment.Draft, month: str, today: date) -> RuleBroken | None:
    """Why the row cannot be true, with the field it lies in; None where it can."""
    try:
        investment.check(wanted, month, today)
    except RuleBroken as broken:
        return broken
    return None
