"""Scope, masking, filters, order and sums of the list, at a fixed number of statements."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE, VISIT_LOG
from crm.core.db import db
from crm.core.errors import Forbidden, NotFound, RuleBroken
from crm.core.paging import Window
from crm.projects import actions, queries
from crm.projects.queries import Filter
from crm.projects.rules import GrantLevel, Stage, Status
from crm.projects.scope import HIDDEN_INVESTOR
from tests.factories import World

SEES = {
    "officer": {"own"},
    "chief": {"own"},
    "officer2": {"other"},
    "specialist": set(),
    "county": {"ganyu"},
    "dept": set(),
    "bureau": {"own", "other", "ganyu", "nowhere"},
    "leader": {"own", "other", "ganyu", "nowhere"},
    "sysadmin": set(),
    "secadmin": set(),
    "auditor": set(),
}


@pytest.fixture
def four(world: World) -> dict[str, Any]:
    made = {
        "own": world.project("LYG-ETDZ", name="本区"),
        "other": world.project("LYG-XUWEI", name="外区"),
        "ganyu": world.project("LYG-GANYU", name="赣榆"),
        "nowhere": world.project(None, name="未定"),
    }
    db.session.commit()
    return made


@pytest.mark.parametrize("login", SEES)
def test_each_role_finds_and_lists_the_same_projects(world: World, four: dict[str, Any], login: str) -> None:
    actor, found = world.actor(login), set()
    for name, project in four.items():
        try:
            queries.find(actor, project.code)
        except NotFound:
            continue
        found.add(name)
    listed = {row.name for row in queries.listed(actor, Filter(), Window(), 0).items}
    assert found == SEES[login]
    assert listed == {four[name].name for name in SEES[login]}
    assert queries.stage_counts(actor, Filter()).of().count == len(found)
    assert db.session.scalar(queries.active_count(actor)) == len(found)


def test_what_is_seen_but_not_permitted_is_forbidden_and_what_is_not_seen_is_not_found(
    world: World, four: dict[str, Any]
) -> None:
    with pytest.raises(Forbidden):
        queries.find(world.actor("leader"), four["own"].code, PROJECT_WRITE)
    with pytest.raises(NotFound):
        queries.find(world.actor("officer"), four["other"].code, PROJECT_WRITE)


def test_a_grant_opens_a_project_for_its_term_and_its_level(world: World, four: dict[str, Any]) -> None:
    bureau, specialist, project = world.actor("bureau"), world.actor("specialist"), four["other"]
    made = actions.grant(
        bureau,
        project,
        user_id=specialist.user_id,
        level=GrantLevel.READ,
        source="assignment",
        source_id=1,
        starts_on=world.today,
    )
    assert queries.find(specialist, project.code) is project
    assert db.session.scalar(queries.active_count(specialist)) == 1
    with pytest.raises(Forbidden):
        queries.find(specialist, project.code, VISIT_LOG)
    made.level = GrantLevel.WORK
    assert queries.find(specialist, project.code, VISIT_LOG) is project
    actions.end_grant(bureau, project, made, world.today - timedelta(days=1))
    made.starts_on = made.ends_on = world.today - timedelta(days=1)
    with pytest.raises(NotFound):
        queries.find(specialist, project.code)


def test_a_grant_for_a_unit_opens_it_to_the_people_of_that_unit(world: World, four: dict[str, Any]) -> None:
    unit = world.unit("LYG-D-STHJ")
    actions.grant(
        world.actor("bureau"),
        four["own"],
        unit_id=unit.id,
        level=GrantLevel.READ,
        source="opinion",
        starts_on=world.today,
    )
    assert queries.find(world.actor("dept"), four["own"].code) is four["own"]
    with pytest.raises(NotFound):
        queries.find(world.actor("specialist"), four["own"].code)


def test_a_lead_without_a_zone_is_seen_by_its_holder(world: World, four: dict[str, Any]) -> None:
    officer = world.actor("officer")
    four["nowhere"].owner_id = officer.user_id
    db.session.flush()
    assert queries.find(officer, four["nowhere"].code) is four["nowhere"]
    # What a grant opens as well is counted once.
    for name in ("nowhere", "own"):
        actions.grant(
            world.actor("bureau"),
            four[name],
            user_id=officer.user_id,
            level=GrantLevel.READ,
            source="assignment",
            starts_on=world.today,
        )
    assert db.session.scalar(queries.active_count(officer)) == 2
    with pytest.raises(NotFound):
        queries.find(world.actor("officer2"), four["nowhere"].code)


# --- confidential ---------------------------------------------------------------------------------

KNOWS = {"officer": True, "chief": True, "bureau": True, "leader": False, "colleague": False}


@pytest.fixture
def secret(world: World) -> Any:
    investor = world.company("玄圭新能源科技有限公司", short_name="玄圭新能源")
    project = world.project(
        name="大数据中心", investor=investor, confidential=True, owner_id=world.users["officer"].id
    )
    db.session.commit()
    return project


@pytest.mark.parametrize("login", ["officer", "chief", "bureau", "leader"])
def test_the_investor_of_a_confidential_project_is_read_by_few(world: World, secret: Any, login: str) -> None:
    actor = world.actor(login)
    record = queries.record(actor, secret.code)
    [row] = queries.listed(actor, Filter(), Window(), 1).items
    assert record.disclosed is KNOWS[login]
    assert (record.investor == HIDDEN_INVESTOR) is not KNOWS[login]
    assert (row.investor, row.company_id) == (record.investor, record.company_id)


def test_another_officer_of_the_zone_reads_some_company(world: World, secret: Any) -> None:
    secret.owner_id = world.users["chief"].id
    db.session.flush()
    officer = world.actor("officer")
    record = queries.record(officer, secret.code)
    assert (record.investor, record.company_id, record.uscc) == (HIDDEN_INVESTOR, None, None)
    assert queries.of_company(officer, secret.company_id) == []


@pytest.mark.parametrize("q", ["玄圭", "xuangui", "新能源"])
def test_searching_for_a_hidden_investor_finds_nothing(world: World, secret: Any, q: str) -> None:
    assert queries.stage_counts(world.actor("leader"), Filter(q=q)).of().count == 0
    assert queries.lookup(world.actor("leader"), q) == []
    assert queries.stage_counts(world.actor("bureau"), Filter(q=q)).of().count == 1
    assert queries.stage_counts(world.actor("leader"), Filter(company_id=secret.company_id)).of().count == 0


def test_a_confidential_project_is_still_found_by_its_own_name(world: World, secret: Any) -> None:
    assert [s.investor for s in queries.lookup(world.actor("leader"), "数据中心")] == [HIDDEN_INVESTOR]


def test_a_grant_discloses_the_investor(world: World, secret: Any) -> None:
    leader = world.actor("leader")
    actions.grant(
        world.actor("bureau"),
        secret,
        user_id=leader.user_id,
        level=GrantLevel.READ,
        source="task_force",
        starts_on=world.today,
    )
    assert queries.record(leader, secret.code).investor == "玄圭新能源"


# --- the list -------------------------------------------------------------------------------------


def test_an_investor_is_found_by_name_alias_and_pinyin_though_the_project_is_called_otherwise(
    world: World,
) -> None:
    world.project(name="储能基地", investor=world.company("启澜储能科技有限公司"))
    world.project(name="别的项目", investor=world.company("朔汀氢能有限公司"))
    db.session.commit()
    officer = world.actor("officer")
    for q in ("启澜", "qilan", "储能基地", "qlcn"):
        assert [row.name for row in queries.listed(officer, Filter(q=q), Window(), 0).items] == ["储能基地"]


def test_filters_narrow_and_sums_speak_of_what_is_shown(world: World) -> None:
    world.project(total="1000", stage=Stage.SIGNED)
    world.project(total="2000.5", stage=Stage.LEAD)
    world.project(total=None, total_investment_usd=Decimal(300), stage=Stage.LEAD)
    world.project(total="7000", total_investment_usd=Decimal(1000), stage=Stage.LEAD, status=Status.LOST)
    db.session.commit()
    officer = world.actor("officer")
    every = queries.stage_counts(officer, Filter())
    assert (every.of().count, every.of().wan, every.of().usd) == (4, Decimal("10000.5"), Decimal(300))
    active = queries.stage_counts(officer, Filter(status=Status.ACTIVE, stages=(Stage.SIGNED,)))
    assert (active.of((Stage.LEAD,)).count, active.of((Stage.SIGNED,)).wan) == (2, Decimal(1000))
    least = Filter(least=Decimal("2000.5"), most=Decimal(5000))
    assert [row.total_investment for row in queries.listed(officer, least, Window(), 0).items] == [
        Decimal("2000.5")
    ]


@pytest.mark.parametrize(
    "sort", ["amount", "-amount", "updated", "-updated", "name", "-name", "expected", "-expected"]
)
def test_paging_by_token_and_by_number_walks_the_same_order_once(world: World, sort: str) -> None:
    """Unknown values stand last in both directions."""
    chance = random.Random(7)
    for _ in range(23):
        expected = world.today + timedelta(days=chance.randrange(3)) if chance.random() < 0.6 else None
        total = str(chance.randrange(4)) if chance.random() < 0.7 else None
        project = world.project(total=total, expected_sign_on=expected)
        project.sort_key = chance.choice("abc")
    db.session.commit()
    officer = world.actor("officer")
    whole = [r.id for r in queries.listed(officer, Filter(), Window(per_page=100), 23, sort).items]
    walked: list[int] = []
    window = Window(per_page=5)
    while True:
        page = queries.listed(officer, Filter(), window, 23, sort)
        walked += [r.id for r in page.items]
        numbered = queries.listed(officer, Filter(), Window(per_page=5, page=window.page), 23, sort)
        assert [r.id for r in numbered.items] == [r.id for r in page.items]
        if page.next_token is None:
            break
        window = Window(per_page=5, after=page.next_token, page=window.page + 1)
    assert walked == whole and len(set(whole)) == 23
    if "amount" in sort:
        known = [
            r.total_investment is not None
            for r in queries.listed(officer, Filter(), Window(per_page=100), 23, sort).items
        ]
        assert known == sorted(known, reverse=True)


@pytest.mark.parametrize("token", ["x", "WyJ4IiwgIjEiXQ", "WzFd"])
def test_a_mangled_place_is_refused_in_words(world: World, token: str) -> None:
    with pytest.raises(RuleBroken):
        queries.listed(world.actor("officer"), Filter(), Window(after=token), 0, "-amount")


def test_an_unknown_order_is_refused(world: World) -> None:
    with pytest.raises(RuleBroken, match="不能按"):
        queries.listed(world.actor("officer"), Filter(), Window(), 0, "secret")


def test_a_list_takes_two_statements_at_any_size(world: World, count_queries: Any) -> None:
    officer = world.actor("officer")
    for size in (1, 30):
        for _ in range(size):
            world.project()
        db.session.commit()
        with count_queries() as statements:
            total = queries.stage_counts(officer, Filter(q="演示"))
            queries.listed(officer, Filter(q="演示"), Window(), total.of().count)
        assert len(statements) == 2


def test_a_record_takes_one_statement(world: World, four: dict[str, Any], count_queries: Any) -> None:
    officer, code = world.actor("officer"), four["own"].code
    with count_queries() as statements:
        queries.record(officer, code)
    assert len(statements) == 1


def test_the_product_itself_does_not_read_confidential_investors(world: World, secret: Any) -> None:
    from crm.accounts import queries as accounts

    assert queries.record(accounts.system(), secret.code).investor == HIDDEN_INVESTOR
    assert queries.find(accounts.system(), secret.code, PROJECT_SEE) is secret
