"""Set-based writing for the demo: rows in chunks, ids back in order, on both databases."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import func, insert, select

from crm.core import db as database
from crm.core.db import db

CHUNK = 2_000


def chunks(rows: Iterable[dict[str, Any]], size: int = CHUNK) -> Iterator[list[dict[str, Any]]]:
    iterator = iter(rows)
    while part := list(islice(iterator, size)):
        yield part


def add(model: type[database.Base], rows: Iterable[dict[str, Any]]) -> None:
    """Inserts rows; every row of one call has the same keys."""
    for part in chunks(rows):
        db.session.execute(insert(model), part)


def add_with_ids(model: Any, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Inserts rows and gives their ids in the order of the rows."""
    if db.session.get_bind().dialect.name == "sqlite":
        return _numbered(model, rows)
    ids: list[int] = []
    for part in chunks(rows):
        statement = insert(model).returning(model.id, sort_by_parameter_order=True)
        ids += db.session.scalars(statement, part).all()
    return ids


def _numbered(model: Any, rows: Sequence[dict[str, Any]]) -> list[int]:
    """SQLite gives ids back one row at a time; who writes there writes alone, so the ids are counted on here."""
    first = (db.session.scalar(select(func.max(model.id))) or 0) + 1
    add(model, ({**row, "id": first + number} for number, row in enumerate(rows)))
    return list(range(first, first + len(rows)))
