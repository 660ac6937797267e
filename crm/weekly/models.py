"""The running number of a week's issue."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db


class WeeklyIssue(db.Base):
    """A week is (previous cut, cut]; `number` is the stored 期号 of its year."""

    __tablename__ = "weekly_issues"

    week: Mapped[str] = mapped_column(String(8), primary_key=True)
    starts_after: Mapped[datetime]
    cut_at: Mapped[datetime]
    year: Mapped[int]
    number: Mapped[int]
    created_at: Mapped[db.Created]
