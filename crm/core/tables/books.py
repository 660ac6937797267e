"""Workbooks that are printed and handed in: titled sheets with units in their headings and totals that calculate.

Written by xlsxwriter in constant memory, so every sheet is written from its first row to its last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from crm.core.tables.writing import tidy

UNKNOWN = "—"
_SONG, _FANG = "宋体", "仿宋"
_A4 = 9
_WAN_IN_YI = 10_000
_TITLE_ROWS = 3


@dataclass(frozen=True, slots=True)
class Column:
    """A heading with its unit in it, a width in characters, and how its cells read.

    Kinds: text, long (wrapped), yi (万元 in, 亿 shown with two decimals), number, percent (a ratio), day (a date, or words).
    `total` asks for a sum in the last row.
    """

    heading: str
    width: float = 12
    kind: str = "text"
    total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: its name, a merged title, a line under it (period, unit, maker), columns and rows of plain values."""

    name: str
    title: str
    line: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    frozen: int = 2


_FORMATS: dict[str, dict[str, Any]] = {
    "text": {"align": "left"},
    "long": {"align": "left", "text_wrap": True},
    "yi": {"align": "right", "num_format": "#,##0.00"},
    "number": {"align": "right", "num_format": "#,##0.##"},
    "percent": {"align": "right", "num_format": "0.0%"},
    "day": {"align": "center", "num_format": "yyyy-mm-dd"},
    "unknown": {"align": "center"},
}


class _Styles:
    """The workbook's formats, made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        body = {"font_name": _FANG, "font_size": 11, "border": 1, "valign": "vcenter"}
        self.title = book.add_format(
            {"font_name": _SONG, "font_size": 18, "bold": True, "align": "center", "valign": "vcenter"}
        )
        self.line = book.add_format(
            {"font_name": _FANG, "font_size": 11, "align": "right", "valign": "vcenter"}
        )
        heading = {
            "font_name": _SONG,
            "font_size": 11,
            "bold": True,
            "border": 1,
            "align": "center",
            "valign": "vcenter",
        }
        self.heading = book.add_format(heading | {"text_wrap": True, "bg_color": "#EEF1F0"})
        self.cells = {kind: book.add_format(body | extra) for kind, extra in _FORMATS.items()}
        strong = body | {"bold": True}
        self.totals = {kind: book.add_format(strong | extra) for kind, extra in _FORMATS.items()}


def write_book(file: IO[bytes], tables: Iterable[Table], *, title: str, author: str) -> dict[str, int]:
    """Writes the sheets in order; returns sheet name → rows written. Text is always text: no formula, no link, no number."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    counts = {}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": title, "author": author})
        styles = _Styles(book)
        for table in tables:
            counts[table.name] = _write_sheet(book.add_worksheet(table.name), table, styles)
    return counts


def _write_sheet(page: Any, table: Table, styles: _Styles) -> int:
    last = len(table.columns) - 1
    _set_up(page, table)
    page.set_row(0, 32)
    page.merge_range(0, 0, 0, last, table.title, styles.title)
    page.merge_range(1, 0, 1, last, table.line, styles.line)
    page.set_row(2, 32)
    for at, column in enumerate(table.columns):
        page.write_string(2, at, column.heading, styles.heading)
    sums: list[Decimal | None] = [None] * len(table.columns)
    row = _TITLE_ROWS
    for values in table.rows:
        for at, (column, value) in enumerate(zip(table.columns, values, strict=True)):
            _write_cell(page, row, at, column.kind, value, styles.cells)
            if column.total and value is not None:
                sums[at] = (sums[at] or Decimal(0)) + value
        row += 1
    if any(column.total for column in table.columns):
        _write_total(page, row, table, sums, styles)
    return row - _TITLE_ROWS


def _set_up(page: Any, table: Table) -> None:
    for at, column in enumerate(table.columns):
        page.set_column(at, at, column.width)
    page.freeze_panes(_TITLE_ROWS, table.frozen)
    page.set_landscape()
    page.set_paper(_A4)
    page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0, _TITLE_ROWS - 1)
    page.set_footer("&C第 &P 页，共 &N 页")
    page.center_horizontally()


def _write_cell(page: Any, row: int, at: int, kind: str, value: Any, formats: dict[str, Any]) -> None:
    style = formats[kind]
    if value is None or value == "":
        page.write_string(row, at, UNKNOWN, formats["unknown"])
    elif isinstance(value, str):
        page.write_string(row, at, tidy(value), style if kind in ("text", "long") else formats["unknown"])
    elif isinstance(value, date):
        page.write_datetime(row, at, value, style)
    else:
        page.write_number(row, at, _number(kind, value), style)


def _number(kind: str, value: Decimal | int) -> float:
    return float(value / _WAN_IN_YI) if kind == "yi" else float(value)


def _write_total(page: Any, row: int, table: Table, sums: Sequence[Decimal | None], styles: _Styles) -> None:
    """Sums as formulas with their value beside them, for readers that do not calculate; nothing known stays unknown."""
    for at, (column, known) in enumerate(zip(table.columns, sums, strict=True)):
        if at == 0:
            page.write_string(row, at, "合计", styles.totals["unknown"])
        elif not column.total:
            page.write_blank(row, at, None, styles.totals["text"])
        elif known is None:
            page.write_string(row, at, UNKNOWN, styles.totals["unknown"])
        else:
            name = xl_col_to_name(at)
            formula = f"=SUM({name}{_TITLE_ROWS + 1}:{name}{row})"
            page.write_formula(row, at, formula, styles.totals[column.kind], _number(column.kind, known))
