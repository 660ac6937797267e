"""Where in a sheet the table is: heading rows of one to three levels anywhere at the top, units, what stands above."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from crm.core.folding import nfkc
from crm.core.tables import Cell, Sheet
from crm.imports.rules import BatchKind, headings
from crm.imports.rules.headings import NAME_FIELD, Column

#: Headings are looked for in so many rows from the top.
DEPTH = 15
_LEVELS = 3
_LONGEST_HEADING = 40
_MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A table in a sheet. `first` and `last` are its heading rows counted from 0; `head` all rows down to `last` as text.

    `unit` and `land_unit` are what the title says for columns that say nothing. `merged` are the merged ranges of the
    head as (first row, first column, last row, last column).
    """

    name: str
    first: int
    last: int
    columns: tuple[Column, ...]
    unit: str | None
    land_unit: str | None
    head: tuple[tuple[str, ...], ...]
    merged: tuple[tuple[int, int, int, int], ...] = ()

    @property
    def title(self) -> str:
        return " ".join(cell for row in self.head[: self.first] for cell in row if cell)

    @property
    def signature(self) -> str:
        """Equal for sheets with the same headings in the same order."""
        return hashlib.sha256("|".join(headings.fold(c.heading) for c in self.columns).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "header_row": self.first + 1,
            "header_rows": self.last - self.first + 1,
            "unit": self.unit,
            "columns": {column.heading: column.field for column in self.columns if column.heading},
        }

    def as_stored(self) -> dict[str, Any]:
        """What a batch keeps: the same and what the preview draws."""
        columns = [
            {"index": c.index, "heading": c.heading, "field": c.field, "unit": c.unit} for c in self.columns
        ]
        return self.as_json() | {
            "list": columns,
            "land_unit": self.land_unit,
            "head": [list(row) for row in self.head],
            "merged": [list(part) for part in self.merged],
            "signature": self.signature,
        }


def shown(value: Cell) -> str:
    """A cell as text, as the sheet shows it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value).strip()


def find(sheet: Sheet, kind: BatchKind) -> Found | None:
    """The table of a sheet; None where no row of the top names the records."""
    top = [[shown(cell) for cell in row[:_MOST_COLUMNS]] for row in islice(sheet.rows, DEPTH + _LEVELS)]
    width = max((len(row) for row in top), default=0)
    top = [row + [""] * (width - len(row)) for row in top]
    merged = tuple(
        (m.first_row, m.first_column, m.last_row, m.last_column)
        for m in sheet.merged
        if m.first_row < len(top)
    )
    best: Found | None = None
    best_score = 0
    for first in range(min(DEPTH, len(top))):
        for last in range(first, min(first + _LEVELS, len(top))):
            if last > first and not _continues(top, merged, last):
                break
            found = _read(sheet.name, top, merged, first, last, kind)
            score = _score(found, kind)
            if score > best_score:
                best, best_score = found, score
    return best


def _score(found: Found, kind: BatchKind) -> int:
    fields = {column.field for column in found.columns if column.field}
    if NAME_FIELD[kind] not in fields:
        return 0
    others = [column for column in found.columns if column.heading]
    if len(fields) < 2 and len(others) > 1:
        return 0
    return 10 * len(fields) - (found.last - found.first)


def _continues(top: Sequence[Sequence[str]], merged: Sequence[tuple[int, int, int, int]], row: int) -> bool:
    """A further heading level stands only under cells that span several columns; data stand under every column."""
    below = [at for at, cell in enumerate(top[row]) if cell]
    if not below or any(len(top[row][at]) > _LONGEST_HEADING for at in below):
        return False
    return all(_spans(top[row - 1], merged, row - 1, at) for at in below)


def _spans(above: Sequence[str], merged: Sequence[tuple[int, int, int, int]], row: int, column: int) -> bool:
    for r1, c1, r2, c2 in merged:
        if r1 <= row <= r2 and c1 <= column <= c2:
            return c2 > c1 and r2 == row
    # Without merged ranges (CSV) a blank to the right, or being that blank, shows the span.
    right_is_blank = column + 1 < len(above) and not above[column + 1]
    return not above[column] or right_is_blank


def _read(
    name: str,
    top: Sequence[list[str]],
    merged: tuple[tuple[int, int, int, int], ...],
    first: int,
    last: int,
    kind: BatchKind,
) -> Found:
    levels = [_carried(top[row], merged, row) if row < last else top[row] for row in range(first, last + 1)]
    title = " ".join(cell for row in top[:first] for cell in row if cell)
    unit, land_unit = _title_units(title)
    columns = []
    for index in range(len(top[first])):
        parts = [level[index].strip() for level in levels if level[index].strip()]
        parts = list(dict.fromkeys(parts))
        heading = "/".join(_one_line(part) for part in parts)
        if not heading or any(len(part) > _LONGEST_HEADING for part in parts):
            columns.append(Column(index, heading[:_LONGEST_HEADING], None))
            continue
        leaf = parts[-1] if len(parts) > 1 else ""
        field = headings.field_of(kind, "".join(parts), leaf)
        columns.append(Column(index, heading, field, headings.unit_of(leaf or heading, field)))
    while columns and not columns[-1].heading:
        columns.pop()
    settled = headings.settle(kind, columns)
    head = tuple(tuple(row) for row in top[: last + 1])
    return Found(name, first, last, settled, unit, land_unit, head, tuple(m for m in merged if m[2] <= last))


def _one_line(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _carried(row: Sequence[str], merged: Sequence[tuple[int, int, int, int]], at: int) -> list[str]:
    """A group heading stands in its first cell only: carry it over its span."""
    carried = list(row)
    spans = [m for m in merged if m[0] <= at <= m[2]]
    if spans:
        for _, c1, _, c2 in spans:
            for column in range(c1, min(c2 + 1, len(row))):
                carried[column] = row[c1]
        return carried
    for column in range(1, len(row)):
        carried[column] = row[column] or carried[column - 1]
    return carried


_TITLE_UNIT = re.compile(
    r"(?:金额|计量|投资额)?单位[:为](?P<list>[^()\s]{1,24})|\((?:单位[:为]?)?(?P<short>(?:亿元|万元|亿美元|万美元)[^()\s]{0,12})\)"
)


def _title_units(title: str) -> tuple[str | None, str | None]:
    """ "单位：亿元、亩" → ("亿元", "亩")"""
    for said in _TITLE_UNIT.finditer(nfkc(title)):
        written = said["list"] or said["short"]
        money = headings.patterns("unit_regex").search(written)
        land = headings.patterns("land_unit_regex").search(written)
        if money or land:
            return (money.group() if money else None), (land.group() if land else None)
    return None, None


def corrected(found: Found, kind: BatchKind, correction: dict[str, Any]) -> Found:
    """A person's mapping laid over ours: {"columns": {index as text: field or null}, "unit": …}."""
    chosen = correction.get("columns", {})
    allowed = set(headings.LABELS[kind]) | {"seq"}
    columns = []
    for column in found.columns:
        key = str(column.index)
        field = column.field
        if key in chosen:
            field = chosen[key] if chosen[key] in allowed else None
        columns.append(
            replace(column, field=field, unit=headings.unit_of(column.heading, field) or column.unit)
        )
    return replace(found, columns=tuple(columns), unit=correction.get("unit") or found.unit)
