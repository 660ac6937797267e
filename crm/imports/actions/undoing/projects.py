"""A ledger taken back: projects, and what known projects had before."""

from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, not_, or_, select

from crm.core.db import db
from crm.imports import queries
from crm.imports.actions import bulk
from crm.imports.actions.undoing.traces import Undone, stored, used
from crm.imports.models import ImportBatch
from crm.imports.rules import RowAction
from crm.pipeline.models import Milestone, StageChange
from crm.pipeline.rules import MilestoneState
from crm.projects import actions as project_actions
from crm.projects.models import ProgressNote, Project, ProjectChange

_OWN = tuple(bulk.table_of(model) for model in (StageChange, ProjectChange, ProgressNote, Milestone))


def take_back(batch: ImportBatch, undone: Undone) -> bool:
    """The whole ledger at once: it has hundreds of rows, not a hundred thousand. False when it has been done."""
    if undone.row_id:
        return False
    _restore(batch, undone)
    _remove(batch, undone)
    undone.row_id = 1
    return True


def _remove(batch: ImportBatch, undone: Undone) -> None:
    """Projects as the batch left them: never saved again, and nothing added to them by anybody."""
    table = bulk.table_of(Project)
    mine = table.c.batch_id == batch.id
    untouched = and_(mine, table.c.version == 1, not_(used(table, _OWN)), not_(_added(batch)))
    ids = list(db.session.scalars(select(table.c.id).where(untouched)))
    kept = db.session.execute(
        select(table.c.code, table.c.name).where(mine, not_(untouched)).order_by(table.c.id)
    )
    undone.leave([f"{code} {name}" for code, name in kept], "导入后有人改过或用过")
    for part in bulk.chunks(ids, 500):
        for child in _OWN:
            db.session.execute(delete(child).where(child.c.project_id.in_(part)))
        db.session.execute(delete(table).where(table.c.id.in_(part)))
    undone.removed += len(ids)


def _added(batch: ImportBatch) -> ColumnElement[bool]:
    """Milestones, notes, moves or changes that the batch did not write itself."""
    project = bulk.table_of(Project)
    return or_(
        exists().where(StageChange.project_id == project.c.id, StageChange.cause != f"import:{batch.id}"),
        exists().where(
            ProgressNote.project_id == project.c.id, ProgressNote.batch_id.is_distinct_from(batch.id)
        ),
        exists().where(
            ProjectChange.project_id == project.c.id, ProjectChange.batch_id.is_distinct_from(batch.id)
        ),
        exists().where(
            Milestone.project_id == project.c.id,
            or_(
                Milestone.version != 1,
                Milestone.state != MilestoneState.DRAFT,
                Milestone.created_at != batch.committed_at,
            ),
        ),
    )


def _restore(batch: ImportBatch, undone: Undone) -> None:
    """Known projects get back what the batch changed, where nobody has saved them since; its notes and drafts go."""
    for chunk in queries.staged(batch.id, (RowAction.UPDATE,)):
        before = {row.target_id: row.before for row in chunk if row.target_id}
        _take_back_additions(batch, list(before))
        changed = {key: kept for key, kept in before.items() if kept}
        undone.restored += len(before) - len(changed)
        facts = db.session.execute(
            select(Project.id, Project.code, Project.version).where(Project.id.in_(changed))
        ).all()
        same = [row for row in facts if row.version == changed[row.id]["version"]]
        undone.leave([row.code for row in facts if row not in same], "更新后有人改过，没有恢复")
        bulk.change(Project, [(row.id, _project_values(row, changed[row.id]["values"])) for row in same])
        undone.restored += len(same)


def _take_back_additions(batch: ImportBatch, ids: list[int]) -> None:
    db.session.execute(
        delete(ProgressNote).where(ProgressNote.batch_id == batch.id, ProgressNote.project_id.in_(ids))
    )
    db.session.execute(
        delete(ProjectChange).where(ProjectChange.batch_id == batch.id, ProjectChange.project_id.in_(ids))
    )
    db.session.execute(
        delete(Milestone).where(
            Milestone.project_id.in_(ids),
            Milestone.created_at == batch.committed_at,
            Milestone.version == 1,
            Milestone.state == MilestoneState.DRAFT,
        )
    )


def _project_values(row: Any, kept: dict[str, Any]) -> dict[str, Any]:
    values = {name: stored(Project, name, value) for name, value in kept.items()}
    if "name" in values:
        project = db.session.get_one(Project, row.id)
        words = {
            name: values.get(name, getattr(project, name))
            for name in ("name", "statistics_name", "investor_text")
        }
        values |= project_actions.name_columns(row.code, **words)
    return values
