"""One list as a file: headings with units, rows as they come, and a last line that says who took it and when."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crm.core import clock, tables
from crm.core.actor import Actor
from crm.core.paging import Page, Window
from crm.core.phones import mask_within
from crm.exports.rules import Format


@dataclass(frozen=True, slots=True)
class Column:
    """A heading (with its unit) and how its cell is read from a row."""

    heading: str
    cell: Callable[[Any], object]


def masked(cell: Callable[[Any], object]) -> Callable[[Any], object]:
    """A cell of words as somebody wrote them; no telephone number in them leaves in full."""

    def read(row: Any) -> object:
        words = cell(row)
        return mask_within(words) if isinstance(words, str) else words

    return read


def watermark(actor: Actor, role: str, now: datetime, count: int) -> str:
    """Who took the file, for which post, when and how much: it stays with the rows wherever they go."""
    place = " ".join(word for word in (actor.unit_name, role) if word)
    moment = f"{clock.local(now):%Y-%m-%d %H:%M}"
    return f"导出人 {actor.name}（{actor.login}），{place}，{moment}，共 {count} 行，仅限工作使用"


def write(
    path: Path,
    form: Format,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Any],
    foot: Callable[[int], str],
) -> int:
    """Streams the rows and the foot into `path`; returns the rows without the foot. Text stays text in both formats."""
    headings = [column.heading for column in columns]
    lines = _Lines(columns, rows, foot)
    if form is Format.CSV:
        with path.open("wb") as file:
            for chunk in tables.csv_chunks(headings, lines):
                file.write(chunk)
    else:
        tables.stream_xlsx(path, headings, lines, sheet=title)
    return lines.count


class _Lines:
    """Cells of every row, then the foot in the first column; `count` is known once all have been read."""

    def __init__(self, columns: Sequence[Column], rows: Iterable[Any], foot: Callable[[int], str]) -> None:
        self._columns = columns
        self._rows = rows
        self._foot = foot
        self.count = 0

    def __iter__(self) -> Iterator[list[object]]:
        for row in self._rows:
            self.count += 1
            yield [column.cell(row) for column in self._columns]
        yield [self._foot(self.count), *[None] * (len(self._columns) - 1)]


def walk(page_of: Callable[[Window], Page[Any]], size: int) -> Iterator[Sequence[Any]]:
    """A list from its first page to its last, `size` rows at a time."""
    after: str | None = None
    while True:
        page = page_of(Window(per_page=size, after=after))
        if page.items:
            yield page.items
        after = page.next_token
        if after is None:
            return


def each(page_of: Callable[[Window], Page[Any]], size: int) -> Iterator[Any]:
    """Every row of a list, one after the other, read as `walk` reads it."""
    for items in walk(page_of, size):
        yield from items
