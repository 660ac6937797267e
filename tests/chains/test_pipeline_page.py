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


def test_every_figure_leads_to_as_many_rows(city: World, as_: Any) -> None:
    browser = as_("bureau")
    text = page(browser, f"/chains/{CODE}/pipeline")
    links = set(re.findall(r'<a href="(/(?:projects|targets)\?[^"]+)">(\d+)</a>', text))
    assert len(links) > 40
    for address, number in sorted(links):
        listed = page(browser, address)
        total = re.search(r'class="sum"[^>]*>\s*<b>(\d+)|<span class="fig[^"]*">(\d+)', listed)
        shown = re.search(r"共\s*([\d,]+)\s*[个家项条]", listed)
        found = shown.group(1) if shown else (total.group(1) or total.group(2) if total else "")
        assert found.replace(",", "") == number, (address, number, found)


def test_a_gap_nobody_goes_after_is_named_first(city: World, as_: Any) -> None:
    text = page(as_("bureau"), f"/chains/{CODE}/pipeline")
    chain = chains.by_code(CODE)
    assert chain is not None
    bare = [node for node in chains.nodes(chain.id) if node.leaf][5]
    assert f"#{bare.code}" in text and "1个还没有人去找" in text and "没人去找" in text


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


def test_a_chain_without_anything_says_what_to_do(world: World, as_: Any) -> None:
    text = page(
        as_("bureau"), "/chains/PHARMA/pipeline" if chains.by_code("PHARMA") else f"/chains/{CODE}/pipeline"
    )
    assert "还没有靶向企业和在推项目" in text and "找靶向企业" in text
