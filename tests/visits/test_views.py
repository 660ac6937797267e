"""The form, the quick form in place, one visit, the list."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.db import db
from crm.followups.models import Followup
from crm.followups.rules import DutyKind, DutyState
from crm.units.models import Unit
from crm.units.rules import LeaderLevel
from crm.visits import queries
from crm.visits.models import Visit, VisitOurs, VisitProject, VisitTheirs
from tests import factories
from tests.factories import World

As = Callable[[str], FlaskClient]
PHONE = "13800002605"


def _form(world: World, **values: Any) -> dict[str, Any]:
    given = {
        "client_id": str(uuid.uuid4()),
        "mode": "phone",
        "company": "演示澜山新材料有限公司",
        "company_id": "",
        "seen": "",
        "happened_on": world.today.isoformat(),
        "summary": "对方接受蒸汽按实结算",
        "next_what": "出价格函",
        "next_due": (world.today + timedelta(days=7)).isoformat(),
        "next_owner": str(world.users["officer"].id),
    }
    return given | values


def _count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_form_opens_with_the_companys_projects_ticked(world: World, as_: As) -> None:
    firm = world.company("演示澜山新材料有限公司")
    project = world.project(investor=firm, name="澜山原丝项目")
    page = as_("officer").get(f"/visits/new?company={firm.id}").text
    assert re.search(rf'name="projects" value="{project.id}" checked', page)
    assert 'value="演示澜山新材料有限公司"' in page
    by_project = as_("officer").get(f"/visits/new?project={project.code}").text
    assert "澜山原丝项目" in by_project
    assert as_("officer2").get(f"/visits/new?project={project.code}").status_code == 404


def test_the_form_works_without_script_for_a_name_typed_by_hand(world: World, as_: As) -> None:
    answer = as_("officer").post("/visits/new", data=_form(world))
    assert answer.status_code == 303
    visit = db.session.scalars(select(Visit)).one()
    assert answer.location.endswith(f"/visits/{visit.id}")
    page = as_("officer").get(answer.location).text
    assert "对方接受蒸汽按实结算" in page and "出价格函" in page


@pytest.mark.parametrize("field", ["summary", "demands-0", "next_what"])
def test_a_number_written_into_words_is_saved_and_said(world: World, as_: As, field: str) -> None:
    client = as_("officer")
    saved = client.post("/visits/new", data=_form(world, **{field: f"找王工{PHONE}"}))
    assert saved.status_code == 303
    assert "文字里写了电话号码" in client.get(saved.location).text
    saved = client.post("/visits/new", data=_form(world))
    assert "文字里写了电话号码" not in client.get(saved.location).text


def test_a_double_click_on_save_is_one_visit(world: World, as_: As) -> None:
    client, form = as_("officer"), _form(world)
    first, second = client.post("/visits/new", data=form), client.post("/visits/new", data=form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert (_count(Visit), _count(Followup)) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"happened_on": (clock.today() + timedelta(days=30)).isoformat()},
            "日期晚于今天。走访日期请填今天或更早。",
        ),
        ({"summary": ""}, "谈了什么没有填"),
        ({"company": ""}, "企业没有填"),
        ({"next_due": ""}, "有下一步就要有日期"),
        ({"next_what": "", "next_due": ""}, "没有写下一步"),
        ({"happened_on": "有一天"}, "请写到哪一天"),
        ({"theirs-0-name": "罗知衡", "theirs-0-post": "董事", "theirs-0-phone": "12"}, "不是电话号码"),
    ],
)
def test_a_refusal_stands_on_the_form_and_nothing_is_lost_or_half_written(
    world: World, as_: As, changes: dict[str, str], words: str
) -> None:
    answer = as_("officer").post("/visits/new", data=_form(world, place="第二会议室", **changes))
    assert answer.status_code == 422
    assert words in answer.text and "第二会议室" in answer.text
    assert (_count(Visit), _count(Followup)) == (0, 0)


def test_the_whole_form_with_people_demands_and_a_duty_answered(world: World, as_: As) -> None:
    firm = world.company("演示澜山新材料有限公司")
    project, other = world.project(investor=firm), world.project(investor=firm)
    duty = factories.followup(world.users["officer"], firm)
    form = _form(
        world, company_id=str(firm.id), seen=str(firm.id), projects=[str(project.id)], closes=[str(duty.id)]
    )
    form |= {
        "demands-0": "供电公司出函",
        "demands-1": "",
        "ours-0": "钟明远、陈思远",
        "theirs-0-name": f"罗知衡 董事 {PHONE}",
    }
    answer = as_("officer").post("/visits/new", data=form)
    assert answer.status_code == 303
    assert db.session.scalars(select(VisitProject.project_id)).all() == [project.id]
    assert other.id != project.id
    person = db.session.scalars(select(VisitTheirs)).one()
    assert (person.name, person.post, person.phone) == ("罗知衡", "董事", PHONE)
    db.session.expire_all()
    assert db.session.get_one(Followup, duty.id).state is DutyState.DONE
    page = as_("officer").get(answer.location).text
    assert "138****2605" in page and PHONE not in page
    assert "带队" in page and "钟明远" in page and "随这次办结" in page


def test_the_form_asks_a_unit_and_names_the_leader_who_promised(world: World, as_: As) -> None:
    page = as_("officer").get("/visits/new").text
    unit = re.search(r'name="demands-0-unit".*?<option value="(\d+)"', page, re.S)
    assert unit is not None and 'name="demands-0-leader"' in page
    form = _form(world) | {
        "demands-0": "供电公司出函",
        "demands-0-category": "用能",
        "demands-0-unit": unit[1],
    }
    saved = as_("officer").post("/visits/new", data=form)
    assert saved.status_code == 303
    made = db.session.scalars(select(Followup).where(Followup.kind == DutyKind.DEMAND)).one()
    assert (made.category, made.unit_id) == ("用能", int(unit[1]))
    # The visit's page says who has to answer.
    assert f">{db.session.get_one(Unit, made.unit_id).short_name} " in as_("officer").get(saved.location).text


def test_a_unit_that_is_none_is_refused_beside_the_demands_with_everything_kept(
    world: World, as_: As
) -> None:
    form = _form(world) | {
        "demands-0": "供电公司出函",
        "demands-0-category": "用能",
        "demands-0-unit": "999999",
    }
    answer = as_("officer").post("/visits/new", data=form)
    assert answer.status_code == 422 and "没有找到这个单位" in answer.text
    assert "供电公司出函" in answer.text and '<option selected value="用能">' in answer.text
    assert (_count(Visit), _count(Followup)) == (0, 0)


def test_a_changed_company_text_wins_over_the_id_left_behind(world: World, as_: As) -> None:
    firm = world.company("演示澜山新材料有限公司")
    form = _form(world, company="演示东麓碳纤维有限公司", company_id=str(firm.id), seen=str(firm.id))
    as_("officer").post("/visits/new", data=form)
    assert db.session.scalars(select(Visit)).one().company_id != firm.id


def test_the_quick_form_completes_the_duty_where_it_stands(world: World, as_: As) -> None:
    firm = world.company()
    project = world.project(investor=firm)
    duty = factories.followup(world.users["officer"], about=project)
    form = {
        "client_id": str(uuid.uuid4()),
        "followup": str(duty.id),
        "mode": "phone",
        "summary": "对方接受",
        "next_what": "请公用集团出价格函",
        "next_due": (world.today + timedelta(days=3)).isoformat(),
        "next": "/followups?part=late",
    }
    answer = as_("officer").post("/visits/quick", data=form)
    assert (answer.status_code, answer.location) == (303, "/followups?part=late")
    db.session.expire_all()
    assert db.session.get_one(Followup, duty.id).state is DutyState.DONE
    assert _count(Visit) == 1
    assert as_("officer").post("/visits/quick", data=form).status_code == 303
    assert _count(Visit) == 1


def test_the_quick_form_refuses_in_words_and_never_leads_away(world: World, as_: As) -> None:
    duty = factories.followup(world.users["officer"], world.company())
    form = {
        "client_id": str(uuid.uuid4()),
        "followup": str(duty.id),
        "mode": "phone",
        "next": "//evil.example/",
    }
    refused = as_("officer").post("/visits/quick", data=form)
    assert refused.status_code == 422 and "谈了什么没有填" in refused.text
    assert as_("officer").post("/visits/quick", data=form | {"summary": "好"}).location == "/"
    foreign = factories.followup(world.users["officer2"], zone_code="LYG-XUWEI")
    assert as_("officer").post("/visits/quick", data=form | {"followup": str(foreign.id)}).status_code == 404


def test_a_duty_without_a_company_is_completed_by_the_sentence_alone(world: World, as_: As) -> None:
    duty = factories.followup(world.users["officer"])
    form = {"client_id": str(uuid.uuid4()), "followup": str(duty.id), "mode": "phone", "summary": "已填周报"}
    assert as_("officer").post("/visits/quick", data=form).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Followup, duty.id).answer == "已填周报"
    assert _count(Visit) == 0


def test_another_zones_visit_is_not_there(world: World, as_: As) -> None:
    visit = factories.visit(world.users["officer2"], world.company(), zone_code="LYG-XUWEI")
    db.session.commit()
    for path in (f"/visits/{visit.id}", f"/visits/{visit.id}/edit"):
        assert as_("officer").get(path).status_code == 404
    assert as_("officer2").get(f"/visits/{visit.id}").status_code == 200


def test_a_confidential_visit_shows_no_name_no_words_no_people(world: World, as_: As) -> None:
    firm = world.company("演示保密电池有限公司")
    project = world.project(investor=firm, name="演示电池项目")
    told = {"confidential": True, "summary": "谈到保密电池", "place": "对方总部"}
    visit = factories.visit(world.users["chief"], firm, [project], **told)
    db.session.add(VisitTheirs(visit_id=visit.id, name="罗知衡"))
    db.session.commit()
    for path in (f"/visits/{visit.id}", "/visits"):
        page = as_("officer").get(path).text
        assert "某企业" in page
        assert "保密电池" not in page and "罗知衡" not in page and "对方总部" not in page
        assert "演示电池项目" not in page and project.code not in page
    assert "保密电池" in as_("chief").get(f"/visits/{visit.id}").text


def test_the_number_is_shown_by_a_post_that_is_recorded(world: World, as_: As) -> None:
    visit = factories.visit(world.users["officer"], world.company())
    person = VisitTheirs(visit_id=visit.id, name="罗知衡", phone=PHONE, phone_mask="138****2605")
    db.session.add(person)
    db.session.commit()
    path = f"/visits/{visit.id}/theirs/{person.id}/phone"
    assert as_("officer").get(path).status_code == 405
    assert as_("officer").post(path).text == PHONE
    assert db.session.scalars(select(AuditEvent.code).where(AuditEvent.code == "contact.revealed")).all()
    assert as_("officer2").post(path).status_code == 404
    assert as_("leader").post(path).status_code == 403


def test_editing_an_old_version_shows_both(world: World, as_: As) -> None:
    visit = factories.visit(world.users["officer"], world.company(), place="第一会议室")
    db.session.commit()
    db.session.add(VisitOurs(visit_id=visit.id, name="王明", level=LeaderLevel.CITY_CHARGE, leads=True))
    db.session.commit()
    client = as_("officer")
    page = client.get(f"/visits/{visit.id}/edit").text
    # With the rank that no register knows, so that saving does not lose it.
    assert "第一会议室" in page and 'value="王明（市分管领导）"' in page
    form = {"mode": "video", "happened_on": world.today.isoformat(), "summary": "我的版本", "version": "1"}
    assert client.post(f"/visits/{visit.id}/edit", data=form).status_code == 303
    late = client.post(f"/visits/{visit.id}/edit", data=form | {"summary": "晚来的版本"})
    assert late.status_code == 409
    assert "晚来的版本" in late.text and "我的版本" in late.text
    db.session.expire_all()
    assert db.session.get_one(Visit, visit.id).summary == "我的版本"


def test_choosing_a_company_brings_its_projects_and_contacts(world: World, as_: As) -> None:
    firm = world.company()
    project = world.project(investor=firm, name="澜山原丝项目")
    page = as_("officer").get(f"/visits/new/about?company_id={firm.id}").text
    assert "澜山原丝项目" in page and f'value="{project.id}" checked' in page
    assert "hx-swap-oob" in page
    assert as_("officer").get("/visits/new/about?company_id=").status_code == 200


def test_saving_a_visit_reads_no_more_than_it_decides_by(
    world: World, as_: As, count_queries: Callable[[], Any]
) -> None:
    """Who, which company, the visit, its link, the act: what the page would offer is read for a page that is shown."""
    client, firm = as_("officer"), world.company()
    form = {
        "company": firm.name,
        "company_id": str(firm.id),
        "seen": str(firm.id),
        "happened_on": world.today.isoformat(),
        "mode": "phone",
        "summary": "电话沟通。",
        "no_next_step_reason": "等对方答复",
    }
    assert client.post("/visits/new", data=form | {"client_id": str(uuid.uuid4())}).status_code == 303
    with count_queries() as statements:
        client.post("/visits/new", data=form | {"client_id": str(uuid.uuid4())})
    assert len(statements) == 5


def test_the_list_takes_the_same_number_of_statements_at_any_size(
    world: World, as_: As, count_queries: Callable[[], Any]
) -> None:
    client = as_("officer")
    factories.visit(world.users["officer"], world.company(), [world.project()])
    db.session.commit()
    client.get("/visits")
    db.session.expire_all()
    with count_queries() as few:
        client.get("/visits")
    for _ in range(12):
        factories.visit(world.users["officer"], world.company(), [world.project()])
    db.session.commit()
    with count_queries() as many:
        assert client.get("/visits?mode=outbound").status_code == 200
    assert len(many) == len(few)


def test_ours_are_offered_by_name(world: World, as_: As) -> None:
    found = as_("officer").get("/visits/ours?q=陈").json
    assert {"id": world.users["officer"].id, "label": "陈思远", "note": "同事"} in found


def test_ours_of_ones_own_zone_come_before_the_citys_and_others(
    world: World, as_: As, count_queries: Callable[[], Any]
) -> None:
    level = LeaderLevel.COUNTY_CHARGE
    for rank, (unit, name) in enumerate(
        [("LYG-XUWEI", "陈远"), ("LYG-D-STHJ", "陈局"), ("LYG-ETDZ", "陈主任"), ("LYG-ETDZ", "陈思远")]
    ):
        factories.leader(unit, name, "领导", level, rank)
    world.users["chief"].name = "陈同事"
    db.session.flush()
    actor = world.actor("officer")
    with count_queries() as statements:
        found = queries.offered_people(actor, world.today, "陈")
    # A colleague who is a leader stands there once.
    assert [p.name for p in found] == ["陈主任", "陈思远", "陈同事", "陈局", "陈远"]
    assert [p.level for p in found] == [level, level, None, level, level]
    assert len(statements) == 1
    db.session.commit()
    shown = as_("officer").get("/visits/ours?q=陈").json
    assert [p["label"] for p in shown] == [p.name for p in found]


def test_a_look_alike_is_asked_about_once_and_nothing_is_lost(world: World, as_: As) -> None:
    world.company("启澜储能（连云港）有限公司")
    client, form = as_("officer"), _form(world, company="启澜储能科技有限公司")
    answer = client.post("/visits/new", data=form)
    assert answer.status_code == 422 and _count(Visit) == 0
    assert "名录里有相近的企业" in answer.text and "启澜储能（连云港）有限公司" in answer.text
    assert "对方接受蒸汽按实结算" in answer.text
    assert client.post("/visits/new", data=form | {"new_company": "y"}).status_code == 303
    assert _count(Visit) == 1


def test_the_people_of_the_last_visit_come_with_one_box(world: World, as_: As) -> None:
    firm = world.company("演示澜山新材料有限公司")
    client = as_("officer")
    first = _form(
        world,
        company_id=str(firm.id),
        seen=str(firm.id),
        **{"ours-0": "钟明远、陈思远", "theirs_text": f"张三，投资部总监，{PHONE}"},
    )
    client.post("/visits/new", data=first)
    earlier = db.session.scalars(select(Visit)).one()
    page = client.get(f"/visits/new?company={firm.id}").text
    assert f'name="people_of" value="{earlier.id}"' in page and "钟明远、陈思远；张三" in page
    again = _form(world, company_id=str(firm.id), seen=str(firm.id), people_of=str(earlier.id))
    assert client.post("/visits/new", data=again | {"ours-0": "陈思远"}).status_code == 303
    later = db.session.scalars(select(Visit).where(Visit.id != earlier.id)).one()
    theirs = db.session.scalars(select(VisitTheirs).where(VisitTheirs.visit_id == later.id)).all()
    assert [(person.name, person.post) for person in theirs] == [("张三", "投资部总监")]
    assert theirs[0].contact_id is not None
    shown = client.get(f"/visits/{later.id}").text
    assert shown.count("陈思远") >= 1 and "钟明远" in shown
    other = world.company("别家有限公司")
    wrong = _form(
        world, company="别家有限公司", company_id=str(other.id), seen=str(other.id), people_of=str(earlier.id)
    )
    refused = client.post("/visits/new", data=wrong)
    assert refused.status_code == 422 and "上次的走访不是这家企业的" in refused.text


@pytest.mark.parametrize(
    ("typed", "wan", "usd", "again"),
    [
        ("102亿", 1_020_000, None, "102亿元"),
        ("5", 50_000, None, "5亿元"),
        ("123.4567亿", 1_234_567, None, "123.4567亿元"),
        ("2000万美元", None, 2_000, "2000万美元"),
        ("", None, None, ""),
    ],
)
def test_an_intent_is_kept_in_its_own_currency_to_the_last_digit(
    world: World, as_: As, typed: str, wan: int | None, usd: int | None, again: str
) -> None:
    form = _form(world, intent=typed, intent_field="储能电芯", agreed="两周内给答复")
    assert as_("officer").post("/visits/new", data=form).status_code == 303
    visit = db.session.scalars(select(Visit)).one()
    assert (visit.intent_amount, visit.intent_amount_usd) == (wan, usd)
    page = as_("officer").get(f"/visits/{visit.id}/edit")
    assert page.status_code == 200 and "两周内给答复" in page.text
    assert re.search(f'name="intent"[^>]*value="{again}"', page.text)


def test_an_intent_that_cannot_be_read_is_refused_beside_its_field(world: World, as_: As) -> None:
    answer = as_("officer").post("/visits/new", data=_form(world, intent="很多"))
    assert answer.status_code == 422
    assert 'id="intent-err"' in answer.text and 'value="很多"' in answer.text
    assert _count(Visit) == 0


def test_a_pasted_message_is_read_back_without_the_number(world: World, as_: As) -> None:
    answer = as_("officer").post("/visits/people", data={"theirs_text": f"张三，XX公司总经理，{PHONE}"})
    assert "张三" in answer.text and "XX公司总经理" in answer.text
    assert PHONE not in answer.text
    assert as_("leader").post("/visits/people", data={"theirs_text": "张三"}).status_code == 403


def test_a_merged_company_takes_the_visit_and_a_project_that_is_gone_is_named(world: World, as_: As) -> None:
    old, kept = world.company("旧名有限公司"), world.company("新名有限公司")
    old.merged_into_id = kept.id
    db.session.commit()
    form = _form(world, company="新名有限公司", company_id=str(old.id))
    assert as_("officer").post("/visits/new", data=form).status_code == 303
    assert db.session.scalars(select(Visit)).one().company_id == kept.id
    gone = _form(world, company="新名有限公司", company_id=str(kept.id), seen=str(kept.id), projects="999999")
    answer = as_("officer").post("/visits/new", data=gone)
    assert answer.status_code == 422 and "没有找到这个项目" in answer.text


def test_columns_are_chosen_kept_and_shown_per_person(world: World, as_: As) -> None:
    firm = world.company()
    factories.visit(world.users["officer"], firm, intent_field="储能电芯")
    db.session.commit()
    client = as_("officer")
    assert "储能电芯" not in client.get("/visits").text
    client.post("/visits/columns", data={"act": "save", "cols": ["date", "intent_field"], "back": "/visits"})
    page = client.get("/visits").text
    assert "储能电芯" in page and "记录人</th>" not in page
    assert "储能电芯" not in as_("chief").get("/visits").text
    client.post("/visits/columns", data={"act": "default", "back": "/visits"})
    assert "储能电芯" not in client.get("/visits").text
