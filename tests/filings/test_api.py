"""First report, first talk, over the API with two zones' users (pitfall 6)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.companies.models import Company
from crm.core import clock
from crm.core.actor import Role
from crm.core.db import db
from crm.filings import queries
from crm.filings.models import Filing
from crm.projects.rules import AttachmentKind
from tests import factories
from tests.factories import Person, World
from tests.filings.conftest import ETDZ, SECRET, XUWEI, Call, Met, decide, file
from tests.strangers import read


def test_a_filing_with_a_visit_waits_and_is_accepted(call: Call, met: Met, investor: Company) -> None:
    project, visit = met(ETDZ, investor, "officer", total="600000", tier="t50")
    answer = file(call, "officer", project, visit)
    assert answer.status_code == 201
    made = answer.get_json()
    assert (made["state"], made["contact_on"]) == ("pending", visit.happened_on.isoformat())
    assert len(made["filed_at"].split(".")[1][:3]) == 3 and made["conflict"] is None
    assert "meetings" not in made
    done = decide(call, made).get_json()
    assert (done["state"], done["standing"]) == ("accepted", "protected")
    assert done["protected_from"] == clock.today().isoformat()
    assert done["protected_until"][:4] == str(clock.today().year + 1)


def test_a_filing_without_contact_is_refused_in_words(
    call: Call, met: Met, world: World, investor: Company
) -> None:
    project = world.project(ETDZ, investor=investor, content="年产光电器件")
    db.session.commit()
    answer = file(call, "officer", project, contact_on=clock.today().isoformat())
    assert answer.status_code == 422 and "占坑，不算" in read(answer)
    met(ETDZ, investor, "officer")
    answer = file(call, "officer", project, contact_on=clock.today().isoformat())
    assert answer.status_code == 422 and "占坑，不算" in read(answer)
    assert db.session.scalar(select(Filing.id)) is None


def test_another_zones_visit_or_file_is_no_evidence(
    call: Call, met: Met, investor: Company, paper: Any
) -> None:
    mine, _ = met(ETDZ, investor, "officer")
    theirs, visit = met(XUWEI, investor, "officer2")
    foreign = paper(theirs)
    own_but_other = paper(mine, AttachmentKind.AGREEMENT)
    assert file(call, "officer", mine, visit).status_code == 422
    for one in (foreign, own_but_other):
        body = {"evidence": [one], "contact_on": clock.today().isoformat()}
        assert file(call, "officer", mine, **body).status_code == 422
    assert file(call, "officer", theirs, visit).status_code == 404


def test_a_file_alone_proves_contact(call: Call, world: World, investor: Company, paper: Any) -> None:
    project = world.project(ETDZ, investor=investor, content="年产光电器件")
    shown = paper(project)
    body = {"evidence": [shown], "contact_on": clock.today().isoformat()}
    made = file(call, "officer", project, **body).get_json()
    assert [one["id"] for one in made["evidence"]] == [shown]
    again = file(call, "officer", project, **body)
    assert again.status_code == 409


def test_the_second_zone_within_minutes_is_suspect_and_sees_nothing_of_the_first(
    call: Call, met: Met, world: World, as_: Any, investor: Company, paper: Any
) -> None:
    """Pitfall 6."""
    first, visit = met(ETDZ, investor, "officer", name=f"{SECRET}项目", on=clock.today() - timedelta(days=2))
    visit.summary = SECRET
    shown = paper(first, name=f"{SECRET}.pdf")
    one = file(call, "officer", first, visit, evidence=[shown], note=SECRET).get_json()
    second, other_visit = met(XUWEI, investor, "officer2")
    two = file(call, "officer2", second, other_visit).get_json()
    until = datetime.fromisoformat(one["filed_at"]).date()
    assert two["state"] == "suspect"
    assert two["conflict"]["message"].startswith("已由其他单位报备（保护期至 20")
    assert two["conflict"]["protected_until"] > until.isoformat() and "meetings" not in two
    # The curious officer: the page and the list, over the API and in a browser, the project, search and history.
    assert call("officer2", "GET", f"/filings/{one['id']}").status_code == 404
    browser = as_("officer2")
    pages = [
        f"/filings/{two['id']}", "/filings", "/filings?q=獴", "/filings/pool", f"/projects/{second.code}",
        f"/projects/{second.code}?tab=changes", f"/companies/{investor.id}", "/projects?q=獴", "/search?q=獴",
        f"/projects/{second.code}/filing", "/visits", "/notices",
    ]  # fmt: skip
    for path in pages:
        answer = browser.get(path)
        assert answer.status_code in (200, 301, 302, 303), path
        text = read(answer)
        assert SECRET not in text and first.code not in text, path
    assert browser.get(f"/filings/{one['id']}").status_code == 404
    for path in ("/filings", f"/filings/{two['id']}", "/filings?q=獴", "/filings/pool"):
        text = read(call("officer2", "GET", path))
        assert SECRET not in text and first.code not in text and '"officer"' not in text, path
    assert "已由其他单位报备" in read(browser.get(f"/filings/{two['id']}"))
    assert "已由其他单位报备" in read(browser.get(f"/projects/{second.code}"))
    # The first zone is told nothing of the second.
    mine = read(as_("officer").get(f"/filings/{one['id']}"))
    assert second.code not in mine and second.name not in mine and "徐圩" not in mine
    # The bureau sees both, side by side and in the order of the clock.
    seen = call("bureau", "GET", f"/filings/{two['id']}").get_json()["meetings"]
    assert [(m["filing"]["id"], m["reason"]) for m in seen] == [(one["id"], "company")]
    page = read(as_("bureau").get(f"/filings/{two['id']}"))
    assert SECRET in page and "首报" in page and page.index(first.name) < page.rindex(second.name)


def test_every_hit_is_audited_and_the_projects_history_tells_neither_how_many_nor_why(
    call: Call, met: Met, investor: Company, world: World
) -> None:
    """The second zone reads the history of its own project."""
    world.users["ganyu"] = factories.account(Person("ganyu", "赣榆专员", Role.OFFICER, "LYG-GANYU", "专员"))
    for zone, login in ((ETDZ, "officer"), ("LYG-GANYU", "ganyu")):
        first, visit = met(zone, investor, login, name=f"{SECRET}项目{zone}")
        file(call, login, first, visit)
    second, other = met(XUWEI, investor, "officer2")
    two = file(call, "officer2", second, other).get_json()
    hits = db.session.scalars(
        select(AuditEvent).where(AuditEvent.code == "filing.hit", AuditEvent.subject_id == two["id"])
    ).all()
    assert [hit.project_id for hit in hits] == [second.id, None] and {hit.note for hit in hits} == {""}


@pytest.mark.parametrize("how", ["group", "phone", "name", "merged"])
def test_one_investor_is_known_by_group_phone_name_and_merger(
    call: Call, met: Met, world: World, investor: Company, how: str
) -> None:
    names = {"name": "江苏雷泽光电科技股份有限公司"}
    other = world.company(names.get(how, "云南望舒投资有限公司"), zone_code=XUWEI)
    if how == "group":
        other.parent_id = investor.id
    if how == "merged":
        other.merged_into_id = investor.id
    if how == "phone":
        from crm.companies.models import Contact

        for firm, zone in ((investor, ETDZ), (other, XUWEI)):
            db.session.add(
                Contact(company_id=firm.id, zone_id=world.zone(zone).id, name="王总", phone_hash="h" * 64)
            )
    db.session.commit()
    first, visit = met(ETDZ, investor, "officer")
    file(call, "officer", first, visit)
    second, second_visit = met(XUWEI, other, "officer2")
    made = file(call, "officer2", second, second_visit).get_json()
    assert made["state"] == "suspect"
    reason = call("bureau", "GET", f"/filings/{made['id']}").get_json()["meetings"][0]["reason"]
    assert reason == {"merged": "company"}.get(how, how)


def test_another_investor_or_the_same_zone_is_no_conflict(
    call: Call, met: Met, world: World, investor: Company
) -> None:
    first, visit = met(ETDZ, investor, "officer")
    file(call, "officer", first, visit)
    again, visit = met(ETDZ, investor, "officer")
    assert file(call, "officer", again, visit).get_json()["state"] == "pending"
    other, visit = met(XUWEI, world.company("云南望舒投资有限公司"), "officer2")
    assert file(call, "officer2", other, visit).get_json()["state"] == "pending"


def test_two_in_one_second_are_ordered_by_the_millisecond(
    call: Call, met: Met, investor: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, visit = met(ETDZ, investor, "officer")
    second, other = met(XUWEI, investor, "officer2")
    at = clock.now().replace(microsecond=400_900)
    moments = [at, at + timedelta(milliseconds=1)]
    made = []
    for login, project, seen in (("officer", first, visit), ("officer2", second, other)):
        with monkeypatch.context() as patch:
            moment = moments[len(made)]
            patch.setattr("crm.filings.actions.filing.clock.now", lambda moment=moment: moment)
            made.append(file(call, login, project, seen).get_json())
    assert [one["filed_at"].split("+")[0][-3:] for one in made] == ["400", "401"]
    assert [one["state"] for one in made] == ["pending", "suspect"]


def test_accepting_in_spite_of_another_needs_a_reason_and_refusing_the_first_frees_the_second(
    call: Call, met: Met, investor: Company
) -> None:
    first, visit = met(ETDZ, investor, "officer")
    one = file(call, "officer", first, visit).get_json()
    second, other = met(XUWEI, investor, "officer2")
    two = file(call, "officer2", second, other).get_json()
    assert decide(call, two).status_code == 422
    assert decide(call, one, "return").status_code == 422
    assert decide(call, one, "return", "接触证明看不清").get_json()["state"] == "returned"
    two = call("officer2", "GET", f"/filings/{two['id']}").get_json()
    assert (two["state"], two["conflict"]) == ("pending", None)
    assert decide(call, two).get_json()["state"] == "accepted"
    # Filed anew, the first is now behind.
    assert file(call, "officer", first, visit).get_json()["state"] == "suspect"


def test_the_investors_written_choice_stands_above_who_was_first(
    call: Call, met: Met, investor: Company, paper: Any
) -> None:
    first, visit = met(ETDZ, investor, "officer")
    one = decide(call, file(call, "officer", first, visit).get_json()).get_json()
    second, other = met(XUWEI, investor, "officer2")
    two = file(call, "officer2", second, other).get_json()
    path, letter = f"/filings/{two['id']}/choice", paper(second, AttachmentKind.OTHER)
    foreign = paper(first, AttachmentKind.OTHER)
    assert call("bureau", "POST", path, {"attachment": foreign}, two["version"]).status_code == 422
    chosen = call("bureau", "POST", path, {"attachment": letter}, two["version"]).get_json()
    assert (chosen["state"], chosen["chosen"], chosen["standing"]) == ("accepted", True, "protected")
    gone = call("officer", "GET", f"/filings/{one['id']}").get_json()
    assert (gone["state"], gone["end_kind"]) == ("lapsed", "choice")
    assert second.code not in str(gone)


def test_only_the_bureau_decides_and_never_on_its_own_filing(call: Call, met: Met, investor: Company) -> None:
    project, visit = met(ETDZ, investor, "officer")
    made = file(call, "officer", project, visit).get_json()
    path = f"/filings/{made['id']}/decide"
    assert call("officer", "POST", path, {"decision": "accept"}, made["version"]).status_code == 403
    own, visit = met(ETDZ, investor, "bureau")
    mine = file(call, "bureau", own, visit).get_json()
    assert decide(call, mine).status_code == 403


def test_an_old_version_is_refused_and_a_decision_stands_once(
    call: Call, met: Met, investor: Company
) -> None:
    project, visit = met(ETDZ, investor, "officer")
    made = file(call, "officer", project, visit).get_json()
    done = decide(call, made).get_json()
    assert decide(call, made, "refuse", "晚了").status_code == 412
    assert decide(call, done, "refuse", "晚了").status_code == 409


def test_a_released_project_stands_in_the_pool_and_is_claimed(
    call: Call, met: Met, investor: Company
) -> None:
    project, visit = met(ETDZ, investor, "officer")
    made = decide(call, file(call, "officer", project, visit).get_json()).get_json()
    path = f"/filings/{made['id']}/release"
    assert call("officer", "POST", path, {}, made["version"]).status_code == 422
    assert call("officer", "POST", path, {"reason": "字" * 501}, made["version"]).status_code == 422
    done = call("officer", "POST", path, {"reason": "用地不符"}, made["version"]).get_json()
    assert done["state"] == "released"
    shown = call("officer2", "GET", "/filings/pool").get_json()["items"]
    assert [(row["investor"], row["reason"]) for row in shown] == [(investor.name, "用地不符")]
    assert project.code not in str(shown) and project.name not in str(shown)
    ask = f"/filings/{made['id']}/claim"
    assert call("officer", "POST", ask, {"reason": "还要"}).status_code == 422
    claimed = call("officer2", "POST", ask, {"reason": "有现成厂房"}).get_json()
    assert call("officer2", "POST", ask, {"reason": "有现成厂房"}).status_code == 409
    answer = f"/filings/claims/{claimed['id']}/decide"
    assert call("officer2", "POST", answer, {"approve": True}).status_code == 403
    assert call("bureau", "POST", answer, {"approve": True}).get_json()["approved"] is True
    assert call("officer2", "GET", f"/projects/{project.code}").status_code == 200
    assert call("officer", "GET", f"/projects/{project.code}").status_code == 404
    assert call("officer2", "GET", "/filings/pool").get_json()["items"] == []
    assert call("officer2", "GET", f"/filings/{made['id']}").status_code == 404


def test_what_waits_comes_oldest_first_page_by_page(call: Call, met: Met, investor: Company) -> None:
    ids = []
    for _ in range(3):
        project, visit = met(ETDZ, investor, "officer")
        ids.append(file(call, "officer", project, visit).get_json()["id"])
    seen, path = [], "/filings?state=waiting&per_page=2"
    while path:
        answer = call("bureau", "GET", path).get_json()
        seen += [row["id"] for row in answer["items"]]
        path = (answer["next"] or "").removeprefix("/api/v1")
    assert seen == ids
    assert call("bureau", "GET", "/filings?zone=NONE").status_code == 422


def test_a_confidential_filing_is_closed_to_whoever_may_not_know_the_investor(
    call: Call, met: Met, world: World, investor: Company
) -> None:
    project, visit = met(ETDZ, investor, "chief", confidential=True)
    made = file(call, "chief", project, visit).get_json()
    assert call("officer", "GET", f"/filings/{made['id']}").status_code == 404
    assert call("officer", "GET", "/filings").get_json()["items"] == []
    assert file(call, "officer", project, visit).status_code == 404


def test_two_companies_with_undecided_filings_of_two_zones_are_not_merged(
    call: Call, met: Met, world: World, investor: Company
) -> None:
    other = world.company("云南望舒投资有限公司")
    first, visit = met(ETDZ, investor, "officer")
    one = file(call, "officer", first, visit).get_json()
    second, visit = met(XUWEI, other, "officer2")
    two = file(call, "officer2", second, visit).get_json()
    assert "请先在报备里核定" in (queries.objection(investor, other) or "")
    for made in (one, two):
        assert decide(call, made).get_json()["state"] == "accepted"
    assert queries.objection(investor, other) is None
    # What turns out to be one investor afterwards is weighed by the bureau as well.
    other.merged_into_id = investor.id
    db.session.commit()
    seen = call("bureau", "GET", f"/filings/{two['id']}").get_json()["meetings"]
    assert [m["filing"]["id"] for m in seen] == [one["id"]]
