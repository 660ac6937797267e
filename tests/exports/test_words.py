"""The filters of an export in words: codes by their labels, people and zones by their names, defaults told."""

from typing import Any

import pytest

from crm.exports.jobs import words
from tests.factories import World


@pytest.mark.parametrize(
    ("listing", "asked", "said"),
    [
        ("visits", {"mode": "inbound"}, "方式 来访接待"),
        ("visits", {"modes": "outbound,stationed", "led": "1"}, "方式 外出拜访、驻点，有领导参加"),
        ("visits", {"mode": "nothing", "zone": "0", "level": "city_main"}, "方式 nothing，板块 市级，领导级别 市主要领导"),
        ("visits", {"officer": "0", "company": "7", "each": "1"}, "记录人 没有记录人，企业 只看这一个，每家一次"),
        ("followups", {}, "范围 本人的，分段 未完成"),
        ("followups", {"who": "all", "part": "late", "kind": "demand"}, "范围 范围内全部，分段 逾期，类型 企业诉求"),
        ("followups", {"who": "all", "part": "all", "moved": "1"}, "范围 范围内全部，分段 全部，推迟过"),
        ("demands", {"mine": "1"}, "分段 未销号，与本人有关"),
        ("escalations", {"who": "all"}, "范围 范围内全部，分段 未办结"),
        ("figures", {"by": "leader", "since": "2026-01-01"}, "按什么看 领导，从 2026-01-01"),
        ("duty_figures", {"by": "month"}, "按什么看 到期月份"),
        ("occasions", {"kind": "trip", "level": "none"}, "类型 外出招商，领导级别 未注明领导"),
        ("projects", {"tier": "t5-up", "owner": "me", "stage": "signed"}, "级别 三级 5–10亿起，责任人 本人，阶段 签约"),
        ("projects", {"zone": "LYG-ETDZ", "light": "bad"}, "板块 市开发区，灯 红灯"),
        ("companies", {"sort": "-name"}, "没有筛选"),
    ],
)  # fmt: skip
def test_filters_are_said_as_their_page_says_them(
    world: World, listing: str, asked: dict[str, str], said: str
) -> None:
    assert words.of(listing, asked) == said


def test_people_and_zones_are_said_by_their_names_in_as_many_statements_for_many(
    world: World, count_queries: Any
) -> None:
    zone = world.zone("LYG-ETDZ")
    asked = [
        {name: str(user.id), "zone": str(zone.id)}
        for user in world.users.values()
        for name in ("owner", "officer", "person")
    ]
    with count_queries() as seen:
        told = words.of_all([("visits", each) for each in asked])
    assert len(seen) == 2
    officer = world.users["officer"]
    assert f"参加的人 {officer.name}，板块 {zone.short_name}" in told
