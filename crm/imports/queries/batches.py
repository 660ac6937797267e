"""Batches within reach and their staged rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, or_, select

from crm.accounts import permissions
from crm.accounts.models import User
from crm.companies.models import Company
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.imports.models import HeadingTemplate, ImportBatch, ImportRow
from crm.imports.rules import BatchKind, BatchState, RowAction
from crm.pipeline.models import MonthlyInvestment
from crm.projects.models import Project
from crm.projects.scope import zone_reach
from crm.targeting.models import Target
from crm.tasks.models import Task
from crm.zones.models import Zone


def _visible(actor: Actor) -> ColumnElement[bool]:
    """One's own, and those of the zones within reach: a chief sees what his officers brought in."""
    return or_(
        ImportBatch.user_id == actor.user_id,
        zone_reach(actor, permissions.IMPORT_RUN, ImportBatch.__table__.c.zone_id),
    )


def find(actor: Actor, batch_id: int) -> ImportBatch:
    """A batch within reach, else NotFound."""
    batch = db.session.scalars(select(ImportBatch).where(ImportBatch.id == batch_id, _visible(actor))).first()
    if batch is None or not actor.can(permissions.IMPORT_RUN):
        raise NotFound()
    return batch


def held(batch_id: int) -> ImportBatch:
    """The batch as it stands now, held until the transaction ends."""
    query = select(ImportBatch).where(ImportBatch.id == batch_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def stranded(batch: ImportBatch) -> bool:
    """A commit or an undo that was broken off and that no task will take up again."""
    begun = batch.state is BatchState.COMMITTING or (
        batch.state is BatchState.COMMITTED and batch.undone_at is not None
    )
    task = db.session.get(Task, batch.task_id) if begun and batch.task_id else None
    return begun and (task is None or task.state.over)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A line of the history."""

    id: int
    kind: BatchKind
    state: BatchState
    filename: str
    user: str
    zone: str | None
    counts: dict[str, int]
    created_at: datetime
    committed_at: datetime | None


def recent(actor: Actor, most: int = 50) -> Sequence[BatchRow]:
    """The latest batches within reach, newest first."""
    rows = db.session.execute(
        select(
            ImportBatch.id,
            ImportBatch.kind,
            ImportBatch.state,
            ImportBatch.filename,
            User.name,
            Zone.short_name,
            ImportBatch.counts,
            ImportBatch.created_at,
            ImportBatch.committed_at,
        )
        .join(User, User.id == ImportBatch.user_id)
        .outerjoin(Zone, Zone.id == ImportBatch.zone_id)
        .where(_visible(actor))
        .order_by(ImportBatch.id.desc())
        .limit(most)
    )
    return [BatchRow(*tuple(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A staged row as the preview and the error workbook show it; `secret` is the sealed part, opened."""

    id: int
    sheet: str
    row_no: int
    action: RowAction
    raw: list[str]
    fields: dict[str, Any]
    secret: str | None
    problems: list[dict[str, Any]]
    changes: dict[str, Any]
    accepted: bool
    target_id: int | None
    before: dict[str, Any]


_STAGED = (
    ImportRow.id,
    ImportRow.sheet,
    ImportRow.row_no,
    ImportRow.action,
    ImportRow.raw,
    ImportRow.fields,
    ImportRow.secret,
    ImportRow.problems,
    ImportRow.changes,
    ImportRow.accepted,
    ImportRow.target_id,
    ImportRow.before,
)


def rows(
    batch_id: int,
    *,
    actions: Sequence[RowAction] = (),
    sheet: str | None = None,
    kind: str = "",
    after: int = 0,
    most: int = 1000,
) -> Sequence[StagedRow]:
    """Rows in the order of the file, from behind the row with id `after`; `kind` keeps those with such a problem."""
    query = select(*_STAGED).where(ImportRow.batch_id == batch_id, ImportRow.id > after)
    if actions:
        query = query.where(ImportRow.action.in_(actions))
    if sheet is not None:
        query = query.where(ImportRow.sheet == sheet)
    if kind:
        # Problems are JSON text, and kinds are plain words in it.
        query = query.where(cast(ImportRow.problems, Text).contains(f'"{kind}"', autoescape=True))
    found = db.session.execute(query.order_by(ImportRow.id).limit(most))
    return [StagedRow(*tuple(row)) for row in found]


def staged(batch_id: int, actions: Sequence[RowAction], chunk: int = 1000) -> Iterator[Sequence[StagedRow]]:
    """Every row with one of the actions, in chunks; each chunk is a statement of its own."""
    after = 0
    while part := rows(batch_id, actions=actions, after=after, most=chunk):
        yield part
        after = part[-1].id


def template(unit_id: int, kind: BatchKind, signature: str) -> HeadingTemplate | None:
    return db.session.scalars(
        select(HeadingTemplate).where(
            HeadingTemplate.unit_id == unit_id,
            HeadingTemplate.kind == kind,
            HeadingTemplate.signature == signature,
        )
    ).first()


def templates(unit_id: int | None, kind: BatchKind) -> dict[str, Any]:
    """Signature of a heading → the mapping the unit has taught us."""
    if unit_id is None:
        return {}
    found = db.session.execute(
        select(HeadingTemplate.signature, HeadingTemplate.mapping).where(
            HeadingTemplate.unit_id == unit_id, HeadingTemplate.kind == kind
        )
    )
    return {signature: mapping for signature, mapping in found}


def made(batch: ImportBatch) -> int:
    """How many records of its kind the batch has brought in and still stand."""
    models: dict[BatchKind, Any] = {
        BatchKind.PROJECTS: Project,
        BatchKind.INVESTMENT: MonthlyInvestment,
        BatchKind.TARGETS: Target,
    }
    model = models.get(batch.kind, Company)
    return db.session.scalar(select(func.count()).select_from(model).where(model.batch_id == batch.id)) or 0
