"""Projects over the API: the interface's shapes, versions, refusals."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.accounts.rules import TokenScope
from crm.core.db import db
from crm.projects.models import Project
from tests import papers
from tests.factories import World

NEW = {
    "name": "铭屿风电叶片",
    "company": {"name": "铭屿叶片有限公司", "uscc": ""},
    "capital": "domestic",
    "total_investment": "154000",
    "fixed_investment": "121000.5",
    "expected_sign_on": "2026年12月中旬",
    "expected_start_on": "2027-03-01",
    "land_mu": "210",
    "source": "own",
}


class Api:
    """A caller with one person's token."""

    def __init__(self, world: World, login: str, scope: TokenScope = TokenScope.WRITE) -> None:
        self.client: FlaskClient = world.app.test_client()
        self.headers = world.token(login, scope)

    def __call__(self, method: str, path: str, version: int | None = None, **kwargs: Any) -> Any:
        headers = self.headers | ({"If-Match": f'"{version}"'} if version is not None else {})
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **kwargs)


@pytest.fixture
def api(world: World) -> Api:
    return Api(world, "officer")


def made(api: Api, **more: Any) -> dict[str, Any]:
    answer = api("POST", "/projects", json=NEW | more)
    assert answer.status_code == 201, answer.json
    body: dict[str, Any] = answer.json
    return body


def test_a_project_is_created_with_its_company_and_read_back(world: World, api: Api) -> None:
    body = made(api)
    assert body["code"] == f"ETDZ-{world.today.year}-0001"
    assert body["company"]["name"] == "铭屿叶片有限公司"
    assert (body["total_investment"], body["fixed_investment"]) == ("154000", "121000.5")
    assert (body["expected_sign_on"], body["expected_sign_precision"]) == ("2026-12-11", "xun")
    assert (body["stage"], body["status"], body["tier"], body["zone"], body["owner"]) == (
        "lead",
        "active",
        "t10",
        "LYG-ETDZ",
        "officer",
    )
    assert (body["phases"], body["milestones"], body["credits"], body["grants"]) == ([], [], [], [])
    assert api("GET", f"/projects/{body['code']}").json == body


def test_a_company_may_be_given_by_its_number(world: World, api: Api) -> None:
    company = world.company()
    db.session.commit()
    assert made(api, company=company.id)["company"]["id"] == company.id


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"total_investment": "-1"}, "total_investment"),
        ({"total_investment": "1.2345678"}, "total_investment"),
        ({"total_investment": "NaN"}, "total_investment"),
        ({"fixed_investment": "999999"}, "fixed_investment"),
        ({"company": None}, "company"),
        ({"company": {"name": " "}}, "company"),
        ({"company": 999999}, "company"),
        ({"zone": "LYG-NONE"}, "zone"),
        ({"zone": "LYG-XUWEI"}, "zone"),
        ({"node": "NONE"}, "node"),
        ({"owner": "officer2"}, "owner"),
        ({"stage": "signed"}, "stage"),
        ({"capital": "both"}, "capital"),
        ({"expected_start_on": "明天"}, "expected_start_on"),
    ],
)
def test_what_a_rule_refuses_is_named_by_field(api: Api, wrong: dict[str, Any], field: str) -> None:
    answer = api("POST", "/projects", json=NEW | wrong)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert field in [e["field"] for e in answer.json["errors"]]
    assert db.session.scalars(select(Project)).all() == []


def test_a_change_carries_the_version_it_saw(api: Api) -> None:
    body = made(api)
    path = f"/projects/{body['code']}"
    assert api("PATCH", path, json={"name": "改名"}).status_code == 412
    changed = api(
        "PATCH", path, body["version"], json={"total_investment": "1000000", "expected_sign_on": None}
    )
    assert changed.status_code == 200
    assert (changed.json["total_investment"], changed.json["tier"], changed.json["name"]) == (
        "1000000",
        "t100",
        NEW["name"],
    )
    assert changed.json["expected_sign_on"] is None
    assert changed.json["version"] > body["version"]
    assert api("PATCH", path, body["version"], json={"name": "迟到的改名"}).status_code == 412
    assert api("GET", path).json["name"] == NEW["name"]


def test_not_visible_is_404_and_not_permitted_is_403(world: World, api: Api) -> None:
    code = made(api)["code"]
    assert Api(world, "officer2")("GET", f"/projects/{code}").status_code == 404
    assert Api(world, "officer2")("PATCH", f"/projects/{code}", 1, json={"name": "x"}).status_code == 404
    assert Api(world, "leader")("GET", f"/projects/{code}").status_code == 200
    assert Api(world, "leader")("PATCH", f"/projects/{code}", 1, json={"name": "x"}).status_code == 403
    assert Api(world, "chief")("PUT", f"/projects/{code}/credits", json={}).status_code == 403
    assert Api(world, "officer", TokenScope.READ)("POST", "/projects", json=NEW).status_code == 403
    assert world.app.test_client().get(f"/api/v1/projects/{code}").status_code == 401


