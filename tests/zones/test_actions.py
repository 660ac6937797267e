from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.zones import actions, queries, rules
from crm.zones.rules import PlanDraft, QuotaDraft, ZoneDraft


def _plan():
    plan = queries.plan_by_code("LYG-2022-2025")
    assert plan is not None
    return plan


def _zone(code: str = "LYG-ETDZ"):
    zone = queries.by_code(code)
    assert zone is not None
    return zone


def _quota(**values) -> QuotaDraft:
    known = {
        "target": 3,
        "threshold": Decimal(1_000_000),
        "threshold_usd": Decimal(100_000),
        "source": "调整通知",
    }
    return QuotaDraft(**(known | values))


def _audited(world, code: str) -> AuditEvent:
    from crm.core.db import db

    event = db.session.scalar(select(AuditEvent).where(AuditEvent.code == code))
    assert event is not None
    return event


def test_a_changed_fact_is_marked_edited_and_kept_with_both_values(world) -> None:
    zone = _zone()
    values = {key: getattr(zone, key) for key in rules.FACTS} | {"established": "1984-12"}
    draft = ZoneDraft(zone.short_name, values, {**zone.sources, "established": "国务院批复"})
    actions.edit_zone(world.actor("bureau"), zone, draft)
    assert zone.edited and zone.sources["established"] == "国务院批复"
    assert _audited(world, "zone.edited").diff["established"] == ["1984", "1984-12"]


def test_one_alias_may_belong_to_several_zones_but_once_to_each(world) -> None:
    bureau = world.actor("bureau")
    actions.add_alias(bureau, _zone("LYG-CHEM"), "北区", "通行简称")
    assert queries.resolve("北区").zone.code == "LYG-CHEM"
    actions.add_alias(bureau, _zone("LYG-GYLG"), "北区", "通行简称")
    assert len(queries.resolve("北区").candidates) == 2
    with pytest.raises(RuleBroken, match="已经有了"):
        actions.add_alias(bureau, _zone("LYG-CHEM"), " 北 区", "通行简称")
    with pytest.raises(RuleBroken, match="来源"):
        actions.add_alias(bureau, _zone("LYG-CHEM"), "南区", "")


def test_a_copied_plan_repeats_the_last_years_quotas_and_carries_the_banner(world) -> None:
    made = actions.copy_plan(world.actor("bureau"), _plan(), "LYG-2026-2030", 2026, 2030)
    assert made.banner == "沿用2022–2025，待市政府确定" and made.copied_from_id == _plan().id
    old = [(r.zone_code, r.target, r.threshold) for r in queries.quotas(_plan().id, 2025)]
    for year in range(2026, 2031):
        assert [(r.zone_code, r.target, r.threshold) for r in queries.quotas(made.id, year)] == old
    assert queries.plan_of_year(2026) is made


def test_one_year_has_one_plan(world) -> None:
    with pytest.raises(RuleBroken, match="同一年只能有一个方案"):
        actions.copy_plan(world.actor("bureau"), _plan(), "LYG-2025-2026", 2025, 2026)
    draft = PlanDraft("P2", "另一方案", 2024, 2026, source="文件")
    with pytest.raises(RuleBroken, match="同一年"):
        actions.create_plan(world.actor("bureau"), draft)


def test_years_that_hold_quotas_are_not_cut_off(world) -> None:
    plan = _plan()
    draft = PlanDraft(plan.code, plan.title, 2022, 2024, source=plan.source)
    with pytest.raises(RuleBroken, match="还有配额"):
        actions.edit_plan(world.actor("bureau"), plan, draft)


def test_a_quota_is_changed_for_one_year_or_for_all_that_follow(world) -> None:
    bureau, plan, zone = world.actor("bureau"), _plan(), _zone()
    seen = queries.quota(plan.id, 2023, zone.id).version
    actions.set_quota(bureau, plan, zone, 2023, _quota(), seen=seen)
    assert [queries.quota(plan.id, y, zone.id).target for y in range(2022, 2026)] == [2, 3, 2, 2]
    seen = queries.quota(plan.id, 2024, zone.id).version
    actions.set_quota_from(bureau, plan, zone, 2024, _quota(target=4), seen=seen)
    assert [queries.quota(plan.id, y, zone.id).target for y in range(2022, 2026)] == [2, 3, 4, 4]
    assert queries.quota(plan.id, 2024, zone.id).edited
    assert _audited(world, "quota.edited").diff["target"] == [2, 3]


def test_two_people_at_one_quota_do_not_overwrite_each_other(world) -> None:
    bureau, plan, zone = world.actor("bureau"), _plan(), _zone()
    seen = queries.quota(plan.id, 2023, zone.id).version
    actions.set_quota(bureau, plan, zone, 2023, _quota(), seen=seen)
    with pytest.raises(Conflict):
        actions.set_quota(world.actor("bureau2"), plan, zone, 2023, _quota(target=9), seen=seen)
    with pytest.raises(Conflict):
        actions.drop_quota(world.actor("bureau2"), plan, zone, 2023, seen=seen)


def test_a_zone_enters_and_leaves_the_assessment(world) -> None:
    bureau, plan, zone = world.actor("bureau"), _plan(), _zone("LYG-CBZ")
    row = actions.set_quota(bureau, plan, zone, 2025, _quota(target=1))
    assert queries.quota(plan.id, 2025, zone.id) is row
    actions.drop_quota(bureau, plan, zone, 2025, seen=row.version)
    assert queries.quota(plan.id, 2025, zone.id) is None


def test_a_year_outside_the_plan_has_no_quota(world) -> None:
    with pytest.raises(RuleBroken, match="年份"):
        actions.set_quota(world.actor("bureau"), _plan(), _zone(), 2026, _quota())


@pytest.mark.parametrize(
    "login", ["officer", "chief", "county", "dept", "leader", "sysadmin", "secadmin", "auditor"]
)
def test_only_the_bureau_keeps_plans_and_zones(world, login: str) -> None:
    actor = world.actor(login)
    with pytest.raises(Forbidden):
        actions.copy_plan(actor, _plan(), "X", 2030, 2031)
    with pytest.raises(Forbidden):
        actions.set_quota(actor, _plan(), _zone(), 2023, _quota(), seen=1)
    with pytest.raises(Forbidden):
        actions.add_alias(actor, _zone(), "别名", "来源")
