"""A project's record, phases, progress notes, attachments, credit shares and grants."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.chains.rules import ChainAction
from crm.core import db, search
from crm.core.dates import Precision
from crm.projects.rules import (
    AttachmentKind,
    Capital,
    CreditIndicator,
    Exclusion,
    GrantLevel,
    PhaseKind,
    ProjectKind,
    Source,
    Stage,
    Status,
    Tier,
)


class Project(db.Base, db.Versioned):
    """Stage, status, tier and recognition are separate things; `stage` is written by `pipeline` alone.

    Amounts: `total_investment`, `fixed_investment` in 万元, `…_usd` in 万美元. A fuzzy date keeps its first day, its
    precision and the raw text. `key` matches names, `sort_key` (pinyin) orders them; `search_tokens` and `search_text` speak
    of the project alone, the investor is found through the register. `first_zone_id` is who first talked; `zone_id` NULL until the bureau assigns the landing zone.
    """

    __tablename__ = "projects"
    __table_args__ = (
        CheckConstraint("total_investment >= 0 AND fixed_investment >= 0", name="amounts_not_negative"),
        CheckConstraint("total_investment_usd >= 0 AND fixed_investment_usd >= 0", name="usd_not_negative"),
        CheckConstraint("land_mu >= 0", name="land_not_negative"),
        CheckConstraint("length(name) > 0", name="has_a_name"),
        Index("ix_projects_zone_updated", "zone_id", "updated_at", "id"),
        Index("ix_projects_zone_amount", "zone_id", "total_investment", "id"),
        Index("ix_projects_amount", "total_investment", "id"),
        Index("ix_projects_amount_usd", "total_investment_usd", "id"),
        Index("ix_projects_updated", "updated_at", "id"),
        # Covers the counts and sums by stage above every list, so that they never read the rows.
        Index("ix_projects_stage", "stage", "status", "zone_id", "total_investment", "total_investment_usd"),
        Index("ix_projects_match", "zone_id", "key"),
        # The same site in two zones is looked for by its address.
        Index("ix_projects_address", "address"),
        # The first cards of a column of the board, in the order of their amounts.
        Index("ix_projects_board", "stage", "status", "total_investment", "id"),
        # Days in the stage by stage and tier, without reading the rows.
        Index("ix_projects_stay", "status", "stage", "tier", "stage_since", "zone_id"),
    )

    id: Mapped[db.Id]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(200))
    sort_key: Mapped[str] = mapped_column(String(80), default="")
    statistics_name: Mapped[str] = mapped_column(String(200), default="")
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), index=True)
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    first_zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    node_id: Mapped[int | None] = mapped_column(ForeignKey("chain_nodes.id"), index=True)
    chain_action: Mapped[ChainAction | None]
    chain_action_reason: Mapped[str] = mapped_column(String(300), default="")
    source: Mapped[Source | None]
    source_note: Mapped[str] = mapped_column(String(200), default="")
    kind: Mapped[ProjectKind] = mapped_column(default=ProjectKind.NEW)
    capital: Mapped[Capital] = mapped_column(default=Capital.DOMESTIC)
    total_investment: Mapped[Decimal | None]
    total_investment_usd: Mapped[Decimal | None]
    fixed_investment: Mapped[Decimal | None]
    fixed_investment_usd: Mapped[Decimal | None]
    equipment_investment: Mapped[Decimal | None]
    registered_capital: Mapped[Decimal | None]
    registered_capital_usd: Mapped[Decimal | None]
    statistics_amount: Mapped[Decimal | None]
    amount_note: Mapped[str] = mapped_column(String(120), default="")
    fx_rate: Mapped[Decimal | None] = mapped_column(db.Share)
    land_mu: Mapped[Decimal | None]
    plant_sqm: Mapped[Decimal | None]
    annual_output: Mapped[Decimal | None]
    annual_tax: Mapped[Decimal | None]
    content: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    industry: Mapped[str] = mapped_column(String(80), default="")
    investor_text: Mapped[str] = mapped_column(String(300), default="")
    stage: Mapped[Stage] = mapped_column(default=Stage.LEAD)
    stage_since: Mapped[date]
    status: Mapped[Status] = mapped_column(default=Status.ACTIVE)
    status_since: Mapped[date]
    status_reason: Mapped[str] = mapped_column(String(500), default="")
    tier: Mapped[Tier | None] = mapped_column(index=True)
    confidential: Mapped[db.Flag]
    exclusion: Mapped[Exclusion | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    first_contact_on: Mapped[date | None]
    first_contact_precision: Mapped[Precision | None] = mapped_column(
        db.code_type(Precision, "first_contact_precision")
    )
    first_contact_text: Mapped[str] = mapped_column(String(60), default="")
    expected_sign_on: Mapped[date | None]
    expected_sign_precision: Mapped[Precision | None] = mapped_column(
        db.code_type(Precision, "expected_sign_precision")
    )
    expected_sign_text: Mapped[str] = mapped_column(String(60), default="")
    expected_start_on: Mapped[date | None]
    search_tokens: Mapped[str] = mapped_column(Text, default="")
    search_text: Mapped[str] = mapped_column(Text, default="")
    batch_id: Mapped[int | None] = mapped_column(index=True)
    is_demo: Mapped[db.Flag]
    created_by: Mapped[int | None]
    created_at: Mapped[db.Created]
    updated_at: Mapped[db.Updated]


class CodeCounter(db.Base):
    """The last running number of project codes per prefix and year (ETDZ-2026-0001)."""

    __tablename__ = "code_counters"

    prefix: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)


class Phase(db.Base, db.Versioned):
    """One agreement with phases is one project: tier by the total, start and completion by phase.

    A capital increase is a phase of its own kind: its amounts are the increment, which alone counts (decision 8).
    """

    __tablename__ = "phases"
    __table_args__ = (UniqueConstraint("project_id", "no"),)

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    no: Mapped[int]
    kind: Mapped[PhaseKind] = mapped_column(default=PhaseKind.PHASE)
    name: Mapped[str] = mapped_column(String(80))
    total_investment: Mapped[Decimal | None]
    total_investment_usd: Mapped[Decimal | None]
    fixed_investment: Mapped[Decimal | None]
    content: Mapped[str] = mapped_column(Text, default="")
    expected_start_on: Mapped[date | None]
    expected_complete_on: Mapped[date | None]


class InvestorChange(db.Base):
    """A change of ownership (更换业主): who invested before and after, from which day, with its reason and its paper."""

    __tablename__ = "investor_changes"
    __table_args__ = (
        Index("ix_investor_changes_project", "project_id", "id"),
        # Both companies' pages and the search ask for it.
        Index("ix_investor_changes_before", "before_id"),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    before_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"))
    after_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    before_text: Mapped[str] = mapped_column(String(300), default="")
    on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(500))
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachments.id"))
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[db.Created]


class ProgressNote(db.Base):
    """One week's note: what was done, what is in the way, what comes next. `week` is the ISO label of decision 10."""

    __tablename__ = "progress_notes"
    __table_args__ = (
        Index("ix_progress_notes_project", "project_id", "on", "id"),
        Index("ix_progress_notes_week", "week", "project_id"),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    on: Mapped[date]
    week: Mapped[str] = mapped_column(String(8))
    done: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(Text, default="")
    batch_id: Mapped[int | None] = mapped_column(index=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[db.Created]


class Attachment(db.Base):
    """A file kept under its content hash outside the web root. Exactly one of the two owners is set."""

    __tablename__ = "attachments"
    __table_args__ = (
        CheckConstraint("(project_id IS NULL) <> (visit_id IS NULL)", name="one_owner"),
        Index("ix_attachments_project", "project_id", "kind"),
        Index("ix_attachments_visit", "visit_id"),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"))
    kind: Mapped[AttachmentKind]
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    uploaded_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    uploaded_at: Mapped[db.Created]
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[int | None]


class CreditShare(db.Base):
    """A zone's share of one indicator from a day on; the shares of one day and indicator sum to exactly 1."""

    __tablename__ = "credit_shares"
    __table_args__ = (
        UniqueConstraint("project_id", "effective_on", "indicator", "zone_id"),
        CheckConstraint("share > 0 AND share <= 1000000", name="share_in_range"),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    effective_on: Mapped[date]
    indicator: Mapped[CreditIndicator]
    zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"))
    share: Mapped[Decimal] = mapped_column(db.Share)
    recorded_at: Mapped[db.Created]
    recorded_by: Mapped[int | None]


class Grant(db.Base):
    """A right on one project for one unit or one user, written by the feature that causes it, through `actions.grant`."""

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("(unit_id IS NULL) <> (user_id IS NULL)", name="unit_or_user"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="term_in_order"),
        Index("ix_grants_user", "user_id", "project_id"),
        Index("ix_grants_unit", "unit_id", "project_id"),
        Index("ix_grants_project", "project_id"),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    level: Mapped[GrantLevel]
    source: Mapped[str] = mapped_column(String(40))
    source_id: Mapped[int | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    created_by: Mapped[int | None]
    created_at: Mapped[db.Created]


class ProjectChange(db.Base):
    """The history of what decides a tier or a date: amount, expected date, tier, zone, owner; never deleted."""

    __tablename__ = "project_changes"
    __table_args__ = (
        Index("ix_project_changes_project", "project_id", "field", "id"),
        # Delays and jumps of tier are looked for over all projects, by field.
        Index("ix_project_changes_field", "field", "changed_at", "project_id"),
    )

    id: Mapped[db.Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    field: Mapped[str] = mapped_column(String(40))
    before: Mapped[str | None] = mapped_column(String(200))
    after: Mapped[str | None] = mapped_column(String(200))
    changed_by: Mapped[int | None]
    changed_at: Mapped[db.Created]
    batch_id: Mapped[int | None]


search.attach(Project.__table__)
