"""The life of a task: put into the queue, claimed by one worker, finished, failed or put back."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Update, select, true, update

from crm.core import clock
from crm.core import db as database
from crm.core.actor import Actor
from crm.core.db import db
from crm.tasks import queries, rules
from crm.tasks.models import Task
from crm.tasks.rules import Interrupted, TaskState


def enqueue(actor: Actor, kind: str, payload: Mapping[str, Any], *, title: str = "") -> Task:
    """Puts work into the queue for the actor's present post; it starts once the caller has committed.

    `kind` is a key of some feature's `jobs.TASKS`; `payload` must be JSON. The system itself has no queue.
    """
    if actor.user_id is None:
        raise ValueError("a task belongs to a person")
    task = Task(
        kind=kind,
        title=title or rules.TITLES.get(kind, "后台任务"),
        payload=dict(payload),
        user_id=actor.user_id,
        post_id=actor.post_id,
    )
    db.session.add(task)
    db.session.flush()
    return task


def claim(now: datetime, task_id: int | None = None) -> Task | None:
    """Takes the oldest task nobody works on or whose worker fell silent (or just `task_id`); None when there is none.

    Safe with any number of workers: PostgreSQL skips rows that another one holds, SQLite lets one in at a time.
    """
    first = (
        select(Task.id)
        .where(queries.claimable(now), Task.id == task_id if task_id is not None else true())
        .order_by(Task.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = db.session.scalar(
        update(Task)
        .where(Task.id == first)
        .values(
            state=TaskState.RUNNING,
            started_at=now,
            seen_at=now,
            attempts=Task.attempts + 1,
            done=0,
            total=0,
            message="",
        )
        .returning(Task.id)
        .execution_options(synchronize_session=False)
    )
    return None if taken is None else db.session.get(Task, taken, populate_existing=True)


def give_up(now: datetime) -> Sequence[tuple[int, int, str]]:
    """Fails what was left behind too often; returns (task id, user id, title) to tell their owners."""
    rows = db.session.execute(
        update(Task)
        .where(queries.exhausted(now))
        .values(state=TaskState.FAILED, message=rules.GAVE_UP, finished_at=now)
        .returning(Task.id, Task.user_id, Task.title)
        .execution_options(synchronize_session=False)
    )
    return [(row.id, row.user_id, row.title) for row in rows]


def _mine(task_id: int, attempt: int) -> Update:
    """Only while this worker's attempt is the one that runs: a worker taken for dead may not speak for its successor."""
    return (
        update(Task)
        .where(Task.id == task_id, Task.attempts == attempt, Task.state == TaskState.RUNNING)
        .execution_options(synchronize_session=False)
    )


def _close(statement: Update) -> bool:
    return bool(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]


def finish(task_id: int, attempt: int, result: Mapping[str, Any], now: datetime) -> bool:
    """False when another worker has taken the task over: then nothing of this attempt may be committed."""
    values = {"state": TaskState.DONE, "result": dict(result), "message": str(result.get("message", ""))}
    return _close(_mine(task_id, attempt).values(**values, finished_at=now))


def fail(task_id: int, attempt: int, message: str, now: datetime) -> bool:
    """`message` is Chinese and for the person who waits; what went wrong inside belongs into the log."""
    return _close(_mine(task_id, attempt).values(state=TaskState.FAILED, message=message, finished_at=now))


def put_back(task_id: int, attempt: int) -> bool:
    """The worker ends on request: the attempt does not count."""
    values = {"state": TaskState.QUEUED, "attempts": attempt - 1, "started_at": None, "seen_at": None}
    return _close(_mine(task_id, attempt).values(**values, done=0, total=0, message=""))


def without_file(task: Task) -> None:
    task.result = {key: value for key, value in task.result.items() if key != "file"} | {"expired": True}


@contextmanager
def aside() -> Iterator[Connection]:
    """A transaction beside the session's, which stays as it is."""
    token = database.reading.set(False)
    try:
        with db.engine.engine.begin() as connection:
            yield connection
    finally:
        database.reading.reset(token)


def _write_blocked() -> bool:
    """SQLite has one writer: while the session may be it, a second connection would wait for the first in vain."""
    writing = db.session().in_transaction() and not database.reading.get()
    return db.engine.dialect.name == "sqlite" and writing


class Progress:
    """What a handler calls to say how far it is. Each report is committed at once, apart from the handler's own work.

    Reports closer than half a second are left out, and on SQLite those made inside a write transaction: report before
    beginning one. Raises Interrupted when the worker has to end, so call it between steps that may be repeated.
    """

    def __init__(self, task_id: int, attempt: int, stopping: Callable[[], bool] = lambda: False) -> None:
        self._task_id = task_id
        self._attempt = attempt
        self._stopping = stopping
        self._last = 0.0
        self._words = ""

    def __call__(self, done: int, total: int = 0, message: str = "") -> None:
        """`total` 0: how much there is to do is not known."""
        if self._stopping():
            raise Interrupted()
        complete = bool(total) and done >= total
        if not complete and message == self._words and time.monotonic() - self._last < 0.5:
            return
        self._last, self._words = time.monotonic(), message
        self.beat(done=done, total=total, message=message)

    def beat(self, **values: Any) -> None:
        """A sign of life, with or without news."""
        if _write_blocked():
            return
        statement = _mine(self._task_id, self._attempt).values(seen_at=clock.now(), **values)
        with aside() as connection:
            connection.execute(statement)
