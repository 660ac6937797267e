"""The life of a task within one transaction; races are in test_race.py."""

from datetime import timedelta

import pytest

from crm.accounts import queries as accounts
from crm.core import clock
from crm.core.db import db
from crm.tasks import actions, rules
from crm.tasks.models import Task
from crm.tasks.rules import TaskState


def _running(world) -> Task:
    actions.enqueue(world.actor("officer"), "exports.make", {"list": "companies"})
    task = actions.claim(clock.now())
    assert task is not None
    return task


def _fresh(task: Task) -> Task:
    db.session.expire(task)
    return task


def test_the_oldest_task_is_claimed_first(world) -> None:
    first = actions.enqueue(world.actor("officer"), "exports.make", {})
    second = actions.enqueue(world.actor("chief"), "exports.make", {})
    assert [actions.claim(clock.now()), actions.claim(clock.now()), actions.claim(clock.now())] == [
        first,
        second,
        None,
    ]


def test_one_named_task_is_claimed_out_of_turn(world) -> None:
    actions.enqueue(world.actor("officer"), "exports.make", {})
    second = actions.enqueue(world.actor("officer"), "exports.make", {})
    assert actions.claim(clock.now(), second.id) is second
    assert actions.claim(clock.now(), second.id) is None


def test_a_task_carries_the_post_and_a_title(world) -> None:
    task = actions.enqueue(world.actor("officer"), "imports.read", {})
    assert (task.post_id, task.title) == (world.actor("officer").post_id, "读取导入文件")
    assert actions.enqueue(world.actor("officer"), "x", {}, title="导出企业").title == "导出企业"


def test_the_system_itself_has_no_queue(world) -> None:
    with pytest.raises(ValueError):
        actions.enqueue(accounts.system(), "exports.make", {})


def test_a_silent_task_is_taken_over_at_most_three_times(world) -> None:
    now = clock.now()
    task = actions.enqueue(world.actor("officer"), "exports.make", {})
    for attempt in (1, 2, 3):
        assert actions.claim(now) is task
        assert task.attempts == attempt
        now += rules.SILENCE + timedelta(seconds=1)
    assert actions.claim(now) is None
    assert actions.give_up(now) == [(task.id, task.user_id, task.title)]
    assert _fresh(task).state is TaskState.FAILED
    assert task.message == rules.GAVE_UP


def test_a_worker_taken_for_dead_cannot_speak_for_its_successor(world) -> None:
    task = _running(world)
    actions.claim(clock.now() + rules.SILENCE + timedelta(minutes=1))
    assert not actions.finish(task.id, 1, {}, clock.now())
    assert not actions.fail(task.id, 1, "x", clock.now())
    assert not actions.put_back(task.id, 1)
    assert actions.finish(task.id, 2, {"message": "好"}, clock.now())
    assert _fresh(task).state is TaskState.DONE
    assert task.message == "好"


def test_a_task_put_back_has_lost_no_attempt(world) -> None:
    task = _running(world)
    assert actions.put_back(task.id, 1)
    assert _fresh(task).state is TaskState.QUEUED
    assert (task.attempts, task.started_at) == (0, None)


def test_progress_is_written_and_throttled(world, beside) -> None:
    task = _running(world)
    progress = actions.Progress(task.id, 1)
    db.session.commit()
    progress(10, 100, "读取")
    progress(11, 100, "读取")
    assert (_fresh(task).done, task.total, task.message) == (10, 100, "读取")
    db.session.commit()
    progress(100, 100, "读取")
    assert _fresh(task).done == 100


def test_progress_of_a_lost_attempt_is_not_written(world, beside) -> None:
    task = _running(world)
    db.session.commit()
    actions.Progress(task.id, 7)(5, 10)
    assert _fresh(task).done == 0


def test_a_stopping_worker_interrupts_at_the_next_report(world) -> None:
    task = _running(world)
    with pytest.raises(rules.Interrupted):
        actions.Progress(task.id, 1, lambda: True)(1, 2)
