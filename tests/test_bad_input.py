"""What people paste, mistype and send twice: a sentence in Chinese where it happened, never an error of the system."""

import io
import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import fields as api_fields
from sqlalchemy import func, select

from crm.core import clock, db
from crm.projects.models import Project
from crm.visits.models import Visit
from tests import strangers
from tests.strangers import Strange, read
from tests.test_scope import HIDDEN, OPEN, address

LONG = "长" * 5000
NASTY = {
    "long": LONG,
    "control": "a\x00b\x07c\x1b",
    "half": "\ud83d",
    "emoji": "👨‍👩‍👧‍👦🇨🇳𠮷",
    "markup": "<script>alert(1)</script>{{7*7}}%s'\";--",
    "formula": "=cmd|' /C calc'!A1",
    "number": "-99999999999999999999999",
    "early": "0000-00-00",
    "late": "9999-12-31",
    "blank": "　\u200b\t",
    "right to left": "\u202eoilfa",
    "digits": "９９９９９９９９９９９９９９９９９９９９",
    "token": "!!!",
}
#: What one database minds and the other does not; the rest is asked of one of them.
_BOTH = ("long", "control", "emoji")
_REST = tuple(kind for kind in NASTY if kind not in _BOTH)


#: Who opens each page; the record's own people.
LOGINS = ("xuwei", "bureau", "sysadmin", "secadmin", "auditor")


@pytest.fixture
def s(world: Any) -> Strange:
    return strangers.seed()


