"""Targets over the API with two zones' users."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.core import clock
from crm.core.db import db
from crm.projects.models import Project
from crm.targeting.models import Target
from tests import factories
from tests.factories import World
from tests.filings.conftest import Call, call  # noqa: F401 (a fixture)

TODAY = clock.today()
SOON = (TODAY + timedelta(days=10)).isoformat()


@pytest.fixture
def made(world: World, call: Call) -> dict:  # noqa: F811
    body = {
        "company": {"name": "江苏雷泽光电股份有限公司"}, "node": "PETRO-0201", "entry_kind": "fund",
        "entry_note": "基金引荐", "owner": "officer", "next_step": {"what": "约见", "due_on": SOON},
        "signal": {"happened_on": TODAY.isoformat(), "what": "公告扩产", "source": "公告"},
    }  # fmt: skip
    answer = call("officer", "POST", "/targets", body)
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


def test_a_target_is_listed_with_its_signal_and_next_step(call: Call, made: dict) -> None:  # noqa: F811
    assert (made["node"], made["zone"], made["progress"]) == ("PETRO-0201", "LYG-ETDZ", "untouched")
    assert (made["owner"], made["next_step"]["what"]) == ("officer", "约见")
    assert [s["what"] for s in made["signals"]] == ["公告扩产"]
    page = call("officer", "GET", "/targets?chain=PETRO&entry=fund&live=1").get_json()
    assert [item["id"] for item in page["items"]] == [made["id"]]
    assert page["counts"] == {
        "untouched": 1, "contacted": 0, "talking": 0, "given_up": 0, "converted": 0, "companies": 1,
    }  # fmt: skip
    again = call("officer", "POST", "/targets", {"company": made["company"]["id"], "node": "PETRO-0201"})
    assert (again.status_code, again.get_json()["id"]) == (200, made["id"])
    assert again.get_json()["entry_note"] == "基金引荐"


def test_another_zone_has_404_and_lists_nothing(call: Call, made: dict) -> None:  # noqa: F811
    path, other = f"/targets/{made['id']}", "officer2"
    assert call(other, "GET", path).status_code == 404
    assert call(other, "PATCH", path, {"entry_note": "x"}, made["version"]).status_code == 404
    for verb, body in (
        ("convert", {}),
        ("give-up", {"reason": "x"}),
        ("next", {"what": "x", "due_on": SOON}),
        ("signals", {"happened_on": TODAY.isoformat(), "what": "x", "source": "x"}),
    ):
        assert call(other, "POST", f"{path}/{verb}", body).status_code == 404, verb
    assert call(other, "GET", "/targets").get_json()["total"] == 0
    mine = call(other, "POST", "/targets", {"company": made["company"]["id"], "node": "PETRO-0201"})
    assert mine.status_code == 201, "the same company at the same node is the other zone's own target"


def test_a_change_needs_the_version_that_was_read(call: Call, made: dict) -> None:  # noqa: F811
    path = f"/targets/{made['id']}"
    assert call("officer", "PATCH", path, {"progress": "contacted"}).status_code == 412
    assert call("officer", "PATCH", path, {"progress": "contacted"}, made["version"] - 1).status_code == 412
    answer = call(
        "officer",
        "PATCH",
        path,
        {"progress": "contacted", "note": "通了电话", "standing": "龙头"},
        made["version"],
    )
    done = answer.get_json()
    assert (done["progress"], done["standing"], done["steps"][0]["note"]) == ("contacted", "龙头", "通了电话")
    link = call("officer", "GET", f"/companies/{made['company']['id']}").get_json()["link"]
    assert (link["progress"], link["nodes"]) == ("contacted", ["PETRO-0201"])


def test_the_link_of_the_company_and_its_targets_are_one_truth(call: Call, made: dict) -> None:  # noqa: F811
    company = call("officer", "GET", f"/companies/{made['company']['id']}").get_json()
    body = {"link": {"progress": "talking"}}
    call("officer", "PATCH", f"/companies/{company['id']}", body, company["version"])
    assert call("officer", "GET", f"/targets/{made['id']}").get_json()["progress"] == "talking"


def test_a_conversion_is_done_once_and_answers_the_same(call: Call, made: dict) -> None:  # noqa: F811
    path = f"/targets/{made['id']}/convert"
    first = call("officer", "POST", path, {"name": "雷泽乙烯项目"}, made["version"])
    assert first.status_code == 201
    again = call("officer", "POST", path, {"name": "另一个"}, made["version"])
    assert again.status_code == 200
    assert first.get_json()["project"] == again.get_json()["project"]
    assert db.session.scalar(select(func.count()).select_from(Project)) == 1
    project = call("officer", "GET", f"/projects/{first.get_json()['project']}").get_json()
    assert (project["name"], project["node"]) == ("雷泽乙烯项目", "PETRO-0201")


def test_giving_up_needs_a_reason_and_can_be_taken_back(call: Call, made: dict) -> None:  # noqa: F811
    path = f"/targets/{made['id']}"
    refused = call("officer", "POST", f"{path}/give-up", {"reason": " "})
    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "reason")
    assert (
        call("officer", "POST", f"{path}/give-up", {"reason": "外省扩产"}).get_json()["progress"]
        == "given_up"
    )
    assert call("officer", "POST", f"{path}/convert", {}).status_code == 409
    assert call("officer", "POST", f"{path}/take-up").get_json()["progress"] == "untouched"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"company": 10**8}, 422),
        ({"company": {"name": "甲公司"}, "node": "NO-SUCH"}, 422),
        ({"company": {"name": "甲公司"}, "owner": "officer2"}, 422),
        ({"company": {"name": "甲公司"}, "entry_note": "字" * 301}, 422),
        ({"company": {"name": "甲公司"}, "entry_kind": "friend"}, 422),
        ({"company": {"name": "甲公司"}, "next_step": {"what": "", "due_on": SOON}}, 422),
    ],
)
def test_bad_input_is_refused_and_leaves_nothing(call: Call, body: dict, status: int) -> None:  # noqa: F811
    assert call("officer", "POST", "/targets", body).status_code == status
    assert db.session.scalar(select(func.count()).select_from(Target)) == 0


def test_signals_are_added_and_removed(call: Call, made: dict) -> None:  # noqa: F811
    path = f"/targets/{made['id']}/signals"
    body = {"happened_on": TODAY.isoformat(), "what": "选址", "url": "https://example.cn/a"}
    added = call("officer", "POST", path, body)
    assert (added.status_code, len(added.get_json()["signals"])) == (201, 2)
    gone = call("officer", "DELETE", f"{path}/{made['signals'][0]['id']}")
    assert [s["what"] for s in gone.get_json()["signals"]] == ["选址"]
    assert call("officer", "DELETE", f"{path}/{made['signals'][0]['id']}").status_code == 404
    body["url"] = "javascript:alert(1)"
    assert call("officer", "POST", path, body).status_code == 422


def test_campaigns_are_made_listed_and_filled(world: World, call: Call, made: dict) -> None:  # noqa: F811
    body = {"name": "补链行动", "starts_on": TODAY.isoformat(), "ends_on": SOON, "nodes": ["PETRO-0201"]}
    campaign = call("bureau", "POST", "/campaigns", body).get_json()
    path = f"/campaigns/{campaign['id']}"
    filled = call("officer", "POST", f"{path}/targets", {"targets": [made["id"]]}).get_json()
    assert (filled["added"], filled["targets"]["untouched"]) == (1, 1)
    assert call("officer", "PUT", path, body, campaign["version"]).status_code == 404
    assert call("officer2", "GET", "/campaigns").get_json()["items"][0]["targets"]["all"] == 0
    foreign = factories.target(world.company(), zone_code="LYG-XUWEI")
    db.session.commit()
    assert call("officer", "POST", f"{path}/targets", {"targets": [foreign.id]}).status_code == 404
    changed = call("bureau", "PUT", path, body | {"name": "改名"}, campaign["version"]).get_json()
    assert changed["name"] == "改名"
    assert call("officer", "DELETE", f"{path}/targets/{made['id']}").get_json()["targets"]["all"] == 0


def test_readers_write_nothing(call: Call, made: dict) -> None:  # noqa: F811
    for login in ("leader", "county", "dept", "specialist"):
        assert call(login, "POST", "/targets", {"company": {"name": "甲公司"}}).status_code == 403, login
    for login in ("sysadmin", "secadmin", "auditor"):
        assert call(login, "GET", "/targets").status_code == 403, login
    assert call("leader", "GET", f"/targets/{made['id']}").status_code == 200
