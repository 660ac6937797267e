"""The file itself: the list's rows, its scope, its masks, its mark."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.companies.models import Contact
from crm.core import clock
from crm.core.db import db
from crm.exports import actions, jobs
from crm.exports.sheets.lists import LISTS
from crm.followups.models import Followup
from crm.followups.rules import DutyKind
from crm.projects.rules import Capital, Stage
from crm.tasks.jobs import worker
from crm.tasks.models import Task
from crm.tasks.rules import TaskState
from crm.visits.models import Visit
from crm.visits.rules import Mode


def _make(world, login: str, name: str, form: str = "xlsx", **asked: str) -> tuple[Task, Path]:
    task_id = actions.in_background(world.actor(login), name, LISTS[name].title, asked, form).id
    db.session.commit()
    worker.work(worker.claim())
    task = db.session.get_one(Task, task_id)
    assert task.state is TaskState.DONE, task.message
    return task, world.app.config["CRM"].data_dir / task.result["file"]


def _grid(path: Path) -> list[dict[str, object]]:
    """Rows by heading, without the foot."""
    rows = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:-1]]


def test_companies_leave_with_codes_as_text_and_numbers_masked(world) -> None:
    made = world.company(
        "=HYPERLINK(1)有限公司",
        zone_code="LYG-ETDZ",
        uscc="91320700MA1XXXXX0X",
        registered_capital=Decimal("1234.5"),
    )
    db.session.add(
        Contact(
            company_id=made.id,
            zone_id=world.zone("LYG-ETDZ").id,
            name="王经理",
            phone_mask="138****1234",
            main=True,
        )
    )
    _, path = _make(world, "officer", "companies", q="有限公司")
    (row,) = _grid(path)
    assert row["企业名称"] == "=HYPERLINK(1)有限公司"
    assert row["统一社会信用代码"] == "91320700MA1XXXXX0X"
    assert row["注册资本 万元"] == 1234.5
    assert row["联系人"] == "王经理 138****1234"
    sheet = openpyxl.load_workbook(path).active
    assert sheet["A2"].data_type == "s"


def test_another_zones_contact_does_not_leave(world) -> None:
    made = world.company("共同企业有限公司", zone_code="LYG-XUWEI")
    db.session.add(
        Contact(
            company_id=made.id, zone_id=world.zone("LYG-XUWEI").id, name="王经理", phone_mask="138****1234"
        )
    )
    _, path = _make(world, "officer", "companies", q="共同企业")
    (row,) = _grid(path)
    assert (row["联系人"], row["联系板块"], row["备注"]) == (None, None, None)
    _, path = _make(world, "officer2", "companies", q="共同企业")
    assert _grid(path)[0]["联系人"] == "王经理 138****1234"


def test_the_export_is_the_list_with_its_filters_scope_and_order(world, as_) -> None:
    for n in range(5):
        world.project("LYG-ETDZ", name=f"甲项目{n}", total=str(10_000 * (n + 1)))
    world.project("LYG-XUWEI", name="别处项目", total="990000")
    world.project("LYG-ETDZ", name="签约项目", stage=Stage.SIGNED, total="70000")
    db.session.commit()
    _, path = _make(world, "officer", "projects", group="talking", least="2", sort="-amount")
    assert [r["项目名称"] for r in _grid(path)] == ["甲项目4", "甲项目3", "甲项目2", "甲项目1"]
    page = as_("officer").get("/projects?group=talking&least=2&sort=-amount").get_data(as_text=True)
    places = [page.index(str(r["项目名称"])) for r in _grid(path)]
    assert places == sorted(places)
    assert "别处项目" not in page


def test_a_list_longer_than_a_batch_leaves_whole_and_once(world, monkeypatch) -> None:
    monkeypatch.setattr("crm.exports.sheets.projects._SIZE", 3)
    for n in range(10):
        world.project("LYG-ETDZ", name=f"项目{n}", total=None if n % 2 else "50000")
    db.session.commit()
    _, path = _make(world, "officer", "projects", sort="amount")
    names = [r["项目名称"] for r in _grid(path)]
    assert sorted(names) == sorted(f"项目{n}" for n in range(10))


def test_amounts_leave_exact_and_unknown_stays_empty(world) -> None:
    world.project("LYG-ETDZ", name="已知", total="999900.123456")
    world.project("LYG-ETDZ", name="未知", total=None)
    world.project(
        "LYG-ETDZ", name="外资", total=None, capital=Capital.FOREIGN, total_investment_usd=Decimal("99999")
    )
    _, path = _make(world, "officer", "projects", "csv", sort="name")
    rows = {r["项目名称"]: r for r in csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))}
    assert rows["已知"]["总投资 万元"] == "999900.123456"
    assert rows["未知"]["总投资 万元"] == ""
    assert (rows["外资"]["总投资 万美元"], rows["外资"]["内外资"]) == ("99999", "外资")


def test_a_confidential_investor_does_not_leave(world) -> None:
    world.project(
        "LYG-ETDZ", name="保密项目", investor=world.company("机密投资方有限公司"), confidential=True
    )
    _, path = _make(world, "officer", "projects")
    (row,) = _grid(path)
    assert row["投资方"] == "某企业"
    assert "机密" not in str(row)
    _, path = _make(world, "bureau", "projects", q="保密项目")
    assert _grid(path)[0]["投资方"] == "机密投资方有限公司"


def test_visits_and_duties_leave_like_their_lists(world) -> None:
    officer, company = world.users["officer"], world.company("华岳新材料有限公司", zone_code="LYG-ETDZ")
    zone_id, today = world.zone("LYG-ETDZ").id, clock.today()
    for days, mode in ((1, Mode.PHONE), (2, Mode.OUTBOUND)):
        db.session.add(
            Visit(
                client_id=f"{days:036d}",
                happened_on=today - timedelta(days=days),
                mode=mode,
                company_id=company.id,
                zone_id=zone_id,
                created_by=officer.id,
                summary=f"第{days}次",
                no_next_step_reason="已约定",
            )
        )
    for days in (-9, 3):
        due = today + timedelta(days=days)
        db.session.add(
            Followup(
                kind=DutyKind.FOLLOWUP,
                what=f"事项{days}",
                due_on=due,
                first_due_on=due,
                owner_id=officer.id,
                zone_id=zone_id,
                company_id=company.id,
                created_by=officer.id,
            )
        )
    _, path = _make(world, "officer", "visits", mode="phone")
    assert [(r["洽谈内容"], r["方式"]) for r in _grid(path)] == [("第1次", "电话")]
    _, path = _make(world, "officer", "followups", part="late")
    (row,) = _grid(path)
    assert row["事项"] == "事项-9"
    assert row["逾期 工作日"] > 0
    _, path = _make(world, "officer2", "visits")
    assert _grid(path) == []


def test_the_last_line_says_who_took_it_and_the_audit_how_much(world) -> None:
    world.company("某某有限公司")
    task, path = _make(world, "officer", "companies", q="某某")
    foot = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))[-1][0]
    assert foot.startswith("导出人 陈思远（officer），市开发区 ")
    assert "共 1 行" in foot
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "export.made")).one()
    assert (event.subject_label, event.note) == ("企业 1 行", "xlsx，搜索 某某")
    assert task.message == "共 1 行，文件保留三十天。"


def test_a_list_that_has_grown_past_the_limit_is_not_made_without_approval(world, monkeypatch) -> None:
    world.company("一家有限公司")
    world.company("二家有限公司")
    monkeypatch.setattr(jobs.settings, "value", lambda key: 1)
    for payload, state in (({}, TaskState.FAILED), ({"request": 1}, TaskState.DONE)):
        task = actions.in_background(world.actor("officer"), "companies", "企业", {}, "csv")
        task.payload = {**task.payload, **payload}
        task_id = task.id
        db.session.commit()
        worker.work(worker.claim())
        assert db.session.get_one(Task, task_id).state is state


def test_a_failed_export_leaves_no_file(world, monkeypatch) -> None:
    def break_(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(jobs.sheets, "write", break_)
    folder = world.app.config["CRM"].data_dir / "exports"
    before = set(folder.glob("*")) if folder.exists() else set()
    task_id = actions.in_background(world.actor("officer"), "companies", "企业", {}, "xlsx").id
    db.session.commit()
    worker.work(worker.claim())
    assert db.session.get_one(Task, task_id).state is TaskState.FAILED
    assert set(folder.glob("*")) == before


@pytest.mark.parametrize(
    ("name", "most"), [("companies", 8), ("projects", 16), ("visits", 8), ("followups", 6)]
)
def test_a_sheet_takes_a_fixed_number_of_statements_a_batch(world, count_queries, name, most) -> None:
    def statements() -> int:
        with count_queries() as found:
            filters = jobs.filters_of(LISTS[name], {}, world.actor("bureau"), clock.today())
            list(LISTS[name].rows(world.actor("bureau"), filters, {}, clock.today()))
        return len(found)

    world.project("LYG-ETDZ")
    few = statements()
    for _ in range(20):
        world.project("LYG-XUWEI")
    assert statements() == few
    assert few <= most + 4
