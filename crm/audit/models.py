"""The audit: who did what, to what, with which difference. Rows are only ever added."""

from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db


class AuditEvent(db.Base):
    """One act. `diff` maps a field to [before, after] as text; phone numbers never appear in it.

    `actor_id` and `subject_id` are plain numbers: the audit outlives what it speaks of and imports no feature.
    `zone_id` is the zone the subject belonged to at that time; `project_id`/`company_id` let a record show its history.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_subject", "subject_type", "subject_id", "id"),
        Index("ix_audit_events_actor", "actor_id", "id"),
        Index("ix_audit_events_code", "code", "id"),
        Index("ix_audit_events_project", "project_id", "id"),
        Index("ix_audit_events_company", "company_id", "id"),
        Index("ix_audit_events_at", "at", "id"),
    )

    id: Mapped[db.Id]
    at: Mapped[db.Created]
    code: Mapped[str] = mapped_column(String(60))
    result: Mapped[str] = mapped_column(String(12), default="ok")
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(80), default="")
    post: Mapped[str] = mapped_column(String(120), default="")
    ip: Mapped[str] = mapped_column(String(45), default="")
    subject_type: Mapped[str] = mapped_column(String(40), default="")
    subject_id: Mapped[int | None]
    subject_label: Mapped[str] = mapped_column(String(240), default="")
    zone_id: Mapped[int | None]
    project_id: Mapped[int | None]
    company_id: Mapped[int | None]
    diff: Mapped[dict[str, Any]] = mapped_column(default=dict)
    note: Mapped[str] = mapped_column(String(500), default="")
