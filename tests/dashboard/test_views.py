"""Where each post begins, one's own day, and the search."""

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.companies import phones
from crm.companies.models import Contact
from crm.core import clock
from crm.core.db import db
from crm.dashboard import queries
from crm.followups.models import Demand, Followup
from crm.followups.rules import DutyKind, DutyState
from crm.projects import actions as projects
from crm.projects.rules import GrantLevel
from tests import factories
from tests.factories import World

As = Callable[[str], FlaskClient]
PHONE = "13800002605"


@pytest.mark.parametrize(
    ("login", "endpoint"),
    [
        ("officer", None),
        ("specialist", None),
        ("dept", None),
        ("chief", "quotas.board"),
        ("county", "quotas.board"),
        ("leader", "quotas.board"),
        ("bureau", "pipeline.queue"),
        ("sysadmin", "accounts.users"),
        ("secadmin", "accounts.pending_posts"),
        ("auditor", "audit.index"),
    ],
)
def test_each_post_begins_on_its_page(world: World, as_: As, login: str, endpoint: str | None) -> None:
    answer = as_(login).get("/")
    if endpoint is not None and endpoint in world.app.view_functions:
        assert answer.status_code == 302
        with world.app.test_request_context():
            assert answer.location == world.app.url_for(endpoint)
    else:
        assert answer.status_code == 200


def test_the_day_shows_overdue_first_and_opens_the_quick_form(world: World, as_: As) -> None:
    firm = world.company("演示澜山新材料有限公司")
    late = factories.followup(
        world.users["officer"], firm, what="跟进蒸汽报价", due_on=world.today - timedelta(days=9)
    )
    factories.followup(world.users["officer"], world.company(), what="确认名单", due_on=world.today)
    db.session.commit()
    page = as_("officer").get("/").text
    assert page.index("跟进蒸汽报价") < page.index("确认名单")
    assert "个工作日" in page and "先办这些" in page
    opened = as_("officer").get(f"/?open={late.id}").text
    assert "保存并完成" in opened and "演示澜山新材料有限公司" in opened
    assert "推迟会计次数" in as_("officer").get(f"/?open={late.id}&do=postpone").text


def test_the_new_leads_of_the_week_open_the_projects_they_count(world: World, as_: As) -> None:
    world.project(
        name="本人录入的项目", created_by=world.users["officer"].id, owner_id=world.users["chief"].id
    )
    world.project(
        name="别人录入的项目", created_by=world.users["chief"].id, owner_id=world.users["officer"].id
    )
    db.session.commit()
    browser = as_("officer")
    found = re.search(r'href="([^"]+)"><span class="l">新线索</span>.*?>(\d+)<', browser.get("/today").text)
    assert found and found[2] == "1"
    shown = browser.get(html.unescape(found[1])).text
    assert "本人录入的项目" in shown and "别人录入的项目" not in shown


def _asked(world: World, due_on: date, **values: Any) -> Followup:
    unit = world.unit("LYG-D-STHJ").id
    firm = values.pop("investor", None)
    return factories.followup(
        world.users["officer"], firm, kind=DutyKind.DEMAND, unit_id=unit, due_on=due_on, **values
    )


