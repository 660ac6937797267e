"""The list of problems beside the sheet, and what may be answered to the one that is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm.imports import queries
from crm.imports.models import ImportBatch
from crm.imports.queries import StagedRow
from crm.imports.rules import PROBLEM_KINDS, Level, letter

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
        tuple(problem.get("options", ())),
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
