from sqlalchemy import select

from crm.chains import queries as chains
from crm.companies.models import CompanyLink, LinkNode
from crm.companies.rules import LinkProgress
from crm.core.db import db
from crm.targeting import queries
from tests import factories


def _link(company, zone: str, *node_codes: str, progress: LinkProgress = LinkProgress.UNTOUCHED) -> None:
    zone_id = factories.zone(zone).id
    link = db.session.scalar(
        select(CompanyLink).where(CompanyLink.company_id == company.id, CompanyLink.zone_id == zone_id)
    )
    if link is None:
        link = CompanyLink(company_id=company.id, zone_id=zone_id)
        db.session.add(link)
    link.progress = progress
    db.session.flush()
    db.session.add_all(LinkNode(link_id=link.id, node_id=chains.node_by_code(c).id) for c in node_codes)
    db.session.flush()


def test_a_company_counts_once_a_chain_and_at_each_of_its_nodes(world) -> None:
    firm, chain = factories.company(), chains.by_code("PETRO")
    _link(firm, "LYG-ETDZ", "PETRO-0101", "PETRO-0102")
    officer = world.actor("officer")
    assert queries.companies_by_chain(officer)[chain.id].linked == 1
    assert [c.linked for c in queries.companies_by_node(officer, chain.id).values()] == [1, 1]


def test_a_company_of_two_zones_counts_once_for_the_city_and_one_that_was_given_up_is_no_target(
    world,
) -> None:
    firm, chain = factories.company(), chains.by_code("PETRO")
    _link(firm, "LYG-ETDZ", "PETRO-0101")
    _link(firm, "LYG-XUWEI", "PETRO-0101")
    _link(factories.company(), "LYG-ETDZ", "PETRO-0101", progress=LinkProgress.GIVEN_UP)
    found = queries.companies_by_chain(world.actor("bureau"))[chain.id]
    assert (found.linked, found.targets) == (2, 1)
    assert queries.companies_by_chain(world.actor("officer2"))[chain.id].linked == 1


def test_what_lies_outside_ones_reach_is_not_counted(world) -> None:
    node, chain = chains.node_by_code("PETRO-0101"), chains.by_code("PETRO")
    _link(factories.company(), "LYG-XUWEI", "PETRO-0101")
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
