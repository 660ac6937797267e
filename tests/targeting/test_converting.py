"""A target becomes a project, once."""

import pytest
from sqlalchemy import func, select

from crm.chains import queries as chains
from crm.chains.rules import ChainAction, NodeState
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.followups.models import Followup
from crm.followups.rules import DutyState
from crm.projects.models import Project
from crm.projects.rules import Source, Stage
from crm.targeting import actions, queries
from crm.targeting.rules.targets import ConversionDraft, EntryKind, Filters
from tests import factories
from tests.factories import World

TODAY = clock.today()


def convert(world: World, target, login: str = "officer", **draft) -> tuple[Project, bool]:
    return actions.convert(world.actor(login), target, ConversionDraft(**draft), TODAY, clock.now())


def test_a_project_of_the_company_at_the_node_is_opened_and_both_know_each_other(world: World) -> None:
    node = chains.node_by_code("PETRO-0201")
    assert node is not None
    node.state, node.state_on = NodeState.MISSING, TODAY
    owner = world.users["officer"].id
    firm = world.company("雷泽化工有限公司")
    target = factories.target(firm, owner_id=owner, entry_kind=EntryKind.FUND, entry_note="基金引荐")
    project, made = convert(world, target)
    assert made
    assert (project.company_id, project.node_id, project.zone_id) == (firm.id, node.id, target.zone_id)
    assert (project.owner_id, project.source, project.stage) == (owner, Source.CHAIN, Stage.LEAD)
    assert project.source_note == "基金，基金引荐"
    assert project.name == "雷泽化工有限公司乙烯项目"
    assert project.chain_action is None, "a project stores its own at signing"
    assert (target.project_id, target.chain_action) == (project.id, ChainAction.BUILD)
    assert target.progress is LinkProgress.TALKING
    row = queries.row(world.actor("officer"), target.id)
    assert (row.project_code, row.converted_action) == (project.code, ChainAction.BUILD)
    assert [r.id for r in queries.of_project(world.actor("officer"), project.id)] == [target.id]


def test_the_next_step_goes_on_as_the_projects(world: World) -> None:
    target = factories.target(world.company(), owner_id=world.users["officer"].id)
    actions.plan(world.actor("officer"), target, "送规划和用地方案", TODAY, TODAY)
    project, _ = convert(world, target)
    duty = db.session.scalars(select(Followup)).one()
    assert (duty.project_id, duty.state) == (project.id, DutyState.OPEN)


def test_what_the_node_called_for_on_that_day_is_kept(world: World) -> None:
    node = chains.node_by_code("PETRO-0201")
    assert node is not None
    node.state, node.state_on = NodeState.WEAK, TODAY
    target = factories.target(world.company())
    convert(world, target)
    node.state = NodeState.STRONG
    db.session.flush()
    assert target.chain_action is ChainAction.FILL


def test_twice_is_the_same_project(world: World) -> None:
    target = factories.target(world.company())
    first, _ = convert(world, target)
    again, made = convert(world, target, name="另一个名字")
    assert (again.id, made) == (first.id, False)
    assert db.session.scalar(select(func.count()).select_from(Project)) == 1


def test_a_project_that_is_there_already_is_joined_and_takes_the_node_it_lacks(world: World) -> None:
    firm = world.company()
    target = factories.target(firm)
    there = world.project("LYG-ETDZ", investor=firm)
    project, made = convert(world, target, project_id=there.id)
    assert (project.id, made, project.node_id) == (there.id, True, target.node_id)
    foreign = world.project("LYG-XUWEI", investor=firm)
    with pytest.raises(RuleBroken, match="另选"):
        convert(world, factories.target(firm, "PETRO-0202"), project_id=foreign.id)


def test_what_waits_for_its_node_or_was_given_up_becomes_no_project(world: World) -> None:
    with pytest.raises(RuleBroken, match="先确认环节"):
        convert(world, factories.target(world.company(), None))
    with pytest.raises(Conflict, match="已放弃"):
        convert(world, factories.target(world.company(), progress=LinkProgress.GIVEN_UP))


def test_the_citys_target_lands_where_the_bureau_says(world: World) -> None:
    target = factories.target(world.company(), zone_code=None)
    zone = world.zone("LYG-XUWEI")
    project, _ = convert(world, target, "bureau", zone_id=zone.id)
    assert project.zone_id == zone.id
    project, _ = convert(world, factories.target(world.company(), zone_code=None), "bureau")
    assert project.zone_id is None


def test_a_converted_target_is_worked_on_in_its_project(world: World) -> None:
    officer = world.actor("officer")
    target = factories.target(world.company())
    convert(world, target)
    with pytest.raises(Conflict, match="已转为项目"):
        actions.give_up(officer, target, "外省扩产", TODAY)
    with pytest.raises(Conflict, match="在项目里改"):
        actions.place(officer, target, [1], TODAY)


def test_a_confidential_projects_target_is_closed_to_whoever_may_not_know(world: World) -> None:
    firm = world.company("机密投资方有限公司")
    target = factories.target(firm)
    project, _ = convert(world, target, "chief")
    project.confidential = True
    db.session.commit()
    for login, seen in (("officer", 0), ("specialist", 0), ("chief", 1), ("bureau", 1)):
        found = queries.counts(world.actor(login), Filters(), TODAY)
        assert found.converted == seen, login
