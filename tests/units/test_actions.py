from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken
from crm.units import actions, queries, rules
from crm.units.rules import LeaderDraft, LeaderLevel, UnitDraft, UnitKind
from tests import factories


def _group(world, parent: str = "LYG-ETDZ", code: str = "ETDZ-G2"):
    draft = UnitDraft(code, "招商二局", kind=UnitKind.GROUP)
    return actions.create(world.actor("sysadmin"), factories.unit(parent), draft)


def test_a_new_group_belongs_to_its_zone_and_county(world) -> None:
    group, zone = _group(world), factories.unit("LYG-ETDZ")
    assert (group.zone_id, group.county_id, group.edited) == (zone.id, zone.county_id, True)


def test_a_code_is_given_once(world) -> None:
    _group(world)
    with pytest.raises(RuleBroken, match="代码已有"):
        _group(world)


def test_moving_a_zone_takes_everything_below_along(world) -> None:
    group = _group(world, "LYG-GANYU", "GY-G1")
    zone, county = factories.unit("LYG-GANYU"), factories.unit("LYG-C-DONGHAI")
    actions.move(world.actor("sysadmin"), zone, county)
    db.session.expire_all()
    assert (zone.county_id, group.county_id, group.zone_id) == (county.id, county.id, zone.id)


def test_a_group_moved_to_another_zone_belongs_there(world) -> None:
    group = _group(world)
    actions.move(world.actor("sysadmin"), group, factories.unit("LYG-GANYU"))
    assert group.zone_id == factories.unit("LYG-GANYU").id
    assert group.county_id == factories.unit("LYG-C-GANYU").id


def test_a_unit_is_stopped_only_when_empty(world) -> None:
    sysadmin, today = world.actor("sysadmin"), clock.today()
    group = _group(world)
    with pytest.raises(RuleBroken, match="下级"):
        actions.deactivate(sysadmin, factories.unit("LYG-ETDZ"), 0, today)
    with pytest.raises(RuleBroken, match="在任岗位"):
        actions.deactivate(sysadmin, group, 2, today)
    actions.deactivate(sysadmin, group, 0, today)
    assert not group.active
    with pytest.raises(RuleBroken, match="市本级"):
        actions.deactivate(sysadmin, factories.unit("LYG"), 0, today)


def test_a_zone_with_a_project_or_a_company_is_in_use(world) -> None:
    zone = factories.unit("LYG-GUANNAN")
    assert not queries.in_use(zone.id)
    factories.project("LYG-GUANNAN")
    assert queries.in_use(zone.id)
    with pytest.raises(RuleBroken, match="不能停用"):
        actions.deactivate(world.actor("sysadmin"), zone, 0, clock.today())


def test_use_is_asked_of_every_table_that_points_at_a_unit_or_zone() -> None:
    tables = {table.name for table, _ in queries.referring_tables()}
    assert {"projects", "company_links", "grants", "credit_shares"} <= tables
    assert not {"zones", "quotas", "posts", "leaders", "units"} & tables


@pytest.mark.parametrize("login", ["officer", "chief", "bureau", "secadmin"])
def test_only_the_system_administrator_edits_the_tree(world, login: str) -> None:
    with pytest.raises(Forbidden):
        actions.rename(world.actor(login), factories.unit("LYG-ETDZ"), "新名", "")


def test_a_file_of_units_goes_in_whole_or_not_at_all(world) -> None:
    good = ("LYG-C-GANYU", UnitDraft("GY-D1", "赣榆区商务局", kind=UnitKind.DEPARTMENT))
    below = ("GY-D1", UnitDraft("GY-D11", "招商科", kind=UnitKind.DEPARTMENT))
    made = actions.import_units(world.actor("sysadmin"), [good, below])
    assert [u.county_id for u in made] == [factories.unit("LYG-C-GANYU").id] * 2
    wrong = [("NOWHERE", UnitDraft("X1", "一")), ("GY-D1", UnitDraft("X2", "二", kind=UnitKind.ZONE))]
    with pytest.raises(RuleBroken) as refused:
        actions.import_units(world.actor("sysadmin"), wrong, [4, 5])
    assert [line[:6] for line in refused.value.message.splitlines()] == ["第 4 行：", "第 5 行："]


# --- leaders --------------------------------------------------------------------------------------


def _leader(unit: str, name: str, rank: int, **values) -> LeaderDraft:
    return LeaderDraft(
        name=name, title=values.pop("title", "副市长"), level=LeaderLevel.CITY_CHARGE,
        unit_id=factories.unit(unit).id, rank_no=rank, starts_on=date(2024, 1, 1), **values,
    )  # fmt: skip


def test_leaders_stand_in_rank_order_and_former_ones_apart(world) -> None:
    sysadmin, today = world.actor("sysadmin"), clock.today()
    for name, rank in (("安一", 30), ("赵二", 10), ("周三", 20)):
        actions.add_leader(sysadmin, _leader("LYG", name, rank))
    actions.add_leader(sysadmin, _leader("LYG", "吴四", 1, ends_on=today - timedelta(days=1)))
    assert [r.name for r in queries.leaders(today)] == ["赵二", "周三", "安一"]
    assert [r.name for r in queries.leaders(today, past=True)] == ["吴四"]
    assert [r.name for r in queries.lookup_leaders("zhou", today)] == ["周三"]
    assert [r.name for r in queries.lookup_leaders("", today)] == ["赵二", "周三", "安一"]


def test_a_chief_keeps_the_leaders_of_his_own_zone_only(world) -> None:
    chief = world.actor("chief")
    actions.add_leader(chief, _leader("LYG-ETDZ", "孙五", 100))
    with pytest.raises(RuleBroken, match="本板块"):
        actions.add_leader(chief, _leader("LYG-XUWEI", "孙五", 100))
    with pytest.raises(Forbidden):
        actions.add_leader(world.actor("officer"), _leader("LYG-ETDZ", "孙五", 100))


def test_a_rotation_is_a_dated_end_and_kept_in_the_audit(world) -> None:
    sysadmin = world.actor("sysadmin")
    leader = actions.add_leader(sysadmin, _leader("LYG", "赵二", 10))
    actions.edit_leader(sysadmin, leader, _leader("LYG", "赵二", 10, ends_on=date(2026, 6, 30)))
    event = db.session.scalar(select(AuditEvent).where(AuditEvent.code == "leader.edited"))
    assert event.diff == {"ends_on": [None, "2026-06-30"]}


def test_a_term_that_ends_before_it_begins_is_refused(world) -> None:
    with pytest.raises(RuleBroken) as refused:
        actions.add_leader(world.actor("sysadmin"), _leader("LYG", "赵二", 10, ends_on=date(2020, 1, 1)))
    assert refused.value.field == "ends_on"


def test_the_tree_is_read_in_one_query(world, count_queries) -> None:
    with count_queries() as statements:
        roots = queries.tree()
    assert len(statements) == 1 and [r.code for r in roots] == ["LYG"]
    assert rules.UnitKind.ZONE in {c.kind for b in roots[0].children for c in b.children}