class Forms(HTMLParser):
    """Every POST form of a page: its address and its fields as a browser would send them untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str], list[str]]] = []
        self._in: tuple[str, dict[str, str], list[str]] | None = None
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        if tag == "form" and a.get("method", "").lower() == "post":
            self._in = (a.get("action", ""), {}, [])
            self.forms.append(self._in)
        if self._in is None:
            return
        _, values, texts = self._in
        name = a.get("name", "")
        if tag == "input" and name:
            self._input(a, name, values, texts)
        elif tag == "textarea" and name:
            self._area = name
            texts.append(name)
            values[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and a.get("value") and ("selected" in a or self._select not in values):
            values[self._select] = a["value"]

    def _input(self, a: dict[str, str], name: str, values: dict[str, str], texts: list[str]) -> None:
        kind = a.get("type", "text")
        if kind in ("checkbox", "radio"):
            if "checked" in a or (kind == "radio" and name not in values):
                values[name] = a.get("value", "on")
        elif kind not in ("file", "submit", "button"):
            values[name] = a.get("value", "")
            texts.append(name)

    def handle_data(self, data: str) -> None:
        if self._in is not None and self._area:
            self._in[1][self._area] += data.lstrip("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in = None
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""


_TODAY = clock.today()
#: What makes a form acceptable where it opens empty.
PLAUSIBLE = {
    "name": "演示某某有限公司",
    "login": "zhangsan",
    "summary": "谈了用地",
    "what": "报送方案",
    "done": "已谈",
    "answer": "已办",
    "reason": "企业延后",
    "note": "说明",
    "no_next_step_reason": "等对方",
    "phone": "13912345678",
    "code": "NEW-CODE",
    "title": "标题",
    "target": "1",
    "rank_no": "5",
    "no": "9",
    "year": str(_TODAY.year),
    "first_year": str(_TODAY.year),
    "last_year": str(_TODAY.year + 1),
    "source": "会议",
    "alias": "别名",
    "day": _TODAY.isoformat(),
    "happened_on": _TODAY.isoformat(),
    "due_on": (_TODAY + timedelta(days=3)).isoformat(),
    "to": (_TODAY + timedelta(days=9)).isoformat(),
    "starts_on": _TODAY.isoformat(),
    "effective_on": _TODAY.isoformat(),
    "recognised_on": _TODAY.isoformat(),
    "review_on": _TODAY.isoformat(),
}


def _filled(values: dict[str, str], texts: list[str]) -> dict[str, str]:
    return {name: v or (PLAUSIBLE.get(name, "") if name in texts else "") for name, v in values.items()}


def _pages(app: Flask, s: Strange) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if not {"GET", "POST"} <= (rule.methods or set()) or rule.rule.startswith("/api/"):
            continue
        known = HIDDEN[rule.endpoint].values if rule.endpoint in HIDDEN else OPEN.get(rule.endpoint)
        if known is not None or not rule.arguments:
            yield address(app, rule, known(s) if known else {"list": "projects"})
    yield from ("/admin/users", "/admin/posts", "/admin/units", "/admin/jobs", "/admin/plans", "/admin/zones")
    yield f"/admin/plans/{s.more['plan']}"
    yield f"/admin/plans/{s.more['plan']}/edit"
    yield f"/admin/zones/{strangers.ZONE}"
    yield f"/admin/units/{s.project.zone_id}"
    yield f"/admin/users/{s.owner.id}"
    yield f"/chains/{s.more['chain']}/edit"
    yield f"/chains/{s.more['chain']}/nodes/new"
    yield f"/chains/{s.more['chain']}/nodes/{s.more['node']}"
    yield f"/projects/{s.project.code}"
    yield f"/companies/{s.company.id}"
    yield f"/visits/{s.visit.id}"
    yield f"/followups/{s.followup.id}"
    yield f"/demands/{s.more['demand']}"
    yield from (f"/demands/{s.more['demand']}/{way}" for way in ("forward", "answer", "confirm", "reopen"))
    yield "/recognition"


def _forms(browser: FlaskClient, url: str) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    answer = browser.get(url)
    if answer.mimetype != "text/html" or answer.status_code != 200:
        return
    parser = Forms()
    parser.feed(answer.get_data(as_text=True))
    for action, values, texts in parser.forms:
        target = action or url
        if not target.startswith(("/logout", "/account/", "/login")) and "/jobs/" not in target:
            yield target, values, texts


def _outcome(browser: FlaskClient, url: str, **kwargs: Any) -> str:
    """ "" when the answer is fine, else what went wrong."""
    try:
        answer = browser.open(url, **kwargs)
    except Exception as error:  # the test app hands every unexpected error on
        db.db.session.rollback()
        return f"{type(error).__name__}: {str(error)[:160]}"
    return f"status {answer.status_code}" if answer.status_code >= 500 else ""


def _typed(texts: list[str]) -> list[str]:
    return [name for name in texts if name not in ("version", "csrf_token")]


def _fall(
    undone, browser: FlaskClient, pages: list[str], kinds: tuple[str, ...], known: set[str]
) -> list[Any]:
    """What went wrong where every field of a form had each of these in it. Each form is sent from its record as it was; one
    that is `known` already is left out, the rest become so."""
    wrong = []
    for page in pages:
        for url, values, texts in list(_forms(browser, page)):
            if url in known:
                continue
            known.add(url)
            for kind in kinds:
                sent = {**values, **dict.fromkeys(_typed(texts), _sendable(kind))}
                with undone():
                    told = _outcome(browser, url, method="POST", data=sent)
                if told:
                    wrong.append((url, kind, told))
    return wrong


@pytest.mark.parametrize("login", LOGINS)
def test_no_form_falls_over_what_is_pasted_into_all_its_fields(
    app: Flask, as_, s: Strange, undone, login: str
) -> None:
    pages = list(dict.fromkeys(_pages(app, s)))
    assert not _fall(undone, as_(login), pages, _BOTH, set())


@pytest.mark.once
@pytest.mark.parametrize("kinds", [_REST[0::2], _REST[1::2]], ids=",".join)
def test_no_form_falls_over_the_other_things_one_pastes(
    app: Flask, as_, s: Strange, undone, kinds: tuple[str, ...]
) -> None:
    """What no database minds is asked once for each form, of the first who has it."""
    pages, known = list(dict.fromkeys(_pages(app, s))), set[str]()
    wrong = {login: _fall(undone, as_(login), pages, kinds, known) for login in LOGINS}
    assert not any(wrong.values()), wrong


def _sendable(kind: str) -> str:
    """A form cannot carry half a character: the browser would send its replacement."""
    return NASTY[kind].encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    "kind", ["long", *(pytest.param(kind, marks=pytest.mark.once) for kind in ("number", "late"))]
)
def test_no_form_falls_over_one_bad_field_among_good_ones(
    app: Flask, as_, s: Strange, undone, kind: str
) -> None:
    pages, known, wrong = list(dict.fromkeys(_pages(app, s))), set(), []
    for login in ("xuwei", "bureau"):
        browser = as_(login)
        for url, values, texts in (form for page in pages for form in list(_forms(browser, page))):
            good = _filled(values, texts)
            for name in _typed(texts):
                if (url, name) in known:
                    continue
                known.add((url, name))
                with undone():
                    told = _outcome(browser, url, method="POST", data={**good, name: NASTY[kind]})
                if told:
                    wrong.append((login, url, name, told))
    assert not wrong


# --- addresses --------------------------------------------------------------------------------------------------

_ARGUMENTS = (
    "q", "zone", "company", "project", "owner", "officer", "user", "since", "until", "from", "to", "after", "page",
    "per_page", "sort", "tab", "week", "year", "plan", "as_of", "known_at", "state", "status", "stage", "tier", "kind",
    "mode", "node", "chain", "due_from", "due_until", "person", "code", "subject", "result", "name", "company_id",
    "followup", "open", "part", "list", "light", "min", "max", "leader", "sheet", "row", "updated_since", "parent",
)  # fmt: skip
_MANGLED = (
    "!!!", "W2FdZg", "WzFd", "W251bGxd", "WyJhIiwiYiJd", "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTkiLCAiYSJd", "W3siYSI6MX1d",
)  # fmt: skip


def _queries(values: Iterable[str]) -> list[dict[str, str]]:
    """Each value as every filter there is."""
    return [{**dict.fromkeys(_ARGUMENTS, value[:300]), "list": "projects", "after": ""} for value in values]


_NUMBERS = ("99999999999999999999", "-1", "nan")
_ASKED = {
    "both": [{"after": token, "page": "2", "list": "projects"} for token in _MANGLED]
    + _queries((*_NUMBERS, *(_sendable(kind) for kind in _BOTH)))
    # Where no other filter is wrong, words and page are read further down.
    + [{"q": value, "page": value} for value in (*_NUMBERS, NASTY["control"])],
    "one": _queries(_sendable(kind) for kind in _REST),
}


@pytest.mark.parametrize("databases", ["both", pytest.param("one", marks=pytest.mark.once)])
def test_no_list_falls_over_a_mangled_address(app: Flask, as_, world, s: Strange, databases: str) -> None:
    """Each list is asked by the first of these who may see it."""
    known, wrong = set[str](), []
    for login in ("bureau", "auditor", "sysadmin"):
        browser, headers = as_(login), world.token(login)
        scopes = set(world.actor(login).scopes)
        for rule in app.url_map.iter_rules():
            held = scopes & set(getattr(app.view_functions[rule.endpoint], "access", ()))
            if "GET" not in (rule.methods or set()) or rule.arguments or not held or rule.rule in known:
                continue
            known.add(rule.rule)
            sent = headers if rule.rule.startswith("/api/") else None
            for query in _ASKED[databases]:
                if told := _outcome(browser, rule.rule, query_string=query, headers=sent):
                    wrong.append((login, rule.rule, str(query)[:120], told))
    assert not wrong


@pytest.mark.parametrize(
    "path",
    [
        "/companies/99999999999999999999",
        "/companies/-1",
        "/companies/abc",
        "/companies/1.5",
        "/companies/%00",
        "/projects/%00",
        "/projects/" + "x" * 3000,
        "/projects/%ED%A0%80",
        "/visits/2147483648",
        "/api/v1/companies/99999999999999999999",
        "/api/v1/projects/%00",
        "/api/v1/weekly/2026-W99",
        "/api/v1/weekly/x",
        "/weekly/9999-W53/download",
        "/weekly/0000-W00/download",
        "/quotas/%00",
        "/chains/%F0%9F%98%80",
        "/imports/new/nothing",
    ],
)
def test_an_address_of_nothing_is_not_found(as_, world, path: str) -> None:
    browser = as_("bureau")
    headers = world.token("bureau") if path.startswith("/api/") else None
    answer = browser.get(path, headers=headers)
    assert answer.status_code in (404, 422), answer.status_code
    assert any("\u4e00" <= c <= "\u9fff" for c in read(answer))


def test_invalid_bytes_in_an_address_are_read_as_text(as_) -> None:
    assert as_("bureau").get("/companies?q=%ED%A0%80%00%FF").status_code == 200


# --- API ----------------------------------------------------------------------------------------------------------


def _schema(view: Any) -> Any:
    for parameter in getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", []):
        if parameter.get("in") == "json":
            made = parameter["schema"]
            return made() if isinstance(made, type) else made
    return None


def _plain(field: Any, name: str) -> Any:
    """A value of the field's kind."""
    if isinstance(field, api_fields.Nested):
        return {key: _plain(f, key) for key, f in field.schema.fields.items() if f.required}
    if isinstance(field, api_fields.List):
        return []
    for kind, value in (
        (api_fields.Boolean, True),
        (api_fields.Integer, 1),
        (api_fields.Decimal, "1"),
        (api_fields.Date, _TODAY.isoformat()),
        (api_fields.Dict, {}),
    ):
        if isinstance(field, kind):
            return value
    if field.validate is not None and hasattr(field.validate, "choices"):
        return next(iter(field.validate.choices))
    return {"client_id": "44444444-4444-4444-8444-444444444444"}.get(name, PLAUSIBLE.get(name, "某某"))


