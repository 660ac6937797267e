"""Closed months, what was corrected after the closing, and the investment of each month."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db


class PeriodLock(db.Base):
    """A month the bureau has closed (月度结账)."""

    __tablename__ = "period_locks"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    locked_by: Mapped[int | None]
    locked_at: Mapped[db.Created]


class Adjustment(db.Base):
    """A change that came after its month was closed: it is dated in the open month, and both values are kept.

    `month` is the closed month it speaks of, `dated_in` the open month that carries it. `field` is named as in the audit;
    values are kept as text (amounts in 万元 as plain decimals, dates ISO). Rows are never edited.
    """

    __tablename__ = "adjustments"
    __table_args__ = (
        Index("ix_adjustments_project", "project_id", "id"),
        Index("ix_adjustments_dated_in", "dated_in", "id"),
        Index("ix_adjustments_month", "month", "id"),
        CheckConstraint("month < dated_in", name="dated_after_its_month"),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    subject_type: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[int]
    month: Mapped[str] = mapped_column(String(7))
    dated_in: Mapped[str] = mapped_column(String(7))
    field: Mapped[str] = mapped_column(String(40))
    before: Mapped[str | None] = mapped_column(String(200))
    after: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500), default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[db.Created]


class MonthlyInvestment(db.Base, db.Versioned):
    """What a project, or one of its phases, invested in one month; amounts in 万元, of this month alone.

    `month` carries the figures. `adjusts` is that month (else "") where they correct an earlier, closed month: such a row holds differences
    and may be negative; an ordinary row may not. Sums over `month` are therefore right without knowing of corrections.
    `paid_in` is money that arrived (到位资金), `equipment` is part of `completed`.
    """

    __tablename__ = "monthly_investments"
    __table_args__ = (
        Index(
            "uq_monthly_investments_project",
            "project_id",
            "month",
            "adjusts",
            unique=True,
            sqlite_where=text("phase_id IS NULL"),
            postgresql_where=text("phase_id IS NULL"),
        ),
        UniqueConstraint("project_id", "month", "adjusts", "phase_id"),
        Index("ix_monthly_investments_month", "month", "project_id"),
        CheckConstraint("adjusts = '' OR adjusts < month", name="adjusts_an_earlier_month"),
        CheckConstraint(
            "adjusts <> '' OR (completed >= 0 AND paid_in >= 0 AND equipment >= 0)",
            name="not_negative",
        ),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    phase_id: Mapped[int | None] = mapped_column(ForeignKey("phases.id"))
    month: Mapped[str] = mapped_column(String(7))
    adjusts: Mapped[str] = mapped_column(String(7), default="")
    completed: Mapped[Decimal | None]
    paid_in: Mapped[Decimal | None]
    equipment: Mapped[Decimal | None]
    progress: Mapped[str] = mapped_column(String(500), default="")
    in_statistics: Mapped[db.Flag]
    in_statistics_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(300), default="")
    batch_id: Mapped[int | None] = mapped_column(index=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[db.Created]
    updated_at: Mapped[db.Updated]


class InvestmentFile(db.Base):
    """Evidence of a month's investment."""

    __tablename__ = "investment_files"

    investment_id: Mapped[int] = mapped_column(ForeignKey("monthly_investments.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachments.id"), primary_key=True)
