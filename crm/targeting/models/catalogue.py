"""The guidance catalogue (产业招商指导目录): what live data lacks for a link, whom it may name, and what was released."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db


class CatalogueEntry(db.Base, db.Versioned):
    """What people write of a link for the catalogue; everything else in its row is read from live data.

    `zone_codes` are the zones that suit it (适宜承载园区); empty means those that name its chain.
    """

    __tablename__ = "catalogue_entries"

    node_id: Mapped[int] = mapped_column(ForeignKey("chain_nodes.id"), primary_key=True, autoincrement=False)
    direction: Mapped[str] = mapped_column(String(300), default="")
    land: Mapped[str] = mapped_column(String(200), default="")
    energy: Mapped[str] = mapped_column(String(200), default="")
    environment: Mapped[str] = mapped_column(String(200), default="")
    zone_codes: Mapped[list[str]] = mapped_column(default=list)
    lead_department: Mapped[str] = mapped_column(String(80), default="")
    updated_by: Mapped[db.UserRef]
    updated_at: Mapped[db.Updated]


class CatalogueNaming(db.Base):
    """The bureau's word on naming a target company at a link in the city's catalogue; without one its own targets are named, a zone's are not."""

    __tablename__ = "catalogue_namings"
    __table_args__ = (UniqueConstraint("node_id", "company_id"),)

    id: Mapped[db.Id]
    node_id: Mapped[int] = mapped_column(ForeignKey("chain_nodes.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    named: Mapped[bool]
    decided_by: Mapped[db.UserRef]
    decided_at: Mapped[db.Updated]


class CatalogueRelease(db.Base):
    """A release (版) of the catalogue as it left the bureau. Written once and never edited.

    `rows` are `rules.catalogue.frozen` rows; `changes` says in words what differs from the release before.
    """

    __tablename__ = "catalogue_releases"
    __table_args__ = (
        CheckConstraint("length(note) > 0", name="says_why"),
        CheckConstraint("number > 0", name="numbered_from_one"),
    )

    id: Mapped[db.Id]
    number: Mapped[int] = mapped_column(unique=True)
    released_on: Mapped[date]
    note: Mapped[str] = mapped_column(String(500))
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    changes: Mapped[list[str]] = mapped_column(default=list)
    released_by: Mapped[db.UserRef]
    by_name: Mapped[str] = mapped_column(String(60), default="")
    released_at: Mapped[db.Moment]
