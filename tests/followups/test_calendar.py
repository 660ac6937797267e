"""The calendar page: what stands on which day, for whom, and moving a duty to another day."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.core.db import db
from crm.followups import queries
from crm.followups.models import Followup
from crm.followups.rules import DutyState
from crm.settings import queries as values
from tests import factories
from tests.factories import World

As = Callable[[str], FlaskClient]


def _working(world: World, ahead: int) -> date:
    return values.calendar().add_working_days(world.today, ahead)


def test_a_month_holds_my_duties_and_the_zones_on_request(world: World, as_: As) -> None:
    factories.followup(world.users["officer"], what="报送蒸汽价格")
    factories.followup(world.users["chief"], what="约谈港口")
    factories.followup(world.users["officer2"], zone_code="LYG-XUWEI", what="别处的事")
    db.session.commit()
    mine = as_("officer").get("/calendar").text
    assert "报送蒸汽价格" in mine and "约谈港口" not in mine
    zone = as_("chief").get("/calendar?who=all").text
    assert "报送蒸汽价格" in zone and "约谈港口" in zone and "别处的事" not in zone
    city = as_("bureau").get("/calendar?who=all").text
    assert "别处的事" in city
    xuwei = factories.zone("LYG-XUWEI").id
    assert "约谈港口" not in as_("bureau").get(f"/calendar?who=all&zone={xuwei}").text
    assert as_("sysadmin").get("/calendar").status_code == 403


def test_an_empty_month_says_what_fills_it(world: World, as_: As) -> None:
    assert "这个月没有跟进" in as_("officer").get("/calendar").text
    assert "这一周没有跟进" in as_("officer").get("/calendar?view=week").text


def test_holidays_and_worked_weekends_are_marked(world: World, as_: As) -> None:
    october = as_("officer").get("/calendar?on=2026-10-01").text
    assert ">班</span>" in october and ">休</span>" in october


@pytest.mark.parametrize("on", ["9999-12-31", "0001-01-01", "2026-02-30", "昨天", ""])
@pytest.mark.parametrize("view", ["month", "week", "year"])
def test_a_day_that_is_none_shows_a_calendar_all_the_same(world: World, as_: As, on: str, view: str) -> None:
    assert as_("officer").get(f"/calendar?view={view}&on={on}").status_code == 200


def test_an_overdue_duty_is_marked_with_its_shape_and_a_done_one_stays_to_be_seen(
    world: World, as_: As
) -> None:
    past = _working(world, -3)
    factories.followup(world.users["officer"], due_on=past, what="回复用地")
    factories.followup(world.users["officer"], due_on=past, what="已回函", state=DutyState.DONE)
    factories.followup(world.users["officer"], due_on=past, what="不办了", state=DutyState.CANCELLED)
    db.session.commit()
    page = as_("officer").get(f"/calendar?on={past.isoformat()}").text
    # Two where today itself is a day off.
    late = values.calendar().working_days_between(past, world.today)
    assert "ev-late" in page and f"逾期{late}个工作日" in page
    assert "已回函" in page and "已完成" in page and "不办了" not in page


def test_a_full_day_shows_some_and_counts_the_rest(world: World, as_: As) -> None:
    for n in range(7):
        factories.followup(world.users["officer"], what=f"第{n}件")
    db.session.commit()
    assert "还有3件" in as_("officer").get("/calendar").text
    assert "还有" not in as_("officer").get("/calendar?view=week").text
    day = queries.by_day(world.actor("officer"), world.today, world.today, world.today, most=2)[world.today]
    assert (len(day.rows), day.total, day.open, day.more) == (2, 7, 7, 5)


def test_moving_to_a_day_off_offers_the_next_working_day_and_says_so(world: World, as_: As) -> None:
    duty = factories.followup(world.users["officer"])
    db.session.commit()
    saturday = world.today + timedelta(days=(5 - world.today.weekday()) % 7 + 7)
    while values.calendar().is_working(saturday):
        saturday += timedelta(days=7)
    monday = values.calendar().working_day_from(saturday)
    on = f"&on={saturday.isoformat()}"
    page = as_("officer").get(f"/calendar?open={duty.id}&to={saturday.isoformat()}{on}").text
    assert "是休息日，已改到" in page and f'value="{monday.isoformat()}"' in page
    form = {"to": monday.isoformat(), "reason": "对方出差", "version": "1", "next": "/calendar"}
    answer = as_("officer").post(f"/followups/{duty.id}/postpone", data=form)
    assert answer.status_code == 303 and answer.location == "/calendar"
    db.session.expire_all()
    moved = db.session.get_one(Followup, duty.id)
    assert (moved.due_on, moved.postponed) == (monday, 1)


def test_an_earlier_day_is_refused_in_words_and_the_form_stays(world: World, as_: As) -> None:
    duty = factories.followup(world.users["officer"], due_on=_working(world, 5))
    db.session.commit()
    page = as_("officer").get(f"/calendar?open={duty.id}&to={world.today.isoformat()}").text
    assert "新的日期不晚于原来的日期" in page and "推迟跟进" in page


def test_nobody_opens_a_form_he_could_not_send(world: World, as_: As) -> None:
    duty = factories.followup(world.users["officer2"], zone_code="LYG-XUWEI", what="别处的事")
    closed = factories.followup(world.users["officer"], state=DutyState.DONE)
    own = factories.followup(world.users["officer"])
    db.session.commit()
    assert "cal-ask" not in as_("officer").get(f"/calendar?open={duty.id}").text
    assert "cal-ask" not in as_("officer").get(f"/calendar?open={closed.id}").text
    assert "cal-ask" not in as_("leader").get(f"/calendar?who=all&open={own.id}").text
    assert "draggable" not in as_("leader").get("/calendar?who=all").text
    assert "cal-ask" in as_("officer").get(f"/calendar?open={own.id}").text


def test_a_confidential_duty_reads_masked_for_colleagues(world: World, as_: As) -> None:
    secret = world.project(investor=world.company("鲸川控股有限公司"), confidential=True)
    factories.followup(world.users["chief"], about=secret, what="见鲸川")
    db.session.commit()
    page = as_("officer").get("/calendar?who=all").text
    assert "涉密事项" in page and "鲸川" not in page and "draggable" not in page
    assert "见鲸川" in as_("chief").get("/calendar?who=all").text


def test_the_calendar_takes_the_same_number_of_statements_at_any_size(
    world: World, as_: As, count_queries: Callable[[], Any]
) -> None:
    browser = as_("chief")
    factories.followup(world.users["officer"], about=world.project())
    db.session.commit()
    browser.get("/calendar?who=all")
    db.session.expire_all()
    with count_queries() as few:
        browser.get("/calendar?who=all")
    for n in range(20):
        factories.followup(world.users["officer"], about=world.project(), due_on=_working(world, n % 5))
    db.session.commit()
    with count_queries() as many:
        assert browser.get("/calendar?who=all").status_code == 200
    assert len(many) == len(few)
