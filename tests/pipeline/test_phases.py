"""Milestones of phases and of capital increases: what they freeze, how they count, how the stage follows."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.pipeline import actions, queries, rules
from crm.pipeline.models import StageChange
from crm.pipeline.rules import MilestoneKind, Part
from crm.projects.models import Phase, Project
from crm.projects.rules import PhaseKind, Stage, Tier
from tests.factories import World, quota_plan
from tests.pipeline.test_actions import SIGNED, TODAY, complete, evidence

Call = Any
STARTED, COMPLETED, FULL = MilestoneKind.STARTED, MilestoneKind.COMPLETED, MilestoneKind.FULL


def phase(project: Project, no: int, kind: PhaseKind = PhaseKind.PHASE, total: str = "40000") -> Phase:
    words = "增资" if kind is PhaseKind.INCREASE else "期"
    made = Phase(
        project_id=project.id, no=no, kind=kind, name=f"{no}{words}", total_investment=Decimal(total)
    )
    db.session.add(made)
    db.session.flush()
    return made


def submit(
    world: World, project: Project, kind: MilestoneKind, part: Phase | None = None, **values: Any
) -> Any:
    draft = complete(project, kind, **values)
    return actions.submit(world.actor("officer"), project, kind, draft, TODAY, clock.now(), part)


def recognise(world: World, project: Project, kind: MilestoneKind, part: Phase | None = None) -> Any:
    return actions.recognise(world.actor("bureau"), project, kind, TODAY, TODAY, clock.now(), part)


class TestStage:
    def test_a_phases_start_counts_at_once_and_its_completion_when_all_have_it(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        first, second = phase(project, 1), phase(project, 2)
        submit(world, project, SIGNED)
        submit(world, project, STARTED, first)
        assert project.stage is Stage.STARTED
        submit(world, project, COMPLETED, first)
        assert project.stage is Stage.STARTED
        submit(world, project, COMPLETED, second)
        assert project.stage is Stage.COMPLETED
        actions.return_(world.actor("bureau"), project, COMPLETED, "缺验收意见", TODAY, clock.now(), second)
        assert project.stage is Stage.STARTED

    def test_an_increase_never_moves_the_stage(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        increase = phase(project, 1, PhaseKind.INCREASE)
        submit(world, project, SIGNED)
        for kind in (SIGNED, STARTED, FULL):
            submit(world, project, kind, increase)
        assert project.stage is Stage.SIGNED

    def test_a_phase_has_no_signing_of_its_own(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        part = phase(project, 1)
        with pytest.raises(RuleBroken) as broken:
            submit(world, project, SIGNED, part)
        assert "分期没有自己的签约" in broken.value.message

    def test_a_phase_is_held_against_the_projects_signing(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        part = phase(project, 1)
        submit(world, project, SIGNED)
        early = TODAY - timedelta(days=60)
        with pytest.raises(RuleBroken) as broken:
            submit(world, project, STARTED, part, happened_on=early, order_reason="")
        assert broken.value.field == "order_reason"


def oracle(own: set[MilestoneKind], parts: list[Part]) -> set[MilestoneKind]:
    found = set(own)
    ordinary = [p for p in parts if p.kind is PhaseKind.PHASE]
    for kind in MilestoneKind:
        reached = [kind in p.live for p in ordinary]
        if reached and (all(reached) or (kind is STARTED and any(reached))):
            found.add(kind)
    return found


kinds = st.frozensets(st.sampled_from(MilestoneKind))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(kinds, st.lists(st.builds(Part, st.sampled_from(PhaseKind), kinds), max_size=4))
def test_what_carries_the_stage_is_what_the_project_and_all_its_phases_reached(
    own: frozenset[MilestoneKind], parts: list[Part]
) -> None:
    assert rules.carried(own, parts) == oracle(set(own), parts)


def test_the_gate_leads_to_the_first_phase_that_still_has_to_start(world: World) -> None:
    project = world.project(stage=Stage.INTENT)
    first, second = phase(project, 1), phase(project, 2)
    submit(world, project, SIGNED)
    actor = world.actor("officer")

    def led_to(stage: Stage) -> str:
        gate = queries.gate_of(actor, project, stage)
        assert gate is not None
        return gate.path

    assert led_to(Stage.STARTED).endswith("/phases/1/milestones/started")
    submit(world, project, STARTED, first)
    assert led_to(Stage.STARTED).endswith("/phases/2/milestones/started")
    submit(world, project, STARTED, second)
    assert led_to(Stage.COMPLETED).endswith("/phases/1/milestones/completed")
    assert led_to(Stage.REGISTERED).endswith(f"{project.code}/milestones/registered")


def test_a_refused_change_of_the_agreement_reaches_no_later_figure(world: World) -> None:
    project = world.project(total="120000", stage=Stage.INTENT)
    submit(world, project, SIGNED)
    recognise(world, project, SIGNED)
    submit(world, project, SIGNED, agreement=rules.AgreementDraft(Decimal(900000)))
    actions.return_(world.actor("bureau"), project, SIGNED, "补充协议未盖章", TODAY, clock.now())
    submit(world, project, STARTED)
    assert recognise(world, project, STARTED).amount == Decimal(120000)


class TestCounting:
    def test_an_increase_freezes_its_increment_and_a_phase_its_own_amount_under_the_tier_of_the_whole(
        self, world: World
    ) -> None:
        project = world.project(total="1200000", stage=Stage.INTENT)
        part, increase = phase(project, 1, total="300000"), phase(project, 2, PhaseKind.INCREASE, "600000")
        submit(world, project, SIGNED)
        recognise(world, project, SIGNED)
        submit(world, project, STARTED, part)
        made = recognise(world, project, STARTED, part)
        assert (made.amount, made.tier, made.phase_id) == (Decimal(300000), Tier.T100, part.id)
        submit(world, project, SIGNED, increase)
        made = recognise(world, project, SIGNED, increase)
        assert (made.amount, made.phase_id) == (Decimal(600000), increase.id)

    def test_an_increase_adds_no_project_to_the_quota_and_the_board_says_why(
        self, world: World, call: Call
    ) -> None:
        quota_plan(TODAY.year)
        project = world.project(total="1200000", stage=Stage.INTENT)
        increase = phase(project, 1, PhaseKind.INCREASE, "1500000")
        db.session.commit()
        for part in (None, increase):
            submit(world, project, SIGNED, part)
            recognise(world, project, SIGNED, part)
        db.session.commit()
        line = call("bureau", "get", f"/quotas?year={TODAY.year}&zone=LYG-ETDZ").json["lines"][0]
        assert line["counted"] == "1"
        assert line["projects"][0]["reason"].endswith("增资150.00亿元，只计增量")

    def test_a_project_counts_by_the_first_of_its_phases_with_the_worth_of_the_whole(
        self, world: World, call: Call
    ) -> None:
        quota_plan(TODAY.year, counting_milestone=STARTED)
        project = world.project(total="1200000", stage=Stage.INTENT)
        parts = [phase(project, n, total="600000") for n in (1, 2)]
        db.session.commit()
        submit(world, project, SIGNED)
        for part in parts:
            submit(world, project, STARTED, part)
            recognise(world, project, STARTED, part)
        db.session.commit()
        line = call("bureau", "get", f"/quotas?year={TODAY.year}&zone=LYG-ETDZ").json["lines"][0]
        assert (line["counted"], len(line["projects"])) == ("1", 1)

    def test_a_change_of_a_phases_amount_asks_for_recognition_again(self, world: World) -> None:
        project = world.project(stage=Stage.INTENT)
        part = phase(project, 1)
        submit(world, project, STARTED, part)
        made = recognise(world, project, STARTED, part)
        marked = actions.mark_changed(
            world.actor("officer"), project, {"total_investment"}, clock.now(), part
        )
        assert marked == [STARTED] and made.ended_at is None
        assert actions.mark_changed(world.actor("officer"), project, {"total_investment"}, clock.now()) == []
        assert actions.mark_changed(world.actor("officer"), project, {"zone_id"}, clock.now()) == [STARTED]


class TestEdges:
    def test_over_the_api_with_the_same_verbs(self, world: World, call: Call) -> None:
        project = world.project(stage=Stage.INTENT)
        part = phase(project, 3)
        files = list(evidence(project, STARTED))
        db.session.commit()
        path = f"/projects/{project.code}/phases/3/milestones/started"
        body = {"happened_on": TODAY.isoformat(), "evidence": files}
        done = call("officer", "put", path, body)
        assert (done.status_code, done.json["state"], done.json["project"]["stage"]) == (
            200,
            "pending",
            "started",
        )
        assert call("bureau", "post", f"{path}/return", {"reason": "缺照片"}).json["state"] == "returned"
        call("officer", "put", path, body)
        assert call("bureau", "post", f"{path}/recognise", {}).json["counted"]["total_investment"] == "40000"
        yesterday = {"recognised_on": TODAY.isoformat(), "reason": "核对"}
        assert call("bureau", "post", f"{path}/redate", yesterday).status_code == 422
        assert call("bureau", "post", f"{path}/revoke", {"reason": "错报"}).json["state"] == "revoked"
        refused = call("officer", "put", f"/projects/{project.code}/phases/3/milestones/signed", body)
        assert refused.status_code == 422
        assert call("officer", "put", path.replace("/3/", "/9/"), body).status_code == 404
        assert call("officer2", "put", path, body).status_code == 404
        phases = call("officer", "get", f"/projects/{project.code}/milestones").json["phases"]
        assert [(p["no"], p["kind"], p["milestones"][0]["state"]) for p in phases] == [
            (3, "phase", "revoked")
        ]
        assert queries.milestone_of(project, STARTED) is None and part.no == 3

    def test_the_pages(self, world: World, as_: Any) -> None:
        project = world.project(stage=Stage.INTENT)
        phase(project, 1), phase(project, 2, PhaseKind.INCREASE)
        db.session.commit()
        browser, base = as_("officer"), f"/projects/{project.code}/phases"
        assert "1期开工" in browser.get(f"{base}/1/milestones/started").text
        assert "只计增量" in browser.get(f"{base}/2/milestones/signed").text
        for wrong in ("1/milestones/signed", "3/milestones/started", "1/milestones/none"):
            assert browser.get(f"{base}/{wrong}").status_code == 404
        files = evidence(project, STARTED)
        db.session.commit()
        form = {"happened_on": TODAY.isoformat(), "evidence": [str(i) for i in files]}
        assert browser.post(f"{base}/1/milestones/started", data=form).status_code == 303
        page = browser.get(f"/projects/{project.code}?tab=milestones").text
        assert "1期" in page and f"{base}/2/milestones/signed" in page
        queue = as_("bureau").get("/recognition").text
        assert "1期开工" in queue
        done = as_("bureau").post(
            f"{base}/1/milestones/started/recognise", data={"recognised_on": TODAY.isoformat()}
        )
        assert done.status_code == 303


class TestAPhaseThatComesOrGoes:
    """What every phase has reached may be another stage once there is one phase more, or one less."""

    def built(self, world: World) -> tuple[Project, Phase]:
        """One phase, completed: so is the project."""
        project = world.project(stage=Stage.INTENT, owner_id=world.users["officer"].id)
        first = phase(project, 1)
        submit(world, project, SIGNED)
        for kind in (STARTED, COMPLETED):
            submit(world, project, kind, first)
        assert project.stage is Stage.COMPLETED
        db.session.commit()
        return project, first

    def test_a_second_phase_takes_the_project_back_to_what_all_have_reached(
        self, world: World, call: Call
    ) -> None:
        project, _ = self.built(world)
        path = f"/projects/{project.code}/phases"
        assert call("officer", "post", path, {"name": "二期"}).status_code == 201
        assert project.stage is Stage.STARTED
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "stage.followed")).one()
        assert event.project_id == project.id
        assert call("officer", "delete", f"{path}/2").status_code == 204
        assert project.stage is Stage.COMPLETED
        causes = select(StageChange.cause).where(StageChange.project_id == project.id)
        assert db.session.scalars(causes.order_by(StageChange.id)).all()[-2:] == ["phases", "phases"]

    def test_an_increase_leaves_it_where_it_is_until_it_is_called_a_phase(
        self, world: World, call: Call
    ) -> None:
        project, _ = self.built(world)
        path = f"/projects/{project.code}/phases"
        made = call("officer", "post", path, {"name": "增资", "kind": "increase", "total_investment": "5000"})
        assert made.status_code == 201
        assert project.stage is Stage.COMPLETED
        seen = {"If_Match": str(made.json["version"])}
        assert call("officer", "patch", f"{path}/2", {"kind": "phase"}, **seen).status_code == 200
        assert project.stage is Stage.STARTED

    def test_the_pages_do_the_same(self, world: World, client: Any) -> None:
        project, _ = self.built(world)
        code = project.code
        browser = world.client("officer")
        answer = browser.post(f"/projects/{code}/phases/new", data={"kind": "phase", "name": "二期"})
        assert answer.status_code == 302
        found = db.session.scalars(select(Project).where(Project.code == code)).one()
        assert found.stage is Stage.STARTED
        added = db.session.scalars(select(Phase).where(Phase.project_id == found.id, Phase.no == 2)).one()
        browser.post(f"/projects/{code}/phases/{added.id}/remove")
        db.session.expire_all()
        assert found.stage is Stage.COMPLETED
