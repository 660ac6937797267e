"""The pipeline over the API: gates, milestones, recognition, status, months."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.core.db import db
from crm.pipeline.rules import MilestoneKind
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind, Source, Stage
from tests.factories import World, attachment
from tests.pipeline import needs
from tests.pipeline.test_actions import SIGNED, TODAY, evidence, recognise, submit

Call = Any


def ready(world: World, **values: Any) -> Project:
    project = world.project(stage=Stage.INTENT, **values)
    db.session.commit()
    return project


def signing(project: Project, **values: Any) -> dict[str, Any]:
    agreement, review = evidence(project, SIGNED)
    db.session.commit()
    return {
        "happened_on": (TODAY - timedelta(days=2)).isoformat(),
        "evidence": [agreement],
        "agreement_kind": "investment",
        "fair_competition": {
            "reviewer": "张审查",
            "reviewed_on": TODAY.isoformat(),
            "conclusion": "未发现问题",
            "evidence": [review],
        },
        **values,
    }


def test_the_gate_and_the_refused_move_say_the_same(world: World, call: Call) -> None:
    project = ready(world)
    gate = call("officer", "get", f"/projects/{project.code}/gate?to=signed")
    assert gate.status_code == 200 and gate.json["to"] == "signed"
    fields = {m["field"] for m in gate.json["missing"]}
    assert fields == {"evidence", "fair_competition"}
    assert all(
        m["link"].startswith(f"/projects/{project.code}/milestones/signed#") for m in gate.json["missing"]
    )
    refused = call("officer", "post", f"/projects/{project.code}/stage", {"to": "signed"})
    assert refused.status_code == 422
    assert refused.json["missing"] == gate.json["missing"]


def test_a_move_that_skips_its_evidence_is_refused_with_what_is_missing(world: World, call: Call) -> None:
    project = world.project(stage=Stage.FILED, source=Source.OWN)
    db.session.commit()
    gate = call("officer", "get", f"/projects/{project.code}/gate").json
    assert gate["to"] == "preliminary" and gate["hints"]
    assert [m["field"] for m in gate["missing"]] == ["visits"]
    refused = call("officer", "post", f"/projects/{project.code}/stage", {"to": "preliminary"})
    assert (refused.status_code, refused.json["missing"]) == (422, gate["missing"])
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "stage.refused")).one()
    assert (event.result, event.project_id) == ("refused", project.id)


def test_talks_move_by_their_evidence(world: World, call: Call) -> None:
    project = world.project(stage=Stage.FILED, source=Source.OWN)
    needs.give(world, project, "fact:visit")
    db.session.commit()
    answer = call("officer", "post", f"/projects/{project.code}/stage", {"to": "preliminary"})
    assert (answer.status_code, answer.json["stage"]) == (200, "preliminary")
    assert call("officer", "post", f"/projects/{project.code}/stage", {"to": "nowhere"}).status_code == 422
    assert (
        call("officer", "post", f"/projects/{project.code}/stage", {"to": "filed", "note": "退"}).status_code
        == 403
    )


def test_a_milestone_is_submitted_recognised_and_revoked(world: World, call: Call) -> None:
    project = ready(world, total="1000000")
    path = f"/projects/{project.code}/milestones/signed"
    answer = call("officer", "put", path, signing(project))
    assert (answer.status_code, answer.json["state"], answer.json["project"]["stage"]) == (
        200,
        "pending",
        "signed",
    )
    assert answer.json["agreement"]["total_investment"] == "1000000"
    done = call("bureau", "post", f"{path}/recognise", {"recognised_on": TODAY.isoformat()})
    assert done.status_code == 200
    assert done.json["recognised_on"] == TODAY.isoformat()
    assert done.json["counted"]["tier"] == "t100" and done.json["counted"]["zone"] == "LYG-ETDZ"
    assert call("bureau2", "post", f"{path}/recognise", {}).status_code == 409
    assert call("bureau", "post", f"{path}/revoke", {"reason": ""}).status_code == 422
    gone = call("bureau", "post", f"{path}/revoke", {"reason": "系框架协议"})
    assert (gone.json["state"], gone.json["counted"], gone.json["project"]["stage"]) == (
        "revoked",
        None,
        "intent",
    )


def test_without_files_it_is_kept_as_a_draft_with_what_is_missing(world: World, call: Call) -> None:
    project = ready(world)
    answer = call(
        "officer", "put", f"/projects/{project.code}/milestones/signed", {"happened_on": TODAY.isoformat()}
    )
    assert (answer.status_code, answer.json["state"], answer.json["project"]["stage"]) == (
        200,
        "draft",
        "intent",
    )
    assert {m["field"] for m in answer.json["missing"]} == {"evidence", "fair_competition"}


@pytest.mark.parametrize("kind", ["framework", "termination"])
def test_pitfall_1_over_the_api(world: World, call: Call, kind: str) -> None:
    project = ready(world)
    answer = call(
        "officer", "put", f"/projects/{project.code}/milestones/signed", signing(project, agreement_kind=kind)
    )
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "agreement_kind"
    assert (
        call("bureau", "post", f"/projects/{project.code}/milestones/signed/recognise", {}).status_code == 409
    )


def test_pitfall_5_a_locked_month_turns_the_date_into_an_adjustment(world: World, call: Call) -> None:
    last = TODAY.replace(day=1) - timedelta(days=1)
    project = ready(world)
    body = signing(project, happened_on=last.isoformat())
    path = f"/projects/{project.code}/milestones/signed"
    assert call("officer", "put", path, body).status_code == 200
    assert call("chief", "post", f"/periods/{last:%Y-%m}/lock").status_code == 403
    assert call("bureau", "post", f"/periods/{last:%Y-%m}/lock").status_code == 200
    assert call("bureau", "post", f"/periods/{last:%Y-%m}/lock").status_code == 409
    assert call("bureau", "post", f"/periods/{TODAY:%Y-%m}/lock").status_code == 422
    counted = call("bureau", "post", f"{path}/recognise", {"recognised_on": last.isoformat()}).json["counted"]
    assert (counted["recognised_on"], counted["asked_on"]) == (
        TODAY.replace(day=1).isoformat(),
        last.isoformat(),
    )


def test_a_stale_version_is_refused(world: World, call: Call) -> None:
    project = ready(world)
    path = f"/projects/{project.code}/milestones/signed"
    body = signing(project)
    version = call("officer", "put", path, body).json["version"]
    assert call("officer", "put", path, body, If_Match='"0"').status_code == 412
    assert call("bureau", "post", f"{path}/recognise", {}, If_Match='"0"').status_code == 409
    assert call("bureau", "post", f"{path}/recognise", {}, If_Match=f'"{version}"').status_code == 200


def test_status_over_the_api(world: World, call: Call) -> None:
    project = ready(world)
    path = f"/projects/{project.code}/status"
    assert call("officer", "post", path, {"to": "on_hold", "reason": "等指标"}).status_code == 422
    body = {"to": "on_hold", "reason": "等指标", "review_on": (TODAY + timedelta(days=9)).isoformat()}
    proposed = call("officer", "post", path, body).json
    assert (proposed["status"], proposed["change"]["approved"]) == ("active", None)
    decide = f"{path}/{proposed['change']['id']}/decide"
    assert call("officer", "post", decide, {"approve": True}).status_code == 403
    assert call("chief", "post", decide, {"approve": True}).json["status"] == "on_hold"
    assert call("chief", "post", decide, {"approve": True}).status_code == 409


def test_pitfall_4_a_terminated_project_leaves_the_count_and_comes_back(world: World, call: Call) -> None:
    project = ready(world)
    submit(world, project)
    recognise(world, project)
    attachment(project, AttachmentKind.TERMINATION)
    db.session.commit()
    path = f"/projects/{project.code}"
    assert (
        call("bureau", "post", f"{path}/status", {"to": "terminated", "reason": "解除"}).json["status"]
        == "terminated"
    )
    signed = call("bureau", "get", f"{path}/milestones").json["items"][0]
    assert (signed["state"], signed["counted"]) == ("recognised", None)
    assert (
        call("bureau", "post", f"{path}/status", {"to": "active", "reason": "误办"}).json["status"]
        == "active"
    )
    assert call("bureau", "get", f"{path}/milestones").json["items"][0]["counted"] is not None


REACH = [
    ("officer", 200, 200), ("chief", 200, 200), ("bureau", 200, 200), ("officer2", 404, 404), ("county", 404, 403),
    ("dept", 404, 403), ("specialist", 404, 403), ("leader", 200, 403), ("sysadmin", 403, 403), ("auditor", 403, 403),
]  # fmt: skip


@pytest.mark.parametrize(("login", "seeing", "writing"), REACH)
def test_the_reach_of_every_role(world: World, call: Call, login: str, seeing: int, writing: int) -> None:
    project = ready(world)
    path = f"/projects/{project.code}"
    assert call(login, "get", f"{path}/gate").status_code == seeing
    assert call(login, "get", f"{path}/milestones").status_code == seeing
    assert call(login, "put", f"{path}/milestones/registered", {}).status_code == writing
    hold = {"to": "on_hold", "reason": "原因", "review_on": (TODAY + timedelta(days=9)).isoformat()}
    assert call(login, "post", f"{path}/status", hold).status_code == writing
    deciding = {"bureau": 409, "officer2": 403}.get(login, 403)
    for verb in ("recognise", "return", "revoke"):
        assert (
            call(
                login,
                "post",
                f"{path}/milestones/full/{verb}",
                {"reason": "x"} if verb != "recognise" else {},
            ).status_code
            == deciding
        )


def test_a_read_grant_shows_the_gate_and_lets_nobody_submit(world: World, call: Call) -> None:
    from crm.projects import actions as projects
    from crm.projects.rules import GrantLevel

    project = ready(world)
    user = world.users["officer2"]
    projects.grant(
        world.actor("bureau"), project, user_id=user.id, level=GrantLevel.READ, source="test", starts_on=TODAY
    )
    db.session.commit()
    path = f"/projects/{project.code}"
    assert call("officer2", "get", f"{path}/gate").status_code == 200
    assert call("officer2", "put", f"{path}/milestones/signed", {}).status_code == 403


def test_unknown_kinds_and_files_are_answered_clearly(world: World, call: Call) -> None:
    project = ready(world)
    path = f"/projects/{project.code}/milestones"
    assert call("officer", "put", f"{path}/lead", {}).status_code == 404
    assert call("officer", "put", f"{path}/signed", {"evidence": [999999]}).status_code == 422
    assert (
        call("officer", "put", f"{path}/signed", {"agreement": {"total_investment": "-1"}}).status_code == 422
    )
    assert MilestoneKind("signed") is SIGNED
