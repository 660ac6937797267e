"""What stays hidden from people who do see the record: a confidential project's investor, and everybody's phone number."""

import logging
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from crm.accounts.models import Post
from crm.audit.models import AuditEvent
from crm.companies import queries as companies
from crm.core import clock, db
from crm.core.actor import Actor
from crm.core.errors import NotFound
from crm.dashboard import queries as dashboard
from crm.demo.factories import Person
from crm.exports import queries as exports
from crm.followups import queries as followups
from crm.projects import queries as projects
from crm.projects.rules import columns
from crm.visits import queries as visits
from crm.visits.queries import offered
from tests import factories, strangers
from tests.strangers import INVESTOR, INVESTOR_TELLTALE, MASK, NUMBER, Strange, read
from tests.test_scope import HIDDEN, address

#: They see LYG-XUWEI's projects and are neither officer, chief, bureau nor grantee of the confidential one.
UNTOLD = ("officer2", "leader")
#: The three pages of projects, which read the same filters, and every column they may show.
PROJECT_PAGES = ("/projects", "/pipeline", "/pipeline/stuck")
EVERY = ",".join(columns.COLUMNS)


@pytest.fixture
def s(world: factories.World) -> Strange:
    return strangers.seed()


# --- confidential -------------------------------------------------------------------------------------------


def _pages(s: Strange) -> list[str]:
    code, investor = s.secret.code, s.investor.id
    return [
        f"/projects/{code}",
        *(
            f"/projects/{code}?tab={tab}"
            for tab in ("progress", "visits", "files", "milestones", "story", "people")
        ),
        "/projects",
        f"/projects?q={code}",
        "/projects?confidential=1",
        f"/projects/lookup?q={strangers.ASKED}",
        f"/search?q={strangers.ASKED}",
        "/visits",
        f"/visits/{s.more['secret visit']}",
        "/followups?who=all",
        f"/followups/{s.more['secret duty']}",
        "/",
        "/quotas",
        f"/quotas/{strangers.ZONE}",
        *(f"/weekly?tab={tab}" for tab in ("overview", "talks", "signed", "quotas", "visits", "late")),
        "/assignments",
        "/recognition",
        "/notices",
        f"/api/v1/projects/{code}",
        f"/api/v1/projects/{code}/milestones",
        "/api/v1/projects",
        "/api/v1/visits",
        f"/api/v1/visits/{s.more['secret visit']}",
        "/api/v1/followups?owner=",
        "/api/v1/quotas",
        f"/api/v1/followups/{s.more['secret duty']}",
        f"/visits/new?project={code}",
        f"/projects/{code}/edit",
        f"/projects/{code}/milestones/signed",
        f"/projects/{code}/stage?investor={investor}",
        f"/projects/{code}/status",
        *(f"{page}?{query}" for page in PROJECT_PAGES for query in ("", f"cols={EVERY}", "group=all")),
        f"/projects/{code}?tab=changes",
        f"/projects/{code}/investment",
        f"/projects/{code}/phases/new",
        f"/projects/{code}/investor",
        f"/projects/{code}/credits",
        f"/projects/{code}/filing",
        f"/investment?zone={strangers.ZONE}",
        f"/recognition/adjustments?project={code}",
        "/recognition/adjustments",
        "/truth?state=asked",
        "/truth?state=answered",
        "/calendar",
        "/views",
        "/filings",
        "/filings/pool",
        *(
            f"/chains/{s.more['chain']}{part}"
            for part in ("", "/pipeline", "/lead", f"/nodes/{s.more['node']}")
        ),
        f"/api/v1/projects/{code}/investment",
        f"/api/v1/projects/{code}/gate",
        f"/api/v1/projects/{code}/truth",
        f"/api/v1/projects/{code}/attachments",
        f"/api/v1/projects/{code}/progress",
        f"/api/v1/investment/{clock.today().isoformat()[:7]}",
        "/api/v1/adjustments",
        "/api/v1/truth",
        "/api/v1/pipeline",
        "/api/v1/pipeline/stuck",
        f"/api/v1/chains/{s.more['chain']}/pipeline",
    ]


@pytest.mark.parametrize("login", UNTOLD)
def test_whoever_may_not_know_never_reads_the_investor(world, as_, s: Strange, login: str) -> None:
    browser, headers, wrong = as_(login), world.token(login), []
    for url in _pages(s):
        answer = browser.get(url, headers=headers if url.startswith("/api/") else None)
        if INVESTOR_TELLTALE in read(answer) or answer.status_code >= 500:
            wrong.append((url, answer.status_code))
    assert not wrong
    shown = read(browser.get(f"/projects/{s.secret.code}"))
    assert "某企业" in shown


