"""The pages of the pipeline."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.core import clock
from crm.core.db import db
from crm.pipeline import actions, queries, rules
from crm.pipeline.models import Milestone, PeriodLock, Recognition, StatusChange
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind, Source, Stage, Status
from tests import papers
from tests.factories import World, attachment
from tests.pipeline import needs
from tests.pipeline.test_actions import SIGNED, TODAY, complete, evidence, recognise, submit

As = Callable[[str], FlaskClient]


def refreshed(project: Project) -> Project:
    return db.session.execute(
        select(Project).where(Project.id == project.id).execution_options(populate_existing=True)
    ).scalar_one()


def milestone_of(project: Project, kind: MilestoneKind = SIGNED) -> Milestone:
    found = queries.milestone_of(project, kind)
    assert found is not None
    return found


def signing(project: Project, files: tuple[int, ...], **values: Any) -> dict[str, Any]:
    return {
        "happened_on": (TODAY - timedelta(days=2)).isoformat(),
        "evidence": [str(i) for i in files],
        "agreement_kind": "investment",
        "agreement_total": "102亿",
        "review_by": "张审查",
        "review_on": TODAY.isoformat(),
        "review_conclusion": "未发现问题",
        **values,
    }


class TestSubmitting:
    def test_the_address_rules_link_to_is_the_route(self, world: World) -> None:
        with world.app.test_request_context():
            from flask import url_for

            for kind in MilestoneKind:
                assert url_for("pipeline.milestone", code="X-1", kind=kind.value) == rules.milestone_path(
                    "X-1", kind
                )
            assert url_for("pipeline.stage", code="X-1") == "/projects/X-1/stage"

    def test_what_a_gate_lacks_links_to_routes_that_exist(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.PRELIMINARY)
        db.session.commit()
        browser = as_("officer")
        for to in (Stage.FILED, Stage.IN_DEPTH, Stage.INTENT):
            gate = queries.gate_of(world.actor("officer"), project, to)
            assert gate is not None
            for lack in (*gate.missing, *gate.hints):
                assert not lack.link or browser.get(lack.link).status_code == 200, lack.link

    def test_an_officer_submits_with_files_chosen_and_uploaded_in_place(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.INTENT)
        chosen = (attachment(project, AttachmentKind.AGREEMENT).id,)
        db.session.commit()
        form = signing(project, chosen)
        form["upload_fair_competition"] = (io.BytesIO(papers.pdf("review")), "审查表.pdf")
        answer = as_("officer").post(f"/projects/{project.code}/milestones/signed", data=form)
        assert answer.status_code == 303, answer.text
        milestone = milestone_of(project)
        assert milestone.state is MilestoneState.PENDING
        assert str(milestone.agreement_total) == "1020000"
        assert {a.kind for a in queries.evidence_of(milestone)} == {
            AttachmentKind.AGREEMENT,
            AttachmentKind.FAIR_COMPETITION,
        }
        assert refreshed(project).stage is Stage.SIGNED

    def test_what_is_missing_is_named_and_the_draft_kept(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.INTENT)
        db.session.commit()
        browser = as_("officer")
        answer = browser.post(
            f"/projects/{project.code}/milestones/signed", data=signing(project, ()), follow_redirects=True
        )
        assert "已存为未报" in answer.text and "没有正式投资协议" in answer.text
        assert milestone_of(project).state is MilestoneState.DRAFT

    def test_a_framework_agreement_is_refused_beside_its_field_and_nothing_typed_is_lost(
        self, world: World, as_: As
    ) -> None:
        project = world.project(stage=Stage.INTENT)
        db.session.commit()
        form = signing(project, (), agreement_kind="framework", agreement_parties="甲方乙方")
        answer = as_("officer").post(f"/projects/{project.code}/milestones/signed", data=form)
        assert answer.status_code == 422
        assert "不算签约" in answer.text and "甲方乙方" in answer.text
        assert queries.milestone_of(project, SIGNED) is None

    def test_a_wrong_file_is_refused_at_its_field(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.INTENT)
        db.session.commit()
        form = signing(project, ())
        form["upload_agreement"] = (io.BytesIO(b"MZ not a pdf"), "协议.pdf")
        answer = as_("officer").post(f"/projects/{project.code}/milestones/signed", data=form)
        assert answer.status_code == 422 and "upload_agreement-err" in answer.text

    def test_files_of_a_refused_form_stay_chosen_for_the_one_who_chose_them(
        self, world: World, as_: As
    ) -> None:
        project = world.project(stage=Stage.INTENT)
        db.session.commit()
        path, browser = f"/projects/{project.code}/milestones/signed", as_("officer")
        form = signing(project, (), happened_on="后天吧")
        form["upload_agreement"] = [
            (io.BytesIO(papers.pdf("a")), "协议.pdf"),
            (io.BytesIO(b"MZ not a pdf"), "坏的.pdf"),
        ]
        form["upload_fair_competition"] = (io.BytesIO(papers.pdf("r")), "审查表.pdf")
        answer = browser.post(path, data=form)
        tokens = dict(re.findall(r'name="(upload_\w+-token)" value="([^"]+)" checked', answer.text))
        assert answer.status_code == 422 and set(tokens) == {
            "upload_agreement-token",
            "upload_fair_competition-token",
        }
        assert "坏的.pdf：" in answer.text and "协议.pdf</label>" in answer.text
        again = signing(project, ()) | tokens
        strange = as_("chief").post(path, data=again)
        assert strange.status_code == 422 and "已经清理。请重新选择。" in strange.text
        assert browser.post(path, data=again).status_code == 303
        assert milestone_of(project).state is MilestoneState.PENDING
        assert sorted(a.filename for a in queries.evidence_of(milestone_of(project))) == [
            "协议.pdf",
            "审查表.pdf",
        ]

    def test_the_form_of_every_kind_opens(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.INTENT)
        submit(world, project)
        db.session.commit()
        browser = as_("officer")
        for kind in MilestoneKind:
            assert browser.get(f"/projects/{project.code}/milestones/{kind.value}").status_code == 200
        assert browser.get(f"/projects/{project.code}/milestones/lead").status_code == 404

    def test_two_people_saving_one_milestone_see_both_versions(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.INTENT)
        files = evidence(project, SIGNED)
        submit(world, project, evidence=files)
        db.session.commit()
        form = signing(project, files, version="0", agreement_parties="我方填写的")
        answer = as_("officer").post(f"/projects/{project.code}/milestones/signed", data=form)
        assert answer.status_code == 409
        assert (
            "我方填写的" in answer.text
            and f'name="version" value="{milestone_of(project).version}"' in answer.text
        )

    def test_changing_what_was_recognised_asks_for_it_again(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.INTENT)
        files = evidence(project, SIGNED)
        submit(world, project, evidence=files)
        recognise(world, project)
        db.session.commit()
        form = signing(project, files, version=str(milestone_of(project).version))
        assert (
            as_("officer").post(f"/projects/{project.code}/milestones/signed", data=form).status_code == 303
        )
        assert "待重新认定" in as_("bureau").get("/recognition").text


class TestMoving:
    def test_moving_forward_by_the_gate(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.FILED, source=Source.OWN)
        needs.give(world, project, "fact:visit")
        db.session.commit()
        answer = as_("officer").post(f"/projects/{project.code}/stage", data={"to": "preliminary"})
        assert answer.status_code == 303
        assert refreshed(project).stage is Stage.PRELIMINARY

    def test_a_refused_move_says_why_on_the_form(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.INTENT)
        db.session.commit()
        answer = as_("chief").post(f"/projects/{project.code}/stage", data={"to": "lead"})
        assert answer.status_code == 422 and "退回阶段要写原因" in answer.text
        assert as_("officer").get(f"/projects/{project.code}/stage").status_code == 200

    def test_a_status_is_proposed_and_approved_on_the_pages(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.FILED)
        db.session.commit()
        path = f"/projects/{project.code}/status"
        assert "搁置" in as_("officer").get(path).text
        form = {
            "to": "on_hold",
            "reason": "等用地指标",
            "review_on": (TODAY + timedelta(days=20)).isoformat(),
        }
        assert as_("officer").post(path, data=form).status_code == 303
        change = db.session.scalars(select(StatusChange)).one()
        assert "等用地指标" in as_("chief").get("/recognition").text
        assert "等待批准" in as_("chief").get(path).text
        refused = as_("chief").post(f"{path}/{change.id}/decide", data={"answer": "no"})
        assert refused.status_code == 422 and "不同意要写原因" in refused.text
        assert as_("chief").post(f"{path}/{change.id}/decide", data={"answer": "yes"}).status_code == 303
        assert refreshed(project).status is Status.ON_HOLD

    def test_a_termination_takes_its_file_in_place(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.INTENT)
        submit(world, project)
        db.session.commit()
        form: dict[str, Any] = {"to": "terminated", "reason": "双方解除"}
        path = f"/projects/{project.code}/status"
        answer = as_("officer").post(path, data=form)
        assert answer.status_code == 422 and "没有解除协议" in answer.text
        form["file"] = (io.BytesIO(papers.pdf("end")), "解除协议.pdf")
        assert as_("bureau").post(path, data=form).status_code == 303
        assert refreshed(project).status is Status.TERMINATED


class TestSteppingBack:
    def test_an_officer_is_told_at_the_stage_who_does_it_and_keeps_his_words(
        self, world: World, as_: Any
    ) -> None:
        project = world.project(stage=Stage.REVIEW)
        db.session.commit()
        sent = {"to": "in_depth", "note": "材料有误，重新谈"}
        answer = as_("officer").post(f"/projects/{project.code}/stage", data=sent)
        assert answer.status_code == 422 and 'id="to-err"' in answer.text
        assert "退回阶段由本板块主要负责人或市商务局办理" in answer.text and "材料有误，重新谈" in answer.text

    def test_a_status_that_was_not_chosen_is_asked_for(self, world: World, as_: Any) -> None:
        project = world.project(stage=Stage.REVIEW)
        db.session.commit()
        answer = as_("officer").post(f"/projects/{project.code}/status", data={"reason": "等批复"})
        assert answer.status_code == 422 and "没有选择状态。请选择一种。" in answer.text


class TestQueue:
    def pending(self, world: World, **values: Any) -> Project:
        project = world.project(stage=Stage.INTENT, **values)
        submit(world, project)
        db.session.commit()
        return project

    def test_the_bureau_recognises_in_place(self, world: World, as_: As) -> None:
        project = self.pending(world)
        page = as_("bureau").get("/recognition").text
        assert project.name in page and "agreement.pdf" in page and "张审查" in page
        form = {
            "recognised_on": TODAY.isoformat(),
            "version": str(milestone_of(project).version),
            "back": "queue",
        }
        answer = as_("bureau").post(f"/projects/{project.code}/milestones/signed/recognise", data=form)
        assert answer.status_code == 303
        assert project.name not in as_("bureau").get("/recognition").text
        assert project.name in as_("bureau").get("/recognition?state=recognised").text

    def test_the_second_recognition_is_a_conflict_and_counts_nothing(self, world: World, as_: As) -> None:
        project = self.pending(world)
        form = {"recognised_on": TODAY.isoformat(), "version": str(milestone_of(project).version)}
        path = f"/projects/{project.code}/milestones/signed/recognise"
        assert as_("bureau").post(path, data=form).status_code == 303
        assert as_("bureau2").post(path, data=form).status_code == 409
        assert len(db.session.scalars(select(Recognition)).all()) == 1

    def test_a_return_without_a_reason_is_refused_in_place(self, world: World, as_: As) -> None:
        project = self.pending(world)
        path = f"/projects/{project.code}/milestones/signed/return"
        answer = as_("bureau").post(path, data={"reason": ""})
        assert answer.status_code == 422 and "原因没有填" in answer.text and project.name in answer.text
        assert as_("bureau").post(path, data={"reason": "协议缺骑缝章"}).status_code == 303
        assert "协议缺骑缝章" in as_("officer").get("/recognition?state=returned").text

    def test_revoking_in_place(self, world: World, as_: As) -> None:
        project = self.pending(world)
        recognise(world, project)
        db.session.commit()
        path = f"/projects/{project.code}/milestones/signed/revoke"
        assert as_("bureau2").post(path, data={"reason": "系框架协议"}).status_code == 303
        assert milestone_of(project).state is MilestoneState.REVOKED

    def test_ones_own_submission_offers_no_button_and_is_refused(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.INTENT)
        submit(world, project, login="bureau")
        db.session.commit()
        assert "由另一位同事认定" in as_("bureau").get("/recognition").text
        path = f"/projects/{project.code}/milestones/signed/recognise"
        assert as_("bureau").post(path, data={"recognised_on": TODAY.isoformat()}).status_code == 403

    def test_what_was_changed_since_it_was_read_is_not_recognised_unread(self, world: World, as_: As) -> None:
        project = self.pending(world)
        form = {"recognised_on": TODAY.isoformat(), "version": "0"}
        assert (
            as_("bureau").post(f"/projects/{project.code}/milestones/signed/recognise", data=form).status_code
            == 409
        )

    def test_a_zone_sees_its_own_and_cannot_decide(self, world: World, as_: As) -> None:
        project = self.pending(world)
        assert project.name in as_("officer").get("/recognition").text
        assert project.name not in as_("officer2").get("/recognition").text
        assert "/recognise" not in as_("officer").get("/recognition").text

    def test_filters_search_and_paging(self, world: World, as_: As) -> None:
        names = [self.pending(world, name=f"分页项目甲{n}").name for n in range(22)]
        browser = as_("bureau")
        first = browser.get("/recognition").text
        assert names[0] in first and names[21] not in first
        after = next(part.split('"')[0] for part in first.split('href="')[1:] if "after=" in part).replace(
            "&amp;", "&"
        )
        assert names[21] in browser.get(after).text
        assert names[3] in browser.get("/recognition?q=分页项目甲3&zone=LYG-ETDZ&kind=signed").text
        assert "没有符合筛选" in browser.get("/recognition?kind=full").text
        assert browser.get("/recognition?after=nonsense").status_code == 422

    def test_a_confidential_investor_is_hidden_from_a_colleague(self, world: World, as_: As) -> None:
        investor = world.company("隐名控股有限公司")
        project = world.project(stage=Stage.INTENT, confidential=True, investor=investor)
        submit(
            world,
            project,
            agreement=rules.AgreementDraft(total=project.total_investment, parties="隐名控股与管委会"),
        )
        db.session.commit()
        seen = as_("officer").get("/recognition").text
        assert "隐名控股" not in seen and "某企业" in seen and "agreement.pdf" not in seen
        assert "隐名控股" in as_("bureau").get("/recognition").text

    def test_the_queue_takes_the_same_number_of_statements_at_any_size(
        self, world: World, count_queries: Any
    ) -> None:
        actor = world.actor("bureau")

        def cost() -> int:
            with count_queries() as statements:
                queries.queue(actor, queries.QueueFilter(), queries_window())
            return len(statements)

        self.pending(world)
        one = cost()
        for _ in range(5):
            self.pending(world)
        assert cost() == one == 4


def queries_window() -> Any:
    from crm.core.paging import Window

    return Window()


class TestPeriods:
    def test_the_bureau_closes_a_month(self, world: World, as_: As) -> None:
        last = TODAY.replace(day=1) - timedelta(days=1)
        month = f"{last:%Y-%m}"
        assert month in as_("bureau").get("/recognition/periods").text
        assert as_("bureau").post(f"/recognition/periods/{month}/lock").status_code == 303
        assert db.session.get(PeriodLock, month) is not None
        assert as_("bureau2").post(f"/recognition/periods/{month}/lock").status_code == 409
        answer = as_("bureau").post(f"/recognition/periods/{TODAY:%Y-%m}/lock")
        assert answer.status_code == 422 and "还没有结束" in answer.text


OUTSIDE = ["officer2", "county", "dept", "specialist"]


class TestReach:
    """Another zone's project is 404; what the post may not do at all is 403."""

    @pytest.mark.parametrize(
        ("login", "expected"),
        [("officer", 200), ("chief", 200), ("bureau", 200), ("officer2", 404), ("county", 403), ("dept", 403),
         ("specialist", 403), ("leader", 403), ("sysadmin", 403), ("secadmin", 403), ("auditor", 403)],
    )  # fmt: skip
    def test_the_milestone_form(self, world: World, as_: As, login: str, expected: int) -> None:
        project = world.project(stage=Stage.INTENT)
        db.session.commit()
        browser = as_(login)
        for path in ("milestones/signed", "stage", "status"):
            assert browser.get(f"/projects/{project.code}/{path}").status_code == expected, path

    @pytest.mark.parametrize(
        "login", ["officer", "chief", "county", "dept", "specialist", "leader", "sysadmin", "auditor"]
    )
    def test_only_the_bureau_decides_and_locks(self, world: World, as_: As, login: str) -> None:
        project = world.project(stage=Stage.INTENT)
        actions.submit(world.actor("officer"), project, SIGNED, complete(project, SIGNED), TODAY, clock.now())
        db.session.commit()
        browser = as_(login)
        for verb in ("recognise", "return", "revoke"):
            assert browser.post(f"/projects/{project.code}/milestones/signed/{verb}").status_code == 403
        assert browser.post("/recognition/periods/2023-01/lock").status_code == 403
