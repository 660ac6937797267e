"""Pages of rows. A list asks for one row more than it shows to know whether there is a next page."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from crm.core.errors import RuleBroken

T = TypeVar("T")

PER_PAGE = 50
MOST_PER_PAGE = 200
_UNREADABLE = "翻页位置无法识别，请回到第一页。"


@dataclass(frozen=True, slots=True)
class Window:
    """What part of a list is wanted: `after` is the token of the last row seen, `page` the pages before it (for people)."""

    per_page: int = PER_PAGE
    after: str | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`items` of this page, the `total` behind the filter, `next_token` for the following page (None on the last)."""

    items: Sequence[T]
    total: int
    window: Window
    next_token: str | None = None

    @property
    def first(self) -> int:
        return (self.window.page - 1) * self.window.per_page + 1 if self.items else 0

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1 if self.items else 0


def token(*key: Any) -> str:
    """An opaque keyset token: the sort key and id of the last row."""
    text = json.dumps([str(k) if k is not None else None for k in key], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def key_of(text: str, parts: int) -> list[str | None]:
    """Reads a token back; a mangled one is refused in words."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        values = None
    if not isinstance(values, list) or len(values) != parts or not all(map(_plain, values)):
        raise RuleBroken(_UNREADABLE, field="after")
    return values


def _plain(value: object) -> bool:
    return value is None or (isinstance(value, str) and value.isprintable())


def day(text: str | None) -> date:
    """A day of a token; what is none is refused in words."""
    try:
        return date.fromisoformat(text or "")
    except ValueError as error:
        raise RuleBroken(_UNREADABLE, field="after") from error


def number(text: str | None) -> int:
    """A number of a token; what is none is refused in words."""
    if text is None or not text.removeprefix("-").isdecimal() or len(text) > 18:
        raise RuleBroken(_UNREADABLE, field="after")
    return int(text)
