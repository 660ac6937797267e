"""The counts beside the rail and the figures beside the day."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crm.core import memo
from crm.core.db import db
from crm.dashboard import queries
from crm.dashboard.queries.badges import places, statement_for, statement_of
from crm.notices.models import Notice
from crm.pipeline.rules import MilestoneState
from crm.projects.rules import Status
from tests import factories
from tests.factories import World


def test_the_badges_are_one_statement_beside_the_calendar(
    world: World, count_queries: Callable[[], Any]
) -> None:
    actor = world.actor("officer")
    world.project()
    world.project(status=Status.LOST)
    world.project("LYG-XUWEI")
    factories.followup(world.users["officer"], due_on=world.today - timedelta(days=10))
    factories.followup(world.users["officer"], due_on=world.today)
    factories.milestone(world.project(), state=MilestoneState.RETURNED)
    db.session.add(Notice(user_id=actor.user_id, kind="test", text="认定被退回"))
    db.session.flush()
    memo.begin()
    queries.badges(actor)
    with count_queries() as statements:
        found = queries.badges(actor)
    memo.end()
    assert len(statements) == 1
    assert found == {
        "notices": (1, False),
        "followups": (1, True),
        "escalations": (0, False),
        "projects": (2, False),
        "recognition": (1, True),
        "truth": (0, False),
        "transfers": (0, False),
        "filings": (0, False),
    }


def test_the_bureau_counts_what_waits_and_no_projects(world: World) -> None:
    factories.milestone(world.project())
    factories.milestone(world.project(), state=MilestoneState.RETURNED)
    found = queries.badges(world.actor("bureau"))
    assert found["recognition"] == (1, False)
    assert "projects" not in found


@pytest.mark.parametrize(
    "login", ["officer", "specialist", "chief", "county", "dept", "bureau", "leader", "sysadmin"]
)
def test_the_statement_shared_by_a_role_asks_what_one_of_the_actors_own_would(
    world: World, login: str
) -> None:
    actor, late = world.actor(login), world.today - timedelta(days=3)
    own = statement_of(actor, world.today, late)
    shared = statement_for(actor, world.today)
    bound = shared.query.params({**places(actor), "late": late})
    sql = [str(one.compile(compile_kwargs={"literal_binds": True})) for one in (own.query, bound)]
    assert sql[0] == sql[1]
    assert (own.names, own.bad) == (shared.names, shared.bad)


@pytest.mark.parametrize("login", ["sysadmin", "secadmin", "auditor"])
def test_administrators_see_messages_only(world: World, login: str) -> None:
    assert queries.badges(world.actor(login)) == {"notices": (0, False)}


def test_the_figures_are_the_persons_own_week(world: World) -> None:
    mine, today = world.users["officer"], world.today
    factories.visit(mine, world.company(), happened_on=today)
    factories.visit(mine, world.company(), happened_on=today - timedelta(days=8))
    factories.visit(world.users["chief"], world.company(), happened_on=today)
    world.project(created_by=mine.id)
    factories.milestone(world.project(), submitted_by=mine.id)
    refused = {"state": MilestoneState.RETURNED, "decision_reason": "缺公平竞争审查"}
    factories.milestone(world.project(), submitted_by=mine.id, **refused)
    found = queries.figures(world.actor("officer"), today)
    assert (found.visits, found.leads, found.pending, found.returned) == (1, 1, 1, 1)
    assert found.returned_reason == "缺公平竞争审查"
    assert (found.monday.isoweekday(), found.sunday.isoweekday()) == (1, 7)


def test_waiting_for_the_bureau_lists_ones_own_submissions(world: World) -> None:
    project = world.project()
    factories.milestone(project, submitted_by=world.users["officer"].id)
    factories.milestone(world.project(), submitted_by=world.users["chief"].id)
    assert [w.code for w in queries.waiting_for_bureau(world.actor("officer"), world.today)] == [project.code]
