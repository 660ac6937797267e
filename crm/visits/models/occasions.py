"""Trips, receptions and events: what several visits have in common."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.units.rules import LeaderLevel
from crm.visits.rules import OccasionKind


class Occasion(db.Base, db.Versioned):
    """A trip (外出招商), a reception (来访接待) or an event (活动). Its visits point to it.

    `place` is the destination of a trip. `guests` are the people who came (来访人数, 参会客商数), NULL where nobody counted.
    `signed_count` and `signed_amount` (万元) are what was signed at an event as its organiser told it; they count nowhere.
    `client_id` makes a second sending of the same form answer the same record. `zone_id` None is the city's own.
    """

    __tablename__ = "occasions"
    __table_args__ = (
        Index("ix_occasions_zone", "zone_id", "kind", "starts_on", "id"),
        Index("ix_occasions_kind", "kind", "starts_on", "id"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        CheckConstraint("guests IS NULL OR guests >= 0", name="guests_not_negative"),
        CheckConstraint("signed_count IS NULL OR signed_count >= 0", name="signed_not_negative"),
    )

    id: Mapped[db.Id]
    client_id: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[OccasionKind]
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    title: Mapped[str] = mapped_column(String(120))
    place: Mapped[str] = mapped_column(String(120), default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    starts_at: Mapped[str] = mapped_column(String(5), default="")
    organiser: Mapped[str] = mapped_column(String(120), default="")
    guests: Mapped[int | None]
    signed_count: Mapped[int | None]
    signed_amount: Mapped[db.Wan]
    result: Mapped[str] = mapped_column(Text, default="")
    is_demo: Mapped[db.Flag]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[db.Created]
    updated_at: Mapped[db.Updated]


class OccasionOurs(db.Base):
    """One of the team: a user, a leader, or a name. `level` is the leader's rank on the first day."""

    __tablename__ = "occasion_ours"
    __table_args__ = (Index("ix_occasion_ours_occasion", "occasion_id"),)

    id: Mapped[db.Id]
    occasion_id: Mapped[int] = mapped_column(ForeignKey("occasions.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("leaders.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(120), default="")
    level: Mapped[LeaderLevel | None]
    leads: Mapped[db.Flag]
