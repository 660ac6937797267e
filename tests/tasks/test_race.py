"""Two workers and two nodes at once, on real connections."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select

from crm import scheduler
from crm.accounts.models import User
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.scheduler import Job
from crm.tasks import actions
from crm.tasks.models import JobRun, Task
from crm.tasks.rules import TaskState


@pytest.fixture
def actor(real_app: Flask) -> Iterator[Actor]:
    with real_app.app_context():
        user = User(login="worker-test", name="测试", password_hash="x")
        db.session.add(user)
        db.session.commit()
        user_id = user.id
        db.session.remove()
    yield Actor(user_id, "测试", post_id=1)
    with real_app.app_context():
        for table in (Task, JobRun, User):
            db.session.execute(delete(table))
        db.session.commit()
        db.session.remove()


def _at_once(app: Flask, act: Callable[[], object], people: int = 4) -> list[object]:
    """Everybody does it at the same moment, each with a connection of his own."""
    barrier, found, lock = threading.Barrier(people), [], threading.Lock()

    def one() -> None:
        with app.app_context():
            barrier.wait()
            result = act()
            db.session.commit()
            db.session.remove()
        with lock:
            found.append(result)

    threads = [threading.Thread(target=one) for _ in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return found


def test_two_workers_never_claim_one_task(real_app: Flask, actor: Actor) -> None:
    with real_app.app_context():
        for _ in range(6):
            actions.enqueue(actor, "exports.make", {})
        db.session.commit()
        db.session.remove()

    def claim() -> int | None:
        task = actions.claim(clock.now())
        return task.id if task else None

    claimed = [n for _ in range(2) for n in _at_once(real_app, claim) if n is not None]
    assert len(claimed) == len(set(claimed)) == 6


def test_a_claim_that_is_rolled_back_leaves_the_task_in_the_queue(real_app: Flask, actor: Actor) -> None:
    with real_app.app_context():
        actions.enqueue(actor, "exports.make", {})
        db.session.commit()
        assert actions.claim(clock.now()) is not None
        db.session.rollback()
        task = db.session.scalars(select(Task)).one()
        assert (task.state, task.attempts) == (TaskState.QUEUED, 0)
        db.session.remove()


def test_a_slot_runs_once_on_several_nodes(real_app: Flask, actor: Actor, monkeypatch) -> None:
    calls: list[int] = []
    job = Job("test.once", "一次", "*/5 * * * *", "tests:never")
    monkeypatch.setattr(Job, "call", lambda self, now: calls.append(1) or "做了")
    slot = scheduler.slot_of(job, clock.now())
    done = _at_once(real_app, lambda: scheduler.run(job, slot) is not None)
    assert sorted(done) == [False, False, False, True]
    assert calls == [1]
    with real_app.app_context():
        run = db.session.get_one(JobRun, ("test.once", slot))
        assert (run.ok, run.message) == (True, "做了")
        assert scheduler.run(job, slot + timedelta(minutes=5)) is not None
        db.session.remove()
    assert calls == [1, 1]


def test_progress_is_seen_by_others_while_the_task_runs(real_app: Flask, actor: Actor) -> None:
    """SQLite leaves out a report made inside a write transaction, where it could only wait for itself."""
    with real_app.app_context():
        task_id = actions.enqueue(actor, "exports.make", {}).id
        db.session.commit()
        actions.claim(clock.now())
        db.session.commit()
        progress = actions.Progress(task_id, 1)
        progress(3, 9, "读取")
        db.session.add(JobRun(job="uncommitted", slot=clock.now()))
        db.session.flush()
        progress(9, 9, "写入")
        db.session.rollback()
        task = db.session.get_one(Task, task_id)
        inside = 3 if db.engine.dialect.name == "sqlite" else 9
        assert (task.done, task.total) == (inside, 9)
        assert db.session.get(JobRun, ("uncommitted", clock.now())) is None
        db.session.remove()
