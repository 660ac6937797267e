"""The background worker: takes tasks from the queue one after another and hands each to its feature's handler; between
two of them it sends what waits in the outbox."""

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from crm.accounts import queries as accounts
from crm.core import clock, memo
from crm.core import db as database
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, NotFound, RuleBroken, Stale
from crm.notices import actions as notices
from crm.notices import jobs as outbox
from crm.tasks import actions, queries, rules
from crm.tasks.actions import Progress
from crm.tasks.models import Task
from crm.tasks.rules import Interrupted

log = logging.getLogger(__name__)

#: Features whose `jobs.TASKS` maps a kind of task to its handler.
FEATURES = ("exports", "imports", "targeting", "weekly")
#: A handler does the work of one task and returns its result (see tasks.models.Task); it may commit in steps, the
#: worker commits what is left. Chinese refusals (RuleBroken and its kin) reach the person as they are.
Handler = Callable[[Task, Progress], Mapping[str, Any]]

_PAUSE_SECONDS = 0.5
#: After SIGTERM a task may end by itself for this long, then it is put back; the whole must end within 15 seconds.
_GRACE_SECONDS = 6


def handlers() -> dict[str, Handler]:
    found: dict[str, Handler] = {}
    for feature in FEATURES:
        if find_spec(f"crm.{feature}.jobs"):
            found |= getattr(import_module(f"crm.{feature}.jobs"), "TASKS", {})
    return found


def actor_of(task: Task) -> Actor:
    """The actor of the post the task was made for, with the rights it has now. Raises RuleBroken when it has ended."""
    person = accounts.person(task.user_id, clock.today())
    post = next((p for p in person.posts if p.id == task.post_id), None) if person else None
    if person is None or not person.active or post is None:
        raise RuleBroken(rules.POST_ENDED)
    return accounts.actor_of(person, post)


def address(endpoint: str, **values: Any) -> str:
    """A path of this site; a worker has no request to build it from."""
    return current_app.url_map.bind("localhost").build(endpoint, values)


def _refusal(error: Exception) -> str:
    if isinstance(error, (RuleBroken, Conflict, Forbidden, Stale)):
        return error.message
    return "要处理的内容已经不在，或不在您的范围内。请刷新后再试。" if isinstance(error, NotFound) else ""


def _tell(task_id: int, user_id: int, text: str) -> None:
    notices.send(user_id, "task", text, address("tasks.status", task_id=task_id), f"task:{task_id}")


def _fail(task: Task, message: str) -> None:
    db.session.rollback()
    if actions.fail(task.id, task.attempts, message, clock.now()):
        _tell(task.id, task.user_id, f"{task.title}没有完成：{message}")
    db.session.commit()


def work(task: Task, stopping: Callable[[], bool] = lambda: False) -> None:
    """Does one claimed task. `task` is handed to the handler detached, so that the handler's session begins clean."""
    progress = Progress(task.id, task.attempts, stopping)
    memo.begin()
    try:
        result = handlers()[task.kind](task, progress)
        if actions.finish(task.id, task.attempts, result, clock.now()):
            _tell(task.id, task.user_id, f"{task.title}已完成。{result.get('message', '')}")
            db.session.commit()
        else:
            db.session.rollback()
    except Interrupted:
        db.session.rollback()
        actions.put_back(task.id, task.attempts)
        db.session.commit()
    except Exception as error:
        if not (message := _refusal(error)):
            log.exception("task %s (%s) failed", task.id, task.kind)
        _fail(task, message or rules.FAILED_UNEXPECTEDLY)
    finally:
        memo.end()
        db.session.remove()


def claim(task_id: int | None = None) -> Task | None:
    """The next task (or the one named), claimed and committed. First a look that does not write: an idle worker is no writer."""
    now = clock.now()
    token = database.reading.set(True)
    try:
        found = queries.anything_to_do(now)
    finally:
        db.session.rollback()
        database.reading.reset(token)
    if not found:
        return None
    for task_id, user_id, title in actions.give_up(now):
        _tell(task_id, user_id, f"{title}没有完成：{rules.GAVE_UP}")
    task = actions.claim(now, task_id)
    db.session.commit()
    return _detached(task)


def _detached(task: Task | None) -> Task | None:
    if task is not None:
        db.session.refresh(task)
        db.session.expunge(task)
    db.session.rollback()
    return task


class Worker:
    """`flask tasks serve`: on SIGTERM it takes no more, gives the running task a moment, then puts it back."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stop = threading.Event()
        self._late = False
        self._busy = False

    def _told(self, *_: Any) -> None:
        self._stop.set()
        signal.setitimer(signal.ITIMER_REAL, _GRACE_SECONDS, 1)

    def _alarm(self, *_: Any) -> None:
        self._late = True
        if self._busy:
            # Only here, in the middle of a handler: what follows it must not be broken off.
            self._busy = False
            raise Interrupted()

    def _beat(self, progress: Progress, done: threading.Event) -> None:
        with self._app.app_context():
            while not done.wait(rules.BEAT_SECONDS):
                with contextlib.suppress(SQLAlchemyError):
                    progress.beat()

    def _work(self, task: Task) -> None:
        done = threading.Event()
        progress = Progress(task.id, task.attempts)
        threading.Thread(target=self._beat, args=(progress, done), daemon=True).start()
        self._busy = True
        try:
            # Broken off while already cleaning up: the next worker finds the task silent and takes it over.
            with contextlib.suppress(Interrupted):
                work(task, lambda: self._late)
        finally:
            self._busy = False
            done.set()

    def _step(self) -> bool:
        try:
            task = claim()
        except SQLAlchemyError:
            # The database is away or busy for a moment; the queue can wait.
            log.warning("the queue could not be read", exc_info=True)
            db.session.remove()
            return False
        if task is not None:
            self._work(task)
        return self._deliver() or task is not None

    def _deliver(self) -> bool:
        """One message that leaves the house, between two tasks."""
        try:
            return outbox.deliver(clock.now())
        except SQLAlchemyError:
            log.warning("the outbox could not be read", exc_info=True)
            return False
        finally:
            db.session.remove()

    def serve(self) -> None:
        for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sign, self._told)
        signal.signal(signal.SIGALRM, self._alarm)
        while not self._stop.is_set():
            if not self._step():
                self._stop.wait(_PAUSE_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, 0)
