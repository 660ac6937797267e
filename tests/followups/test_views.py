"""The list of duties and the ways one moves on, in place and on pages of their own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.core import phones
from crm.core.db import db
from crm.followups import actions, rules
from crm.followups.models import Followup
from crm.followups.rules import Draft, DutyState
from crm.notices.models import Notice
from crm.projects.rules import Stage, Tier
from crm.settings import queries as values
from tests import factories
from tests.factories import World

As = Callable[[str], FlaskClient]


def test_the_list_opens_a_row_in_place_without_script(world: World, as_: As) -> None:
    duty = factories.followup(world.users["officer"], world.company("演示澜山新材料有限公司"))
    db.session.commit()
    closed = as_("officer").get("/followups").text
    assert "报送蒸汽价格" in closed and "保存并完成" not in closed
    assert "保存并完成" in as_("officer").get(f"/followups?open={duty.id}").text
    assert "推迟会计次数" in as_("officer").get(f"/followups?open={duty.id}&do=postpone").text
    assert "不办了要写原因" in as_("officer").get(f"/followups?open={duty.id}&do=cancel").text


@pytest.mark.parametrize("part", ["open", "late", "week", "done", "cancelled", "nonsense"])
def test_every_part_of_the_list_answers(world: World, as_: As, part: str) -> None:
    factories.followup(world.users["officer"])
    db.session.commit()
    for who in ("mine", "all"):
        assert as_("officer").get(f"/followups?part={part}&who={who}&kind=demand").status_code == 200


def test_a_duty_is_stated_for_a_project_with_its_investor(world: World, as_: As) -> None:
    project = world.project(name="澜山原丝项目")
    db.session.commit()
    due = values.calendar().add_working_days(world.today, 3)
    page = as_("officer").get(f"/followups/new?project={project.code}").text
    assert "澜山原丝项目" in page
    form = {
        "kind": "followup",
        "what": "催办环评",
        "due_on": due.isoformat(),
        "owner": str(world.users["chief"].id),
    }
    answer = as_("officer").post("/followups/new", data=form | {"project": project.code})
    assert answer.status_code == 303
    made = db.session.query(Followup).one()
    assert (made.project_id, made.company_id, made.owner_id) == (
        project.id,
        project.company_id,
        world.users["chief"].id,
    )
    assert as_("officer2").get(f"/followups/new?project={project.code}").status_code == 404


def test_a_day_off_is_moved_and_said_on_the_page(world: World, as_: As) -> None:
    saturday = world.today + timedelta(days=(5 - world.today.weekday()) % 7 + 7)
    while values.calendar().is_working(saturday):
        saturday += timedelta(days=7)
    form = {
        "kind": "followup",
        "what": "催办环评",
        "due_on": saturday.isoformat(),
        "owner": str(world.users["officer"].id),
    }
    answer = as_("officer").post("/followups/new", data=form, follow_redirects=True)
    assert "是休息日，已改到" in answer.text


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        ("complete", {"answer": ""}, "结果没有填"),
        ("postpone", {"to": "2020-01-01", "reason": "出差"}, "新的日期不晚于原来的日期"),
        ("postpone", {"to": "", "reason": ""}, "原因没有填"),
        ("cancel", {"reason": " "}, "原因没有填"),
    ],
)
def test_a_refused_move_says_why_beside_the_field(
    world: World, as_: As, path: str, form: dict[str, str], words: str
) -> None:
    duty = factories.followup(world.users["officer"])
    db.session.commit()
    assert as_("officer").get(f"/followups/{duty.id}/{path}").status_code == 200
    answer = as_("officer").post(f"/followups/{duty.id}/{path}", data=form | {"version": "1"})
    assert answer.status_code == 422 and words in answer.text
    db.session.expire_all()
    assert db.session.get_one(Followup, duty.id).state is DutyState.OPEN


def test_two_people_moving_one_duty_do_not_overwrite_each_other(world: World, as_: As) -> None:
    duty = factories.followup(world.users["officer"])
    db.session.commit()
    path, form = f"/followups/{duty.id}/cancel", {"reason": "重复", "version": "1"}
    assert as_("officer").post(path, data=form).status_code == 303
    assert as_("chief").post(path, data=form).status_code == 409


def test_moves_lead_back_inside_and_never_away(world: World, as_: As) -> None:
    duty = factories.followup(world.users["officer"])
    db.session.commit()
    form = {"answer": "已发", "version": "1", "next": "https://evil.example/"}
    assert as_("officer").post(f"/followups/{duty.id}/complete", data=form).location == "/followups"


def test_another_zones_duty_is_not_there_and_readers_do_not_move_it(world: World, as_: As) -> None:
    duty = factories.followup(world.users["officer2"], zone_code="LYG-XUWEI")
    db.session.commit()
    for verb in ("complete", "postpone", "cancel"):
        assert as_("officer").get(f"/followups/{duty.id}/{verb}").status_code == 404
        assert as_("leader").get(f"/followups/{duty.id}/{verb}").status_code == 403
    assert as_("officer").get(f"/followups/{duty.id}/owner").status_code == 404
    assert as_("leader").get(f"/followups/{duty.id}/owner").status_code == 403
    assert as_("chief").get(f"/followups/{duty.id}/owner").status_code == 404


def test_the_chief_hands_a_duty_over(world: World, as_: As) -> None:
    duty = factories.followup(world.users["officer"])
    db.session.commit()
    form = {"owner": str(world.users["chief"].id), "version": "1"}
    assert as_("chief").get(f"/followups/{duty.id}/owner").status_code == 200
    assert as_("chief").post(f"/followups/{duty.id}/owner", data=form).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Followup, duty.id).owner_id == world.users["chief"].id


def test_the_list_takes_the_same_number_of_statements_at_any_size(
    world: World, as_: As, count_queries: Callable[[], Any]
) -> None:
    client = as_("officer")
    factories.followup(world.users["officer"], about=world.project())
    db.session.commit()
    client.get("/followups")
    db.session.expire_all()
    with count_queries() as few:
        client.get("/followups")
    for _ in range(12):
        factories.followup(world.users["officer"], about=world.project())
    db.session.commit()
    with count_queries() as many:
        assert client.get("/followups").status_code == 200
    assert len(many) == len(few)


def test_one_duty_offers_what_can_be_done_to_whoever_may(world: World, as_: As) -> None:
    duty = factories.followup(
        world.users["officer"], world.company(), postponed=1, postpone_reason="对方出差"
    )
    db.session.commit()
    page = as_("officer").get(f"/followups/{duty.id}").text
    assert "完成跟进" in page and "对方出差" in page
    assert "完成跟进" not in as_("leader").get(f"/followups/{duty.id}").text
    assert as_("officer2").get(f"/followups/{duty.id}").status_code == 404


def test_the_owner_hands_his_own_duty_over_and_the_colleague_is_told(world: World, as_: As) -> None:
    duty = factories.followup(world.users["officer"], what="催办环评")
    db.session.commit()
    form = {"owner": str(world.users["chief"].id), "note": "转岗，回电13912345678", "version": "1"}
    assert "移交跟进" in as_("officer").get(f"/followups/{duty.id}").text
    path = f"/followups/{duty.id}/owner"
    assert phones.WARNING in as_("officer").post(path, data=form, follow_redirects=True).text
    told = db.session.scalars(select(Notice).where(Notice.user_id == world.users["chief"].id)).one()
    assert "催办环评" in told.text and told.url == f"/followups/{duty.id}"
    page = as_("chief").get(f"/followups/{duty.id}").text
    assert f"移交给{world.users['chief'].name}" in page and "转岗" in page


def test_nobody_hands_over_a_colleagues_duty_but_the_chief(world: World, as_: As) -> None:
    duty = factories.followup(world.users["chief"])
    db.session.commit()
    form = {"owner": str(world.users["officer"].id), "version": "1"}
    assert "移交跟进" not in as_("officer").get(f"/followups/{duty.id}").text
    assert as_("officer").post(f"/followups/{duty.id}/owner", data=form).status_code == 403
    db.session.expire_all()
    assert db.session.get_one(Followup, duty.id).owner_id == world.users["chief"].id


def test_the_history_counts_every_postponement_with_its_reason(world: World, as_: As) -> None:
    officer, today, calendar = world.actor("officer"), world.today, values.calendar()
    duty = actions.plan(officer, Draft("报送蒸汽价格", calendar.add_working_days(today, 1))).followup
    actions.postpone(officer, duty, calendar.add_working_days(today, 3), "对方出差", today)
    actions.postpone(officer, duty, calendar.add_working_days(today, 5), "等价格批复", today)
    db.session.commit()
    page = as_("officer").get(f"/followups/{duty.id}").text
    assert "推迟2次" in page and "第1次推迟" in page and "第2次推迟" in page
    assert "对方出差" in page and "等价格批复" in page


def test_the_history_of_a_confidential_duty_is_not_read_by_colleagues(world: World, as_: As) -> None:
    project = world.project(confidential=True, owner_id=world.users["chief"].id)
    today, calendar = world.today, values.calendar()
    draft = Draft("见鲸川", calendar.add_working_days(today, 1), project_id=project.id)
    duty = actions.plan(world.actor("chief"), draft).followup
    actions.postpone(world.actor("chief"), duty, calendar.add_working_days(today, 3), "鲸川出差", today)
    db.session.commit()
    assert "鲸川出差" in as_("chief").get(f"/followups/{duty.id}").text
    page = as_("officer").get(f"/followups/{duty.id}").text
    assert "鲸川" not in page and "第1次推迟" not in page


def test_the_form_of_a_new_duty_comes_with_the_day_the_rhythm_asks_for(world: World, as_: As) -> None:
    project = world.project(stage=Stage.INTENT, tier=Tier.T100)
    db.session.commit()
    due = rules.due_day(world.today + timedelta(days=3), values.calendar())
    page = as_("officer").get(f"/followups/new?project={project.code}").text
    assert f'value="{due.on.isoformat()}"' in page and "特级项目在拟签约阶段建议每3天跟进一次" in page
    assert "建议每" not in as_("officer").get("/followups/new").text


def test_the_proposal_fills_a_date_in_one_click_and_names_no_confidential_investors_rhythm(
    world: World, as_: As
) -> None:
    firm, secret = world.company(), world.company()
    world.project(investor=firm, stage=Stage.PRELIMINARY, tier=Tier.T10)
    world.project(investor=firm, stage=Stage.INTENT, tier=Tier.T1)
    world.project(investor=secret, confidential=True, owner_id=world.users["chief"].id)
    db.session.commit()
    url = "/followups/proposal?field=next_due&company_id="
    page = as_("officer").get(f"{url}{firm.id}").text
    assert 'data-fill="next_due"' in page and "每15天" in page
    assert as_("officer").get(f"{url}{secret.id}").text.strip() == ""
    assert "每90天" in as_("chief").get(f"{url}{secret.id}").text
    assert as_("officer2").get(f"{url}{firm.id}").text.strip() == ""
    assert as_("officer").get("/followups/proposal?field=password&project=1").text.strip() == ""
    assert as_("leader").get(f"{url}{firm.id}").status_code == 403
