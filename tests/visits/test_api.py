"""Visits over the API: idempotent, exact in its refusals, silent about numbers."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.core.db import db
from tests import factories
from tests.factories import World

URL = "/api/v1/visits"
PHONE = "13800002605"


def _body(world: World, **values: Any) -> dict[str, Any]:
    given = {
        "client_id": str(uuid.uuid4()),
        "happened_on": world.today.isoformat(),
        "mode": "inbound",
        "company": {"name": "演示澜山新材料有限公司"},
        "projects": [],
        "ours": ["陈思远"],
        "theirs": [{"name": "罗知衡", "post": "董事", "phone": PHONE}],
        "place": "第二会议室",
        "summary": "对方带来协议附件第4稿",
        "demands": ["供电公司出函"],
        "next_step": {
            "what": "出函",
            "due_on": (world.today + timedelta(days=7)).isoformat(),
            "owner": "officer",
        },
        "no_next_step_reason": "",
    }
    return given | values


def test_the_same_id_twice_makes_one_visit_and_answers_the_same(world: World, client: FlaskClient) -> None:
    headers, body = world.token("officer"), _body(world)
    first = client.post(URL, json=body, headers=headers)
    second = client.post(URL, json=body, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert client.get(URL, headers=headers).json["total"] == 1


def test_a_visit_reads_back_with_its_people_masked_and_its_duties(world: World, client: FlaskClient) -> None:
    headers = world.token("officer")
    made = client.post(URL, json=_body(world), headers=headers).json
    read = client.get(f"{URL}/{made['id']}", headers=headers)
    assert read.json == made
    assert PHONE not in read.text
    assert made["theirs"][0]["phone"] == "138****2605"
    assert made["next_step"]["owner"] == "officer"
    assert [d["what"] for d in made["demands"]] == ["供电公司出函"]
    leader = factories.leader("LYG-ETDZ", "钟明远", "书记")
    db.session.commit()
    line = {"what": "蒸汽价格", "category": "用能", "unit": "LYG-ETDZ", "leader": leader.id}
    told = client.post(URL, json=_body(world, demands=["出函", line]), headers=headers).json["demands"]
    assert [(d["kind"], d["category"], d["unit"], d["leader"]) for d in told] == [
        ("demand", "", None, None),
        ("promise", "用能", "LYG-ETDZ", line["leader"]),
    ]
    assert made["ours"] == [{"name": "陈思远", "level": "", "leads": True}]


def test_a_visit_is_corrected_and_what_is_left_out_stays(world: World, client: FlaskClient) -> None:
    headers, url = world.token("officer"), URL
    project = world.project(investor=world.company("演示澜山新材料有限公司"))
    db.session.commit()
    body = _body(world, projects=[project.code], ours=["陈思远", "王明（市分管）"], intent_amount="1234567")
    made = client.post(url, json=body, headers=headers).json
    url = f"{URL}/{made['id']}"
    change = {"summary": "改过的", "place": "", "theirs": [{"name": "沈默言"}], "mode": "video"}
    assert client.patch(url, json=change, headers=headers).status_code == 412
    now = client.patch(url, json=change, headers=headers | {"If-Match": str(made["version"])})
    assert now.status_code == 200 and now.json == client.get(url, headers=headers).json
    kept = (
        "ours",
        "projects",
        "happened_on",
        "intent_amount",
        "demands",
        "next_step",
        "company",
        "client_id",
    )
    assert {name: now.json[name] for name in kept} == {name: made[name] for name in kept}
    assert (now.json["summary"], now.json["place"], now.json["mode"]) == ("改过的", "", "video")
    assert [person["name"] for person in now.json["theirs"]] == ["罗知衡", "沈默言"]
    late = headers | {"If-Match": str(now.json["version"])}
    refused = client.patch(url, json={"happened_on": "2126-01-01"}, headers=late)
    assert refused.status_code == 422 and refused.json["errors"][0]["field"] == "happened_on"
    other = world.token("specialist") | {"If-Match": str(now.json["version"])}
    assert client.patch(url, json={"place": "改"}, headers=other).status_code in (403, 404)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"happened_on": "2126-01-01"}, "happened_on"),
        ({"next_step": None}, "next_step.what"),
        ({"mode": "walk"}, "mode"),
        ({"client_id": "x"}, "client_id"),
        ({"company": "某某"}, "company"),
        ({"projects": ["ETDZ-2020-0001"]}, "projects"),
        ({"next_step": {"what": "出函", "due_on": "2126-01-01", "owner": "officer2"}}, "next_step.owner"),
        ({"wrong": 1}, "wrong"),
        ({"demands": [{"what": "出函", "unit": "NOWHERE"}]}, "demands"),
        ({"demands": [{"what": "出函", "category": "没有这类"}]}, "demands.0.category"),
        ({"demands": [{"what": "出函", "leader": 999_999}]}, "demands"),
        ({"demands": ["供" * 301]}, "demands.0.what"),
    ],
)
def test_a_refusal_names_its_field(
    world: World, client: FlaskClient, changes: dict[str, Any], field: str
) -> None:
    answer = client.post(URL, json=_body(world, **changes), headers=world.token("officer"))
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_not_visible_is_404_and_not_permitted_is_403(world: World, client: FlaskClient) -> None:
    visit = factories.visit(world.users["officer2"], world.company(), zone_code="LYG-XUWEI")
    db.session.commit()
    assert client.get(f"{URL}/{visit.id}", headers=world.token("officer")).status_code == 404
    assert client.get(f"{URL}/{visit.id}", headers=world.token("leader")).status_code == 200
    assert client.post(URL, json=_body(world), headers=world.token("leader")).status_code == 403
    assert client.get(URL, headers=world.token("auditor")).status_code == 403
    assert client.get(URL).status_code == 401


def test_the_list_filters_by_zone_mode_and_officer(world: World, client: FlaskClient) -> None:
    mine = factories.visit(world.users["officer"], world.company())
    factories.visit(world.users["officer2"], world.company(), zone_code="LYG-XUWEI")
    db.session.commit()
    headers = world.token("bureau")
    for query, total in (
        ("", 2),
        ("?zone=LYG-ETDZ", 1),
        ("?zone=NOWHERE", 0),
        ("?mode=phone", 0),
        ("?officer=me", 0),
    ):
        assert client.get(URL + query, headers=headers).json["total"] == total
    only = client.get(URL + "?zone=LYG-ETDZ", headers=headers).json["items"]
    assert [item["id"] for item in only] == [mine.id]


def test_a_long_list_is_followed_by_next(
    world: World, client: FlaskClient, as_: Callable[[str], FlaskClient]
) -> None:
    for _ in range(5):
        factories.visit(world.users["officer"], world.company())
    db.session.commit()
    headers, url, seen = world.token("officer"), f"{URL}?per_page=2", []
    while url:
        answer = client.get(url, headers=headers).json
        seen += [item["id"] for item in answer["items"]]
        url = answer["next"]
    assert len(seen) == len(set(seen)) == 5


def test_a_trip_is_recorded_once_and_lists_its_visits(world: World, client: FlaskClient) -> None:
    headers = world.token("officer")
    body = {
        "client_id": str(uuid.uuid4()),
        "kind": "trip",
        "title": "赴深圳",
        "place": "深圳",
        "starts_on": world.today.isoformat(),
        "ours": ["陈思远", "王明（市分管）"],
    }
    first = client.post("/api/v1/occasions", json=body, headers=headers)
    again = client.post("/api/v1/occasions", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert (first.json["people"], first.json["days"], first.json["zone"]) == (2, 1, "LYG-ETDZ")
    listed = client.get("/api/v1/occasions?kind=trip&level=city_charge", headers=headers)
    assert [one["id"] for one in listed.json["items"]] == [first.json["id"]]
    assert client.get("/api/v1/occasions?zone=NONE", headers=headers).json["total"] == 0
    wrong = client.post(
        "/api/v1/occasions", json=body | {"client_id": str(uuid.uuid4()), "place": ""}, headers=headers
    )
    assert wrong.status_code == 422 and wrong.json["errors"][0]["field"] == "place"


def test_a_day_on_station_is_put_and_put_again(world: World, client: FlaskClient) -> None:
    headers, url = world.token("officer"), f"/api/v1/station-days/{world.today.isoformat()}"
    for leads in (1, 3):
        answer = client.put(url, json={"station": "上海", "leads": leads}, headers=headers)
        assert answer.status_code == 200 and answer.json["leads"] == leads
    listed = client.get("/api/v1/station-days", headers=headers).json
    assert [(one["station"], one["leads"]) for one in listed["items"]] == [("上海", 3)]
    assert (
        client.put("/api/v1/station-days/heute", json={"station": "上海"}, headers=headers).status_code == 422
    )
