"""The board as a page, over the API and from the command line: one set of rows."""

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest

from crm.audit.models import AuditEvent
from crm.core.db import db
from crm.projects.rules import Stage
from tests.factories import World, milestone, quota_plan, recognised

YEAR = 2026


@pytest.fixture
def made(world: World) -> Any:
    quota_plan(YEAR, banner="沿用2022–2025，待市政府确定")
    first = world.project("LYG-ETDZ", name="砚洲半导体材料", total="1200000", stage=Stage.SIGNED)
    recognised(first, date(YEAR, 1, 2))
    waiting = world.project("LYG-XUWEI", name="泊岚粮油", total="1000000", stage=Stage.SIGNED)
    milestone(waiting)
    world.project("LYG-ETDZ", name="启澜储能", total="1500000", stage=Stage.INTENT)
    db.session.commit()
    return first


def test_the_board_shows_every_zone_its_numbers_and_the_banner(made: Any, as_: Callable[[str], Any]) -> None:
    page = as_("bureau").get("/quotas")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    for words in (
        "市开发区",
        "沿用2022–2025，待市政府确定",
        "砚洲半导体材料",
        "泊岚粮油",
        "不单列考核",
        "待确认",
        "还差",
        "≥100亿元",
    ):
        assert words in text


def test_a_zones_page_gives_each_project_and_the_reason(made: Any, as_: Callable[[str], Any]) -> None:
    text = as_("bureau").get("/quotas/LYG-ETDZ").get_data(as_text=True)
    assert "1月2日认定，120.00亿元" in text
    assert "框架协议不算签约" in text


def test_a_zone_without_a_quota_says_that_it_is_not_assessed(made: Any, as_: Callable[[str], Any]) -> None:
    assert "不单列考核" in as_("bureau").get("/quotas/LYG-CBZ").get_data(as_text=True)


def test_a_chief_sees_his_own_zone_large_and_no_other(made: Any, as_: Callable[[str], Any]) -> None:
    chief = as_("chief")
    text = chief.get("/quotas").get_data(as_text=True)
    assert "市开发区还差" in text
    assert "泊岚粮油" not in text
    assert chief.get("/quotas/LYG-XUWEI").status_code == 404
    assert chief.get("/quotas/LYG-NONE").status_code == 404


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("officer", 200),
        ("county", 200),
        ("leader", 200),
        ("specialist", 403),
        ("dept", 403),
        ("auditor", 403),
        ("sysadmin", 403),
    ],
)
def test_who_may_open_the_board(made: Any, as_: Callable[[str], Any], login: str, status: int) -> None:
    assert as_(login).get("/quotas").status_code == status


@pytest.mark.parametrize(
    ("login", "words"), [("bureau", "去复制方案"), ("officer", "由市商务局在方案里确定")]
)
def test_a_year_without_a_plan_says_what_to_do(
    made: Any, as_: Callable[[str], Any], login: str, words: str
) -> None:
    text = as_(login).get("/quotas?year=2033").get_data(as_text=True)
    assert "2033年还没有方案" in text
    assert words in text


def test_looking_back_is_said_and_what_cannot_be_read_is_refused_beside_its_field(
    made: Any, as_: Callable[[str], Any]
) -> None:
    bureau = as_("bureau")
    assert "历史回看：" in bureau.get(f"/quotas?as_of={YEAR}-01-02&known_at={YEAR}-01-03").get_data(
        as_text=True
    )
    page = bureau.get("/quotas?as_of=昨天")
    assert page.status_code == 422
    assert "日期无法识别" in page.get_data(as_text=True)


def test_the_export_is_a_workbook_with_formulas_and_is_on_the_record(
    made: Any, as_: Callable[[str], Any]
) -> None:
    answer = as_("bureau").post("/quotas/export", data={"year": YEAR})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    assert sheet["A1"].value == f"{YEAR}年重大项目配额完成情况"
    assert sheet["D19"].value == "=SUM(D4:D18)"
    assert db.session.query(AuditEvent).filter(AuditEvent.code == "export.made").count() == 1


def test_the_api_answers_the_shape_of_the_interface(made: Any, client: Any, world: World) -> None:
    body = client.get(f"/api/v1/quotas?year={YEAR}", headers=world.token("bureau")).json
    assert set(body) >= {"plan", "year", "as_of", "known_at", "milestone", "elapsed", "lines"}
    line = next(row for row in body["lines"] if row["zone"] == "LYG-ETDZ")
    assert (line["threshold"], line["target"], line["counted"], line["pending"], line["gap"]) == (
        "1000000",
        2,
        "1",
        "0",
        "1",
    )
    assert (line["probability"], line["expected"]) == (None, None)
    assert line["projects"][0] == {
        "code": made.code,
        "credit": "1",
        "counted": True,
        "state": "counted",
        "reason": "1月2日认定，120.00亿元",
        "amount": "1200000",
        "amount_usd": None,
    }


def test_the_api_keeps_to_ones_reach(made: Any, client: Any, world: World) -> None:
    officer = world.token("officer")
    assert [row["zone"] for row in client.get("/api/v1/quotas", headers=officer).json["lines"]] == [
        "LYG-ETDZ"
    ]
    assert client.get("/api/v1/quotas?zone=LYG-XUWEI", headers=officer).status_code == 404
    assert client.get("/api/v1/quotas", headers=world.token("dept")).status_code == 403
    assert client.get("/api/v1/quotas?as_of=x", headers=officer).status_code == 422
    assert client.get("/api/v1/quotas?year=2033", headers=officer).status_code == 404


def test_the_command_prints_json_alone_and_the_same_rows(made: Any, client: Any, world: World) -> None:
    ran = world.app.test_cli_runner().invoke(args=["quotas", "show", "--year", str(YEAR), "--json"])
    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.stdout)
    asked = client.get(f"/api/v1/quotas?year={YEAR}", headers=world.token("bureau")).json
    assert said["lines"] == asked["lines"]


def test_the_command_says_one_clear_line_for_what_is_not_there(made: Any, world: World) -> None:
    run = world.app.test_cli_runner()
    for args, words in (
        (["--year", "2033"], "没有方案"),
        (["--zone", "X"], "没有这个"),
        (["--as-of", "x"], "日期无法识别"),
    ):
        ran = run.invoke(args=["quotas", "show", *args])
        assert ran.exit_code != 0
        assert words in ran.output
    assert (
        "● " in run.invoke(args=["quotas", "show"]).output
        or "■ " in run.invoke(args=["quotas", "show"]).output
    )