def test_a_units_day_holds_the_demands_it_has_to_answer_the_overdue_first_as_the_rail_counts(
    world: World, as_: As
) -> None:
    early = world.today - timedelta(days=9)
    late = _asked(world, early, investor=world.company("启澜储能有限公司"), what="环评批复时限")
    _asked(world, world.today + timedelta(days=30), what="总量指标预审")
    _asked(world, early, what="早已答完", state=DutyState.DONE)
    answered = _asked(world, world.today + timedelta(days=2), what="排污许可变更")
    stated = _asked(world, world.today, what="自己提的诉求", created_by=world.users["dept"].id)
    for each in (answered, stated):
        db.session.add(Demand(followup_id=each.id, answer_due_on=early, answered_at=clock.now()))
    factories.followup(world.users["officer"], kind=DutyKind.DEMAND, what="没有指定单位")
    db.session.commit()
    browser = as_("dept")
    page = browser.get("/").text
    todo, aside = page.split('id="todo"')[1].split("<h2>等别人</h2>")
    assert todo.index("环评批复时限") < todo.index("总量指标预审")
    assert f'href="/demands/{late.id}"' in todo and "启澜储能有限公司" in todo and "个工作日" in todo
    assert "排污许可变更" in aside and "排污许可变更" not in todo
    assert page.count("自己提的诉求") == 1
    assert not any(word in page for word in ("早已答完", "没有指定单位", "这周没有要办的事"))
    for words, number in (
        (r'<span class="c"><a href="([^"]+)">(\d)', "2"),
        (r'href="([^"]+)">逾期(\d)件', "1"),
    ):
        found = re.search(words, todo)
        assert found and found[2] == number
        assert f"<b>{number}</b>" in browser.get(html.unescape(found[1])).text
    assert queries.badges(world.actor("dept"))["demands"] == (1, True)


def test_an_empty_day_says_what_to_do_next(world: World, as_: As) -> None:
    assert "这周没有要办的事" in as_("officer").get("/").text
    assert "请本单位答复的诉求会列在这里" in as_("dept").get("/").text


@pytest.mark.parametrize("login", ["officer", "dept"])
def test_home_takes_the_same_number_of_statements_at_any_size(
    world: World, as_: As, count_queries: Callable[[], Any], login: str
) -> None:
    client, mine = as_(login), world.users["officer"]
    factories.followup(mine, about=world.project(owner_id=mine.id))
    _asked(world, world.today)
    db.session.commit()
    client.get("/")
    db.session.expire_all()
    with count_queries() as few:
        client.get("/")
    for number in range(15):
        project = world.project(owner_id=mine.id, investor=world.company())
        factories.followup(mine, about=project, due_on=world.today - timedelta(days=number))
        factories.visit(mine, world.company(), [project])
        _asked(world, world.today - timedelta(days=number), investor=world.company())
    db.session.commit()
    with count_queries() as many:
        assert client.get("/").status_code == 200
    assert len(many) == len(few)
    assert len(many) <= 20


def _contact(world: World, login: str, firm: Any) -> None:
    phone = phones.read(PHONE)
    db.session.add(
        Contact(
            company_id=firm.id,
            zone_id=world.actor(login).zone_id,
            name="罗知衡",
            phone=phone.number,
            phone_mask=phone.mask,
            phone_hash=phone.hash,
            phone_tail_hash=phone.tail_hash,
        )
    )
    db.session.commit()


@pytest.mark.parametrize("q", ["澜山", "lanshan", "ls"])
def test_the_search_groups_companies_and_projects(world: World, as_: As, q: str) -> None:
    firm = world.company("演示澜山新材料有限公司")
    world.project(investor=firm, name="澜山原丝项目")
    db.session.commit()
    page = as_("officer").get("/search", query_string={"q": q}).text
    assert "演示澜山新材料有限公司" in page and "澜山原丝项目" in page


def test_contacts_are_found_by_name_and_phone_tail_in_ones_own_zone_only(world: World, as_: As) -> None:
    _contact(world, "officer", world.company("演示澜山新材料有限公司"))
    for q in ("罗知衡", "2605"):
        page = as_("officer").get("/search", query_string={"q": q}).text
        assert "138****2605" in page and PHONE not in page
        assert "138****2605" not in as_("officer2").get("/search", query_string={"q": q}).text


def test_a_whole_number_is_answered_without_ever_standing_in_an_address(world: World, as_: As) -> None:
    _contact(world, "officer", world.company("演示澜山新材料有限公司"))
    for written in (PHONE, f"+86 {PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}"):
        answer = as_("officer").post("/search", data={"q": written, "back": "/companies?region=江苏"})
        assert answer.status_code == 200 and "138****2605" in answer.text
        assert "138****2605" not in as_("officer2").post("/search", data={"q": written}).text
        asked = as_("officer").get("/search", query_string={"q": written})
        assert "网址里有电话号码" in asked.text and "138****2605" not in asked.text
        assert PHONE not in asked.text


