"""Editable values and the calendar's editable days, each with a source and a history."""

from datetime import date
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from crm.core import db


class SettingChange(db.Base):
    """A value that replaced the default or an earlier value; the newest row of a key is in force, none is deleted.

    `replaces` is the id of the row it took over from (0 the default), so that two people never replace the same value.
    `by_name` is the changer's name at that time: accounts stand above settings.
    """

    __tablename__ = "setting_changes"
    __table_args__ = (
        Index("ix_setting_changes_key", "key", "id"),
        UniqueConstraint("key", "replaces"),
    )

    id: Mapped[db.Id]
    key: Mapped[str] = mapped_column(String(60))
    value: Mapped[Any] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(Text, default="")
    replaces: Mapped[int] = mapped_column(default=0)
    changed_by: Mapped[db.UserRef]
    by_name: Mapped[str] = mapped_column(String(60), default="")
    changed_at: Mapped[db.Created]


class CalendarDay(db.Base):
    """A day that the city declares working or free, above the library's calendar."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(60), default="")
    source: Mapped[str] = mapped_column(String(200), default="")
    changed_by: Mapped[db.UserRef]
    by_name: Mapped[str] = mapped_column(String(60), default="")
    changed_at: Mapped[db.Updated]
