"""Leaders and specialists on a project, each with a term."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.assignments.rules import AssignmentKind
from crm.core import db


class Assignment(db.Base, db.Versioned):
    __tablename__ = "assignments"
    __table_args__ = (
        CheckConstraint("(leader_id IS NULL) <> (user_id IS NULL)", name="leader_or_user"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="term_in_order"),
        Index("ix_assignments_project", "project_id", "kind"),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    kind: Mapped[AssignmentKind]
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("leaders.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(200), default="")
    created_by: Mapped[int | None]
    created_at: Mapped[db.Created]
