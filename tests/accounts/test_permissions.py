"""The table of domain/roles.md, letter by letter: columns officer, specialist, chief, county, dept, bureau, leader."""

import pytest

from crm.accounts import permissions as p
from crm.accounts.rules import ROLE_LABELS
from crm.core.actor import Role, Scope

COLUMNS = (Role.OFFICER, Role.SPECIALIST, Role.CHIEF, Role.COUNTY, Role.DEPT, Role.BUREAU, Role.LEADER)

TABLE = {
    p.PROJECT_SEE: "Z A Z D A C C",
    p.PROJECT_WRITE: "Z – Z – – C –",
    p.VISIT_LOG: "Z A Z D – C –",
    p.PHONE_REVEAL: "Z A Z – – C –",
    p.STAGE_MOVE: "Z – Z – – C –",
    p.MILESTONE_SUBMIT: "Z – Z – – C –",
    p.FILING_WRITE: "Z – Z – – C –",
    p.IMPORT_RUN: "Z – Z – – C –",
    p.RECOGNISE: "– – – – – C –",
    p.ZONE_ASSIGN: "– – – – – C –",
    p.STATUS_PROPOSE: "Z – Z – – C –",
    p.STATUS_APPROVE: "– – Z – – C –",
    p.TERMINATE_PROPOSE: "Z – Z – – C –",
    p.TERMINATE_APPROVE: "– – – – – C –",
    p.ASSIGN: "– – Z – – C –",
    p.WEEKLY_SIGN: "– – Z – – C –",
    p.OPINION: "– – Z D A C –",
    p.INSTRUCT: "– – Z D – C C",
    p.PLAN_EDIT: "– – – – – C –",
    p.COMPANY_MERGE: "– – – – – C –",
    p.EXPORT: "Z A Z D – C C",
    # Not rows of the table, but told by its other sentences: a county sees assignments; the chief invites.
    p.ASSIGN_SEE: "Z – Z D – C C",
    p.BOARD_SEE: "Z – Z D – C C",
    p.ZONE_INVITE: "– – Z – – – –",
    p.CHAIN_PLAN_SUBMIT: "– – Z – – – –",
}

ADMINISTRATORS = {
    Role.SYSADMIN: {p.ADMIN_ACCOUNTS, p.ADMIN_UNITS, p.ADMIN_SYSTEM},
    Role.SECADMIN: {p.ADMIN_RIGHTS},
    Role.AUDITOR: {p.AUDIT_READ},
}


@pytest.mark.once
@pytest.mark.parametrize("verb", TABLE)
def test_a_verb_reaches_exactly_as_far_as_the_table_says(verb: str) -> None:
    for role, mark in zip(COLUMNS, TABLE[verb].split(), strict=True):
        assert p.scopes_of(role).get(verb) == (None if mark == "–" else Scope(mark)), (verb, role)


@pytest.mark.once
def test_no_business_verb_is_missing_from_this_table() -> None:
    assert set(TABLE) | set().union(*ADMINISTRATORS.values()) == set(p.LABELS)


@pytest.mark.once
@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_an_administrator_holds_his_own_verbs_and_no_other(role: Role) -> None:
    assert set(p.scopes_of(role)) == ADMINISTRATORS[role]


@pytest.mark.once
def test_every_role_and_every_verb_has_a_chinese_name() -> None:
    assert set(ROLE_LABELS) == set(Role)
    assert all(p.LABELS.values())


@pytest.mark.once
@pytest.mark.parametrize("role", [Role.SPECIALIST, Role.DEPT])
def test_an_assigned_role_never_reaches_a_whole_zone(role: Role) -> None:
    """What it sees hangs on a grant alone; see tests/test_scope.py for every route."""
    assert set(p.scopes_of(role).values()) == {Scope.ASSIGNED}


@pytest.mark.once
def test_no_role_of_a_zone_or_county_reaches_the_city() -> None:
    for role in (Role.OFFICER, Role.SPECIALIST, Role.CHIEF, Role.COUNTY, Role.DEPT):
        assert Scope.CITY not in p.scopes_of(role).values()
