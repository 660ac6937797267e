"""Visits over the API: idempotent, exact in its refusals, silent about numbers."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.core import phones
from crm.core.db import db
from crm.settings import queries as settings
from crm.visits.models import Occasion
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
    assert {**read.json, "note": "", "warnings": []} == made
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


def test_a_moved_day_and_a_number_among_the_words_are_said_also_the_second_time(
    world: World, client: FlaskClient
) -> None:
    days = (world.today + timedelta(days=n) for n in range(3, 30))
    off = next(day for day in days if not settings.calendar().is_working(day)).isoformat()
    step = {"what": f"打 {PHONE}", "due_on": off}
    body = _body(world, next_step=step, demands=[])
    answers = [client.post(URL, json=body, headers=world.token("officer")).json for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["next_step"]["due_on"] > off and "休息日" in answers[0]["note"]
    assert answers[0]["warnings"] == [phones.WARNING]


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
    assert now.status_code == 200 and client.get(url, headers=headers).json.items() <= now.json.items()
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
        ({"summary": None}, "summary"),
        ({"happened_on": "heute"}, "happened_on"),
        ({"ours": {}}, "ours"),
        ({"occasion": "x"}, "occasion"),
        ({"confidential": "vielleicht"}, "confidential"),
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
    # The schema's own refusals speak the language of all others.
    assert not re.search("[A-Z][a-z]+ [a-z]+", answer.text.split('"status"')[0])


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


def test_a_trip_is_corrected_and_what_is_left_out_stays(world: World, client: FlaskClient) -> None:
    team = ["陈思远", "王明（市分管）"]
    given = {"client_id": str(uuid.uuid4()), "kind": "trip", "title": "赴深圳", "place": "深圳", "ours": team}
    given["starts_on"] = world.today.isoformat()
    made = client.post("/api/v1/occasions", json=given, headers=world.token("officer")).json
    trip = db.session.get_one(Occasion, made["id"])
    visit = factories.visit(world.users["officer"], world.company(), happened_on=trip.starts_on)
    visit.occasion_id = trip.id
    db.session.commit()
    url, headers = f"/api/v1/occasions/{trip.id}", world.token("officer")
    before = client.get(url, headers=headers).json
    assert client.patch(url, json={"title": "改"}, headers=headers).status_code == 412
    now = headers | {"If-Match": str(before["version"])}
    told = client.patch(url, json={"title": "赴深圳和东莞", "result": f"回电 {PHONE}"}, headers=now)
    assert told.status_code == 200 and told.json["warnings"] == [phones.WARNING]
    kept = ("place", "starts_on", "ends_on", "ours", "visits", "zone", "client_id", "guests")
    assert {name: told.json[name] for name in kept} == {name: before[name] for name in kept}
    assert (told.json["title"], told.json["version"] > before["version"]) == ("赴深圳和东莞", True)
    assert client.patch(url, json={"title": "晚了"}, headers=now).status_code == 412
    # The team alone is a new version, too; and days that would leave a visit outside are refused.
    now = headers | {"If-Match": str(told.json["version"])}
    alone = client.patch(url, json={"ours": ["陈思远"]}, headers=now).json
    assert alone["version"] > told.json["version"] and [p["name"] for p in alone["ours"]] == ["陈思远"]
    now = headers | {"If-Match": str(alone["version"])}
    early = (trip.starts_on - timedelta(days=9)).isoformat()
    refused = client.patch(url, json={"starts_on": early, "ends_on": early}, headers=now)
    assert refused.status_code == 422 and refused.json["errors"][0]["field"] == "starts_on"


def test_a_trip_is_removed_with_a_reason_by_those_who_may(world: World, client: FlaskClient) -> None:
    trip = factories.occasion(world.users["chief"])
    db.session.commit()
    url, why = f"/api/v1/occasions/{trip.id}/remove", {"reason": "记重了"}
    change = client.patch(url[:-7], json={"title": "改"}, headers=world.token("officer") | {"If-Match": "1"})
    removed = client.post(url, json=why, headers=world.token("officer"))
    assert change.status_code == removed.status_code == 403
    assert client.post(url, json={"reason": " "}, headers=world.token("chief")).status_code == 422
    stale = client.post(url, json=why, headers=world.token("chief") | {"If-Match": "9"})
    assert stale.status_code == 412
    assert client.post(url, json=why, headers=world.token("chief")).status_code == 204
    assert client.post(url, json=why, headers=world.token("chief")).status_code == 404


def test_a_day_on_station_is_put_corrected_and_taken_back(world: World, client: FlaskClient) -> None:
    headers, url = world.token("officer"), f"/api/v1/station-days/{world.today.isoformat()}"
    assert client.delete(url, headers=headers).status_code == 404
    for leads in (1, 3):
        answer = client.put(url, json={"station": "上海", "leads": leads}, headers=headers)
        assert answer.status_code == 200 and answer.json["leads"] == leads
    listed = client.get("/api/v1/station-days", headers=headers).json
    assert [(one["station"], one["leads"]) for one in listed["items"]] == [("上海", 3)]
    assert client.patch(url, json={"work": "拜访"}, headers=headers).status_code == 412
    now = headers | {"If-Match": str(listed["items"][0]["version"])}
    told = client.patch(url, json={"work": f"找 {PHONE}"}, headers=now).json
    assert (told["station"], told["leads"], told["warnings"]) == ("上海", 3, [phones.WARNING])
    # Whoever saw an older day neither writes over this one nor takes it away, when he says what he saw.
    for method, body in (("put", {"station": "深圳"}), ("patch", {"leads": 9}), ("delete", None)):
        assert getattr(client, method)(url, json=body, headers=now).status_code == 412
    assert client.patch(url, json={"leads": 9}, headers=world.token("chief")).status_code == 404
    now = headers | {"If-Match": str(told["version"])}
    assert client.patch(url, json={"leads": 1000}, headers=now).json["errors"][0]["field"] == "leads"
    assert client.delete(url, headers=now).status_code == 204
    assert client.get("/api/v1/station-days", headers=headers).json["total"] == 0
    bad = "/api/v1/station-days/heute"
    assert client.put(bad, json={"station": "上海"}, headers=headers).status_code == 422
