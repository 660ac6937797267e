"""Duties over the API."""

from datetime import timedelta

from flask.testing import FlaskClient

from crm.core import phones
from crm.core.db import db
from crm.settings import queries as values
from tests import factories
from tests.factories import World

URL = "/api/v1/followups"


def test_a_duty_is_stated_postponed_and_completed(world: World, client: FlaskClient) -> None:
    headers, calendar = world.token("officer"), values.calendar()
    first, second = calendar.add_working_days(world.today, 2), calendar.add_working_days(world.today, 4)
    made = client.post(URL, json={"what": "出函", "due_on": first.isoformat()}, headers=headers)
    assert made.status_code == 201
    path = f"{URL}/{made.json['id']}"
    later = client.post(
        f"{path}/postpone",
        json={"to": second.isoformat(), "reason": "对方出差，13800001234"},
        headers=headers,
    )
    assert (made.json["warnings"], later.json["warnings"]) == ([], [phones.WARNING])
    assert (later.json["due_on"], later.json["first_due_on"], later.json["postponed"]) == (
        second.isoformat(),
        first.isoformat(),
        1,
    )
    days = (second + timedelta(days=n) for n in range(1, 30))
    off = next(day for day in days if not calendar.is_working(day))
    moved = {"to": off.isoformat(), "reason": "再等"}
    assert "休息日" in client.post(f"{path}/postpone", json=moved, headers=headers).json["note"]
    done = client.post(f"{path}/complete", json={"answer": "已发"}, headers=headers)
    assert (done.json["state"], done.json["answer"]) == ("done", "已发")
    assert client.post(f"{path}/cancel", json={"reason": "重复"}, headers=headers).status_code == 409
    assert client.get(path, headers=headers).json["state"] == "done"


def test_refusals_name_their_field_and_old_versions_are_412(world: World, client: FlaskClient) -> None:
    duty = factories.followup(world.users["officer"])
    db.session.commit()
    headers, path = world.token("officer"), f"{URL}/{duty.id}"
    silent = client.post(f"{path}/cancel", json={"reason": " "}, headers=headers)
    assert (silent.status_code, silent.json["errors"][0]["field"]) == (422, "reason")
    stale = client.post(f"{path}/cancel", json={"reason": "重复"}, headers=headers | {"If-Match": "9"})
    assert stale.status_code == 412
    past = {"what": "出函", "due_on": (world.today - timedelta(days=3)).isoformat()}
    assert client.post(URL, json=past, headers=headers).json["errors"][0]["field"] == "due_on"


def test_the_list_holds_open_duties_by_owner_and_kind(world: World, client: FlaskClient) -> None:
    mine = factories.followup(world.users["officer"])
    factories.followup(world.users["chief"])
    db.session.commit()
    headers = world.token("officer")
    assert client.get(URL, headers=headers).json["total"] == 2
    only = client.get(f"{URL}?owner=me&kind=followup", headers=headers).json
    assert [item["id"] for item in only["items"]] == [mine.id]
    assert client.get(f"{URL}?state=done", headers=headers).json["total"] == 0


def test_another_zones_duty_is_404_and_a_leader_only_reads(world: World, client: FlaskClient) -> None:
    duty = factories.followup(world.users["officer2"], zone_code="LYG-XUWEI")
    db.session.commit()
    path = f"{URL}/{duty.id}"
    assert client.get(path, headers=world.token("officer")).status_code == 404
    assert (
        client.post(f"{path}/complete", json={"answer": "好"}, headers=world.token("officer")).status_code
        == 404
    )
    assert client.get(path, headers=world.token("leader")).status_code == 200
    assert (
        client.post(f"{path}/complete", json={"answer": "好"}, headers=world.token("leader")).status_code
        == 403
    )


def test_a_duty_is_handed_over_to_a_colleague_of_the_zone_alone(world: World, client: FlaskClient) -> None:
    duty = factories.followup(world.users["officer"])
    db.session.commit()
    path, officer = f"{URL}/{duty.id}/hand-over", world.token("officer")
    far = client.post(path, json={"owner": "officer2"}, headers=officer)
    assert far.status_code == 422 and far.json["errors"][0]["field"] == "owner"
    done = client.post(path, json={"owner": "chief", "note": "转岗"}, headers=officer)
    assert (done.status_code, done.json["owner"]) == (200, "chief")
    # It is the chief's now: the officer who gave it away does not take it back.
    assert client.post(path, json={"owner": "me"}, headers=officer).status_code == 403
    assert (
        client.post(path, json={"owner": "officer"}, headers=world.token("chief")).json["owner"] == "officer"
    )
    assert client.post(path, json={"owner": "chief"}, headers=world.token("officer2")).status_code == 404
    again = client.post(path, json={"owner": "officer"}, headers=world.token("chief"))
    assert again.status_code == 422


def test_a_demand_is_stated_with_its_category_unit_and_leader(world: World, client: FlaskClient) -> None:
    headers, due = world.token("officer"), values.calendar().add_working_days(world.today, 3).isoformat()
    leader = factories.leader("LYG-ETDZ", "钟主任", "管委会主任").id
    db.session.commit()
    body = {"what": "蒸汽价格", "due_on": due, "category": "用能", "unit": "LYG-D-STHJ", "leader": leader}
    for path in (URL, "/api/v1/demands"):
        for wrong in ({"kind": "promise", "leader": None}, {"kind": "promise", "leader": 999_999}):
            refused = client.post(path, json=body | wrong, headers=headers)
            assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "leader")
    made = client.post(URL, json=body | {"kind": "promise"}, headers=headers)
    assert made.status_code == 201
    read = client.get(f"{URL}/{made.json['id']}", headers=headers).json
    assert (read["category"], read["step"], read["forwarded"]) == ("用能", "waiting", 0)
    assert read["unit"] and read["leader"]
    for field, value in (("category", "用能"), ("unit", "LYG-D-STHJ"), ("leader", leader)):
        plain = client.post(URL, json={"what": "出函", "due_on": due, field: value}, headers=headers)
        assert (plain.status_code, plain.json["errors"][0]["field"]) == (422, field)
