"""One register of public facts for the city; a link and contacts for each zone."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.companies.rules import CompanyKind, LinkProgress
from crm.core import db, search
from crm.core.crypto import Sealed
from crm.core.text import pinyin_full


def _live(name: str, *columns: str) -> Index:
    live = text("merged_into_id IS NULL")
    return Index(name, *columns, sqlite_where=live, postgresql_where=live)


def _sound(row: Any) -> str:
    """Whoever inserts a company, singly or by thousands, says its key; how that sounds follows from it."""
    return pinyin_full(row.get_current_parameters().get("loose_key") or "")[:200]


class Company(db.Base, db.Versioned):
    """Public facts only. `key` is `text.company_identity(name)` and decides that two names are one company; `loose_key`
    is `text.company_key(name)` and only proposes (different firms may share it, see `naming`), `sound` is how that key is read. `uscc` is the
    18-character code, `old_reg_no` a 15-digit number, `listed_code` as `rules.listed_code` writes it.

    A merged company stays and points at the one that took it over; lists show only those with `merged_into_id` NULL.
    """

    __tablename__ = "companies"
    __table_args__ = (
        Index(
            "uq_companies_uscc",
            "uscc",
            unique=True,
            sqlite_where=text("uscc IS NOT NULL"),
            postgresql_where=text("uscc IS NOT NULL"),
        ),
        Index(
            "ix_companies_old_reg_no",
            "old_reg_no",
            sqlite_where=text("old_reg_no IS NOT NULL"),
            postgresql_where=text("old_reg_no IS NOT NULL"),
        ),
        Index(
            "ix_companies_listed_code",
            "listed_code",
            sqlite_where=text("listed_code IS NOT NULL"),
            postgresql_where=text("listed_code IS NOT NULL"),
        ),
        # Lists leave merged companies out; indexes of the others alone count and order without touching the rows.
        # SQLite counts by an index alone only when the index also has the column of its own condition.
        _live("ix_companies_live", "id", "merged_into_id"),
        _live("ix_companies_sort", "sort_key", "id"),
        _live("ix_companies_updated", "updated_at", "id"),
        _live("ix_companies_region", "region", "sort_key", "id"),
        _live("ix_companies_city", "city", "sort_key", "id"),
        _live("ix_companies_industry", "industry", "sort_key", "id"),
        # Over all rows SQLite would take "IS NULL" for a rare value and read the register through this index.
        Index(
            "ix_companies_merged_into_id",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        Index(
            "ix_companies_parent_id",
            "parent_id",
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        # Names that are typed as they sound.
        _live("ix_companies_sound", "sound"),
        # A company that may be another under a second entry lacks a code: two different codes are two companies.
        Index(
            "ix_companies_no_code",
            "loose_key",
            "id",
            sqlite_where=text("uscc IS NULL AND merged_into_id IS NULL"),
            postgresql_where=text("uscc IS NULL AND merged_into_id IS NULL"),
        ),
        CheckConstraint("length(name) > 0", name="has_a_name"),
        CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="not_merged_into_itself"),
    )

    id: Mapped[db.Id]
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(80), default="")
    key: Mapped[str] = mapped_column(String(200), index=True)
    loose_key: Mapped[str] = mapped_column(String(200), index=True, default="")
    sound: Mapped[str] = mapped_column(String(200), default=_sound)
    sort_key: Mapped[str] = mapped_column(String(80), default="")
    uscc: Mapped[str | None] = mapped_column(String(18))
    old_reg_no: Mapped[str | None] = mapped_column(String(15))
    listed_code: Mapped[str | None] = mapped_column(String(12))
    kind: Mapped[CompanyKind | None]
    region: Mapped[str] = mapped_column(String(60), default="")
    city: Mapped[str] = mapped_column(String(60), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    industry: Mapped[str] = mapped_column(String(80), default="")
    industry_code: Mapped[str] = mapped_column(String(8), default="")
    founded_on: Mapped[date | None]
    registered_capital: Mapped[Decimal | None]
    registered_capital_text: Mapped[str] = mapped_column(String(60), default="")
    website: Mapped[str] = mapped_column(String(200), default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"))
    batch_id: Mapped[int | None] = mapped_column(index=True)
    is_demo: Mapped[db.Flag]
    created_by: Mapped[int | None]
    created_at: Mapped[db.Created]
    updated_at: Mapped[db.Updated]
    # Long texts stand last, so that reading the other columns of a row stays within its first page.
    business: Mapped[str] = mapped_column(Text, default="", sort_order=100)
    search_text: Mapped[str] = mapped_column(Text, default="", sort_order=101)
    search_tokens: Mapped[str] = mapped_column(Text, default="", sort_order=102)


class CompanyAlias(db.Base):
    """Short, former and other names; `kind` is alias, former or short, `key` is `text.company_identity(alias)`."""

    __tablename__ = "company_aliases"
    __table_args__ = (UniqueConstraint("company_id", "key"),)

    id: Mapped[db.Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    alias: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(200), index=True)
    kind: Mapped[str] = mapped_column(String(12), default="alias")


class CompanyLink(db.Base, db.Versioned):
    """What one zone knows of and does with one company; invisible to other zones. `zone_id` NULL is the city bureau's own."""

    __tablename__ = "company_links"
    __table_args__ = (
        UniqueConstraint("company_id", "zone_id"),
        # NULLs are distinct to a unique constraint: the city's own link needs an index of its own.
        Index(
            "uq_company_links_city",
            "company_id",
            unique=True,
            sqlite_where=text("zone_id IS NULL"),
            postgresql_where=text("zone_id IS NULL"),
        ),
        Index("ix_company_links_zone", "zone_id", "updated_at", "id"),
        # Covers the counts by progress above the register.
        Index("ix_company_links_progress", "progress", "zone_id"),
    )

    id: Mapped[db.Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    progress: Mapped[LinkProgress] = mapped_column(default=LinkProgress.UNTOUCHED)
    source: Mapped[str] = mapped_column(String(60), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    batch_id: Mapped[int | None] = mapped_column(index=True)
    created_by: Mapped[int | None]
    created_at: Mapped[db.Created]
    updated_at: Mapped[db.Updated]


class LinkNode(db.Base):
    __tablename__ = "link_nodes"

    link_id: Mapped[int] = mapped_column(ForeignKey("company_links.id"), primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("chain_nodes.id"), primary_key=True, index=True)


class Contact(db.Base, db.Versioned):
    """A person at a company as one zone knows them. The number is sealed; hashes find the whole number and its last four."""

    __tablename__ = "contacts"
    __table_args__ = (
        Index("ix_contacts_company", "company_id", "zone_id"),
        Index("ix_contacts_tail", "phone_tail_hash"),
        Index("ix_contacts_phone", "phone_hash"),
    )

    id: Mapped[db.Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    zone_id: Mapped[db.ZoneRef]
    name: Mapped[str] = mapped_column(String(40))
    post: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str | None] = mapped_column(Sealed)
    phone_mask: Mapped[str] = mapped_column(String(24), default="")
    phone_hash: Mapped[str | None] = mapped_column(String(64))
    phone_tail_hash: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(300), default="")
    main: Mapped[db.Flag]
    active: Mapped[bool] = mapped_column(default=True)
    batch_id: Mapped[int | None] = mapped_column(index=True)
    created_by: Mapped[int | None]
    created_at: Mapped[db.Created]
    updated_at: Mapped[db.Updated]


class CompanyMerge(db.Base):
    """One entry taken over by another, and all that is needed to take it back. Nothing is deleted by either.

    `moved` and `filled` have the shapes of `rules.Moved`: what was brought over, and the facts the kept entry lacked.
    """

    __tablename__ = "company_merges"
    __table_args__ = (
        Index("ix_company_merges_kept", "kept_id"),
        Index("ix_company_merges_merged", "merged_id"),
        CheckConstraint("kept_id <> merged_id", name="two_companies"),
        CheckConstraint("length(reason) > 0", name="has_a_reason"),
    )

    id: Mapped[db.Id]
    kept_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    merged_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    reason: Mapped[str] = mapped_column(String(300))
    moved: Mapped[dict[str, Any]]
    filled: Mapped[dict[str, Any]]
    merged_by: Mapped[db.UserRef]
    merged_at: Mapped[db.Moment]
    undone_by: Mapped[db.UserRef]
    undone_at: Mapped[datetime | None]


class NotSame(db.Base):
    """Somebody looked at two entries and found two companies; the check proposes them to each other no more."""

    __tablename__ = "companies_not_same"
    __table_args__ = (CheckConstraint("low_id < high_id", name="in_order"),)

    low_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), primary_key=True)
    high_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), primary_key=True, index=True)
    reason: Mapped[str] = mapped_column(String(300), default="")
    made_by: Mapped[db.UserRef]
    made_at: Mapped[db.Moment]


search.attach(Company.__table__)
