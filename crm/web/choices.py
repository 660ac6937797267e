"""Options of a select field."""

from collections.abc import Iterable
from typing import Any

from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]


def options(pairs: Iterable[tuple[Any, str]]) -> list[SelectChoice]:
    """From (value, label); an enum's member stands for its value."""
    return [SelectChoice(getattr(value, "value", value), label) for value, label in pairs]
