"""Creating, editing, assigning, notes, shares, files: what is written, what is refused, what the audit keeps."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from crm.audit.models import AuditEvent
from crm.companies.models import Company, CompanyLink
from crm.core import dates
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken
from crm.projects import actions, queries
from crm.projects.models import CodeCounter, CreditShare, Project, ProjectChange
from crm.projects.rules import Capital, CreditIndicator, Stage, Tier
from crm.projects.rules.credits import ShareDraft
from crm.projects.rules.drafts import Investor, ProgressDraft, ProjectDraft
from crm.projects.rules.phases import PhaseDraft
from tests.factories import World

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
NEW = Investor(name="启澜储能科技有限公司")


def created(
    world: World,
    login: str = "officer",
    investor: Investor | None = NEW,
    zone: int | None = None,
    **values: Any,
) -> Project:
    values = {"name": "储能电芯基地", **values}
    return actions.create(world.actor(login), ProjectDraft(values, investor, zone), TODAY)


def audited(code: str) -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.code == code).order_by(AuditEvent.id)))


# --- create ---------------------------------------------------------------------------------------


def test_a_new_project_is_a_lead_of_ones_own_zone_with_a_code_an_owner_and_a_tier(world: World) -> None:
    project = created(world, total_investment=Decimal(1_020_000))
    assert (project.code, project.stage, project.tier) == ("ETDZ-2026-0001", Stage.LEAD, Tier.T100)
    assert (project.zone_id, project.owner_id) == (world.zone("LYG-ETDZ").id, world.users["officer"].id)
    assert [e.subject_label for e in audited("project.created")] == ["ETDZ-2026-0001 储能电芯基地"]


def test_the_investor_is_registered_in_place_and_linked_with_the_zone(world: World) -> None:
    project = created(world)
    link = db.session.scalar(select(CompanyLink).where(CompanyLink.company_id == project.company_id))
    assert link is not None and link.zone_id == project.zone_id
    again = created(world, name="另一个项目")
    assert again.company_id == project.company_id
    assert again.code == "ETDZ-2026-0002"


def test_a_known_company_is_taken_by_its_number(world: World) -> None:
    known = world.company()
    assert created(world, investor=Investor(known.id)).company_id == known.id
    with pytest.raises(RuleBroken) as refused:
        created(world, investor=Investor(999_999))
    assert refused.value.field == "company"


@pytest.mark.parametrize(
    ("investor", "field"),
    [
        (None, "company"),
        (Investor(), "company"),
        (Investor(name="甲公司", uscc="91320700MA1ABCDE0X"), "uscc"),
    ],
)
def test_a_project_needs_an_investor_whose_code_can_be(
    world: World, investor: Investor | None, field: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        created(world, investor=investor)
    assert refused.value.field == field


def test_entering_a_project_twice_is_refused_with_the_code_of_the_first(world: World) -> None:
    first = created(world)
    with pytest.raises(RuleBroken, match=first.code):
        created(world, name="储能电芯基地 项目")


def test_the_bureau_may_leave_the_zone_open_or_choose_one(world: World) -> None:
    open_lead = created(world, "bureau")
    assert (open_lead.code, open_lead.zone_id, open_lead.owner_id) == ("LYG-2026-0001", None, None)
    chosen = created(world, "bureau", zone=world.zone("LYG-XUWEI").id)
    assert chosen.code == "XUWEI-2026-0001"


def test_an_officer_enters_projects_of_his_own_zone_only(world: World) -> None:
    with pytest.raises(RuleBroken) as refused:
        created(world, zone=world.zone("LYG-XUWEI").id)
    assert refused.value.field == "zone"
    with pytest.raises(Forbidden):
        created(world, "leader")


def test_somebody_of_another_zone_cannot_be_made_responsible(world: World) -> None:
    with pytest.raises(RuleBroken) as refused:
        created(world, owner_id=world.users["officer2"].id)
    assert refused.value.field == "owner_id"
    assert created(world, owner_id=world.users["specialist"].id).owner_id == world.users["specialist"].id


@pytest.fixture
def prefix(app: Flask) -> Iterator[str]:
    yield "LYG-RACE"
    with app.app_context():
        db.session.execute(delete(CodeCounter).where(CodeCounter.prefix == "RACE"))
        db.session.commit()
        db.session.remove()


def test_sessions_at_the_same_time_never_share_a_number(app: Flask, prefix: str) -> None:
    taken: list[str] = []
    start = threading.Barrier(4)

    def take() -> None:
        with app.app_context():
            start.wait()
            for count in (1, 3, 1):
                codes = actions.next_codes(prefix, 2031, count)
                db.session.commit()
                taken.extend(codes)
            db.session.remove()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [f"RACE-2031-{n:04d}" for n in range(1, 21)]


# --- edit -----------------------------------------------------------------------------------------


def test_only_what_is_touched_changes_and_the_caller_learns_which(world: World) -> None:
    project = created(world, total_investment=Decimal(960_000), content="一期")
    changed = actions.edit(
        world.actor("officer"),
        project,
        ProjectDraft({"total_investment": Decimal(1_020_000), "content": "一期"}),
        TODAY,
    )
    assert changed == {"total_investment", "tier"}
    kept = {(c.field, c.before, c.after) for c in db.session.scalars(select(ProjectChange))}
    assert kept == {("total_investment", "960000", "1020000"), ("tier", "t50", "t100")}
    assert audited("project.edited")[0].diff["total_investment"] == ["960000", "1020000"]


def test_saving_without_a_change_writes_nothing(world: World) -> None:
    project = created(world)
    db.session.flush()
    version = project.version
    assert (
        actions.edit(world.actor("officer"), project, ProjectDraft({"name": project.name}), TODAY)
        == frozenset()
    )
    db.session.flush()
    assert (project.version, audited("project.edited")) == (version, [])


def test_a_fuzzy_date_keeps_its_precision_and_words(world: World) -> None:
    found = dates.parse("2026年12月中旬", today=TODAY)
    project = created(world, expected_sign=found)
    assert (project.expected_sign_on, project.expected_sign_precision, project.expected_sign_text) == (
        date(2026, 12, 11),
        dates.Precision.XUN,
        "2026年12月中旬",
    )


def test_a_foreign_project_is_tiered_by_dollars_and_back_by_yuan(world: World) -> None:
    project = created(
        world,
        capital=Capital.FOREIGN,
        total_investment=Decimal(2_000_000),
        total_investment_usd=Decimal(99_999),
    )
    assert project.tier is Tier.T50
    actions.edit(world.actor("officer"), project, ProjectDraft({"capital": Capital.DOMESTIC}), TODAY)
    assert project.tier is Tier.T100


def test_a_renamed_project_is_found_by_its_new_name(world: World) -> None:
    project = created(world)
    actions.edit(world.actor("officer"), project, ProjectDraft({"name": "海上风电母港"}), TODAY)
    db.session.flush()
    assert [s.code for s in queries.lookup(world.actor("officer"), "风电母港")] == [project.code]
    assert queries.lookup(world.actor("officer"), "电芯") == []


def test_who_may_not_know_a_hidden_investor_cannot_change_him_nor_take_the_project_over(world: World) -> None:
    project = created(world, "chief", confidential=True)
    officer = world.actor("officer")
    for values, investor in (
        ({"owner_id": officer.user_id}, None),
        ({"confidential": False}, None),
        ({}, Investor(project.company_id)),
    ):
        with pytest.raises(Forbidden):
            actions.edit(officer, project, ProjectDraft(values, investor), TODAY)
    assert actions.edit(officer, project, ProjectDraft({"address": "东方大道北"}), TODAY) == {"address"}


def test_the_audit_of_a_confidential_project_names_neither_project_nor_investor(world: World) -> None:
    project = created(world, confidential=True)
    actions.edit(
        world.actor("officer"),
        project,
        ProjectDraft({"investor_text": "启澜储能"}, Investor(name="朔汀氢能有限公司")),
        TODAY,
    )
    told = [e for e in db.session.scalars(select(AuditEvent)) if e.subject_type == "project"]
    for event in told:
        assert event.subject_label == project.code
        assert event.company_id is None
    assert all("朔汀" not in str(e.diff) and "启澜" not in str(e.diff) for e in told)


def test_the_bureau_assigns_the_landing_zone_and_first_talk_stays(world: World) -> None:
    project = created(world)
    actions.assign_zone(world.actor("bureau"), project, world.zone("LYG-XUWEI").id, TODAY)
    assert (project.zone_id, project.first_zone_id) == (world.zone("LYG-XUWEI").id, world.zone("LYG-ETDZ").id)
    change = db.session.scalar(select(ProjectChange).where(ProjectChange.field == "zone_id"))
    assert change is not None and change.after == world.zone("LYG-XUWEI").short_name
    with pytest.raises(Forbidden):
        actions.assign_zone(world.actor("chief"), project, world.zone("LYG-ETDZ").id, TODAY)
    with pytest.raises(RuleBroken):
        actions.assign_zone(world.actor("bureau"), project, world.zone("LYG-XUWEI").id, TODAY)


# --- progress -------------------------------------------------------------------------------------


def test_a_note_belongs_to_the_week_in_which_it_is_entered(world: World) -> None:
    project, officer = created(world), world.actor("officer")
    before = datetime(2026, 11, 20, 3, 59, tzinfo=UTC)
    after = datetime(2026, 11, 20, 4, 1, tzinfo=UTC)
    weeks = [
        actions.add_progress(officer, project, ProgressDraft(date(2026, 11, 18), "谈了"), at).week
        for at in (before, after)
    ]
    assert weeks == ["2026-W47", "2026-W48"]


def test_last_week_is_copied_once_and_named_so_in_the_audit(world: World) -> None:
    project, officer = created(world), world.actor("officer")
    with pytest.raises(RuleBroken, match="还没有填过进展"):
        actions.copy_last_week(officer, project, NOW)
    actions.add_progress(
        officer,
        project,
        ProgressDraft(TODAY - timedelta(days=9), "送样", "电价", "回访"),
        NOW - timedelta(days=7),
    )
    note = actions.copy_last_week(officer, project, NOW)
    assert (note.on, note.done, note.problem, note.next_step) == (TODAY, "送样", "电价", "回访")
    assert len(audited("project.progress_copied")) == 1
    with pytest.raises(RuleBroken, match="本周已经填过"):
        actions.copy_last_week(officer, project, NOW)


# --- phases and shares ----------------------------------------------------------------------------


def test_phases_are_numbered_in_the_order_they_are_entered(world: World) -> None:
    project, officer = created(world), world.actor("officer")
    first = actions.add_phase(officer, project, PhaseDraft("一期", Decimal(580_000)))
    second = actions.add_phase(officer, project, PhaseDraft("二期"))
    actions.edit_phase(
        officer,
        project,
        second,
        PhaseDraft("二期", Decimal(440_000), None, date(2028, 6, 1), date(2029, 10, 1)),
    )
    assert [(p.no, p.name, p.total_investment) for p in queries.phases_of(project.id)] == [
        (1, "一期", Decimal(580_000)),
        (2, "二期", Decimal(440_000)),
    ]
    assert first.version == 1 and audited("phase.edited")[0].diff["total_investment"] == [None, "440000"]


def test_shares_of_one_day_are_replaced_and_other_days_stay(world: World) -> None:
    project, bureau = created(world), world.actor("bureau")
    here, there = world.zone("LYG-ETDZ").id, world.zone("LYG-XUWEI").id
    actions.set_credits(bureau, project, date(2026, 1, 1), [ShareDraft(here, Decimal(1))])
    for half in ("0.5", "0.7"):
        actions.set_credits(
            bureau, project, TODAY, [ShareDraft(here, Decimal(half)), ShareDraft(there, 1 - Decimal(half))]
        )
    rows = queries.credits_of(project.id)
    assert len(rows) == len(CreditIndicator) * 3
    today = {(r.zone_id, r.share) for r in rows if r.effective_on == TODAY}
    assert today == {(here, Decimal("0.7")), (there, Decimal("0.3"))}


def test_only_the_bureau_divides_between_zones_that_exist(world: World) -> None:
    project = created(world)
    with pytest.raises(Forbidden):
        actions.set_credits(
            world.actor("chief"), project, TODAY, [ShareDraft(project.zone_id or 0, Decimal(1))]
        )
    with pytest.raises(RuleBroken):
        actions.set_credits(world.actor("bureau"), project, TODAY, [ShareDraft(999_999, Decimal(1))])
    assert db.session.scalars(select(CreditShare)).all() == []


def test_an_investor_registered_for_a_refused_project_does_not_stay(world: World) -> None:
    created(world)
    with db.session.begin_nested() as inner, pytest.raises(RuleBroken):
        created(world, total_investment=Decimal(-1), investor=Investor(name="不该留下有限公司"))
    assert not inner.is_active
    assert db.session.scalar(select(Company).where(Company.name == "不该留下有限公司")) is None