def _operations(app: Flask, s: Strange) -> Iterator[tuple[str, str, Any]]:
    """Method, address and schema of everything that takes a body."""
    for rule in app.url_map.iter_rules():
        schema = _schema(app.view_functions[rule.endpoint])
        known = HIDDEN[rule.endpoint].values if rule.endpoint in HIDDEN else OPEN.get(rule.endpoint)
        if schema is None or (rule.arguments and known is None):
            continue
        (method,) = (rule.methods or set()) - {"OPTIONS", "HEAD", "GET"}
        yield method, address(app, rule, known(s) if known else {}), schema


@pytest.mark.parametrize("login", ["xuwei", pytest.param("bureau", marks=pytest.mark.once)])
def test_no_operation_falls_over_a_bad_value(
    app: Flask, client: FlaskClient, world, s: Strange, login: str
) -> None:
    headers, wrong = {**world.token(login), "If-Match": "1", "Content-Type": "application/json"}, []
    values: list[Any] = [
        LONG,
        NASTY["half"],
        NASTY["control"],
        NASTY["late"],
        "1e400",
        10**30,
        -1,
        None,
        ["x"],
    ]
    for method, url, schema in list(_operations(app, s)):
        good = {name: _plain(field, name) for name, field in schema.fields.items() if field.required}
        for name in schema.fields:
            for value in values:
                body = json.dumps({**good, name: value})
                if told := _outcome(client, url, method=method, data=body, headers=headers):
                    wrong.append((url, name, str(value)[:30], told))
    assert not wrong


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 5000, b'{"name": NaN}'])
def test_a_body_that_is_no_object_is_a_problem_in_chinese(client: FlaskClient, world, body: bytes) -> None:
    headers = {**world.token("officer"), "Content-Type": "application/json"}
    answer = client.post("/api/v1/companies", data=body, headers=headers)
    assert 400 <= answer.status_code < 500
    assert answer.mimetype == "application/problem+json"


