"""A whole book, row by row: what is data, what is left out, and the draft of each row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from crm.core.errors import RuleBroken
from crm.core.folding import nfkc
from crm.core.tables import Book, Cell, Sheet
from crm.imports.rules import (
    OF_COMPANIES,
    PROBLEM_KINDS,
    BatchKind,
    Level,
    Problem,
    RowAction,
    companies,
    grid,
    headings,
    investment,
    projects,
    targets,
)
from crm.imports.rules.cells import Person, RowCells, hidden_digits
from crm.imports.rules.grid import Found, shown
from crm.imports.rules.projects import Sender
from crm.imports.rules.zone_names import ZoneNames

_SENSITIVE = ("contact", "contact_phone", "owner")
_SAMPLE = 60
#: Kinds whose confirmation lets a difference be carried out.
_CONFIRMING = frozenset({"differs", "month_closed", "parent_differs", "target_differs"})


@dataclass(slots=True)
class Choices:
    """A person's answers: cells by "sheet!row!column", confirmations by "sheet!row!kind", rows left out by "sheet!row"."""

    cells: Mapping[str, str] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    all_confirmed: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Choices":
        return cls(
            stored.get("cells", {}),
            frozenset(stored.get("confirmed", ())),
            frozenset(stored.get("skipped", ())),
        )


@dataclass(slots=True)
class ReadRow:
    """`action` is NEW until the row is compared with what is there. `hidden` are the columns whose text holds a number."""

    sheet: str
    row_no: int
    action: RowAction
    raw: list[str]
    fields: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    hidden: tuple[int, ...] = ()
    changes: dict[str, Any] = field(default_factory=dict)
    target_id: int | None = None
    #: The company it is put under, where the register has that one.
    parent_id: int | None = None
    #: Differences of amounts, dates and parents may be carried out.
    confirmed: bool = False
    #: Kinds of problems of this row that a person has settled.
    settled: frozenset[str] = frozenset()
    #: Nothing of the row is written before a person has confirmed it.
    waits: bool = False
    #: Field → its cell of this row, where the decider names fields.
    columns: dict[str, int] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return f"{self.sheet}!{self.row_no}"

    def masked(self) -> list[str]:
        return [hidden_digits(text) if at in self.hidden else text for at, text in enumerate(self.raw)]

    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.level is Level.ERROR]


