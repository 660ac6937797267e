"""Two of the bureau decide on one submission at the same moment, on real connections."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict
from crm.pipeline import actions
from crm.pipeline.models import Recognition
from crm.pipeline.rules import Decision, MilestoneKind, Verdict
from crm.projects.models import Project
from crm.projects.rules import Stage
from tests import factories
from tests.pipeline.test_actions import TODAY, submit

SIGNED = MilestoneKind.SIGNED


@pytest.fixture(scope="module")
def staff(real_app: Flask) -> list[Actor]:
    with real_app.app_context():
        factories.reference()
        world = factories.World(real_app)
        db.session.commit()
        people = [world.actor("bureau"), world.actor("bureau2")]
        db.session.remove()
    return people


def waiting(app: Flask) -> tuple[int, int]:
    """A project and its milestone that waits."""
    with app.app_context():
        world = factories.World.__new__(factories.World)
        world.app, world.today = app, TODAY
        project = factories.project(stage=Stage.INTENT)
        milestone = submit(world, project)
        db.session.commit()
        found = project.id, milestone.id
        db.session.remove()
    return found


def at_once(app: Flask, acts: list[Callable[[], object]]) -> list[str]:
    """Everybody at the same moment, each with a connection of his own."""
    barrier, lock, found = threading.Barrier(len(acts)), threading.Lock(), []

    def one(act: Callable[[], object]) -> None:
        with app.app_context():
            barrier.wait()
            try:
                said = act()
                db.session.commit()
            except Conflict:
                db.session.rollback()
                said = "conflict"
            db.session.remove()
        with lock:
            found.append(said if isinstance(said, str) else "done")

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(found)


def recognitions(app: Flask, project_id: int) -> int:
    with app.app_context():
        many = db.session.scalar(
            select(func.count(Recognition.id)).where(Recognition.project_id == project_id)
        )
        db.session.remove()
    return many or 0


def test_two_recognising_at_once_make_one_recognition_and_one_conflict(
    real_app: Flask, staff: list[Actor]
) -> None:
    project_id, _ = waiting(real_app)

    def recognising(actor: Actor) -> Callable[[], object]:
        def act() -> object:
            project = db.session.get_one(Project, project_id)
            return actions.recognise(actor, project, SIGNED, TODAY, TODAY, clock.now())

        return act

    assert at_once(real_app, [recognising(actor) for actor in staff]) == ["conflict", "done"]
    assert recognitions(real_app, project_id) == 1


def test_two_deciding_on_the_same_rows_share_them_without_a_deadlock(
    real_app: Flask, staff: list[Actor]
) -> None:
    made = [waiting(real_app) for _ in range(3)]

    def deciding(actor: Actor, ids: list[int]) -> Callable[[], object]:
        def act() -> object:
            wanted = [Decision(id_, Verdict.RECOGNISE, TODAY) for id_ in ids]
            outcomes = actions.decide_many(actor, wanted, TODAY, clock.now())
            return f"{sum(o.done for o in outcomes)} done"

        return act

    ids = [milestone_id for _, milestone_id in made]
    said = at_once(real_app, [deciding(staff[0], ids), deciding(staff[1], ids[::-1])])
    assert said == ["0 done", "3 done"]
    assert [recognitions(real_app, project_id) for project_id, _ in made] == [1, 1, 1]
