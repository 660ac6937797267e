"""Milestones with their evidence, and the recognitions that count."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.pipeline.rules import AgreementKind, EndKind, MilestoneKind, MilestoneState
from crm.projects.rules import Capital, Tier


class Milestone(db.Base, db.Versioned):
    """One milestone of a project (or of one phase). The real date is `happened_on`; the statistical date is the recognition's.

    Agreement and fair-competition columns belong to `signed`. `needs_again` says a change after recognition asks for 重新认定.
    """

    __tablename__ = "milestones"
    __table_args__ = (
        Index(
            "uq_milestones_project_kind",
            "project_id",
            "kind",
            unique=True,
            sqlite_where=text("phase_id IS NULL"),
            postgresql_where=text("phase_id IS NULL"),
        ),
        UniqueConstraint("project_id", "kind", "phase_id"),
        Index("ix_milestones_queue", "state", "submitted_at", "id"),
        # Every page of the bureau counts what waits: pending, or recognised and to be recognised again.
        Index("ix_milestones_waiting", "state", "needs_again", "phase_id"),
        CheckConstraint(
            "state IN ('draft','returned','revoked') OR (happened_on IS NOT NULL AND submitted_at IS NOT NULL)",
            name="submitted_has_dates",
        ),
        CheckConstraint("agreement_kind IS NULL OR kind = 'signed'", name="agreement_belongs_to_signing"),
        CheckConstraint(
            "kind <> 'signed' OR agreement_kind IS NULL OR agreement_kind = 'investment' OR state IN ('draft','returned','revoked')",
            name="framework_never_submitted",
        ),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    phase_id: Mapped[int | None] = mapped_column(ForeignKey("phases.id"))
    kind: Mapped[MilestoneKind]
    state: Mapped[MilestoneState] = mapped_column(default=MilestoneState.DRAFT)
    happened_on: Mapped[date | None]
    order_reason: Mapped[str] = mapped_column(String(300), default="")
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(String(500), default="")
    needs_again: Mapped[db.Flag]
    agreement_kind: Mapped[AgreementKind | None]
    agreement_total: Mapped[Decimal | None]
    agreement_total_usd: Mapped[Decimal | None]
    agreement_fixed: Mapped[Decimal | None]
    agreement_parties: Mapped[str] = mapped_column(String(300), default="")
    agreement_land_mu: Mapped[Decimal | None]
    agreement_start_by: Mapped[date | None]
    agreement_complete_by: Mapped[date | None]
    agreement_obligations: Mapped[str] = mapped_column(Text, default="")
    review_by: Mapped[str] = mapped_column(String(60), default="")
    review_on: Mapped[date | None]
    review_conclusion: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[db.Created]
    updated_at: Mapped[db.Updated]


class MilestoneFile(db.Base):
    """Evidence of a milestone."""

    __tablename__ = "milestone_files"

    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestones.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachments.id"), primary_key=True)


class Recognition(db.Base):
    """A recognition as it was made: amount, currency column, tier and zone are frozen here (decision 6). Never edited but to end it.

    `phase_id` is set where a phase or a capital increase was recognised: an increase counts its increment only (decision 8).
    Whether it counts at (as_of, known_at) is `rules.counts_at`, in SQL `queries.counting`. A replacement or a termination
    takes it out from `ended_on` on; a revocation has no `ended_on`, it never counted. A withdrawn termination is written
    as a copy of the row, and `restored_at` says since when the copy stands in for this one.
    `asked_statistical_on` keeps the date asked for when the month was locked.
    """

    __tablename__ = "recognitions"
    __table_args__ = (
        Index(
            "ix_recognitions_board",
            "kind",
            "statistical_on",
            "zone_id",
            "project_id",
            "amount",
            "amount_usd",
            "phase_id",
        ),
        Index("ix_recognitions_project", "project_id", "kind"),
        Index("ix_recognitions_milestone", "milestone_id", "id"),
        Index(
            "uq_recognitions_in_force",
            "milestone_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("(ended_at IS NULL) = (end_kind IS NULL)", name="an_end_has_a_kind"),
        CheckConstraint(
            "restored_at IS NULL OR end_kind = 'terminated'", name="only_a_termination_is_restored"
        ),
    )

    id: Mapped[db.Id]
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestones.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    phase_id: Mapped[int | None] = mapped_column(ForeignKey("phases.id"))
    kind: Mapped[MilestoneKind]
    happened_on: Mapped[date]
    statistical_on: Mapped[date]
    asked_statistical_on: Mapped[date | None]
    capital: Mapped[Capital]
    amount: Mapped[Decimal | None]
    amount_usd: Mapped[Decimal | None]
    fixed: Mapped[Decimal | None]
    fixed_usd: Mapped[Decimal | None]
    tier: Mapped[Tier | None]
    zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"))
    recognised_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recognised_at: Mapped[db.Created]
    ended_at: Mapped[datetime | None]
    ended_on: Mapped[date | None]
    ended_by: Mapped[int | None]
    end_kind: Mapped[EndKind | None]
    restored_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(500), default="")
