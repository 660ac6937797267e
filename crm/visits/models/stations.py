"""Daily work of stationed offices (驻点), and checks that found somebody away."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db


class StationDay(db.Base, db.Versioned):
    """One person's day on station. `leads` are 有效信息条, `referrals` 推荐来访批次; 拜访家次 is counted from the visits.

    `station_id` is the stationed office among the units, NULL where it is only named.
    """

    __tablename__ = "station_days"
    __table_args__ = (
        UniqueConstraint("user_id", "day", name="one_day_a_person"),
        Index("ix_station_days_zone", "zone_id", "day", "id"),
        Index("ix_station_days_day", "day", "id"),
        CheckConstraint("leads >= 0 AND referrals >= 0", name="counts_not_negative"),
    )

    id: Mapped[db.Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    station_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    station: Mapped[str] = mapped_column(String(60))
    day: Mapped[date]
    leads: Mapped[int] = mapped_column(default=0)
    referrals: Mapped[int] = mapped_column(default=0)
    work: Mapped[str] = mapped_column(String(500), default="")
    is_demo: Mapped[db.Flag]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[db.Created]
    updated_at: Mapped[db.Updated]


class Absence(db.Base):
    """查岗离岗: a check on a day found this person away. Withdrawn ones stay, with who took them back and why."""

    __tablename__ = "absences"
    __table_args__ = (
        Index("ix_absences_user", "user_id", "day"),
        CheckConstraint("checked_by <> user_id", name="checked_by_another"),
    )

    id: Mapped[db.Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    zone_id: Mapped[db.ZoneRef]
    day: Mapped[date]
    note: Mapped[str] = mapped_column(String(200), default="")
    checked_by: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[db.Created]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_reason: Mapped[str] = mapped_column(String(200), default="")
