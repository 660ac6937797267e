"""Who asked whether an investor is taken, and what the question met."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.filings.rules import HitReason
from crm.filings.rules.checks import CheckVia


class FilingCheck(db.Base):
    """One question about one company, on behalf of a zone that has a lead with it. Questions are counted by this table, so
    that every worker counts the same."""

    __tablename__ = "filing_checks"
    __table_args__ = (Index("ix_filing_checks_user", "user_id", "asked_at"),)

    id: Mapped[db.Id]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    via: Mapped[CheckVia]
    asked_at: Mapped[datetime]


class FilingCheckHit(db.Base):
    """A filing of another zone that a question met; read by the bureau alone."""

    __tablename__ = "filing_check_hits"
    __table_args__ = (
        Index("ix_filing_check_hits_check", "check_id"),
        Index("ix_filing_check_hits_filing", "filing_id"),
    )

    id: Mapped[db.Id]
    check_id: Mapped[int] = mapped_column(ForeignKey("filing_checks.id"))
    filing_id: Mapped[int] = mapped_column(ForeignKey("filings.id"))
    reason: Mapped[HitReason]
