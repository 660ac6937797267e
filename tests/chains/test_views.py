import re
from datetime import timedelta

import pytest

from crm.chains import actions, queries
from crm.chains.rules import Assessment, ChainAction, NodeState
from crm.companies.models import Company, CompanyLink, LinkNode
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.db import db
from crm.projects.rules import Stage
from crm.targeting.actions import plans
from crm.targeting.models import Target
from crm.targeting.queries.plans import leading_codes, zone_chains
from tests import factories

NODE = "/chains/PETRO/nodes/PETRO-0201"


def _node(code: str = "PETRO-0201"):
    return queries.node_by_code(code)


def _link(zone: str, node_id: int) -> None:
    company = factories.company(zone_code=zone)
    link = db.session.query(CompanyLink).filter_by(company_id=company.id).one()
    db.session.add(LinkNode(link_id=link.id, node_id=node_id))
    _target(zone, company, node_id)


def _target(zone: str, company, node_id: int, progress: LinkProgress = LinkProgress.UNTOUCHED) -> None:
    db.session.add(
        Target(
            company_id=company.id,
            node_id=node_id,
            zone_id=factories.zone(zone).id,
            progress=progress,
            progress_on=clock.today(),
        )
    )
    db.session.flush()


@pytest.mark.parametrize(
    "path",
    [
        "/chains",
        "/chains/PETRO",
        "/chains/PETRO?view=list",
        "/chains/PETRO/pipeline",
        "/chains/PETRO/lead",
        NODE,
    ],
)
@pytest.mark.parametrize("login", ["officer", "specialist", "county", "dept", "leader", "bureau"])
def test_the_chains_are_open_to_every_business_role(world, login: str, path: str) -> None:
    assert world.client(login).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/chains", "/chains/PETRO"])
def test_the_shipped_tree_says_that_it_is_a_template(world, path: str) -> None:
    assert "默认模板，请由工信部门确认" in world.client("officer").get(path).text


@pytest.mark.parametrize(
    "path", ["/chains", "/chains/PETRO", "/chains/PETRO?view=list", "/chains/PETRO/pipeline"]
)
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


def test_local_firms_targets_and_projects_are_counted_on_their_tile(world) -> None:
    _link("LYG-ETDZ", _node().id)
    here = factories.company(zone_code="LYG-ETDZ", city="连云港市")
    link = db.session.query(CompanyLink).filter_by(company_id=here.id).one()
    db.session.add(LinkNode(link_id=link.id, node_id=_node().id))
    _target("LYG-ETDZ", here, _node().id)
    factories.project("LYG-ETDZ", node_id=_node().id)
    db.session.commit()
    browser = world.client("officer")
    tile = re.search(
        r'<li class="tile[^>]*>(?:(?!</li>).)*PETRO-0201"(?:(?!</li>).)*</li>',
        browser.get("/chains/PETRO").text,
        re.S,
    )
    assert tile is not None and re.findall(r"<b>(\d+)</b>", tile[0]) == ["1", "2", "1"]
    table = re.search(r'id="PETRO-0201".*?</tr>', browser.get("/chains/PETRO?view=list").text, re.S)
    assert table is not None and re.findall(r'<td class="num">(?:<a [^>]*>)?([^<]+)', table[0])[:4] == [
        "—",
        "1",
        "2",
        "1",
    ]
    line = r'<td class="num lg"><span class="phone">靶向企业 </span>(?:<a [^>]*>|<span class="nil">)(\d+)<'
    assert re.findall(line, browser.get("/chains").text)[0] == "2"
    assert re.findall(line, world.client("officer2").get("/chains").text)[0] == "0"


def test_the_figures_of_a_tile_lead_to_what_they_are_made_of(world) -> None:
    _link("LYG-ETDZ", _node().id)
    here = factories.company(zone_code="LYG-ETDZ", name="连云港甲材料有限公司", city="连云港市")
    link = db.session.query(CompanyLink).filter_by(company_id=here.id).one()
    link.progress = LinkProgress.GIVEN_UP
    db.session.add(LinkNode(link_id=link.id, node_id=_node().id))
    db.session.commit()
    browser = world.client("officer")
    local = browser.get("/companies?node=PETRO-0201&local=1").text
    assert "连云港甲材料" in local and re.search(r"<b>1</b><span class=\"u\">", local)
    assert "连云港甲材料" not in browser.get("/companies?node=PETRO-0201&live=1").text


