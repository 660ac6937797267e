"""The API of the register: the same rules as the pages."""

import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.companies import queries
from crm.companies.models import Company
from crm.core.db import db
from tests.factories import World

BASE = "/api/v1/companies"


def _code(body: str = "91320700MA1ABCDE1") -> str:
    from stdnum.cn import uscc

    return body + str(uscc.calc_check_digit(body))


@pytest.fixture
def made(world: World, client) -> dict[str, object]:
    """A company registered by the officer of ETDZ through the API."""
    body = {
        "name": "启澜储能科技有限公司",
        "uscc": _code(),
        "aliases": ["启澜"],
        "region": "江苏",
        "kind": "private",
        "listed_code": "300750.SZ",
        "registered_capital": "5000",
        "link": {
            "progress": "contacted",
            "owner": "chief",
            "nodes": [queries.all_nodes()[0].code],
            "notes": "谈过",
        },
    }
    answer = client.post(BASE, json=body, headers=world.token("officer"))
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()  # type: ignore[no-any-return]


def test_a_company_is_answered_with_the_register_and_ones_own_link(world: World, made) -> None:
    assert made["created"] is True
    assert (made["uscc"], made["aliases"], made["kind"], made["listed_code"]) == (
        _code(),
        ["启澜"],
        "private",
        "300750",
    )
    assert made["registered_capital"] == "5000"
    link = made["link"]
    assert (link["zone"], link["owner"], link["progress"], link["notes"]) == (
        "LYG-ETDZ",
        "chief",
        "contacted",
        "谈过",
    )
    assert link["nodes"] == [queries.all_nodes()[0].code] and link["contacts"] == []


def test_a_known_company_gets_a_link_and_200(world: World, client, made) -> None:
    answer = client.post(BASE, json={"name": "启澜储能科技"}, headers=world.token("officer2"))
    assert (answer.status_code, answer.get_json()["created"]) == (200, False)
    assert answer.get_json()["id"] == made["id"]
    assert answer.get_json()["link"]["zone"] == "LYG-XUWEI" and answer.get_json()["links"] == []


def test_another_zone_reads_the_register_and_no_link(world: World, client, made) -> None:
    body = client.get(f"{BASE}/{made['id']}", headers=world.token("officer2")).get_json()
    assert (body["name"], body["link"], body["links"]) == (made["name"], None, [])
    city = client.get(f"{BASE}/{made['id']}", headers=world.token("bureau")).get_json()
    assert city["link"] is None and [link["zone"] for link in city["links"]] == ["LYG-ETDZ"]


def test_the_list_is_filtered_sorted_and_paged(world: World, client, made) -> None:
    for n in range(4):
        world.company(f"翻页{n}有限公司", region="浙江")
    db.session.commit()
    headers = world.token("officer")
    first = client.get(f"{BASE}?per_page=2&sort=name&region=浙江", headers=headers).get_json()
    assert (first["total"], len(first["items"]), first["page"]) == (4, 2, 1)
    second = client.get(first["next"], headers=headers).get_json()
    assert second["next"] is None
    names = [item["name"] for item in [*first["items"], *second["items"]]]
    assert names == sorted(names)
    linked = client.get(f"{BASE}?linked=1", headers=headers).get_json()
    assert [item["id"] for item in linked["items"]] == [made["id"]]
    assert linked["items"][0]["link"]["nodes"] == made["link"]["nodes"]
    assert client.get(f"{BASE}?linked=1", headers=world.token("officer2")).get_json()["total"] == 0
    assert client.get(f"{BASE}?q=qlcn", headers=headers).get_json()["total"] == 1
    assert client.get(f"{BASE}?sort=phone", headers=headers).status_code == 422
    assert client.get(f"{BASE}?kind=gone", headers=headers).status_code == 422


def test_a_change_needs_the_current_version(world: World, client, made) -> None:
    headers = world.token("officer")
    address = f"{BASE}/{made['id']}"
    assert client.patch(address, json={"city": "南京"}, headers=headers).status_code == 412
    answer = client.patch(
        address, json={"city": "南京"}, headers={**headers, "If-Match": f'"{made["version"]}"'}
    )
    assert (answer.status_code, answer.get_json()["city"], answer.get_json()["region"]) == (
        200,
        "南京",
        "江苏",
    )
    assert answer.get_json()["aliases"] == ["启澜"] and answer.get_json()["registered_capital"] == "5000"
    stale = client.patch(
        address, json={"city": "南通"}, headers={**headers, "If-Match": str(made["version"])}
    )
    assert (stale.status_code, stale.content_type) == (412, "application/problem+json")
    assert db.session.get_one(Company, made["id"]).city == "南京"


def test_a_link_is_guarded_by_its_own_version(world: World, client, made) -> None:
    headers = {**world.token("officer"), "If-Match": str(made["version"])}
    address, version = f"{BASE}/{made['id']}", made["link"]["version"]
    body = client.patch(
        address, json={"link": {"notes": "一", "version": version}}, headers=headers
    ).get_json()
    assert (body["link"]["notes"], body["link"]["progress"], body["version"]) == (
        "一",
        "contacted",
        made["version"],
    )
    stale = client.patch(address, json={"link": {"notes": "二", "version": version}}, headers=headers)
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": " "}, "name"),
        ({}, "name"),
        ({"name": "甲有限公司", "uscc": "91320700MA1ABCDE19"}, "uscc"),
        ({"name": "甲有限公司", "parent": 999999}, "parent"),
        ({"name": "甲有限公司", "link": {"owner": "officer2"}}, "link.owner"),
        ({"name": "甲有限公司", "link": {"nodes": ["NO-SUCH"]}}, "link.nodes"),
        ({"name": "甲有限公司", "kind": "gone"}, "kind"),
        ({"name": "甲有限公司", "phone": "13800000000"}, "phone"),
    ],
)
def test_a_refusal_names_its_field_and_writes_nothing(
    world: World, client, body: dict[str, object], field: str
) -> None:
    answer = client.post(BASE, json=body, headers=world.token("officer"))
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.get_json()["errors"]]
    assert db.session.scalars(select(Company)).all() == []


