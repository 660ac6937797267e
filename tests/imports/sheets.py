"""Small workbooks for the tests of imports; every name in them is invented."""

import io
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

GOLDEN = Path(__file__).parents[1] / "golden" / "ledgers"
HEADINGS = ("项目名称", "投资方", "总投资（亿元）", "首次对接时间", "所属园区")


def workbook(
    rows: Sequence[Sequence[Any]], *, name: str = "在谈项目", merged: Sequence[tuple[int, int, int, int]] = ()
) -> bytes:
    """The bytes of an .xlsx with one sheet; None leaves a cell empty, merged ranges keep their first value."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        page = book.add_worksheet(name)
        for first_row, first_column, last_row, last_column in merged:
            page.merge_range(first_row, first_column, last_row, last_column, "")
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(at, column, value)
                elif value is not None:
                    page.write_number(at, column, float(Decimal(str(value))))
    return content.getvalue()


def ledger(*rows: Sequence[Any]) -> bytes:
    return workbook([HEADINGS, *rows])


def csv(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\n".join(lines).encode(encoding)
