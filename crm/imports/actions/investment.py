"""A monthly sheet into the projects' months; one lock and one reading a project."""

from collections import defaultdict
from collections.abc import Sequence

from crm.accounts.permissions import PROJECT_WRITE
from crm.core.errors import RuleBroken
from crm.imports import queries
from crm.imports.actions import bulk
from crm.imports.actions.companies import Written
from crm.imports.actions.deciding import InvestmentDecider
from crm.imports.actions.running import Run
from crm.imports.actions.staging import opened
from crm.imports.models import ImportRow
from crm.imports.rules import RowAction
from crm.imports.rules import investment as reading
from crm.imports.rules.rows import ReadRow
from crm.pipeline import actions as pipeline
from crm.pipeline import queries as months
from crm.pipeline.rules import investment as rules
from crm.projects import queries as projects
from crm.projects.models import Phase, Project


def write(run: Run) -> Written:
    """Every row is decided anew, so what changed since the preview is seen; a refusal names its row and writes nothing."""
    decider = InvestmentDecider(run.actor, run.names, run.today)
    for chunk in queries.staged(run.batch.id, (RowAction.NEW, RowAction.UPDATE, RowAction.DUPLICATE)):
        rows = [opened(staged) for staged in chunk]
        decider.decide(rows)
        ids = {row.place: staged.id for staged, row in zip(chunk, rows, strict=True)}
        run.written.duplicates += sum(row.action is RowAction.DUPLICATE for row in rows)
        wanted = [r for r in rows if r.action in (RowAction.NEW, RowAction.UPDATE) and not r.waits]
        _projects(run, wanted, ids)
        bulk.change(ImportRow, run.written.results)
        run.written.results.clear()
    return run.written


def _projects(run: Run, rows: Sequence[ReadRow], ids: dict[str, int]) -> None:
    by_project: dict[int, list[ReadRow]] = defaultdict(list)
    for row in rows:
        by_project[row.target_id or 0].append(row)
    found = projects.find_many(run.actor, sorted(by_project), PROJECT_WRITE)
    phases = {p.id: p for parts in queries.phases_of([p.id for p in found]).values() for p in parts}
    for project in found:
        _report(run, project, by_project[project.id], phases, ids)


def _report(
    run: Run, project: Project, rows: Sequence[ReadRow], phases: dict[int, Phase], ids: dict[str, int]
) -> None:
    there = months.investment_rows([project.id]).get(project.id, [])
    reason = f"导入 {run.batch.filename}"
    reports = []
    for row in sorted(rows, key=lambda r: r.fields["month"]):
        phase = phases.get(row.fields.get("phase_id") or 0)
        line = [r for r in there if r.phase_id == (phase.id if phase else None)]
        wanted = reading.draft(row.fields, rules.truth(line, row.fields["month"]), reason)
        reports.append((row, pipeline.Report(row.fields["month"], wanted, phase)))
    try:
        done = pipeline.report_many(
            run.actor, project, [r for _, r in reports], run.today, run.now, batch_id=run.batch.id
        )
    except RuleBroken as broken:
        raise RuleBroken(f"{project.code} 没有导入：{broken.message}", broken.field) from broken
    for (row, _), made in zip(reports, done, strict=True):
        _tell(run, row, made, ids[row.place])


def _tell(run: Run, row: ReadRow, made: pipeline.Done, staged_id: int) -> None:
    if made.row is None:
        run.written.duplicates += 1
        return
    # A correction of a closed month makes a row, yet to people it changes the month they had reported.
    run.written.new += row.action is RowAction.NEW
    run.written.updated += row.action is RowAction.UPDATE
    kept = {"row": made.row.id, "version": made.row.version, "values": made.before}
    run.written.results.append(
        (staged_id, {"target_id": row.target_id, "action": row.action, "before": kept})
    )
