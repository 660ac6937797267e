"""Many rows at once: ids known before they are written, inserts and updates in few statements."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import Table, bindparam, func, insert, select, text, update

from crm.core.db import db

T = TypeVar("T")
CHUNK = 1000


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]


def table_of(model: Any) -> Table:
    return cast(Table, model.__table__)


def reserve(model: Any, count: int) -> list[int]:
    """Ids for rows about to be written.

    SQLite has one writer, which this transaction is; PostgreSQL takes them from the table's own sequence.
    """
    if count == 0:
        return []
    if db.session.get_bind().dialect.name == "postgresql":
        sequence = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return list(db.session.scalars(sequence, {"name": table_of(model).name, "count": count}))
    last = db.session.scalar(select(func.max(model.id))) or 0
    return list(range(last + 1, last + 1 + count))


def write(model: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Inserts rows that all have the same columns."""
    for chunk in chunks(rows):
        db.session.execute(insert(table_of(model)), list(chunk))


def change(model: Any, rows: Iterable[tuple[int, dict[str, Any]]]) -> None:
    """(id, values) pairs; rows that change the same columns share a statement. Versions move on by one."""
    table = table_of(model)
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row_id, values in rows:
        groups[tuple(sorted(values))].append({"row_id": row_id, **{f"new_{k}": v for k, v in values.items()}})
    for columns, parameters in groups.items():
        # A value for every column keeps this out of the unit of work, which would want to load the rows.
        statement = update(table).where(table.c.id == bindparam("row_id"))
        assigned: dict[str, Any] = {
            name: bindparam(f"new_{name}", type_=table.c[name].type) for name in columns
        }
        if "version" in table.c:
            assigned["version"] = table.c.version + 1
        connection = db.session.connection()
        for chunk in chunks(parameters):
            connection.execute(statement.values(**assigned), list(chunk))
