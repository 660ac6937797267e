"""One table for every duty (follow-ups, demands, instructions, decisions, problems), and the calendar's feeds."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.followups.rules import DutyKind, DutyState, ReminderKind
from crm.followups.rules.demands import Confirmer, Satisfaction


class Followup(db.Base, db.Versioned):
    """One duty. `zone_id` is who owes it (None: the city). `origin` and `closed_by` name the row that caused or closed it ("visit:12").

    `due_at` is an optional hour of the day as "HH:MM". Overdue is derived, never stored. `confidential` comes from the
    visit that caused it; a confidential project hides its duties' investor by itself.
    """

    __tablename__ = "followups"
    __table_args__ = (
        CheckConstraint("state = 'open' OR closed_at IS NOT NULL", name="closed_has_a_moment"),
        CheckConstraint("postponed >= 0", name="postponed_not_negative"),
        Index("ix_followups_owner", "owner_id", "state", "due_on", "id"),
        Index("ix_followups_zone", "zone_id", "state", "due_on", "id"),
        Index("ix_followups_due", "state", "due_on", "id"),
        Index("ix_followups_project", "project_id", "state", "due_on"),
        Index("ix_followups_company", "company_id", "state", "due_on"),
        Index("ix_followups_origin", "origin"),
        Index("ix_followups_created", "created_by", "state", "due_on"),
        Index("ix_followups_kind", "kind", "state", "due_on", "id"),
        Index("ix_followups_unit", "unit_id", "state", "due_on", "id"),
    )

    id: Mapped[db.Id]
    kind: Mapped[DutyKind] = mapped_column(default=DutyKind.FOLLOWUP)
    state: Mapped[DutyState] = mapped_column(default=DutyState.OPEN)
    what: Mapped[str] = mapped_column(String(300))
    category: Mapped[str] = mapped_column(String(40), default="")
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    due_on: Mapped[date]
    due_at: Mapped[str] = mapped_column(String(5), default="")
    first_due_on: Mapped[date]
    postponed: Mapped[int] = mapped_column(default=0)
    postpone_reason: Mapped[str] = mapped_column(String(300), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    confirmed_by_company: Mapped[db.Flag]
    confidential: Mapped[db.Flag]
    origin: Mapped[str] = mapped_column(String(40), default="")
    closed_by: Mapped[str] = mapped_column(String(40), default="")
    closed_at: Mapped[datetime | None]
    closed_by_user: Mapped[int | None]
    close_reason: Mapped[str] = mapped_column(String(300), default="")
    created_by: Mapped[int | None]
    created_at: Mapped[db.Created]
    updated_at: Mapped[db.Updated]


class Demand(db.Base):
    """The life of a demand, a promise or a problem beside its duty (same id); a missing row is one that nobody touched yet.

    The duty's `unit_id` has to answer by `answer_due_on`; once answered, the duty's due day is that of the confirmation.
    `leader_id` promised it. `confirmed_name` is the company's person or the leader who says that it is settled.
    """

    __tablename__ = "demands"
    __table_args__ = (
        CheckConstraint("confirmed_at IS NULL OR confirmed_by IS NOT NULL", name="confirmed_by_somebody"),
        CheckConstraint("reopened >= 0 AND urged >= 0 AND forwarded >= 0", name="counts_not_negative"),
    )

    followup_id: Mapped[int] = mapped_column(ForeignKey("followups.id"), primary_key=True)
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("leaders.id"), index=True)
    answer_due_on: Mapped[date]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[db.UserRef]
    satisfaction: Mapped[Satisfaction | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[Confirmer | None]
    confirmed_name: Mapped[str] = mapped_column(String(80), default="")
    confirm_note: Mapped[str] = mapped_column(String(300), default="")
    reopened: Mapped[int] = mapped_column(default=0)
    forwarded: Mapped[int] = mapped_column(default=0)
    urged: Mapped[int] = mapped_column(default=0)
    urged_on: Mapped[date | None]


class CalendarFeed(db.Base):
    """A secret address from which a calendar reads one person's duties; only its hash is kept, it acts for one post.

    A person has one that is not revoked. `reads` counts within the hour that began at `hour_from`; `logged_on` and
    `last_ip` are the day and the address of the last reading that the audit names.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        Index(
            "uq_calendar_feeds_live",
            "user_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[db.Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[db.Created]
    revoked_at: Mapped[datetime | None]
    last_read_at: Mapped[datetime | None]
    hour_from: Mapped[datetime | None]
    reads: Mapped[int] = mapped_column(default=0)
    logged_on: Mapped[date | None]
    last_ip: Mapped[str] = mapped_column(String(45), default="")


class DutyReminder(db.Base):
    """That somebody was told of a duty's state. A postponed duty has a new due day and is told of again."""

    __tablename__ = "duty_reminders"
    __table_args__ = (UniqueConstraint("followup_id", "kind", "due_on", "user_id"),)

    id: Mapped[db.Id]
    followup_id: Mapped[int] = mapped_column(ForeignKey("followups.id"))
    kind: Mapped[ReminderKind]
    due_on: Mapped[date]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[db.Created]
