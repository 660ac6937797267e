"""Where two rules meet: what a choice, a claim, a ruling and a change of zone do to filings around them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm.companies.models import Company, CompanyLink
from crm.core import clock
from crm.core.actor import Role
from crm.core.db import db
from crm.filings import actions, jobs, queries
from crm.filings.models import Dispute, Filing
from crm.filings.rules import EndKind, FilingDraft, FilingState
from crm.filings.rules.disputes import DisputeState
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind, ProjectKind, Stage, Status
from crm.settings import queries as settings
from tests import factories
from tests.factories import Person, World
from tests.filings.conftest import ETDZ, XUWEI, Call, Met, decide, file
from tests.strangers import read

GANYU = "LYG-GANYU"


@pytest.fixture
def third(world: World) -> str:
    """The login of an officer of a third zone."""
    world.users["ganyu"] = factories.account(Person("ganyu", "赣榆专员", Role.OFFICER, GANYU, "专员"))
    return "ganyu"


def again(filing_id: int) -> Filing:
    return db.session.get_one(Filing, filing_id, populate_existing=True)


def of(made: dict[str, Any]) -> Project:
    return db.session.get_one(Project, again(made["id"]).project_id)


def test_a_written_choice_ends_what_it_names_and_never_a_signed_first_talk(
    call: Call, met: Met, world: World, investor: Company, paper: Any, third: str
) -> None:
    """An alike name may be another investor altogether: its filing ends where the bureau says so and not by itself."""
    alike = world.company("江苏雷泽光电科技股份有限公司", zone_code=GANYU)
    one = file(call, "officer", *met(ETDZ, investor, "officer")).get_json()
    other = file(call, third, *met(GANYU, alike, third)).get_json()
    project, visit = met(XUWEI, investor, "officer2")
    two = file(call, "officer2", project, visit).get_json()
    path, body = f"/filings/{two['id']}/choice", {"attachment": paper(project, AttachmentKind.OTHER)}
    stranger = call("bureau", "POST", path, body | {"over": [999]}, two["version"])
    assert (stranger.status_code, stranger.get_json()["errors"][0]["field"]) == (422, "over")
    signed = of(decide(call, one).get_json())
    signed.stage = Stage.SIGNED
    db.session.commit()
    refused = call("bureau", "POST", path, body, two["version"])
    assert refused.status_code == 422 and "已签约，不能再改首谈" in read(refused)
    signed.stage = Stage.INTENT
    db.session.commit()
    assert call("bureau", "POST", path, body, two["version"]).status_code == 200
    assert (again(one["id"]).end_kind, again(other["id"]).state) == (EndKind.CHOICE, FilingState.PENDING)


def test_only_what_was_protected_and_is_still_there_stands_in_the_pool(
    call: Call, met: Met, world: World, investor: Company
) -> None:
    waiting = file(call, "officer", *met(ETDZ, investor, "officer")).get_json()
    body = {"reason": "不谈了"}
    done = call("officer", "POST", f"/filings/{waiting['id']}/release", body, waiting["version"]).get_json()
    assert done["state"] == "released" and call("officer2", "GET", "/filings/pool").get_json()["items"] == []
    held = decide(call, file(call, "officer", *met(ETDZ, investor, "officer")).get_json()).get_json()
    call("officer", "POST", f"/filings/{held['id']}/release", body, held["version"])
    assert [row["filing"] for row in call("officer2", "GET", "/filings/pool").get_json()["items"]] == [
        held["id"]
    ]
    of(held).zone_id = world.zone(GANYU).id
    db.session.commit()
    assert call("officer2", "GET", "/filings/pool").get_json()["items"] == []
    assert call("officer2", "POST", f"/filings/{held['id']}/claim", body).status_code == 404


def test_a_claim_takes_duties_and_a_link_along_and_closes_an_open_transfer(
    call: Call, met: Met, world: World, investor: Company
) -> None:
    held = decide(call, file(call, "officer", *met(ETDZ, investor, "officer")).get_json()).get_json()
    call("officer", "POST", f"/filings/{held['id']}/release", {"reason": "用地不符"}, held["version"])
    project = of(held)
    duty = factories.followup(world.users["officer"], about=project)
    db.session.commit()
    offer = {"project": project.code, "to": GANYU, "trigger": "factors", "reason": "没有蒸汽"}
    moving = call("officer", "POST", "/transfers", offer).get_json()
    claim = call("officer2", "POST", f"/filings/{held['id']}/claim", {"reason": "有厂房"}).get_json()
    assert (
        call("bureau", "POST", f"/filings/claims/{claim['id']}/decide", {"approve": True}).status_code == 200
    )
    db.session.expire_all()
    xuwei, officer2 = world.zone(XUWEI).id, world.users["officer2"].id
    assert (project.zone_id, project.owner_id, duty.zone_id, duty.owner_id) == (
        xuwei,
        officer2,
        xuwei,
        officer2,
    )
    links = select(CompanyLink.id).where(CompanyLink.zone_id == xuwei, CompanyLink.company_id == investor.id)
    assert db.session.scalar(links) is not None
    assert call("bureau", "GET", f"/transfers/{moving['id']}").get_json()["state"] == "withdrawn"


def disputed(
    call: Call, met: Met, investor: Company
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The first zone's protected filing, the second's suspect one, and the dispute the second has opened."""
    one = decide(call, file(call, "officer", *met(ETDZ, investor, "officer")).get_json()).get_json()
    two = file(call, "officer2", *met(XUWEI, investor, "officer2")).get_json()
    opened = call("officer2", "POST", f"/filings/{two['id']}/dispute", {"reason": "我方先接触"}).get_json()
    return one, two, opened


