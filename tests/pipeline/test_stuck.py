"""Days in the stage against the norm: the table, the map's figures against a brute-force oracle, the list behind a cell."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from statistics import median
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.core import clock
from crm.core.db import db
from crm.pipeline.models import StatusChange
from crm.pipeline.queries import stuck
from crm.pipeline.rules import norms as rules
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.queries import Filter
from crm.projects.rules import Stage, Status, Tier
from crm.settings.rules import SETTINGS
from tests.factories import World

As = Callable[[str], FlaskClient]
TABLE = rules.norms_of(SETTINGS["stage_norms"].default)


def test_every_stage_but_the_last_has_a_norm_for_every_tier() -> None:
    for stage in Stage:
        for tier in Tier:
            assert (TABLE.of(stage, tier) is None) is (stage is Stage.FULL)
    assert TABLE.of(Stage.LEAD, None) == TABLE.of(Stage.LEAD, Tier.BELOW)


@pytest.mark.parametrize(
    ("days", "norm", "state", "over"),
    [
        (30, 30, "ok", 0),
        (31, 30, "warn", 1),
        (60, 30, "warn", 30),
        (61, 30, "bad", 31),
        (500, None, "off", 0),
        (None, 30, "off", 0),
    ],
)
def test_a_stay_is_read_against_its_norm(days: int | None, norm: int | None, state: str, over: int) -> None:
    assert rules.state(days, norm) == state
    if days is not None:
        assert rules.over(days, norm) == over


def _hold(project: Project, since: date, until: date | None) -> None:
    changes = [(Status.ACTIVE, Status.ON_HOLD, since)]
    if until is not None:
        changes.append((Status.ON_HOLD, Status.ACTIVE, until))
    for before, after, day in changes:
        db.session.add(
            StatusChange(
                project_id=project.id,
                before=before,
                after=after,
                reason="等土地",
                effective_on=day,
                decided_at=clock.now(),
                approved=True,
            )
        )
        db.session.flush()


def _filled(world: World, seed: int) -> dict[int, tuple[Stage, Tier | None, int]]:
    """Random projects: what each should be read as, by id; those not in progress are left out."""
    random, expected = Random(seed), {}
    for _ in range(60):
        stage = random.choice(list(Stage))
        tier = random.choice([None, *Tier])
        days = random.randrange(0, 900)
        status = random.choice([Status.ACTIVE, Status.ACTIVE, Status.ACTIVE, Status.ON_HOLD, Status.LOST])
        made = world.project(
            tier=tier, stage=stage, stage_since=world.today - timedelta(days=days), status=status
        )
        db.session.flush()
        held = 0
        if status is Status.ACTIVE and days > 20 and random.random() < 0.4:
            held = random.randrange(1, days - 10)
            since = made.stage_since + timedelta(days=5)
            _hold(made, since, since + timedelta(days=held))
        if status is Status.ACTIVE:
            expected[made.id] = (stage, made.tier, days - held)
    db.session.commit()
    return expected


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_map_agrees_with_counting_by_hand(world: World, seed: int) -> None:
    expected, actor = _filled(world, seed), world.actor("officer")
    found = stuck.grid(actor, Filter(status=Status.ACTIVE), world.today)
    cells: dict[tuple[Stage, Tier | None], list[int]] = {}
    for stage, tier, days in expected.values():
        cells.setdefault((stage, tier), []).append(days)
    assert set(found) == set(cells)
    for key, days in cells.items():
        assert found[key].count == len(days)
        assert found[key].median == int(median(days))
        assert found[key].over == sum(rules.over(d, TABLE.of(*key)) > 0 for d in days)
    assert stuck.days_of(list(expected), world.today) == {id_: days for id_, (_, _, days) in expected.items()}


@pytest.mark.parametrize("seed", [4, 5])
def test_the_worst_are_those_furthest_over(world: World, seed: int) -> None:
    expected, actor = _filled(world, seed), world.actor("officer")
    over = {id_: rules.over(days, TABLE.of(stage, tier)) for id_, (stage, tier, days) in expected.items()}
    by_hand = sorted(((-days, id_) for id_, days in over.items() if days), key=lambda pair: pair)
    found = stuck.worst(actor, Filter(), world.today, 10)
    assert list(found) == [(id_, -days) for days, id_ in by_hand[:10]]
    narrowed = projects.stage_counts(actor, Filter(extra=(stuck.over_norm(world.today),)))
    assert narrowed.of().count == len(by_hand)


def test_a_cell_leads_to_the_list_behind_it(world: World, as_: As) -> None:
    for n in range(3):
        world.project(name=f"卡住{n}", tier=Tier.T1, stage_since=world.today - timedelta(days=50 + n))
    world.project(name="别的级别", tier=Tier.T50)
    world.project(name="没有级别", tier=None)
    db.session.commit()
    page = as_("officer").get("/pipeline/stuck").get_data(as_text=True)
    cell = re.search(r'<td><a href="([^"]*)"><span class="l1"><b>3</b>个', page)
    assert cell is not None and "中位51天" in page
    listed = as_("officer").get(cell[1].replace("&amp;", "&")).get_data(as_text=True)
    assert "卡住0" in listed and "别的级别" not in listed and "没有级别" not in listed
    unknown = as_("officer").get("/projects?tier=none").get_data(as_text=True)
    assert "没有级别" in unknown and "别的级别" not in unknown


def test_another_norm_of_the_bureau_holds_at_once(world: World, as_: As) -> None:
    world.project(name="停留五十天", total="30000", stage_since=world.today - timedelta(days=50))
    db.session.commit()
    assert "停留五十天" in as_("officer").get("/projects?stuck=1").get_data(as_text=True)
    rows = SETTINGS["stage_norms"].default
    data = {f"value-{n}-{tier.value}": "100" for n in range(len(rows)) for tier in Tier}
    answer = as_("bureau").post(
        "/admin/settings/stage_norms", data={**data, "source": "会议纪要", "version": "0"}
    )
    assert answer.status_code == 303
    assert "停留五十天" not in as_("officer").get("/projects?stuck=1").get_data(as_text=True)


@pytest.mark.parametrize("raw", ["0", "-3", "1.5", "很久", "", "99999"])
def test_a_norm_that_is_no_number_of_days_is_refused(world: World, as_: As, raw: str) -> None:
    rows = SETTINGS["stage_norms"].default
    data = {f"value-{n}-{tier.value}": "100" for n in range(len(rows)) for tier in Tier}
    data["value-0-t100"] = raw
    answer = as_("bureau").post(
        "/admin/settings/stage_norms", data={**data, "source": "会议纪要", "version": "0"}
    )
    assert answer.status_code == 422 and "第1行的特级 天" in answer.get_data(as_text=True)


def test_the_map_takes_as_many_statements_for_sixty_as_for_two(
    world: World, as_: As, count_queries: Any
) -> None:
    browser, taken = as_("officer"), []
    for size in (2, 58):
        for n in range(size):
            world.project(stage_since=world.today - timedelta(days=100 + n))
        db.session.commit()
        browser.get("/pipeline/stuck")
        with count_queries() as statements:
            assert browser.get("/pipeline/stuck").status_code == 200
        taken.append(len(statements))
    assert taken[0] == taken[1] <= 24


def test_nothing_yet_says_so(world: World, as_: As) -> None:
    assert "还没有进行中的项目" in as_("officer").get("/pipeline/stuck").get_data(as_text=True)