def test_the_bureau_and_the_owner_do_read_the_investor(as_, s: Strange) -> None:
    for login in ("bureau", "xuwei"):
        assert INVESTOR in read(as_(login).get(f"/projects/{s.secret.code}"))
        assert INVESTOR in read(as_(login).get(f"/visits/{s.more['secret visit']}"))


def _without_views(page: str) -> str:
    """The zone's saved views and its trips stand on a page whatever was asked for: they are not what was found."""
    page = re.sub(r'<nav class="viewtabs".*?</nav>', "", page, flags=re.DOTALL)
    return re.sub(r'<select[^>]* name="occasion".*?</select>', "", page, flags=re.DOTALL)


@pytest.mark.parametrize("login", UNTOLD)
def test_asking_for_the_investor_does_not_betray_the_confidential_project(
    world, as_, s: Strange, login: str
) -> None:
    """A filter that narrows to it would say as much as the name."""
    browser, headers = as_(login), world.token(login)
    asked = [
        f"/projects?company={s.investor.id}",
        f"/projects?q={INVESTOR}",
        f"/projects?q={INVESTOR_TELLTALE}",
        f"/projects/lookup?q={INVESTOR}",
        f"/search?q={INVESTOR}",
        f"/companies/{s.investor.id}",
        f"/visits?company={s.investor.id}",
        f"/visits?q={INVESTOR}",
        f"/followups?who=all&company={s.investor.id}",
        f"/visits/new/about?company_id={s.investor.id}",
        f"/visits/new?company={s.investor.id}",
        f"/api/v1/projects?company={s.investor.id}",
        f"/api/v1/projects?q={INVESTOR}",
        f"/api/v1/visits?company={s.investor.id}",
        f"/api/v1/followups?company={s.investor.id}",
        *(f"{page}?company={s.investor.id}&status=active" for page in PROJECT_PAGES),
        *(f"{page}?q={INVESTOR}" for page in PROJECT_PAGES),
        f"/truth?state=asked&q={INVESTOR}",
        f"/api/v1/truth?q={INVESTOR}",
        f"/calendar?company={s.investor.id}",
        f"/api/v1/recognition?q={INVESTOR}",
    ]
    betrayed = []
    for url in asked:
        shown = _without_views(read(browser.get(url, headers=headers if url.startswith("/api/") else None)))
        found = f"/visits/{s.more['secret visit']}" in shown or f"/followups/{s.more['secret duty']}" in shown
        if s.secret.code in shown or strangers.TELLTALE in shown or found:
            betrayed.append(url)
    assert not betrayed


@pytest.mark.parametrize("login", UNTOLD)
@pytest.mark.parametrize("kind", ["projects", "visits", "followups"])
def test_no_file_names_the_investor(as_, s: Strange, login: str, kind: str) -> None:
    query = {"list": kind, "who": "all"}
    answer = as_(login).post("/exports/new", query_string=query, data={"format": "xlsx"})
    assert answer.status_code == 200 and answer.data[:2] == b"PK"
    assert strangers.TELLTALE in read(answer) and INVESTOR_TELLTALE not in read(answer)
    by_investor = {**query, "company": s.investor.id}
    narrowed = as_(login).post("/exports/new", query_string=by_investor, data={"format": "xlsx"})
    assert s.secret.code not in read(narrowed) and strangers.TELLTALE not in read(narrowed)


def test_the_workbook_of_the_week_names_no_confidential_investor(world, as_, s: Strange) -> None:
    week = read(as_("leader").get("/weekly"))
    label = re.search(r"/weekly/(\d{4}-W\d\d)/download", week)
    assert label
    for login in UNTOLD:
        assert INVESTOR_TELLTALE not in read(as_(login).get(f"/weekly/{label[1]}/download"))


