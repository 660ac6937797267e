"""Every route and who may call it, as one table that a change has to touch."""

from pathlib import Path

import pytest
from flask import Flask

from crm.accounts import permissions
from crm.core.actor import Role
from crm.web import guard

GOLDEN = Path(__file__).parent / "golden" / "routes.txt"
VERBS = set(permissions.LABELS) | {guard.PUBLIC, guard.SIGNED_IN}

pytestmark = pytest.mark.once


def _table(app: Flask) -> list[str]:
    lines = []
    for rule in app.url_map.iter_rules():
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        access = getattr(app.view_functions[rule.endpoint], "access", ("static",))
        lines.append(f"{rule.rule}  {methods}  {rule.endpoint}  {'|'.join(access)}")
    return sorted(lines)


def test_every_route_states_its_permission(app: Flask) -> None:
    assert not list(guard.unguarded(app))


def test_every_stated_permission_is_in_the_table(app: Flask) -> None:
    stated = {verb for view in app.view_functions.values() for verb in getattr(view, "access", ())}
    assert stated <= VERBS


def test_every_verb_of_the_table_guards_something_or_is_said_to_come_later(app: Flask) -> None:
    stated = {verb for view in app.view_functions.values() for verb in getattr(view, "access", ())}
    inside_actions = {permissions.PHONE_REVEAL, permissions.ZONE_ASSIGN, permissions.STATUS_APPROVE,
                      permissions.TERMINATE_PROPOSE, permissions.TERMINATE_APPROVE, permissions.WEEKLY_SIGN}  # fmt: skip
    later = {permissions.FILING_WRITE, permissions.OPINION, permissions.INSTRUCT, permissions.COMPANY_MERGE}
    assert set(permissions.LABELS) - stated <= inside_actions | later


def test_the_table_of_routes_is_the_agreed_one(app: Flask) -> None:
    """Rewrite tests/golden/routes.txt on purpose (`scripts/golden.py routes`) when a route is added or moved."""
    assert _table(app) == GOLDEN.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("login", ["sysadmin", "secadmin", "auditor"])
def test_administrators_hold_no_business_verb(login: str) -> None:
    business = {
        v for role in Role if role not in permissions.ADMINISTRATORS for v in permissions.scopes_of(role)
    }
    assert not business & set(permissions.scopes_of(Role(login)))


def _probe(rule: str) -> str:
    """A concrete address for a rule: every variable becomes something that does not exist."""
    out = rule
    while "<" in out:
        before, rest = out.split("<", 1)
        variable, after = rest.split(">", 1)
        out = f"{before}{'999999' if variable.startswith('int:') else 'NOPE'}{after}"
    return out


def test_nobody_signed_in_reaches_nothing_but_public_pages(app: Flask, client) -> None:
    for rule in app.url_map.iter_rules():
        access = getattr(app.view_functions[rule.endpoint], "access", (guard.PUBLIC,))
        if guard.PUBLIC in access or rule.endpoint == "static":
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            answer = client.open(_probe(rule.rule), method=method)
            expected = (401,) if rule.rule.startswith("/api/") else (302, 303)
            assert answer.status_code in expected, (method, rule.rule, answer.status_code)


@pytest.mark.parametrize(
    "login", ["officer", "specialist", "dept", "leader", "sysadmin", "secadmin", "auditor"]
)
def test_a_role_without_the_verb_is_refused_on_every_route(app: Flask, as_, world, login: str) -> None:
    held = set(permissions.scopes_of(world.actor(login).role))
    browser = as_(login)
    for rule in app.url_map.iter_rules():
        access = set(getattr(app.view_functions[rule.endpoint], "access", (guard.PUBLIC,)))
        if access & ({guard.PUBLIC, guard.SIGNED_IN} | held) or rule.endpoint == "static":
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            answer = browser.open(_probe(rule.rule), method=method, json={} if method != "GET" else None)
            assert answer.status_code in (403, 404, 400), (login, method, rule.rule, answer.status_code)
