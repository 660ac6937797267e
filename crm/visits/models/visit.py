"""Visits, who took part, and which projects they were about."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.core.crypto import Sealed
from crm.units.rules import LeaderLevel
from crm.visits.rules import Mode


class Visit(db.Base, db.Versioned):
    """One visit. `client_id` is the UUID the sender made: sending twice makes one visit.

    `zone_id` None is the city's own visit. `occasion_id` is the trip, reception or event it belongs to. The intent is
    what they want to invest in and how much, in 万元 or 万美元 as they said it (decision 2 never converts).
    """

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_zone", "zone_id", "happened_on", "id"),
        Index("ix_visits_company", "company_id", "happened_on", "id"),
        # The last contact of a project is the last visit of its zone with its investor.
        Index("ix_visits_company_zone", "company_id", "zone_id", "happened_on"),
        Index("ix_visits_happened", "happened_on", "id"),
        Index("ix_visits_author", "created_by", "happened_on", "id"),
        Index("ix_visits_occasion", "occasion_id", "happened_on", "id"),
        # Lists of one mode, and how many of them stand alone.
        Index("ix_visits_mode", "mode", "happened_on", "id", "occasion_id"),
        CheckConstraint("length(summary) > 0", name="has_a_summary"),
    )

    id: Mapped[db.Id]
    client_id: Mapped[str] = mapped_column(String(36), unique=True)
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    happened_on: Mapped[date]
    starts_at: Mapped[str] = mapped_column(String(5), default="")
    mode: Mapped[Mode]
    place: Mapped[str] = mapped_column(String(120), default="")
    summary: Mapped[str] = mapped_column(Text)
    agreed: Mapped[str] = mapped_column(String(1000), default="")
    intent_field: Mapped[str] = mapped_column(String(120), default="")
    intent_amount: Mapped[db.Wan]
    intent_amount_usd: Mapped[db.Wan]
    occasion_id: Mapped[int | None] = mapped_column(ForeignKey("occasions.id"))
    no_next_step_reason: Mapped[str] = mapped_column(String(200), default="")
    confidential: Mapped[db.Flag]
    is_demo: Mapped[db.Flag]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[db.Created]
    updated_at: Mapped[db.Updated]


class VisitProject(db.Base):
    __tablename__ = "visit_projects"

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True, index=True)


class VisitOurs(db.Base):
    """One of ours: a user, a leader, or a name. `level` is the leader's rank on that day."""

    __tablename__ = "visit_ours"
    __table_args__ = (
        Index("ix_visit_ours_visit", "visit_id"),
        Index("ix_visit_ours_level", "level", "visit_id"),
    )

    id: Mapped[db.Id]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("leaders.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    level: Mapped[LeaderLevel | None]
    leads: Mapped[db.Flag]


class VisitTheirs(db.Base):
    """One of theirs: a known contact or a name with post and sealed phone."""

    __tablename__ = "visit_theirs"
    __table_args__ = (Index("ix_visit_theirs_visit", "visit_id"),)

    id: Mapped[db.Id]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    post: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str | None] = mapped_column(Sealed)
    phone_mask: Mapped[str] = mapped_column(String(24), default="")
