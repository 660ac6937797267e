"""What people paste, mistype and send twice: a sentence in Chinese where it happened, never an error of the system."""

import io
import json
from collections.abc import Iterator
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
_BOTH = {"long", "control", "emoji"}


def _kinds(*names: str) -> list[Any]:
    return [pytest.param(name, marks=() if name in _BOTH else pytest.mark.once) for name in names]


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


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("kind", _kinds(*NASTY))
def test_no_form_falls_over_what_is_pasted_into_all_its_fields(
    app: Flask, as_, s: Strange, login: str, kind: str
) -> None:
    browser, wrong = as_(login), []
    for page in dict.fromkeys(_pages(app, s)):
        for url, values, texts in _forms(browser, page):
            typed = [t for t in texts if t not in ("version", "csrf_token")]
            sent = {**values, **dict.fromkeys(typed, _sendable(kind))}
            if told := _outcome(browser, url, method="POST", data=sent):
                wrong.append((url, told))
    assert not wrong


def _sendable(kind: str) -> str:
    """A form cannot carry half a character: the browser would send its replacement."""
    return NASTY[kind].encode("utf-8", "replace").decode()


@pytest.mark.parametrize("login", ["xuwei", "bureau"])
@pytest.mark.parametrize("kind", _kinds("long", "number", "late"))
def test_no_form_falls_over_one_bad_field_among_good_ones(
    app: Flask, as_, s: Strange, login: str, kind: str
) -> None:
    browser, wrong = as_(login), []
    for page in dict.fromkeys(_pages(app, s)):
        for url, _, texts in list(_forms(browser, page)):
            for name in texts:
                if name in ("version", "csrf_token"):
                    continue
                # The page is opened again, for the version the last sending may have left.
                fresh = next((f for f in _forms(browser, page) if f[0] == url), None)
                if fresh is None:
                    break
                sent = {**_filled(fresh[1], fresh[2]), name: NASTY[kind]}
                if told := _outcome(browser, url, method="POST", data=sent):
                    wrong.append((url, name, told))
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


@pytest.mark.parametrize("login", ["bureau", "auditor", "sysadmin"])
def test_no_list_falls_over_a_mangled_address(app: Flask, as_, world, s: Strange, login: str) -> None:
    browser, headers, wrong = as_(login), world.token(login), []
    asked: list[dict[str, str]] = [{"after": token, "page": "2", "list": "projects"} for token in _MANGLED]
    for value in ("99999999999999999999", "-1", "nan", *(_sendable(kind) for kind in NASTY)):
        short = value[:300]
        asked += [
            {**dict.fromkeys(_ARGUMENTS, short), "list": "projects", "after": ""},
            {"q": short, "page": short},
        ]
    for rule in app.url_map.iter_rules():
        held = set(getattr(app.view_functions[rule.endpoint], "access", ())) & set(world.actor(login).scopes)
        if "GET" not in (rule.methods or set()) or rule.arguments or not held:
            continue
        sent = headers if rule.rule.startswith("/api/") else None
        for query in asked:
            if told := _outcome(browser, rule.rule, query_string=query, headers=sent):
                wrong.append((rule.rule, str(query)[:120], told))
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


@pytest.mark.parametrize("login", ["xuwei", "bureau"])
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
    for rule in app.url_map.iter_rules():
        schema = _schema(app.view_functions[rule.endpoint])
        known = HIDDEN[rule.endpoint].values if rule.endpoint in HIDDEN else OPEN.get(rule.endpoint)
        if schema is None or (rule.arguments and known is None):
            continue
        url = address(app, rule, known(s) if known else {})
        (method,) = (rule.methods or set()) - {"OPTIONS", "HEAD", "GET"}
        good = {name: _plain(field, name) for name, field in schema.fields.items() if field.required}
        for name in schema.fields:
            for value in values:
                if told := _outcome(
                    client, url, method=method, data=json.dumps({**good, name: value}), headers=headers
                ):
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
