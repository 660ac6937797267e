"""The week as a page, a download, a command and over the API."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.core.db import db
from crm.settings import queries as settings
from crm.tasks.models import Task
from crm.weekly import preview
from crm.weekly.models import WeeklyIssue
from tests.factories import World
from tests.weekly.world import WEEK, fill


@pytest.fixture
def made(world: World) -> dict[str, Any]:
    return fill(world)


def test_the_page_shows_the_figures_and_who_has_not_written(made: Any, as_: Callable[[str], Any]) -> None:
    bureau = as_("bureau")
    text = bureau.get(f"/weekly?week={WEEK}").get_data(as_text=True)
    for words in ("2026年第46期", "全市", "未填本周进展", "市开发区"):
        assert words in text
    missing = bureau.get(f"/weekly?week={WEEK}&tab=missing").get_data(as_text=True)
    assert "外资药业" in missing
    assert "+碳纤维复材" not in missing


@pytest.mark.parametrize(
    "tab", ["overview", "missing", "chains", "talking", "signed", "started", "quotas", "visits", "overdue"]
)
def test_every_tab_opens_with_rows_and_without(world: World, as_: Callable[[str], Any], tab: str) -> None:
    bureau = as_("bureau")
    assert bureau.get(f"/weekly?tab={tab}").status_code == 200
    fill(world)
    assert bureau.get(f"/weekly?week={WEEK}&tab={tab}").status_code == 200


def test_the_download_is_the_workbook_and_is_on_the_record(made: Any, as_: Callable[[str], Any]) -> None:
    answer = as_("officer").get(f"/weekly/{WEEK}/download")
    assert answer.status_code == 200
    assert openpyxl.load_workbook(io.BytesIO(answer.data))["总览"]["A4"].value == "市开发区"
    assert db.session.query(AuditEvent).filter(AuditEvent.code == "export.weekly").count() == 1
    assert db.session.get(WeeklyIssue, WEEK) is not None


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A city of five projects is a large one."""
    values = {**settings.values(), "weekly_at_once": 4}
    monkeypatch.setattr("crm.weekly.views.settings.value", lambda key: values[key])


def test_a_large_city_waits_for_its_workbook_on_the_page_of_the_task(
    made: Any, large: None, as_: Callable[[str], Any]
) -> None:
    bureau = as_("bureau")
    assert "生成周报" in bureau.get("/weekly").get_data(as_text=True)
    asked = bureau.post(f"/weekly/{WEEK}/workbook?zone=LYG-ETDZ")
    task = db.session.scalars(select(Task)).one()
    assert (asked.status_code, asked.location) == (303, f"/tasks/{task.id}")
    assert (task.kind, task.payload) == ("weekly.make", {"week": WEEK, "zone": "LYG-ETDZ"})
    assert f"生成{WEEK}周报" in bureau.get(asked.location).get_data(as_text=True)


def test_a_small_zone_of_a_large_city_is_downloaded_at_once(
    made: Any, large: None, as_: Callable[[str], Any]
) -> None:
    assert "下载周报" in as_("officer").get("/weekly").get_data(as_text=True)
    assert as_("officer").get(f"/weekly/{WEEK}/download").status_code == 200


def test_the_address_of_the_download_leads_to_the_button_where_it_would_take_long(
    made: Any, large: None, as_: Callable[[str], Any]
) -> None:
    answer = as_("bureau").get(f"/weekly/{WEEK}/download", follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert "项目较多，周报要在后台生成。请点生成周报。" in page
    assert f'action="/weekly/{WEEK}/workbook"' in page
    assert db.session.query(AuditEvent).filter(AuditEvent.code == "export.weekly").count() == 0


@pytest.mark.parametrize(
    ("login", "address", "status"),
    [
        ("officer", f"/weekly/{WEEK}/workbook?zone=LYG-XUWEI", 404),
        ("bureau", f"/weekly/{WEEK}/workbook?zone=x", 404),
        ("bureau", "/weekly/2026-W60/workbook", 422),
        ("specialist", f"/weekly/{WEEK}/workbook", 403),
        ("dept", f"/weekly/{WEEK}/workbook", 403),
    ],
)
def test_what_may_not_be_downloaded_is_not_made_either(
    made: Any, as_: Callable[[str], Any], login: str, address: str, status: int
) -> None:
    assert as_(login).post(address).status_code == status
    assert db.session.scalars(select(Task)).all() == []


def test_a_tab_shows_its_beginning_and_leads_to_the_rest(
    made: Any, as_: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "MOST", 1)
    page = as_("bureau").get(f"/weekly?week={WEEK}&tab=talking").get_data(as_text=True)
    assert "另有1行，全部在工作簿里" in page
    assert "/projects?group=talking" in page


@pytest.mark.parametrize(
    ("login", "status"),
    [("county", 200), ("leader", 200), ("specialist", 403), ("dept", 403), ("auditor", 403)],
)
def test_who_may_download(made: Any, as_: Callable[[str], Any], login: str, status: int) -> None:
    assert as_(login).get(f"/weekly/{WEEK}/download").status_code == status


def test_another_zones_week_is_not_found_and_a_wrong_week_is_refused(
    made: Any, as_: Callable[[str], Any]
) -> None:
    officer = as_("officer")
    assert officer.get("/weekly?zone=LYG-XUWEI").status_code == 404
    assert officer.get(f"/weekly/{WEEK}/download?zone=LYG-XUWEI").status_code == 404
    assert officer.get("/weekly?week=2026-W60").status_code == 422


def test_the_api_gives_the_week_as_json_and_as_a_workbook(made: Any, client: Any, world: World) -> None:
    bureau = world.token("bureau")
    body = client.get(f"/api/v1/weekly/{WEEK}", headers=bureau).json
    assert (body["week"], body["year"], body["number"], body["scope"]) == (WEEK, 2026, 46, "全市")
    assert body["total"]["talking"] == {"count": 2, "amount": "193456.78"}
    assert body["sheets"]["在谈"][0]["总投资（万元）"] == "123456.78"
    assert body["quotas"]["elapsed"] == "0.888"
    book = client.get(f"/api/v1/weekly/{WEEK}.xlsx?zone=LYG-XUWEI", headers=bureau)
    assert openpyxl.load_workbook(io.BytesIO(book.data))["开工"]["B4"].value == "绿色化工"
    assert client.get(f"/api/v1/weekly/{WEEK}", headers=world.token("dept")).status_code == 403
    assert (
        client.get(f"/api/v1/weekly/{WEEK}?zone=LYG-XUWEI", headers=world.token("officer")).status_code == 404
    )
    assert client.get("/api/v1/weekly/2026-47", headers=bureau).status_code == 422


def test_the_command_writes_the_workbook_and_prints_json_alone(
    made: Any, world: World, tmp_path: Path
) -> None:
    run = world.app.test_cli_runner()
    ran = run.invoke(args=["weekly", "build", "--week", WEEK, "--zone", "LYG-ETDZ", "--out", str(tmp_path)])
    assert ran.exit_code == 0, ran.output
    assert [p.name for p in tmp_path.iterdir()] == [f"招商引资周报_{WEEK}_市开发区.xlsx"]
    said = run.invoke(args=["weekly", "build", "--week", WEEK, "--json"])
    assert json.loads(said.stdout)["number"] == 46
    for args in (["--week", "x"], ["--zone", "x"]):
        failed = run.invoke(args=["weekly", "build", *args])
        assert failed.exit_code != 0
        assert len(failed.output.strip().splitlines()) == 1
