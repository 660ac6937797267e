"""Pages: filing from the project, the queue, one filing, the pool; forms work without script."""

from typing import Any

import pytest
from sqlalchemy import select

from crm.companies.models import Company
from crm.core.db import db
from crm.dashboard.queries import badges
from crm.filings.models import Filing, PoolClaim
from crm.filings.rules import FilingState
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind
from tests.factories import World
from tests.filings.conftest import ETDZ, XUWEI, Met
from tests.strangers import read


def _filed(as_: Any, met: Met, investor: Company, zone: str = ETDZ, login: str = "officer") -> Filing:
    project, visit = met(zone, investor, login)
    answer = as_(login).post(f"/projects/{project.code}/filing", data={"visit": visit.id})
    assert answer.status_code == 303, read(answer)
    return db.session.scalars(select(Filing).order_by(Filing.id.desc())).first()  # type: ignore[return-value]


def test_the_page_of_a_project_says_what_a_filing_lacks(world: World, as_: Any, investor: Company) -> None:
    project = world.project(ETDZ, investor=investor, total=None)
    db.session.commit()
    page = read(as_("officer").get(f"/projects/{project.code}"))
    assert "缺少总投资、建设内容、实际接触的证明" in page and "报备项目" in page
    page = read(as_("officer").get(f"/projects/{project.code}/filing"))
    assert "报备还不完整" in page and "占坑，不算" in page and "记走访" in page
    answer = as_("officer").post(f"/projects/{project.code}/filing", data={})
    assert answer.status_code == 422 and "占坑" in read(answer)


def test_a_project_is_filed_and_decided_without_script(
    world: World, as_: Any, met: Met, investor: Company
) -> None:
    filing = _filed(as_, met, investor)
    browser = as_("bureau")
    assert "待核" in read(browser.get("/filings")) and investor.name in read(browser.get("/filings"))
    path = f"/filings/{filing.id}"
    assert "核定报备" in read(browser.get(path)) and "核定报备" not in read(as_("officer").get(path))
    refused = browser.post(f"{path}/decide", data={"decision": "return", "version": "1"})
    assert refused.status_code == 422 and "没有写原因" in read(refused)
    assert browser.post(f"{path}/decide", data={"decision": "accept", "version": "9"}).status_code == 409
    done = browser.post(f"{path}/decide", data={"decision": "accept", "version": "1"})
    assert done.status_code == 303
    assert "保护期至" in read(as_("officer").get(path))
    assert "保护中" in read(as_("officer").get("/filings?state=protected"))
    project = read(as_("officer").get(f"/projects/{filing_code(filing)}"))
    assert "保护中" in project and "报备项目" not in project


def filing_code(filing: Filing) -> str:
    return db.session.get_one(Project, filing.project_id).code


def test_the_bureau_compares_and_records_the_investors_choice(
    world: World, as_: Any, met: Met, investor: Company, paper: Any
) -> None:
    first = _filed(as_, met, investor)
    second = _filed(as_, met, investor, XUWEI, "officer2")
    letter = paper(db.session.get_one(Project, second.project_id), AttachmentKind.OTHER, "投资方来函.pdf")
    browser = as_("bureau")
    page = read(browser.get(f"/filings/{second.id}"))
    for words in ("同一投资方的报备", "记投资方选择", "投资方来函.pdf"):
        assert words in page
    body = {"choose-attachment": "", "choose-version": str(second.version), "choose-over": str(first.id)}
    refused = browser.post(f"/filings/{second.id}/choice", data=body)
    assert refused.status_code == 422 and "没有投资方书面选择的文件" in read(refused)
    nobody = {**body, "choose-attachment": str(letter), "choose-over": []}
    assert "没有选书面选择针对哪几条报备" in read(browser.post(f"/filings/{second.id}/choice", data=nobody))
    body["choose-attachment"] = str(letter)
    assert browser.post(f"/filings/{second.id}/choice", data=body).status_code == 303
    db.session.expire_all()
    assert (first.state, second.state) == (FilingState.LAPSED, FilingState.ACCEPTED)


def test_releasing_claiming_and_answering(world: World, as_: Any, met: Met, investor: Company) -> None:
    filing = _filed(as_, met, investor)
    officer, other, bureau = as_("officer"), as_("officer2"), as_("bureau")
    assert bureau.post(f"/filings/{filing.id}/decide", data={"decision": "accept"}).status_code == 303
    path = f"/filings/{filing.id}/release"
    assert officer.post(path, data={"release-reason": ""}).status_code == 422
    assert officer.post(path, data={"release-reason": "用地不符"}).status_code == 303
    page = read(other.get("/filings/pool"))
    assert investor.name in page and "用地不符" in page and f"?claim={filing.id}#claim" in page
    assert "?claim=" not in read(officer.get("/filings/pool"))
    assert f"认领{investor.name}" in read(other.get(f"/filings/pool?claim={filing.id}"))
    empty = other.post(f"/filings/{filing.id}/claim", data={"reason": ""})
    assert empty.status_code == 422 and 'id="reason-err"' in read(empty)
    assert other.post(f"/filings/{filing.id}/claim", data={"reason": "有厂房"}).status_code == 303
    assert "有厂房" in read(bureau.get("/filings/pool")) and "有厂房" not in read(
        officer.get("/filings/pool")
    )
    made = db.session.scalars(select(PoolClaim)).one()
    answer = f"/filings/claims/{made.id}/decide"
    empty = bureau.post(answer, data={"answer": "no", "reason": ""})
    assert empty.status_code == 422 and f'id="c{made.id}-err"' in read(empty)
    assert bureau.post(answer, data={"answer": "no", "reason": "产业不符"}).status_code == 303
    assert "产业不符" in read(other.get("/notices"))


@pytest.mark.parametrize("path", ["/filings", "/filings?state=protected", "/filings?q=没有", "/filings/pool"])
def test_empty_lists_say_what_to_do(as_: Any, path: str) -> None:
    page = as_("officer").get(path)
    assert page.status_code == 200 and "empty" in read(page)


def test_the_list_takes_a_fixed_number_of_statements(
    as_: Any, met: Met, investor: Company, count_queries: Any
) -> None:
    taken = []
    for _ in range(2):
        _filed(as_, met, investor)
        browser = as_("officer")
        with count_queries() as statements:
            assert browser.get("/filings").status_code == 200
        taken.append(len(statements))
    assert taken[0] == taken[1] <= 20


def test_the_rail_counts_what_waits_for_the_bureau(
    world: World, as_: Any, met: Met, investor: Company
) -> None:
    _filed(as_, met, investor)
    assert badges(world.actor("bureau"))["filings"] == (1, False)
    assert badges(world.actor("officer"))["filings"] == (0, False), "no dispute waits for it"
    assert "filings" not in badges(world.actor("leader"))
