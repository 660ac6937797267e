"""Which way a list leaves, and its filters in words."""

import pytest

from crm.core.errors import RuleBroken
from crm.exports import rules
from crm.exports.rules import Way


@pytest.mark.parametrize(
    ("rows", "way"),
    [
        (1, Way.AT_ONCE),
        (2_000, Way.AT_ONCE),
        (2_001, Way.BACKGROUND),
        (20_000, Way.BACKGROUND),
        (20_001, Way.APPROVAL),
    ],
)
def test_the_way_is_decided_by_the_rows(rows, way) -> None:
    assert rules.way_of(rows, 20_000) is way


def test_a_low_limit_asks_for_approval_also_of_small_lists() -> None:
    assert rules.way_of(11, 10) is Way.APPROVAL


def test_only_what_decides_the_rows_is_kept() -> None:
    asked = {"list": "projects", "q": "化工", "sort": "-amount", "page": "3", "after": "x", "zone": ""}
    assert rules.kept(asked) == {"q": "化工", "sort": "-amount"}
    assert rules.words(rules.kept(asked)) == "搜索 化工"
    assert rules.words(rules.kept({"list": "projects"})) == "没有筛选"
    assert rules.words({"led": "", "mode": "电话"}) == "有领导参加，方式 电话"


@pytest.mark.parametrize("check", [rules.check_reason, rules.check_refusal])
def test_reasons_are_compulsory(check) -> None:
    assert check(" 上报省厅 ") == "上报省厅"
    with pytest.raises(RuleBroken) as refused:
        check("  ")
    assert refused.value.field == "reason"
