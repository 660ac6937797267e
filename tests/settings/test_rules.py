"""Values as typed, tables, and pasted calendar lines."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.accounts import permissions
from crm.core.errors import RuleBroken
from crm.settings import rules
from crm.settings.rules.days import read_days

TIERS = rules.SETTINGS["tiers"]


def _tiers(**changed: str) -> list[dict[str, str]]:
    rows = [dict(row) for row in TIERS.default]
    for at, value in changed.items():
        row, key = at.split("_", 1)
        next(r for r in rows if r["code"] == row)[key] = value
    return rows


@pytest.mark.parametrize(
    ("key", "typed", "stored"),
    [
        ("light_contact_red", " 45 ", 45),
        ("light_contact_red", "45.0", 45),
        ("pace_on_track", "0.15", "0.15"),
        ("fx_rate", "7.1", "7.1"),
    ],
)
def test_a_value_is_stored_as_it_is_meant(key, typed, stored) -> None:
    assert rules.check(rules.SETTINGS[key], typed) == stored


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("light_contact_red", ""),
        ("light_contact_red", "很多"),
        ("light_contact_red", "1.5"),
        ("light_contact_red", "0"),
        ("light_contact_red", "NaN"),
        ("pace_on_track", "1.01"),
        ("pace_on_track", "-0.1"),
        ("pace_on_track", "Infinity"),
        ("import_most_mb", "201"),
    ],
)
def test_what_cannot_be_is_refused_beside_the_field(key, typed) -> None:
    with pytest.raises(RuleBroken) as refused:
        rules.check(rules.SETTINGS[key], typed)
    assert refused.value.field == "value"


def test_every_default_passes_its_own_check_and_has_a_source() -> None:
    for setting in rules.SETTINGS.values():
        assert rules.typed(setting, rules.check(setting, setting.default)) == rules.typed(
            setting, setting.default
        )
        assert setting.source


def test_verbs_are_those_of_the_permission_table() -> None:
    assert (permissions.PLAN_EDIT, permissions.ADMIN_SYSTEM) == (rules.BUSINESS_VERB, rules.SYSTEM_VERB)


@pytest.mark.parametrize(
    ("group", "verb"),
    [
        ("配额", "plan.edit"),
        ("分级", "plan.edit"),
        ("灯", "plan.edit"),
        ("登录安全", "admin.system"),
        ("导出", "admin.system"),
    ],
)
def test_business_values_are_the_bureaus_and_system_values_the_administrators(group, verb) -> None:
    assert {rules.verb_of(s) for s in rules.SETTINGS.values() if s.group == group} == {verb}


def test_tiers_may_move_as_long_as_they_fall() -> None:
    rows = rules.check(TIERS, _tiers(t50_threshold="600,000", t50_label="一级 60–100亿"))
    assert rows[1] == {
        "code": "t50",
        "label": "一级 60–100亿",
        "threshold": "600000",
        "threshold_usd": "50000",
    }


@pytest.mark.parametrize(
    "rows",
    [
        _tiers(t50_threshold="1000000"),
        _tiers(t10_threshold="500001"),
        _tiers(t10_threshold_usd="50000"),
        _tiers(below_threshold="1"),
        _tiers(below_threshold_usd="1"),
        _tiers(t5_threshold="-1"),
        _tiers(t5_threshold=""),
        _tiers(t5_threshold="五亿"),
        _tiers(t5_label=" "),
        _tiers()[:-1],
        [*_tiers(), _tiers()[0]],
        _tiers()[::-1],
    ],
)
def test_a_tier_table_that_leaves_an_amount_without_a_place_is_refused(rows) -> None:
    with pytest.raises(RuleBroken):
        rules.check(TIERS, rows)


@given(st.lists(st.integers(0, 10**7), min_size=5, max_size=5))
def test_a_tier_table_is_accepted_exactly_when_its_thresholds_fall(values) -> None:
    rows = _tiers()
    for row, value in zip(rows, [*values, 0], strict=True):
        row["threshold"] = str(value)
    falls = all(a > b for a, b in zip([*values], [*values[1:], 0], strict=True))
    if falls:
        assert [Decimal(r["threshold"]) for r in rules.check(TIERS, rows)] == [*map(Decimal, values), 0]
    else:
        with pytest.raises(RuleBroken):
            rules.check(TIERS, rows)


def test_pasted_lines_are_read_as_people_write_them() -> None:
    found = read_days("2027-01-01 休 元旦\n\n2027年2月5日至2027年2月7日，放假，春节\n2027.2.14 班 春节调休\n")
    assert [(d.day.isoformat(), d.working, d.name) for d in found] == [
        ("2027-01-01", False, "元旦"),
        ("2027-02-05", False, "春节"),
        ("2027-02-06", False, "春节"),
        ("2027-02-07", False, "春节"),
        ("2027-02-14", True, "春节调休"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "没有要导入"),
        ("2027-02-30 休", "第1行"),
        ("2027-01-01 休\n随便写写", "第2行"),
        ("2027-01-01 也许", "第1行"),
        ("2027-01-09至2027-01-01 休", "颠倒"),
        ("2027-01-01至2027-12-31 休", "超过"),
        ("2027-01-01 休\n2027-01-01 班", "又休又班"),
    ],
)
def test_lines_that_cannot_be_meant_are_refused_with_their_number(text, said) -> None:
    with pytest.raises(RuleBroken, match=said):
        read_days(text)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 30), st.booleans())
def test_a_range_is_every_day_of_it(first, days, working) -> None:
    last = first + timedelta(days=days)
    found = read_days(f"{first}至{last} {'班' if working else '休'}")
    assert [d.day for d in found] == [first + timedelta(days=n) for n in range(days + 1)]
    assert {d.working for d in found} == {working}
