"""Values read once per unit of work. The edge opens a scope per request or command; without one nothing is kept."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_kept: ContextVar[dict[str, Any] | None] = ContextVar("crm_memo", default=None)


def begin() -> None:
    _kept.set({})


def end() -> None:
    _kept.set(None)


def forget() -> None:
    """After a change of what was kept."""
    if (kept := _kept.get()) is not None:
        kept.clear()


def once(key: str, read: Callable[[], T]) -> T:
    kept = _kept.get()
    if kept is None:
        return read()
    if key not in kept:
        kept[key] = read()
    result: T = kept[key]
    return result