@dataclass(frozen=True, slots=True)
class Task:
    """How to read: the kind of list, the day, the zones, the sender, and what people have corrected."""

    kind: BatchKind
    today: date
    names: ZoneNames
    sender: Sender
    choices: Choices = field(default_factory=Choices)
    #: The most cells of a row that are kept as they were written.
    most_columns: int = 60


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet together with where its table was found."""

    sheet: Sheet
    found: Found


def tables_of(
    book: Book, kind: BatchKind, corrections: Mapping[str, Any] | None = None, names: ZoneNames | None = None
) -> list[Table]:
    """The tables of a book. Raises RuleBroken when no sheet has a heading that names the records."""
    tables = []
    for sheet in book.sheets:
        if sheet.hidden or sheet.is_empty:
            continue
        found = grid.find(sheet, kind)
        if found is None:
            continue
        if names is not None and kind is BatchKind.PROJECTS:
            found = _by_content(found, sheet, names)
        correction = (corrections or {}).get(sheet.name) or (corrections or {}).get(found.signature)
        if correction:
            found = grid.corrected(found, kind, correction)
        tables.append(Table(sheet, found))
    if not tables:
        what = "企业名称" if kind in OF_COMPANIES else "项目名称"
        raise RuleBroken(f"前 15 行里没有找到表头。请确认表里有“{what}”一列，和其他列名在同一行，再上传。")
    return tables


def _by_content(found: Found, sheet: Sheet, names: ZoneNames) -> Found:
    """单位 and 责任单位 may hold zones or departments: the cells tell, where no other column gives the zone."""
    if any(column.field == "zone" for column in found.columns):
        return found
    for column in found.columns:
        if column.field not in ("attract_unit", "landing_unit", "county"):
            continue
        cells = _sample(sheet, found.last, column.index)
        if cells and 2 * sum(names.knows(cell) for cell in cells) >= len(cells):
            return grid.corrected(found, BatchKind.PROJECTS, {"columns": {str(column.index): "zone"}})
    return found


def _sample(sheet: Sheet, last: int, column: int) -> list[str]:
    cells = []
    for at, row in enumerate(sheet.rows):
        if at > last + _SAMPLE:
            break
        if at > last and column < len(row) and (written := shown(row[column])):
            cells.append(written)
    return cells


# --- rows -----------------------------------------------------------------------------------------


def read(tables: Sequence[Table], task: Task) -> Iterator[ReadRow]:
    """Every row below the headings but blank ones; rows left out come with action SKIP and the reason as a problem."""
    grouped = len(tables) > 1
    for table in tables:
        by_field: dict[str, list[int]] = {}
        for column in table.found.columns:
            if column.field:
                by_field.setdefault(column.field, []).append(column.index)
        group = table.sheet.name if grouped or table.sheet.name.endswith("组") else ""
        yield from _rows_of(table, by_field, group, task)


def _rows_of(table: Table, by_field: dict[str, list[int]], group: str, task: Task) -> Iterator[ReadRow]:
    found, name = table.found, table.sheet.name
    carry = _carries(table)
    tops: dict[int, Cell] = {}
    hidden = tuple(at for field in _SENSITIVE for at in by_field.get(field, ()))
    corrected_rows = {place.rsplit("!", 1)[0] for place in task.choices.cells}
    for at, row in enumerate(table.sheet.rows):
        if at <= found.last:
            continue
        cells: list[Cell] = list(row[: task.most_columns])
        if at in carry:
            _carry(cells, carry[at], at, tops)
        place = f"{name}!{at + 1}"
        if place in corrected_rows:
            _correct(cells, place, task.choices)
        raw = [shown(cell) for cell in cells]
        if not any(raw):
            continue
        made = ReadRow(name, at + 1, RowAction.NEW, raw, hidden=hidden)
        reason = (
            "您选择跳过这一行"
            if place in task.choices.skipped
            else _left_out(raw, found, by_field, task.kind)
        )
        if reason:
            made.action = RowAction.SKIP
            made.fields = {"reason": reason}
            if reason != "blank":
                yield made
            continue
        _draft(made, cells, found, by_field, group, task)
        yield made


def _draft(
    made: ReadRow, cells: list[Cell], found: Found, by_field: dict[str, list[int]], group: str, task: Task
) -> None:
    row = RowCells(cells, found, task.today, by_field)
    if task.kind is BatchKind.PROJECTS:
        made.fields, made.people = projects.read(row, task.names, task.sender, group)
    elif task.kind is BatchKind.INVESTMENT:
        made.fields = investment.read(row, task.names, task.sender)
        made.columns = {name: row.first(name) for name in by_field}
    else:
        made.fields, made.people = companies.read(row)
        if task.kind is BatchKind.TARGETS:
            made.fields["target"] = targets.read(row)
            made.columns = {name: row.first(name) for name in by_field}
    marks = task.choices.confirmed
    if marks:
        made.settled = frozenset(kind for kind in PROBLEM_KINDS if f"{made.place}!{kind}" in marks)
    made.problems = [p for p in map(_settled_range(made.settled), row.problems) if p.kind not in made.settled]
    made.confirmed = task.choices.all_confirmed or bool(_CONFIRMING & made.settled)
    if any(problem.level is Level.ERROR for problem in row.problems):
        made.action = RowAction.ERROR


def _settled_range(settled: frozenset[str]) -> Callable[[Problem], Problem]:
    """A range that a person has accepted is still told, as a reading."""

    def told(problem: Problem) -> Problem:
        accepted = problem.kind == "amount_range" and problem.kind in settled
        return replace(problem, kind="amount_read") if accepted else problem

    return told


def _correct(cells: list[Cell], place: str, choices: Choices) -> None:
    for key, text in choices.cells.items():
        where, _, column = key.rpartition("!")
        if where == place:
            at = int(column)
            cells.extend([None] * (at + 1 - len(cells)))
            cells[at] = text or None


def _carries(table: Table) -> dict[int, list[tuple[int, int]]]:
    """Row → (column, first row) of cells merged downwards among the data; amounts are never carried, they would count twice."""
    amounts = {
        c.index for c in table.found.columns if c.field in headings.AMOUNTS or c.field in ("land_mu", "seq")
    }
    carries: dict[int, list[tuple[int, int]]] = {}
    for part in table.sheet.merged:
        if (
            part.first_row <= table.found.last
            or part.last_row == part.first_row
            or part.first_column in amounts
        ):
            continue
        for row in range(part.first_row, part.last_row + 1):
            carries.setdefault(row, []).append((part.first_column, part.first_row))
    return carries


def _carry(cells: list[Cell], columns: list[tuple[int, int]], at: int, tops: dict[int, Cell]) -> None:
    for column, first in columns:
        if at == first:
            tops[column] = cells[column] if column < len(cells) else None
        elif column < len(cells):
            cells[column] = tops.get(column)


def _left_out(raw: list[str], found: Found, by_field: dict[str, list[int]], kind: BatchKind) -> str:
    """Why a row is no record, in words for the sheet; "" when it is one; "blank" when nobody needs to be told."""
    filled = [at for at, text in enumerate(raw) if text]
    names = by_field.get(headings.NAME_FIELD[kind], [])
    name = next((raw[at] for at in names if at < len(raw) and raw[at]), "")
    first = "".join(nfkc(raw[filled[0]]).split())
    alone = len(filled) == 1 and kind not in OF_COMPANIES
    total = first.rstrip(":：") in ("小计", "合计", "总计", "累计", "共计", "本页合计")
    unnamed = total or not name or (filled[0] in names and len(filled) <= 2)
    if unnamed and (found_word := headings.patterns("skip_rows").search(first)):
        return "合计行，不导入" if "计" in found_word.group() else "备注行，不导入"
    if unnamed and headings.patterns("section_rows").search(first):
        return "分节行，不导入"
    if set(filled) <= set(by_field.get("seq", [])):
        return "blank"
    if alone and (not name or len(name) > 40):
        return "说明行，不导入"
    # Few cells end as their heading does: the others need not be taken apart.
    like = [(c.heading, raw[c.index]) for c in found.columns if c.index < len(raw)]
    alike = [(h, cell) for h, cell in like if cell and h[-1:] == cell[-1]]
    same = sum(heading.endswith("".join(cell.split())) for heading, cell in alike)
    if same > 2 and same * 5 >= len(filled) * 4:
        return "重复的表头，不导入"
    return ""
