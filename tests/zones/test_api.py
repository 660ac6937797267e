from crm.zones import queries

QUOTA = "/api/v1/plans/LYG-2022-2025/quotas/2023/LYG-ETDZ"


def _body(**values) -> dict:
    return {"target": 3, "threshold": "1000000", "threshold_usd": "100000", "source": "调整通知"} | values


def test_zones_are_listed_for_every_business_role(world, client) -> None:
    answer = client.get("/api/v1/zones", headers=world.token("officer"))
    assert answer.status_code == 200 and answer.json["total"] == 15
    assert client.get("/api/v1/zones", headers=world.token("auditor")).status_code == 403


def test_a_zone_carries_its_sources_and_version(world, client) -> None:
    body = client.get("/api/v1/zones/LYG-XUWEI", headers=world.token("officer")).json
    assert body["sources"]["name"] and body["version"] >= 1 and "徐圩" in body["aliases"]
    assert client.get("/api/v1/zones/NOPE", headers=world.token("officer")).status_code == 404


def test_a_change_needs_the_current_version_the_right_and_a_source(world, client) -> None:
    body = {"values": {"established": "2012-06"}, "sources": {"established": "批复"}}
    url, bureau = "/api/v1/zones/LYG-XUWEI", world.token("bureau")
    assert client.patch(url, json=body, headers=world.token("officer")).status_code == 403
    assert client.patch(url, json=body, headers=bureau).status_code == 412
    seen = {"If-Match": f'"{queries.by_code("LYG-XUWEI").version}"'}
    bare = {"values": {"established": "2012-06"}, "sources": {"established": ""}}
    refused = client.patch(url, json=bare, headers=bureau | seen)
    assert refused.status_code == 422 and refused.json["errors"][0]["field"] == "established_source"
    answer = client.patch(url, json=body, headers=bureau | seen)
    assert answer.status_code == 200 and answer.json["established"] == "2012-06"


def test_a_years_quotas_are_exact_texts(world, client) -> None:
    body = client.get("/api/v1/plans/LYG-2022-2025/quotas?year=2023", headers=world.token("chief")).json
    rows = {r["zone"]: r for r in body["items"]}
    assert (rows["LYG-ETDZ"]["threshold"], rows["LYG-ETDZ"]["target"]) == ("1000000", 2)
    assert rows["LYG-CBZ"]["target"] is None


def test_a_quota_is_put_once_per_version(world, client) -> None:
    bureau = world.token("bureau")
    assert client.put(QUOTA, json=_body(), headers=bureau).status_code == 412
    answer = client.put(QUOTA, json=_body(), headers=bureau | {"If-Match": '"1"'})
    assert answer.status_code == 200 and answer.json["version"] == 2
    assert client.put(QUOTA, json=_body(), headers=bureau | {"If-Match": '"1"'}).status_code == 412
    wrong = client.put(QUOTA, json=_body(target=-1), headers=bureau | {"If-Match": '"2"'})
    assert wrong.status_code == 422 and wrong.json["errors"][0]["field"] == "target"
