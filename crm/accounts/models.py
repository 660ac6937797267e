"""Users, the posts they hold, their tokens and sign-in attempts."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.accounts.rules import TokenScope
from crm.core import db
from crm.core.actor import Role


class User(db.Base, db.Versioned):
    """`session_epoch` grows whenever every open session must end (password change, lock, deactivation)."""

    __tablename__ = "users"

    id: Mapped[db.Id]
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[db.Flag]
    password_changed_at: Mapped[db.Created]
    active: Mapped[bool] = mapped_column(default=True)
    failed_count: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    session_epoch: Mapped[int] = mapped_column(default=0)
    is_demo: Mapped[db.Flag]
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)
    last_post_id: Mapped[int | None]
    created_by: Mapped[int | None]
    created_at: Mapped[db.Created]


class PasswordHistory(db.Base):
    __tablename__ = "password_history"

    id: Mapped[db.Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    at: Mapped[db.Created]


class Post(db.Base, db.Versioned):
    """A unit, a role and a term. It gives rights only while confirmed: one administrator proposes, the other confirms.

    A chief's invitation is in force at once (`confirmed_at` without `confirmed_by`) and is reviewed afterwards. An end
    is proposed by one (`end_proposed_by`) and confirmed by the other; `revoked_at` takes the rights at that moment,
    whatever the term says. Rows are never deleted.
    """

    __tablename__ = "posts"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="term_in_order"),
        Index("ix_posts_user", "user_id", "unit_id"),
    )

    id: Mapped[db.Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    role: Mapped[Role]
    title: Mapped[str] = mapped_column(String(80), default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    proposed_by: Mapped[int | None]
    confirmed_by: Mapped[int | None]
    confirmed_at: Mapped[datetime | None]
    refused_by: Mapped[int | None]
    refused_at: Mapped[datetime | None]
    refusal: Mapped[str] = mapped_column(String(300), default="")
    reviewed_by: Mapped[int | None]
    reviewed_at: Mapped[datetime | None]
    end_proposed_by: Mapped[int | None]
    end_proposed_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(300), default="")
    revoked_by: Mapped[int | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[db.Created]

    @property
    def invited(self) -> bool:
        """In force by a chief's invitation, without the two administrators."""
        return self.confirmed_at is not None and self.confirmed_by is None and self.proposed_by is not None


class Token(db.Base):
    """An API token: only its hash is kept; it acts for one post."""

    __tablename__ = "tokens"

    id: Mapped[db.Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(80), default="")
    scope: Mapped[TokenScope] = mapped_column(default=TokenScope.READ)
    expires_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    created_at: Mapped[db.Created]


class SignIn(db.Base):
    """An attempt to sign in, kept for locking by account and by address."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_ip", "ip", "at"), Index("ix_sign_ins_login", "login", "at"))

    id: Mapped[db.Id]
    login: Mapped[str] = mapped_column(String(60))
    ip: Mapped[str] = mapped_column(String(45))
    ok: Mapped[bool]
    at: Mapped[db.Created]


class SavedView(db.Base, db.Versioned):
    """A list as somebody keeps it: its filters, order and columns under a name.

    A shared one is seen by the whole zone (`zone_id`); where the post has no zone, by its unit (`unit_id`). `page` is the
    list's endpoint, `query` its filters as they stand in the URL.
    """

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("user_id", "page", "name"),
        Index("ix_saved_views_zone", "page", "zone_id"),
    )

    id: Mapped[db.Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    shared: Mapped[db.Flag]
    page: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(Text, default="")
    columns: Mapped[list[str]]
    created_at: Mapped[db.Created]
    updated_at: Mapped[db.Updated]


class ListColumns(db.Base):
    """One list as one user wants it: its columns in order (empty for the product's own), and the view it opens with."""

    __tablename__ = "list_columns"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    page: Mapped[str] = mapped_column(String(40), primary_key=True)
    columns: Mapped[list[str]]
    opens_with: Mapped[int | None] = mapped_column(ForeignKey("saved_views.id", ondelete="SET NULL"))
    updated_at: Mapped[db.Updated]