def test_a_code_of_another_company_is_refused_by_name(world: World, client, made) -> None:
    headers = world.token("officer")
    other = client.post(BASE, json={"name": "硕岑硅材有限公司"}, headers=headers).get_json()
    answer = client.patch(
        f"{BASE}/{other['id']}",
        json={"uscc": _code()},
        headers={**headers, "If-Match": str(other["version"])},
    )
    assert answer.status_code == 422 and "启澜储能科技有限公司" in answer.get_json()["errors"][0]["message"]


def test_the_check_tells_public_facts_only_and_leaves_a_trace(world: World, client, made) -> None:
    answer = client.post(f"{BASE}/check", json={"name": "启蓝储能科技"}, headers=world.token("officer2"))
    (item,) = answer.get_json()["items"]
    assert (item["id"], item["reason"], item["linked"]) == (made["id"], "读音相同", False)
    assert set(item) == {"id", "name", "uscc", "region", "industry", "reason", "score", "linked", "taken"}
    same = client.post(
        f"{BASE}/check", json={"name": "", "uscc": _code().lower()}, headers=world.token("officer")
    )
    assert (
        same.get_json()["items"][0]["reason"] == "信用代码相同"
        and same.get_json()["items"][0]["linked"] is True
    )
    assert client.post(f"{BASE}/check", json={}, headers=world.token("officer")).status_code == 422
    assert len(db.session.scalars(select(AuditEvent).where(AuditEvent.code == "company.checked")).all()) == 2


def test_a_contact_goes_in_whole_and_comes_out_masked(world: World, client, made) -> None:
    headers = world.token("officer")
    base = f"{BASE}/{made['id']}/contacts"
    answer = client.post(
        base, json={"name": "罗知衡", "phone": "138 0000 2605", "main": True}, headers=headers
    )
    contact = answer.get_json()
    assert (answer.status_code, contact["phone"], contact["main"]) == (201, "138****2605", True)
    whole = client.get(f"{BASE}/{made['id']}", headers=headers)
    assert "13800002605" not in whole.get_data(as_text=True)
    assert [c["name"] for c in whole.get_json()["link"]["contacts"]] == ["罗知衡"]
    shown = client.post(f"{base}/{contact['id']}/reveal", headers=headers)
    assert shown.get_json() == {"id": contact["id"], "phone": "13800002605"}
    match = {**headers, "If-Match": str(contact["version"])}
    changed = client.patch(f"{base}/{contact['id']}", json={"post": "董事长"}, headers=match)
    assert (changed.status_code, changed.get_json()["phone"]) == (200, "138****2605")
    assert client.patch(f"{base}/{contact['id']}", json={"post": "x"}, headers=match).status_code == 412
    assert client.post(f"{base}/{contact['id']}/retire", headers=headers).get_json()["active"] is False


@pytest.mark.parametrize(
    ("login", "read", "reveal", "write"),
    [
        ("officer", 200, 200, 200),
        ("chief", 200, 200, 200),
        ("bureau", 200, 200, 200),
        ("officer2", 200, 404, 404),
        ("specialist", 200, 404, 403),
        ("county", 200, 403, 403),
        ("dept", 200, 403, 403),
        ("leader", 200, 403, 403),
        ("sysadmin", 403, 403, 403),
        ("secadmin", 403, 403, 403),
        ("auditor", 403, 403, 403),
    ],
)
def test_every_role_reaches_what_the_table_says(
    world: World, client, made, login: str, read: int, reveal: int, write: int
) -> None:
    base = f"{BASE}/{made['id']}"
    contact = client.post(
        f"{base}/contacts", json={"name": "罗知衡", "phone": "13800002605"}, headers=world.token("officer")
    ).get_json()
    headers = world.token(login)
    assert client.get(base, headers=headers).status_code == read
    assert client.get(BASE, headers=headers).status_code == read
    assert client.post(f"{base}/contacts/{contact['id']}/reveal", headers=headers).status_code == reveal
    match = {**headers, "If-Match": str(contact["version"])}
    assert (
        client.patch(f"{base}/contacts/{contact['id']}", json={"post": "总"}, headers=match).status_code
        == write
    )


def test_nobody_without_a_token_and_no_reader_writes(world: World, client, made) -> None:
    from crm.accounts.rules import TokenScope

    assert client.get(BASE).status_code == 401
    headers = world.token("officer", TokenScope.READ)
    assert client.get(BASE, headers=headers).status_code == 200
    assert client.post(BASE, json={"name": "甲有限公司"}, headers=headers).status_code == 403


def test_what_does_not_exist_is_404(world: World, client) -> None:
    answer = client.get(f"{BASE}/999999", headers=world.token("officer"))
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_the_operations_are_in_the_openapi_document(client) -> None:
    paths = client.get("/api/v1/openapi.json").get_json()["paths"]
    assert {"get", "post"} <= set(paths["/api/v1/companies"])
    assert {"get", "patch"} <= set(paths["/api/v1/companies/{company_id}"])
    assert "/api/v1/companies/check" in paths
    assert "/api/v1/companies/{company_id}/contacts/{contact_id}/reveal" in paths
