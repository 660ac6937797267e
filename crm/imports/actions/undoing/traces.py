"""What an undo tells, and what it needs to know of any record: what points at it, what its columns held."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Table, exists, or_, select

from crm.imports.actions import bulk

#: So many names are told of what was left.
_TOLD = 50


@dataclass(slots=True)
class Undone:
    """`removed` and `restored` count records; `left` names those that somebody has used or changed since.

    `row_id` is the last staged row that has been looked at, so that what was broken off goes on behind it.
    """

    removed: int = 0
    restored: int = 0
    left_count: int = 0
    left: list[str] = field(default_factory=list)
    row_id: int = 0

    @property
    def told(self) -> str:
        return f"删除 {self.removed}，恢复 {self.restored}，保留 {self.left_count}"

    def leave(self, names: Iterable[str], why: str) -> None:
        for name in names:
            self.left_count += 1
            if len(self.left) < _TOLD:
                self.left.append(f"{name}：{why}")


def references(target: Table, own: Iterable[Table] = ()) -> Iterator[tuple[Table, ColumnElement[Any]]]:
    """Every foreign key of the product that points at a table, whatever feature it belongs to."""
    skipped = set(own)
    for table in target.metadata.sorted_tables:
        for column in table.c:
            points = any(key.column.table is target for key in column.foreign_keys)
            if points and table not in skipped:
                yield table, column


def used(target: Table, own: Iterable[Table] = ()) -> ColumnElement[bool]:
    """Something points at the row. Tables that point at themselves need an alias to be asked."""
    conditions = []
    for table, column in references(target, own):
        other = table.alias() if table is target else table
        conditions.append(exists(select(1).select_from(other).where(other.c[column.name] == target.c.id)))
    return or_(*conditions)


def stored(model: Any, name: str, value: Any) -> Any:
    """A value of `before` as its column takes it."""
    column = bulk.table_of(model).c[name]
    if value is None:
        return None if column.nullable else ""
    if isinstance(value, str) and column.type.python_type is date:
        return date.fromisoformat(value)
    if isinstance(value, str) and name in (
        "total_investment",
        "total_investment_usd",
        "fixed_investment",
        "fixed_investment_usd",
        "land_mu",
        "registered_capital",
        "registered_capital_usd",
        "statistics_amount",
        "equipment_investment",
    ):
        return Decimal(value)
    return value
