"""Messages to a user, inside the product and out of it; what one chose; and every step up a ladder."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.core.actor import Role
from crm.core.crypto import Sealed
from crm.notices.rules import OutgoingState, Topic


class Notice(db.Base):
    """`url` leads to where the next act is; `dedupe` makes sending twice harmless."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_user", "user_id", "read_at", "id"),)

    id: Mapped[db.Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(400))
    url: Mapped[str] = mapped_column(String(300), default="")
    dedupe: Mapped[str | None] = mapped_column(String(120), unique=True)
    created_at: Mapped[db.Created]
    read_at: Mapped[datetime | None]


class NotifyChoice(db.Base):
    """What one person chose to be told of and how; who never chose has no row. `ways` is topic → channels."""

    __tablename__ = "notify_choices"
    __table_args__ = (CheckConstraint("lead_days BETWEEN 0 AND 10", name="lead_days_in_range"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    lead_days: Mapped[int] = mapped_column(default=1)
    email: Mapped[str | None] = mapped_column(Sealed)
    ways: Mapped[dict[str, Any]]
    updated_at: Mapped[db.Updated]


class Outgoing(db.Base):
    """A message that leaves the house, written in the transaction that causes it and sent afterwards by the worker.

    `channel` is mail or "robot:" and the robot's name; the address is looked up when it is sent. `reason` says why the last
    attempt failed. A row is claimed (sending) and committed before anything leaves, so that it never leaves twice.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_queue", "state", "next_at", "id"),
        Index("ix_outbox_user", "user_id", "id"),
        CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="sent_has_a_moment"),
    )

    id: Mapped[db.Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    channel: Mapped[str] = mapped_column(String(40))
    topic: Mapped[Topic | None]
    subject: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(String(300), default="")
    dedupe: Mapped[str | None] = mapped_column(String(160), unique=True)
    state: Mapped[OutgoingState] = mapped_column(default=OutgoingState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[db.Moment]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[db.Created]


class Told(db.Base):
    """That somebody was told of a state, once for each `key` (the day or moment that makes it a new one)."""

    __tablename__ = "told"
    __table_args__ = (UniqueConstraint("topic", "subject_type", "subject_id", "key", "user_id"),)

    id: Mapped[db.Id]
    topic: Mapped[Topic]
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    told_at: Mapped[db.Created]


class Escalation(db.Base):
    """One step of one ladder, once: who holds `to_role` in `to_unit_id` (None: the city), or `to_user_id`, has it now.

    `ladder` names the table of limits, `subject_type` and `subject_id` the row that is late, `due_key` what it was due by
    (an ISO day or moment: put off, it is another), `level` counts from 1. `zone_id` is whose business it is. It stays when
    the subject is answered and says so by `resolved_at`.
    """

    __tablename__ = "escalations"
    __table_args__ = (
        UniqueConstraint("ladder", "subject_type", "subject_id", "due_key", "level"),
        CheckConstraint("level > 0", name="level_from_one"),
        Index("ix_escalations_role", "to_role", "resolved_at", "to_unit_id", "id"),
        Index("ix_escalations_user", "to_user_id", "resolved_at", "id"),
        Index("ix_escalations_subject", "subject_type", "subject_id"),
    )

    id: Mapped[db.Id]
    ladder: Mapped[str] = mapped_column(String(40))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    due_key: Mapped[str] = mapped_column(String(40))
    level: Mapped[int]
    to_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    to_role: Mapped[Role | None]
    to_unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    zone_id: Mapped[db.ZoneRef]
    reason: Mapped[str] = mapped_column(String(300))
    at: Mapped[db.Created]
    resolved_at: Mapped[datetime | None]