@pytest.mark.parametrize(
    ("back", "leads"),
    [
        ("", "/search?q=%E6%BE%9C%E5%B1%B1"),
        ("/companies?region=x&q=old&after=t&page=2", "/companies?region=x&q=%E6%BE%9C%E5%B1%B1"),
        ("https://elsewhere.example/", "/search?q=%E6%BE%9C%E5%B1%B1"),
        ("//elsewhere.example/", "/search?q=%E6%BE%9C%E5%B1%B1"),
    ],
)
def test_words_become_an_address_that_can_be_kept(as_: As, back: str, leads: str) -> None:
    answer = as_("officer").post("/search", data={"q": "澜山", "back": back})
    assert answer.status_code == 303 and answer.location == leads


def test_every_box_that_takes_a_number_sends_it_by_post(as_: As) -> None:
    for path in ("/search", "/companies"):
        page = as_("officer").get(path).text
        boxes = re.findall(r'<form class="(?:search|find)[^>]*>', page)
        assert len(boxes) == 2 and all('method="post"' in box for box in boxes), path
        assert 'method="get"' not in "".join(boxes)


def test_people_are_found_by_pinyin_and_initials(world: World, as_: As) -> None:
    for q in ("陈思远", "chensiyuan", "csy"):
        assert "陈思远" in as_("officer").get("/search", query_string={"q": q}).text


def test_nothing_found_says_what_to_try(world: World, as_: As) -> None:
    assert "没有找到" in as_("officer").get("/search?q=不存在的名字").text
    assert as_("officer").get("/search").status_code == 200
    assert as_("sysadmin").get("/search?q=a").status_code == 403


def test_another_zones_projects_are_not_found(world: World, as_: As) -> None:
    world.project("LYG-XUWEI", name="澜山原丝项目")
    db.session.commit()
    assert "澜山原丝项目" not in as_("officer").get("/search?q=澜山原丝").text
    assert "澜山原丝项目" in as_("officer2").get("/search?q=澜山原丝").text


@pytest.mark.parametrize(
    ("login", "has", "has_not"),
    [
        ("sysadmin", ("账号", "定时任务"), ("方案与配额", "审计")),
        ("secadmin", ("岗位确认", "权限表"), ("账号</", "审计")),
        ("auditor", ("审计",), ("账号</", "方案与配额")),
        ("bureau", ("方案与配额", "推进条件"), ("岗位确认",)),
        ("chief", ("本板块人员",), ("方案与配额",)),
    ],
)
def test_the_administration_lists_what_the_post_administers(
    world: World, as_: As, login: str, has: tuple[str, ...], has_not: tuple[str, ...]
) -> None:
    page = as_(login).get("/admin")
    assert page.status_code == 200
    listed = page.text[page.text.index("<main") :]
    assert all(word in listed for word in has)
    assert not any(word in listed for word in has_not)


@pytest.mark.parametrize("login", ["officer", "leader", "dept"])
def test_who_administers_nothing_has_no_such_page(world: World, as_: As, login: str) -> None:
    assert as_(login).get("/admin").status_code == 403


def test_a_specialist_sees_the_projects_given_to_him_on_his_day(world: World, as_: As) -> None:
    given = factories.project(name="演示交办项目")
    factories.project(name="演示别人的项目")
    projects.grant(
        world.actor("bureau"),
        given,
        user_id=world.users["specialist"].id,
        level=GrantLevel.WORK,
        source="assignment",
        starts_on=world.today,
    )
    db.session.commit()
    page = as_("specialist").get("/").text
    assert "交给我的项目" in page
    assert ">1个" in page
