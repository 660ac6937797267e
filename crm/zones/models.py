"""Development zones, their aliases, plans and yearly quotas."""

from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.zones.rules import AmountBasis, CountingMilestone


class Zone(db.Base, db.Versioned):
    """The facts of a development zone; its id is its unit's id. `sources` maps a field to where its value comes from."""

    __tablename__ = "zones"

    id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(60))
    level: Mapped[str] = mapped_column(String(60), default="")
    zone_type: Mapped[str] = mapped_column(String(80), default="")
    district: Mapped[str] = mapped_column(String(60), default="")
    leading_industries: Mapped[list[str]] = mapped_column(default=list)
    established: Mapped[str] = mapped_column(String(60), default="")
    chemical_park: Mapped[str] = mapped_column(String(60), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    sources: Mapped[dict[str, Any]] = mapped_column(default=dict)
    order_no: Mapped[int] = mapped_column(default=0)
    edited: Mapped[db.Flag]


class ZoneAlias(db.Base):
    """`key` is the alias as compared (NFKC, no blanks); one alias may belong to zones of several counties."""

    __tablename__ = "zone_aliases"
    __table_args__ = (UniqueConstraint("zone_id", "key"),)

    id: Mapped[db.Id]
    zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"))
    alias: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(80), index=True)
    source: Mapped[str] = mapped_column(String(200), default="")


class Plan(db.Base, db.Versioned):
    """A city plan: what counts, by which amount, for which years. `banner` is shown wherever its numbers are."""

    __tablename__ = "plans"
    __table_args__ = (CheckConstraint("last_year >= first_year", name="years_in_order"),)

    id: Mapped[db.Id]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    document_no: Mapped[str] = mapped_column(String(80), default="")
    first_year: Mapped[int]
    last_year: Mapped[int]
    counting_milestone: Mapped[CountingMilestone] = mapped_column(default=CountingMilestone.SIGNED)
    amount_basis: Mapped[AmountBasis] = mapped_column(default=AmountBasis.TOTAL)
    carry_surplus: Mapped[db.Flag]
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"))
    banner: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(Text, default="")
    edited: Mapped[db.Flag]
    created_at: Mapped[db.Created]


class Quota(db.Base, db.Versioned):
    """How many projects of at least the threshold a zone owes in a year. Thresholds come in a CNY and a USD column."""

    __tablename__ = "quotas"
    __table_args__ = (
        UniqueConstraint("plan_id", "year", "zone_id"),
        CheckConstraint("target >= 0", name="target_not_negative"),
        CheckConstraint("threshold > 0 AND threshold_usd > 0", name="thresholds_positive"),
        Index("ix_quotas_year", "year", "plan_id"),
    )

    id: Mapped[db.Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"))
    year: Mapped[int]
    threshold: Mapped[Decimal]
    threshold_usd: Mapped[Decimal]
    target: Mapped[int]
    wording: Mapped[str] = mapped_column(String(200), default="")
    to_confirm: Mapped[db.Flag]
    source: Mapped[str] = mapped_column(String(300), default="")
    edited: Mapped[db.Flag]
