"""The list of duties and the ways one moves on, in place and on pages of their own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.core.db import db
from crm.followups.models import Followup
from crm.followups.rules import DutyState
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
    assert as_("officer").get(f"/followups/{duty.id}/owner").status_code == 403
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