def test_a_page_of_ten_thousand_is_refused_by_the_api(client: FlaskClient, world) -> None:
    answer = client.get("/api/v1/projects?per_page=10000", headers=world.token("officer"))
    assert answer.status_code == 422


def test_a_mangled_place_in_a_list_is_told_in_words(as_, world, client: FlaskClient) -> None:
    answer = client.get("/api/v1/projects?after=!!!", headers=world.token("officer"))
    assert answer.status_code == 422 and "第一页" in read(answer)


# --- what the issue names ---------------------------------------------------------------------------------------


def test_a_visit_tomorrow_is_refused_beside_its_field(as_, world) -> None:
    company = world.company(zone_code="LYG-ETDZ")
    db.db.session.commit()
    form = {
        "client_id": "55555555-5555-4555-8555-555555555555",
        "company_id": company.id,
        "company": company.name,
        "happened_on": (_TODAY + timedelta(days=1)).isoformat(),
        "mode": "phone",
        "summary": "谈了用地",
        "no_next_step_reason": "等",
    }
    answer = as_("officer").post("/visits/new", data=form)
    assert answer.status_code == 422 and "晚于今天" in read(answer) and "谈了用地" in read(answer)


def test_saving_a_visit_twice_keeps_one(client: FlaskClient, world) -> None:
    company = world.company(zone_code="LYG-ETDZ")
    db.db.session.commit()
    body = {
        "client_id": "66666666-6666-4666-8666-666666666666",
        "happened_on": _TODAY.isoformat(),
        "mode": "phone",
        "company": company.id,
        "summary": "通话",
        "no_next_step_reason": "等",
    }
    headers = world.token("officer")
    first, second = (client.post("/api/v1/visits", json=body, headers=headers) for _ in range(2))
    assert first.json["id"] == second.json["id"]
    assert db.db.session.scalar(select(func.count()).select_from(Visit)) == 1


