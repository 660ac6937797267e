"""Monthly investment: the rows of a line, what its agreement says, and which months are closed."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import func, select

from crm.core.db import db
from crm.pipeline import rules
from crm.pipeline.models import InvestmentFile, Milestone, MonthlyInvestment
from crm.pipeline.rules import MilestoneKind
from crm.pipeline.rules import investment as inv
from crm.projects.models import Attachment, Phase, Project
from crm.projects.rules import PhaseKind
from crm.settings import queries as settings

#: Closing a month and reporting for one never cross: the first takes this alone, the second together with others.
_MONTHS = 6_072_022
_CHUNK = 500


def hold_months(*, alone: bool = False) -> None:
    """Until the end of the transaction no month is closed (or, `alone`, nothing is reported). SQLite has one writer anyway."""
    if db.session.get_bind().dialect.name == "postgresql":
        take = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
        db.session.execute(select(take(_MONTHS)))


def investment_rows(project_ids: Collection[int], *, with_files: bool = True) -> dict[int, list[inv.Row]]:
    """Project → every row of it and of its phases, oldest month first."""
    files: dict[int, list[int]] = defaultdict(list)
    found: dict[int, list[inv.Row]] = defaultdict(list)
    ids = sorted(project_ids)
    for part in (ids[at : at + _CHUNK] for at in range(0, len(ids), _CHUNK)):
        for investment_id, attachment_id in _files_of(part) if with_files else ():
            files[investment_id].append(attachment_id)
        for row in db.session.execute(_rows().where(MonthlyInvestment.project_id.in_(part))):
            found[row.project_id].append(_row(row, files))
    return found


def _files_of(project_ids: Sequence[int]) -> Any:
    return db.session.execute(
        select(InvestmentFile.investment_id, InvestmentFile.attachment_id)
        .join(MonthlyInvestment, MonthlyInvestment.id == InvestmentFile.investment_id)
        .join(Attachment, Attachment.id == InvestmentFile.attachment_id)
        .where(MonthlyInvestment.project_id.in_(project_ids), Attachment.deleted_at.is_(None))
        .order_by(InvestmentFile.attachment_id)
    )


def _rows() -> Any:
    m = MonthlyInvestment
    return select(
        m.id, m.project_id, m.phase_id, m.month, m.adjusts, m.completed, m.paid_in, m.equipment, m.progress,
        m.in_statistics, m.in_statistics_on, m.note, m.version,
    ).order_by(m.month, m.id)  # fmt: skip


def _row(row: SqlRow[Any], files: Mapping[int, Sequence[int]]) -> inv.Row:
    return inv.Row(
        row.id,
        row.month,
        row.adjusts,
        inv.Amounts(row.completed, row.paid_in, row.equipment),
        inv.Said(row.progress, row.in_statistics, row.in_statistics_on, row.note),
        row.phase_id,
        row.version,
        tuple(files.get(row.id, ())),
    )


def investment_row(
    project_id: int, phase_id: int | None, month: str, adjusts: str
) -> MonthlyInvestment | None:
    """The row to be written, as it stands now."""
    return db.session.scalars(
        select(MonthlyInvestment)
        .where(
            MonthlyInvestment.project_id == project_id,
            MonthlyInvestment.phase_id.is_not_distinct_from(phase_id),
            MonthlyInvestment.month == month,
            MonthlyInvestment.adjusts == adjusts,
        )
        .execution_options(populate_existing=True)
    ).one_or_none()


# --- what the agreement says ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stone:
    """The live milestones of a project or of a phase, as far as a plan needs them."""

    happened: dict[MilestoneKind, date | None]
    total: Decimal | None = None
    usd: Decimal | None = None
    start_by: date | None = None
    complete_by: date | None = None


def plans_of(projects: Sequence[Project]) -> dict[tuple[int, int | None], inv.Plan]:
    """(project, phase or None) → what was agreed; two statements for any number of projects.

    The whole is the signed agreement, else the project's own figure, and every increase besides; dollars at the rate
    frozen at signing, for shares only.
    """
    by_id = {project.id: project for project in projects}
    if not by_id:
        return {}
    stones, rate = _stones(by_id), settings.value("fx_rate")
    phases: dict[int, list[Phase]] = defaultdict(list)
    for phase in db.session.scalars(select(Phase).where(Phase.project_id.in_(by_id)).order_by(Phase.no)):
        phases[phase.project_id].append(phase)
    found: dict[tuple[int, int | None], inv.Plan] = {}
    for project in projects:
        own, at = phases[project.id], project.fx_rate or rate
        found[project.id, None] = _plan_of_whole(project, own, stones.get((project.id, None)), at)
        for phase in own:
            found[project.id, phase.id] = _plan_of_phase(
                phase, stones.get((project.id, phase.id)), project.fx_rate or rate
            )
    return found


def _stones(by_id: Collection[int]) -> dict[tuple[int, int | None], _Stone]:
    rows = db.session.execute(
        select(
            Milestone.project_id,
            Milestone.phase_id,
            Milestone.kind,
            Milestone.happened_on,
            Milestone.agreement_total,
            Milestone.agreement_total_usd,
            Milestone.agreement_start_by,
            Milestone.agreement_complete_by,
        ).where(
            Milestone.project_id.in_(by_id),
            Milestone.state.in_(rules.LIVE),
            Milestone.kind.in_((MilestoneKind.SIGNED, MilestoneKind.STARTED, MilestoneKind.COMPLETED)),
        )
    )
    found: dict[tuple[int, int | None], _Stone] = {}
    for project_id, phase_id, kind, on, total, usd, start_by, complete_by in rows:
        key = project_id, phase_id
        happened = {**(found[key].happened if key in found else {}), kind: on}
        if kind is MilestoneKind.SIGNED:
            found[key] = _Stone(happened, total, usd, start_by, complete_by)
        else:
            there = found.get(key, _Stone({}))
            found[key] = _Stone(happened, there.total, there.usd, there.start_by, there.complete_by)
    return found


def _wan(total: Decimal | None, usd: Decimal | None, rate: Decimal) -> Decimal | None:
    if total is None and usd is not None:
        return usd * rate
    return total


def _plan_of_whole(
    project: Project, phases: Sequence[Phase], stone: _Stone | None, rate: Decimal
) -> inv.Plan:
    signed = stone if stone and (stone.total is not None or stone.usd is not None) else None
    base = (
        _wan(signed.total, signed.usd, rate)
        if signed
        else _wan(project.total_investment, project.total_investment_usd, rate)
    )
    increases = [p for p in phases if p.kind is PhaseKind.INCREASE]
    more = sum(
        (_wan(p.total_investment, p.total_investment_usd, rate) or Decimal(0) for p in increases), Decimal(0)
    )
    known = stone or _Stone({})
    start = _first(
        known.happened.get(MilestoneKind.STARTED),
        known.start_by,
        project.expected_start_on,
    )
    planned = [p.expected_complete_on for p in phases if p.expected_complete_on is not None]
    finish = _first(
        known.happened.get(MilestoneKind.COMPLETED),
        known.complete_by,
        max(planned, default=None),
    )
    return inv.Plan(None if base is None else base + more, start, finish)


def _plan_of_phase(phase: Phase, stone: _Stone | None, rate: Decimal) -> inv.Plan:
    happened = stone.happened if stone else {}
    return inv.Plan(
        _wan(phase.total_investment, phase.total_investment_usd, rate),
        _first(happened.get(MilestoneKind.STARTED), phase.expected_start_on),
        _first(happened.get(MilestoneKind.COMPLETED), phase.expected_complete_on),
    )


def _first(*days: date | None) -> date | None:
    return next((day for day in days if day is not None), None)
