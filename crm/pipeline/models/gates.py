"""Gate rules as the bureau has changed them, and answers to the questions of the truth checks."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.projects.rules import Stage


class GateRuleChange(db.Base):
    """A rule that replaced the default or an earlier version; the newest row of a key is in force, none is deleted.

    `needs` names what is asked for (`field:…`, `fact:…`, `file:…`), `stage` from where on, `span` whether only on entering or
    ever after, `condition` and `tiers` for whom (no tiers: all), `bars` whether it stops the move or only advises.
    `replaces` is the id of the row it took over from (0 the default), so that two people never replace the same version.
    """

    __tablename__ = "gate_rule_changes"
    __table_args__ = (Index("ix_gate_rule_changes_key", "key", "id"), UniqueConstraint("key", "replaces"))

    id: Mapped[db.Id]
    key: Mapped[str] = mapped_column(String(60))
    stage: Mapped[Stage]
    needs: Mapped[str] = mapped_column(String(60))
    span: Mapped[str] = mapped_column(String(12))
    condition: Mapped[str] = mapped_column(String(40), default="")
    tiers: Mapped[list[str]]
    bars: Mapped[bool]
    active: Mapped[bool]
    words: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(String(200), default="")
    replaces: Mapped[int] = mapped_column(default=0)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[db.Created]


class TruthAnswer(db.Base):
    """An answer to one question about one project, or the asking of it while `answered_at` is NULL.

    The question is quiet as long as its facts are what they were: `fingerprint` is a hash of them, other facts ask anew;
    `facts` keeps them as they were shown. `asked_of` is who was told, the whole zone may answer; it is NULL where the
    bureau answered by itself.
    """

    __tablename__ = "truth_answers"
    __table_args__ = (
        Index("ix_truth_answers_project", "project_id", "question", "id"),
        Index("ix_truth_answers_answered", "answered_at", "id"),
        Index(
            "uq_truth_answers_waiting",
            "project_id",
            "question",
            "fingerprint",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
        CheckConstraint("answered_at IS NOT NULL OR asked_at IS NOT NULL", name="asked_or_answered"),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    question: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]]
    asked_of: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_note: Mapped[str] = mapped_column(String(300), default="")
    asked_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(500), default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]


class TruthFile(db.Base):
    """A file that came with an answer."""

    __tablename__ = "truth_files"

    answer_id: Mapped[int] = mapped_column(ForeignKey("truth_answers.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachments.id"), primary_key=True)