def test_the_audit_never_names_the_investor(world, as_, s: Strange) -> None:
    """Its own officer works on the confidential project; the auditor reads about it."""
    browser, headers, code = as_("xuwei"), world.token("xuwei"), s.secret.code
    today = clock.today().isoformat()
    browser.patch(f"/api/v1/projects/{code}", json={"content": "扩大"}, headers=headers | {"If-Match": '"1"'})
    browser.post(f"/projects/{code}/progress", data={"done": "已谈"})
    visit = {
        "client_id": "22222222-2222-4222-8222-222222222222",
        "happened_on": today,
        "mode": "phone",
        "company": s.investor.id,
        "projects": [code],
        "summary": "通话",
        "next_step": {"what": "再谈", "due_on": today},
        "confidential": True,
    }
    logged = browser.post("/api/v1/visits", json=visit, headers=headers)
    assert logged.status_code == 201, logged.json
    browser.post(f"/followups/{s.more['secret duty']}/cancel", data={"reason": "不办"})
    browser.post(f"/api/v1/projects/{code}/stage", json={"to": "preliminary"}, headers=headers)
    browser.post("/exports/new", query_string={"list": "projects"}, data={"format": "xlsx"})
    shown = read(as_("auditor").get("/audit"))
    assert code in shown
    assert INVESTOR_TELLTALE not in shown
    assert not [e.id for e in db.db.session.scalars(select(AuditEvent)) if INVESTOR_TELLTALE in _words(e)]


def _words(event: AuditEvent) -> str:
    return f"{event.subject_label} {event.note} {event.diff}"


def test_working_on_a_confidential_duty_does_not_name_its_investor(world, as_, s: Strange) -> None:
    """A visit is read whole by its author; so it may not take the investor from the project or the duty."""
    browser, headers = as_("officer2"), world.token("officer2")
    body = {
        "client_id": "33333333-3333-4333-8333-333333333333",
        "happened_on": clock.today().isoformat(),
        "mode": "phone",
        "projects": [s.secret.code],
        "summary": "通话",
        "no_next_step_reason": "等",
    }
    about_project = browser.post("/api/v1/visits", json=body, headers=headers)
    assert about_project.status_code == 422
    assert INVESTOR_TELLTALE not in read(about_project)
    prefilled = browser.get(f"/visits/new?followup={s.more['secret duty']}")
    assert INVESTOR_TELLTALE not in read(prefilled)
    done = {"followup": s.more["secret duty"], "summary": "办好了"}
    assert browser.post("/visits/quick", data=done).status_code == 303
    assert INVESTOR_TELLTALE not in read(browser.get("/visits"))


def test_a_count_of_visits_does_not_betray_a_confidential_one(as_, s: Strange) -> None:
    untold = read(as_("officer2").get(f"/visits/new/about?company_id={s.investor.id}"))
    told = read(as_("xuwei").get(f"/visits/new/about?company_id={s.investor.id}"))
    assert "1 次" in re.sub(r"<[^>]+>|\s+", lambda m: " ", told).replace("  ", " ") or "1次" in told
    assert f"/visits/{s.more['secret visit']}" not in untold
    assert "1次" not in untold and "1 次" not in untold


# --- phone numbers ------------------------------------------------------------------------------------------


def _everything() -> str:
    """Every table as it lies on the disk, so that a sealed column is read sealed."""
    found = []
    for table in db.db.metadata.sorted_tables:
        found += [str(tuple(row)) for row in db.db.session.execute(text(f'SELECT * FROM "{table.name}"'))]
    return "\n".join(found)


def test_a_number_lies_nowhere_in_the_database(as_, world, s: Strange) -> None:
    own = world.company(zone_code="LYG-ETDZ")
    db.db.session.commit()
    company_id = own.id
    typed = {"name": "李四", "post": "经理", "phone": "13661234598", "note": "找他"}
    assert as_("officer").post(f"/companies/{company_id}/contacts/new", data=typed).status_code in (302, 303)
    stored = _everything()
    assert "李四" in stored and "136****4598" in stored
    assert "13661234598" not in stored and NUMBER not in stored


