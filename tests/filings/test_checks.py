"""Who may ask whether an investor is taken, about what, how often, and who reads the questions (issue 4, item 6)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from crm.audit.models import AuditEvent
from crm.companies.models import Company
from crm.core import clock
from crm.core.db import db
from crm.filings.models import FilingCheck, FilingCheckHit
from crm.settings import actions as settings
from tests.factories import World
from tests.filings.conftest import ETDZ, SECRET, XUWEI, Call, Met, decide, file
from tests.strangers import read

ENTERED = {"name": "新线索", "kind": "new", "capital": "domestic", "source": "own", "total_investment": "3亿"}


def asked(call: Call, name: str, login: str = "officer2") -> list[dict[str, Any]]:
    answer = call(login, "POST", "/companies/check", {"name": name})
    assert answer.status_code == 200, read(answer)
    return list(answer.get_json()["items"])


@pytest.fixture
def held(call: Call, met: Met, investor: Company) -> dict[str, Any]:
    """The first zone's filing, accepted."""
    project, visit = met(ETDZ, investor, "officer", name=f"{SECRET}项目")
    return dict(decide(call, file(call, "officer", project, visit).get_json()).get_json())


def test_without_an_own_lead_the_check_tells_public_facts_alone(
    call: Call, held: dict[str, Any], investor: Company
) -> None:
    (item,) = asked(call, investor.name)
    assert item["taken"] is None and item["name"] == investor.name
    assert SECRET not in str(item) and "开发区" not in str(item)
    assert db.session.scalars(select(FilingCheck)).all() == []


def test_with_an_own_lead_it_tells_until_when_and_nothing_else(
    call: Call, held: dict[str, Any], world: World, investor: Company
) -> None:
    world.project(XUWEI, investor=investor)
    db.session.commit()
    (item,) = asked(call, investor.name)
    assert item["taken"] == {
        "message": f"已由其他单位报备（保护期至 {held['protected_until']}）",
        "protected_until": held["protected_until"],
    }
    assert SECRET not in str(item) and "officer" not in str(item)
    hit = db.session.scalars(select(FilingCheckHit)).one()
    assert hit.filing_id == held["id"]
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "filing.checked")).one()
    assert event.note == "命中已有报备"


def test_leads_of_another_zone_are_never_told(call: Call, met: Met, world: World, investor: Company) -> None:
    """A lead, a visit, a link: nothing of it answers, only a filing does."""
    met(ETDZ, investor, "officer", name=f"{SECRET}项目")
    world.project(XUWEI, investor=investor)
    db.session.commit()
    (item,) = asked(call, investor.name)
    assert item["taken"] is None


def test_a_lead_that_was_given_up_gives_no_right_to_ask(
    call: Call, held: dict[str, Any], world: World, investor: Company
) -> None:
    project = world.project(XUWEI, investor=investor)
    project.status = "lost"
    db.session.commit()
    assert asked(call, investor.name)[0]["taken"] is None


def test_the_holder_itself_and_the_bureau_are_told_nothing_new(
    call: Call, held: dict[str, Any], investor: Company
) -> None:
    assert asked(call, investor.name, "officer")[0]["taken"] is None
    assert asked(call, investor.name, "bureau")[0]["taken"] is None


def test_an_hour_holds_so_many_questions_whoever_serves_them(
    call: Call, held: dict[str, Any], world: World, investor: Company
) -> None:
    settings.change(world.actor("bureau"), "check_hourly", "3", "试用", 0, clock.now())
    project = world.project(XUWEI, investor=investor)
    db.session.commit()
    for _ in range(3):
        assert asked(call, investor.name)[0]["taken"]
    answer = call("officer2", "POST", "/companies/check", {"name": investor.name})
    assert answer.status_code == 422 and "一小时内最多查重 3 次" in read(answer)
    answer = call("officer2", "POST", "/filings/check", {"project": project.code})
    assert answer.status_code == 422
    # What asks nothing beyond one's scope goes on.
    assert asked(call, "云南望舒投资有限公司") == []
    db.session.execute(update(FilingCheck).values(asked_at=clock.now() - timedelta(minutes=61)))
    db.session.commit()
    assert asked(call, investor.name)[0]["taken"]


