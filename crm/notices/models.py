"""Messages to a user inside the product."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db


class Notice(db.Base):
    """`url` leads to where the next act is; `dedupe` makes sending twice harmless."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_user", "user_id", "read_at", "id"),)

    id: Mapped[db.Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(400))
    url: Mapped[str] = mapped_column(String(300), default="")
    dedupe: Mapped[str | None] = mapped_column(String(120), unique=True)
    created_at: Mapped[db.Created]
    read_at: Mapped[datetime | None]