def test_a_number_is_shown_only_by_the_reveal_and_the_reveal_is_on_the_record(
    app: Flask, as_, world, s: Strange, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser, company, contact = as_("bureau"), s.company.id, s.contact.id
    headers = world.token("bureau")
    shown = read(browser.get(f"/companies/{company}"))
    assert MASK in shown and NUMBER not in shown
    for url in (f"/api/v1/companies/{company}/contacts", f"/api/v1/visits/{s.visit.id}"):
        answer = read(browser.get(url, headers=headers))
        assert NUMBER not in answer
    assert NUMBER not in read(browser.get(f"/visits/{s.visit.id}"))
    for kind in ("companies", "visits"):
        file = browser.post("/exports/new", query_string={"list": kind}, data={"format": "xlsx"})
        assert NUMBER not in read(file)
    reveals = [
        f"/companies/{company}/contacts/{contact}/reveal",
        f"/visits/{s.visit.id}/theirs/{s.their.id}/phone",
    ]
    for count, url in enumerate(reveals, 1):
        assert browser.get(url).status_code == 405
        assert NUMBER in read(browser.post(url))
        assert _reveals() == count
    answer = browser.post(f"/api/v1{reveals[0]}", headers=headers)
    assert NUMBER in read(answer) and _reveals() == 3
    assert NUMBER not in read(as_("auditor").get("/audit"))
    assert NUMBER not in read(as_("auditor").post("/audit/export", data={"format": "csv"}))
    assert NUMBER not in caplog.text
    assert not [event.id for event in db.db.session.scalars(select(AuditEvent)) if NUMBER in _words(event)]


def _reveals() -> int:
    codes = db.db.session.scalars(select(AuditEvent.code)).all()
    return sum(code.endswith("revealed") for code in codes)


@pytest.mark.parametrize("login", ["county", "dept", "leader", "sysadmin", "auditor"])
def test_who_may_not_reveal_a_number_is_refused(as_, s: Strange, login: str) -> None:
    for url in (
        f"/companies/{s.company.id}/contacts/{s.contact.id}/reveal",
        f"/visits/{s.visit.id}/theirs/{s.their.id}/phone",
    ):
        answer = as_(login).post(url)
        assert answer.status_code in (403, 404) and NUMBER not in read(answer)
    assert _reveals() == 0


def test_every_answer_to_the_bureau_keeps_the_numbers_masked(app: Flask, as_, world, s: Strange) -> None:
    """The bureau reaches every record; no page of any record carries the number itself."""
    browser, headers, wrong = as_("bureau"), world.token("bureau"), []
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in HIDDEN or "GET" not in (rule.methods or set()):
            continue
        url = address(app, rule, HIDDEN[rule.endpoint].values(s))
        answer = browser.get(url, headers=headers if url.startswith("/api/") else None)
        if NUMBER in read(answer):
            wrong.append(url)
    assert not wrong


# --- posts taken away -----------------------------------------------------------------------------------------


def _revoked(world: factories.World) -> Person:
    """Somebody of LYG-ETDZ whose post was taken away this morning, before its last day."""
    person = Person("gone", "离岗甲", factories.PEOPLE[0].role, "LYG-ETDZ", "专员")
    account = factories.account(person)
    db.db.session.flush()
    post = db.db.session.scalars(select(Post).where(Post.user_id == account.id)).one()
    post.revoked_at = clock.now()
    db.db.session.commit()
    return person


def test_nobody_whose_post_was_taken_away_is_offered_as_a_colleague(world, as_) -> None:
    person, today, actor = _revoked(world), clock.today(), world.actor("officer")
    zone_id = world.zone("LYG-ETDZ").id
    names_by_place: dict[str, Any] = {
        "companies": [name for _, name in companies.owners(zone_id, today)],
        "projects": [choice.label for choice in projects.colleagues(zone_id, today)],
        "visits": [p.name for p in offered.offered_people(actor, today, "离岗")],
        "followups": [name for _, name in followups.owners_for(actor, zone_id, today)],
        "search": [hit.label for group in dashboard.search(actor, "离岗", today) for hit in group.hits],
    }
    assert [where for where, names in names_by_place.items() if person.name in names] == []


def test_a_chief_whose_post_was_taken_away_decides_on_no_export(world) -> None:
    chief, today = world.users["chief"].id, clock.today()
    assert chief in exports.deciders(world.actor("officer"), today)
    db.db.session.scalars(select(Post).where(Post.user_id == chief)).one().revoked_at = clock.now()
    db.db.session.commit()
    assert chief not in exports.deciders(world.actor("officer"), today)


# --- rights are those of the post one acts for ------------------------------------------------------------------


def test_who_moves_to_another_zone_leaves_his_visits_and_duties_behind(world, s: Strange) -> None:
    """The author of XUWEI's visit now acts for ETDZ: authorship is no door back."""
    there: Actor = world.actor("xuwei")
    here = replace(world.actor("officer"), user_id=there.user_id)
    assert visits.find(there, s.visit.id).id == s.visit.id
    assert followups.find(there, s.followup.id).id == s.followup.id
    with pytest.raises(NotFound):
        visits.find(here, s.visit.id)
    with pytest.raises(NotFound):
        followups.find(here, s.followup.id)
