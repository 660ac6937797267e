"""What each zone means to specialise in, and its yearly plan for attracting it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.targeting.rules.plans import ChainRole, PlanState


class ZoneChain(db.Base, db.Versioned):
    """A chain of a zone, leading or other. A row that was taken back stays with `active` false, so that reference data never brings it back."""

    __tablename__ = "zone_chains"
    __table_args__ = (
        UniqueConstraint("zone_id", "chain_id"),
        CheckConstraint("length(source) > 0", name="has_a_source"),
    )

    id: Mapped[db.Id]
    zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"))
    chain_id: Mapped[int] = mapped_column(ForeignKey("chains.id"), index=True)
    kind: Mapped[ChainRole]
    source: Mapped[str] = mapped_column(String(300))
    to_confirm: Mapped[db.Flag]
    active: Mapped[bool] = mapped_column(default=True)
    edited: Mapped[db.Flag]


class ChainPlanDue(db.Base):
    """The day by which the zones' plans of a year are due; a year without a row ends on its last day."""

    __tablename__ = "chain_plan_dues"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_on: Mapped[date]
    source: Mapped[str] = mapped_column(String(300), default="")
    changed_by: Mapped[db.UserRef]
    changed_at: Mapped[db.Updated]


class ChainPlan(db.Base, db.Versioned):
    """A zone's chain plan of one year (主导产业产业链招商规划). A zone without a row has not begun: 未提交."""

    __tablename__ = "chain_plans"
    __table_args__ = (
        UniqueConstraint("zone_id", "year"),
        Index("ix_chain_plans_year", "year", "state"),
        CheckConstraint("state = 'draft' OR submitted_at IS NOT NULL", name="submitted_at_a_moment"),
        CheckConstraint("state <> 'returned' OR length(reason) > 0", name="returned_for_a_reason"),
    )

    id: Mapped[db.Id]
    zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"))
    year: Mapped[int]
    state: Mapped[PlanState] = mapped_column(default=PlanState.DRAFT)
    note: Mapped[str] = mapped_column(String(500), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    submitted_by: Mapped[db.UserRef]
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[db.UserRef]
    decided_at: Mapped[datetime | None]
    is_demo: Mapped[db.Flag]
    created_at: Mapped[db.Created]


class ChainPlanFile(db.Base):
    """A file of a plan, kept under its content hash like every upload. One that was put away stays for the record."""

    __tablename__ = "chain_plan_files"
    __table_args__ = (Index("ix_chain_plan_files_plan", "plan_id", "id"),)

    id: Mapped[db.Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("chain_plans.id"))
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    uploaded_by: Mapped[db.UserRef]
    uploaded_at: Mapped[db.Created]
    deleted_by: Mapped[db.UserRef]
    deleted_at: Mapped[datetime | None]


class ChainPlanStep(db.Base):
    """What happened to a plan, in order; rows are never edited."""

    __tablename__ = "chain_plan_steps"
    __table_args__ = (Index("ix_chain_plan_steps_plan", "plan_id", "id"),)

    id: Mapped[db.Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("chain_plans.id"))
    state: Mapped[PlanState]
    note: Mapped[str] = mapped_column(String(500), default="")
    made_by: Mapped[db.UserRef]
    made_at: Mapped[db.Moment]
