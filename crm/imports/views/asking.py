"""The list of problems beside the sheet, and what may be answered to the one that is open."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from crm.core.folding import nfkc
from crm.imports import queries
from crm.imports.models import ImportBatch
from crm.imports.queries import StagedRow
from crm.imports.rules import PROBLEM_KINDS, BatchKind, Level, headings, letter

LEVEL_LABELS = {
    Level.ERROR: ("bad", "必须处理"),
    Level.CONFIRM: ("warn", "请确认"),
    Level.READ: ("info", "已自动处理"),
}
#: So many equal cells are answered at once and named to the person.
MOST_SAME = 2000


@dataclass(frozen=True, slots=True)
class KindLine:
    code: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """One level's kinds with their counts."""

    state: str
    label: str
    total: int
    kinds: tuple[KindLine, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """The open problem. `others` are further cells with the same text; `options` readings to choose from."""

    kind: str
    place: str
    column: int
    cell: str
    value: str
    message: str
    options: tuple[str, ...]
    others: tuple[str, ...]
    confirms: bool
    total: int


def groups(batch: ImportBatch) -> list[Group]:
    counted: dict[str, int] = batch.counts.get("kinds", {})
    found = []
    for level, (state, label) in LEVEL_LABELS.items():
        kinds = [
            KindLine(k.code, k.label, counted[k.code])
            for k in PROBLEM_KINDS.values()
            if k.level is level and counted.get(k.code)
        ]
        if level is Level.READ and batch.counts.get("skipped"):
            kinds.append(KindLine("", "分节、小计、备注行", batch.counts["skipped"]))
        found.append(Group(state, label, sum(kind.count for kind in kinds), tuple(kinds)))
    return found


def first_kind(batch: ImportBatch) -> str:
    """What to ask about first: errors, then what is to be confirmed."""
    counted = batch.counts.get("kinds", {})
    return next(
        (k.code for k in PROBLEM_KINDS.values() if k.level is not Level.READ and counted.get(k.code)), ""
    )


def question(batch: ImportBatch, kind: str) -> Question | None:
    """The first problem of a kind that waits for an answer."""
    known = PROBLEM_KINDS.get(kind)
    if known is None or known.level is Level.READ:
        return None
    rows = queries.rows(batch.id, kind=kind, most=MOST_SAME)
    cells = [(row, problem) for row in rows for problem in row.problems if problem["kind"] == kind]
    if not cells:
        return None
    row, problem = cells[0]
    same = [name(r, p) for r, p in cells[1:] if _text(r, p) == _text(row, problem)]
    return Question(
        kind,
        f"{row.sheet}!{row.row_no}",
        problem["column"],
        name(row, problem),
        _text(row, problem),
        problem["message"],
        tuple(problem.get("options", ())) if kind != "company_alike" or _meant(batch, row, problem) else (),
        tuple(same),
        known.level is Level.CONFIRM,
        len(cells),
    )


def _text(row: StagedRow, problem: dict[str, Any]) -> str:
    at = problem["column"]
    return row.raw[at] if 0 <= at < len(row.raw) else str(problem["value"])


def name(row: StagedRow, problem: dict[str, Any]) -> str:
    """ "F6" as the sheet calls the cell, "第 6 行" for a whole row."""
    return f"{letter(problem['column'])}{row.row_no}" if problem["column"] >= 0 else f"第 {row.row_no} 行"


def alike(batch: ImportBatch, kind: str, place: str, column: int) -> Sequence[tuple[str, int]]:
    """(place, column) of the cell and of all that have the same problem with the same text."""
    rows = queries.rows(batch.id, kind=kind, most=MOST_SAME)
    cells = [(row, problem) for row in rows for problem in row.problems if problem["kind"] == kind]
    own = next(
        (_text(r, p) for r, p in cells if f"{r.sheet}!{r.row_no}" == place and p["column"] == column), None
    )
    if own is None:
        return []
    return [(f"{r.sheet}!{r.row_no}", p["column"]) for r, p in cells if _text(r, p) == own]


def meant(batch: ImportBatch, places: Collection[str]) -> dict[str, str]:
    """Cells by "sheet!row!column" → what they become where the rows mean the companies of the register they look like."""
    rows = queries.rows(batch.id, kind="company_alike", most=MOST_SAME)
    cells = [
        _meant(batch, row, problem)
        for row in rows
        for problem in row.problems
        if problem["kind"] == "company_alike" and f"{row.sheet}!{row.row_no}" in places
    ]
    return dict(cell for cell in cells if cell is not None)


def _meant(batch: ImportBatch, row: StagedRow, problem: dict[str, Any]) -> tuple[str, str] | None:
    """None where the register offers no name, or where the cell says more than one company."""
    field = "investor" if batch.kind is BatchKind.PROJECTS else headings.NAME_FIELD[batch.kind]
    columns = next(sheet["list"] for sheet in batch.sheets if sheet["name"] == row.sheet)
    at = next((column["index"] for column in columns if column["field"] == field), len(row.raw))
    options = problem.get("options", ())
    if not options or at >= len(row.raw) or nfkc(row.raw[at]).strip() != nfkc(problem["value"]).strip():
        return None
    return f"{row.sheet}!{row.row_no}!{at}", options[0]
