"""The pages: list, record, forms, both versions of a conflict, files; confidential investors never in the HTML."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm.core.db import db
from crm.projects import forms, queries
from crm.projects.models import ProgressNote, Project
from crm.projects.rules import AttachmentKind, Capital, Stage, Tier
from tests import factories
from tests.factories import World

As = Callable[[str], FlaskClient]


def fresh(code: str) -> Project:
    db.session.expire_all()
    found = db.session.scalar(select(Project).where(Project.code == code))
    assert found is not None
    return found


@pytest.fixture
def project(world: World) -> Project:
    made = world.project(
        name="启澜储能电芯基地",
        investor=world.company("启澜储能科技有限公司"),
        total="1020000",
        fixed_investment=Decimal(864_000),
        land_mu=Decimal(620),
        owner_id=world.users["officer"].id,
    )
    db.session.commit()
    return made


# --- the list -------------------------------------------------------------------------------------


def test_the_list_shows_count_sum_stages_and_reasons(world: World, as_: As, project: Project) -> None:
    world.project(name="沐峤电解槽", total="100000", stage=Stage.IN_DEPTH)
    db.session.commit()
    text = as_("officer").get("/projects").get_data(as_text=True)
    for words in ("启澜储能电芯基地", "沐峤电解槽", "102.00", "112.00", "签约前", "深度洽谈"):
        assert words in text
    assert 'style="' not in text and "<script>" not in text


def test_filters_live_in_the_address_and_each_can_be_taken_away(as_: As, project: Project) -> None:
    text = as_("officer").get("/projects?status=active&least=100&q=储能&group=talking").get_data(as_text=True)
    assert "启澜储能电芯基地" in text
    for words in ("进行中", "≥100.00亿元", "储能", "签约前"):
        assert words in text
    assert re.search(r'href="/projects\?q=[^"]*&amp;group=talking"|href="/projects\?least=100[^"]*"', text)
    assert "启澜" not in as_("officer").get("/projects?least=103").get_data(as_text=True)


@pytest.mark.parametrize(
    "query",
    [
        "status=nonsense",
        "zone=LYG-NONE",
        "least=abc",
        "stage=x&group=y",
        "owner=1;drop",
        "page=0",
        "light=purple",
        "sort=evil",
    ],
)
def test_an_address_with_nonsense_still_answers(as_: As, project: Project, query: str) -> None:
    assert as_("officer").get(f"/projects?{query}").status_code == 200


def test_a_light_narrows_the_list_to_projects_with_that_light(
    world: World, as_: As, project: Project
) -> None:
    project.first_contact_on = world.today.replace(year=world.today.year - 1)
    project.created_at = project.created_at.replace(year=project.created_at.year - 1)
    project.stage_since = project.first_contact_on
    world.project(name="新近项目")
    db.session.commit()
    red = as_("officer").get("/projects?light=bad").get_data(as_text=True)
    assert "启澜储能电芯基地" in red and "新近项目" not in red


def test_an_empty_list_says_what_to_do(as_: As, world: World) -> None:
    assert "新建项目" in as_("officer").get("/projects").get_data(as_text=True)
    assert "清除筛选" in as_("officer").get("/projects?q=没有").get_data(as_text=True)


def test_the_list_takes_as_many_statements_for_thirty_as_for_one(
    world: World, as_: As, count_queries: Any
) -> None:
    browser, taken = as_("officer"), []
    for size in (1, 30):
        for _ in range(size):
            world.project(owner_id=world.users["officer"].id)
        db.session.commit()
        browser.get("/projects")
        with count_queries() as statements:
            assert browser.get("/projects").status_code == 200
        taken.append(len(statements))
    assert taken[0] == taken[1] <= 20


def test_what_is_selected_gets_another_owner_and_last_weeks_note(
    world: World, as_: As, project: Project
) -> None:
    browser = as_("officer")
    answer = browser.post(
        "/projects/bulk", data={"ids": [project.id], "act": "owner", "owner_id": world.users["chief"].id}
    )
    assert answer.status_code == 302
    assert fresh(project.code).owner_id == world.users["chief"].id
    page = browser.post("/projects/bulk", data={"ids": [project.id], "act": "copy"}, follow_redirects=True)
    assert "还没有填过进展" in page.get_data(as_text=True)


def test_another_zones_projects_cannot_be_selected(world: World, as_: As, project: Project) -> None:
    as_("officer2").post(
        "/projects/bulk", data={"ids": [project.id], "act": "owner", "owner_id": world.users["officer2"].id}
    )
    assert fresh(project.code).owner_id == world.users["officer"].id


# --- the record -----------------------------------------------------------------------------------

TABS = ("overview", "visits", "milestones", "people", "files", "changes", "nonsense")


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_is_an_address(as_: As, project: Project, tab: str) -> None:
    text = as_("officer").get(f"/projects/{project.code}?tab={tab}").get_data(as_text=True)
    assert "启澜储能电芯基地" in text and "下一步" in text
    assert 'style="' not in text


def test_the_record_shows_intensity_and_working_capital(as_: As, project: Project) -> None:
    text = as_("officer").get(f"/projects/{project.code}").get_data(as_text=True)
    assert "1,393.5" in text and "15.60" in text


@pytest.mark.parametrize(
    ("login", "status"),
    [("officer2", 404), ("county", 404), ("dept", 404), ("leader", 200), ("sysadmin", 403)],
)
def test_another_zones_record_is_not_found(as_: As, project: Project, login: str, status: int) -> None:
    assert as_(login).get(f"/projects/{project.code}").status_code == status


def test_the_record_takes_as_many_statements_with_much_as_with_little(
    world: World, as_: As, project: Project, count_queries: Any
) -> None:
    browser, taken = as_("officer"), []
    for size in (1, 12):
        for n in range(size):
            db.session.add(ProgressNote(project_id=project.id, on=world.today, week="2026-W47", done=f"{n}"))
            factories.attachment(project, AttachmentKind.OTHER)
        db.session.commit()
        browser.get(f"/projects/{project.code}")
        with count_queries() as statements:
            browser.get(f"/projects/{project.code}")
        taken.append(len(statements))
    assert taken[0] == taken[1] <= 36


def test_a_hidden_investor_is_nowhere_in_the_pages(world: World, as_: As, project: Project) -> None:
    project.confidential = True
    factories.attachment(project, AttachmentKind.AGREEMENT, "启澜储能投资协议.pdf")
    project.name = "大数据中心"
    project.investor_text = "启澜储能"
    db.session.commit()
    leader = as_("leader")
    pages = [
        "/projects",
        "/projects/lookup?q=大数据",
        *(f"/projects/{project.code}?tab={tab}" for tab in TABS),
    ]
    for page in pages:
        answer = leader.get(page)
        assert answer.status_code == 200
        assert "启澜" not in answer.get_data(as_text=True), page
    assert "启澜" in as_("bureau").get(f"/projects/{project.code}?tab=files").get_data(as_text=True)


# --- entering and editing -------------------------------------------------------------------------

ENTERED = {
    "name": "凌汐海工装备基地",
    "kind": "new",
    "capital": "domestic",
    "company": "凌汐海工装备有限公司",
    "total_investment": "31亿",
    "fixed_investment": "24.8",
    "expected_sign": "2026年12月中旬",
    "land_mu": "1,200",
}


def test_a_project_is_entered_on_one_page_and_twice_makes_one(world: World, as_: As) -> None:
    browser, code = as_("officer"), f"ETDZ-{world.today.year}-0001"
    answer = browser.post("/projects/new", data=ENTERED)
    assert answer.status_code == 302 and answer.location.endswith(f"/projects/{code}")
    made = fresh(code)
    assert (made.total_investment, made.fixed_investment, made.land_mu) == (
        Decimal(310_000),
        Decimal(248_000),
        Decimal(1200),
    )
    again = browser.post("/projects/new", data=ENTERED)
    assert again.status_code == 422
    assert code in again.get_data(as_text=True)
    assert len(db.session.scalars(select(Project)).all()) == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "项目名称没有填"),
        ({"company": ""}, "投资方没有填"),
        ({"total_investment": "-3亿"}, "金额不能为负"),
        ({"total_investment": "很多"}, "读不出金额"),
        ({"fixed_investment": "99"}, "不能大于总投资"),
        ({"total_investment_usd": "3亿元"}, "这里填万美元"),
        ({"uscc": "123"}, "应为 18 位"),
        ({"expected_start_on": "2026-02-30"}, "不是日历上有的日子"),
        ({"land_mu": "一大片"}, "请填数字"),
    ],
)
def test_a_slip_is_named_beside_its_field_and_nothing_is_written(
    world: World, as_: As, wrong: dict[str, str], says: str
) -> None:
    answer = as_("officer").post("/projects/new", data=ENTERED | wrong)
    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    assert db.session.scalars(select(Project)).all() == []


def test_a_section_is_edited_by_itself(as_: As, project: Project) -> None:
    browser = as_("officer")
    form = {
        "version": project.version,
        "capital": "domestic",
        "total_investment": "99.99",
        "fixed_investment": "80",
    }
    answer = browser.post(f"/projects/{project.code}/edit?section=money", data=form)
    assert answer.status_code == 302
    saved = fresh(project.code)
    assert (saved.total_investment, saved.tier, saved.name) == (
        Decimal(999_900),
        Tier.T50,
        "启澜储能电芯基地",
    )
    assert saved.land_mu is None
    assert "总投资 102.00 亿元 → 99.99 亿元" in browser.get(f"/projects/{project.code}?tab=changes").get_data(
        as_text=True
    )


def test_a_section_comes_into_the_page_without_its_frame(as_: As, project: Project) -> None:
    answer = as_("officer").get(
        f"/projects/{project.code}/edit?section=basics", headers={"HX-Request": "true"}
    )
    assert "<html" not in answer.get_data(as_text=True)
    assert as_("officer").get(f"/projects/{project.code}/edit?section=stage").status_code == 404


def test_two_people_saving_one_project_see_both_versions_and_lose_nothing(as_: As, project: Project) -> None:
    code, seen = project.code, project.version
    first = {"version": seen, "name": project.name, "kind": "new", "address": "东方大道北"}
    as_("chief").post(f"/projects/{code}/edit?section=basics", data=first)
    mine = first | {"address": "板桥南"}
    answer = as_("officer").post(f"/projects/{code}/edit?section=basics", data=mine)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    for words in ("东方大道北", "板桥南", "钟明远"):
        assert words in text
    assert fresh(code).address == "东方大道北"
    version = re.search(r'name="version" value="(\d+)"', text)
    assert version is not None
    again = as_("officer").post(
        f"/projects/{code}/edit?section=basics", data=mine | {"version": version[1], "choice": "mine"}
    )
    assert again.status_code == 302
    assert fresh(code).address == "板桥南"


def test_a_hidden_investor_cannot_be_edited_by_who_may_not_know_him(
    world: World, as_: As, project: Project
) -> None:
    project.confidential, project.owner_id = True, world.users["chief"].id
    db.session.commit()
    browser = as_("officer")
    for section in ("investor", "privacy", "all"):
        assert browser.get(f"/projects/{project.code}/edit?section={section}").status_code == 403
    assert browser.get(f"/projects/{project.code}/edit?section=money").status_code == 200


def test_an_edit_after_recognition_asks_for_it_anew(world: World, as_: As, project: Project) -> None:
    factories.recognised(project, world.today)
    db.session.commit()
    as_("officer").post(
        f"/projects/{project.code}/edit?section=money",
        data={"version": fresh(project.code).version, "capital": "domestic", "total_investment": "110"},
    )
    text = as_("officer").get(f"/projects/{project.code}?tab=milestones").get_data(as_text=True)
    assert "待重新认定" in text


def test_typing_another_company_over_a_known_one_is_another_company(
    world: World, as_: As, project: Project
) -> None:
    form = {"version": project.version, "company": "朔汀氢能有限公司", "company_id": project.company_id}
    as_("officer").post(f"/projects/{project.code}/edit?section=investor", data=form)
    assert queries.record(world.actor("officer"), project.code).investor_name == "朔汀氢能有限公司"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amount=st.decimals(0, 99_999, places=6, allow_nan=False, allow_infinity=False), full_width=st.booleans()
)
def test_an_amount_typed_in_yi_arrives_exactly_in_wan(
    world: World, amount: Decimal, full_width: bool
) -> None:
    typed = f"{amount:f}"
    if full_width:
        typed = typed.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789."})
    with world.app.test_request_context(
        "/projects/new", method="POST", data={"total_investment": typed, "capital": Capital.DOMESTIC.value}
    ):
        draft = forms.SECTIONS["money"][1]().draft()
    assert draft.values["total_investment"] == amount * 10_000


# --- progress, phases, zone, shares ---------------------------------------------------------------


def test_progress_is_written_on_the_record_and_last_week_fills_the_form(as_: As, project: Project) -> None:
    browser = as_("officer")
    answer = browser.post(
        f"/projects/{project.code}/progress",
        data={"on": "2026.01.05", "done": "对方送样", "next_step": "回访"},
    )
    assert answer.status_code == 302
    page = browser.get(f"/projects/{project.code}?copy=1").get_data(as_text=True)
    assert re.search(r"<textarea[^>]*>\s*对方送样</textarea>", page)
    refused = browser.post(f"/projects/{project.code}/progress", data={"on": "2099-01-01", "done": "未来"})
    assert refused.status_code == 422 and "不能晚于今天" in refused.get_data(as_text=True)


def test_a_phase_is_added_and_edited(as_: As, project: Project) -> None:
    browser = as_("officer")
    assert (
        browser.post(
            f"/projects/{project.code}/phases/new", data={"name": "一期", "total_investment": "58"}
        ).status_code
        == 302
    )
    [phase] = queries.phases_of(project.id)
    url = f"/projects/{project.code}/phases/{phase.id}"
    assert (
        browser.post(
            url, data={"name": "一期", "total_investment": "60", "version": phase.version}
        ).status_code
        == 302
    )
    assert browser.post(url, data={"name": "旧版", "version": 1}).status_code == 409
    assert "60.00" in browser.get(f"/projects/{project.code}").get_data(as_text=True)


def test_the_bureau_assigns_the_zone_and_divides_shares(world: World, as_: As, project: Project) -> None:
    bureau, there = as_("bureau"), world.zone("LYG-XUWEI").id
    here = project.zone_id
    assert bureau.post(f"/projects/{project.code}/zone", data={"zone_id": there}).status_code == 302
    assert fresh(project.code).zone_id == there
    form = {
        "effective_on": "2026-11-23",
        "shares-0-zone_id": here,
        "shares-0-share": "50",
        "shares-1-zone_id": there,
        "shares-1-share": "50",
    }
    assert (
        bureau.post(f"/projects/{project.code}/credits", data=form | {"shares-1-share": "40"}).status_code
        == 422
    )
    assert bureau.post(f"/projects/{project.code}/credits", data=form).status_code == 302
    assert "50.0%" in bureau.get(f"/projects/{project.code}?tab=people").get_data(as_text=True)
    assert as_("chief").get(f"/projects/{project.code}/zone").status_code == 403


def test_the_next_step_says_what_it_would_do_to_the_quota(world: World, as_: As, project: Project) -> None:
    factories.quota_plan(world.today.year)
    project.stage, project.tier = Stage.INTENT, Tier.T100
    db.session.commit()
    text = as_("officer").get(f"/projects/{project.code}").get_data(as_text=True)
    assert "0 / 2 → 1 / 2" in text
    project.total_investment, project.tier = Decimal(999_900), Tier.T50
    db.session.commit()
    assert "→ 1 / 2" not in as_("officer").get(f"/projects/{project.code}").get_data(as_text=True)
