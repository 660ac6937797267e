"""Months that were reported anew after a moment, as they stood at it: what the audit keeps of each change is taken back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, select

from crm.audit.models import AuditEvent
from crm.core.db import db
from crm.pipeline.models import MonthlyInvestment
from crm.pipeline.rules import investment as inv
from crm.projects.models import Project


@dataclass(frozen=True, slots=True)
class Then:
    """One row of a month as it stood."""

    id: int
    month: str
    values: Mapping[str, Any]

    def amount(self, name: str) -> Decimal | None:
        value = self.values[name]
        return None if value is None else Decimal(str(value))

    @property
    def entered_on(self) -> date | None:
        on = self.values["in_statistics_on"]
        return date.fromisoformat(on) if isinstance(on, str) else on


_NAMES = (*inv.NAMES, "progress", "in_statistics", "in_statistics_on")


def rows_then(
    told: Sequence[ColumnElement[bool]], projects: Sequence[int], known_at: datetime
) -> dict[int, list[Then]]:
    """Project → every row of it under `told`, as it stood at the moment; two statements, none for no projects."""
    if not projects:
        return {}
    m = MonthlyInvestment
    rows = db.session.scalars(
        select(m)
        .join(Project, Project.id == m.project_id)
        .where(*told, m.project_id.in_(projects))
        .order_by(m.month, m.id)
    ).all()
    before = _before([row.id for row in rows], known_at)
    found: dict[int, list[Then]] = {}
    for row in rows:
        values = {name: getattr(row, name) for name in _NAMES} | before.get(row.id, {})
        found.setdefault(row.project_id, []).append(Then(row.id, row.month, values))
    return found


def _before(ids: Iterable[int], known_at: datetime) -> dict[int, dict[str, Any]]:
    """Row → field → its value before the first change after the moment."""
    changes = db.session.execute(
        select(AuditEvent.subject_id, AuditEvent.diff)
        .where(
            AuditEvent.subject_type == "investment",
            AuditEvent.subject_id.in_(ids),
            AuditEvent.code == "investment.reported",
            AuditEvent.at > known_at,
        )
        .order_by(AuditEvent.id)
    )
    found: dict[int, dict[str, Any]] = {}
    for row_id, diff in changes:
        kept = found.setdefault(row_id, {})
        for name, (old, _) in diff.items():
            if name in _NAMES:
                kept.setdefault(name, old)
    return found


def total(rows: Iterable[Then]) -> inv.Amounts:
    """Sums of the rows, None where nothing is known."""
    listed = list(rows)
    sums = []
    for name in inv.NAMES:
        known = [value for value in (row.amount(name) for row in listed) if value is not None]
        sums.append(sum(known, Decimal(0)) if known else None)
    return inv.Amounts(*sums)
