"""A project's way to another zone: the transfer, whom it was offered to, and how the credit will be shared."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.filings.rules.transfers import Answer, TransferState, Trigger
from crm.projects.rules import CreditIndicator

_OPEN = text("state IN ('waiting', 'city', 'refused')")


class Transfer(db.Base, db.Versioned):
    """`first_zone_id` talked first, `from_zone_id` gives the project away (the same zone unless it was transferred before).

    `to_zone_id` is who is asked, then who received it; None while the city has to say. `due_on` is the last day of the
    present offer. `done_on` is the day from which the landing zone has the project and the shares are in force.
    `sheet_id` is the sealed 流转确认单 among the project's files.
    """

    __tablename__ = "transfers"
    __table_args__ = (
        Index("uq_transfers_open", "project_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_transfers_project", "project_id", "id"),
        Index("ix_transfers_from", "from_zone_id", "state", "id"),
        Index("ix_transfers_to", "to_zone_id", "state", "id"),
        Index("ix_transfers_due", "state", "due_on", "id"),
        CheckConstraint("to_zone_id IS NULL OR to_zone_id <> from_zone_id", name="to_another_zone"),
        CheckConstraint("state <> 'done' OR (done_on IS NOT NULL AND to_zone_id IS NOT NULL)", name="done_has_a_day"),
        CheckConstraint("state <> 'waiting' OR (due_on IS NOT NULL AND to_zone_id IS NOT NULL)", name="waiting_has_a_day"),
    )  # fmt: skip

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    first_zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"))
    from_zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"))
    to_zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    state: Mapped[TransferState]
    trigger: Mapped[Trigger]
    reason: Mapped[str] = mapped_column(String(500))
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime]
    due_on: Mapped[date | None]
    first_contact: Mapped[str] = mapped_column(String(40), default="")
    first_contact_way: Mapped[str] = mapped_column(String(60), default="")
    landing_contact: Mapped[str] = mapped_column(String(40), default="")
    landing_contact_way: Mapped[str] = mapped_column(String(60), default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    done_on: Mapped[date | None]
    sheet_id: Mapped[int | None] = mapped_column(ForeignKey("attachments.id"))


class TransferOffer(db.Base):
    """One zone asked, or the city (`zone_id` None), and what it said; `answer` None while it may still answer."""

    __tablename__ = "transfer_offers"
    __table_args__ = (Index("ix_transfer_offers_transfer", "transfer_id", "id"),)

    id: Mapped[db.Id]
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    asked_at: Mapped[datetime]
    due_on: Mapped[date | None]
    answer: Mapped[Answer | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]


class TransferShare(db.Base):
    """The first zone's part of one indicator; the landing zone has the rest."""

    __tablename__ = "transfer_shares"
    __table_args__ = (CheckConstraint("first_share >= 0 AND first_share <= 1000000", name="share_in_range"),)

    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"), primary_key=True)
    indicator: Mapped[CreditIndicator] = mapped_column(primary_key=True)
    first_share: Mapped[Decimal] = mapped_column(db.Share)
