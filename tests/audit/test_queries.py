"""The auditor's list and a record's history."""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from crm.audit import actions, queries
from crm.audit.actions import Subject
from crm.audit.queries import Filters
from crm.core.clock import CITY
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken
from crm.core.paging import Window


@pytest.fixture
def acts(world):
    """Three days of acts by two people."""
    officer, bureau = world.actor("officer"), world.actor("bureau")
    for day in (20, 21, 22):
        with time_machine.travel(datetime(2026, 11, day, 23, 30, tzinfo=CITY), tick=False):
            actions.record(
                officer, "project.edited", Subject("project", 1, f"甲项目{day}", project_id=1, company_id=5)
            )
            actions.record(bureau, "quota.edited", Subject("quota", 2, "市开发区 100%"), {"target": (1, 2)})
    db.session.commit()
    actions.write_now(officer, "access.refused", Subject("page", None, "/audit"), result="refused")
    return world.actor("auditor")


def _labels(auditor, **filters) -> list[str]:
    return [r.subject_label for r in queries.page(auditor, Filters(**filters), Window()).items]


def test_newest_come_first(acts) -> None:
    labels = _labels(acts)
    assert len(labels) == 7
    assert [x for x in labels if x.startswith("甲")] == ["甲项目22", "甲项目21", "甲项目20"]


def test_days_are_the_citys_and_both_included(acts) -> None:
    found = _labels(acts, since=date(2026, 11, 21), until=date(2026, 11, 21))
    assert sorted(found) == ["市开发区 100%", "甲项目21"]


def test_each_filter_narrows(acts) -> None:
    assert len(_labels(acts, person="周若岚")) == 3
    assert len(_labels(acts, code="project.edited")) == 3
    assert len(_labels(acts, subject="quota")) == 3
    assert _labels(acts, result="refused") == ["/audit"]
    assert _labels(acts, q="100%") == ["市开发区 100%"] * 3
    assert _labels(acts, q="%") == ["市开发区 100%"] * 3


def test_pages_follow_one_another_without_gap_or_repetition(acts) -> None:
    seen, after = [], None
    while True:
        page = queries.page(acts, Filters(), Window(per_page=2, after=after))
        seen += [r.id for r in page.items]
        if not (after := page.next_token):
            break
    assert len(seen) == len(set(seen)) == page.total == 7
    assert seen == [r.id for r in queries.stream(acts, Filters())]


def test_a_mangled_place_is_refused_in_words(acts) -> None:
    for token in ("nonsense", "WyJ4IiwgInkiXQ"):
        with pytest.raises(RuleBroken):
            queries.page(acts, Filters(), Window(after=token))


@pytest.mark.parametrize("login", ["officer", "chief", "bureau", "leader", "sysadmin", "secadmin"])
def test_nobody_but_the_auditor_reads_it(world, login) -> None:
    with pytest.raises(Forbidden):
        queries.page(world.actor(login), Filters(), Window())
    with pytest.raises(Forbidden):
        list(queries.stream(world.actor(login), Filters()))


def test_a_page_takes_two_statements_at_any_size(acts, count_queries) -> None:
    with count_queries() as statements:
        queries.page(acts, Filters(), Window())
    assert len(statements) == 2


def test_a_projects_history_tells_what_was_done_but_not_who_looked(world) -> None:
    officer = world.actor("officer")
    subject = Subject("project", 9, "乙项目", project_id=9)
    actions.record(officer, "project.edited", subject, {"total_investment": (100, 200)}, note="补充协议")
    actions.record(officer, "attachment.viewed", subject)
    db.session.commit()
    actions.write_now(officer, "project.edited", subject, result="refused")
    (line,) = queries.of_project(9)
    assert (line.sentence, line.who, line.note) == ("修改项目", officer.name, "补充协议")
    assert [(c.label, c.before, c.after) for c in line.changes] == [("总投资 万元", "100", "200")]


def test_a_companys_history_leaves_out_what_was_done_on_projects(world) -> None:
    officer = world.actor("officer")
    actions.record(officer, "company.edited", Subject("company", 5, "某公司", company_id=5, zone_id=1))
    actions.record(officer, "project.edited", Subject("project", 9, "X", project_id=9, company_id=5))
    assert [line.sentence for line in queries.of_company(5)] == ["修改企业"]
    assert not queries.of_company(5, queries.AuditEvent.__table__.c.zone_id == 2)


def test_the_newest_hour_is_inside_an_open_range(world) -> None:
    actions.record(world.actor("officer"), "project.edited", Subject("project", 1, "现在"))
    today = world.today
    assert "现在" in _labels(world.actor("auditor"), since=today - timedelta(days=1))
