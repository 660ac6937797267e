"""Projects in progress that nobody visited for longer than their stage and tier allow; the time on hold does not count."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.core import clock
from crm.core.db import db
from crm.core.paging import Window
from crm.notices.models import Notice, NotifyChoice, Outgoing, Told
from crm.notices.rules import MAIL, Topic
from crm.pipeline import jobs
from crm.pipeline.models import StatusChange
from crm.pipeline.queries import neglected as queries
from crm.projects.models import Project
from crm.projects.queries import Filter
from crm.projects.rules import Stage, Status, Tier
from tests import factories
from tests.factories import World

TODAY = clock.today()


def _ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def _project(world: World, name: str, known: int = 400, **values: object) -> Project:
    values = {"stage": Stage.IN_DEPTH, "tier": Tier.T100, "owner_id": world.users["officer"].id} | values
    made = world.project("LYG-ETDZ", name=name, first_contact_on=_ago(known), **values)
    made.stage_since = _ago(known)
    db.session.flush()
    return made


def _visited(world: World, project: Project, days: int) -> None:
    investor = db.session.get_one(type(world.company()), project.company_id)
    factories.visit(world.users["officer"], investor, [project], happened_on=_ago(days))


def _found(world: World, login: str = "officer") -> dict[str, tuple[int, int]]:
    page = queries.list_neglected(world.actor(login), Filter(), Window(), TODAY)
    assert page.total == len(page.items)
    return {row.name: (row.days, row.limit) for row in page.items}


def test_the_limit_follows_stage_and_tier_and_the_last_visit_of_any_mode(world: World) -> None:
    # 特级 in talks: 10 days; 四级 in talks: 45.
    for name, days, tier in (
        ("久", 11, Tier.T100),
        ("近", 10, Tier.T100),
        ("小", 40, Tier.T1),
        ("小久", 46, Tier.T1),
    ):
        project = _project(world, name, tier=tier)
        _visited(world, project, days + 50)
        _visited(world, project, days)
    _project(world, "从未", known=12)
    _project(world, "新的", known=3)
    assert _found(world) == {"久": (11, 10), "小久": (46, 45), "从未": (12, 10)}


def test_a_visit_with_the_investor_counts_wherever_the_project_was_named(world: World) -> None:
    project = _project(world, "甲")
    investor = db.session.get_one(type(world.company()), project.company_id)
    factories.visit(world.users["officer"], investor, happened_on=_ago(2))
    assert _found(world) == {}


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.ACTIVE])
def test_only_what_is_in_progress_can_be_neglected(world: World, status: Status) -> None:
    _project(world, "停", status=status)
    assert _found(world) == {}


def test_the_time_on_hold_does_not_count(world: World) -> None:
    project = _project(world, "搁过", known=40)
    for before, after, ago in ((Status.ACTIVE, Status.ON_HOLD, 38), (Status.ON_HOLD, Status.ACTIVE, 5)):
        db.session.add(
            StatusChange(
                project_id=project.id,
                before=before,
                after=after,
                reason="等",
                effective_on=_ago(ago),
                approved=True,
                decided_at=clock.now(),
            )
        )
        db.session.flush()
    # Two days before and five since: seven of the ten that are allowed.
    assert _found(world) == {}
    _visited(world, project, 39)
    assert _found(world) == {}
    project.tier = Tier.T100
    later = TODAY + timedelta(days=6)
    page = queries.list_neglected(world.actor("officer"), Filter(), Window(), later)
    assert [(row.name, row.days) for row in page.items] == [("搁过", 12)]


def test_every_role_sees_its_reach(world: World) -> None:
    _project(world, "这里")
    world.project("LYG-XUWEI", name="别处", first_contact_on=_ago(400), stage=Stage.IN_DEPTH)
    assert set(_found(world)) == {"这里"} == set(_found(world, "chief"))
    assert set(_found(world, "officer2")) == {"别处"}
    assert set(_found(world, "bureau")) == {"这里", "别处"}
    assert set(_found(world, "dept")) == set()


def test_the_longest_stand_first_and_pages_follow_each_other(world: World) -> None:
    for n in range(5):
        _project(world, f"项目{n}", known=100 + n)
    names: list[str] = []
    window = Window(per_page=2)
    while True:
        page = queries.list_neglected(world.actor("officer"), Filter(), window, TODAY)
        names += [row.name for row in page.items]
        if page.next_token is None:
            break
        window = Window(per_page=2, after=page.next_token)
    assert names == [f"项目{n}" for n in (4, 3, 2, 1, 0)]


def test_an_owner_is_told_once_for_each_last_visit(world: World) -> None:
    one, two = _project(world, "甲项目"), _project(world, "乙项目", confidential=True)
    ways = {topic.value: [MAIL] for topic in Topic}
    owner = world.users["officer"].id
    db.session.add(NotifyChoice(user_id=owner, lead_days=1, email="a@lyg.gov.cn", ways=ways))
    db.session.flush()
    now = clock.now()
    assert jobs.neglected(now) == "提醒了2个久未联系的项目"
    assert jobs.neglected(now) == jobs.neglected(now + timedelta(days=3)) == "提醒了0个久未联系的项目"
    texts = db.session.scalars(select(Outgoing.text)).all()
    assert texts == [f"2个项目久未联系：{one.code}"] and two.code not in texts[0]
    _visited(world, one, 20)
    # It is another state now: visited, and neglected again since.
    assert jobs.neglected(now) == "提醒了1个久未联系的项目"
    assert len(db.session.scalars(select(Told.id)).all()) == 3
    assert db.session.scalars(select(Notice.text)).all() == []


def test_nobody_out_of_office_is_told(world: World) -> None:
    _project(world, "甲项目")
    world.users["officer"].active = False
    assert jobs.neglected(datetime.now(UTC)) == "提醒了0个久未联系的项目"


def test_the_page_and_ones_own_day_list_them(world: World, as_) -> None:
    project = _project(world, "久未联系的项目甲")
    db.session.commit()
    page = as_("officer").get("/neglected").get_data(as_text=True)
    assert "久未联系的项目甲" in page and f"/visits/new?project={project.code}" in page
    assert "久未联系的项目甲" in as_("officer").get("/today").get_data(as_text=True)
    assert "没有久未联系的项目" in as_("officer2").get("/neglected").get_data(as_text=True)
    assert as_("bureau").get(f"/neglected?tier=t1&zone={project.zone_id}").status_code == 200


def test_the_list_takes_one_statement_at_any_size(world: World, count_queries) -> None:
    for n in range(8):
        _visited(world, _project(world, f"项目{n}"), 30)
    actor = world.actor("officer")
    queries.list_neglected(actor, Filter(), Window(), TODAY)
    with count_queries() as statements:
        queries.list_neglected(actor, Filter(), Window(), TODAY)
    assert len([s for s in statements if "projects" in s]) == 1
