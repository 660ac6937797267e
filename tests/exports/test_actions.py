"""Asking for a large export and deciding on it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, NotFound, RuleBroken
from crm.exports import actions, queries
from crm.exports.rules import RequestState
from crm.notices import queries as notices


def _ask(world, login: str = "officer"):
    return actions.ask(
        world.actor(login), "companies", "企业", {"q": "化工"}, "xlsx", 30_000, "上报省厅", clock.now()
    )


def test_those_who_may_decide_are_told(world) -> None:
    _ask(world)
    assert notices.unread(world.actor("chief")) == 1
    assert notices.unread(world.actor("bureau")) == 1
    assert notices.unread(world.actor("officer")) == 0
    assert notices.unread(world.actor("officer2")) == 0


def test_a_chief_decides_for_his_zone_and_the_bureau_for_the_city(world) -> None:
    own, other = _ask(world), _ask(world, "officer2")
    assert [r.id for r in queries.waiting(world.actor("chief"))] == [own.id]
    assert {r.id for r in queries.waiting(world.actor("bureau"))} == {own.id, other.id}
    with pytest.raises(NotFound):
        queries.to_decide(world.actor("chief"), other.id)


@pytest.mark.parametrize("login", ["officer", "officer2", "county", "leader", "sysadmin", "auditor"])
def test_nobody_else_decides(world, login) -> None:
    request = _ask(world)
    with pytest.raises(NotFound):
        queries.to_decide(world.actor(login), request.id)
    with pytest.raises(Forbidden):
        actions.approve(world.actor(login), request, "企业", clock.now())


def test_nobody_decides_on_his_own(world) -> None:
    request = _ask(world, "chief")
    with pytest.raises(NotFound):
        queries.to_decide(world.actor("chief"), request.id)
    assert queries.to_decide(world.actor("bureau"), request.id) is request


def test_an_approved_export_is_made_for_the_one_who_asked(world) -> None:
    request, officer = _ask(world), world.actor("officer")
    task = actions.approve(world.actor("chief"), request, "企业", clock.now())
    assert (task.user_id, task.post_id) == (officer.user_id, officer.post_id)
    assert task.payload == {
        "list": "companies",
        "asked": {"q": "化工"},
        "format": "xlsx",
        "request": request.id,
    }
    assert (request.state, request.task_id) == (RequestState.APPROVED, task.id)
    assert notices.unread(officer) == 1


def test_a_decision_is_made_once(world) -> None:
    request = _ask(world)
    actions.refuse(world.actor("chief"), request, "企业", "范围太大", clock.now())
    assert request.decision_note == "范围太大"
    with pytest.raises(Conflict):
        actions.approve(world.actor("bureau"), request, "企业", clock.now())


def test_a_refusal_needs_a_reason(world) -> None:
    request = _ask(world)
    with pytest.raises(RuleBroken):
        actions.refuse(world.actor("chief"), request, "企业", " ", clock.now())
    assert request.state is RequestState.PENDING


def test_asking_and_deciding_are_audited(world) -> None:
    actions.approve(world.actor("chief"), _ask(world), "企业", clock.now())
    codes = db.session.scalars(select(AuditEvent.code).order_by(AuditEvent.id)).all()
    assert codes == ["export.requested", "export.approved"]


def test_a_post_that_has_ended_is_not_asked(world) -> None:
    from crm.accounts.models import Post

    post = db.session.get_one(Post, world.actor("chief").post_id)
    post.ends_on = clock.today() - timedelta(days=1)
    db.session.flush()
    found = queries.deciders(world.actor("officer"), clock.today())
    assert post.user_id not in found
    assert world.users["bureau"].id in found
