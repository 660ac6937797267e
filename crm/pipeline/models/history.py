"""How stages and statuses changed."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.projects.rules import Stage, Status


class StageChange(db.Base):
    __tablename__ = "stage_changes"
    __table_args__ = (
        Index("ix_stage_changes_project", "project_id", "id"),
        Index("ix_stage_changes_at", "at", "id"),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    before: Mapped[Stage | None] = mapped_column(db.code_type(Stage, "before"))
    after: Mapped[Stage] = mapped_column(db.code_type(Stage, "after"))
    cause: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[db.Created]


class StatusChange(db.Base):
    """A change of status: proposed by one, in force when approved (`decided_at`, `approved` true)."""

    __tablename__ = "status_changes"
    __table_args__ = (
        Index("ix_status_changes_project", "project_id", "id"),
        Index("ix_status_changes_open", "decided_at", "id"),
        Index(
            "uq_status_changes_undecided",
            "project_id",
            unique=True,
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    before: Mapped[Status] = mapped_column(db.code_type(Status, "before"))
    after: Mapped[Status] = mapped_column(db.code_type(Status, "after"))
    reason: Mapped[str] = mapped_column(String(500))
    category: Mapped[str] = mapped_column(String(40), default="")
    went_to: Mapped[str] = mapped_column(String(60), default="")
    review_on: Mapped[date | None]
    effective_on: Mapped[date]
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[db.Created]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    approved: Mapped[bool | None]
    decision_note: Mapped[str] = mapped_column(String(300), default="")
