"""The guards around every page: tokens on forms, headers, cookies, redirects, sessions, API tokens and versions."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm.accounts.rules import TokenScope
from crm.core import config, db
from crm.demo.factories import PASSWORD
from crm.web import edges, guard
from tests import strangers
from tests.strangers import Strange
from tests.test_scope import HIDDEN, OPEN, address

_FORM = re.compile(r"<form\b[^>]*method=[\"']?post[^>]*>.*?</form>", re.IGNORECASE | re.DOTALL)


@pytest.fixture
def s(world: Any) -> Strange:
    return strangers.seed()


@pytest.fixture
def guarded(app: Flask) -> Iterator[Flask]:
    """The same app with its forms' tokens checked, as in production."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


def _pages(app: Flask, s: Strange) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.rule.startswith(("/api/", "/static")):
            continue
        known = HIDDEN[rule.endpoint].values if rule.endpoint in HIDDEN else OPEN.get(rule.endpoint)
        if rule.arguments and known is None:
            continue
        yield rule.endpoint, address(app, rule, known(s) if known else {"list": "projects"})


# --- forms and their tokens -----------------------------------------------------------------------------------


@pytest.mark.once
def test_every_form_that_sends_carries_a_token(guarded: Flask, as_, s: Strange) -> None:
    seen, bare = 0, []
    for login in ("bureau", "xuwei", "sysadmin", "secadmin", "auditor"):
        browser = as_(login)
        for endpoint, url in _pages(guarded, s):
            if endpoint == "accounts.logout":
                continue
            answer = browser.get(url)
            if answer.mimetype != "text/html":
                continue
            for form in _FORM.findall(answer.get_data(as_text=True)):
                seen += 1
                if 'csrf_token"' not in form:
                    bare.append((url, form[:120]))
    assert seen > 60
    assert not bare


@pytest.mark.once
def test_a_post_without_a_token_is_refused_on_every_page(guarded: Flask, as_, s: Strange) -> None:
    browser, wrong = as_("bureau"), []
    for rule in guarded.url_map.iter_rules():
        if "POST" not in (rule.methods or set()) or rule.rule.startswith("/api/"):
            continue
        url = re.sub(r"<int:\w+>", "1", re.sub(r"<(?!int)[^>]+>", "x", rule.rule))
        answer = browser.post(url, data={"x": "1"})
        if answer.status_code != 400:
            wrong.append((url, answer.status_code))
    assert not wrong


def test_a_page_sent_with_its_token_is_accepted(guarded: Flask, as_, world) -> None:
    browser = as_("officer")
    page = browser.get("/companies/new").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    answer = browser.post("/companies/new", data={"csrf_token": token[1], "name": "带令牌的企业有限公司"})
    assert answer.status_code in (302, 303)


def test_a_session_writes_through_the_api_only_with_its_token_in_the_header(
    guarded: Flask, as_, world
) -> None:
    browser, body = as_("officer"), {"name": "接口企业有限公司"}
    assert browser.post("/api/v1/companies", json=body).status_code == 400
    page = browser.get("/companies/new").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    assert browser.post("/api/v1/companies", json=body, headers={"X-CSRF-Token": "x"}).status_code == 400
    assert browser.post("/api/v1/companies", json=body, headers={"X-CSRF-Token": token[1]}).status_code == 201


def test_a_bearer_token_needs_no_form_token(guarded: Flask, client: FlaskClient, world) -> None:
    headers = world.token("officer")
    body = {"name": "令牌企业有限公司"}
    assert client.post("/api/v1/companies", json=body, headers=headers).status_code == 201


# --- headers, cookies, redirects ----------------------------------------------------------------------------------


def test_every_answer_carries_the_policy_and_no_page_breaks_it(app: Flask, as_, s: Strange) -> None:
    browser, wrong = as_("bureau"), []
    addresses = [url for _, url in _pages(app, s)]
    for url in [*addresses, "/nowhere", "/api/v1/nowhere", "/healthz", "/api/v1/openapi.json", "/login"]:
        answer = browser.get(url)
        policy = answer.headers.get("Content-Security-Policy", "")
        inline = "unsafe" in policy or "default-src 'self'" not in policy
        if inline or answer.headers.get("X-Content-Type-Options") != "nosniff":
            wrong.append((url, "header"))
        if answer.mimetype == "text/html":
            text = answer.get_data(as_text=True)
            wrong += [
                (url, name)
                for name, found in {
                    "style attribute": r"<[a-z][^>]*\sstyle\s*=",
                    "handler attribute": r"<[a-z][^>]*\son[a-z]+\s*=\s*[\"']",
                    "inline script": r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>",
                }.items()
                if re.search(found, text, re.IGNORECASE)
            ]
    assert not wrong


