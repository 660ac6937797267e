"""The calendar feed: made and revoked by its owner, read by a calendar, and what it never carries."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from crm.accounts.models import Post
from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.db import db
from crm.followups import shapes
from crm.followups.models import CalendarFeed, Followup
from crm.followups.queries import FeedRow
from crm.followups.rules import DutyKind, DutyState
from crm.settings.rules import SETTINGS
from tests import factories
from tests.factories import World

As = Callable[[str], FlaskClient]


def _made(as_: As, login: str = "officer") -> str:
    """The path of a new feed of this person, as its page shows it once."""
    page = as_(login).post("/calendar/feed/new").text
    assert 'data-copy="feed-address"' in page
    found = re.search(r'value="http://[^/"]+(/calendar/feed/[^"]+\.ics)"', page)
    assert found is not None
    return found[1]


def _read(client: FlaskClient, path: str) -> list[Any]:
    answer = client.get(path)
    assert answer.status_code == 200 and answer.mimetype == "text/calendar"
    return Calendar.from_ical(answer.get_data()).walk("VEVENT")


def test_a_real_parser_reads_the_feed(world: World, as_: As, client: FlaskClient) -> None:
    project = world.project()
    day = world.today + timedelta(days=2)
    factories.followup(world.users["officer"], about=project, what="报送蒸汽价格；三年口径, 分段", due_on=day)
    factories.followup(world.users["officer"], what="接机", due_on=day, due_at="09:30")
    factories.followup(world.users["officer"], what="已办的", state=DutyState.DONE)
    factories.followup(world.users["chief"], what="别人的")
    db.session.commit()
    whole, timed = _read(client, _made(as_))
    assert str(whole["summary"]) == f"{project.code} 跟进：报送蒸汽价格；三年口径, 分段"
    assert whole.decoded("dtstart") == day and type(whole.decoded("dtstart")) is date
    start = timed.decoded("dtstart")
    assert isinstance(start, datetime) and start.isoformat() == f"{day.isoformat()}T09:30:00+08:00"
    assert timed.decoded("dtend") - start == timedelta(hours=1)
    assert whole["uid"] != timed["uid"]


def test_the_feed_names_its_time_zone_for_calendars_that_know_none(world: World) -> None:
    now = clock.now()
    row = FeedRow(1, 1, DutyKind.FOLLOWUP, "接机", world.today, "09:30", now, None, False)
    calendar = Calendar.from_ical(shapes.ics([row]))
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    assert not Calendar.from_ical(shapes.ics([])).walk("VEVENT")


def test_no_company_contact_or_number_leaves_the_house(world: World, as_: As, client: FlaskClient) -> None:
    officer = world.users["officer"]
    secret = world.project(investor=world.company("鲸川控股有限公司"), confidential=True, owner_id=officer.id)
    factories.followup(officer, about=secret, what="见鲸川董事长")
    factories.followup(officer, world.company("演示鸥海有限公司"), confidential=True, what="鸥海保密会")
    factories.followup(
        officer, world.company("演示澜山新材料有限公司"), what="回电张总13957812046或0518-85123456"
    )
    db.session.commit()
    path = _made(as_)
    text = client.get(path).get_data(as_text=True).replace("\r\n ", "")
    for word in ("鲸川", "鸥海", "澜山", "13957812046", "85123456"):
        assert word not in text
    said = sorted(str(event["summary"]) for event in _read(client, path))
    assert said == [
        f"{secret.code} 跟进：涉密事项",
        "跟进：回电张总139****2046或0518-****3456",
        "跟进：涉密事项",
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("报 2026-11-23 前的用地 1200 亩", "报 2026-11-23 前的用地 1200 亩"),
        ("打 400 123 4567", "打 400****4567"),
        ("总投资2000000万元，用地 8000000 平方米", "总投资2000000万元，用地 8000000 平方米"),
        ("打85123456，2026.11.23前", "打****3456，2026.11.23前"),
    ],
)
def test_only_telephone_numbers_are_masked(world: World, written: str, shown: str) -> None:
    row = FeedRow(1, 1, DutyKind.FOLLOWUP, written, world.today, "", clock.now(), "ETDZ-2026-0001", False)
    assert shapes.summary(row) == f"ETDZ-2026-0001 跟进：{shown}"


def test_the_address_is_shown_once_and_kept_as_a_hash(world: World, as_: As) -> None:
    path = _made(as_)
    secret = path.rpartition("/")[2].removesuffix(".ics")
    assert secret not in as_("officer").get("/calendar/feed").text
    kept = db.session.scalars(select(CalendarFeed)).one()
    assert len(secret) >= 40 and secret not in repr(vars(kept))
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.code.startswith("feed."))).all()
    assert [event.code for event in events] == ["feed.made"] and secret not in repr(vars(events[0]))


def test_a_new_address_ends_the_old_one_and_a_revoked_one_is_gone(
    world: World, as_: As, client: FlaskClient
) -> None:
    old = _made(as_)
    new = _made(as_)
    assert (client.get(old).status_code, client.get(new).status_code) == (410, 200)
    assert as_("officer").post("/calendar/feed/revoke").status_code == 303
    assert client.get(new).status_code == 410
    assert as_("officer").post("/calendar/feed/revoke").status_code == 404
    assert client.get("/calendar/feed/nothing.ics").status_code == 404


def test_a_feed_ends_with_the_post_and_with_the_account(world: World, as_: As, client: FlaskClient) -> None:
    path, user = _made(as_), world.users["officer"]
    post = db.session.scalars(select(Post).where(Post.user_id == user.id)).one()
    post.revoked_at = clock.now()
    db.session.commit()
    answer = client.get(path)
    assert answer.status_code == 410 and "BEGIN:VCALENDAR" not in answer.text
    post.revoked_at = None
    user.active = False
    db.session.commit()
    assert client.get(path).status_code == 410


def test_a_duty_out_of_todays_reach_is_not_carried(world: World, as_: As, client: FlaskClient) -> None:
    duty = factories.followup(world.users["officer"], what="旧板块的事")
    db.session.commit()
    path = _made(as_)
    assert len(_read(client, path)) == 1
    db.session.get_one(Followup, duty.id).zone_id = factories.zone("LYG-XUWEI").id
    db.session.commit()
    assert _read(client, path) == []


def test_a_feed_is_read_so_often_an_hour_and_no_more(world: World, as_: As, client: FlaskClient) -> None:
    path, most = _made(as_), SETTINGS["calendar_feed_hourly"].default
    assert [client.get(path).status_code for _ in range(most + 2)] == [200] * most + [429, 429]
    refused = client.get(path)
    assert 0 < int(refused.headers["Retry-After"]) <= 3600 and "BEGIN" not in refused.text
    results = db.session.scalars(select(AuditEvent.result).where(AuditEvent.code == "feed.read")).all()
    assert sorted(results) == ["ok", "refused"]
    feed = db.session.scalars(select(CalendarFeed)).one()
    feed.hour_from = clock.now() - timedelta(minutes=61)
    db.session.commit()
    assert client.get(path).status_code == 200


def test_a_reading_from_another_place_is_named_in_the_audit(
    world: World, as_: As, client: FlaskClient
) -> None:
    path = _made(as_)
    for ip in ("10.0.0.1", "10.0.0.1", "10.9.9.9"):
        client.get(path, environ_base={"REMOTE_ADDR": ip})
    read = select(AuditEvent.ip).where(AuditEvent.code == "feed.read").order_by(AuditEvent.id)
    assert db.session.scalars(read).all() == ["10.0.0.1", "10.9.9.9"]
    assert "10.9.9.9" in as_("officer").get("/calendar/feed").text


def test_the_feed_takes_the_same_number_of_statements_at_any_size(
    world: World, as_: As, client: FlaskClient, count_queries: Callable[[], Any]
) -> None:
    factories.followup(world.users["officer"], about=world.project())
    path = _made(as_)
    client.get(path)
    with count_queries() as few:
        client.get(path)
    for _ in range(20):
        factories.followup(world.users["officer"], about=world.project())
    db.session.commit()
    with count_queries() as many:
        assert len(_read(client, path)) == 21
    assert len(many) == len(few)


def test_administrators_have_no_duties_to_subscribe_to(world: World, as_: As) -> None:
    assert as_("sysadmin").get("/calendar/feed").status_code == 403
    assert as_("sysadmin").post("/calendar/feed/new").status_code == 403
