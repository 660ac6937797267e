"""A long list of ids as one parameter: thousands of them neither reach a limit on parameters nor are parsed one by one."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Boolean, ColumnElement, Dialect, Integer, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

#: Up to so many the ids lead the way; beyond, an index of the question does and every row is held against the set.
_FEW = 500


class _Ids(TypeDecorator[Any]):
    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(Integer()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


def among(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """`column.in_(ids)` for any number of ids."""
    if len(ids) <= _FEW:
        found: ColumnElement[bool] = column.in_(ids)
        return found
    return _Among(column, bindparam(None, ids, type_=_Ids()))


@compiles(_Among)
def _any(element: Any, compiler: Any, **kw: Any) -> str:
    column, ids = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} = ANY({ids}))"


@compiles(_Among, "sqlite")
def _json(element: Any, compiler: Any, **kw: Any) -> str:
    # The plus keeps SQLite from looking the ids up one by one: it takes a set of unknown size for a small one.
    column, ids = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(+{column} IN (SELECT value FROM json_each({ids})))"  # noqa: S608 (both are compiled expressions)