def test_another_person_has_an_hour_of_his_own(
    call: Call, held: dict[str, Any], world: World, investor: Company
) -> None:
    settings.change(world.actor("bureau"), "check_hourly", "1", "试用", 0, clock.now())
    world.project(XUWEI, investor=investor)
    world.project(ETDZ, investor=investor)
    db.session.commit()
    assert asked(call, investor.name)[0]["taken"]
    assert call("officer2", "POST", "/companies/check", {"name": investor.name}).status_code == 422
    assert asked(call, investor.name, "officer")[0]["taken"] is None


def test_one_asks_from_the_page_of_ones_own_lead(
    call: Call, held: dict[str, Any], world: World, investor: Company, as_: Any
) -> None:
    project = world.project(XUWEI, investor=investor)
    db.session.commit()
    body = {"project": project.code}
    taken = call("officer2", "POST", "/filings/check", body).get_json()["taken"]
    assert taken["protected_until"] == held["protected_until"]
    assert call("officer", "POST", "/filings/check", body).status_code == 404
    browser = as_("officer2")
    page = read(browser.get(f"/projects/{project.code}"))
    assert "查重" in page and "已由其他单位报备" not in page
    assert browser.post(f"/projects/{project.code}/filing/check").status_code == 303
    page = read(browser.get(f"/projects/{project.code}"))
    assert "已由其他单位报备（保护期至" in page and SECRET not in page


def test_saving_a_lead_says_at_once_that_the_investor_is_taken(
    call: Call, held: dict[str, Any], investor: Company, as_: Any
) -> None:
    browser = as_("officer2")
    answer = browser.post("/projects/new", data=ENTERED | {"company": investor.name})
    assert answer.status_code in (302, 303), read(answer)
    assert "已由其他单位报备（保护期至" in read(browser.get(answer.headers["Location"]))
    assert db.session.scalars(select(FilingCheck.via)).all() == ["saved"]


def test_a_save_goes_through_when_the_hour_is_used_up(
    call: Call, held: dict[str, Any], world: World, investor: Company, as_: Any
) -> None:
    settings.change(world.actor("bureau"), "check_hourly", "1", "试用", 0, clock.now())
    world.project(XUWEI, investor=investor)
    db.session.commit()
    asked(call, investor.name)
    browser = as_("officer2")
    answer = browser.post("/projects/new", data=ENTERED | {"company": investor.name})
    assert answer.status_code in (302, 303)
    assert "已由其他单位报备" not in read(browser.get(answer.headers["Location"]))


def test_the_bureau_reads_every_hit_and_nobody_else_does(
    call: Call, held: dict[str, Any], met: Met, investor: Company, as_: Any
) -> None:
    project, visit = met(XUWEI, investor, "officer2", name="徐圩的项目")
    asked(call, investor.name)
    file(call, "officer2", project, visit)
    rows = call("bureau", "GET", "/filings/hits").get_json()["items"]
    assert [(row["via"], row["filing"], row["reason"]) for row in rows] == [
        ("filed", held["id"], "company"), ("asked", held["id"], "company"),
    ]  # fmt: skip
    page = read(as_("bureau").get("/filings/hits"))
    assert "徐圩的项目" in page and "查重命中" in page
    for login in ("officer", "officer2", "chief"):
        assert call(login, "GET", "/filings/hits").status_code == 403
        assert as_(login).get("/filings/hits").status_code == 403


def test_the_typing_check_and_the_imports_preview_tell_public_facts_alone(
    call: Call, held: dict[str, Any], world: World, investor: Company, as_: Any
) -> None:
    """A page that is read writes nothing, so it may not answer what has to be written down."""
    world.project(XUWEI, investor=investor)
    db.session.commit()
    page = read(as_("officer2").get(f"/companies/similar?name={investor.name}"))
    assert investor.name in page and "报备" not in page
    assert db.session.scalars(select(FilingCheck)).all() == []


def test_a_group_sister_of_the_taken_investor_is_taken_too(
    call: Call, held: dict[str, Any], world: World, investor: Company
) -> None:
    sister = world.company("云南望舒投资有限公司")
    sister.parent_id = investor.id
    world.project(XUWEI, investor=sister)
    db.session.commit()
    (item,) = asked(call, sister.name)
    assert item["taken"]["protected_until"] == held["protected_until"]
    assert db.session.scalars(select(FilingCheckHit.reason)).one() == "group"
