"""恶意竞争 and false data: held against a filing by the bureau, seen by the zone, revocable, and with an effect."""

from typing import Any

import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.companies.models import Company
from crm.core import clock
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.filings import queries, rules
from crm.filings.models import Sanction
from crm.filings.rules import sanctions as measures
from crm.filings.rules.sanctions import Effects, Offence
from crm.pipeline.rules import MilestoneKind
from crm.projects.models import Project
from crm.projects.rules import Stage
from crm.settings.rules import SETTINGS
from tests import factories
from tests.factories import World
from tests.filings.conftest import ETDZ, XUWEI, Call, Met, decide, file
from tests.strangers import read

TABLE = SETTINGS["filing_sanctions"].default
BASIS = "连招办〔2026〕12号"


@pytest.mark.parametrize(
    ("offence", "effects", "words"),
    [
        (Offence.POACHING, Effects(True, True, False), "通报、不计首谈认定"),
        (Offence.FALSE_DATA, Effects(True, True, True), "通报、不计首谈认定、清除报备"),
    ],
)
def test_what_follows_is_the_setting(offence: Offence, effects: Effects, words: str) -> None:
    found = measures.effects_of(offence, TABLE)
    assert (found, found.words) == (effects, words)


def test_without_any_effect_it_is_kept_on_record() -> None:
    assert Effects(False, False, False).words == "记录在案"


def test_a_sanction_names_its_basis() -> None:
    with pytest.raises(RuleBroken, match="依据文件"):
        measures.check_basis(" ")
    with pytest.raises(RuleBroken, match="最多"):
        measures.check_basis("文" * 201)


def held(call: Call, made: dict[str, Any], offence: str = "poaching", **more: Any) -> Any:
    body = {"offence": offence, "reason": "在对方保护期内以补贴抢商", "basis": BASIS} | more
    return call("bureau", "POST", f"/filings/{made['id']}/sanctions", body)


@pytest.fixture
def filed(call: Call, met: Met, investor: Company) -> Any:
    def make(**values: Any) -> dict[str, Any]:
        project, visit = met(ETDZ, investor, "officer", **values)
        return dict(decide(call, file(call, "officer", project, visit).get_json()).get_json())

    return make


def test_poaching_is_circulated_and_takes_the_credit(call: Call, filed: Any, as_: Any, world: World) -> None:
    made = filed()
    for bad in ({"reason": ""}, {"basis": ""}):
        assert held(call, made, **bad).status_code == 422
    assert (
        call("officer", "POST", f"/filings/{made['id']}/sanctions", {"offence": "poaching"}).status_code
        == 403
    )
    row = held(call, made).get_json()
    assert (row["circulated"], row["no_credit"], row["removed"]) == (True, True, False)
    assert held(call, made).status_code == 409
    shown = call("officer", "GET", f"/filings/{made['id']}").get_json()
    assert shown["state"] == "accepted" and [one["id"] for one in shown["sanctions"]] == [row["id"]]
    sanction = db.session.scalars(select(Sanction)).one()
    pair = (sanction.project_id, sanction.zone_id)
    assert queries.sanctioned() == {pair} == queries.sanctioned([sanction.project_id])
    assert queries.sanctioned([0]) == set()
    for path in ("/filings/sanctions", f"/filings/{made['id']}", f"/projects/{made['project']['code']}"):
        assert "不计首谈认定" in read(as_("officer").get(path)), path
    assert "不计首谈认定" in read(as_("officer").get("/notices"))
    # Another zone sees nothing of it.
    assert call("officer2", "GET", "/filings/sanctions").get_json()["items"] == []
    assert BASIS not in read(as_("officer2").get("/filings/sanctions"))


