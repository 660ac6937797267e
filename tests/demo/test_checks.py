"""The demo shows every question of the truth checks, every reason of a light, and what was put off."""

import pytest
from sqlalchemy import func, select

from crm.core.db import db
from crm.pipeline import queries as pipeline
from crm.pipeline.models import StatusChange, TruthAnswer
from crm.pipeline.queries import slippage, truth
from crm.pipeline.rules.truth import CHECKS
from crm.projects.models import Project
from tests.demo.conftest import DAY

# One worker loads the demo once for all of them.
pytestmark = pytest.mark.xdist_group("demo checks")


def test_every_truth_check_has_something_to_ask(city) -> None:
    asked = set(db.session.scalars(select(TruthAnswer.question)))
    found = truth.questions(DAY)
    assert {q.check.code for q in found} | asked == set(CHECKS)
    assert len(found) < 60, "questions drown in questions"
    waiting, done = (
        db.session.scalar(select(func.count(TruthAnswer.id)).where(condition))
        for condition in (TruthAnswer.answered_at.is_(None), TruthAnswer.answered_at.is_not(None))
    )
    assert (waiting, done) == (1, 2)


def test_every_reason_of_a_light_occurs(city) -> None:
    ids = db.session.scalars(select(Project.id)).all()
    reasons = [
        light.reason for light in pipeline.lights_of(ids, DAY).values() if light.state in ("warn", "bad")
    ]
    for words in ("未联系", "没有走访", "未注册", "未开工", "应于", "未入统", "序时", "复查日期"):
        assert any(words in reason for reason in reasons), words


def test_dates_and_amounts_have_moved_and_proposals_wait(city) -> None:
    found = slippage.of_many(db.session.scalars(select(Project.id)).all())
    assert {s.times for s in found.values()} >= {0, 1, 2, 3}
    assert any("总投资调减" in line for s in found.values() for line in s.lines)
    assert db.session.scalar(select(func.count()).where(StatusChange.decided_at.is_(None))) == 3
