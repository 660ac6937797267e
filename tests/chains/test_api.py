from crm.chains import queries
from crm.chains.rules import ChainAction
from crm.projects.rules import Stage, Status
from tests import factories

STATE = "/api/v1/chains/PETRO/nodes/PETRO-0201/state"


def test_the_pipeline_counts_live_projects_by_node_and_action_within_reach(world, client) -> None:
    node = queries.node_by_code("PETRO-0201")
    factories.project(
        "LYG-ETDZ", node_id=node.id, total="1200000", stage=Stage.SIGNED, chain_action=ChainAction.EXTEND
    )
    factories.project("LYG-ETDZ", node_id=node.id, total=None, stage=Stage.LEAD)
    factories.project("LYG-ETDZ", node_id=node.id, status=Status.LOST)
    factories.project("LYG-XUWEI", node_id=node.id, total="500000")
    body = client.get("/api/v1/chains/PETRO/pipeline", headers=world.token("officer")).json
    line = next(n for n in body["nodes"] if n["code"] == node.code)["projects"]
    assert line["signed"] == {"count": 1, "total_investment": "1200000"}
    assert line["talking"] == {"count": 1, "total_investment": None}
    actions = {a["action"]: a["projects"]["all"]["count"] for a in body["actions"]}
    assert actions == {"build": 0, "fill": 0, "strengthen": 0, "extend": 1, None: 1}
    assert body["total"]["all"]["count"] == 2
    city = client.get("/api/v1/chains/PETRO/pipeline", headers=world.token("bureau")).json
    assert city["total"]["all"] == {"count": 3, "total_investment": "1700000"}


def test_chains_and_trees_are_listed(world, client) -> None:
    headers = world.token("officer")
    assert client.get("/api/v1/chains", headers=headers).json["total"] == 10
    body = client.get("/api/v1/chains/PETRO", headers=headers).json
    assert body["notice"] == "默认模板，请由工信部门确认" and body["nodes"][0]["code"] == "PETRO-01"
    assert client.get("/api/v1/chains/NOPE", headers=headers).status_code == 404


def test_only_the_bureau_assesses_and_only_what_it_saw(world, client) -> None:
    body = {"state": "strong", "on": "2026-01-05", "note": "调研"}
    assert client.put(STATE, json=body, headers=world.token("chief")).status_code == 403
    bureau = world.token("bureau")
    answer = client.put(STATE, json=body, headers=bureau | {"If-Match": '"1"'})
    assert answer.status_code == 200 and answer.json["action"] == "strengthen"
    assert client.put(STATE, json=body, headers=bureau | {"If-Match": '"1"'}).status_code == 412
    assert client.put(STATE, json=body | {"state": "super"}, headers=bureau).status_code == 422
