"""Moving, submitting, recognising, taking back (decisions 4 to 7)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.pipeline import actions, queries, rules
from crm.pipeline.models import Milestone, Recognition, StageChange
from crm.pipeline.rules import EndKind, MilestoneKind, MilestoneState
from crm.pipeline.rules.status import StatusDraft
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind, Capital, Source, Stage, Status, Tier
from tests.factories import World, attachment
from tests.pipeline import needs

NOW = clock.now()
TODAY = clock.today()
SIGNED = MilestoneKind.SIGNED
REVIEW = rules.ReviewDraft("张审查", TODAY - timedelta(days=5), "未发现排除、限制竞争的内容")


def evidence(project: Project, kind: MilestoneKind) -> tuple[int, ...]:
    needed = [*rules.REQUIRED_FILES[kind]]
    if kind is SIGNED:
        needed.append(AttachmentKind.FAIR_COMPETITION)
    return tuple(attachment(project, k).id for k in needed)


def complete(project: Project, kind: MilestoneKind, **values: Any) -> rules.MilestoneDraft:
    """A draft that can be submitted."""
    values.setdefault("happened_on", TODAY - timedelta(days=3))
    values.setdefault("order_reason", "按实际发生先后")
    values.setdefault("evidence", evidence(project, kind))
    if kind is SIGNED:
        values.setdefault("review", REVIEW)
    return rules.MilestoneDraft(**values)


def submit(
    world: World, project: Project, kind: MilestoneKind = SIGNED, login: str = "officer", **values: Any
) -> Milestone:
    return actions.submit(
        world.actor(login), project, kind, complete(project, kind, **values), TODAY, clock.now()
    )


def recognise(
    world: World, project: Project, kind: MilestoneKind = SIGNED, login: str = "bureau", on: date = TODAY
) -> Recognition:
    return actions.recognise(world.actor(login), project, kind, on, TODAY, clock.now())


class TestMovingThroughTalks:
    def test_people_move_forward_and_may_skip_stages(self, world: World) -> None:
        project = world.project(stage=Stage.LEAD, source=Source.OWN)
        needs.give(world, project, "fact:meeting")
        actions.move_stage(world.actor("officer"), project, Stage.IN_DEPTH, "", TODAY)
        assert project.stage is Stage.IN_DEPTH
        assert project.stage_since == TODAY

    def test_going_back_needs_a_reason_and_who_may_approve_it(self, world: World) -> None:
        project = world.project(stage=Stage.REVIEW)
        with pytest.raises(RuleBroken) as broken:
            actions.move_stage(world.actor("chief"), project, Stage.FILED, " ", TODAY)
        assert broken.value.field == "note"
        with pytest.raises(Forbidden):
            actions.move_stage(world.actor("officer"), project, Stage.FILED, "投资方换人", TODAY)
        actions.move_stage(world.actor("chief"), project, Stage.FILED, "投资方换人", TODAY)
        assert project.stage is Stage.FILED
        change = db.session.scalars(select(StageChange).where(StageChange.project_id == project.id)).one()
        assert (change.before, change.after, change.note) == (Stage.REVIEW, Stage.FILED, "投资方换人")

    def test_asking_for_a_milestone_stage_answers_what_is_missing(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        with pytest.raises(RuleBroken) as broken:
            actions.move_stage(world.actor("officer"), project, Stage.SIGNED, "", TODAY)
        assert {m["field"] for m in broken.value.missing} == {"evidence", "fair_competition"}
        assert project.stage is Stage.INTENT

    def test_even_a_complete_milestone_is_submitted_and_not_moved_to(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        submit(world, project)
        actions.return_(world.actor("bureau"), project, SIGNED, "协议未盖章", TODAY, NOW)
        with pytest.raises(RuleBroken) as broken:
            actions.move_stage(world.actor("officer"), project, Stage.SIGNED, "", TODAY)
        assert [m["field"] for m in broken.value.missing] == ["milestone"]

    @pytest.mark.parametrize("status", [s for s in Status if s is not Status.ACTIVE])
    def test_a_project_not_in_progress_does_not_move(self, world: World, status: Status) -> None:
        project = world.project(stage=Stage.FILED, status=status)
        with pytest.raises(RuleBroken):
            actions.move_stage(world.actor("officer"), project, Stage.REVIEW, "", TODAY)

    def test_talks_cannot_be_moved_under_a_live_milestone(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        submit(world, project)
        with pytest.raises(RuleBroken):
            actions.move_stage(world.actor("chief"), project, Stage.REVIEW, "退回", TODAY)


class TestSubmitting:
    def test_with_its_evidence_it_waits_for_recognition_and_carries_the_stage(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        milestone = submit(world, project)
        assert milestone.state is MilestoneState.PENDING
        assert project.stage is Stage.SIGNED
        assert db.session.scalar(select(func.count(Recognition.id))) == 0

    def test_without_its_evidence_it_is_kept_and_counts_nowhere(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        milestone = submit(world, project, evidence=())
        assert milestone.state is MilestoneState.DRAFT
        assert project.stage is Stage.INTENT
        with pytest.raises(Conflict):
            recognise(world, project)

    def test_pitfall_1_a_framework_agreement_never_counts_as_signed(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        for kind in (rules.AgreementKind.FRAMEWORK, rules.AgreementKind.TERMINATION):
            with pytest.raises(RuleBroken) as broken:
                submit(world, project, agreement_kind=kind)
            assert broken.value.field == "agreement_kind"
        assert project.stage is Stage.INTENT
        assert db.session.scalar(select(func.count(Milestone.id))) == 0

    def test_a_framework_file_does_not_stand_in_for_the_agreement(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        files = (
            attachment(project, AttachmentKind.FRAMEWORK).id,
            attachment(project, AttachmentKind.FAIR_COMPETITION).id,
        )
        assert submit(world, project, evidence=files).state is MilestoneState.DRAFT

    def test_a_file_of_another_project_is_no_evidence(self, world: World) -> None:
        project, other = world.project(), world.project()
        with pytest.raises(RuleBroken) as broken:
            submit(world, project, evidence=evidence(other, SIGNED))
        assert broken.value.field == "evidence"

    def test_a_day_after_today_is_refused(self, world: World) -> None:
        with pytest.raises(RuleBroken) as broken:
            submit(world, world.project(), happened_on=TODAY + timedelta(days=1))
        assert broken.value.field == "happened_on"

    def test_a_date_before_the_previous_milestone_needs_a_reason(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        submit(world, project)
        early = TODAY - timedelta(days=30)
        with pytest.raises(RuleBroken) as broken:
            submit(world, project, MilestoneKind.REGISTERED, happened_on=early, order_reason="")
        assert broken.value.field == "order_reason"
        submit(
            world, project, MilestoneKind.REGISTERED, happened_on=early, order_reason="增资扩产，企业早已注册"
        )
        assert project.stage is Stage.REGISTERED

    def test_stages_may_be_skipped_by_evidence(self, world: World) -> None:
        project = world.project(stage=Stage.PRELIMINARY)
        submit(world, project, MilestoneKind.STARTED)
        assert project.stage is Stage.STARTED

    def test_the_agreement_defaults_to_the_project_and_stays_when_the_project_changes(
        self, world: World
    ) -> None:
        project = world.project(total="120000")
        milestone = submit(world, project)
        project.total_investment = Decimal(90000)
        db.session.flush()
        assert milestone.agreement_total == Decimal(120000)
        assert recognise(world, project).amount == Decimal(120000)

    def test_the_rate_of_the_year_is_stored_at_signing(self, world: World) -> None:
        project = world.project(total=None, capital=Capital.FOREIGN, total_investment_usd=Decimal(5000))
        submit(world, project)
        assert project.fx_rate == Decimal("7.00")

    def test_a_file_deleted_since_bars_recognition(self, world: World) -> None:
        project = world.project()
        milestone = submit(world, project)
        queries.evidence_of(milestone)[0].deleted_at = NOW
        db.session.flush()
        with pytest.raises(RuleBroken) as broken:
            recognise(world, project)
        assert broken.value.missing

    def test_taking_the_date_out_takes_it_back_and_a_recognised_one_keeps_it(self, world: World) -> None:
        project = world.project(stage=Stage.REVIEW)
        files = evidence(project, SIGNED)
        submit(world, project, evidence=files)
        assert submit(world, project, evidence=files, happened_on=None).state is MilestoneState.DRAFT
        assert project.stage is Stage.REVIEW
        submit(world, project, evidence=files)
        recognise(world, project)
        with pytest.raises(RuleBroken) as broken:
            submit(world, project, evidence=files, happened_on=None)
        assert broken.value.missing


class TestRecognising:
    @pytest.mark.parametrize("login", ["officer", "chief", "county", "leader", "specialist", "dept"])
    def test_only_the_bureau_recognises(self, world: World, login: str) -> None:
        project = world.project()
        submit(world, project)
        with pytest.raises(Forbidden):
            recognise(world, project, login=login)

    def test_nobody_decides_on_his_own_submission(self, world: World) -> None:
        project = world.project()
        submit(world, project, login="bureau")
        with pytest.raises(Forbidden):
            recognise(world, project, login="bureau")
        with pytest.raises(Forbidden):
            actions.return_(world.actor("bureau"), project, SIGNED, "理由", TODAY, NOW)
        recognise(world, project, login="bureau2")
        with pytest.raises(Forbidden):
            actions.revoke(world.actor("bureau"), project, SIGNED, "理由", TODAY, NOW)

    def test_the_second_of_two_gets_a_conflict(self, world: World) -> None:
        project = world.project()
        submit(world, project)
        recognise(world, project)
        with pytest.raises(Conflict):
            recognise(world, project, login="bureau2")
        assert db.session.scalar(select(func.count(Recognition.id))) == 1

    def test_a_decision_is_taken_on_what_stands_now_and_not_on_what_was_read_before(
        self, world: World, count_queries: Any
    ) -> None:
        project = world.project()
        milestone = submit(world, project)
        assert milestone.state is MilestoneState.PENDING
        # Somebody else decides in between; this session still holds the old row.
        db.session.execute(
            update(Milestone.__table__)
            .where(Milestone.__table__.c.id == milestone.id)
            .values(state=MilestoneState.RETURNED, version=milestone.version + 1)
        )
        with count_queries() as statements, pytest.raises(Conflict):
            recognise(world, project)
        locking = any("FOR UPDATE" in statement for statement in statements)
        assert locking == (db.engine.dialect.name == "postgresql")

    def test_it_freezes_amount_currency_tier_and_zone(self, world: World) -> None:
        project = world.project(total="1000000")
        submit(world, project)
        made = recognise(world, project)
        assert (made.amount, made.capital, made.tier, made.zone_id) == (
            Decimal(1000000), Capital.DOMESTIC, Tier.T100, project.zone_id,
        )  # fmt: skip
        project.total_investment = Decimal(500)
        actions.mark_changed(world.actor("officer"), project, {"total_investment"}, NOW)
        milestone = queries.milestone_of(project, SIGNED)
        assert milestone is not None and milestone.needs_again
        assert made.amount == Decimal(1000000) and made.ended_at is None

    def test_pitfall_2_the_threshold_is_inclusive(self, world: World) -> None:
        for total, tier in (("999900", Tier.T50), ("1000000", Tier.T100)):
            project = world.project(total=total)
            submit(world, project)
            assert recognise(world, project).tier is tier

    def test_pitfall_3_a_foreign_project_is_held_against_the_dollar_column(self, world: World) -> None:
        for usd, tier in (("99999", Tier.T50), ("100000", Tier.T100)):
            project = world.project(total="20", capital=Capital.FOREIGN, total_investment_usd=Decimal(usd))
            submit(world, project)
            made = recognise(world, project)
            assert (made.tier, made.amount_usd) == (tier, Decimal(usd))

    def test_later_milestones_count_with_the_agreement(self, world: World) -> None:
        project = world.project(total="120000")
        submit(world, project, agreement=rules.AgreementDraft(Decimal(150000)))
        submit(world, project, MilestoneKind.STARTED)
        assert recognise(world, project, MilestoneKind.STARTED).amount == Decimal(150000)

    def test_a_change_is_recognised_anew_and_replaces_from_its_own_date(self, world: World) -> None:
        project = world.project(total="600000")
        first_day, second_day = TODAY - timedelta(days=2), TODAY
        submit(world, project)
        first = recognise(world, project, on=first_day)
        again = submit(world, project, agreement=rules.AgreementDraft(Decimal(1200000)))
        assert again.state is MilestoneState.RECOGNISED and again.needs_again
        assert first.ended_at is None, "counted as before until it is decided"
        second = recognise(world, project, on=second_day)
        assert (first.end_kind, first.ended_on) == (EndKind.REPLACED, second_day)
        assert counted(first_day) == [Decimal(600000)]
        assert counted(second_day) == [Decimal(1200000)]
        assert second.tier is Tier.T100

    def test_refusing_a_change_leaves_the_counted_values(self, world: World) -> None:
        project = world.project(total="600000")
        submit(world, project)
        made = recognise(world, project)
        submit(world, project, agreement=rules.AgreementDraft(Decimal(1200000)))
        actions.return_(world.actor("bureau"), project, SIGNED, "补充协议未盖章", TODAY, NOW)
        milestone = queries.milestone_of(project, SIGNED)
        assert milestone is not None
        assert (milestone.state, milestone.needs_again) == (MilestoneState.RECOGNISED, False)
        assert made.ended_at is None

    def test_a_project_without_a_landing_zone_cannot_be_recognised(self, world: World) -> None:
        project = world.project(None)
        submit(world, project, login="bureau")
        with pytest.raises(RuleBroken):
            recognise(world, project, login="bureau2")

    @pytest.mark.parametrize("day", [TODAY + timedelta(days=1), TODAY - timedelta(days=4)])
    def test_the_statistical_day_lies_between_the_real_day_and_today(self, world: World, day: date) -> None:
        project = world.project()
        submit(world, project)
        with pytest.raises(RuleBroken) as broken:
            recognise(world, project, on=day)
        assert broken.value.field == "recognised_on"

    def test_returning_needs_a_reason_and_sets_the_stage_back(self, world: World) -> None:
        project = world.project(stage=Stage.REVIEW)
        submit(world, project)
        with pytest.raises(RuleBroken):
            actions.return_(world.actor("bureau"), project, SIGNED, "  ", TODAY, NOW)
        actions.return_(world.actor("bureau"), project, SIGNED, "协议未盖章", TODAY, NOW)
        assert project.stage is Stage.REVIEW

    def test_revoking_takes_it_out_as_if_it_had_never_counted(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        submit(world, project)
        submit(world, project, MilestoneKind.REGISTERED)
        recognise(world, project)
        before = clock.now()
        with pytest.raises(RuleBroken):
            actions.revoke(world.actor("bureau"), project, SIGNED, "", TODAY, NOW)
        actions.revoke(world.actor("bureau"), project, SIGNED, "协议系框架协议", TODAY, clock.now())
        assert counted(TODAY) == []
        assert counted(TODAY, before) == [Decimal(20000)], "what was known then stays"
        assert project.stage is Stage.REGISTERED, "the furthest that remains"


def counted(as_of: date, known_at: Any = None) -> list[Decimal | None]:
    condition = queries.counting(as_of, known_at or clock.now())
    return list(db.session.scalars(select(Recognition.amount).where(condition).order_by(Recognition.id)))


class TestLockedMonths:
    def test_pitfall_5_a_date_in_a_locked_month_becomes_an_adjustment_in_the_open_one(
        self, world: World
    ) -> None:
        this_month = TODAY.replace(day=1)
        last = this_month - timedelta(days=1)
        project = world.project()
        submit(world, project, happened_on=last - timedelta(days=3))
        actions.lock_month(world.actor("bureau"), f"{last:%Y-%m}", TODAY, NOW)
        made = recognise(world, project, on=last)
        assert (made.statistical_on, made.asked_statistical_on) == (this_month, last)

    def test_a_month_is_locked_once_and_only_when_it_is_over(self, world: World) -> None:
        with pytest.raises(RuleBroken):
            actions.lock_month(world.actor("bureau"), f"{TODAY:%Y-%m}", TODAY, NOW)
        with pytest.raises(RuleBroken):
            actions.lock_month(world.actor("bureau"), "2026-13", TODAY, NOW)
        actions.lock_month(world.actor("bureau"), "2023-01", TODAY, NOW)
        with pytest.raises(Conflict):
            actions.lock_month(world.actor("bureau2"), "2023-01", TODAY, NOW)
        with pytest.raises(Forbidden):
            actions.lock_month(world.actor("chief"), "2023-02", TODAY, NOW)


class TestStatus:
    def change(self, world: World, project: Project, login: str, to: Status, **values: Any) -> Any:
        values.setdefault("reason", "企业战略调整")
        draft = StatusDraft(to, **values)
        return actions.change_status(world.actor(login), project, draft, TODAY, clock.now())

    def test_an_officer_proposes_and_the_chief_approves(self, world: World) -> None:
        project = world.project(stage=Stage.FILED)
        change = self.change(world, project, "officer", Status.ON_HOLD, review_on=TODAY + timedelta(days=30))
        assert change.decided_at is None and project.status is Status.ACTIVE
        with pytest.raises(RuleBroken):
            self.change(world, project, "officer", Status.ON_HOLD, review_on=TODAY + timedelta(days=30))
        with pytest.raises(Forbidden):
            actions.decide_status(world.actor("officer"), project, change.id, True, "", TODAY, clock.now())
        actions.decide_status(world.actor("chief"), project, change.id, True, "", TODAY, clock.now())
        assert project.status is Status.ON_HOLD
        with pytest.raises(Conflict):
            actions.decide_status(world.actor("bureau"), project, change.id, True, "", TODAY, clock.now())

    def test_a_refusal_needs_words_and_changes_nothing(self, world: World) -> None:
        project = world.project(stage=Stage.FILED)
        change = self.change(world, project, "officer", Status.ON_HOLD, review_on=TODAY + timedelta(days=30))
        with pytest.raises(RuleBroken):
            actions.decide_status(world.actor("chief"), project, change.id, False, "", TODAY, clock.now())
        actions.decide_status(world.actor("chief"), project, change.id, False, "再谈一轮", TODAY, clock.now())
        assert project.status is Status.ACTIVE

    def test_a_hold_needs_a_review_day_and_ends_with_a_reason(self, world: World) -> None:
        project = world.project()
        for review_on in (None, TODAY):
            with pytest.raises(RuleBroken) as broken:
                self.change(world, project, "chief", Status.ON_HOLD, review_on=review_on)
            assert broken.value.field == "review_on"
        self.change(world, project, "chief", Status.ON_HOLD, review_on=TODAY + timedelta(days=1))
        with pytest.raises(RuleBroken):
            self.change(world, project, "chief", Status.ACTIVE, reason="")
        self.change(world, project, "chief", Status.ACTIVE, reason="投资方重启")
        assert project.status is Status.ACTIVE

    def test_a_loss_says_why_and_where_it_went(self, world: World) -> None:
        project = world.project()
        with pytest.raises(RuleBroken) as broken:
            self.change(world, project, "chief", Status.LOST)
        assert broken.value.field == "category"
        with pytest.raises(RuleBroken) as broken:
            self.change(world, project, "chief", Status.LOST, category=rules.LOST_CATEGORIES[0])
        assert broken.value.field == "went_to"
        # What fails for land, energy or environment is first offered to another zone: see test_status.
        change = self.change(world, project, "chief", Status.LOST, category="政策未谈拢", went_to="苏州")
        assert (project.status, change.went_to) == (Status.LOST, "苏州")

    def test_after_signing_only_a_dissolved_agreement_ends_it_and_only_the_bureau_approves(
        self, world: World
    ) -> None:
        project = world.project(stage=Stage.INTENT)
        with pytest.raises(RuleBroken):
            self.change(world, project, "bureau", Status.TERMINATED)
        submit(world, project)
        made = recognise(world, project, on=TODAY - timedelta(days=2))
        with pytest.raises(RuleBroken):
            self.change(
                world, project, "chief", Status.LOST, category=rules.LOST_CATEGORIES[0], went_to="苏州"
            )
        with pytest.raises(RuleBroken) as broken:
            self.change(world, project, "chief", Status.TERMINATED)
        assert broken.value.missing
        attachment(project, AttachmentKind.TERMINATION)
        change = self.change(
            world, project, "chief", Status.TERMINATED, effective_on=TODAY - timedelta(days=1)
        )
        assert project.status is Status.ACTIVE and made.ended_at is None
        with pytest.raises(Forbidden):
            actions.decide_status(world.actor("chief"), project, change.id, True, "", TODAY, clock.now())
        actions.decide_status(world.actor("bureau"), project, change.id, True, "", TODAY, clock.now())
        assert (made.end_kind, made.ended_on) == (EndKind.TERMINATED, TODAY - timedelta(days=1))
        assert counted(TODAY - timedelta(days=2)) == [Decimal(20000)], "the history before that day stays"
        assert counted(TODAY) == []
        with pytest.raises(Conflict):
            actions.revoke(world.actor("bureau"), project, SIGNED, "理由", TODAY, clock.now())

    def test_a_withdrawn_termination_counts_as_before_and_keeps_what_was_known_between(
        self, world: World
    ) -> None:
        project = world.project(stage=Stage.INTENT)
        submit(world, project)
        recognise(world, project, on=TODAY - timedelta(days=2))
        attachment(project, AttachmentKind.TERMINATION)
        self.change(world, project, "bureau", Status.TERMINATED)
        between = clock.now()
        self.change(world, project, "chief", Status.ACTIVE, reason="解除协议作废")
        assert project.status is Status.TERMINATED, "a proposal until the bureau agrees"
        change = queries.open_change(project)
        assert change is not None
        actions.decide_status(world.actor("bureau"), project, change.id, True, "", TODAY, clock.now())
        assert project.status is Status.ACTIVE
        assert counted(TODAY) == [Decimal(20000)]
        assert counted(TODAY, between) == []
        assert counted(TODAY - timedelta(days=2)) == [Decimal(20000)]
        with pytest.raises(RuleBroken, match="没有解除协议"):
            self.change(world, project, "bureau", Status.TERMINATED, reason="旧的解除协议已经作废")

    def test_every_act_stands_in_the_audit_by_code_and_not_by_investor(self, world: World) -> None:
        project = world.project(investor=world.company("涉密投资控股有限公司"), confidential=True)
        submit(world, project)
        recognise(world, project)
        events = db.session.scalars(select(AuditEvent).where(AuditEvent.project_id == project.id)).all()
        assert {e.code for e in events} >= {"milestone.submitted", "milestone.recognised"}
        assert all("涉密投资" not in f"{e.subject_label}{e.diff}{e.note}" for e in events)


VERBS = ("submit", "draft", "recognise", "return", "revoke", "change", "terminate", "restore", "hold")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(VERBS),
        st.sampled_from([SIGNED, MilestoneKind.REGISTERED, MilestoneKind.STARTED]),
        st.integers(0, 3),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_keeps_one_recognition_in_force_and_the_stage_at_the_furthest_live_milestone(
    world: World, steps: list[tuple[str, MilestoneKind, int]]
) -> None:
    project = world.project(stage=Stage.INTENT)
    attachment(project, AttachmentKind.TERMINATION)
    files = {kind: evidence(project, kind) for kind in MilestoneKind}
    zone, bureau = world.actor("officer"), world.actor("bureau")
    for verb, kind, back in steps:
        act = _act(verb, kind, back, project, files[kind], zone, bureau)
        point = db.session.begin_nested()
        try:
            act()
            point.commit()
        except (RuleBroken, Conflict):
            point.rollback()
            db.session.refresh(project)
        _holds(project)


def _act(
    verb: str,
    kind: MilestoneKind,
    back: int,
    project: Project,
    files: tuple[int, ...],
    zone: Any,
    bureau: Any,
) -> Callable[[], object]:
    now, day = clock.now(), TODAY - timedelta(days=back)
    review = REVIEW if kind is SIGNED else rules.ReviewDraft()
    draft = rules.MilestoneDraft(TODAY - timedelta(days=3), files, "原因", review=review)
    status = {"terminate": Status.TERMINATED, "restore": Status.ACTIVE, "hold": Status.ON_HOLD}
    if verb in status:
        wanted = StatusDraft(status[verb], "原因", review_on=TODAY + timedelta(days=9), effective_on=day)
        return lambda: actions.change_status(bureau, project, wanted, TODAY, now)
    return {
        "submit": lambda: actions.submit(zone, project, kind, draft, TODAY, now),
        "draft": lambda: actions.save_milestone(zone, project, kind, rules.MilestoneDraft(), TODAY, now),
        "recognise": lambda: actions.recognise(bureau, project, kind, day, TODAY, now),
        "return": lambda: actions.return_(bureau, project, kind, "原因", TODAY, now),
        "revoke": lambda: actions.revoke(bureau, project, kind, "原因", TODAY, now),
        "change": lambda: actions.mark_changed(zone, project, {"total_investment"}, now),
    }[verb]


def _holds(project: Project) -> None:
    """Brute force over the rows themselves."""
    db.session.flush()
    db.session.expire_all()
    milestones = db.session.scalars(select(Milestone).where(Milestone.project_id == project.id)).all()
    live = [m.kind.stage for m in milestones if m.state.value in ("pending", "recognised")]
    expected = max(live, key=lambda s: s.order) if live else Stage.INTENT
    assert project.stage is expected
    made = db.session.scalars(select(Recognition).where(Recognition.project_id == project.id)).all()
    for kind in MilestoneKind:
        own = [r for r in made if r.kind is kind]
        in_force = [r for r in own if r.ended_at is None]
        assert len(in_force) <= 1
        milestone = next((m for m in milestones if m.kind is kind), None)
        recognised = milestone is not None and milestone.state is MilestoneState.RECOGNISED
        assert bool(in_force) == (recognised and project.status is not Status.TERMINATED)
        for back in range(5):
            _counts_once(own, TODAY - timedelta(days=back))


def _counts_once(own: list[Recognition], as_of: date) -> None:
    """At any day and by any knowledge one project counts at most once, and SQL says what the rule says."""
    for known_at in {r.recognised_at for r in own} | {r.ended_at for r in own if r.ended_at} | {clock.now()}:
        by_rule = [
            r.id
            for r in own
            if rules.counts_at(
                rules.Made(r.statistical_on, r.recognised_at, r.ended_at, r.ended_on, r.restored_at),
                as_of,
                known_at,
            )
        ]
        assert len(by_rule) <= 1
        ids = [r.id for r in own]
        by_sql = db.session.scalars(
            select(Recognition.id)
            .where(Recognition.id.in_(ids), queries.counting(as_of, known_at))
            .order_by(Recognition.id)
        )
        assert list(by_sql) == sorted(by_rule)
