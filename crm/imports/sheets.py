"""The workbook of problems: the rows that were not taken, as they stood, with the reason beside each cell."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from crm.core.tables import tidy
from crm.imports.queries import StagedRow
from crm.imports.rules import PROBLEM_KINDS, Level
from crm.imports.rules.rows import ReadRow

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_MOST_NAME = 31


@dataclass(slots=True)
class ProblemRow:
    """`reasons` are messages by column, -1 for the whole row."""

    sheet: str
    row_no: int
    raw: list[str]
    reasons: dict[int, str] = field(default_factory=dict)


def of_read(row: ReadRow) -> ProblemRow:
    return _with_reasons(row.sheet, row.row_no, row.raw, [problem.as_json() for problem in row.problems])


def of_staged(row: StagedRow) -> ProblemRow:
    """The cells with the numbers that were written in them: the sender gets back what he sent."""
    raw = list(row.raw)
    for at, written in (json.loads(row.secret).get("raw", {}) if row.secret else {}).items():
        raw[int(at)] = written
    return _with_reasons(row.sheet, row.row_no, raw, row.problems)


def _with_reasons(sheet: str, row_no: int, raw: list[str], problems: list[dict[str, Any]]) -> ProblemRow:
    made = ProblemRow(sheet, row_no, raw)
    for problem in problems:
        if PROBLEM_KINDS[problem["kind"]].level is Level.READ:
            continue
        there = made.reasons.get(problem["column"])
        made.reasons[problem["column"]] = f"{there}；{problem['message']}" if there else problem["message"]
    return made


def write(path: Path, sheets: Iterable[Mapping[str, Any]], rows: Iterable[ProblemRow]) -> int:
    """One worksheet for each of the file's with problems; `sheets` are the batch's. Returns the number of rows."""
    by_sheet: dict[str, list[ProblemRow]] = {}
    for row in rows:
        by_sheet.setdefault(row.sheet, []).append(row)
    headings = {sheet["name"]: [column["heading"] for column in sheet["list"]] for sheet in sheets}
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        for at, (name, found) in enumerate(by_sheet.items() or [("没有问题", [])]):
            page = book.add_worksheet(_sheet_name(name, at))
            _page(book, page, headings.get(name, []), found)
    return sum(map(len, by_sheet.values()))


def _sheet_name(name: str, at: int) -> str:
    clean = "".join(c for c in name if c not in "[]:*?/\\'")[: _MOST_NAME - 3]
    return clean if clean and at == 0 else f"{clean}_{at + 1}"


def _page(book: Any, page: Any, headings: list[str], rows: list[ProblemRow]) -> None:
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1})
    bad = book.add_format({"bg_color": "#FBE9E7", "text_wrap": True, "border": 1})
    why = book.add_format({"font_color": "#B4322A", "text_wrap": True, "border": 1})
    plain = book.add_format({"text_wrap": True, "border": 1})
    told = sorted({column for row in rows for column in row.reasons if column >= 0})
    columns: list[tuple[str, int]] = [("行号", -2), ("整行的问题", -1)]
    for column in range(max([len(headings), *(len(row.raw) for row in rows)], default=0)):
        heading = headings[column] if column < len(headings) else ""
        columns.append((heading, column))
        if column in told:
            columns.append((f"{heading}的问题", -3 - column))
    page.freeze_panes(1, 2)
    page.set_column(0, 0, 6)
    page.set_column(1, len(columns), 18)
    page.set_landscape()
    page.set_paper(9)
    for at, (heading, _) in enumerate(columns):
        page.write_string(0, at, heading, head)
    for line, row in enumerate(rows, start=1):
        for at, (_, column) in enumerate(columns):
            style = bad if column in row.reasons and column >= 0 else why if column < 0 else plain
            page.write(line, at, tidy(_cell(row, column)), style)


def _cell(row: ProblemRow, column: int) -> Any:
    if column == -2:
        return row.row_no
    if column == -1:
        return row.reasons.get(-1, "")
    if column < -2:
        return row.reasons.get(-3 - column, "")
    return row.raw[column] if column < len(row.raw) else ""
