"""Leaders and specialists on a project, each with a term."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.assignments.rules import NOTE_MOST, AssignmentKind, Part
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


class Handover(db.Base):
    """What one person left to colleagues of a zone (None: the city) at one moment; never edited."""

    __tablename__ = "handovers"
    __table_args__ = (
        Index("ix_handovers_zone", "zone_id", "id"),
        Index("ix_handovers_person", "person_id", "id"),
        CheckConstraint("length(note) > 0", name="has_a_note"),
    )

    id: Mapped[db.Id]
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(String(NOTE_MOST))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]


class HandoverItem(db.Base):
    """One thing that went over, named as it was called then; a confidential project by its code."""

    __tablename__ = "handover_items"
    __table_args__ = (Index("ix_handover_items_handover", "handover_id", "part", "id"),)

    id: Mapped[db.Id]
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"))
    part: Mapped[Part]
    subject_id: Mapped[int]
    label: Mapped[str] = mapped_column(String(300))
    url: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(String(120), default="")
    to_user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
