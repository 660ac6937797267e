import re

import pytest

from crm.chains import queries
from crm.chains.rules import ChainAction
from crm.companies.models import CompanyLink, LinkNode
from crm.core import clock
from crm.core.db import db
from crm.projects.rules import Stage
from tests import factories

NODE = "/chains/PETRO/nodes/PETRO-0201"


def _node(code: str = "PETRO-0201"):
    return queries.node_by_code(code)


def _link(zone: str, node_id: int) -> None:
    company = factories.company(zone_code=zone)
    link = db.session.query(CompanyLink).filter_by(company_id=company.id).one()
    db.session.add(LinkNode(link_id=link.id, node_id=node_id))
    db.session.flush()


@pytest.mark.parametrize("path", ["/chains", "/chains/PETRO", "/chains/PETRO/pipeline", NODE])
@pytest.mark.parametrize("login", ["officer", "specialist", "county", "dept", "leader", "bureau"])
def test_the_chains_are_open_to_every_business_role(world, login: str, path: str) -> None:
    assert world.client(login).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/chains", "/chains/PETRO"])
def test_the_shipped_tree_says_that_it_is_a_template(world, path: str) -> None:
    assert "默认模板，请由工信部门确认" in world.client("officer").get(path).text


@pytest.mark.parametrize("path", ["/chains", "/chains/PETRO", "/chains/PETRO/pipeline"])
def test_a_page_of_chains_takes_a_fixed_number_of_queries(world, count_queries, path: str) -> None:
    counts = set()
    for round_ in range(3):
        for n in range(round_ * 3):
            _link("LYG-ETDZ", _node(f"PETRO-010{n % 3 + 1}").id)
            factories.project("LYG-ETDZ", node_id=_node(f"PETRO-010{n % 3 + 1}").id)
        db.session.commit()
        browser = world.client("officer")
        browser.get(path)
        db.session.expire_all()
        with count_queries() as statements:
            browser.get(path)
        counts.add(len(statements))
    assert len(counts) == 1


def test_a_zone_counts_its_own_and_the_bureau_everybodys(world) -> None:
    node = _node()
    for zone in ("LYG-ETDZ", "LYG-XUWEI"):
        _link(zone, node.id)
        factories.project(
            zone, node_id=node.id, total="1200000", stage=Stage.SIGNED, chain_action=ChainAction.BUILD
        )
    db.session.commit()
    assert "240.00" in world.client("bureau").get("/chains/PETRO/pipeline").text
    mine = world.client("officer").get("/chains/PETRO/pipeline").text
    assert "120.00" in mine and "240.00" not in mine


def test_companies_and_targets_are_counted_beside_their_node(world) -> None:
    _link("LYG-ETDZ", _node().id)
    db.session.commit()
    browser = world.client("officer")
    row = re.search(r"PETRO-0201.*?</tr>", browser.get("/chains/PETRO").text, re.S)
    assert row is not None and re.findall(r'<td class="num">([^<]+)</td>', row[0])[:3] == ["1", "1", "—"]
    assert re.search(
        r'<td class="num sg"><span class="phone">企业 </span>1</td>', browser.get("/chains").text
    )
    assert re.search(
        r'<td class="num sg"><span class="phone">企业 </span>0</td>',
        world.client("officer2").get("/chains").text,
    )


def test_the_bureau_assesses_a_node_and_the_direction_follows(world) -> None:
    node, browser = _node(), world.client("bureau")
    data = {
        "state": "missing",
        "state_on": clock.today().isoformat(),
        "state_note": "调研",
        "version": node.version,
    }
    assert browser.post(f"{NODE}/state", data=data).status_code in (302, 303)
    text = browser.get(NODE).text
    assert "空白" in text and "建链" in text
    late = world.client("bureau2").post(f"{NODE}/state", data=data | {"state": "strong"})
    assert late.status_code == 409 and "优势" in late.text and "空白" in late.text


def test_an_assessment_in_the_future_is_refused_beside_its_field(world) -> None:
    data = {"state": "weak", "state_on": "2099-01-01", "version": _node().version}
    answer = world.client("bureau").post(f"{NODE}/state", data=data)
    assert answer.status_code == 422 and 'id="state_on-err"' in answer.text


def test_a_node_is_added_renamed_and_retired_by_form(world) -> None:
    browser, parent = world.client("bureau"), _node("PETRO-02")
    data = {
        "name": "丙烯腈",
        "parent": parent.id,
        "position": "midstream",
        "products": "丙烯腈、ABS",
        "gbt4754": "2614",
    }
    here = browser.post("/chains/PETRO/nodes/new", data=data).headers["Location"]
    code = here.rsplit("/", 1)[1]
    assert _node(code).products == ["丙烯腈", "ABS"]
    browser.post(f"{here}/edit", data=data | {"name": "丙烯腈与ABS", "version": _node(code).version})
    assert _node(code).name == "丙烯腈与ABS"
    browser.post(f"{here}/active", data={"on": 0})
    db.session.expire_all()
    assert not _node(code).active


def test_an_officer_is_not_offered_what_he_may_not_do(world) -> None:
    browser = world.client("officer")
    text = browser.get(NODE).text
    assert "保存评估" not in text and "停用环节" not in text
    for path in (f"{NODE}/state", f"{NODE}/edit", f"{NODE}/active", "/chains/PETRO/nodes/new"):
        assert browser.post(path).status_code == 403


def test_a_node_of_another_chain_is_not_found_here(world) -> None:
    other = queries.nodes(queries.chains()[1].id)[0]
    assert world.client("officer").get(f"/chains/PETRO/nodes/{other.code}").status_code == 404


def test_an_unknown_zone_of_a_chain_is_named(world) -> None:
    chain = queries.by_code("PETRO")
    data = {"name": chain.name, "zones": "LYG-XUWEI、LYG-MARS", "source": "工信局", "version": chain.version}
    answer = world.client("bureau").post("/chains/PETRO/edit", data=data)
    assert answer.status_code == 422 and "LYG-MARS" in answer.text


def test_the_type_ahead_of_nodes_says_where_a_node_stands(world) -> None:
    found = world.client("officer").get("/chains/nodes/lookup?q=炼油").json
    assert found[0]["label"] == "炼油" and found[0]["note"] == "原料与储运"
