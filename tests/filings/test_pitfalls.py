"""Pitfalls 6 and 11 of the field, and the bad input of issue 4, through the API with two zones' users and the bureau."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from crm.companies import actions as companies
from crm.companies.models import Company, CompanyMerge, Contact
from crm.core import clock
from crm.core.db import db
from crm.filings.models import Filing
from crm.filings.rules import FilingState
from crm.projects.models import Project
from tests.factories import World
from tests.filings.conftest import ETDZ, SECRET, XUWEI, Call, Met, decide, file
from tests.strangers import read

# --- pitfall 6: the same investor within minutes -----------------------------------------------------------


def test_pitfall_6_the_second_is_suspect_and_sees_no_contact(
    call: Call, met: Met, investor: Company, as_: Any
) -> None:
    """Nor the first one's name, visit or note, wherever it looks; and it is told until when, nothing else."""
    first, visit = met(ETDZ, investor, "officer", name=f"{SECRET}项目")
    visit.summary = SECRET
    db.session.add(Contact(company_id=investor.id, zone_id=first.zone_id, name=f"{SECRET}总", post="总经理"))
    db.session.commit()
    assert f"{SECRET}总" in read(as_("officer").get(f"/companies/{investor.id}"))
    one = file(call, "officer", first, visit, note=SECRET).get_json()
    second, other = met(XUWEI, investor, "officer2")
    two = file(call, "officer2", second, other).get_json()
    assert (one["state"], two["state"]) == ("pending", "suspect")
    assert two["conflict"]["message"].startswith("已由其他单位报备（保护期至 20")
    contacts = call("officer2", "GET", f"/companies/{investor.id}").get_json()
    assert SECRET not in str(contacts) and SECRET not in str(two)
    assert call("officer2", "GET", f"/filings/{one['id']}").status_code == 404
    pages = (
        f"/filings/{two['id']}",
        f"/companies/{investor.id}",
        f"/projects/{second.code}?tab=changes",
        "/notices",
    )
    for path in (*pages, "/search?q=雷泽", "/filings?q=雷泽", "/filings/disputes", "/filings/pool", "/"):
        assert SECRET not in read(as_("officer2").get(path)), path


# --- pitfall 11: leads are seen by their zone and the city, not by others, not by the auditor ----------------


def test_pitfall_11_leads_and_their_filings_are_the_zones_and_the_citys(
    call: Call, met: Met, investor: Company
) -> None:
    lead, visit = met(ETDZ, investor, "officer", name=f"{SECRET}线索")
    made = file(call, "officer", lead, visit).get_json()
    addresses = (f"/projects/{lead.code}", f"/filings/{made['id']}")
    for login in ("officer", "bureau", "leader"):
        assert [call(login, "GET", one).status_code for one in addresses] == [200, 200], login
    for login in ("officer2", "county"):
        assert [call(login, "GET", one).status_code for one in addresses] == [404, 404], login
        for path in ("/projects", "/filings", "/filings/disputes", "/filings/sanctions"):
            assert SECRET not in read(call(login, "GET", path)), (login, path)
    for login in ("auditor", "sysadmin", "secadmin"):
        for one in (*addresses, "/projects", "/filings", "/filings/disputes", "/filings/hits"):
            answer = call(login, "GET", one)
            assert answer.status_code in (403, 404) and SECRET not in read(answer), (login, one)


# --- bad input: a clear answer, nothing lost ------------------------------------------------------------------


