"""The pipeline of a chain: one sentence, numbers that lead to their rows, and the weekly sheet that says the same."""

import html
import re
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.chains import queries as chains
from crm.chains.rules import ChainAction, NodeState
from crm.chains.views import bars
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.db import db
from crm.projects.rules import Capital, Stage, Status
from crm.targeting import queries as targeting
from crm.targeting import rules as targets
from crm.targeting.models import Target
from crm.weekly import queries as weekly
from tests.factories import World

CODE = "PETRO"


@pytest.fixture
def city(world: World) -> World:
    """Forty projects and sixty targets in every state, stage and progress, over two zones."""
    random = Random(7)
    chain = chains.by_code(CODE)
    assert chain is not None
    nodes = [node for node in chains.nodes(chain.id) if node.leaf][:6]
    for node, state in zip(nodes, (*NodeState, None, NodeState.MISSING), strict=True):
        row = chains.node(node.id)
        assert row is not None
        row.state, row.state_on = state, clock.today() if state else None
    for number in range(40):
        usd = Decimal(random.randrange(1, 9_000)) if number % 7 == 0 else None
        world.project(
            random.choice(("LYG-ETDZ", "LYG-XUWEI")),
            name=f"项目{number}",
            total=None if usd else str(random.randrange(1, 900_000)),
            total_investment_usd=usd,
            capital=Capital.FOREIGN if usd else Capital.DOMESTIC,
            node_id=random.choice(nodes[:5]).id,
            chain_action=random.choice((None, None, *ChainAction)),
            stage=random.choice(tuple(Stage)),
            status=random.choice((Status.ACTIVE, Status.ACTIVE, Status.ON_HOLD, Status.LOST)),
        )
    for number in range(60):
        firm, progress = world.company(f"第{number}化工有限公司"), random.choice(tuple(LinkProgress))
        db.session.add(
            Target(
                company_id=firm.id,
                node_id=random.choice(nodes[:5]).id,
                zone_id=world.zone(random.choice(("LYG-ETDZ", "LYG-XUWEI"))).id,
                progress=progress,
                progress_on=clock.today(),
                given_up_reason="产能已满" if progress is LinkProgress.GIVEN_UP else "",
            )
        )
    db.session.commit()
    return world


def page(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.get_data(as_text=True))


@pytest.mark.parametrize(("login", "zone"), [("bureau", None), ("bureau", "LYG-XUWEI"), ("officer", None)])
def test_the_weekly_sheet_and_the_pipeline_say_the_same(city: World, login: str, zone: str | None) -> None:
    actor, now = city.actor(login), clock.now() + timedelta(seconds=1)
    row = next(r for r in weekly.chains(actor, weekly.week(None, now), now, zone) if r.project_count)
    chain = chains.by_code(CODE)
    assert chain is not None
    nodes = chains.nodes(chain.id)
    zone_id = city.zone(zone).id if zone else (actor.zone_id if actor.zone_id else None)
    live = targeting.pipeline(actor, chain.id, {n.id: n.action for n in nodes}, zone_id)
    companies = targets.Companies()
    for found in targeting.companies_by_node(actor, chain.id, zone_id).values():
        companies.take_in(found)
    assert (row.target_count, row.project_count) == (companies.targets, live.total.all.count)
    assert row.amount == live.total.all.total and row.project_count > 5
    assert {p: n for p, n in row.targets.items() if n} == dict(companies.by_progress)
    for action in (*ChainAction, None):
        line = live.actions[action].all
        assert row.projects[action] == (line.count, line.total), action


_LINK = re.compile(r'<a href="(/(?:projects|targets)\?[^"]+)">([\d.,]+)</a>')


@pytest.mark.parametrize("path", ["/chains", f"/chains/{CODE}/pipeline"])
def test_every_figure_leads_to_as_many_rows(city: World, as_: Any, path: str) -> None:
    """Counts and amounts alike: the list says the same number, or the same sum."""
    browser = as_("bureau")
    text = page(browser, path)
    links = set(_LINK.findall(text))
    assert len(links) > (5 if path == "/chains" else 60)
    for address, number in sorted(links):
        total = re.search(r'<div class="total">(.*?)</div>', page(browser, address))
        assert total and f"<b>{number}</b>" in total[1], (address, number, total)


def test_every_number_of_gaps_leads_to_the_links_it_counts(city: World, as_: Any) -> None:
    browser = as_("bureau")
    text = page(browser, f"/chains/{CODE}/pipeline") + page(browser, "/chains")
    links = set(re.findall(rf'<a href="(/chains/{CODE}/pipeline\?show=\w+)#links">(\d+)</a>', text))
    assert {address.rsplit("=")[-1] for address, _ in links} >= {"gaps", "missing", "weak", "bare", "open"}
    for address, number in sorted(links):
        assert page(browser, address).count('<tr id="') == int(number), address