def test_nothing_signed_in_is_kept_by_a_cache(as_) -> None:
    assert as_("officer").get("/projects").headers["Cache-Control"] == "no-store"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient, world) -> None:
    answer = client.post("/login", data={"login": "officer", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


@pytest.mark.once
def test_in_production_the_cookie_travels_encrypted_only(tmp_path) -> None:
    from cryptography.fernet import Fernet

    from crm.app import create_app

    environment = {
        "CRM_ENV": "production",
        "CRM_DATA_DIR": str(tmp_path),
        "CRM_SECRET_KEY": "k" * 43,
        "CRM_HASH_KEY": "h" * 43,
        "CRM_FIELD_KEYS": Fernet.generate_key().decode(),
    }
    made = create_app(config.load(environment))
    assert made.config["SESSION_COOKIE_SECURE"] is True
    with made.app_context():
        db.db.engine.dispose()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "//[",
        "evil.example",
        "http:/evil.example",
        "/%0d%0aSet-Cookie:x",
        "",
    ],
)
def test_signing_in_never_leads_to_another_site(client: FlaskClient, world, target: str) -> None:
    form = {"login": "officer", "password": PASSWORD}
    answer = client.post("/login", query_string={"next": target}, data=form)
    assert answer.status_code in (302, 303)
    assert answer.headers["Location"].startswith("/") and not answer.headers["Location"].startswith("//")
    assert "evil" not in answer.headers["Location"]
    assert "\n" not in answer.headers["Location"]


@pytest.mark.once
@pytest.mark.parametrize("target", ["/projects?q=电池", "/followups", "/a/b?next=//x"])
def test_a_path_of_this_site_is_kept(target: str) -> None:
    assert edges.path_inside(target) == target


# --- sessions -----------------------------------------------------------------------------------------------------


def test_signing_in_forgets_what_the_session_held_before(client: FlaskClient, world) -> None:
    """A session planted by somebody else is not carried into the signed-in one."""
    with client.session_transaction() as session:
        session.update({"planted": "x", "post_id": 999_999})
    client.post("/login", data={"login": "officer", "password": PASSWORD})
    with client.session_transaction() as session:
        assert "planted" not in session and session.get("post_id") != 999_999


def test_a_post_of_somebody_else_cannot_be_acted_for(as_, world) -> None:
    from sqlalchemy import select

    from crm.accounts.models import Post

    bureau = db.db.session.scalars(select(Post.id).where(Post.user_id == world.users["bureau"].id)).one()
    browser = as_("officer")
    assert browser.post("/account/post", data={"post_id": bureau}).status_code == 404
    with browser.session_transaction() as session:
        session["post_id"] = bureau
    assert browser.get("/recognition/periods").status_code == 403


# --- API --------------------------------------------------------------------------------------------------------------


def test_a_reading_token_writes_nothing(app: Flask, client: FlaskClient, world, s: Strange) -> None:
    headers = world.token("xuwei", TokenScope.READ)
    wrong = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1/") or guard.PUBLIC in app.view_functions[rule.endpoint].access:
            continue
        known = HIDDEN[rule.endpoint].values if rule.endpoint in HIDDEN else OPEN.get(rule.endpoint)
        if rule.arguments and known is None:
            continue
        url = address(app, rule, known(s) if known else {})
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}:
            answer = client.open(url, method=method, json={}, headers=headers)
            if answer.status_code != 403:
                wrong.append((method, url, answer.status_code))
    assert client.get("/api/v1/projects", headers=headers).status_code == 200
    assert not wrong


def test_a_change_without_the_version_it_was_made_from_is_412(client: FlaskClient, world, s: Strange) -> None:
    headers, code = world.token("xuwei"), s.project.code
    contact = f"/api/v1/companies/{s.company.id}/contacts/{s.contact.id}"
    for url, body in (
        (f"/api/v1/projects/{code}", {"content": "改"}),
        (f"/api/v1/companies/{s.company.id}", {"industry": "化工"}),
        (contact, {"note": "改"}),
    ):
        assert client.patch(url, json=body, headers=headers).status_code == 412, url
        stale = client.patch(url, json=body, headers={**headers, "If-Match": '"99"'})
        assert stale.status_code == 412, url
        strange = client.patch(url, json=body, headers={**headers, "If-Match": "abc"})
        assert strange.status_code in (412, 422), url


@pytest.mark.parametrize(
    "value",
    ["Bearer", "Bearer ", "Bearer x", "bearer x", "Basic eDp5", "Bearer \u00e9", "Bearer " + "x" * 4000],
)
def test_a_wrong_token_is_401_as_a_problem(client: FlaskClient, world, value: str) -> None:
    answer = client.get("/api/v1/projects", headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