def test_two_filings_in_one_second_are_ordered_and_in_one_millisecond_by_their_turn(
    call: Call, met: Met, investor: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = clock.now().replace(microsecond=400_000)
    pairs = [(ETDZ, "officer"), (XUWEI, "officer2")]
    records = [(login, *met(zone, investor, login)) for zone, login in pairs]
    monkeypatch.setattr("crm.filings.actions.filing.clock.now", lambda: at)
    made = [file(call, login, project, visit).get_json() for login, project, visit in records]
    assert made[0]["filed_at"] == made[1]["filed_at"]
    assert [one["state"] for one in made] == ["pending", "suspect"]
    monkeypatch.undo()
    # Both are kept; the bureau reads them in the order of their turn.
    shown = call("bureau", "GET", f"/filings/{made[1]['id']}").get_json()["meetings"]
    assert [one["filing"]["id"] for one in shown] == [made[0]["id"]]


def test_a_filing_without_evidence_is_refused_in_words_and_the_lead_stays(
    call: Call, world: World, investor: Company
) -> None:
    project = world.project(ETDZ, investor=investor, content="年产光电器件")
    db.session.commit()
    answer = file(call, "officer", project, contact_on=clock.today().isoformat())
    assert answer.status_code == 422 and "占坑，不算" in read(answer)
    assert call("officer", "GET", f"/projects/{project.code}").status_code == 200
    assert db.session.scalar(select(func.count(Filing.id))) == 0


def test_an_expired_protection_renewed_late_is_refused_and_may_be_filed_anew(
    call: Call, met: Met, investor: Company, paper: Any
) -> None:
    project, visit = met(ETDZ, investor, "officer")
    made = decide(call, file(call, "officer", project, visit).get_json()).get_json()
    shown, today = paper(project), clock.today()
    for until, words in (
        (today + timedelta(days=9), "10 天以前申请"),
        (today - timedelta(days=1), "不能再延期"),
    ):
        db.session.execute(
            update(Filing).values(protected_from=today - timedelta(days=180), protected_until=until)
        )
        db.session.commit()
        body = {"reason": "仍在谈", "evidence": [shown]}
        answer = call("officer", "POST", f"/filings/{made['id']}/extension", body, made["version"])
        assert answer.status_code == 422 and words in read(answer)
    again = file(call, "officer", project, visit)
    assert again.status_code == 201 and again.get_json()["state"] == "pending"
    gone = call("officer", "GET", f"/filings/{made['id']}").get_json()
    assert (gone["state"], gone["end_kind"]) == ("lapsed", "expired")


def test_a_merge_of_two_companies_with_live_filings_by_two_zones(
    call: Call, met: Met, world: World, investor: Company, as_: Any
) -> None:
    """Refused while one waits; merged once both are decided, with both filings kept and shown to the bureau."""
    other = world.company("云南望舒投资有限公司")
    first, visit = met(ETDZ, investor, "officer")
    one = file(call, "officer", first, visit).get_json()
    second, seen = met(XUWEI, other, "officer2")
    two = file(call, "officer2", second, seen).get_json()
    body = {"into": investor.id, "reason": "更名"}
    answer = call("bureau", "POST", f"/companies/{other.id}/merge", body)
    assert answer.status_code in (409, 422) and "请先在报备里核定" in read(answer)
    assert "请先在报备里核定" in read(
        as_("bureau").get(f"/companies/{investor.id}/merge?other_id={other.id}")
    )
    assert db.session.scalar(select(func.count(CompanyMerge.id))) == 0
    for made in (one, two):
        assert decide(call, made).status_code == 200
    preview = read(as_("bureau").get(f"/companies/{investor.id}/merge?other_id={other.id}"))
    assert "都报备过这两家" in preview and "合并两家" in preview
    merged = companies.merge(
        world.actor("bureau"), db.session.get_one(Company, investor.id), db.session.get_one(Company, other.id),
        "更名", clock.now(),
    )  # fmt: skip
    db.session.commit()
    rows = db.session.execute(select(Filing.id, Filing.state, Filing.company_id).order_by(Filing.id)).all()
    assert [tuple(row) for row in rows] == [
        (one["id"], FilingState.ACCEPTED, investor.id), (two["id"], FilingState.ACCEPTED, investor.id),
    ]  # fmt: skip
    shown = call("bureau", "GET", f"/filings/{two['id']}").get_json()["meetings"]
    assert [row["filing"]["id"] for row in shown] == [one["id"]]
    # Nothing of it reaches the zones, and the bureau may open a dispute between the two.
    assert "meetings" not in call("officer2", "GET", f"/filings/{two['id']}").get_json()
    opened = call("bureau", "POST", f"/filings/{two['id']}/dispute", {"reason": "合并后同一投资方"})
    assert opened.status_code == 201 and merged.kept_id == investor.id


def test_a_cycle_in_a_group_tree_is_refused_and_one_that_slipped_in_hangs_nothing(
    call: Call, met: Met, world: World, investor: Company
) -> None:
    daughter = world.company("云南望舒投资有限公司", zone_code=XUWEI)
    daughter.parent_id = investor.id
    db.session.commit()
    version = call("officer", "GET", f"/companies/{investor.id}").get_json()["version"]
    answer = call("officer", "PATCH", f"/companies/{investor.id}", {"parent": daughter.id}, version)
    assert answer.status_code == 422 and "上级企业不能是自己或自己的下级" in read(answer)
    # As an old import might have left it.
    investor.parent_id = daughter.id
    db.session.commit()
    first, visit = met(ETDZ, investor, "officer")
    one = file(call, "officer", first, visit).get_json()
    second, seen = met(XUWEI, daughter, "officer2")
    two = file(call, "officer2", second, seen).get_json()
    assert (one["state"], two["state"]) == ("pending", "suspect")
    assert call("officer2", "GET", f"/companies/{daughter.id}").status_code == 200
    assert db.session.scalar(select(func.count(Project.id))) == 2
