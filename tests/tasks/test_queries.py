"""Whose tasks one sees, and what counts as waiting."""

from datetime import timedelta

import pytest

from crm.core import clock
from crm.core.db import db
from crm.core.errors import NotFound
from crm.tasks import actions, queries, rules
from crm.tasks.models import JobRun
from crm.tasks.rules import TaskState


def test_only_own_tasks_are_found(world) -> None:
    task = actions.enqueue(world.actor("officer"), "exports.make", {})
    assert queries.find(world.actor("officer"), task.id) is task
    for other in ("chief", "sysadmin", "officer2"):
        with pytest.raises(NotFound):
            queries.find(world.actor(other), task.id)


def test_a_running_task_is_waited_for_until_it_falls_silent(world) -> None:
    now = clock.now()
    task = actions.enqueue(world.actor("officer"), "exports.make", {})
    assert queries.anything_to_do(now)
    actions.claim(now)
    assert not queries.anything_to_do(now + rules.SILENCE)
    assert queries.anything_to_do(now + rules.SILENCE + timedelta(seconds=1))
    assert task.state is TaskState.RUNNING


def test_the_last_runs_come_newest_first_and_in_one_statement(world, count_queries) -> None:
    now = clock.now()
    for minutes in range(8):
        db.session.add(JobRun(job="a", slot=now + timedelta(minutes=minutes), ok=True, message=str(minutes)))
    db.session.add(JobRun(job="b", slot=now, ok=False))
    db.session.flush()
    with count_queries() as statements:
        found = queries.last_runs(3)
    assert [r.message for r in found["a"]] == ["7", "6", "5"]
    assert not found["b"][0].ok
    assert len(statements) == 1
