"""Which entry of the rail lights up."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from crm.core.db import db
from crm.projects.rules import Stage
from tests.factories import World

As = Callable[[str], FlaskClient]


def lit(page: str) -> list[str]:
    """The labels of the entries that say aria-current, in the rail alone."""
    rail = page[page.index('<nav class="rail"') : page.index("</nav>", page.index('<nav class="rail"'))]
    return re.findall(r'title="([^"]+)" aria-current="page"', rail)


@pytest.mark.parametrize("rest", ["", "/edit", "/stage", "/status", "/milestones/signed"])
def test_every_page_of_a_project_lights_up_projects(world: World, as_: As, rest: str) -> None:
    project = world.project(stage=Stage.INTENT, owner_id=world.users["officer"].id)
    db.session.commit()
    answer = as_("officer").get(f"/projects/{project.code}{rest}", follow_redirects=True)
    assert answer.status_code == 200
    assert lit(answer.text) == ["项目"]


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/", "今日"),
        ("/companies/new", "企业"),
        ("/visits/new", "走访"),
        ("/projects", "项目"),
        ("/exports", "导出"),
    ],
)
def test_a_page_lights_up_its_own_entry(as_: As, path: str, entry: str) -> None:
    assert lit(as_("officer").get(path).text) == [entry]


@pytest.mark.parametrize("page", ["projects.index", "pipeline.board"])
def test_saved_views_belong_to_the_projects_also_for_whoever_manages_people(as_: As, page: str) -> None:
    assert lit(as_("chief").get(f"/views?page={page}").text) == ["项目"]


def test_the_queue_of_recognition_lights_up_its_own(world: World, as_: As) -> None:
    with world.app.test_request_context():
        from crm.web.addresses import url_for

        path = url_for("pipeline.queue")
    assert lit(as_("bureau").get(path).text) == ["认定"]
