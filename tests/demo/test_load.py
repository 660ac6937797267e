"""The demo shows something true on every page, says that it is a demo, and is the same city each time."""

from datetime import date
from random import Random

import pytest
from sqlalchemy import func, select

from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.companies.models import Company, Contact
from crm.core.db import db
from crm.core.text import uscc
from crm.demo import load
from crm.demo.words import Words
from crm.followups.models import Followup
from crm.followups.rules import DutyKind
from crm.pipeline import queries as pipeline
from crm.pipeline.models import Milestone, MonthlyInvestment
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.projects.models import InvestorChange, Phase, Project
from crm.projects.rules import Capital, PhaseKind, Stage, Status, Tier
from crm.quotas import queries as quotas
from crm.quotas.rules import Pace
from crm.visits.models import Visit
from crm.visits.rules import Mode
from crm.zones.models import Plan
from tests.demo.conftest import DAY

# One worker loads the demo once for all of them.
pytestmark = pytest.mark.xdist_group("demo")


def _distinct(column) -> set:
    return set(db.session.scalars(select(column).distinct()))


def test_every_stage_status_and_tier_occurs(city) -> None:
    assert _distinct(Project.stage) == set(Stage)
    assert _distinct(Project.status) == set(Status)
    assert _distinct(Project.tier) >= set(Tier)
    assert _distinct(Project.capital) == set(Capital)
    assert _distinct(Milestone.kind) == set(MilestoneKind)
    assert _distinct(Milestone.state) == set(MilestoneState)
    assert _distinct(Visit.mode) == set(Mode)
    assert _distinct(Followup.kind) == {DutyKind.FOLLOWUP, DutyKind.DEMAND, DutyKind.PROMISE}


def test_every_light_burns_somewhere(city) -> None:
    lights = pipeline.lights_of(db.session.scalars(select(Project.id)).all(), DAY)
    assert {"ok", "warn", "bad"} <= {light.state for light in lights.values()}


def test_the_board_has_every_pace_and_the_told_story(city) -> None:
    plan = quotas.plan_for(2026, None, quotas.plans())
    bureau = accounts.actor_by_login("bureau", DAY)
    assert bureau is not None
    board = quotas.board(bureau, plan, 2026, DAY)
    lines = {line.zone.code: line for line in board.lines if line.target}
    assert len(lines) == 13
    assert {Pace.DONE, Pace.FAR_BEHIND} <= {line.pace for line in lines.values()}
    assert (lines["LYG-ETDZ"].counted, lines["LYG-XUWEI"].counted, lines["LYG-GYMARINE"].counted) == (1, 2, 1)
    assert lines["LYG-LIANYUN"].pending == 1


def test_two_years_of_history_and_duties_around_today(city) -> None:
    first, last = db.session.execute(select(func.min(Visit.happened_on), func.max(Visit.happened_on))).one()
    assert first < date(2025, 3, 1) and date(2026, 11, 1) < last <= DAY
    early, late = db.session.execute(
        select(func.min(Followup.due_on), func.max(Followup.due_on)).where(Followup.closed_at.is_(None))
    ).one()
    assert early < DAY < late


def test_started_projects_tell_their_months_and_some_have_phases_or_a_new_owner(city) -> None:
    rows = db.session.scalars(select(MonthlyInvestment)).all()
    months: dict[int, set[str]] = {}
    for row in rows:
        months.setdefault(row.project_id, set()).add(row.month)
    assert len(months) >= 8 and max(map(len, months.values())) >= 6
    assert any(row.adjusts and row.completed is not None and row.completed < 0 for row in rows)
    assert all(row.equipment is None or row.equipment <= row.completed for row in rows if not row.adjusts)
    kinds = set(db.session.scalars(select(Phase.kind)))
    assert kinds == set(PhaseKind)
    changes = db.session.scalars(select(InvestorChange)).all()
    assert changes and all(change.before_id != change.after_id for change in changes)


def test_everything_says_that_it_is_a_demo(city) -> None:
    assert not db.session.scalar(select(func.count()).select_from(Company).where(Company.is_demo.is_(False)))
    assert not db.session.scalar(select(func.count()).select_from(Project).where(Project.is_demo.is_(False)))
    assert not db.session.scalar(select(func.count()).select_from(Visit).where(Visit.is_demo.is_(False)))


def test_credit_codes_are_well_formed_in_a_region_that_is_not_issued(city) -> None:
    codes = db.session.scalars(select(Company.uscc).where(Company.uscc.is_not(None))).all()
    assert len(codes) == len(set(codes)) == city["companies"]
    assert all(uscc(code).code == code and code[2:8] == "999999" for code in codes)


def test_phone_numbers_reach_nobody(city) -> None:
    assert all(c.phone.startswith("1990000") for c in db.session.scalars(select(Contact)))


def test_the_year_stands_under_a_copy_of_the_sample_plan(city) -> None:
    plan = db.session.scalars(select(Plan).where(Plan.first_year == 2026)).one()
    assert plan.banner == "沿用2022–2025，待市政府确定"


def test_the_same_day_gives_the_same_city(city) -> None:
    """The names of a run made by hand from the same seed are those in the database."""
    random = Random(f"{DAY.isoformat()}-1")
    words = Words(random)
    people = [words.person() for _ in range(3)]
    names = db.session.scalars(select(User.name).where(User.login.like("etdz-%")).order_by(User.id)).all()
    assert list(names)[:3] == people


def test_loading_twice_adds_nothing(city) -> None:
    assert load.everything(DAY) == {}