def test_saving_a_new_project_twice_keeps_one(as_, world) -> None:
    company = world.company("重复点击有限公司", zone_code="LYG-ETDZ")
    db.db.session.commit()
    browser = as_("officer")
    forms = _forms(browser, f"/projects/new?company={company.id}")
    opened = next(f for f in forms if f[0].startswith("/projects/"))
    form = {
        **opened[1],
        "name": "双击项目",
        "company_id": company.id,
        "company": company.name,
        "investor": company.name,
    }
    first = browser.post("/projects/new", data=form)
    assert first.status_code in (302, 303), read(first)[:3000]
    browser.post("/projects/new", data=form)
    made = db.db.session.scalar(select(func.count()).select_from(Project).where(Project.name == "双击项目"))
    assert made == 1


def test_two_people_saving_one_project_both_see_both_versions(as_, world, s: Strange) -> None:
    page = f"/projects/{s.project.code}/edit"
    mine, theirs = as_("xuwei"), as_("bureau")
    form = next(f for f in _forms(mine, page) if f[0].startswith("/projects/"))
    other = next(f for f in _forms(theirs, page) if f[0].startswith("/projects/"))
    assert theirs.post(page, data={**other[1], "name": "他人的名称"}).status_code in (302, 303)
    answer = mine.post(page, data={**form[1], "name": "我的名称"})
    assert answer.status_code == 409
    assert "他人的名称" in read(answer) and "我的名称" in read(answer)


@pytest.mark.parametrize("amount", ["-5", "-1亿元", "1e400", "∞", "NaN", "999999999999999999亿"])
def test_an_impossible_amount_is_refused_in_chinese(client: FlaskClient, as_, world, amount: str) -> None:
    company = world.company(zone_code="LYG-ETDZ")
    db.db.session.commit()
    form = {
        "name": "金额不对的项目",
        "company_id": company.id,
        "company": company.name,
        "total_investment": amount,
    }
    answer = as_("officer").post("/projects/new", data=form)
    assert answer.status_code == 422
    body = {"name": "金额不对", "company": company.id, "total_investment": amount}
    assert client.post("/api/v1/projects", json=body, headers=world.token("officer")).status_code == 422


@pytest.mark.parametrize("path", ["/imports/new/projects", "/projects/{code}/attachments", "/companies/new"])
def test_two_hundred_megabytes_are_refused_before_they_are_read(as_, s: Strange, path: str) -> None:
    url = path.format(code=s.project.code)
    answer = as_("xuwei").post(
        url,
        input_stream=io.BytesIO(b"--x\r\n"),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(230 * 1024 * 1024)},
    )
    assert answer.status_code == 413
    assert "文件太大" in read(answer)


def test_a_text_of_megabytes_in_a_field_is_refused_in_chinese(as_) -> None:
    answer = as_("officer").post("/companies/new", data={"name": "长" * 3_000_000})
    assert answer.status_code in (413, 422)
    assert any("\u4e00" <= c <= "\u9fff" for c in read(answer))


@pytest.mark.once
def test_form_and_json_values_keep_no_control_character(as_, world, client: FlaskClient) -> None:
    answer = as_("officer").post("/companies/new", data={"name": "控制\x00字符有限公司"})
    assert answer.status_code in (302, 303)
    body = {"name": "控制\x00字符有限公司"}
    told = client.post("/api/v1/companies", json=body, headers=world.token("officer"))
    assert told.status_code == 422 and "控制字符" in read(told)


def test_a_session_that_was_tampered_with_is_nobody(client: FlaskClient, world) -> None:
    for key in ("x", "1:", ":1", "99999999999999999999:0", "1:0:0", "²:0"):
        with client.session_transaction() as session:
            now = int(clock.now().timestamp())
            session.update({"_user_id": key, "_fresh": True, "started": now, "seen": now})
        assert client.get("/projects").status_code in (302, 303), key
