"""Filings, what proves them, which of them met, and who wants to take over what was let go."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.filings.rules import EndKind, Extension, FilingState, HitReason, Purpose

_LIVE = text("state IN ('pending', 'suspect', 'accepted')")


class Filing(db.Base, db.Versioned):
    """One zone's report of one project. `filed_at` is the server's clock to the millisecond and never edited; a filing that
    was returned is made anew with a later moment. `months` and `extension_months` are the terms of its tier on that day.

    `protected_until` moves once, when the extension is granted. `ended_on` is the day protection ended by the rules,
    `ended_at` when that was written.
    """

    __tablename__ = "filings"
    __table_args__ = (
        Index("uq_filings_live", "project_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_filings_project", "project_id", "id"),
        Index("ix_filings_zone", "zone_id", "state", "id"),
        Index("ix_filings_company", "company_id", "state"),
        Index("ix_filings_state", "state", "id"),
        CheckConstraint("protected_until >= protected_from", name="protection_in_order"),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    filed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: Who answers for it now, where that is somebody else than who filed it.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    filed_at: Mapped[datetime]
    contact_on: Mapped[date]
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"))
    note: Mapped[str] = mapped_column(String(500), default="")
    months: Mapped[int]
    extension_months: Mapped[int]
    state: Mapped[FilingState] = mapped_column(default=FilingState.PENDING)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(String(500), default="")
    protected_from: Mapped[date | None]
    protected_until: Mapped[date | None]
    extension: Mapped[Extension | None]
    extension_reason: Mapped[str] = mapped_column(String(500), default="")
    extension_asked_by: Mapped[int | None]
    extension_asked_at: Mapped[datetime | None]
    extension_decided_by: Mapped[int | None]
    extension_decided_at: Mapped[datetime | None]
    extension_note: Mapped[str] = mapped_column(String(500), default="")
    chosen: Mapped[db.Flag]
    ended_at: Mapped[datetime | None]
    ended_on: Mapped[date | None]
    ended_by: Mapped[int | None]
    end_kind: Mapped[EndKind | None]
    end_reason: Mapped[str] = mapped_column(String(500), default="")


class FilingEvidence(db.Base):
    """A file of the project and what it proves here."""

    __tablename__ = "filing_evidence"

    filing_id: Mapped[int] = mapped_column(ForeignKey("filings.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachments.id"), primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(primary_key=True)


class FilingHit(db.Base):
    """`filing_id` met `rival_id`, which another zone had filed before; read by the bureau alone."""

    __tablename__ = "filing_hits"
    __table_args__ = (
        UniqueConstraint("filing_id", "rival_id"),
        Index("ix_filing_hits_rival", "rival_id"),
    )

    id: Mapped[db.Id]
    filing_id: Mapped[int] = mapped_column(ForeignKey("filings.id"))
    rival_id: Mapped[int] = mapped_column(ForeignKey("filings.id"))
    reason: Mapped[HitReason]
    found_at: Mapped[db.Created]


_OPEN = text("approved IS NULL")


class PoolClaim(db.Base, db.Versioned):
    """A zone asks for a project of the pool; `approved` is None until the bureau has answered."""

    __tablename__ = "pool_claims"
    __table_args__ = (
        Index(
            "uq_pool_claims_open", "filing_id", "zone_id", unique=True,
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        ),
        Index("ix_pool_claims_zone", "zone_id", "id"),
    )  # fmt: skip

    id: Mapped[db.Id]
    filing_id: Mapped[int] = mapped_column(ForeignKey("filings.id"))
    zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"))
    reason: Mapped[str] = mapped_column(String(500))
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[db.Created]
    approved: Mapped[bool | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(500), default="")