def test_false_data_strikes_the_filing_out_until_it_is_revoked(
    call: Call, filed: Any, investor: Company
) -> None:
    made = filed()
    row = held(call, made, "false_data").get_json()
    gone = call("officer", "GET", f"/filings/{made['id']}").get_json()
    assert (gone["state"], gone["end_kind"]) == ("lapsed", "removed")
    # What was struck out is no gift to others: it does not stand in the pool.
    assert call("officer2", "GET", "/filings/pool").get_json()["items"] == []
    again = call("officer", "POST", "/filings", {"project": made["project"]["code"], "visit": made["visit"]})
    assert again.status_code == 422 and "因虚假数据被清除" in read(again)
    path = f"/filings/sanctions/{row['id']}/revoke"
    assert call("bureau", "POST", path, {}).status_code == 422
    assert call("officer", "POST", path, {"reason": "冤枉"}).status_code == 403
    done = call("bureau", "POST", path, {"reason": "查明系录入错误"}).get_json()
    assert done["revoked_at"] and done["revoke_reason"] == "查明系录入错误"
    assert call("bureau", "POST", path, {"reason": "再撤"}).status_code == 409
    assert queries.sanctioned() == set()
    again = call("officer", "POST", "/filings", {"project": made["project"]["code"], "visit": made["visit"]})
    assert again.status_code == 201
    codes = db.session.scalars(
        select(AuditEvent.code).where(AuditEvent.code.like("filing.sanction%")).order_by(AuditEvent.id)
    ).all()
    assert list(codes) == ["filing.sanctioned", "filing.sanction_revoked"]


def test_a_signed_first_talk_is_not_struck_out(call: Call, filed: Any, world: World) -> None:
    made = filed()
    project = db.session.scalars(select(Project).where(Project.code == made["project"]["code"])).one()
    project.stage = Stage.SIGNED
    db.session.commit()
    answer = held(call, made, "false_data")
    assert answer.status_code == 422 and "已签约" in read(answer)
    assert held(call, made).status_code == 201


def test_nobody_sanctions_his_own_filing(call: Call, met: Met, investor: Company) -> None:
    project, visit = met(ETDZ, investor, "bureau")
    made = file(call, "bureau", project, visit).get_json()
    assert held(call, made).status_code == 403


def test_the_pages_work_without_script(call: Call, filed: Any, as_: Any) -> None:
    made = filed()
    bureau = as_("bureau")
    assert "没有违规报备的处理" in read(bureau.get("/filings/sanctions"))
    path = f"/filings/{made['id']}/sanctions"
    body = {"sanction-offence": "poaching", "sanction-reason": "抢商", "sanction-basis": ""}
    refused = bureau.post(path, data=body)
    assert refused.status_code == 422 and "没有写依据文件" in read(refused)
    assert bureau.post(path, data=body | {"sanction-basis": BASIS}).status_code == 303
    page = read(bureau.get("/filings/sanctions"))
    assert BASIS in page and "撤销处理" in page
    made_id = db.session.scalars(select(Sanction.id)).one()
    revoke = f"/filings/sanctions/{made_id}/revoke"
    assert bureau.post(revoke, data={"reason": ""}).status_code == 422
    assert bureau.post(revoke, data={"reason": "查明不实"}).status_code == 303
    assert "查明不实" in read(as_("officer").get("/filings/sanctions"))
    assert rules.EndKind.REMOVED.label == "虚假数据，已清除"


def test_the_first_talk_of_a_sanctioned_zone_is_left_out_of_the_board(
    call: Call, met: Met, investor: Company, world: World
) -> None:
    """首谈认定 of a project that another zone has landed: shown, left out while the sanction stands, shown again."""

    def first_talks() -> int:
        board = call("bureau", "GET", f"/quotas?year={clock.today().year}").get_json()
        return sum(line["first_talks"] for line in board["lines"] if line["zone"] == ETDZ)

    factories.quota_plan(clock.today().year)
    project, visit = met(ETDZ, investor, "officer", total="1200000", tier="t100")
    made = decide(call, file(call, "officer", project, visit).get_json()).get_json()
    project.first_zone_id, project.zone_id = project.zone_id, world.zone(XUWEI).id
    project.stage = Stage.SIGNED
    factories.recognised(project, clock.today(), MilestoneKind.SIGNED)
    db.session.commit()
    assert first_talks() == 1
    row = held(call, made).get_json()
    assert first_talks() == 0
    assert (
        call("bureau", "POST", f"/filings/sanctions/{row['id']}/revoke", {"reason": "查明不实"}).status_code
        == 200
    )
    assert first_talks() == 1