def test_the_list_filters_sorts_and_goes_on_by_token(world: World, api: Api) -> None:
    for n in range(5):
        world.project(name=f"演示{n}", total=str(n * 1000))
    world.project("LYG-XUWEI", name="外区")
    db.session.commit()
    first = api("GET", "/projects?sort=-amount&per_page=2").json
    assert (first["total"], [p["name"] for p in first["items"]]) == (5, ["演示4", "演示3"])
    second = api.client.get(first["next"], headers=api.headers).json
    assert [p["name"] for p in second["items"]] == ["演示2", "演示1"]
    assert [p["name"] for p in api("GET", "/projects?least=3000&sort=amount").json["items"]] == [
        "演示3",
        "演示4",
    ]
    assert api("GET", "/projects?zone=LYG-XUWEI").json["total"] == 0
    assert api("GET", "/projects?owner=nobody").status_code == 422
    assert api("GET", "/projects?sort=stage").status_code == 422
    assert api("GET", "/projects?per_page=201").status_code == 422
    for nothing in (
        "updated_since=2099-01-01T00:00:00",
        "created_since=2099-01-01T00:00:00",
        "created_by=bureau",
        "kind=expansion",
        "exclusion=real_estate",
        "chain_action=fill",
        "reached=signed",
    ):
        assert api("GET", f"/projects?{nothing}").json["total"] == 0, nothing
    assert api("GET", "/projects?created_since=2020-01-01T00:00:00&kind=new").json["total"] == 5
    assert first["items"][0]["light"]["reason"]


def test_a_hidden_investor_is_masked_in_list_and_record(world: World, api: Api) -> None:
    code = made(api, confidential=True)["code"]
    leader = Api(world, "leader")
    assert leader("GET", f"/projects/{code}").json["company"] == {"id": None, "name": "某企业", "uscc": None}
    assert leader("GET", "/projects").json["items"][0]["company"] == {"id": None, "name": "某企业"}
    assert leader("GET", "/projects?q=铭屿叶片").json["total"] == 0
    assert leader("GET", f"/projects/{code}/attachments").json == {"items": []}


def test_progress_is_added_and_listed(api: Api) -> None:
    path = f"/projects/{made(api)['code']}/progress"
    assert (
        api("POST", path, json={"on": "2026-01-05", "done": "送样", "next_step": "回访"}).status_code == 201
    )
    assert api("POST", path, json={"on": "2099-01-05", "done": "未来"}).status_code == 422
    assert api("POST", path, json={"done": " "}).json["errors"][0]["field"] == "done"
    assert [n["done"] for n in api("GET", path).json["items"]] == ["送样"]


def test_a_file_is_sent_as_multipart(api: Api) -> None:
    path = f"/projects/{made(api)['code']}/attachments"
    answer = api("POST", path, data={"kind": "agreement", "file": (io.BytesIO(papers.PDF), "协议.pdf")})
    assert answer.status_code == 201
    assert (answer.json["kind"], answer.json["filename"], answer.json["size"]) == (
        "agreement",
        "协议.pdf",
        len(papers.PDF),
    )
    assert api("GET", path).json["items"][0]["id"] == answer.json["id"]
    gone = f"{path}/{answer.json['id']}/remove"
    assert api("POST", gone, json={"reason": ""}).status_code == 422
    assert api("POST", gone, json={"reason": "传错了"}).status_code == 204
    assert api("GET", path).json["items"] == []
    assert (
        api("POST", path, data={"kind": "poem", "file": (io.BytesIO(papers.PDF), "协议.pdf")}).json["errors"][
            0
        ]["field"]
        == "kind"
    )
    assert api("POST", path, data={"kind": "agreement"}).json["errors"][0]["field"] == "file"
    assert (
        api("POST", path, data={"kind": "agreement", "file": (io.BytesIO(b"MZ"), "a.exe")}).status_code == 422
    )


def test_the_bureau_assigns_the_zone(world: World, api: Api) -> None:
    code = made(api)["code"]
    assert api("POST", f"/projects/{code}/zone", json={"zone": "LYG-XUWEI"}).status_code == 403
    answer = Api(world, "bureau")("POST", f"/projects/{code}/zone", json={"zone": "LYG-XUWEI"})
    assert (answer.status_code, answer.json["zone"]) == (200, "LYG-XUWEI")


def test_the_bureau_sets_shares_that_sum_to_one(world: World, api: Api) -> None:
    path = f"/projects/{made(api)['code']}/credits"
    bureau = Api(world, "bureau")
    half = [{"zone": "LYG-ETDZ", "share": "0.5"}, {"zone": "LYG-XUWEI", "share": "0.5"}]
    answer = bureau("PUT", path, json={"effective_on": "2026-11-23", "shares": half})
    assert answer.status_code == 200
    assert {
        (c["indicator"], c["zone"], c["share"]) for c in answer.json["credits"] if c["indicator"] == "count"
    } == {
        ("count", "LYG-ETDZ", "0.5"),
        ("count", "LYG-XUWEI", "0.5"),
    }
    for wrong in ([], half[:1], [*half, half[0]], [{"zone": "LYG-NONE", "share": "1"}]):
        refused = bureau("PUT", path, json={"effective_on": "2026-11-23", "shares": wrong})
        assert refused.status_code == 422, wrong
