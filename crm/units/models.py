"""Units form a tree; leaders hold a rank in it."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.units.rules import LeaderLevel, UnitKind


class Unit(db.Base, db.Versioned):
    """`zone_id` and `county_id` are the nearest zone and county (or block) at or above the unit, kept by `actions`."""

    __tablename__ = "units"
    __table_args__ = (
        CheckConstraint("parent_id IS NOT NULL OR kind = 'city'", name="only_the_city_has_no_parent"),
    )

    id: Mapped[db.Id]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(60))
    kind: Mapped[UnitKind]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    county_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    order_no: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(String(300), default="")
    edited: Mapped[db.Flag]


class Leader(db.Base, db.Versioned):
    """A leading official, shown by `rank_no` and never by the alphabet; a rotation ends one row and begins another."""

    __tablename__ = "leaders"
    __table_args__ = (CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="term_in_order"),)

    id: Mapped[db.Id]
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(120))
    level: Mapped[LeaderLevel]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    rank_no: Mapped[int] = mapped_column(default=100)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    user_id: Mapped[db.UserRef]
