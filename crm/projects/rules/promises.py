"""The last day of a promised span, which is what a delay is counted by (pipeline's slippage)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from crm.core import dates

#: The field the history keeps it under; no column of its own.
SIGN_UNTIL = "expected_sign_until"


def sign_until(columns: Mapping[str, Any]) -> date | None:
    """The last day of the expected signing, from its first day and its precision."""
    on = columns.get("expected_sign_on")
    if on is None:
        return None
    return dates.last_day(on, columns.get("expected_sign_precision") or dates.Precision.DAY)


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    """The kept change of the last day, empty where it did not move: 一季度 made 3月31日 is none."""
    old, new = sign_until(before), sign_until(after)
    if old == new:
        return {}
    return {SIGN_UNTIL: (old.isoformat() if old else None, new.isoformat() if new else None)}
