"""Disputes between two filings, the rungs they went through, and what the two sides wrote to each other."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.filings.rules.disputes import DisputeState, Rung, StepEnd

_OPEN = text("state = 'open'")


class Dispute(db.Base, db.Versioned):
    """`earlier_id` was filed before `later_id`; every act moves `acted_at` and with it the version. `reason` is the opener's and read by him and the bureau alone; a dispute of
    the bureau's own making has no `opened_zone_id`. `winner_id` stands when it is settled."""

    __tablename__ = "disputes"
    __table_args__ = (
        Index(
            "uq_disputes_open", "earlier_id", "later_id", unique=True,
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        ),
        Index("ix_disputes_later", "later_id"),
        Index("ix_disputes_state", "state", "id"),
        CheckConstraint("earlier_id <> later_id", name="two_filings"),
        CheckConstraint("state <> 'settled' OR winner_id IS NOT NULL", name="settled_has_a_winner"),
    )  # fmt: skip

    id: Mapped[db.Id]
    earlier_id: Mapped[int] = mapped_column(ForeignKey("filings.id"))
    later_id: Mapped[int] = mapped_column(ForeignKey("filings.id"))
    state: Mapped[DisputeState] = mapped_column(default=DisputeState.OPEN)
    reason: Mapped[str] = mapped_column(String(500), default="")
    opened_zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    opened_at: Mapped[db.Created]
    acted_at: Mapped[db.Created]
    winner_id: Mapped[int | None] = mapped_column(ForeignKey("filings.id"))
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]


class DisputeStep(db.Base):
    """One rung. `due_on` is kept as it was when the rung began; `ended_on` is the day it was left by the rules, `ended_at`
    when that was written. `text` is the agreement, the result of mediation or the ruling, or why it was raised."""

    __tablename__ = "dispute_steps"
    __table_args__ = (
        UniqueConstraint("dispute_id", "rung"),
        CheckConstraint("due_on >= began_on", name="due_after_begun"),
    )

    id: Mapped[db.Id]
    dispute_id: Mapped[int] = mapped_column(ForeignKey("disputes.id"))
    rung: Mapped[Rung]
    began_on: Mapped[date]
    due_on: Mapped[date]
    end: Mapped[StepEnd | None]
    ended_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(Text, default="")
    document: Mapped[str] = mapped_column(String(100), default="")
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachments.id"))


class DisputeWord(db.Base):
    """What one side (`filing_id`) wrote to the other: who should go on with the investor, and on what terms."""

    __tablename__ = "dispute_words"
    __table_args__ = (Index("ix_dispute_words_dispute", "dispute_id", "id"),)

    id: Mapped[db.Id]
    dispute_id: Mapped[int] = mapped_column(ForeignKey("disputes.id"))
    filing_id: Mapped[int] = mapped_column(ForeignKey("filings.id"))
    keeps_id: Mapped[int] = mapped_column(ForeignKey("filings.id"))
    text: Mapped[str] = mapped_column(Text)
    written_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    written_at: Mapped[db.Created]
