from decimal import Decimal

import pytest

from crm.core.errors import RuleBroken
from crm.zones import rules
from crm.zones.rules import PlanDraft, QuotaDraft, Resolution, ZoneDraft, ZoneName

pytestmark = pytest.mark.once

A, B, C = (ZoneName(n, f"Z{n}", f"全称{n}", f"简称{n}", county) for n, county in ((1, 10), (2, 20), (3, 20)))


@pytest.mark.parametrize(
    ("found", "county", "expected"),
    [
        ([], None, Resolution()),
        ([A], None, Resolution(zone=A)),
        ([A], 20, Resolution(zone=A)),
        ([A, B], None, Resolution(candidates=(A, B))),
        ([A, B], 10, Resolution(zone=A)),
        ([A, B], 30, Resolution(candidates=(A, B))),
        ([A, B, C], 20, Resolution(candidates=(B, C))),
    ],
)
def test_the_senders_county_decides_first_and_nothing_is_guessed(found, county, expected) -> None:
    assert rules.choose(found, county) == expected


@pytest.mark.parametrize(
    ("written", "key"),
    [
        (" 经 开 区", "经开区"),
        ("上合组织（连云港）物流园", "上合组织(连云港)物流园"),
        ("lyg-ETDZ", "lyg-etdz"),
        ("　", ""),
    ],
)
def test_an_alias_is_compared_without_blanks_and_in_one_form(written: str, key: str) -> None:
    assert rules.alias_key(written) == key


@pytest.mark.parametrize(
    ("level", "count", "hinted"),
    [("国家级", 4, False), ("国家级", 5, True), ("省级", 2, False), ("省级", 3, True), ("市级", 9, False)],
)
def test_more_leading_industries_than_the_plan_has_in_mind_are_a_hint(
    level: str, count: int, hinted: bool
) -> None:
    assert bool(rules.industries_hint(level, ["产业"] * count)) is hinted


def test_a_copied_plan_says_where_its_numbers_come_from() -> None:
    assert rules.banner_of_copy(2022, 2025) == "沿用2022–2025，待市政府确定"


def _plan(**values) -> PlanDraft:
    return PlanDraft(
        **({"code": "P", "title": "方案", "first_year": 2026, "last_year": 2030, "source": "文件"} | values)
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "A/B"}, "code"),
        ({"title": " "}, "title"),
        ({"last_year": 2025}, "last_year"),
        ({"last_year": 2036}, "last_year"),
        ({"first_year": 26}, "first_year"),
        ({"source": " "}, "source"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_beside_the_field(values: dict, field: str) -> None:
    rules.check_plan(_plan())
    with pytest.raises(RuleBroken) as refused:
        rules.check_plan(_plan(**values))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"target": -1}, "target"),
        ({"target": None}, "target"),
        ({"threshold": Decimal(0)}, "threshold"),
        ({"threshold_usd": None}, "threshold_usd"),
        ({"source": ""}, "source"),
    ],
)
def test_a_quota_needs_a_number_both_thresholds_and_a_source(values: dict, field: str) -> None:
    good = {"target": 1, "threshold": Decimal(500000), "threshold_usd": Decimal(50000), "source": "第 13 条"}
    rules.check_quota(QuotaDraft(**good))
    with pytest.raises(RuleBroken) as refused:
        rules.check_quota(QuotaDraft(**(good | values)))
    assert refused.value.field == field


def test_every_known_value_of_a_zone_has_a_source() -> None:
    rules.check_zone(ZoneDraft("简", {"name": "全称", "level": ""}, {"name": "公告"}))
    with pytest.raises(RuleBroken) as refused:
        rules.check_zone(ZoneDraft("简", {"name": "全称", "level": "省级"}, {"name": "公告"}))
    assert refused.value.field == "level_source"


@pytest.mark.parametrize("key", ["name", "leading_industries", "notes"])
def test_a_fact_longer_than_its_place_is_refused_beside_its_field(key: str) -> None:
    values = {"name": "全称", key: "长" * 3000}
    with pytest.raises(RuleBroken) as refused:
        rules.check_zone(ZoneDraft("简", values, dict.fromkeys(values, "公告")))
    assert refused.value.field == key
