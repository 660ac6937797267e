"""Target companies, what speaks for approaching them now, and campaigns."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.chains.rules import ChainAction
from crm.companies.rules import LinkProgress
from crm.core import db
from crm.targeting.rules.targets import EntryKind, TargetSource


def _only(name: str, where: str, *columns: str) -> Index:
    """NULLs are distinct to a unique constraint: what has no zone or no node yet needs an index of its own."""
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))


class Target(db.Base, db.Versioned):
    """One company at one link of a chain, as one zone goes after it; `zone_id` NULL is the city's own list.

    `node_id` is NULL while nobody has confirmed a link (待定环节); such a row counts nowhere. `progress` is that of this link;
    the zone's link to the company shows the furthest of its live targets. `standing` is what makes the company worth
    approaching (营收, 排名). A converted one keeps its project and the action its link called for on that day.
    The next step is a duty (`followups`, origin "target:12"), the last contact a visit: neither is kept here.
    """

    __tablename__ = "targets"
    __table_args__ = (
        UniqueConstraint("company_id", "node_id", "zone_id"),
        _only("uq_targets_city", "zone_id IS NULL AND node_id IS NOT NULL", "company_id", "node_id"),
        _only("uq_targets_open", "node_id IS NULL AND zone_id IS NOT NULL", "company_id", "zone_id"),
        _only("uq_targets_open_city", "node_id IS NULL AND zone_id IS NULL", "company_id"),
        Index("ix_targets_node", "node_id", "zone_id", "progress"),
        Index("ix_targets_zone", "zone_id", "updated_at", "id"),
        Index("ix_targets_updated", "updated_at", "id"),
        CheckConstraint(
            "progress <> 'given_up' OR length(given_up_reason) > 0", name="given_up_for_a_reason"
        ),
        CheckConstraint(
            "project_id IS NULL OR (node_id IS NOT NULL AND converted_at IS NOT NULL)", name="converted_whole"
        ),
    )

    id: Mapped[db.Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    node_id: Mapped[int | None] = mapped_column(ForeignKey("chain_nodes.id"))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    progress: Mapped[LinkProgress] = mapped_column(default=LinkProgress.UNTOUCHED)
    progress_on: Mapped[date]
    entry_kind: Mapped[EntryKind | None]
    entry_note: Mapped[str] = mapped_column(String(300), default="")
    standing: Mapped[str] = mapped_column(String(120), default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    given_up_reason: Mapped[str] = mapped_column(String(500), default="")
    source: Mapped[TargetSource] = mapped_column(default=TargetSource.MANUAL)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    chain_action: Mapped[ChainAction | None]
    converted_by: Mapped[db.UserRef]
    converted_at: Mapped[datetime | None]
    batch_id: Mapped[int | None] = mapped_column(index=True)
    is_demo: Mapped[db.Flag]
    created_by: Mapped[int | None]
    created_at: Mapped[db.Created]
    updated_at: Mapped[db.Updated]


class TargetSignal(db.Base):
    """A sign that the company means to expand (扩张动向): when it happened, what, and where that was read."""

    __tablename__ = "target_signals"
    __table_args__ = (Index("ix_target_signals_target", "target_id", "happened_on"),)

    id: Mapped[db.Id]
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"))
    happened_on: Mapped[date]
    what: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(120), default="")
    url: Mapped[str] = mapped_column(String(300), default="")
    batch_id: Mapped[int | None] = mapped_column(index=True)
    created_by: Mapped[db.UserRef]
    created_at: Mapped[db.Created]


class TargetStep(db.Base):
    """One step of a target's progress; rows are never edited. `before` is NULL where the target was made."""

    __tablename__ = "target_steps"
    __table_args__ = (Index("ix_target_steps_target", "target_id", "id"),)

    id: Mapped[db.Id]
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"))
    before: Mapped[LinkProgress | None] = mapped_column(db.code_type(LinkProgress, "before"))
    after: Mapped[LinkProgress] = mapped_column(db.code_type(LinkProgress, "after"))
    on: Mapped[date]
    note: Mapped[str] = mapped_column(String(500), default="")
    made_by: Mapped[db.UserRef]
    made_at: Mapped[db.Created]


class Campaign(db.Base, db.Versioned):
    """A push of some weeks (招商专题): the links it is about and whom it goes after. `zone_id` NULL is the city's, open to all."""

    __tablename__ = "campaigns"
    __table_args__ = (
        UniqueConstraint("zone_id", "name"),
        _only("uq_campaigns_city", "zone_id IS NULL", "name"),
        CheckConstraint("length(name) > 0", name="has_a_name"),
        CheckConstraint("ends_on >= starts_on", name="term_in_order"),
    )

    id: Mapped[db.Id]
    name: Mapped[str] = mapped_column(String(200))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(String(500), default="")
    is_demo: Mapped[db.Flag]
    created_by: Mapped[int | None]
    created_at: Mapped[db.Created]
    updated_at: Mapped[db.Updated]


class CampaignNode(db.Base):
    __tablename__ = "campaign_nodes"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("chain_nodes.id"), primary_key=True, index=True)


class CampaignTarget(db.Base):
    __tablename__ = "campaign_targets"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), primary_key=True, index=True)
