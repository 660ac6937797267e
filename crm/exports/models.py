"""A large export that waits for a second person."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.exports.rules import RequestState


class ExportRequest(db.Base, db.Versioned):
    """`asked` is the list's address; `zone_id` the zone of the post that asks, whose chief (or the bureau) decides."""

    __tablename__ = "export_requests"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> user_id", name="second_person"),
        Index("ix_export_requests_state", "state", "zone_id", "id"),
    )

    id: Mapped[db.Id]
    list: Mapped[str] = mapped_column(String(20))
    format: Mapped[str] = mapped_column(String(8))
    asked: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rows: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300))
    state: Mapped[RequestState] = mapped_column(default=RequestState.PENDING)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    post_id: Mapped[int | None]
    zone_id: Mapped[db.ZoneRef]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(String(300), default="")
    task_id: Mapped[int | None]
    created_at: Mapped[db.Created]
