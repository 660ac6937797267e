"""The list with chosen columns, its orders and filters, saved views, and acts on what is selected."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from crm.accounts.models import ListColumns, SavedView
from crm.assignments.models import Assignment
from crm.assignments.rules import AssignmentKind
from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.db import db
from crm.core.paging import Window
from crm.followups.models import Followup
from crm.pipeline.queries import lines
from crm.projects import queries
from crm.projects.models import Project
from crm.projects.queries import Filter
from crm.projects.rules import Stage, Status, columns
from tests import factories
from tests.factories import World

As = Callable[[str], FlaskClient]


def text_of(browser: FlaskClient, address: str) -> str:
    return browser.get(address, follow_redirects=True).get_data(as_text=True)


def headings(page: str) -> list[str]:
    head = re.search(r"<thead>.*?</thead>", page, re.S)
    assert head is not None
    found = re.findall(r"<th\b[^>]*>(.*?)</th>", head[0], re.S)
    return [re.sub(r"<[^>]+>", "", cell).strip(" ↑↓") for cell in found][2:]


class TestColumns:
    def test_what_nobody_knows_is_left_out_and_nothing_is_the_products_own(self) -> None:
        assert columns.chosen(["owner", "evil", "stage", "owner"]) == ("owner", "stage")
        assert columns.chosen([]) == columns.chosen(["evil"]) == columns.DEFAULT

    @given(st.lists(st.sampled_from(sorted(columns.COLUMNS)), unique=True, min_size=1), st.data())
    def test_moving_a_column_keeps_all_the_others_in_order(self, keys: list[str], data: Any) -> None:
        key, step = data.draw(st.sampled_from(keys)), data.draw(st.sampled_from((-1, 1)))
        after = columns.moved(keys, key, step)
        assert sorted(after) == sorted(keys)
        assert [k for k in after if k != key] == [k for k in keys if k != key]
        assert after.index(key) == min(max(keys.index(key) + step, 0), len(keys) - 1)

    def test_chosen_columns_are_kept_for_the_person_alone(self, world: World, as_: As) -> None:
        world.project(name="沐峤电解槽", land_mu=Decimal(620))
        db.session.commit()
        browser = as_("officer")
        answer = browser.post(
            "/projects/columns",
            data={"act": "save", "cols": ["land", "stage", "days"], "back": "/projects?q=沐峤"},
        )
        assert answer.status_code == 303 and answer.location.startswith("/projects?q=")
        assert headings(text_of(browser, "/projects")) == ["用地 亩", "阶段", "本阶段 天"]
        assert headings(text_of(as_("chief"), "/projects"))[0] == "投资方"
        browser.post("/projects/columns", data={"act": "default"})
        assert headings(text_of(browser, "/projects"))[0] == "投资方"

    def test_without_scripts_an_arrow_moves_a_column_and_saves_nothing(self, world: World, as_: As) -> None:
        data = {"cols": ["stage", "light", "owner"], "move": "up:owner"}
        page = as_("officer").post("/projects/columns", data=data).get_data(as_text=True)
        shown = re.findall(r'value="(\w+)" checked', page)
        assert shown == ["stage", "owner", "light"]
        assert db.session.scalars(select(ListColumns)).all() == []

    def test_an_address_may_name_the_columns(self, world: World, as_: As) -> None:
        world.project(name="沐峤电解槽")
        db.session.commit()
        assert headings(text_of(as_("officer"), "/projects?cols=owner,code,evil")) == ["责任人", "编号"]

    def test_every_column_can_be_drawn(self, world: World, as_: As) -> None:
        world.project(name="沐峤电解槽")
        db.session.commit()
        page = text_of(as_("officer"), "/projects?cols=" + ",".join(columns.COLUMNS))
        assert headings(page) == [column.label for column in columns.COLUMNS.values()]


class TestOrdersAndFilters:
    @pytest.mark.parametrize(
        "sort", ["amount", "-amount", "days", "-days", "light", "-light", "fixed", "-start"]
    )
    def test_every_order_walks_the_whole_list_page_by_page(self, world: World, sort: str) -> None:
        for n in range(7):
            world.project(
                total=None if n == 3 else str(10_000 * (n % 4 + 1)),
                stage_since=world.today - timedelta(days=40 * (n % 3)),
                first_contact_on=world.today - timedelta(days=40 * (n % 3)),
            )
        db.session.commit()
        actor, more = world.actor("officer"), lines.sorts(world.today)
        whole = [r.id for r in queries.listed(actor, Filter(), Window(per_page=50), 7, sort, more).items]
        walked, after = [], None
        while True:
            page = queries.listed(actor, Filter(), Window(per_page=2, after=after), 7, sort, more)
            walked += [row.id for row in page.items]
            after = page.next_token
            if after is None:
                break
        assert walked == whole and len(whole) == 7

    def test_the_longest_stay_stands_first(self, world: World, as_: As) -> None:
        world.project(name="新近进入", stage_since=world.today)
        world.project(name="停留已久", stage_since=world.today - timedelta(days=90))
        db.session.commit()
        page = text_of(as_("officer"), "/projects?sort=-days&cols=days")
        assert page.index("停留已久") < page.index("新近进入")
        assert ">90</td>" in page

    def test_my_projects_are_a_filter_that_fits_whoever_asks(self, world: World, as_: As) -> None:
        world.project(name="专员的项目", owner_id=world.users["officer"].id)
        world.project(name="主任的项目", owner_id=world.users["chief"].id)
        db.session.commit()
        assert "主任的项目" not in text_of(as_("officer"), "/projects?owner=me")
        assert "专员的项目" not in text_of(as_("chief"), "/projects?owner=me")

    def test_what_somebody_entered_since_a_day_is_a_filter(self, world: World, as_: As) -> None:
        monday = world.today - timedelta(days=world.today.isoweekday() - 1)
        mine = world.users["officer"].id
        early, first = (
            world.project(name="上周录入", created_by=mine),
            world.project(name="周一录入", created_by=mine),
        )
        early.created_at = clock.midnight(monday) - timedelta(seconds=1)
        first.created_at = clock.midnight(monday)
        world.project(name="同事录入", created_by=world.users["chief"].id, owner_id=mine)
        db.session.commit()
        officer = as_("officer")
        page = text_of(officer, f"/projects?maker=me&since={monday}")
        assert "周一录入" in page and "上周录入" not in page and "同事录入" not in page
        assert f"去掉筛选 新增自 {monday}" in page and "去掉筛选 登记人 我" in page
        assert "同事录入" in text_of(officer, f"/projects?since={monday}")
        assert "上周录入" in text_of(officer, "/projects?maker=me&since=不是日期")

    def test_a_leader_narrows_the_list_for_those_who_may_see_assignments(self, world: World, as_: As) -> None:
        led = world.project(name="有人挂钩")
        world.project(name="无人挂钩")
        leader = factories.leader("LYG-ETDZ", "钟明远", "主要负责人")
        db.session.add(
            Assignment(
                project_id=led.id,
                kind=AssignmentKind.DIRECT_LEADER,
                leader_id=leader.id,
                starts_on=world.today,
            )
        )
        db.session.commit()
        page = text_of(as_("officer"), f"/projects?leader={leader.id}&cols=leader")
        assert "有人挂钩" in page and "无人挂钩" not in page and "钟明远" in page

    def test_lights_are_counted_above_the_list_and_narrow_it(self, world: World, as_: As) -> None:
        long_ago = world.today - timedelta(days=100)
        for n in range(3):
            made = world.project(name=f"久未联系{n}", stage_since=long_ago, first_contact_on=long_ago)
            made.created_at = made.created_at - timedelta(days=100)
        world.project(name="刚刚联系")
        db.session.commit()
        counts = lines.light_counts(world.actor("officer"), Filter(), world.today)
        assert counts == {"ok": 1, "warn": 0, "bad": 3}
        page = text_of(as_("officer"), "/projects?light=bad&sort=-light")
        assert page.count("久未联系") >= 3 and "刚刚联系" not in page


def save(browser: FlaskClient, name: str, query: str = "stage=review", **more: str) -> Any:
    data = {"page": "projects.index", "name": name, "query": query, "columns": "stage,owner", **more}
    return browser.post("/views", data=data)


class TestSavedViews:
    def test_a_view_brings_back_filters_order_and_columns(self, world: World, as_: As) -> None:
        world.project(name="联审项目", stage=Stage.REVIEW)
        world.project(name="线索项目")
        db.session.commit()
        browser = as_("officer")
        answer = save(browser, "待联审", "stage=review&sort=-days&after=xyz&page=3")
        view = db.session.scalars(select(SavedView)).one()
        assert view.query == "stage=review&sort=-days"
        page = text_of(browser, answer.location)
        assert "联审项目" in page and "线索项目" not in page
        assert headings(page) == ["阶段", "责任人"]
        assert re.search(rf'saved={view.id}" aria-current="page">待联审', page)

    def test_a_shared_view_is_seen_in_the_zone_and_nowhere_else(self, world: World, as_: As) -> None:
        save(as_("officer"), "共享的视图", shared="1")
        save(as_("officer"), "自己的视图")
        assert "共享的视图" in text_of(as_("chief"), "/projects")
        assert "自己的视图" not in text_of(as_("chief"), "/projects")
        for stranger in ("officer2", "bureau", "county", "leader"):
            assert "共享的视图" not in text_of(as_(stranger), "/projects")

    def test_the_bureaus_shared_views_stay_in_the_bureau(self, world: World, as_: As) -> None:
        save(as_("bureau"), "市局的视图", shared="1")
        assert "市局的视图" in text_of(as_("bureau2"), "/projects")
        for stranger in ("officer", "county", "leader", "dept"):
            assert "市局的视图" not in text_of(as_(stranger), "/projects")

    def test_only_its_owner_changes_a_view(self, world: World, as_: As) -> None:
        save(as_("officer"), "共享的视图", shared="1")
        view_id = db.session.scalars(select(SavedView.id)).one()
        for path in (f"/views/{view_id}", f"/views/{view_id}/update"):
            assert as_("chief").post(path, data={"name": "改名", "act": "delete"}).status_code == 404
        owner = as_("officer")
        owner.post(f"/views/{view_id}", data={"name": "改过名"})
        assert db.session.scalars(select(SavedView.name, SavedView.shared)).all() == ["改过名"]
        owner.post(f"/views/{view_id}/update", data={"query": "stage=lead", "columns": "code"})
        db.session.expire_all()
        assert db.session.scalars(select(SavedView)).one().query == "stage=lead"
        owner.post(f"/views/{view_id}", data={"act": "delete"})
        assert db.session.scalars(select(SavedView)).all() == []

    @pytest.mark.parametrize(("name", "words"), [("", "没有名字"), ("待联审", "同名"), ("长" * 41, "太长")])
    def test_a_name_that_does_not_do_is_said(self, world: World, as_: As, name: str, words: str) -> None:
        browser = as_("officer")
        save(browser, "待联审")
        page = browser.get(save(browser, name).location).get_data(as_text=True)
        assert words in page
        assert len(db.session.scalars(select(SavedView)).all()) == 1

    def test_the_list_opens_with_the_view_chosen_for_it(self, world: World, as_: As) -> None:
        browser = as_("officer")
        save(browser, "待联审")
        view_id = db.session.scalars(select(SavedView.id)).one()
        browser.post("/views/open-with", data={"page": "projects.index", "view": view_id})
        answer = browser.get("/projects")
        assert answer.status_code == 302 and f"saved={view_id}" in answer.location
        assert browser.get("/projects?saved=all").status_code == 200
        browser.post(f"/views/{view_id}", data={"act": "delete"})
        assert browser.get("/projects").status_code == 200

    def test_somebody_elses_private_view_cannot_be_opened_with(self, world: World, as_: As) -> None:
        save(as_("officer2"), "别处的视图")
        view_id = db.session.scalars(select(SavedView.id)).one()
        as_("officer").post("/views/open-with", data={"page": "projects.index", "view": view_id})
        assert as_("officer").get("/projects").status_code == 200

    def test_views_of_an_unknown_page_are_404(self, world: World, as_: As) -> None:
        assert as_("officer").get("/views?page=accounts.users").status_code == 404
        assert as_("officer").post("/views", data={"page": "evil", "name": "x"}).status_code == 404

    def test_a_changed_list_offers_to_update_its_view(self, world: World, as_: As) -> None:
        browser = as_("officer")
        address = save(browser, "待联审").location
        assert "更新视图" not in text_of(browser, address)
        assert "更新视图" in text_of(browser, address.replace("stage=review", "stage=lead"))


class TestBulk:
    def test_enter_in_the_day_presses_the_button_beside_it(self, world: World, as_: As) -> None:
        """A browser presses the first button of the form, so the only field that takes Enter stands before it."""
        world.project()
        db.session.commit()
        page = text_of(as_("officer"), "/projects")
        bar = page[page.index('id="bulk"') :]
        first = re.search(r'<button type="submit"[^>]*value="(\w+)"', bar)
        assert first and first[1] == "date" and bar.index('name="due_on"') < first.start()
        assert 'value="owner"' in bar

    def test_each_project_is_done_or_refused_with_its_name(self, world: World, as_: As) -> None:
        own = world.project(name="能改的项目")
        gone = world.project(name="不能改的项目", status=Status.ACTIVE)
        gone.zone_id = None
        gone.owner_id = world.users["officer"].id
        db.session.commit()
        data = {"ids": [own.id, gone.id], "act": "owner", "owner_id": world.users["chief"].id}
        page = as_("officer").post("/projects/bulk", data=data, follow_redirects=True).get_data(as_text=True)
        assert "已处理 1 个项目" in page
        assert re.search("不能改的项目没有改：", page)
        db.session.expire_all()
        assert db.session.get(Project, own.id).owner_id == world.users["chief"].id
        events = db.session.scalars(
            select(AuditEvent.project_id).where(AuditEvent.code == "project.edited")
        ).all()
        assert events == [own.id]

    def test_a_next_date_moves_the_open_duty_or_states_one(self, world: World, as_: As) -> None:
        with_duty, without = world.project(name="有跟进"), world.project(name="没跟进")
        owner = world.users["officer"]
        duty = factories.followup(owner, about=with_duty, due_on=world.today + timedelta(days=9))
        db.session.commit()
        to = world.today + timedelta(days=2)
        while to.weekday() > 4:
            to += timedelta(days=1)
        data = {"ids": [with_duty.id, without.id], "act": "date", "due_on": to.isoformat()}
        page = as_("officer").post("/projects/bulk", data=data, follow_redirects=True).get_data(as_text=True)
        assert "已处理 2 个项目" in page
        db.session.expire_all()
        assert db.session.get(Followup, duty.id).due_on == to
        made = db.session.scalars(select(Followup).where(Followup.project_id == without.id)).one()
        assert made.due_on == to and made.what == "跟进项目"

    @pytest.mark.parametrize(
        ("due", "words"), [("", "没有填日期"), ("2026年3月", "哪一天"), ("2020-01-02", "已经过去")]
    )
    def test_a_date_that_does_not_do_is_said_and_nothing_is_moved(
        self, world: World, as_: As, due: str, words: str
    ) -> None:
        made = world.project(name="有跟进")
        db.session.commit()
        data = {"ids": [made.id], "act": "date", "due_on": due}
        page = as_("officer").post("/projects/bulk", data=data, follow_redirects=True).get_data(as_text=True)
        assert words in page
        assert db.session.scalars(select(Followup)).all() == []

    def test_the_ticked_projects_leave_as_the_list_shows_them(self, world: World, as_: As) -> None:
        picked, other = world.project(name="勾选的项目"), world.project(name="没勾选的项目")
        db.session.commit()
        data = {"ids": [picked.id], "act": "export", "back": "/projects?sort=name&cols=owner"}
        answer = as_("officer").post("/projects/bulk", data=data)
        assert f"ids={picked.id}" in answer.location and "cols=owner" in answer.location
        sheet = as_("officer").post(answer.location, data={"format": "csv"}).get_data(as_text=True)
        assert picked.name in sheet and other.name not in sheet

    def test_the_place_one_comes_from_is_kept_and_no_stranger_is_followed(
        self, world: World, as_: As
    ) -> None:
        answer = as_("officer").post("/projects/bulk", data={"ids": [1], "back": "/projects?stage=lead"})
        assert answer.location == "/projects?stage=lead"
        answer = as_("officer").post("/projects/bulk", data={"ids": [1], "back": "//evil.example"})
        assert answer.location == "/projects"


class TestExports:
    def rows(self, browser: FlaskClient, query: str) -> list[list[str]]:
        answer = browser.post(f"/exports/new?list=projects&{query}", data={"format": "csv"})
        return [line.split(",") for line in answer.get_data(as_text=True).lstrip("\ufeff").splitlines()]

    def test_a_file_has_the_lists_columns_in_the_lists_order(self, world: World, as_: As) -> None:
        for name, total in (("小项目", "10000"), ("大项目", "900000")):
            world.project(name=name, total=total)
        db.session.commit()
        rows = self.rows(as_("officer"), "cols=stage,amount")
        own = ["项目编号", "项目名称", "板块", "级别", "状态", "保密"]
        assert rows[0] == [*own, "阶段", "总投资 万元"]
        assert [row[1] for row in rows[1:3]] == ["大项目", "小项目"]
        assert [row[1] for row in self.rows(as_("officer"), "cols=stage&sort=amount")[1:3]] == [
            "小项目",
            "大项目",
        ]

    def test_the_lists_button_carries_its_columns(self, world: World, as_: As) -> None:
        as_("officer").post("/projects/columns", data={"act": "save", "cols": ["land", "stage"]})
        page = text_of(as_("officer"), "/projects?status=active")
        address = re.search(r'href="(/exports/new[^"]*)"', page)
        assert address is not None
        assert "cols=land,stage" in address[1] and "status=active" in address[1]

    def test_every_column_of_the_list_has_one_in_the_file(self, world: World, as_: As) -> None:
        world.project(name="沐峤电解槽")
        db.session.commit()
        rows = self.rows(as_("officer"), "cols=all")
        assert len(rows[0]) == len(set(rows[0])) >= len(columns.COLUMNS)
        assert len(rows[1]) == len(rows[0])
