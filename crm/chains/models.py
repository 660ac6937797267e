"""Industry chains as trees of nodes."""

from datetime import date
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm.chains.rules import ChainAction, NodeState, Position
from crm.core import db


class Chain(db.Base, db.Versioned):
    """A chain of the city. `zone_codes` is what the reference file proposes, which the demo alone draws from; the zones a chain
    leads in are `targeting.models.ZoneChain`."""

    __tablename__ = "chains"

    id: Mapped[db.Id]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(120), default="")
    lead_name: Mapped[str] = mapped_column(String(80), default="")
    zone_codes: Mapped[list[str]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(300), default="")
    order_no: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    edited: Mapped[db.Flag]


class ChainNode(db.Base, db.Versioned):
    """A link of a chain. `state` is None until somebody assessed it; it is never shipped as a fact.

    `state`, `state_on`, `state_note`, `state_by`, `priority`, `valid_until` and `action` (set only where a person overrode
    what follows from the state) repeat the newest NodeAssessment, because every list of nodes asks for them.
    `anchors` are local examples as [{"name", "source"}]; `gbt4754` are class codes of GB/T 4754-2017.
    """

    __tablename__ = "chain_nodes"
    __table_args__ = (CheckConstraint("state IS NULL OR state_on IS NOT NULL", name="assessed_on_a_day"),)

    id: Mapped[db.Id]
    chain_id: Mapped[int] = mapped_column(ForeignKey("chains.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("chain_nodes.id"))
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(120), default="")
    position: Mapped[Position]
    products: Mapped[list[str]] = mapped_column(default=list)
    gbt4754: Mapped[list[str]] = mapped_column(default=list)
    anchors: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    state: Mapped[NodeState | None]
    state_note: Mapped[str] = mapped_column(String(300), default="")
    state_by: Mapped[db.UserRef]
    state_on: Mapped[date | None]
    action: Mapped[ChainAction | None]
    priority: Mapped[int | None]
    valid_until: Mapped[date | None]
    order_no: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(String(300), default="")
    edited: Mapped[db.Flag]


class NodeAssessment(db.Base):
    """One assessment of a node as it was made (rules.md §5.2). Rows are never edited; the newest is in force, one without a state takes it back.

    `local_share` is the local supply share (本地配套率), 0 to 1. `action` is set where the derived one was overridden, with its reason.
    """

    __tablename__ = "node_assessments"
    __table_args__ = (
        Index("ix_node_assessments_node", "node_id", "id"),
        CheckConstraint("local_share BETWEEN 0 AND 1000000", name="share_in_range"),
        CheckConstraint("local_firms >= 0", name="firms_not_negative"),
        CheckConstraint("priority BETWEEN 1 AND 5", name="priority_in_range"),
        CheckConstraint("action IS NULL OR length(action_reason) > 0", name="an_override_has_a_reason"),
        CheckConstraint("state IS NULL OR assessed_on IS NOT NULL", name="assessed_on_a_day"),
    )

    id: Mapped[db.Id]
    node_id: Mapped[int] = mapped_column(ForeignKey("chain_nodes.id"))
    state: Mapped[NodeState | None]
    local_firms: Mapped[int | None]
    local_share: Mapped[Decimal | None] = mapped_column(db.Share)
    depends_on: Mapped[str] = mapped_column(String(300), default="")
    gap: Mapped[str] = mapped_column(String(300), default="")
    priority: Mapped[int | None]
    action: Mapped[ChainAction | None]
    action_reason: Mapped[str] = mapped_column(String(300), default="")
    assessor: Mapped[str] = mapped_column(String(60), default="")
    assessed_on: Mapped[date | None]
    valid_until: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(300), default="")
    made_by: Mapped[db.UserRef]
    made_at: Mapped[db.Created]
