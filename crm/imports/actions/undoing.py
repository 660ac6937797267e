"""Taking a batch back: what it made and nobody has touched since; the rest is left, and named."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, exists, not_, or_, select

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.companies import naming
from crm.companies.models import Company, CompanyAlias, CompanyLink, Contact
from crm.core import text
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict
from crm.imports import queries
from crm.imports.actions import bulk
from crm.imports.actions.batches import subject
from crm.imports.models import ImportBatch
from crm.imports.queries import matching
from crm.imports.rules import BatchKind, BatchState, RowAction
from crm.pipeline.models import Milestone, StageChange
from crm.pipeline.rules import MilestoneState
from crm.projects import actions as project_actions
from crm.projects.models import ProgressNote, Project, ProjectChange
from crm.settings import queries as settings

#: So many names are told of what was left.
_TOLD = 50


@dataclass(slots=True)
class Undone:
    """`removed` and `restored` count records; `left` names those that somebody has used or changed since."""

    removed: int = 0
    restored: int = 0
    left_count: int = 0
    left: list[str] = field(default_factory=list)

    def leave(self, names: Iterable[str], why: str) -> None:
        for name in names:
            self.left_count += 1
            if len(self.left) < _TOLD:
                self.left.append(f"{name}：{why}")


def undo(actor: Actor, batch: ImportBatch, now: datetime) -> Undone:
    """Raises Conflict for a batch that is not committed, or one beyond the hours the setting allows."""
    actor.require(permissions.IMPORT_RUN)
    if batch.state is not BatchState.COMMITTED or batch.committed_at is None:
        raise Conflict("这一批没有入库，或已经撤销，不需要再撤销。")
    hours = settings.value("import_undo_hours")
    if now - batch.committed_at > timedelta(hours=hours):
        raise Conflict(f"入库已超过 {hours} 小时，不能整批撤销。请在各条记录上修改。")
    undone = Undone()
    if batch.kind is BatchKind.PROJECTS:
        _restore_projects(batch, undone)
        _remove_projects(batch, undone)
    else:
        _restore_companies(batch, undone)
    _remove_contacts_and_links(batch)
    _remove_companies(batch, undone)
    batch.state = BatchState.UNDONE
    batch.undone_at = now
    batch.counts = batch.counts | {
        "removed": undone.removed,
        "restored": undone.restored,
        "left": undone.left_count,
    }
    batch.message = "\n".join(undone.left)
    db.session.flush()
    audit.record(
        actor,
        "import.undone",
        subject(batch),
        note=f"删除 {undone.removed}，恢复 {undone.restored}，保留 {undone.left_count}",
    )
    return undone


# --- what hangs on a record -----------------------------------------------------------------------


def _references(target: Table, own: Iterable[Table] = ()) -> Iterator[tuple[Table, ColumnElement[Any]]]:
    """Every foreign key of the product that points at a table, whatever feature it belongs to."""
    skipped = set(own)
    for table in target.metadata.sorted_tables:
        for column in table.c:
            points = any(key.column.table is target for key in column.foreign_keys)
            if points and table not in skipped:
                yield table, column


def _used(target: Table, own: Iterable[Table] = ()) -> ColumnElement[bool]:
    """Something points at the row. Tables that point at themselves need an alias to be asked."""
    conditions = []
    for table, column in _references(target, own):
        other = table.alias() if table is target else table
        conditions.append(exists(select(1).select_from(other).where(other.c[column.name] == target.c.id)))
    return or_(*conditions)


# --- projects -------------------------------------------------------------------------------------

_OWN = tuple(bulk.table_of(model) for model in (StageChange, ProjectChange, ProgressNote, Milestone))


def _remove_projects(batch: ImportBatch, undone: Undone) -> None:
    """Projects as the batch left them: never saved again, and nothing added to them by anybody."""
    table = bulk.table_of(Project)
    mine = table.c.batch_id == batch.id
    untouched = and_(mine, table.c.version == 1, not_(_used(table, _OWN)), not_(_added(batch)))
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


def _restore_projects(batch: ImportBatch, undone: Undone) -> None:
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
    values = {name: _stored(Project, name, value) for name, value in kept.items()}
    if "name" in values:
        project = db.session.get_one(Project, row.id)
        words = {
            name: values.get(name, getattr(project, name))
            for name in ("name", "statistics_name", "investor_text")
        }
        values |= project_actions.name_columns(row.code, **words)
    return values


def _stored(model: Any, name: str, value: Any) -> Any:
    """A value of `before` as its column takes it."""
    column = bulk.table_of(model).c[name]
    if value is None:
        return None if column.nullable else ""
    if isinstance(value, str) and column.type.python_type is date:
        return date.fromisoformat(value)
    if isinstance(value, str) and name in (
        "total_investment",
        "total_investment_usd",
        "fixed_investment",
        "fixed_investment_usd",
        "land_mu",
        "registered_capital",
    ):
        return Decimal(value)
    return value


# --- companies ------------------------------------------------------------------------------------


def _remove_contacts_and_links(batch: ImportBatch) -> None:
    contacts, links = bulk.table_of(Contact), bulk.table_of(CompanyLink)
    for table in (contacts, links):
        unused = not_(_used(table)) if any(True for _ in _references(table)) else None
        conditions = [table.c.batch_id == batch.id, table.c.version == 1]
        db.session.execute(delete(table).where(*conditions, *([] if unused is None else [unused])))


def _remove_companies(batch: ImportBatch, undone: Undone) -> None:
    table, aliases = bulk.table_of(Company), bulk.table_of(CompanyAlias)
    mine = table.c.batch_id == batch.id
    untouched = and_(mine, table.c.version == 1, not_(_used(table, [aliases])))
    kept = list(db.session.scalars(select(table.c.name).where(mine, not_(untouched)).order_by(table.c.id)))
    ids = list(db.session.scalars(select(table.c.id).where(untouched)))
    undone.leave(kept, "已有人在用，保留在企业库")
    for part in bulk.chunks(ids, 500):
        db.session.execute(delete(aliases).where(aliases.c.company_id.in_(part)))
        db.session.execute(delete(table).where(table.c.id.in_(part)))
    undone.removed += len(ids) if batch.kind is BatchKind.COMPANIES else 0


def _restore_companies(batch: ImportBatch, undone: Undone) -> None:
    for chunk in queries.staged(batch.id, (RowAction.UPDATE,)):
        changed = {row.target_id: row.before for row in chunk if row.target_id and row.before}
        undone.restored += sum(1 for row in chunk if not row.before)
        facts = db.session.execute(
            select(Company.id, Company.name, Company.version).where(Company.id.in_(changed))
        ).all()
        same = [row for row in facts if row.version == changed[row.id]["version"]]
        undone.leave([row.name for row in facts if row not in same], "更新后有人改过，没有恢复")
        bulk.change(Company, [(row.id, _company_values(row.id, changed[row.id]["values"])) for row in same])
        undone.restored += len(same)


def _company_values(company_id: int, kept: dict[str, Any]) -> dict[str, Any]:
    values = {name: _stored(Company, name, value) for name, value in kept.items()}
    now = matching.company_facts([company_id])[company_id].values | values
    others = [alias for alias, _ in matching.aliases_of([company_id])[company_id]]
    tokens, plain = naming.find_by(
        now["name"], now["short_name"], others, now["uscc"], now["old_reg_no"], now["listed_code"]
    )
    keys = {"key": text.company_key(now["name"])[:200], "sort_key": text.sort_key(now["name"])[:80]}
    return values | keys | {"search_tokens": tokens, "search_text": plain}
