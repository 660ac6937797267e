"""Industry chains as trees of nodes."""

from datetime import date

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm.chains.rules import NodeState, Position
from crm.core import db


class Chain(db.Base, db.Versioned):
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
    order_no: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(String(300), default="")
    edited: Mapped[db.Flag]
