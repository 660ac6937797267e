"""Plain lists out: rows streamed to .xlsx or .csv, text staying text."""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import rustpy_xlsxwriter
import xlsxwriter

from crm.core.clock import CITY

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 32_767
_EXACT = 10**15
_DATE = "yyyy-mm-dd"
_MOMENT = "yyyy-mm-dd hh:mm"
_WIDTHS = (6, 60)
# XML cannot carry these, and spreadsheets refuse the file.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def safe(value: str) -> str:
    """Text for a CSV cell that no spreadsheet takes for a formula: a leading = + - @ tab or return gets a '.

    Numbers are not text and never pass here. Workbooks need none of it: their cells have a type.
    """
    return "'" + value if value.lstrip(" ").startswith(_DANGEROUS) else value


def tidy(value: object) -> Any:
    """A value as a workbook cell takes it: long integers and the rest as text, moments in the city's time."""
    if isinstance(value, str):
        return _CONTROL.sub("", value)[:_LONGEST]
    if isinstance(value, bool | float | Decimal) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < _EXACT else str(value)
    if isinstance(value, datetime):
        return value.astimezone(CITY).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, date):
        return value
    return _CONTROL.sub("", str(value))[:_LONGEST]


def stream_xlsx(
    path: str | os.PathLike[str],
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    sheet: str = "Sheet1",
    widths: Sequence[float] | None = None,
) -> int:
    """Write one sheet with a bold frozen heading row, in constant memory; returns the rows below it.

    Text is always written as text (codes keep 18 digits, nothing becomes a formula or a link).
    """
    iterator = iter(rows)
    first = next(iterator, None)
    every = iterator if first is None else chain([first], iterator)
    columns = list(widths) if widths else [_width(heading) for heading in headings]
    # The fast writer takes each row as a mapping, so headings must differ, and it needs a row to learn them.
    fast = first is not None and len(set(headings)) == len(headings) > 0
    write = _write_fast if fast else _write_plain
    return write(Path(path), list(headings), every, sheet, columns, first)


def _width(heading: str) -> float:
    wide = sum(2 if ord(character) > 255 else 1 for character in heading)
    return float(min(max(wide + 4, _WIDTHS[0]), _WIDTHS[1]))


def _write_fast(
    path: Path,
    headings: list[str],
    rows: Iterable[Sequence[object]],
    sheet: str,
    widths: list[float],
    first: Sequence[object] | None,
) -> int:
    written = 0

    def records() -> Iterator[dict[str, Any]]:
        nonlocal written
        for row in rows:
            written += 1
            yield dict(zip(headings, map(tidy, row), strict=True))

    moments = {
        heading: rustpy_xlsxwriter.Format().set_num_format(_MOMENT)
        for heading, value in zip(headings, first or (), strict=True)
        if isinstance(value, datetime)
    }
    rustpy_xlsxwriter.write_worksheet(
        records(),
        str(path),
        sheet_name=sheet,
        freeze_row=1,
        bold_headers=True,
        column_widths=widths,
        datetime_format=_DATE,
        column_formats=moments or None,
    )
    return written


def _write_plain(
    path: Path,
    headings: list[str],
    rows: Iterable[Sequence[object]],
    sheet: str,
    widths: list[float],
    first: Sequence[object] | None,
) -> int:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": _DATE,
    }
    written = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        page = book.add_worksheet(sheet)
        page.freeze_panes(1, 0)
        for at, width in enumerate(widths):
            page.set_column(at, at, width)
        page.write_row(0, 0, headings, book.add_format({"bold": True}))
        moment = book.add_format({"num_format": _MOMENT})
        for written, row in enumerate(rows, start=1):
            for at, value in enumerate(row):
                page.write(written, at, tidy(value), *([moment] if isinstance(value, datetime) else []))
    return written


def csv_chunks(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """A CSV file in pieces for a streamed answer: UTF-8 with the BOM that WPS and Excel need."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    for row in chain([headings], rows):
        writer.writerow([safe(value) if isinstance(value, str) else tidy(value) for value in row])
        if buffer.tell() > 64 * 1024:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
