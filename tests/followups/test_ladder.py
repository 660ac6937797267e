"""What is late goes up once: owner, chief, bureau; four days without a run lose nothing and send nothing twice."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import chain

import pytest
from sqlalchemy import select

from crm.core import clock
from crm.core.actor import Role
from crm.core.calendar import WorkCalendar
from crm.core.db import db
from crm.core.paging import Window
from crm.followups import actions, jobs, queries
from crm.followups.models import DutyReminder
from crm.followups.queries import LadderFilters
from crm.followups.rules import DutyKind, late_by
from crm.followups.rules import ladder as rules
from crm.notices.models import Escalation, Notice, NotifyChoice, Outgoing
from crm.notices.rules import IN_APP, MAIL, Topic
from crm.settings.rules import SETTINGS
from tests import factories
from tests.factories import World

#: A Monday; the working days after it are the next four.
MONDAY = date(2026, 11, 23)
FRIDAY = MONDAY + timedelta(days=4)


def _run(on: date) -> str:
    return jobs.remind(datetime(on.year, on.month, on.day, 0, 5, tzinfo=UTC))


def _steps(followup_id: int | None = None) -> list[tuple[int, int]]:
    rows = db.session.execute(
        select(Escalation.subject_id, Escalation.level).order_by(Escalation.subject_id, Escalation.level)
    )
    return [tuple(row) for row in rows if followup_id in (None, row[0])]


def _told(world: World, login: str, topic: Topic = Topic.ESCALATED) -> list[str]:
    wanted = select(Notice.text).where(Notice.user_id == world.users[login].id, Notice.kind == topic.value)
    return list(db.session.scalars(wanted.order_by(Notice.id)))


@pytest.mark.parametrize(
    ("days", "before"), [(1, FRIDAY), (2, date(2026, 11, 26)), (5, MONDAY), (6, date(2026, 11, 20))]
)
def test_a_rung_is_reached_after_so_many_working_days(days: int, before: date) -> None:
    assert late_by(days, FRIDAY, WorkCalendar()) == before
    # On a Saturday nothing is later than it was on Friday.
    assert late_by(days, FRIDAY + timedelta(days=1), WorkCalendar()) == before


def test_every_rung_has_a_limit_for_every_kind() -> None:
    found = rules.limits(SETTINGS["duty_ladder"].default, FRIDAY, WorkCalendar())
    for rung in rules.Rung:
        kinds = [kind for limit in found if limit.rung is rung for kind in limit.kinds]
        assert sorted(kinds) == sorted(DutyKind)


def test_four_days_without_a_run_lose_no_reminder_and_no_step_and_repeat_none(world: World) -> None:
    owner = world.users["officer"]
    made = [factories.followup(owner, due_on=MONDAY - timedelta(days=4 - n)).id for n in range(5)]
    first = factories.followup(owner, due_on=MONDAY, what="先办的").id
    assert _run(MONDAY) == "提醒了6件到期的跟进，升级了4件逾期的"
    assert _steps() == [(number, 1) for number in made[:4]]
    before = _steps()
    # Nothing runs from Tuesday to Thursday.
    said = _run(FRIDAY)
    assert said.endswith(f"升级了{len(_steps()) - len(before)}件逾期的")
    assert _steps(first) == [(first, 1), (first, 2)]
    assert _steps(made[0]) == [(made[0], 1), (made[0], 2), (made[0], 3)]
    notices = db.session.scalar(select(Notice.id).order_by(Notice.id.desc()).limit(1))
    reminders = len(db.session.scalars(select(DutyReminder.id)).all())
    for _ in range(2):
        assert _run(FRIDAY) == "提醒了0件到期的跟进，升级了0件逾期的"
    assert notices == db.session.scalar(select(Notice.id).order_by(Notice.id.desc()).limit(1))
    assert reminders == len(db.session.scalars(select(DutyReminder.id)).all())
    late = db.session.execute(select(DutyReminder.followup_id).where(DutyReminder.kind == "late")).scalars()
    assert sorted(late) == sorted([*made, first])
    assert len(_told(world, "bureau")) == 1 and len(_told(world, "officer")) == 0


def _said(world: World) -> int:
    """How many duties all messages name together, inside and outside alike."""
    texts = list(db.session.scalars(select(Notice.text)))
    numbers = [re.match(r"(\d+)件", text) for text in texts]
    outside = db.session.scalars(select(Outgoing.subject)).all()
    assert sorted(outside) == sorted(text for text in texts if "逾期" in text or "到期" in text)
    return sum(int(found[1]) if found else 1 for found in numbers)


@pytest.mark.parametrize("kept", [0, 1, 3, 6])
def test_a_run_that_is_killed_between_or_within_steps_is_carried_on_without_loss_or_repetition(
    world: World, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr("crm.followups.actions.steps.STEP", 2)
    now = datetime(FRIDAY.year, FRIDAY.month, FRIDAY.day, 0, 5, tzinfo=UTC)
    both = {topic.value: [IN_APP, MAIL] for topic in Topic}
    people = ("officer", "specialist", "chief", "bureau", "bureau2")
    db.session.add_all(
        NotifyChoice(user_id=world.users[login].id, lead_days=1, email="a@lyg.gov.cn", ways=both)
        for login in people
    )
    made = [
        factories.followup(world.users[login], due_on=MONDAY - timedelta(days=7 + n)).id
        for login, count in (("officer", 5), ("specialist", 1))
        for n in range(count)
    ]
    db.session.commit()
    steps = chain(actions.remind(now), actions.escalate(now))
    for _ in range(kept):
        next(steps)
        db.session.commit()
    next(steps)
    # Killed before it could commit this one.
    db.session.rollback()
    del steps
    _run(FRIDAY)
    told = db.session.execute(select(DutyReminder.followup_id, DutyReminder.kind)).all()
    assert sorted(tuple(row) for row in told) == [(number, "late") for number in made]
    assert _steps() == [(number, level) for number in made for level in (1, 2, 3)]
    # Each reminder was said once to its owner, each step once to the chief and once to either of the bureau.
    assert _said(world) == len(made) * (1 + 1 + 2)
    assert _run(FRIDAY) == "提醒了0件到期的跟进，升级了0件逾期的"


def test_a_step_takes_the_same_number_of_statements_at_any_size(world: World, count_queries) -> None:
    now = datetime(FRIDAY.year, FRIDAY.month, FRIDAY.day, 0, 5, tzinfo=UTC)
    counts = []
    for size in (1, 7):
        for login in ("officer", "chief", "bureau")[:size]:
            for n in range(size):
                factories.followup(world.users[login], due_on=MONDAY - timedelta(days=7 + n))
        with count_queries() as asked:
            assert sum(actions.remind(now)) and sum(actions.escalate(now))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_all_rungs_that_were_missed_are_taken_at_once(world: World) -> None:
    duty = factories.followup(world.users["officer"], due_on=MONDAY - timedelta(days=30)).id
    _run(FRIDAY)
    assert _steps() == [(duty, 1), (duty, 2), (duty, 3)]
    assert _told(world, "chief") == ["跟进逾期满3个工作日，升级到您"]
    assert _told(world, "bureau") == _told(world, "bureau2") == ["跟进逾期满5个工作日，升级到您"]


def test_a_step_names_no_word_and_no_confidential_project(world: World) -> None:
    secret, plain = world.project(confidential=True), world.project()
    for about in (secret, plain):
        factories.followup(world.users["officer"], about=about, what="见鲸川", due_on=MONDAY)
    _run(FRIDAY)
    (text,) = _told(world, "chief")
    assert "鲸川" not in text and secret.code not in text and plain.code in text


def test_an_answer_and_a_new_day_close_the_steps_and_a_new_day_climbs_anew(world: World) -> None:
    officer, today = world.actor("officer"), world.today
    duty = factories.followup(world.users["officer"], due_on=today - timedelta(days=30))
    sum(actions.escalate(clock.now()))
    actions.postpone(officer, duty, today, "对方出差", today)
    assert all(row.resolved_at for row in queries.steps_of(duty.id))
    later = clock.now() + timedelta(days=15)
    sum(actions.escalate(later))
    assert sum(row.resolved_at is None for row in queries.steps_of(duty.id)) == 3
    actions.complete(officer, duty, "已办")
    assert all(row.resolved_at for row in queries.steps_of(duty.id))


def test_a_duty_without_a_zone_goes_from_its_owner_to_the_bureau(world: World) -> None:
    duty = factories.followup(world.users["bureau"], zone_code=None, due_on=MONDAY - timedelta(days=30))
    _run(FRIDAY)
    assert _steps(duty.id) == [(duty.id, 1), (duty.id, 2), (duty.id, 3)]
    assert _told(world, "chief") == []
    chief_step = db.session.scalars(select(Escalation).where(Escalation.to_role == Role.CHIEF)).one()
    assert chief_step.to_unit_id is None


def test_who_is_asked_sees_his_steps_and_others_see_none(world: World) -> None:
    factories.followup(world.users["officer"], due_on=world.today - timedelta(days=30))
    factories.followup(
        world.users["officer2"], zone_code="LYG-XUWEI", due_on=world.today - timedelta(days=30)
    )
    sum(actions.escalate(clock.now()))

    def seen(login: str, **filters: object) -> list[tuple[str, str | None]]:
        page = queries.escalations(world.actor(login), LadderFilters(**filters), Window(), world.today)
        return sorted((row.rung, row.duty.zone_code) for row in page.items)

    assert seen("chief") == [("板块主要负责人", "LYG-ETDZ")]
    assert seen("bureau") == [("市商务局", "LYG-ETDZ"), ("市商务局", "LYG-XUWEI")]
    assert seen("officer") == [] and seen("dept") == []
    assert len(seen("officer", mine=False)) == 2
    assert seen("county", mine=False) == []


def test_the_pages_of_whoever_is_asked_say_so(world: World, as_) -> None:
    factories.followup(world.users["officer"], what="报蒸汽价", due_on=world.today - timedelta(days=30))
    sum(actions.escalate(clock.now()))
    factories.quota_plan(world.today.year)
    db.session.commit()
    assert "有1件逾期的事升级到您" in as_("chief").get("/quotas").get_data(as_text=True)
    assert "有1件逾期的事升级到您" in as_("bureau").get("/recognition").get_data(as_text=True)
    page = as_("chief").get("/escalations").get_data(as_text=True)
    assert "报蒸汽价" in page and "逾期满3个工作日" in page
    assert "没有升级到您的事" in as_("officer").get("/escalations").get_data(as_text=True)
    duty = as_("officer").get("/escalations?who=all").get_data(as_text=True)
    assert "板块主要负责人" in duty and "市商务局" in duty


def test_the_list_takes_the_same_number_of_statements_at_any_size(world: World, count_queries) -> None:
    for n in range(3):
        factories.followup(world.users["officer"], due_on=world.today - timedelta(days=30 + n))
    sum(actions.escalate(clock.now()))
    chief = world.actor("chief")
    with count_queries() as few:
        queries.escalations(chief, LadderFilters(), Window(), world.today)
    for n in range(9):
        factories.followup(world.users["officer"], due_on=world.today - timedelta(days=40 + n))
    sum(actions.escalate(clock.now()))
    with count_queries() as many:
        page = queries.escalations(chief, LadderFilters(), Window(), world.today)
    assert len(few) == len(many) and page.total == 12
    assert few[0] == many[0]
