"""Workbooks and CSV files as sheets of rows of plain values."""

import codecs
import csv
import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import PurePath
from typing import BinaryIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from crm.core.errors import RuleBroken
from crm.core.tables import refusals

Source = str | os.PathLike[str] | bytes
Cell = str | int | float | bool | date | datetime | None

# Beyond 15 digits a float no longer holds every integer, and Excel has filled up with zeros.
_EXACT = 10**15
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged range, inclusive, counted from 0; its value stands in the first cell, the others are None."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


class Sheet:
    """`rows` gives a fresh iterator at each access; row and column numbers agree with `merged`."""

    def __init__(
        self,
        name: str,
        rows: Callable[[], Iterator[list[Cell]]],
        *,
        hidden: bool = False,
        merged: Callable[[], tuple[Merged, ...]] = tuple,
        is_empty: Callable[[], bool] = lambda: False,
    ) -> None:
        self.name = name
        self.hidden = hidden
        self._rows = rows
        self._merged = merged
        self._is_empty = is_empty

    @property
    def rows(self) -> Iterator[list[Cell]]:
        return self._rows()

    @cached_property
    def merged(self) -> tuple[Merged, ...]:
        return self._merged()

    @cached_property
    def is_empty(self) -> bool:
        return self._is_empty()


@dataclass(frozen=True)
class Book:
    """Sheets in the order of the file, chart sheets left out, at least one with content."""

    filename: str
    sheets: list[Sheet]


def open_book(
    source: Source, filename: str | None = None, *, limit_bytes: int = refusals.LIMIT_BYTES
) -> Book:
    """Open a file by path or by content; `filename` is what the sender called it and decides how it is read.

    Raises RuleBroken, in Chinese, for a wrong type, an empty, encrypted or damaged file, one over
    `limit_bytes`, and one that would unpack to a monster.
    """
    name = filename or ("" if isinstance(source, bytes) else PurePath(source).name)
    with _opened(source) as file:
        suffix = refusals.check(file, name, limit_bytes)
        if suffix in (".csv", ".txt"):
            book = Book(name, [_text_sheet(source, file, name)])
        else:
            book = Book(name, _workbook_sheets(file))
    if all(sheet.is_empty for sheet in book.sheets):
        raise RuleBroken("表里没有内容，请检查是否选错了文件。")
    return book


def _opened(source: Source) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb")


# --- workbooks ------------------------------------------------------------------------------------


def _workbook_sheets(file: BinaryIO) -> list[Sheet]:
    try:
        book = CalamineWorkbook.from_filelike(file)
    except PasswordError:
        raise refusals.encrypted() from None
    except (CalamineError, OSError):
        raise refusals.damaged() from None
    return [
        _workbook_sheet(book, at, meta.name, meta.visible != SheetVisibleEnum.Visible)
        for at, meta in enumerate(book.sheets_metadata)
        if meta.typ == SheetTypeEnum.WorkSheet
    ]


def _workbook_sheet(book: CalamineWorkbook, at: int, name: str, hidden: bool) -> Sheet:
    parsed: list[CalamineSheet] = []

    def sheet() -> CalamineSheet:
        if not parsed:
            try:
                parsed.append(book.get_sheet_by_index(at))
            except (CalamineError, OSError):
                raise refusals.damaged() from None
        return parsed[0]

    def rows() -> Iterator[list[Cell]]:
        first_column = (sheet().start or (0, 0))[1]
        # Rows above the first used one are given by the reader, columns to its left are not.
        margin: list[Cell] = [None] * first_column
        for row in sheet().iter_rows():
            yield margin + [_cell(value) for value in row]

    def merged() -> tuple[Merged, ...]:
        return tuple(Merged(*first, *last) for first, last in sheet().merged_cell_ranges or ())

    return Sheet(name, rows, hidden=hidden, merged=merged, is_empty=lambda: not sheet().height)


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        # Every number of a workbook is a float; whole ones are counts and ids, never 1.38E+10.
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    if isinstance(value, bool | int | date):
        return value
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, timedelta):
        return str(value)
    return None


def _text(value: str) -> str | None:
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "") if value.strip() else None


# --- text files -----------------------------------------------------------------------------------

# Spreadsheets write ="00123" into CSV to keep a code from becoming a number.
_KEPT_AS_TEXT = re.compile(r'="([^"]*)"')


def _text_sheet(source: Source, file: BinaryIO, name: str) -> Sheet:
    encoding = _encoding(file)
    delimiter = _delimiter(file, encoding)

    def rows() -> Iterator[list[Cell]]:
        with io.TextIOWrapper(_opened(source), encoding=encoding, newline="") as lines:
            try:
                for row in csv.reader(lines, delimiter=delimiter):
                    yield [_csv_cell(value) for value in row]
            except csv.Error:
                raise RuleBroken(
                    "文本表格的引号或分隔符不完整，请用 WPS 打开，另存为 .xlsx 后再上传。"
                ) from None

    def is_empty() -> bool:
        return not any(value is not None for row in rows() for value in row)

    return Sheet(PurePath(name).stem, rows, is_empty=is_empty)


def _csv_cell(value: str) -> str | None:
    kept = _KEPT_AS_TEXT.fullmatch(value)
    return _text(kept[1] if kept else value)


def _encoding(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8-sig", "gb18030"]
    for encoding in candidates:
        if _decodes(file, encoding):
            return encoding
    raise RuleBroken("文字编码认不出来，请用 WPS 打开，另存为 .xlsx 后再上传。")


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while piece := file.read(_CHUNK):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(file: BinaryIO, encoding: str) -> str:
    """The mark that stands outside quotes in most of the first lines; a comma when none does."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    sample = decoder.decode(file.read(64 * 1024))
    lines = re.sub(r'"[^"]*"', "", sample).splitlines()[:50]
    # A mark in every line beats one that is frequent in a few.
    return max(
        ",;\t",
        key=lambda mark: (sum(mark in line for line in lines), sum(line.count(mark) for line in lines)),
    )
