"""What was promised and is kept in a project's history: the last day of a span, the days and amounts of its phases.

A delay is counted by the last day (pipeline's slippage). A phase's fields are kept under `phase2.expected_start_on`,
the phase's number and its column, because the history belongs to the project and outlives the phase.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from crm.core import dates
from crm.projects.rules import phases

#: The field the history keeps it under; no column of its own.
SIGN_UNTIL = "expected_sign_until"

#: Columns of a phase whose changes are kept.
PHASE_DATES = ("expected_start_on", "expected_complete_on")
PHASE_AMOUNTS = ("total_investment", "total_investment_usd", "fixed_investment")
PHASE_KEPT = (*PHASE_DATES, *PHASE_AMOUNTS)
_OF_PHASE = re.compile(r"phase(\d{1,6})\.([a-z_]+)")


def phase_field(no: int, column: str) -> str:
    return f"phase{no}.{column}"


def of_phase(field: str) -> tuple[int, str] | None:
    """Number and column of a phase's field; None for a field of the project itself."""
    found = _OF_PHASE.fullmatch(field)
    return (int(found[1]), found[2]) if found else None


def phase_label(field: str, names: Mapping[int, str]) -> str:
    """一期计划开工, or 第1期计划开工 of one that is gone; "" for a field of the project itself."""
    found = of_phase(field)
    if found is None:
        return ""
    no, column = found
    return f"{names.get(no) or f'第{no}期'}{phases.LABELS.get(column, column)}"


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
