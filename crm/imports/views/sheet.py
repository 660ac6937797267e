"""The sheet as the sheet looks, with our reading laid over it: frozen lines for the template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.imports.models import ImportBatch
from crm.imports.queries import StagedRow
from crm.imports.rules import PROBLEM_KINDS, BatchKind, Level, RowAction, headings, letter

_WIDTHS = {
    "seq": "w40", "zone": "w88", "total_investment": "w104", "total_investment_usd": "w104", "fixed_investment": "w104",
    "land_mu": "w72", "uscc": "w176", "content": "w200", "business": "w240", "progress": "w160", "name": "w240", "parent": "w280",
    "project_name": "w160", "investor": "w136", "contact": "w136", "contact_phone": "w120", "owner": "w120",
    "first_contact_date": "w104", "sign_date": "w104", "industry": "w96", "region": "w80", "city": "w80",
}  # fmt: skip
_NUMBERS = frozenset(
    {"total_investment", "total_investment_usd", "fixed_investment", "land_mu", "registered_capital"}
)
_CLASSES = {Level.READ: "c-read", Level.CONFIRM: "c-warn", Level.ERROR: "c-bad"}
_SHAPES = {Level.CONFIRM: "warn", Level.ERROR: "bad"}


@dataclass(frozen=True, slots=True)
class Cell:
    """`reading` is printed under the text; `shape` is the mark before it."""

    text: str
    cls: str = ""
    reading: str = ""
    shape: str = ""
    columns: int = 1
    rows: int = 1
    map: str = ""
    mapped: bool = False
    index: int = -1
    field: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the sheet; `cls` is title, unitr, hd, sec or "". `mark` tells what becomes of a row as a whole."""

    no: int
    cls: str
    cells: tuple[Cell, ...]
    mark: str = ""
    shape: str = ""


@dataclass(frozen=True, slots=True)
class View:
    name: str
    letters: tuple[str, ...]
    widths: tuple[str, ...]
    head: tuple[Line, ...]
    body: tuple[Line, ...]
    next_after: int | None


def build(
    batch: ImportBatch,
    sheet: Mapping[str, Any],
    rows: Sequence[StagedRow],
    most: int,
    current: tuple[str, int] | None,
) -> View:
    """One sheet of a batch; `rows` may hold one more than are shown, `current` is the cell being put right."""
    columns = sheet["list"]
    count = len(columns)
    widths = tuple(_WIDTHS.get(column["field"] or "", "w112") for column in columns)
    numbers = {column["index"] for column in columns if column["field"] in _NUMBERS}
    shown = rows[:most]
    body = tuple(_line(row, count, numbers, current) for row in shown)
    after = shown[-1].id if len(rows) > most else None
    return View(
        sheet["name"], tuple(letter(at) for at in range(count)), widths, _head(batch.kind, sheet), body, after
    )


# --- the top of the sheet -------------------------------------------------------------------------


def _head(kind: BatchKind, sheet: Mapping[str, Any]) -> tuple[Line, ...]:
    first = sheet["header_row"] - 1
    last = first + sheet["header_rows"] - 1
    columns = sheet["list"]
    lines: list[Line] = []
    for at in range(first):
        text = "　".join(cell for cell in sheet["head"][at] if cell)
        cls = "title" if not lines and text else "unitr"
        if text:
            lines.append(Line(at + 1, cls, (Cell(text, columns=len(columns)),)))
    for at in range(first, last + 1):
        lines.append(Line(at + 1, "hd", _headings(kind, sheet, at, last)))
    return tuple(lines)


def _headings(kind: BatchKind, sheet: Mapping[str, Any], at: int, last: int) -> tuple[Cell, ...]:
    row, spans = sheet["head"][at], [tuple(part) for part in sheet["merged"]]
    cells = []
    for column in sheet["list"]:
        index = column["index"]
        span = next((s for s in spans if s[0] <= at <= s[2] and s[1] <= index <= s[3]), None)
        if span and (span[0], span[1]) != (at, index):
            continue
        rows = min(span[2], last) - at + 1 if span else 1
        wide = span[3] - span[1] + 1 if span else 1
        ends = at + rows - 1 == last and wide == 1
        label, mapped = _label(kind, column["field"]) if ends else ("", False)
        cls = "num" if column["field"] in _NUMBERS and ends else ""
        cells.append(
            Cell(
                row[index] if index < len(row) else "",
                cls,
                columns=wide,
                rows=rows,
                map=label,
                mapped=mapped,
                index=index,
                field=column["field"] or "",
            )
        )
    return tuple(cells)


def _label(kind: BatchKind, field: str | None) -> tuple[str, bool]:
    if field is None:
        return "不导入", False
    if field == "seq":
        return "跳过", False
    label = headings.LABELS[kind].get(field)
    return (label, True) if label else ("暂不入库", False)


# --- rows -----------------------------------------------------------------------------------------


def _line(row: StagedRow, count: int, numbers: set[int], current: tuple[str, int] | None) -> Line:
    if row.action is RowAction.SKIP:
        text = "　".join(cell for cell in row.raw if cell)
        return Line(row.row_no, "sec", (Cell(f"{text}　{row.fields.get('reason', '')}", columns=count),))
    by_column: dict[int, Mapping[str, Any]] = {}
    for problem in row.problems:
        there = by_column.get(problem["column"])
        if there is None or _order(problem) < _order(there):
            by_column[problem["column"]] = problem
    place = f"{row.sheet}!{row.row_no}"
    cells = []
    for at in range(count):
        text = row.raw[at] if at < len(row.raw) else ""
        cells.append(_cell(text, by_column.get(at), at in numbers, current == (place, at)))
    whole = by_column.get(-1)
    mark = whole["message"] if whole else ""
    return Line(row.row_no, "", tuple(cells), mark, _SHAPES.get(_level(whole), "info") if whole else "")


def _level(problem: Mapping[str, Any]) -> Level:
    return PROBLEM_KINDS[problem["kind"]].level


def _order(problem: Mapping[str, Any]) -> int:
    return [Level.ERROR, Level.CONFIRM, Level.READ].index(_level(problem))


_SHORT = {
    "date_unclear": "1月或10月",
    "zone_unknown": "不认识",
    "zone_several": "有几个",
    "zone_foreign": "不在本板块",
    "parent_open": "名录和本表里都没有",
    "parent_circle": "是本企业或它的下级",
    "parent_differs": "与名录里的不同",
}


def _cell(text: str, problem: Mapping[str, Any] | None, number: bool, current: bool) -> Cell:
    cls = ["num"] if number else []
    if problem is None:
        return Cell(text, " ".join(cls + (["c-cur"] if current else [])))
    level = _level(problem)
    cls.append(_CLASSES[level])
    if current:
        cls.append("c-cur")
    reading = _SHORT.get(problem["kind"]) or (
        PROBLEM_KINDS[problem["kind"]].label if level is Level.ERROR else problem["message"]
    )
    return Cell(text, " ".join(cls), reading, _SHAPES.get(level, ""))
