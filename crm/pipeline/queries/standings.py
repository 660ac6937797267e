"""What projects have invested by the end of a month: sums in the database, for lists, the record and the week's sheet."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from crm.core.db import db
from crm.pipeline.models import MonthlyInvestment
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
    """The same for every project of a condition, by what had been reported at a moment; two statements."""
    m = MonthlyInvestment
    told = [projects, m.month <= month] + ([] if known_at is None else [m.created_at <= known_at])
    words = _words(told)
    spans = (m.month == month, m.month >= f"{month[:4]}-01", None)
    sums = [_sum(getattr(m, name), span) for span in spans for name in inv.NAMES]
    rows = db.session.execute(
        select(
            m.project_id, *sums, func.max(case((m.in_statistics, 1), else_=0)), func.min(m.in_statistics_on)
        )
        .join(Project, Project.id == m.project_id)
        .where(*told)
        .group_by(m.project_id)
    )
    return {
        project_id: Standing(
            inv.Amounts(*amounts[:3]),
            inv.Amounts(*amounts[3:6]),
            inv.Amounts(*amounts[6:9]),
            words.get(project_id, ""),
            bool(amounts[9]),
            amounts[10],
        )
        for project_id, *amounts in rows
    }


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
