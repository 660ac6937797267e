"""Tasks of a person, the queue's head, and the last runs of scheduled jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.tasks import rules
from crm.tasks.models import JobRun, Task
from crm.tasks.rules import TaskState


def find(actor: Actor, task_id: int) -> Task:
    """One's own task; anybody else's does not exist (NotFound)."""
    task = db.session.scalar(select(Task).where(Task.id == task_id, Task.user_id == actor.user_id))
    if task is None:
        raise NotFound()
    return task


def claimable(now: datetime) -> ColumnElement[bool]:
    """Waiting, or left behind by a worker that is gone; each at most three times."""
    orphan = and_(Task.state == TaskState.RUNNING, Task.seen_at < rules.silent_since(now))
    return and_(or_(Task.state == TaskState.QUEUED, orphan), Task.attempts < rules.MOST_ATTEMPTS)


def exhausted(now: datetime) -> ColumnElement[bool]:
    """Left behind for the last time."""
    return and_(
        Task.state == TaskState.RUNNING,
        Task.seen_at < rules.silent_since(now),
        Task.attempts >= rules.MOST_ATTEMPTS,
    )


def anything_to_do(now: datetime) -> bool:
    return bool(db.session.scalar(select(exists().where(or_(claimable(now), exhausted(now))))))


def with_files_before(moment: datetime) -> Sequence[Task]:
    """Finished before `moment` and still naming a file."""
    found = db.session.scalars(
        select(Task).where(Task.finished_at < moment, Task.state == TaskState.DONE).order_by(Task.id)
    )
    return [task for task in found if task.result.get("file")]


@dataclass(frozen=True, slots=True)
class RunRow:
    job: str
    slot: datetime
    started_at: datetime
    finished_at: datetime | None
    ok: bool
    message: str


def last_runs(most: int = 5) -> Mapping[str, Sequence[RunRow]]:
    """The newest runs of every job, newest first. One statement."""
    place = func.row_number().over(partition_by=JobRun.job, order_by=JobRun.slot.desc())
    ranked = select(
        JobRun.job,
        JobRun.slot,
        JobRun.started_at,
        JobRun.finished_at,
        JobRun.ok,
        JobRun.message,
        place.label("place"),
    ).subquery()
    rows = db.session.execute(
        select(*[c for c in ranked.c if c.name != "place"])
        .where(ranked.c.place <= most)
        .order_by(ranked.c.job, ranked.c.slot.desc())
    )
    found: dict[str, list[RunRow]] = {}
    for row in rows:
        found.setdefault(row.job, []).append(RunRow(*row))
    return found
