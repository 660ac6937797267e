"""Import batches, their staged rows, and headings a unit has taught us."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.core.crypto import Sealed
from crm.imports.rules import BatchKind, BatchState, RowAction


class ImportBatch(db.Base, db.Versioned):
    """One file on its way in.

    `sheets` is what was found (see rules.grid.Found.as_json), `mapping` a person's corrections of it
    {sheet: {"columns": {index: field or null}, "unit": …}}, `choices` a person's answers (see rules.rows.Choices),
    `counts` rows by action; while a long list goes in or out also `so_far` (committing.SoFar) and `undoing`
    (undoing.Undone). From the first step of an undo on, `undone_at` is set.
    """

    __tablename__ = "import_batches"
    __table_args__ = (
        Index("ix_import_batches_user", "user_id", "id"),
        Index("ix_import_batches_zone", "zone_id", "id"),
    )

    id: Mapped[db.Id]
    kind: Mapped[BatchKind]
    state: Mapped[BatchState] = mapped_column(default=BatchState.UPLOADED)
    filename: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sheets: Mapped[list[Any]] = mapped_column(default=list)
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    message: Mapped[str] = mapped_column(Text, default="")
    task_id: Mapped[int | None]
    created_at: Mapped[db.Created]
    committed_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class ImportRow(db.Base):
    """One row of the sheet as read: `raw` cell texts, `fields` the draft, `problems` [{column, field, value, message, level, kind}].

    Phone numbers stand in `secret` alone: {"raw": {column index: text}, "phones": [number per contact]}; `raw` and
    `fields` carry them masked. `target_id` is what the row matched, and the project it made; `before` holds the values it replaced
    and the version it left behind, for undo. `raw` is kept for the rows a preview shows and for those with problems.
    """

    __tablename__ = "import_rows"
    __table_args__ = (
        Index("ix_import_rows_batch", "batch_id", "action", "id"),
        Index("ix_import_rows_sheet", "batch_id", "id"),
    )

    id: Mapped[db.Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    sheet: Mapped[str] = mapped_column(String(80))
    row_no: Mapped[int]
    action: Mapped[RowAction]
    raw: Mapped[list[Any]] = mapped_column(default=list)
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secret: Mapped[str | None] = mapped_column(Sealed)
    problems: Mapped[list[Any]] = mapped_column(default=list)
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    accepted: Mapped[db.Flag]
    target_id: Mapped[int | None]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)


class HeadingTemplate(db.Base):
    """A corrected mapping, kept per unit: the next sheet with the same headings is read the same way."""

    __tablename__ = "heading_templates"
    __table_args__ = (UniqueConstraint("unit_id", "kind", "signature"),)

    id: Mapped[db.Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    kind: Mapped[BatchKind]
    signature: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_by: Mapped[int | None]
    updated_at: Mapped[db.Updated]
