"""The job that writes what has ended, extensions and what a lapse means for those behind."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm.companies.models import Company
from crm.core import clock
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.filings import actions, jobs, queries
from crm.filings.models import Filing
from crm.filings.rules import Decision, EndKind, Extension, FilingDraft, FilingState
from crm.filings.rules.protection import add_months
from crm.notices.models import Notice
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind, Status
from tests import factories
from tests.factories import World
from tests.filings.conftest import ETDZ, XUWEI, Met

TODAY = clock.today()


def moment(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), clock.CITY) + timedelta(hours=9)


@pytest.fixture
def accepted(world: World, met: Met, investor: Company) -> Any:
    """A filing accepted on a day in the past, last followed up on the same day."""

    def make(days_ago: int, months: int = 6) -> tuple[Filing, Project]:
        on = TODAY - timedelta(days=days_ago)
        project, visit = met(ETDZ, investor, "officer", on=on)
        project.status_since = on
        filing = actions.file(world.actor("officer"), project, FilingDraft(visit_id=visit.id))
        filing.filed_at = moment(on)
        filing.months = months
        actions.decide(world.actor("bureau"), filing, Decision.ACCEPT, "", clock.now())
        db.session.commit()
        return filing, project

    return make


def test_silence_lapses_on_its_ninetieth_day_though_the_job_stood_still(world: World, accepted: Any) -> None:
    filing, _ = accepted(130)
    assert queries.row(world.actor("officer"), filing.id, TODAY).protection.standing.value == "silent"
    assert jobs.lapse(clock.now()) == "写入 1 条失效的首谈保护。"
    assert (filing.state, filing.end_kind) == (FilingState.LAPSED, EndKind.SILENT)
    assert filing.ended_on == TODAY - timedelta(days=40)
    told = db.session.scalars(select(Notice.text).where(Notice.kind == "filing")).all()
    assert any("长期未跟进" in text for text in told)
    assert jobs.lapse(clock.now()) == "没有新失效的首谈保护。"
    assert len(db.session.scalars(select(Notice.text)).all()) == len(told)
    assert [row.filing_id for row in queries.pool(_window()).items] == [filing.id]


def _window() -> Any:
    from crm.core.paging import Window

    return Window()


def test_a_visit_keeps_it_alive_and_sixty_days_turn_it_yellow(world: World, accepted: Any) -> None:
    filing, project = accepted(100)
    investor = db.session.get_one(Company, project.company_id)
    factories.visit(world.users["officer"], investor, happened_on=TODAY - timedelta(days=61))
    row = queries.row(world.actor("officer"), filing.id, TODAY)
    assert (row.protection.standing.value, row.protection.silent_days) == ("quiet", 61)
    assert jobs.lapse(clock.now()).startswith("没有")


def test_a_held_project_does_not_fall_silent(world: World, accepted: Any) -> None:
    _, project = accepted(120)
    project.status = Status.ON_HOLD
    db.session.flush()
    assert jobs.lapse(clock.now()).startswith("没有")


def test_a_lost_project_ends_its_filing_outside_the_pool(world: World, accepted: Any) -> None:
    filing, project = accepted(10)
    project.status, project.status_since = Status.LOST, TODAY
    db.session.flush()
    jobs.lapse(clock.now())
    assert (filing.end_kind, queries.pool(_window()).items) == (EndKind.PROJECT, [])


def test_a_lapsed_filing_stands_in_nobodys_way_before_any_job_has_run(
    world: World, met: Met, accepted: Any, investor: Company
) -> None:
    filing, _ = accepted(130)
    second, visit = met(XUWEI, investor, "officer2")
    made = actions.file(world.actor("officer2"), second, FilingDraft(visit_id=visit.id))
    assert made.state is FilingState.PENDING
    assert filing.end_kind is EndKind.SILENT


def test_an_extension_is_granted_once_by_the_bureau(world: World, accepted: Any, paper: Any) -> None:
    filing, project = accepted(20)
    officer, bureau, until = world.actor("officer"), world.actor("bureau"), filing.protected_until
    with pytest.raises(RuleBroken, match="没有进展证明"):
        actions.ask_extension(officer, filing, "正在选址", (), clock.now())
    minutes = paper(project, AttachmentKind.MINUTES)
    actions.ask_extension(officer, filing, "正在选址", (minutes,), clock.now())
    actions.decide_extension(bureau, filing, True, "", clock.now())
    assert filing.extension is Extension.GRANTED
    assert filing.protected_until == add_months(until, 3)
    with pytest.raises(RuleBroken, match="只能延一次"):
        actions.ask_extension(officer, filing, "还要", (minutes,), clock.now())


def test_an_expired_protection_renewed_late_is_refused_in_words(
    world: World, accepted: Any, paper: Any
) -> None:
    filing, project = accepted(70, months=1)
    minutes = paper(project, AttachmentKind.MINUTES)
    with pytest.raises(RuleBroken, match="已经届满，不能再延期"):
        actions.ask_extension(world.actor("officer"), filing, "正在选址", (minutes,), clock.now())
    assert filing.extension is None
    jobs.lapse(clock.now())
    assert filing.end_kind is EndKind.EXPIRED


def test_what_was_asked_in_time_waits_for_the_bureau_past_the_end(
    world: World, met: Met, accepted: Any, paper: Any, investor: Company
) -> None:
    filing, project = accepted(40, months=1)
    asked_at = moment(TODAY - timedelta(days=25))
    actions.ask_extension(
        world.actor("officer"), filing, "正在选址", (paper(project, AttachmentKind.MINUTES),), asked_at
    )
    assert jobs.lapse(clock.now()).startswith("没有")
    second, visit = met(XUWEI, investor, "officer2")
    made = actions.file(world.actor("officer2"), second, FilingDraft(visit_id=visit.id))
    assert made.state is FilingState.SUSPECT
    actions.decide_extension(world.actor("bureau"), filing, False, "没有进展", clock.now())
    jobs.lapse(clock.now())
    assert filing.end_kind is EndKind.EXPIRED
    assert made.state is FilingState.PENDING
