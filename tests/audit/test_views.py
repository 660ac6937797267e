"""The auditor's page and the file taken from it."""

import csv
import io

import openpyxl
import pytest
from sqlalchemy import select

from crm.audit import actions
from crm.audit.actions import Subject
from crm.audit.models import AuditEvent
from crm.core.db import db


@pytest.fixture
def act(world):
    actions.record(
        world.actor("officer"),
        "project.edited",
        Subject("project", 1, "<b>甲</b>项目"),
        {"stage": ("lead", "filed")},
        note="=1+1",
    )
    db.session.commit()


def test_the_auditor_reads_acts_in_words(act, as_) -> None:
    page = as_("auditor").get("/audit").get_data(as_text=True)
    assert "修改项目" in page
    assert "阶段：线索 → 在库" in page
    assert "&lt;b&gt;甲&lt;/b&gt;项目" in page


def test_filters_stand_in_the_address_and_can_be_taken_away(act, as_) -> None:
    page = as_("auditor").get("/audit?person=陈思远&code=project.edited").get_data(as_text=True)
    assert "修改项目" in page
    assert 'href="/audit?code=project.edited"' in page
    assert "没有符合条件的记录" in as_("auditor").get("/audit?person=没有此人").get_data(as_text=True)


def test_a_date_that_cannot_be_read_is_refused_in_words(act, as_) -> None:
    answer = as_("auditor").get("/audit?since=去年某天")
    assert answer.status_code == 422


@pytest.mark.parametrize("login", ["officer", "chief", "bureau", "leader", "sysadmin", "secadmin"])
def test_everybody_else_is_refused(act, as_, login) -> None:
    assert as_(login).get("/audit").status_code == 403
    assert as_(login).post("/audit/export").status_code == 403


@pytest.mark.parametrize("address", ["/projects", "/companies", "/visits", "/followups"])
def test_the_auditor_sees_no_business(world, as_, address) -> None:
    assert as_("auditor").get(address).status_code in (403, 404)


def test_a_workbook_is_taken_along_and_the_act_is_audited(act, as_) -> None:
    answer = as_("auditor").post("/audit/export", data={"format": "xlsx", "code": "project.edited"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:4] == ("时间", "操作人", "岗位", "操作")
    assert rows[1][6:8] == ("阶段：线索 → 在库", "=1+1")
    assert sheet.cell(2, 8).data_type == "s"
    assert rows[-1][0].startswith("导出人 袁予安（auditor）")
    assert "共 1 行" in rows[-1][0]
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "audit.exported")).one()
    assert (event.subject_label, event.note) == ("1 条", "操作 修改项目")


def test_a_csv_file_is_harmless_in_a_spreadsheet(act, as_) -> None:
    answer = as_("auditor").post("/audit/export", data={"format": "csv"})
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[1][7] == "'=1+1"


def test_too_much_at_once_is_refused_in_words(act, as_, monkeypatch) -> None:
    monkeypatch.setattr("crm.audit.views._MOST_ROWS", 0)
    answer = as_("auditor").post("/audit/export")
    assert answer.status_code == 422
    assert "请缩小时间范围" in answer.get_data(as_text=True)
    assert not db.session.scalars(select(AuditEvent).where(AuditEvent.code == "audit.exported")).all()


def test_the_page_asks_a_fixed_number_of_questions(act, as_, world, count_queries) -> None:
    browser = as_("auditor")
    db.session.expire_all()
    with count_queries() as few:
        browser.get("/audit")
    for _ in range(20):
        actions.record(world.actor("officer"), "project.edited", Subject("project", 1, "x"))
    db.session.commit()
    db.session.expire_all()
    with count_queries() as many:
        browser.get("/audit")
    assert len(many) == len(few)