def test_a_gap_nobody_goes_after_is_named_first_and_says_whom_to_look_for(city: World, as_: Any) -> None:
    text = page(as_("bureau"), f"/chains/{CODE}/pipeline")
    chain = chains.by_code(CODE)
    assert chain is not None
    bare = [node for node in chains.nodes(chain.id) if node.leaf][5]
    said = re.sub("<[^>]+>", "", re.findall(r'<p class="say">(.*?)</p>', text)[0])
    assert said == "3个缺口环节，1个没人去找"
    row = re.search(rf'<tr id="{bare.code}" class="link bare">.*?</tr>', text, re.S)
    assert row and "没人去找" in row[0] and f"/targets/rank?node={bare.code}" in row[0]


def test_an_assessment_that_ran_out_is_seen_wherever_it_is_used(city: World, as_: Any) -> None:
    chain = chains.by_code(CODE)
    assert chain is not None
    node = chains.node(next(n.id for n in chains.nodes(chain.id) if n.state is NodeState.MISSING))
    assert node is not None
    node.valid_until = clock.today() - timedelta(days=1)
    db.session.commit()
    browser = as_("bureau")
    here = f"/chains/{CODE}"
    for path in (here, f"{here}?view=list", f"{here}/pipeline", f"{here}/lead", f"{here}/nodes/{node.code}"):
        assert "已过期" in page(browser, path), path
    listed = page(browser, f"/chains/due?chain={CODE}")
    assert listed.index(node.name) < listed.index("未评估") and "已过期" in listed
    assert listed.count("data-href=") == len(chains.due(clock.today(), CODE))
    assert as_("officer").get("/chains/due").status_code == 403


def test_who_is_furthest_stands_beside_the_link(city: World) -> None:
    chain, bureau = chains.by_code(CODE), city.actor("bureau")
    assert chain is not None
    node = next(n for n in chains.nodes(chain.id) if n.leaf)
    city.project("LYG-ETDZ", name="最前项目", total="10", node_id=node.id, stage=Stage.FULL)
    larger = city.project("LYG-XUWEI", name="更大项目", total="9000000", node_id=node.id, stage=Stage.FULL)
    db.session.commit()
    assert targeting.front_projects(bureau, chain.id)[node.id].code == larger.code
    own = city.zone("LYG-ETDZ").id
    assert targeting.front_projects(bureau, chain.id, own)[node.id].name == "最前项目"
    first = targeting.front_targets(bureau, chain.id)[node.id]
    found = targeting.companies_by_node(bureau, chain.id)[node.id]
    assert first.progress is max((p for p, n in found.by_progress.items() if n), key=targets.FURTHER.index)


def test_a_zones_people_read_their_own_and_nothing_they_may_only_look_at(city: World, as_: Any) -> None:
    own = page(as_("officer"), f"/chains/{CODE}/pipeline")
    seen = page(as_("bureau"), f"/chains/{CODE}/pipeline?zone=LYG-ETDZ")

    def say(text: str) -> str:
        return re.findall(r'<p class="say">(.*?)</p>', text)[0]

    assert say(own) == say(seen) and "zone=LYG-ETDZ" in own


def test_bars_share_one_scale_and_say_their_numbers() -> None:
    far, near = targets.Companies(), targets.Companies()
    far.add(LinkProgress.TALKING, 3)
    far.add(LinkProgress.UNTOUCHED, 1)
    near.add(LinkProgress.CONTACTED, 2)
    line = targets.Line()
    line.add(Stage.SIGNED, 1, None)
    drawn = bars.bars(
        [
            targets.Direction(ChainAction.BUILD, (), far, line),
            targets.Direction(ChainAction.FILL, (), near, targets.Line()),
        ]
    )
    first, second = drawn[ChainAction.BUILD][0], drawn[ChainAction.FILL][0]
    assert sum(part.width for part in first.parts) == bars.WIDTH
    assert sum(part.width for part in second.parts) == bars.WIDTH / 2
    assert first.words == "洽谈 3，已接触 0，未接触 1" and drawn[ChainAction.FILL][1].parts == ()
    assert [part.shade for part in first.parts] == [1, 4]


def test_a_chain_without_anything_still_shows_its_links_and_says_what_to_do(world: World, as_: Any) -> None:
    text = page(as_("bureau"), f"/chains/{CODE}/pipeline")
    assert "还没有靶向企业和在推项目" in text and "待评估" in text and text.count('<tr id="') > 10
