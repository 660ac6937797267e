"""The board as interface.md prints it: the same for the command, the API and the weekly JSON."""

from decimal import Decimal
from typing import Any

from crm.core import clock
from crm.quotas.rules import Board, Entry, ZoneLine, plain


def as_json(board: Board) -> dict[str, Any]:
    """Thresholds in 万元, counts and shares as decimal strings, zones by code."""
    return {
        "plan": board.plan.code,
        "year": board.year,
        "as_of": board.times.as_of.isoformat(),
        "known_at": clock.local(board.times.known_at).isoformat(),
        "milestone": board.plan.milestone.value,
        "elapsed": f"{board.elapsed:.3f}",
        "banner": board.plan.banner,
        "lines": [line_json(line) for line in board.lines],
        "city": [{"threshold": plain(one.threshold), "counted": plain(one.counted)} for one in board.city],
        "not_assessed": [zone.code for zone in board.not_assessed],
    }


def line_json(line: ZoneLine) -> dict[str, Any]:
    return {
        "zone": line.zone.code,
        "threshold": plain(line.threshold),
        "threshold_usd": plain(line.threshold_usd),
        "target": line.target,
        "counted": plain(line.counted),
        "first_talks": line.first_talks,
        "pending": plain(line.pending),
        "carried": plain(line.carried),
        "gap": plain(line.gap),
        "pace": line.pace.value,
        "lag": f"{line.lag:.3f}",
        "registered": plain(line.registered),
        "started": plain(line.started),
        "probability": _number(line.probability),
        "expected": _number(line.expected),
        "projects": [entry_json(entry) for entry in line.entries],
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "code": entry.code,
        "credit": plain(entry.credit),
        "counted": entry.counted,
        "state": entry.state.value,
        "reason": entry.reason,
        "amount": None if entry.in_usd or entry.amount is None else plain(entry.amount),
        "amount_usd": plain(entry.amount) if entry.in_usd and entry.amount is not None else None,
    }
