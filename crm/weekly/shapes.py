"""The week as JSON: figures by zone and chain, and the rows of every sheet by their headings."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from crm.core import clock
from crm.quotas import shapes as quotas
from crm.weekly import sheets
from crm.weekly.rules import Report, ZoneOverview


def as_json(report: Report) -> dict[str, Any]:
    """Amounts as decimal strings in 万元; `quotas` has the shape of the board, None where no plan covers the year."""
    week = report.issue.week
    return {
        "week": week.label,
        "year": report.issue.year,
        "number": report.issue.number,
        "issue": report.issue.label,
        "starts_after": week.starts_after.isoformat(),
        "cut": week.cut.isoformat(),
        "known_at": clock.local(report.known_at).isoformat(),
        "scope": report.scope,
        "zone": report.zone_code,
        "overview": [overview_json(row) for row in report.figures.zones],
        "total": overview_json(report.figures.total),
        "quotas": quotas.as_json(report.board) if report.board else None,
        "sheets": {
            table.name: _rows(table)
            for table in sheets.tables(report)
            if table.name not in ("总览", "重大项目配额")
        },
    }


def _rows(table: Any) -> list[dict[str, Any]]:
    headings: Sequence[str] = [
        column.heading.replace("亿元", "万元") if column.kind == "yi" else column.heading
        for column in table.columns
    ]
    return [dict(zip(headings, map(_value, row), strict=True)) for row in table.rows]


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return None if value == "" else value


def overview_json(row: ZoneOverview) -> dict[str, Any]:
    """Tallies become {count, amount}."""
    found: dict[str, Any] = {"stock": {"count": row.stock, "amount": _value(row.stock_amount)}}
    for each in fields(row):
        value = getattr(row, each.name)
        found[each.name] = (
            {"count": value.count, "amount": _value(value.amount)}
            if hasattr(value, "amount")
            else _value(value)
        )
    return found
