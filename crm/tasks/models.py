"""The background queue and the record of scheduled jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import db
from crm.tasks.rules import TaskState


class Task(db.Base):
    """Work that would hold a page longer than a second. `post_id` is the post it acts for; `total` 0 means unknown length.

    `seen_at` is the last sign of life of its worker; `attempts` also tells two workers of one task apart.
    A `result` may carry `next` (the path to go on to), `message` (what happened, in words) and `file` (a path below
    the data folder, removed after 30 days).
    """

    __tablename__ = "tasks"
    __table_args__ = (Index("ix_tasks_queue", "state", "id"),)

    id: Mapped[db.Id]
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[TaskState] = mapped_column(default=TaskState.QUEUED)
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    message: Mapped[str] = mapped_column(Text, default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    post_id: Mapped[int | None]
    created_at: Mapped[db.Created]
    started_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)


class JobRun(db.Base):
    """One slot of one scheduled job: the primary key makes each slot run once whatever the number of nodes."""

    __tablename__ = "job_runs"

    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    started_at: Mapped[db.Created]
    finished_at: Mapped[datetime | None]
    ok: Mapped[bool] = mapped_column(default=False)
    message: Mapped[str] = mapped_column(Text, default="")
