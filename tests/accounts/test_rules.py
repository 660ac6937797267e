from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.accounts import passwords, rules
from crm.core.actor import Role
from crm.core.errors import RuleBroken
from crm.units.rules import UnitKind

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Ab1-x", "太短"),
        ("abcdefghijk", "三类"),
        ("abcdefghij1", "三类"),
        ("Officer-2026", "登录名"),
        ("xOFFICERx-26", "登录名"),
    ],
)
def test_a_weak_password_is_refused_beside_its_field(password: str, words: str) -> None:
    with pytest.raises(RuleBroken, match=words) as refused:
        rules.check_password(password, "officer", 10)
    assert refused.value.field == "password"


@pytest.mark.parametrize("password", ["Lianyun-2026!", "abcDEF1234", "密码Abc12345"])
def test_three_of_four_classes_are_enough(password: str) -> None:
    rules.check_password(password, "officer", 10)


def test_a_one_time_password_keeps_the_rules_it_is_checked_by() -> None:
    made = {passwords.one_time() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        rules.check_password(password, "officer", 10)
        assert not set(password) & set("0O1lI")


def test_the_three_administrators_never_meet_in_one_person() -> None:
    admins = [Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR]
    for pair in combinations(admins, 2):
        with pytest.raises(RuleBroken):
            rules.check_together(pair)
    for admin in admins:
        rules.check_together([admin, admin])
        for role in set(Role) - set(admins):
            with pytest.raises(RuleBroken):
                rules.check_together([admin, role])


def test_business_roles_may_be_held_together() -> None:
    rules.check_together(set(Role) - rules.ADMINISTRATORS)


@pytest.mark.parametrize(("failed", "locked"), [(0, False), (4, False), (5, True), (6, True)])
def test_the_fifth_failure_locks_for_half_an_hour(failed: int, locked: bool) -> None:
    expected = NOW + timedelta(minutes=30) if locked else None
    assert rules.locked_until(failed, 5, 30, NOW) == expected


@pytest.mark.parametrize(
    ("role", "kind", "zone_id", "ok"),
    [
        (Role.OFFICER, UnitKind.GROUP, 7, True),
        (Role.OFFICER, UnitKind.DEPARTMENT, None, False),
        (Role.CHIEF, UnitKind.ZONE, 7, True),
        (Role.CHIEF, UnitKind.COUNTY, None, False),
        (Role.COUNTY, UnitKind.BLOCK, None, True),
        (Role.COUNTY, UnitKind.ZONE, 7, False),
        (Role.DEPT, UnitKind.DEPARTMENT, None, True),
        (Role.BUREAU, UnitKind.CITY, None, False),
        (Role.LEADER, UnitKind.CITY, None, True),
        (Role.LEADER, UnitKind.ZONE, 7, False),
        (Role.AUDITOR, UnitKind.CITY, None, True),
    ],
)
def test_a_role_stands_where_its_reach_makes_sense(
    role: Role, kind: UnitKind, zone_id: int | None, ok: bool
) -> None:
    if ok:
        rules.check_place(role, kind, zone_id)
    else:
        with pytest.raises(RuleBroken) as refused:
            rules.check_place(role, kind, zone_id)
        assert refused.value.field == "unit"


@pytest.mark.parametrize("login", ["A b", "1abc", "陈", "x", "a" * 41, "a/b"])
def test_a_login_nobody_could_type_is_refused(login: str) -> None:
    with pytest.raises(RuleBroken):
        rules.login_name(login)


def test_a_login_is_kept_in_lower_case() -> None:
    assert rules.login_name("  Chen.Siyuan ") == "chen.siyuan"


@given(
    confirmed=st.booleans(),
    refused=st.booleans(),
    revoked=st.booleans(),
    starts=st.integers(-5, 5),
    length=st.none() | st.integers(0, 10),
)
def test_a_post_gives_rights_exactly_in_its_confirmed_term(
    confirmed: bool, refused: bool, revoked: bool, starts: int, length: int | None
) -> None:
    starts_on = TODAY + timedelta(days=starts)
    ends_on = None if length is None else starts_on + timedelta(days=length)
    state = rules.post_state(
        confirmed=confirmed,
        refused=refused,
        revoked=revoked,
        starts_on=starts_on,
        ends_on=ends_on,
        today=TODAY,
    )
    expected = confirmed and not refused and not revoked and rules.in_term(starts_on, ends_on, TODAY)
    assert (state is rules.PostState.IN_FORCE) == expected
