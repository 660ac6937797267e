"""The workbook made by the worker: the same file, within the rights of the one who asked, told and on the record."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.db import db
from crm.tasks.jobs import worker
from crm.tasks.models import Task
from crm.tasks.rules import TaskState
from crm.weekly import actions, jobs, queries, sheets
from crm.weekly.models import WeeklyIssue
from tests.weekly.world import WEEK, fill


@pytest.fixture
def made(world: Any) -> dict[str, Any]:
    return fill(world)


def work(world: Any, login: str, zone: str | None = None) -> Task:
    task_id = actions.in_background(world.actor(login), WEEK, zone).id
    db.session.commit()
    taken = worker.claim()
    assert taken is not None
    worker.work(taken)
    return db.session.get_one(Task, task_id)


def grid(file: Any) -> list[Any]:
    return [[list(row) for row in sheet.values] for sheet in openpyxl.load_workbook(file).worksheets]


def test_the_file_is_the_workbook_that_a_small_city_downloads(made: Any, world: Any, as_: Any) -> None:
    task = work(world, "bureau")
    assert task.state is TaskState.DONE, task.message
    direct = as_("bureau").get(f"/weekly/{WEEK}/download").data
    path: Path = world.app.config["CRM"].data_dir / task.result["file"]
    assert grid(path) == grid(io.BytesIO(direct))
    assert task.result["name"] == f"招商引资周报_{WEEK}_全市.xlsx"


def test_it_is_fetched_by_its_owner_alone(made: Any, world: Any, as_: Any) -> None:
    task = work(world, "bureau")
    page = as_("bureau").get(f"/tasks/{task.id}").get_data(as_text=True)
    address = f"/exports/tasks/{task.id}/download"
    assert address in page
    assert address in as_("bureau").get("/exports").get_data(as_text=True)
    with as_("bureau").get(address) as answer:
        assert openpyxl.load_workbook(io.BytesIO(answer.data)).sheetnames[0] == "总览"
    assert as_("chief").get(address).status_code == 404


def test_it_is_on_the_record_and_opens_the_issue(made: Any, world: Any) -> None:
    work(world, "officer")
    event = db.session.query(AuditEvent).filter(AuditEvent.code == "export.weekly").one()
    assert event.subject_label == f"市开发区 {WEEK}"
    assert db.session.get(WeeklyIssue, WEEK) is not None


def test_another_zones_week_ends_in_words_and_leaves_no_file(made: Any, world: Any) -> None:
    folder: Path = world.app.config["CRM"].data_dir / "exports"
    before = set(folder.glob("*")) if folder.exists() else set()
    task = work(world, "officer", "LYG-XUWEI")
    assert (task.state, "不在您的范围内" in task.message) == (TaskState.FAILED, True)
    assert set(folder.glob("*")) == before


def test_it_says_how_far_it_is(made: Any, world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_STEP", 1)
    task = actions.in_background(world.actor("bureau"), WEEK, None)
    db.session.commit()
    told: list[tuple[int, int, str]] = []

    def progress(done: int, total: int = 0, message: str = "") -> None:
        told.append((done, total, message))

    result = jobs.make(task, progress)  # type: ignore[arg-type]
    report = queries.report(world.actor("bureau"), queries.week(WEEK, clock.now()), clock.now())
    assert told[0] == (0, 0, "正在读取项目")
    assert [done for done, _, _ in told[1:]] == list(range(1, result["rows"] + 1))
    assert {total for _, total, _ in told[1:]} == {sheets.size(report)} == {result["rows"]}
