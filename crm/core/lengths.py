"""How long a text may be: the column says it once; forms, the API and the session all ask the column.

SQLite stores whatever it is given and PostgreSQL refuses without naming the column, so neither is left to find out.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Enum, String, event
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import instance_dict
from sqlalchemy.sql.type_api import TypeEngine

from crm.core.errors import RuleBroken


def _most(kind: TypeEngine[Any]) -> int | None:
    return kind.length if isinstance(kind, String) and not isinstance(kind, Enum) else None


def length_of(column: Any) -> int:
    """The length of a mapped text column (`Company.name`); TypeError for a column without one."""
    most = _most(column.type)
    if most is None:
        raise TypeError(f"{column} has no length of its own")
    return most


def said(most: int, have: int) -> str:
    return f"最多 {most} 个字，现有 {have} 个。请缩短。"


@cache
def _bounded(mapper: Mapper[Any]) -> tuple[tuple[str, int], ...]:
    """(attribute, length) of every text column with a length."""
    found = ((attribute.key, _most(attribute.columns[0].type)) for attribute in mapper.column_attrs)
    return tuple((key, most) for key, most in found if most is not None)


def check(model: Any, values: Mapping[str, Any]) -> None:
    """RuleBroken for the first text that its column does not hold; for rows that go past the session."""
    for key, most in _bounded(model.__mapper__):
        value = values.get(key)
        if isinstance(value, str) and len(value) > most:
            raise RuleBroken(f"有一项文字太长：{said(most, len(value))}", field=key)


def _before_flush(session: Session, _context: Any, _instances: Any) -> None:
    for record in (*session.new, *session.dirty):
        check(record, instance_dict(record))


def install(session: Any) -> None:
    """What no form or schema has caught is refused here, on both databases alike, by the name of its column."""
    if not event.contains(session, "before_flush", _before_flush):
        event.listen(session, "before_flush", _before_flush)
