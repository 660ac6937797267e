"""What projects have invested by the end of a month: sums in the database, for lists, the record and the week's sheet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from crm.core.db import db
from crm.pipeline.models import MonthlyInvestment
from crm.pipeline.queries import standings_then as then
from crm.pipeline.rules import investment as inv
from crm.projects.models import Project


@dataclass(frozen=True, slots=True)
class Standing:
    """Whole and phases together, corrections in the months that carry them. Amounts in 万元."""

    month: inv.Amounts
    year: inv.Amounts
    whole: inv.Amounts
    progress: str
    in_statistics: bool
    in_statistics_on: date | None


def standings(ids: Collection[int], month: str) -> dict[int, Standing]:
    """Project → its standing at the end of `month`; those without a row are missing."""
    return standings_where(Project.id.in_(list(ids)), month)


def standings_where(
    projects: ColumnElement[bool], month: str, known_at: datetime | None = None
) -> dict[int, Standing]:
    """The same for every project of a condition, by what had been reported at a moment; two statements.

    Two more where months have been reported anew since that moment.
    """
    m = MonthlyInvestment
    told = [projects, m.month <= month] + ([] if known_at is None else [m.created_at <= known_at])
    words = _words(told)
    spans = (m.month == month, m.month >= f"{month[:4]}-01", None)
    sums = [_sum(getattr(m, name), span) for span in spans for name in inv.NAMES]
    rows = db.session.execute(
        select(
            m.project_id,
            func.max(m.updated_at),
            *sums,
            func.max(case((m.in_statistics, 1), else_=0)),
            func.min(m.in_statistics_on),
        )
        .join(Project, Project.id == m.project_id)
        .where(*told)
        .group_by(m.project_id)
    ).all()
    found = {
        project_id: Standing(
            inv.Amounts(*amounts[:3]),
            inv.Amounts(*amounts[3:6]),
            inv.Amounts(*amounts[6:9]),
            words.get(project_id, ""),
            bool(amounts[9]),
            amounts[10],
        )
        for project_id, _, *amounts in rows
    }
    if known_at is None:
        return found
    since = [project_id for project_id, saved_at, *_ in rows if saved_at > known_at]
    return found | {id_: _stood(kept, month) for id_, kept in then.rows_then(told, since, known_at).items()}


def _stood(rows: Sequence[then.Then], month: str) -> Standing:
    """From rows as they were at a moment, oldest month first."""
    entered = [row.entered_on for row in rows if row.entered_on is not None]
    return Standing(
        then.total(row for row in rows if row.month == month),
        then.total(row for row in rows if row.month >= f"{month[:4]}-01"),
        then.total(rows),
        next((row.values["progress"] for row in reversed(rows) if row.values["progress"]), ""),
        any(row.values["in_statistics"] for row in rows),
        min(entered, default=None),
    )


def _sum(column: Any, span: ColumnElement[bool] | None) -> Any:
    """None where nothing is known; the type keeps the sum an exact amount."""
    value = column if span is None else case((span, column))
    return func.sum(value, type_=column.type)


def _words(told: list[ColumnElement[bool]]) -> Mapping[int, str]:
    """The latest 形象进度 of each project."""
    m = MonthlyInvestment
    order = func.row_number().over(partition_by=m.project_id, order_by=(m.month.desc(), m.id.desc()))
    newest = (
        select(m.project_id, m.progress, order.label("place"))
        .join(Project, Project.id == m.project_id)
        .where(and_(*told), m.progress != "")
        .subquery()
    )
    rows = db.session.execute(select(newest.c.project_id, newest.c.progress).where(newest.c.place == 1))
    return {project_id: progress for project_id, progress in rows}