def test_a_protection_that_comes_to_the_rival_itself_leaves_nothing_between_them(
    call: Call, met: Met, world: World, investor: Company, as_: Any
) -> None:
    """The bureau gives the first zone's project to the second one: protection, owner and dispute follow."""
    one, two, opened = disputed(call, met, investor)
    page = as_("bureau").post(f"/projects/{of(one).code}/zone", data={"zone_id": str(world.zone(XUWEI).id)})
    assert page.status_code == 302
    carried = again(one["id"])
    assert (carried.zone_id, carried.state) == (world.zone(XUWEI).id, FilingState.ACCEPTED)
    assert db.session.get_one(Dispute, opened["id"], populate_existing=True).state is DisputeState.MOOT
    assert again(two["id"]).state is FilingState.PENDING
    assert call("officer2", "GET", f"/filings/{two['id']}").get_json()["conflict"] is None
    assert call("officer", "GET", f"/filings/{one['id']}").status_code == 404


def test_a_ruling_is_final_for_the_zone_that_lost(
    call: Call, met: Met, investor: Company, paper: Any
) -> None:
    one, two, opened = disputed(call, met, investor)
    path = f"/filings/disputes/{opened['id']}"
    for _ in range(2):
        version = call("bureau", "GET", path).get_json()["version"]
        version = call("bureau", "POST", f"{path}/raise", {"reason": "没有结果"}, version).get_json()[
            "version"
        ]
    result = {"winner": one["id"], "text": "维持首报", "document": "连招组〔2026〕3号"}
    result["attachment"] = paper(of(one), AttachmentKind.MINUTES)
    assert call("bureau", "POST", f"{path}/settle", result, version).status_code == 200
    body = {"project": of(two).code, "visit": again(two["id"]).visit_id}
    new = call("officer2", "POST", "/filings", body).get_json()
    assert new["state"] == "suspect"
    refused = call("officer2", "POST", f"/filings/{new['id']}/dispute", {"reason": "再议"})
    assert refused.status_code == 422 and "裁定为最终结果" in read(refused)
    assert call("bureau", "POST", f"/filings/{new['id']}/dispute", {"reason": "有新情况"}).status_code == 201


@pytest.mark.parametrize(
    ("stage", "status", "accepted"),
    [(Stage.LEAD, Status.LOST, False), (Stage.SIGNED, Status.TERMINATED, True)],
)
def test_a_project_that_has_ended_stands_in_nobodys_way(
    call: Call, met: Met, investor: Company, stage: Stage, status: Status, accepted: bool
) -> None:
    """Undecided, or signed and dissolved: the day is that of the project's end, not of the job."""
    one = file(call, "officer", *met(ETDZ, investor, "officer")).get_json()
    if accepted:
        decide(call, one)
    ended = clock.today() - timedelta(days=4)
    project = of(one)
    project.stage, project.status, project.status_since = stage, status, ended
    db.session.commit()
    assert jobs.lapse(clock.now()) == "写入 1 条失效的首谈保护。"
    assert (again(one["id"]).end_kind, again(one["id"]).ended_on) == (EndKind.PROJECT, ended)
    assert file(call, "officer2", *met(XUWEI, investor, "officer2")).get_json()["state"] == "pending"


def test_the_bureau_reads_the_exceptions_before_it_decides(
    call: Call, met: Met, world: World, investor: Company, as_: Any
) -> None:
    project, visit = met(ETDZ, investor, "officer", kind=ProjectKind.EXPANSION)
    path = f"/filings/{file(call, 'officer', project, visit).get_json()['id']}"
    assert "项目是增资扩产，现有企业增资归所在板块" in read(as_("bureau").get(path))
    world.project(GANYU, investor=investor, stage=Stage.SIGNED)
    db.session.commit()
    assert "投资方已在赣榆经济开发区签约" in read(as_("bureau").get(path))
    assert "赣榆" not in read(as_("officer").get(path))


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2025, 9, 30, 15, 59, 59, 999_900, UTC), "2025-09-30 23:59:59.999"),
        (datetime(2025, 9, 30, 16, 0, 0, 400, UTC), "2025-10-01 00:00:00.000"),
    ],
)
def test_the_day_turns_in_the_city_and_the_millisecond_is_kept(
    world: World, met: Met, investor: Company, monkeypatch: pytest.MonkeyPatch, moment: datetime, shown: str
) -> None:
    """Eight hours before the server's midnight; over the holiday the bureau has its two working days all the same."""
    project, visit = met(ETDZ, investor, "officer", on=date(2025, 9, 29))
    with monkeypatch.context() as patch:
        patch.setattr("crm.filings.actions.filing.clock.now", lambda: moment)
        made = actions.file(world.actor("officer"), project, FilingDraft(visit_id=visit.id))
    db.session.commit()
    row = queries.rows_by_id([made.id], clock.today())[0]
    assert (row.filed_moment, row.filed_on.isoformat()) == (shown, shown[:10])
    due = settings.calendar().add_working_days(row.filed_on, 2)
    assert due == date(2025, 10, 10)
