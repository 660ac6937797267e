"""What the bureau held against a zone's filing, and why it was taken back."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.filings.rules.sanctions import Offence

_STANDING = text("revoked_at IS NULL")


class Sanction(db.Base, db.Versioned):
    """In force until revoked. The effects are those of the setting on the day it was made."""

    __tablename__ = "filing_sanctions"
    __table_args__ = (
        Index(
            "uq_filing_sanctions_standing", "filing_id", "offence", unique=True,
            sqlite_where=_STANDING, postgresql_where=_STANDING,
        ),
        Index("ix_filing_sanctions_project", "project_id"),
        Index("ix_filing_sanctions_zone", "zone_id", "id"),
        CheckConstraint("length(basis) > 0", name="has_a_basis"),
        CheckConstraint("revoked_at IS NULL OR length(revoke_reason) > 0", name="revoked_with_a_reason"),
    )  # fmt: skip

    id: Mapped[db.Id]
    filing_id: Mapped[int] = mapped_column(ForeignKey("filings.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"))
    offence: Mapped[Offence]
    circulated: Mapped[db.Flag]
    no_credit: Mapped[db.Flag]
    removed: Mapped[db.Flag]
    reason: Mapped[str] = mapped_column(String(500))
    basis: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[db.Created]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    revoked_at: Mapped[datetime | None]
    revoke_reason: Mapped[str] = mapped_column(String(500), default="")