def test_a_projects_landing_shows_before_and_after_on_the_picture(world) -> None:
    actions.assess(
        world.actor("bureau"), _node(), Assessment(NodeState.MISSING, clock.today()), clock.today()
    )
    project = factories.project("LYG-ETDZ", node_id=_node().id)
    db.session.commit()
    browser = world.client("officer")
    assert "由空白变为薄弱" not in browser.get("/chains/PETRO").text
    assert "由空白变为薄弱" in browser.get(f"/chains/PETRO?with={project.code}").text
    assert "由空白变为薄弱" not in world.client("officer2").get(f"/chains/PETRO?with={project.code}").text


def test_one_zones_pipeline_is_a_part_of_the_citys(world) -> None:
    for zone, progress in (("LYG-ETDZ", LinkProgress.TALKING), ("LYG-XUWEI", LinkProgress.CONTACTED)):
        company = factories.company(zone_code=zone)
        _target(zone, company, _node().id, progress)
        factories.project(zone, node_id=_node().id, total="100000")
    db.session.commit()
    browser = world.client("bureau")
    row = re.compile(r'PETRO-0201">(?:(?!</tr>).)*</tr>', re.S)
    city = row.search(browser.get("/chains/PETRO/pipeline").text)
    zone = row.search(browser.get("/chains/PETRO/pipeline?zone=LYG-ETDZ").text)
    cells = re.compile(r'<td class="num[^"]*">(?:<a[^>]*>|<span[^>]*>)?([^<]+)')
    assert cells.findall(city[0]) == ["0", "1", "1", "2", "0", "0", "0", "2", "2", "20.00"]
    assert cells.findall(zone[0]) == ["0", "0", "1", "1", "0", "0", "0", "1", "1", "10.00"]
    # A zone's officer asks for another zone in vain: he is shown his own.
    mine = row.search(world.client("officer").get("/chains/PETRO/pipeline?zone=LYG-XUWEI").text)
    assert cells.findall(mine[0]) == cells.findall(zone[0])


def test_the_bureau_moves_a_link_up_and_down_and_in_front_of_another(world) -> None:
    browser = world.client("bureau")

    def order() -> list[str]:
        db.session.expire_all()
        return [n.code for n in queries.nodes(queries.by_code("PETRO").id) if n.code.startswith("PETRO-01")]

    place = "/chains/PETRO/nodes/{}/place"
    browser.post(place.format("PETRO-0103"), data={"step": "up"})
    assert order() == ["PETRO-01", "PETRO-0101", "PETRO-0103", "PETRO-0102"]
    browser.post(place.format("PETRO-0101"), data={"step": "down"})
    assert order() == ["PETRO-01", "PETRO-0103", "PETRO-0101", "PETRO-0102"]
    htmx = {"HX-Request": "true"}
    answer = browser.post(place.format("PETRO-0102"), data={"before": "PETRO-0103"}, headers=htmx)
    assert answer.status_code == 204
    assert order() == ["PETRO-01", "PETRO-0102", "PETRO-0103", "PETRO-0101"]
    wrong = browser.post(place.format("PETRO-0102"), data={"before": "PETRO-0201"}, headers=htmx)
    assert wrong.status_code == 422 and "同一上级" in wrong.text
    assert world.client("officer").post(place.format("PETRO-0102"), data={"step": "up"}).status_code == 403


def test_every_assessment_stays_and_the_newest_is_in_force(world) -> None:
    browser, today = world.client("bureau"), clock.today().isoformat()
    first = {
        "state": "missing",
        "state_on": "2026-01-05",
        "priority": "1",
        "gap": "缺乙烯产能",
        "local_share": "0",
    }
    browser.post(f"{NODE}/state", data=first | {"version": _node().version})
    second = {
        "state": "weak",
        "state_on": today,
        "local_firms": "2",
        "local_share": "12.5",
        "action": "extend",
        "gap": "",
    }
    refused = browser.post(f"{NODE}/state", data=second | {"version": _node().version})
    assert refused.status_code == 422 and 'id="action_reason-err"' in refused.text
    browser.post(f"{NODE}/state", data=second | {"action_reason": "下游有意向", "version": _node().version})
    db.session.expire_all()
    assert (_node().state, _node().action) == (NodeState.WEAK, ChainAction.EXTEND)
    page = world.client("officer").get(NODE).text
    assert page.count("缺乙烯产能") == 1 and "12.5" in page and "下游有意向" in page


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


