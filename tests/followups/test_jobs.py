"""Reminders are states: whatever run was missed, the next one finds what is due, and tells each owner once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.core import clock
from crm.core.calendar import WorkCalendar
from crm.core.db import db
from crm.followups import actions, jobs, rules
from crm.followups.models import DutyReminder
from crm.followups.rules import DutyState, ReminderKind
from crm.notices.models import Notice, NotifyChoice, Outgoing
from crm.notices.rules import IN_APP, MAIL, Topic
from crm.settings import queries as values
from tests import factories
from tests.factories import World

#: A Monday; the working days after it are the next four.
MONDAY = date(2026, 11, 23)


def _run(on: date) -> str:
    return jobs.remind(datetime(on.year, on.month, on.day, 0, 5, tzinfo=UTC))


def _told(on: date) -> int:
    """How many duties a run told of."""
    return int(_run(on).removeprefix("提醒了").partition("件")[0])


def _sent() -> list[tuple[int, str]]:
    rows = db.session.execute(select(DutyReminder.followup_id, DutyReminder.kind).order_by(DutyReminder.id))
    return [(followup_id, kind.value) for followup_id, kind in rows]


def test_four_days_without_a_run_lose_nothing_and_tell_nothing_twice(world: World) -> None:
    owner = world.users["officer"]
    made = {n: factories.followup(owner, due_on=MONDAY + timedelta(days=n)).id for n in range(5)}
    assert _told(MONDAY) == 2
    assert _sent() == [(made[0], "due"), (made[1], "soon")]
    # Nothing runs from Tuesday to Thursday. On Friday the days before are late, and Friday's own is due.
    friday = MONDAY + timedelta(days=4)
    assert _told(friday) == 5
    assert sorted(_sent()[2:]) == [
        *((made[n], "late") for n in range(4)),
        (made[4], "due"),
    ]
    assert _told(friday) == 0 and len(_sent()) == 7
    texts = db.session.scalars(
        select(Notice.text).where(Notice.user_id == owner.id).order_by(Notice.id)
    ).all()
    assert texts[2:] == ["4件跟进已经逾期，最早的一件：报送蒸汽价格", "今天到期：报送蒸汽价格"]


def test_what_was_answered_meanwhile_is_not_told(world: World) -> None:
    owner = world.users["officer"]
    factories.followup(owner, due_on=MONDAY, state=DutyState.DONE)
    factories.followup(owner, due_on=MONDAY, state=DutyState.CANCELLED)
    factories.followup(None, due_on=MONDAY)
    factories.followup(owner, due_on=MONDAY + timedelta(days=7))
    assert _told(MONDAY) == 0


def test_a_postponed_duty_and_one_handed_over_are_told_of_again(world: World) -> None:
    duty = factories.followup(world.users["officer"], due_on=MONDAY)
    _run(MONDAY)
    later = values.calendar().add_working_days(world.today, 3)
    actions.postpone(world.actor("officer"), duty, later, "对方出差", world.today)
    _run(later)
    actions.hand_over(world.actor("chief"), duty, world.users["chief"].id)
    _run(later)
    told = db.session.execute(select(DutyReminder.due_on, DutyReminder.user_id).order_by(DutyReminder.id))
    officer, chief = world.users["officer"].id, world.users["chief"].id
    assert [tuple(row) for row in told] == [(MONDAY, officer), (later, officer), (later, chief)]


def test_a_confidential_duty_is_told_without_its_words(world: World) -> None:
    secret = world.project(confidential=True)
    factories.followup(world.users["officer"], about=secret, what="见鲸川", due_on=MONDAY)
    _run(MONDAY)
    assert db.session.scalars(select(Notice.text)).all() == ["今天到期：涉密事项"]


def test_a_digest_comes_once_a_working_day_to_whoever_chose_it_by_the_ways_he_chose(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    calendar = values.calendar()
    while not calendar.is_working(clock.local(now).date()):
        now += timedelta(days=1)
    today = clock.local(now).date()
    monkeypatch.setattr(clock, "now", lambda: now)
    monkeypatch.setattr("crm.followups.actions.reminders.PEOPLE", 1)
    officer, chief = world.users["officer"], world.users["chief"]
    for person, ways in ((officer, [MAIL]), (chief, [IN_APP]), (world.users["specialist"], [])):
        db.session.add(
            NotifyChoice(
                user_id=person.id, lead_days=1, email="a@lyg.gov.cn", ways={Topic.DIGEST.value: ways}
            )
        )
    firm = world.company("江苏雷泽光电股份有限公司")
    factories.followup(officer, firm, what="见江苏雷泽光电股份有限公司王总13812345678", due_on=today)
    factories.followup(officer, about=world.project(confidential=True), what="见鲸川", due_on=today)
    factories.followup(officer, what="早该办的", due_on=today - timedelta(days=14))
    factories.followup(chief, what="等负责人的", due_on=today + timedelta(days=30), created_by=officer.id)
    assert jobs.digest(now) == "发了2份每日摘要"
    assert jobs.digest(now + timedelta(hours=1)) == "发了0份每日摘要"
    (mail,) = db.session.scalars(select(Outgoing)).all()
    assert mail.user_id == officer.id and "今天2件，逾期1件，等别人1件" in mail.subject
    assert "早该办的" in mail.text and "涉密事项" in mail.text
    assert not [word for word in ("雷泽", "鲸川", "13812345678") if word in mail.text]
    (inside,) = db.session.scalars(select(Notice)).all()
    assert inside.user_id == chief.id and "今天0件，逾期0件，等别人0件" in inside.text
    off = now + timedelta(days=1)
    while calendar.is_working(clock.local(off).date()):
        off += timedelta(days=1)
    assert jobs.digest(off) == "发了0份每日摘要"


def test_each_hears_of_what_is_to_come_as_many_working_days_ahead_as_he_chose(world: World) -> None:
    """None ahead, one (who never chose) and three; the weekend does not count."""
    friday = MONDAY + timedelta(days=4)
    for login, lead in (("chief", 0), ("specialist", 3)):
        db.session.add(NotifyChoice(user_id=world.users[login].id, lead_days=lead, ways={}))
    made = {
        (login, days): factories.followup(world.users[login], due_on=friday + timedelta(days=days)).id
        for login in ("chief", "officer", "specialist")
        for days in (0, 3, 4, 5, 6)
    }
    _run(friday)
    told = {key for key, number in made.items() if number in {followup for followup, _ in _sent()}}
    assert told == {
        ("chief", 0), ("officer", 0), ("officer", 3),
        ("specialist", 0), ("specialist", 3), ("specialist", 4), ("specialist", 5),
    }  # fmt: skip


def test_nobody_out_of_office_is_told(world: World) -> None:
    world.users["officer"].active = False
    factories.followup(world.users["officer"], due_on=MONDAY)
    assert _told(MONDAY) == 0


def test_everything_is_told_however_much_there_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.followups.actions.steps.STEP", 3)
    for login, count in (("officer", 8), ("chief", 2)):
        for _ in range(count):
            factories.followup(world.users[login], due_on=MONDAY)
    assert _told(MONDAY) == 10
    # Only who has more than a step takes hears of them in parts.
    texts = db.session.execute(select(Notice.user_id, Notice.text).order_by(Notice.id)).all()
    officer, chief = world.users["officer"].id, world.users["chief"].id
    words = "件跟进今天到期，最早的一件：报送蒸汽价格"
    assert sorted(tuple(row) for row in texts) == sorted(
        [*((officer, f"{count}{words}") for count in (2, 3, 3)), (chief, f"2{words}")]
    )


@pytest.mark.parametrize(
    ("most", "parts"), [(4, [["a", "b"], ["c"], ["d"]]), (1, [["a"], ["b"], ["c"], ["d"]]), (99, [[*"abcd"]])]
)
def test_a_share_is_of_whole_people_and_bounded(most: int, parts: list[list[str]]) -> None:
    counts = [("a", 2), ("b", 2), ("c", 9), ("d", 1)]
    assert list(rules.shares(counts, most)) == parts and not list(rules.shares([], most))


@pytest.mark.parametrize(
    ("today", "late", "soon"),
    [
        (MONDAY, MONDAY, date(2026, 11, 24)),
        # On a Saturday Friday's duties are due still, and Monday's are the next.
        (date(2026, 11, 28), date(2026, 11, 27), date(2026, 11, 30)),
    ],
)
def test_weekends_make_nothing_late(today: date, late: date, soon: date) -> None:
    limits = rules.thresholds(today, WorkCalendar(), 1)
    assert (limits.late, limits.today, limits.soon) == (late, today, {0: today, 1: soon})


def test_a_reminder_names_its_state() -> None:
    assert [kind.label for kind in ReminderKind] == ["即将到期", "今天到期", "已经逾期"]
