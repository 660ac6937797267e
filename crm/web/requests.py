"""What a request may carry before any feature reads it: no characters that no database keeps, no number that is no id."""

import re
from typing import Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import IntegerConverter

#: Ids are 32-bit integers on PostgreSQL.
MOST = 2**31 - 1
#: Control characters (a pasted NUL is one) and halves of a surrogate pair; tab and line ends stay.
_UNKEPT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def legible(text: str) -> bool:
    """Whether both databases can keep this text."""
    return _UNKEPT.search(text) is None


def _kept(value: Any) -> Any:
    """A text without what no database keeps; files come in the same kind of list and pass as they are."""
    return _UNKEPT.sub("", value) if isinstance(value, str) else value


class Parameters(ImmutableMultiDict[str, str]):
    """Query and form values. Nobody sees a control character he pasted, so it is left out and not complained of."""

    def __init__(self, mapping: Any = None) -> None:
        pairs = ImmutableMultiDict(mapping).items(multi=True)
        super().__init__([(_kept(key), _kept(value)) for key, value in pairs])

    def get(self, key: Any, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]
        """As usual; a whole number that is no id counts as not given."""
        found = super().get(key, default, type)
        return default if type is int and isinstance(found, int) and abs(found) > MOST else found


class LegibleRequest(Request):
    parameter_storage_class = Parameters


class Id(IntegerConverter):
    """`<int:…>` in an address: what is larger than any id is simply not found."""

    def __init__(self, url_map: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(url_map, *args, **{"max": MOST, **kwargs})
