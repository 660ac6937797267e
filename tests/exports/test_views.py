"""Confirming, fetching, deciding."""

import io

import openpyxl
import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.core.db import db
from crm.exports import rules
from crm.exports.models import ExportRequest
from crm.exports.rules import RequestState
from crm.tasks.jobs import worker
from crm.tasks.models import Task

ADDRESS = "/exports/new?list=companies&q=导出测试"


@pytest.fixture(autouse=True)
def companies(world) -> None:
    for n in range(3):
        world.company(f"导出测试{n}有限公司", zone_code="LYG-ETDZ")
    db.session.commit()


def _large(monkeypatch, rows: int) -> None:
    monkeypatch.setattr("crm.exports.views.settings.value", lambda key: rows)


def test_the_form_confirms_how_much_leaves(world, as_) -> None:
    page = as_("officer").get(ADDRESS).get_data(as_text=True)
    assert "搜索 导出测试" in page
    assert ">3<small>家</small>" in page
    assert "统一社会信用代码" in page
    assert db.session.scalars(select(AuditEvent)).all() == []


def test_a_small_list_is_the_answer_itself_and_in_the_audit(world, as_) -> None:
    answer = as_("officer").post(ADDRESS, data={"format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet.max_row == 5
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    assert db.session.scalars(select(AuditEvent.subject_label)).all() == ["企业 3 行"]


def test_csv_opens_in_a_spreadsheet(world, as_) -> None:
    assert as_("officer").post(ADDRESS, data={"format": "csv"}).data.startswith(b"\xef\xbb\xbf")


def test_an_empty_list_says_so(world, as_) -> None:
    page = as_("officer").get("/exports/new?list=companies&q=没有这样的").get_data(as_text=True)
    assert "没有可以导出的企业" in page


def test_an_unknown_list_is_404(world, as_) -> None:
    assert as_("officer").get("/exports/new?list=users").status_code == 404
    assert as_("officer").get("/exports/new").status_code == 404


@pytest.mark.parametrize("login", ["dept", "sysadmin", "secadmin", "auditor"])
def test_who_may_not_export_is_refused(world, as_, login) -> None:
    assert as_(login).get(ADDRESS).status_code == 403
    assert as_(login).post(ADDRESS, data={"format": "xlsx"}).status_code == 403


def test_a_longer_list_is_made_in_the_background_and_fetched_by_its_owner_alone(
    world, as_, monkeypatch
) -> None:
    monkeypatch.setattr(rules, "AT_ONCE", 2)
    answer = as_("officer").post(ADDRESS, data={"format": "xlsx"})
    task = db.session.scalars(select(Task)).one()
    task_id = task.id
    assert answer.location == f"/tasks/{task_id}"
    assert as_("officer").get(f"/exports/tasks/{task_id}/download").status_code == 404
    worker.work(worker.claim())
    assert "下载文件" in as_("officer").get(f"/tasks/{task_id}").get_data(as_text=True)
    fetched = as_("officer").get(f"/exports/tasks/{task_id}/download")
    assert openpyxl.load_workbook(io.BytesIO(fetched.data)).active.max_row == 5
    fetched.close()
    for other in ("chief", "bureau", "officer2"):
        assert as_(other).get(f"/exports/tasks/{task_id}/download").status_code == 404
    codes = db.session.scalars(select(AuditEvent.code).order_by(AuditEvent.id)).all()
    assert codes == ["export.made", "export.downloaded"]


def test_a_task_that_names_a_file_elsewhere_gives_nothing_away(world, as_) -> None:
    browser = as_("officer")
    db.session.add(
        Task(
            kind="exports.make",
            user_id=world.users["officer"].id,
            result={"file": "exports/../keys/crm_secret_key"},
        )
    )
    db.session.commit()
    task_id = db.session.scalars(select(Task.id)).one()
    assert browser.get(f"/exports/tasks/{task_id}/download").status_code == 404


def test_a_large_list_waits_for_a_second_person(world, as_, monkeypatch) -> None:
    _large(monkeypatch, 2)
    assert "需要开发区主要负责人或市商务局批准" in as_("officer").get(ADDRESS).get_data(as_text=True)
    refused = as_("officer").post(ADDRESS, data={"format": "xlsx"})
    assert refused.status_code == 422
    assert "用途没有填" in refused.get_data(as_text=True)
    assert as_("officer").post(ADDRESS, data={"format": "xlsx", "reason": "上报省厅"}).status_code == 303
    request = db.session.scalars(select(ExportRequest)).one()
    assert "上报省厅" in as_("chief").get("/exports").get_data(as_text=True)
    assert as_("officer").post(f"/exports/{request.id}/approve").status_code == 403
    assert as_("chief").post(f"/exports/{request.id}/approve").status_code == 303
    assert as_("bureau").post(f"/exports/{request.id}/approve").status_code == 409
    worker.work(worker.claim())
    assert "下载文件" in as_("officer").get("/exports").get_data(as_text=True)


def test_a_refusal_reaches_the_one_who_asked(world, as_, monkeypatch) -> None:
    _large(monkeypatch, 2)
    as_("officer").post(ADDRESS, data={"format": "xlsx", "reason": "上报省厅"})
    request = db.session.scalars(select(ExportRequest)).one()
    as_("chief").post(f"/exports/{request.id}/refuse", data={"reason": ""})
    assert db.session.scalars(select(ExportRequest.state)).one() is RequestState.PENDING
    as_("chief").post(f"/exports/{request.id}/refuse", data={"reason": "范围太大"})
    assert "范围太大" in as_("officer").get("/exports").get_data(as_text=True)


def test_another_zones_request_does_not_exist_for_a_chief(world, as_, monkeypatch) -> None:
    _large(monkeypatch, 2)
    as_("officer2").post(ADDRESS, data={"format": "xlsx", "reason": "上报省厅"})
    request = db.session.scalars(select(ExportRequest)).one()
    assert as_("chief").post(f"/exports/{request.id}/approve").status_code == 404
