"""The list of targets: filters, order, counts, pages, and who reads what."""

from datetime import date, timedelta

import pytest

from crm.chains import queries as chains
from crm.chains.rules import NodeState
from crm.companies.models import Company
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.core.paging import Window
from crm.targeting import actions, queries
from crm.targeting.models import TargetSignal
from crm.targeting.rules.targets import CampaignDraft, EntryKind, Filters
from tests import factories
from tests.factories import World

TODAY = clock.today()
U, C, T, G = LinkProgress.UNTOUCHED, LinkProgress.CONTACTED, LinkProgress.TALKING, LinkProgress.GIVEN_UP


def listed(world: World, login: str = "officer", sort: str = "name", **filters) -> list[str]:
    actor, wanted = world.actor(login), Filters(**filters)
    total = queries.counts(actor, wanted, TODAY).of(wanted)
    page = queries.page(actor, wanted, sort, Window(), TODAY, total)
    assert page.total == len(page.items)
    return [row.company for row in page.items]


@pytest.fixture
def some(world: World) -> dict[str, object]:
    """甲 untouched at PETRO-0201, 乙 talking at PETRO-0202, 丙 given up, 丁 of another zone, 戊 without a node, 己 converted."""
    made = {
        name: factories.target(world.company(f"{name}化工有限公司"), *where, **values)
        for name, where, values in (
            ("甲", ("PETRO-0201",), {"entry_kind": EntryKind.FUND}),
            ("乙", ("PETRO-0202",), {"progress": T, "owner_id": world.users["officer"].id}),
            ("丙", ("PETRO-0201",), {"progress": G}),
            ("丁", ("PETRO-0201", "LYG-XUWEI"), {}),
            ("戊", (None,), {}),
        )
    }
    made["己"] = factories.target(world.company("己化工有限公司"), "PETRO-0201")
    project = world.project("LYG-ETDZ", name="己项目")
    made["己"].project_id, made["己"].converted_at = project.id, clock.now()
    db.session.commit()
    return made


def names(*short: str) -> list[str]:
    return [f"{name}化工有限公司" for name in short]


def test_a_zone_reads_its_own_the_bureau_all_and_administrators_nothing(world: World, some) -> None:
    assert sorted(listed(world)) == sorted(names("甲", "乙", "丙", "己"))
    assert listed(world, "officer2") == names("丁")
    assert len(listed(world, "bureau")) == 5
    assert listed(world, "county") == []
    assert listed(world, "dept") == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"node": "PETRO-0202"}, ("乙",)),
        ({"chain": "PETRO"}, ("丙", "甲", "己", "乙")),
        ({"chain": "STEEL"}, ()),
        ({"progress": T}, ("乙",)),
        ({"progress": U}, ("甲",)),
        ({"progress": G}, ("丙",)),
        ({"converted": True}, ("己",)),
        ({"converted": False}, ("丙", "甲", "乙")),
        ({"live": True}, ("甲", "乙")),
        ({"open": True}, ("戊",)),
        ({"entry": EntryKind.FUND}, ("甲",)),
        ({"q": "乙化工"}, ("乙",)),
        ({"zone": "LYG-XUWEI"}, ()),
        ({"action": "none"}, ("丙", "甲", "己", "乙")),
        ({"due": "none", "live": True}, ("甲", "乙")),
        ({"due": "late"}, ()),
        ({"ids": ()}, ()),
    ],
)
def test_each_filter_narrows_and_the_count_is_what_is_shown(world: World, some, filters, found) -> None:
    assert sorted(listed(world, **filters)) == sorted(names(*found))


def test_owner_campaign_signal_and_direction_narrow_too(world: World, some) -> None:
    officer = world.actor("officer")
    assert listed(world, owner_id=officer.user_id) == names("乙")
    campaign = actions.start_campaign(officer, CampaignDraft("行动", TODAY, TODAY))
    actions.enlist(officer, campaign, [some["甲"]])
    assert listed(world, campaign_id=campaign.id) == names("甲")
    counted = queries.campaign_counts(officer, campaign.id)
    (place,) = queries.other_nodes([], counted)
    assert place.id == some["甲"].node_id, "its rows add up though the campaign names no link"
    assert queries.other_nodes([place], counted) == []
    db.session.add(
        TargetSignal(target_id=some["乙"].id, happened_on=date(2026, 5, 1), what="扩产", source="公告")
    )
    db.session.flush()
    assert listed(world, since=date(2026, 5, 1)) == names("乙")
    assert listed(world, since=date(2026, 5, 2)) == []
    node = chains.node_by_code("PETRO-0202")
    assert node is not None
    node.state, node.state_on = NodeState.MISSING, TODAY
    db.session.flush()
    assert listed(world, action="build") == names("乙")
    assert len(listed(world, action="none")) == 3


def test_the_next_step_and_the_last_contact_order_the_list(world: World, some) -> None:
    officer = world.actor("officer")
    actions.plan(officer, some["甲"], "拜访", TODAY + timedelta(days=9), TODAY)
    actions.plan(officer, some["乙"], "拜访", TODAY + timedelta(days=3), TODAY)
    company = db.session.get(Company, some["甲"].company_id)
    factories.visit(world.users["officer"], company, happened_on=TODAY - timedelta(days=4))
    found = listed(world, sort="next")
    assert found[:2] == names("乙", "甲")
    assert listed(world, sort="-contact")[0] == names("甲")[0]
    row = queries.row(officer, some["甲"].id)
    assert (row.last_contact_on, row.next_what) == (TODAY - timedelta(days=4), "拜访")


@pytest.mark.parametrize(
    "sort", ["name", "-name", "updated", "-updated", "next", "-next", "contact", "signal", "-signal"]
)
def test_pages_follow_one_another_without_a_gap(world: World, some, sort: str) -> None:
    actor, wanted = world.actor("bureau"), Filters()
    whole = [r.id for r in queries.page(actor, wanted, sort, Window(), TODAY, 5).items]
    seen: list[int] = []
    after = None
    while True:
        page = queries.page(actor, wanted, sort, Window(per_page=2, after=after), TODAY, 5)
        seen += [r.id for r in page.items]
        after = page.next_token
        if after is None:
            break
    assert seen == whole
    assert len(whole) == 5


def test_an_unknown_order_and_a_mangled_place_are_refused_in_words(world: World, some) -> None:
    actor = world.actor("officer")
    with pytest.raises(RuleBroken, match="排序只能按"):
        queries.page(actor, Filters(), "size", Window(), TODAY, 0)
    with pytest.raises(RuleBroken, match="翻页位置"):
        queries.page(actor, Filters(), "next", Window(after="xx"), TODAY, 0)


def test_a_page_costs_four_statements_however_long(world: World, some, count_queries) -> None:
    actor = world.actor("bureau")
    for n in range(20):
        factories.target(world.company(f"第{n}家有限公司"))
    db.session.flush()
    with count_queries() as statements:
        total = queries.counts(actor, Filters(), TODAY)
        page = queries.page(actor, Filters(), "next", Window(), TODAY, total.all)
    assert len(page.items) == 25
    assert len(statements) == 4


def test_a_companys_targets_are_told_within_reach(world: World, some) -> None:
    firm = some["甲"].company_id
    factories.target(db.session.get(Company, firm), "PETRO-0201", "LYG-XUWEI")
    assert len(queries.of_company(world.actor("officer"), firm)) == 1
    assert len(queries.of_company(world.actor("bureau"), firm)) == 2
