"""Holding, losing, terminating and coming back on the pages; what waits is found in one place; what was put off is shown."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.core import clock
from crm.core.actor import Role
from crm.core.dates import FuzzyDate, Precision
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.dashboard import queries as dashboard
from crm.filings import actions as filing_actions
from crm.filings.models import Transfer
from crm.filings.rules.transfers import OFFER_FIRST, Landing, Pair, TransferDraft, Trigger
from crm.pipeline import actions, queries
from crm.pipeline.models import StatusChange
from crm.pipeline.queries import slippage
from crm.pipeline.rules.status import LOST_CATEGORIES, StatusDraft, check, choices, label
from crm.projects import actions as projects
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind, Stage, Status, Tier
from crm.projects.rules.drafts import ProjectDraft
from crm.settings import actions as settings
from tests import factories
from tests.factories import Person, World, attachment, milestone

As = Callable[[str], FlaskClient]
TODAY = clock.today()


def soon(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def refreshed(project: Project) -> Project:
    db.session.expire_all()
    return db.session.get_one(Project, project.id)


# --- rules ----------------------------------------------------------------------------------------


def test_a_hold_may_be_put_off_and_every_way_has_its_name() -> None:
    offered = choices(Status.ON_HOLD, Stage.REVIEW)
    assert {label(Status.ON_HOLD, to) for to in offered} == {"恢复为进行中", "继续搁置，改复查日期", "流失"}
    draft = StatusDraft(Status.ON_HOLD, "还在等", review_on=TODAY + timedelta(days=3))
    check(Status.ON_HOLD, Stage.REVIEW, draft, False, TODAY)


def test_a_hold_does_not_end_before_it_began() -> None:
    draft = StatusDraft(Status.ACTIVE, "恢复", effective_on=TODAY - timedelta(days=5))
    with pytest.raises(RuleBroken) as broken:
        check(Status.ON_HOLD, Stage.REVIEW, draft, False, TODAY, TODAY - timedelta(days=4))
    assert broken.value.field == "effective_on"
    check(Status.ON_HOLD, Stage.REVIEW, draft, False, TODAY, TODAY - timedelta(days=5))


# --- pages ----------------------------------------------------------------------------------------


def test_what_waits_for_a_chief_stands_in_one_place_and_in_his_badge(world: World, as_: As) -> None:
    project = world.project(stage=Stage.REVIEW)
    other = world.project("LYG-XUWEI", stage=Stage.REVIEW)
    db.session.commit()
    form = {"to": "on_hold", "reason": "等集团批复", "review_on": soon(30)}
    as_("officer").post(f"/projects/{project.code}/status", data=form)
    as_("officer2").post(f"/projects/{other.code}/status", data=form)
    page = as_("chief").get("/recognition").text
    assert project.code in page and "同意变更" in page and other.code not in page
    assert dashboard.badges(world.actor("chief"))["recognition"] == (1, True)
    assert dashboard.badges(world.actor("bureau"))["recognition"] == (2, False)
    record = as_("officer").get(f"/projects/{project.code}").text
    assert "申请变为搁置，待批" in record


def test_a_termination_waits_for_the_bureau_alone(world: World, as_: As) -> None:
    project = world.project(stage=Stage.SIGNED)
    milestone(project)
    attachment(project, AttachmentKind.TERMINATION)
    db.session.commit()
    url = f"/projects/{project.code}/status"
    as_("chief").post(url, data={"to": "terminated", "reason": "双方解除协议"})
    assert dashboard.badges(world.actor("chief"))["recognition"] == (0, False)
    assert dashboard.badges(world.actor("bureau"))["recognition"][0] == 2, "the milestone and the termination"
    page = as_("chief").get("/recognition").text
    assert project.name in page and "同意变更" not in page


def test_the_history_of_a_status_is_read_on_the_project(world: World, as_: As) -> None:
    project = world.project(stage=Stage.REVIEW)
    db.session.commit()
    chief, url = as_("chief"), f"/projects/{project.code}/status"
    chief.post(url, data={"to": "lost", "reason": "去了外地", "category": "被外地截留", "went_to": "盐城"})
    assert refreshed(project).status is Status.LOST
    chief.post(url, data={"to": "active", "reason": "投资方回头"})
    as_("officer").post(url, data={"to": "on_hold", "reason": "等批复", "review_on": soon(9)})
    (waiting,) = db.session.scalars(select(StatusChange).where(StatusChange.decided_at.is_(None)))
    chief.post(f"{url}/{waiting.id}/decide", data={"answer": "no", "note": "再谈一次"})
    page = as_("officer").get(f"/projects/{project.code}?tab=changes").text
    for words in ("被外地截留，去向盐城", "投资方回头", "再谈一次", "未同意", "搁置"):
        assert words in page, words


def test_a_refusal_without_its_reason_is_told_at_the_field_where_it_was_written(
    world: World, as_: As
) -> None:
    project = world.project(stage=Stage.REVIEW)
    db.session.commit()
    chief, url = as_("chief"), f"/projects/{project.code}/status"
    as_("officer").post(url, data={"to": "on_hold", "reason": "等批复", "review_on": soon(9)})
    (waiting,) = db.session.scalars(select(StatusChange).where(StatusChange.decided_at.is_(None)))
    answer = chief.post(f"{url}/{waiting.id}/decide", data={"answer": "no", "note": " "})
    assert answer.status_code == 422 and 'id="note-err"' in answer.text
    assert 'data-menu open><summary class="btn">不同意' in answer.text, (
        "the form stays open, with scripts or without"
    )
    asked = {"answer": "no", "note": "", "back": "queue"}
    answer = chief.post(f"{url}/{waiting.id}/decide", data=asked)
    assert answer.status_code == 422 and f'id="c{waiting.id}-note-err"' in answer.text
    assert "待批的状态变更" in answer.text, "on the page where it was written"
    assert refreshed(project).status is Status.ACTIVE


def test_a_hold_is_put_off_from_its_page(world: World, as_: As) -> None:
    project = world.project(stage=Stage.REVIEW)
    db.session.commit()
    chief, url = as_("chief"), f"/projects/{project.code}/status"
    chief.post(url, data={"to": "on_hold", "reason": "等批复", "review_on": soon(2)})
    since = refreshed(project).status_since
    assert "继续搁置" in chief.get(url).text
    assert (
        chief.post(url, data={"to": "on_hold", "reason": "还在等", "review_on": soon(20)}).status_code == 303
    )
    assert refreshed(project).status_since == since
    head = as_("officer").get(f"/projects/{project.code}").text.partition('role="tablist"')[0]
    assert f"还在等<br>{soon(20)}复查。搁置期间时限暂停" in head, (
        "told above the gate, not only in the column"
    )
    assert chief.post(url, data={"to": "on_hold", "reason": "还在等"}).status_code == 422


def test_a_review_that_is_due_turns_the_light(world: World) -> None:
    project = world.project(stage=Stage.REVIEW)
    draft = StatusDraft(Status.ON_HOLD, "等批复", review_on=TODAY + timedelta(days=5))
    actions.change_status(world.actor("chief"), project, draft, TODAY, clock.now())
    due = TODAY + timedelta(days=5)
    assert queries.lights_of([project.id], TODAY)[project.id].state == "off"
    assert queries.lights_of([project.id], due)[project.id].state == "warn"
    state = db.session.scalar(select(queries.states([Project.id == project.id], due).c.light))
    assert state == "warn"


# --- a loss that another zone might have spared ----------------------------------------------------


def lose(world: World, project: Project, category: str = "准入不符") -> None:
    draft = StatusDraft(Status.LOST, "做不成", category=category, went_to="盐城")
    actions.change_status(world.actor("chief"), project, draft, TODAY, clock.now())


def offered(world: World, project: Project) -> Transfer:
    """Proposed to another zone, which has not answered."""
    draft = TransferDraft(
        Trigger.FACTORS, "没有蒸汽", (Pair(Decimal("0.5"), Decimal("0.5")),), world.zone("LYG-XUWEI").id
    )
    made = filing_actions.propose_transfer(world.actor("officer"), project, draft, clock.now())
    db.session.flush()
    return made


@pytest.mark.parametrize("category", LOST_CATEGORIES)
def test_only_what_might_do_elsewhere_must_be_offered_before_it_is_lost(world: World, category: str) -> None:
    project = world.project(stage=Stage.REVIEW)
    if category in OFFER_FIRST:
        with pytest.raises(RuleBroken, match="请先提出流转") as broken:
            lose(world, project, category)
        assert broken.value.field == "category" and project.status is Status.ACTIVE
    else:
        lose(world, project, category)
        assert project.status is Status.LOST


def test_a_project_nobody_else_takes_may_be_lost(world: World) -> None:
    project = world.project(stage=Stage.REVIEW)
    transfer = offered(world, project)
    with pytest.raises(RuleBroken, match="正在流转"):
        lose(world, project)
    factories.account(Person("xuwei-chief", "徐圩负责人", Role.CHIEF, "LYG-XUWEI", "主要负责人"))
    filing_actions.answer_transfer(
        world.actor("xuwei-chief"), transfer, project, False, "没有地", Landing("", "", None), clock.now()
    )
    lose(world, project)
    assert project.status is Status.LOST


def test_the_bureau_may_lift_the_duty_to_offer(world: World) -> None:
    project = world.project(stage=Stage.REVIEW)
    settings.change(world.actor("bureau"), "transfer_before_lost", "0", "试行", 0, clock.now())
    lose(world, project)
    assert project.status is Status.LOST


# --- what was put off, through the edit -----------------------------------------------------------


def edit(world: World, project: Project, **values: Any) -> None:
    projects.edit(world.actor("officer"), project, ProjectDraft(values), TODAY)


def span(on: date, until: date, precision: Precision) -> FuzzyDate:
    return FuzzyDate(on, until, precision, "")


def test_an_edit_keeps_the_last_day_of_a_fuzzy_date(world: World, as_: As) -> None:
    project = world.project(owner_id=world.users["officer"].id)
    quarter = span(date(2027, 1, 1), date(2027, 3, 31), Precision.QUARTER)
    edit(world, project, expected_sign=quarter)
    edit(world, project, expected_sign=span(date(2027, 3, 15), date(2027, 3, 15), Precision.DAY))
    edit(world, project, expected_sign=span(date(2027, 3, 1), date(2027, 3, 31), Precision.MONTH))
    edit(world, project, expected_sign=None)
    edit(world, project, expected_sign=span(date(2027, 6, 1), date(2027, 6, 30), Precision.MONTH))
    edit(world, project, total_investment=Decimal(8_000))
    found = slippage.of_many([project.id])[project.id]
    assert found.lines == ("预计签约推迟2次，共4个月；提前1次，共16天", "总投资调减1次，共1.20 亿元")
    db.session.commit()
    page = as_("officer").get(f"/projects/{project.code}?tab=changes").text
    assert "预计签约推迟2次，共4个月" in page and "2027-03-31" in page
    assert "expected_sign_until" not in as_("officer").get(f"/projects/{project.code}").text


def test_a_changed_amount_gives_the_tier_anew_and_keeps_both_clocks(world: World, as_: As) -> None:
    project = world.project(
        total="200000", tier=Tier.T10, stage=Stage.IN_DEPTH, stage_since=TODAY - timedelta(days=200)
    )
    edit(world, project, total_investment=Decimal(1_200_000))
    assert project.tier is Tier.T100
    clocks = slippage.spells_of(project, TODAY)
    assert [(c.tier, c.days, c.norm) for c in clocks] == [(Tier.T10, 200, 120), (Tier.T100, 0, 180)]
    db.session.commit()
    page = as_("officer").get(f"/projects/{project.code}?tab=changes").text
    assert "本阶段的两个时限" in page and "超出80天" in page
