"""Changing values and the calendar."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crm.audit.models import AuditEvent
from crm.core import clock, memo
from crm.core.db import db
from crm.core.errors import Forbidden, NotFound, RuleBroken, Stale
from crm.settings import actions, queries
from crm.settings.models import SettingChange
from crm.settings.rules.days import DayDraft


def _change(actor, value, key="light_contact_red", seen=0) -> None:
    actions.change(actor, key, value, "会议纪要 3 号", seen, clock.now())
    db.session.flush()


def test_a_change_is_in_force_at_once_also_within_the_same_request(world) -> None:
    memo.begin()
    assert queries.value("light_contact_red") == 60
    _change(world.actor("bureau"), "45")
    assert queries.value("light_contact_red") == 45
    memo.end()


def test_history_keeps_every_value_with_its_source(world) -> None:
    _change(world.actor("bureau"), "45")
    _change(world.actor("bureau2"), "50", seen=queries.find("light_contact_red").version)
    found = queries.history("light_contact_red")
    assert [(c.value, c.by, c.source) for c in found] == [
        (50, "罗知衡", "会议纪要 3 号"),
        (45, "周若岚", "会议纪要 3 号"),
    ]


def test_a_change_is_audited_with_both_values(world) -> None:
    _change(world.actor("bureau"), "45")
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "setting.changed")).one()
    assert event.diff == {"value": ["60 天", "45 天"]}
    assert (event.subject_label, event.note) == ("在谈多少天未联系为红灯", "会议纪要 3 号")


def test_without_a_source_nothing_changes(world) -> None:
    with pytest.raises(RuleBroken) as refused:
        actions.change(world.actor("bureau"), "light_contact_red", "45", "  ", 0, clock.now())
    assert refused.value.field == "source"


def test_the_same_value_is_no_change(world) -> None:
    with pytest.raises(RuleBroken, match="相同"):
        _change(world.actor("bureau"), "60")
    with pytest.raises(RuleBroken, match="相同"):
        _change(world.actor("bureau"), "0.1", key="pace_on_track")


def test_a_newer_value_is_not_overwritten_unseen(world) -> None:
    _change(world.actor("bureau"), "45")
    with pytest.raises(Stale):
        _change(world.actor("bureau2"), "50", seen=0)


def test_two_people_cannot_replace_the_same_value_at_once(world) -> None:
    _change(world.actor("bureau"), "45")
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(SettingChange(key="light_contact_red", value=50, replaces=0))
        db.session.flush()


@pytest.mark.parametrize(
    ("login", "key", "value"),
    [
        ("sysadmin", "light_contact_red", "45"),
        ("bureau", "password_length", "12"),
        ("chief", "light_contact_red", "45"),
        ("officer", "password_length", "12"),
        ("secadmin", "password_length", "12"),
    ],
)
def test_each_group_has_its_keeper(world, login, key, value) -> None:
    with pytest.raises(Forbidden):
        _change(world.actor(login), value, key=key)


def test_an_unknown_key_is_not_found(world) -> None:
    with pytest.raises(NotFound):
        _change(world.actor("bureau"), "1", key="nothing")


def test_all_values_take_one_statement(world, count_queries) -> None:
    for n in range(5):
        _change(world.actor("bureau"), str(40 + n), seen=queries.find("light_contact_red").version)
    with count_queries() as statements:
        queries.lines()
    assert len(statements) == 1


def test_a_declared_day_changes_working_days_and_a_dropped_one_gives_them_back(world) -> None:
    sysadmin, monday = world.actor("sysadmin"), date(2026, 11, 23)
    before = queries.calendar().add_working_days(monday, 5)
    actions.set_days(sysadmin, [DayDraft(date(2026, 11, 24), False, "市庆")], "市政府通知", clock.now())
    assert not queries.calendar().is_working(date(2026, 11, 24))
    assert queries.calendar().add_working_days(monday, 5) > before
    assert [r.name for r in queries.days_of(2026)] == ["市庆"]
    actions.set_days(sysadmin, [DayDraft(date(2026, 11, 24), True, "")], "更正", clock.now())
    assert queries.calendar().is_working(date(2026, 11, 24))
    actions.drop_day(sysadmin, date(2026, 11, 24))
    db.session.flush()
    assert queries.days_of(2026) == []
    assert queries.calendar().add_working_days(monday, 5) == before


def test_calendar_changes_are_audited(world) -> None:
    actions.set_days(
        world.actor("sysadmin"), [DayDraft(date(2027, 1, 1), False, "元旦")], "国办通知", clock.now()
    )
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "calendar.changed")).one()
    assert (event.subject_label, event.diff) == ("2027年", {"2027-01-01": ["按原历", "休息"]})


def test_a_year_nobody_entered_is_missing_until_somebody_does(world) -> None:
    today = date(2039, 5, 1)
    assert queries.missing_years(today) == [2039, 2040]
    actions.set_days(
        world.actor("sysadmin"), [DayDraft(date(2040, 1, 1), False, "元旦")], "国办通知", clock.now()
    )
    assert queries.missing_years(today) == [2039]


@pytest.mark.parametrize("login", ["bureau", "officer", "auditor"])
def test_only_the_system_administrator_keeps_the_calendar(world, login) -> None:
    with pytest.raises(Forbidden):
        actions.set_days(world.actor(login), [DayDraft(date(2027, 1, 1), False)], "国办通知", clock.now())
