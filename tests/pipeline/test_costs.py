"""Every page of many projects takes as many statements for many rows as for few."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.core import clock, db
from crm.pipeline.models import Adjustment, MonthlyInvestment, TruthAnswer
from crm.pipeline.rules import month_of
from crm.projects.models import Project
from crm.projects.rules import Stage, columns
from tests import factories

PAGES = (
    f"/projects?cols={','.join(columns.COLUMNS)}",
    "/pipeline?group=all",
    "/pipeline/stuck",
    "/recognition",
    "/recognition/adjustments",
    "/truth",
    "/truth?state=asked",
    "/investment?zone=LYG-ETDZ",
    "/api/v1/adjustments",
    "/api/v1/truth",
)


def _project(world: factories.World, no: int) -> Project:
    """A started project with a milestone, a month, an adjustment and an asked question of its own."""
    today = clock.today()
    project = world.project(
        "LYG-ETDZ",
        stage=Stage.STARTED,
        total="1000000",
        address="同一地址一号",
        registered_capital=Decimal(1),
    )
    factories.milestone(project)
    month = month_of(today)
    db.db.session.add_all(
        [
            MonthlyInvestment(project_id=project.id, month=month, completed=Decimal(10)),
            Adjustment(
                project_id=project.id,
                subject_type="project",
                subject_id=project.id,
                month="2025-01",
                dated_in=month,
                field="tier",
                before="t50",
                after="t100",
                reason="更正",
            ),
            TruthAnswer(
                project_id=project.id,
                question="same_site",
                fingerprint=f"{no:064d}",
                facts={"address": "同一地址一号", "others": [], "zones": []},
                asked_of=world.users["officer"].id,
                asked_note="请说明",
                asked_at=clock.now(),
            ),
        ]
    )
    return project


@pytest.mark.parametrize("page", PAGES)
def test_a_page_takes_as_many_statements_for_many_as_for_few(
    world: factories.World, as_: Callable[[str], FlaskClient], count_queries: Any, page: str
) -> None:
    browser, headers = as_("bureau"), world.token("bureau") if page.startswith("/api/") else None
    taken, shown = [], []
    for size in (3, 15):
        for no in range(size):
            _project(world, no)
        db.db.session.commit()
        browser.get(page, headers=headers)
        with count_queries() as statements:
            answer = browser.get(page, headers=headers)
        assert answer.status_code == 200
        taken.append(len(statements))
        shown.append(len(answer.get_data()))
    assert taken[0] == taken[1]
    assert shown[0] != shown[1], "the page shows nothing of what was added"