def test_local_firms_of_a_link_are_written_with_their_source_and_shown_with_it(world) -> None:
    browser, node = world.client("bureau"), _node()
    data = {
        "name": node.name,
        "parent": node.parent_id,
        "position": node.position.value,
        "anchors": "卫星化学 | 市工信局名录\n盛虹石化",
        "version": node.version,
    }
    refused = browser.post(f"{NODE}/edit", data=data)
    assert refused.status_code == 422 and 'id="anchors-err"' in refused.text and "没有来源" in refused.text
    data["anchors"] = "卫星化学 | 市工信局名录\n\n盛虹石化｜调研"
    assert browser.post(f"{NODE}/edit", data=data).status_code == 302
    assert _node().anchors == [
        {"name": "卫星化学", "source": "市工信局名录"},
        {"name": "盛虹石化", "source": "调研"},
    ]
    page = world.client("officer").get(NODE).text
    assert "盛虹石化" in page and "市工信局名录" in page and 'name="anchors"' not in page


def test_local_firms_of_one_zone_lead_to_the_companies_of_that_zone(world) -> None:
    node = _node()
    for zone in ("LYG-ETDZ", "LYG-XUWEI"):
        _link(zone, node.id)
        link = db.session.query(CompanyLink).order_by(CompanyLink.id.desc()).first()
        db.session.get(Company, link.company_id).city = "连云港市"
    db.session.commit()
    browser = world.client("bureau")
    address = f"/companies?node={node.code}&amp;zone=LYG-XUWEI&amp;local=1"
    assert address in browser.get("/chains/PETRO?zone=LYG-XUWEI").text
    rows = browser.get(address.replace("&amp;", "&")).text
    assert rows.count("data-href=") == 1 and "徐圩新区" in rows


def test_an_officer_is_not_offered_what_he_may_not_do(world) -> None:
    browser = world.client("officer")
    text = browser.get(NODE).text
    assert "保存评估" not in text and "停用环节" not in text
    for path in (f"{NODE}/state", f"{NODE}/edit", f"{NODE}/active", "/chains/PETRO/nodes/new"):
        assert browser.post(path).status_code == 403


def test_a_node_of_another_chain_is_not_found_here(world) -> None:
    other = queries.nodes(queries.chains()[1].id)[0]
    assert world.client("officer").get(f"/chains/PETRO/nodes/{other.code}").status_code == 404


def test_the_zones_of_a_chain_are_those_it_leads_in(world) -> None:
    bureau, zone = world.actor("bureau"), factories.zone("LYG-XUWEI")
    chain = queries.by_code("PETRO")
    for login in ("bureau", "officer"):
        assert "徐圩新区" in world.client(login).get("/chains").text
    plans.drop_chain(bureau, zone, chain)
    db.session.commit()
    assert "徐圩新区" not in world.client("officer").get("/chains").text.split("<main")[1].split("</tr>")[1]
    assert zone.id not in {row.zone_id for row in zone_chains(chain_id=chain.id)}
    assert "LYG-XUWEI" not in leading_codes().get(chain.id, ())


def test_the_type_ahead_of_nodes_says_where_a_node_stands(world) -> None:
    found = world.client("officer").get("/chains/nodes/lookup?q=炼油").json
    assert found[0]["label"] == "炼油" and found[0]["note"] == "原料与储运"


def test_the_chains_leader_sees_gaps_by_urgency_whom_we_approach_and_what_is_stuck(world) -> None:
    bureau, today = world.actor("bureau"), clock.today()
    for code, state, priority, gap in (
        ("PETRO-0201", NodeState.WEAK, 1, "缺乙烯"),
        ("PETRO-0101", NodeState.MISSING, 3, "缺码头"),
        ("PETRO-0103", NodeState.STRONG, 1, "不该出现"),
    ):
        said = Assessment(state, today, gap=gap, priority=priority)
        actions.assess(bureau, _node(code), said, today)
    company = factories.company(zone_code="LYG-ETDZ", name="连云港乙新材料有限公司")
    _target("LYG-ETDZ", company, _node().id)
    late = factories.project(
        "LYG-ETDZ", node_id=_node().id, stage=Stage.PRELIMINARY, stage_since=today - timedelta(days=900)
    )
    other = factories.project("LYG-XUWEI", node_id=_node().id, stage_since=today - timedelta(days=900))
    db.session.commit()
    page = world.client("officer").get("/chains/PETRO/lead").text
    assert page.index("缺乙烯") < page.index("缺码头") and "不该出现" not in page
    assert "连云港乙新材料" in page and late.code in page and other.code not in page
    assert other.code in world.client("bureau").get("/chains/PETRO/lead").text
