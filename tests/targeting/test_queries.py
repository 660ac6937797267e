from crm.chains import queries as chains
from crm.companies.models import CompanyLink, LinkNode
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.db import db
from crm.targeting import queries
from crm.targeting.rules.targets import Filters
from tests import factories

TODAY = clock.today()


def test_every_count_of_a_chain_is_the_list_it_leads_to(world) -> None:
    officer, chain = world.actor("officer"), chains.by_code("PETRO")
    firm = factories.company()
    factories.target(firm, "PETRO-0101")
    factories.target(firm, "PETRO-0102", progress=LinkProgress.TALKING)
    factories.target(factories.company(), "PETRO-0101", progress=LinkProgress.GIVEN_UP)
    turned = factories.target(factories.company(), "PETRO-0101")
    turned.project_id, turned.converted_at = factories.project("LYG-ETDZ").id, clock.now()
    db.session.flush()
    found = queries.companies_by_chain(officer)[chain.id]
    listed = queries.counts(officer, Filters(chain="PETRO"), TODAY)
    assert (found.all, found.targets, found.converted, found.given_up) == (4, 2, 1, 1)
    assert listed.all == found.all
    assert listed.of(Filters(live=True)) == found.targets
    assert listed.by_progress == found.by_progress
    at = queries.companies_by_node(officer, chain.id)
    for code in ("PETRO-0101", "PETRO-0102"):
        here = queries.counts(officer, Filters(node=code), TODAY)
        assert at[chains.node_by_code(code).id].all == here.all


def test_two_zones_going_after_one_company_are_two_targets_of_the_city(world) -> None:
    firm, chain = factories.company(), chains.by_code("PETRO")
    factories.target(firm, "PETRO-0101")
    factories.target(firm, "PETRO-0101", "LYG-XUWEI")
    assert queries.companies_by_chain(world.actor("bureau"))[chain.id].targets == 2
    assert queries.companies_by_chain(world.actor("officer2"))[chain.id].targets == 1
    zone = factories.zone("LYG-XUWEI").id
    by_node = queries.companies_by_node(world.actor("bureau"), chain.id, zone)
    assert [c.targets for c in by_node.values()] == [1]


def test_local_firms_are_those_a_link_says_belong_there_and_no_target_by_that(world) -> None:
    firm, chain = factories.company(city="连云港市", zone_code="LYG-ETDZ"), chains.by_code("PETRO")
    link = db.session.query(CompanyLink).filter_by(company_id=firm.id).one()
    for code in ("PETRO-0101", "PETRO-0102"):
        db.session.add(LinkNode(link_id=link.id, node_id=chains.node_by_code(code).id))
    db.session.flush()
    found = queries.companies_by_chain(world.actor("officer"))[chain.id]
    assert (found.local, found.targets) == (1, 0)


def test_whom_we_approach_stands_with_the_furthest_first(world) -> None:
    for name, progress in (("甲", None), ("乙", LinkProgress.TALKING), ("丙", LinkProgress.GIVEN_UP)):
        factories.target(
            factories.company(name), "PETRO-0101", **({"progress": progress} if progress else {})
        )
    found = queries.approached(world.actor("officer"), chains.by_code("PETRO").id)
    assert [row.company for row in found] == ["乙", "甲"]
    assert queries.approached(world.actor("officer2"), chains.by_code("PETRO").id) == []


def test_what_lies_outside_ones_reach_is_not_counted(world) -> None:
    node, chain = chains.node_by_code("PETRO-0101"), chains.by_code("PETRO")
    factories.target(factories.company(), "PETRO-0101", "LYG-XUWEI")
    factories.project("LYG-XUWEI", node_id=node.id)
    for login in ("officer", "chief", "county", "specialist", "dept"):
        actor = world.actor(login)
        assert not queries.companies_by_chain(actor), login
        assert not queries.projects_by_chain(actor), login
        assert queries.pipeline(actor, chain.id, {}).total.all.count == 0, login


def test_administrators_count_nothing_at_all(world) -> None:
    node = chains.node_by_code("PETRO-0101")
    factories.project("LYG-XUWEI", node_id=node.id)
    for login in ("sysadmin", "secadmin", "auditor"):
        assert not queries.projects_by_chain(world.actor(login))
