"""A monthly sheet taken back: the rows it made go, the ones it changed get back what they said."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crm.accounts import queries as accounts
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.imports import queries
from crm.imports.actions.undoing.traces import Undone
from crm.imports.models import ImportBatch
from crm.imports.queries import StagedRow
from crm.imports.rules import RowAction
from crm.pipeline import actions as pipeline
from crm.pipeline import queries as months
from crm.pipeline.models import MonthlyInvestment
from crm.pipeline.rules import investment as rules
from crm.projects import actions as projects
from crm.projects.models import Project

_CHUNK = 500
_REASON = "撤销导入"


def take_back(batch: ImportBatch, undone: Undone) -> bool:
    """One chunk of the batch's rows; False when nothing is left. What somebody has saved since, or what lies in a
    month that was closed since, is left and named.
    """
    wanted = (RowAction.NEW, RowAction.UPDATE)
    chunk = queries.rows(batch.id, actions=wanted, after=undone.row_id, most=_CHUNK)
    if not chunk:
        return False
    undone.row_id = chunk[-1].id
    months.hold_months()
    locked = months.locked_months()
    written = [row for row in chunk if row.before.get("row")]
    there = {m.id: (m, p) for m, p in _rows([row.before["row"] for row in written])}
    actor = accounts.system()
    for row in written:
        if row.before["row"] in there:
            _take_back(actor, row, *there[row.before["row"]], locked, undone)
    db.session.flush()
    return True


def _rows(ids: Sequence[int]) -> Sequence[Any]:
    return db.session.execute(
        select(MonthlyInvestment, Project)
        .join(Project, Project.id == MonthlyInvestment.project_id)
        .where(MonthlyInvestment.id.in_(ids))
    ).all()


def _take_back(
    actor: Actor,
    row: StagedRow,
    kept: MonthlyInvestment,
    project: Project,
    locked: frozenset[str],
    undone: Undone,
) -> None:
    name = f"{project.code} {kept.adjusts or kept.month}"
    if kept.month in locked:
        undone.leave([name], "所在月份已结账，请按更正处理")
        return
    if kept.version != row.before["version"]:
        undone.leave([name], "导入后有人改过，没有恢复")
        return
    _told_back(actor, project, kept, row.before["values"])
    if row.before["values"] is None:
        pipeline.forget_investment(kept)
        undone.removed += 1
        return
    for column, value in row.before["values"].items():
        setattr(kept, column, _typed(column, value))
    undone.restored += 1


def _told_back(
    actor: Actor, project: Project, kept: MonthlyInvestment, values: dict[str, Any] | None
) -> None:
    """In the audit; a correction of a closed month is taken back with both values kept, like any other."""
    subject = projects.subject(project, "investment", kept.id, kept.adjusts or kept.month)
    if not kept.adjusts:
        audit.record(actor, "investment.withdrawn", subject)
        return
    line = [
        r for r in months.investment_rows([project.id]).get(project.id, []) if r.phase_id == kept.phase_id
    ]
    now = rules.truth(line, kept.adjusts).amounts
    for name in rules.NAMES:
        known: Decimal | None = getattr(now, name)
        own: Decimal | None = getattr(kept, name)
        before = _typed(name, (values or {}).get(name))
        if known is not None and own is not None:
            after = known - own + (before or Decimal(0))
            pipeline.adjust(actor, project, subject, kept.adjusts, name, known, after, _REASON)


def _typed(column: str, value: Any) -> Any:
    reads: dict[str, Callable[[Any], Any]] = dict.fromkeys(rules.NAMES, Decimal) | {
        "in_statistics_on": date.fromisoformat
    }
    return reads[column](value) if value is not None and column in reads else value
