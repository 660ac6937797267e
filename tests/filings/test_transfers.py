"""Handing a project to another zone, over the API with two zones' users (pitfalls 4 and 19)."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from crm.accounts.models import User
from crm.accounts.rules import TokenScope
from crm.assignments.models import Assignment
from crm.assignments.rules import AssignmentKind
from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.actor import Role
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.filings import actions, jobs
from crm.filings.models import Filing, Transfer
from crm.filings.rules import transfers as rules
from crm.notices.models import Notice
from crm.pipeline.models import Milestone
from crm.projects.models import Grant, Project
from crm.projects.rules import AttachmentKind, Stage, Status
from tests import factories
from tests.factories import Person, World
from tests.filings.conftest import ETDZ, XUWEI
from tests.strangers import read

Call = Callable[..., Any]
CHIEF2 = "xuwei-chief"


@pytest.fixture
def call(world: World) -> Call:
    factories.account(Person(CHIEF2, "徐圩负责人", Role.CHIEF, XUWEI, "主要负责人"))
    db.session.commit()
    browser = world.app.test_client()
    logins = ("officer", "officer2", "bureau", "bureau2", "chief", CHIEF2, "county", "leader", "specialist")
    headers = {login: world.token(login, TokenScope.WRITE) for login in logins}

    def send(login: str, method: str, path: str, body: Any = None, version: int | None = None) -> Any:
        more = {"If-Match": f'"{version}"'} if version is not None else {}
        return browser.open(f"/api/v1{path}", method=method, json=body, headers=headers[login] | more)

    return send


@pytest.fixture
def project(world: World) -> Project:
    investor = world.company("江苏雷泽光电股份有限公司", zone_code=ETDZ)
    made = world.project(
        ETDZ, name="雷泽光电项目", investor=investor, total="1200000", owner_id=world.users["officer"].id,
        content="年产光电器件", stage=Stage.IN_DEPTH,
    )  # fmt: skip
    db.session.commit()
    return made


def other_zone(world: World) -> str:
    """A third zone's code."""
    from crm.projects import queries

    return next(zone.code for zone in queries.all_zones() if zone.code not in (ETDZ, XUWEI))


def propose(call: Call, project: Project, to: str | None = XUWEI, login: str = "officer", **more: Any) -> Any:
    body = {"project": project.code, "to": to, "trigger": "factors", "reason": "没有蒸汽", **more}
    return call(login, "POST", "/transfers", body)


def answer(call: Call, made: dict[str, Any], accept: bool = True, login: str = CHIEF2, **more: Any) -> Any:
    body = {"accept": accept, **more}
    return call(login, "POST", f"/transfers/{made['id']}/answer", body, made["version"])


def quota(call: Call, login: str, zone: str, year: int | None = None) -> dict[str, Any]:
    found = call(login, "GET", f"/quotas?year={year or clock.today().year}").get_json()
    return next(line for line in found["lines"] if line["zone"] == zone)


@pytest.mark.parametrize(
    "way", ["13957812046", "手机 139 5781 2046", "139-5781-2046（周）", "１３９５７８１２０４６"]
)
def test_a_mobile_number_does_not_go_on_the_sheet(way: str) -> None:
    with pytest.raises(RuleBroken, match="办公电话") as broken:
        rules.check_way(way)
    assert broken.value.field == "contact_way"


@pytest.mark.parametrize("way", ["", "0518-85123456", "85123456转801", "市商务局 8号楼 13室"])
def test_a_desk_is_reached_by_its_own_telephone(way: str) -> None:
    assert rules.check_way(f" {way} ") == way


def test_a_transfer_is_proposed_answered_and_moves_everything(
    call: Call, world: World, project: Project, as_: Any
) -> None:
    duty = factories.followup(world.users["officer"], about=project)
    leader = factories.leader(ETDZ, "李书记", "主任")
    db.session.add(
        Assignment(
            project_id=project.id, kind=AssignmentKind.DIRECT_LEADER, leader_id=leader.id,
            starts_on=clock.today() - timedelta(days=9),
        )
    )  # fmt: skip
    db.session.commit()
    made = propose(call, project, contact="王专员", contact_way="0518-85000000").get_json()
    assert (made["state"], made["from_zone"], made["to_zone"]) == ("waiting", ETDZ, XUWEI)
    assert made["answer_by"] > (clock.today() + timedelta(days=4)).isoformat()
    assert {one["first"] for one in made["shares"]} == {"0.5"} and len(made["shares"]) == 5
    done = answer(call, made, owner="officer2", contact="赵主任").get_json()
    assert (done["state"], done["done_on"]) == ("done", clock.today().isoformat())
    assert done["contacts"]["first"] == {"name": "王专员", "way": "0518-85000000"}
    assert done["contacts"]["landing"]["name"] == "赵主任"
    # The project is the landing zone's, its open duties and its responsibility with it; the leader's term is over.
    shown = call("officer2", "GET", f"/projects/{project.code}").get_json()
    assert (shown["zone"], shown["owner"], shown["status"]) == (XUWEI, "officer2", "active")
    db.session.expire_all()
    assert (duty.zone_id, duty.owner_id) == (project.zone_id, world.users["officer2"].id)
    assert db.session.scalars(select(Assignment)).one().ends_on == clock.today()
    # The first zone goes on reading and no more than reading.
    assert call("officer", "GET", f"/projects/{project.code}").status_code == 200
    body = {"on": clock.today().isoformat(), "done": "改"}
    assert call("officer", "POST", f"/projects/{project.code}/progress", body).status_code == 403
    assert read(as_("officer").get(f"/projects/{project.code}")).count("流转") > 1
    shares = {(one["zone"], one["indicator"], one["share"]) for one in shown["credits"]}
    assert (ETDZ, "count", "0.5") in shares and (XUWEI, "tax", "0.5") in shares and len(shares) == 10
    codes = set(db.session.scalars(select(AuditEvent.code).where(AuditEvent.project_id == project.id)))
    assert {"transfer.proposed", "transfer.accepted", "project.transferred", "project.credits_set"} <= codes


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ([{"first": "0.5", "landing": "0.6"}], "合计是 1.1（110%），应当正好是 1（100%）"),
        ([{"first": "0.5", "landing": "0.4999999"}], "小数超过 6 位"),
        ([{"first": "0.5", "landing": "0.5", "indicator": "tax"}], "没有填个数的分享比例"),
        ([{"first": "0.5", "landing": "0.5", "indicator": "tax"}] * 2, "税收写了两次"),
        ([{"first": "-0.5", "landing": "1.5"}], "不能为负"),
    ],
)
def test_pitfall_19_a_split_that_is_not_100_percent_is_refused_at_its_field(
    call: Call, project: Project, shares: Any, words: str
) -> None:
    refused = propose(call, project, shares=shares)
    assert refused.status_code == 422 and words in read(refused)
    assert all(error["field"].startswith("shares") for error in refused.get_json()["errors"])
    assert db.session.scalar(select(Transfer.id)) is None


def test_the_form_tells_each_wrong_pair_beside_its_field_and_keeps_what_was_typed(
    as_: Any, project: Project, world: World
) -> None:
    pairs = {
        f"share_{name}-{part}": value
        for name in ("count", "signed", "fdi", "fixed", "tax")
        for part, value in (("first", "50"), ("landing", "60" if name == "tax" else "50"))
    }
    form = {
        "to": str(world.zone(XUWEI).id),
        "trigger": "factors",
        "reason": "没有蒸汽",
        "preset": "own",
        **pairs,
    }
    answered = as_("officer").post(f"/projects/{project.code}/transfer", data=form)
    page = read(answered)
    assert answered.status_code == 422 and "税收的分享比例合计是 1.1" in page and "没有蒸汽" in page
    assert 'id="share_tax-landing-err"' in page and 'id="share_count-landing-err"' not in page
    form["share_tax-landing"] = "50"
    assert as_("officer").post(f"/projects/{project.code}/transfer", data=form).status_code == 303
    assert db.session.scalars(select(Transfer)).one().reason == "没有蒸汽"


def test_not_to_oneself_not_twice_not_of_what_has_ended(call: Call, world: World, project: Project) -> None:
    same = propose(call, project, to=ETDZ)
    assert same.status_code == 422 and same.get_json()["errors"][0]["field"] == "to"
    assert propose(call, project, to="LYG-NONE").status_code == 422
    assert propose(call, project).status_code == 201
    assert propose(call, project).status_code == 409
    for status in (Status.TERMINATED, Status.LOST):
        other = world.project(ETDZ, name=f"结束的{status}", total="60000", status=status)
        db.session.commit()
        refused = propose(call, other)
        assert refused.status_code == 422 and "不能流转" in read(refused)
    assert propose(call, world.project(XUWEI, name="别处的")).status_code == 404


def test_only_the_two_zones_and_who_stands_above_them_see_it(
    call: Call, world: World, project: Project
) -> None:
    made = propose(call, project).get_json()
    path = f"/transfers/{made['id']}"
    for login in ("officer", "chief", "officer2", CHIEF2, "bureau"):
        assert call(login, "GET", path).status_code == 200, login
        assert [one["id"] for one in call(login, "GET", "/transfers").get_json()["items"]] == [made["id"]]
    assert [call(login, "GET", path).status_code for login in ("county", "specialist")] == [404, 403]
    # The county reads what one of its zones gives or is asked for, the city's leaders all; none of them acts.
    near = propose(call, world.project(ETDZ, name="去赣榆的项目"), to="LYG-GANYU").get_json()
    for login in ("county", "leader"):
        assert call(login, "GET", f"/transfers/{near['id']}").status_code == 200, login
        page = read(world.client(login).get(f"/filings/transfers/{near['id']}"))
        assert "去赣榆的项目" in page and "撤回流转" not in page and "答复流转" not in page
        assert call(login, "POST", f"/transfers/{near['id']}/withdraw", {"reason": "试"}).status_code == 403
    factories.account(Person("third", "第三方", Role.CHIEF, other_zone(world), "主要负责人"))
    db.session.commit()
    browser = world.client("third")
    assert browser.get(f"/filings/transfers/{made['id']}").status_code == 404
    assert project.name not in read(browser.get("/filings/transfers?state=all"))
    # Asked is not yet told: the project itself opens with the acceptance alone.
    assert call("officer2", "GET", f"/projects/{project.code}").status_code == 404


def test_a_confidential_project_stays_without_name_until_it_is_received(
    call: Call, world: World, project: Project, as_: Any
) -> None:
    project.confidential = True
    db.session.commit()
    made = propose(call, project).get_json()
    seen = call(CHIEF2, "GET", f"/transfers/{made['id']}").get_json()
    assert (seen["investor"], seen["project"]["name"]) == ("某企业", "保密项目")
    assert "雷泽" not in read(as_(CHIEF2).get(f"/filings/transfers/{made['id']}"))
    answer(call, seen)
    grants = db.session.scalars(select(Grant).where(Grant.source == "transfer")).all()
    assert {grant.unit_id for grant in grants} == {None}
    assert world.users["officer"].id in {grant.user_id for grant in grants}
    assert call("officer2", "GET", f"/projects/{project.code}").get_json()["company"]["name"] == "某企业"


def test_a_refusal_has_a_reason_and_leads_to_the_next_zone_or_the_city(
    call: Call, world: World, project: Project
) -> None:
    made = propose(call, project).get_json()
    assert answer(call, made, accept=False).status_code == 422
    assert answer(call, made, login="chief").status_code == 403
    assert answer(call, made, login="officer2").status_code == 403
    made = answer(call, made, accept=False, reason="没有地").get_json()
    assert call(CHIEF2, "GET", f"/transfers/{made['id']}").status_code == 404
    made = call("officer", "GET", f"/transfers/{made['id']}").get_json()
    assert made["state"] == "refused" and made["offers"][0]["reason"] == "没有地"
    path = f"/transfers/{made['id']}/offer"
    again = call("officer", "POST", path, {"to": XUWEI}, made["version"])
    assert again.status_code == 422 and "已经答复不接收" in read(again)
    made = call("officer", "POST", path, {"to": other_zone(world)}, made["version"]).get_json()
    assert made["state"] == "waiting" and len(made["offers"]) == 2


def test_the_city_assigns_what_it_was_asked_to_and_what_nobody_answered(
    call: Call, world: World, project: Project
) -> None:
    made = propose(call, project).get_json()
    path = f"/transfers/{made['id']}/assign"
    early = call("bureau", "POST", path, {"to": XUWEI}, made["version"])
    assert early.status_code == 409 and "答复时限内" in read(early)
    transfer = db.session.get_one(Transfer, made["id"])
    transfer.due_on = clock.today() - timedelta(days=1)
    db.session.commit()
    made = call("bureau", "GET", f"/transfers/{made['id']}").get_json()
    assert made["state"] == "city"
    assert answer(call, made).status_code == 409
    assert call("officer", "POST", path, {"to": XUWEI}, made["version"]).status_code == 403
    assert call("bureau", "POST", path, {"to": ETDZ}, made["version"]).status_code == 422
    body = {"to": XUWEI, "shares": [{"first": "0.3", "landing": "0.7"}]}
    done = call("bureau", "POST", path, body, made["version"]).get_json()
    assert (done["state"], done["to_zone"]) == ("done", XUWEI)
    assert [one["answer"] for one in done["offers"]] == ["expired", "assigned"]
    assert {one["first"] for one in done["shares"]} == {"0.3"}
    assert call("officer2", "GET", f"/projects/{project.code}").get_json()["owner"] is None


def test_the_job_finds_what_was_not_answered_whenever_it_runs(call: Call, project: Project) -> None:
    made = propose(call, project).get_json()
    assert jobs.transfers(clock.now()).startswith("没有")
    late = clock.now() + timedelta(days=30)
    assert jobs.transfers(late).startswith("1 项") and jobs.transfers(late).startswith("没有")
    db.session.commit()
    assert call("bureau", "GET", f"/transfers/{made['id']}").get_json()["state"] == "city"
    told = db.session.scalars(select(Notice.text).where(Notice.kind == "transfer")).all()
    assert any("请指派板块" in text for text in told)


def test_the_bureau_does_not_assign_what_it_proposed_itself(call: Call, project: Project) -> None:
    made = propose(call, project, to=None, login="bureau").get_json()
    path = f"/transfers/{made['id']}/assign"
    assert call("bureau", "POST", path, {"to": XUWEI}, made["version"]).status_code == 403
    assert call("bureau2", "POST", path, {"to": XUWEI}, made["version"]).status_code == 200


def test_nobody_can_take_it_and_it_is_withdrawn(call: Call, project: Project) -> None:
    made = propose(call, project, to=None).get_json()
    path = f"/transfers/{made['id']}"
    assert call("bureau", "POST", f"{path}/assign", {"to": None}, made["version"]).status_code == 422
    body = {"to": None, "reason": "全市没有合适的园区"}
    made = call("bureau", "POST", f"{path}/assign", body, made["version"]).get_json()
    assert made["state"] == "refused"
    body = {"reason": "改在本板块租厂房"}
    made = call("officer", "POST", f"{path}/withdraw", body, made["version"]).get_json()
    assert made["state"] == "withdrawn"
    assert call("officer", "POST", f"{path}/withdraw", body, made["version"]).status_code == 409
    assert propose(call, project).status_code == 201


def test_the_protection_goes_on_for_the_landing_zone(call: Call, world: World, project: Project) -> None:
    assert project.company_id is not None and project.zone_id is not None
    today = clock.today()
    filing = Filing(
        project_id=project.id, zone_id=project.zone_id, company_id=project.company_id, filed_at=clock.now(),
        filed_by=world.users["officer"].id,
        contact_on=today, months=6, extension_months=3, state="accepted", protected_from=today,
        protected_until=today + timedelta(days=100),
    )  # fmt: skip
    db.session.add(filing)
    db.session.commit()
    answer(call, propose(call, project).get_json())
    db.session.expire_all()
    assert (filing.zone_id, filing.state.value) == (world.zone(XUWEI).id, "accepted")
    assert filing.protected_until == today + timedelta(days=100)
    assert call("officer2", "GET", f"/filings/{filing.id}").status_code == 200
    # Who hears of it from now on sits in the landing zone.
    db.session.execute(delete(Notice))
    version = db.session.get_one(Filing, filing.id).version
    said = {"offence": "poaching", "reason": "试", "basis": "连招组办〔2026〕5号"}
    assert call("bureau", "POST", f"/filings/{filing.id}/sanctions", said, version).status_code == 201
    chief = db.session.scalars(select(User.id).where(User.login == CHIEF2)).one()
    assert set(db.session.scalars(select(Notice.user_id))) == {chief}


def signed(project: Project, on: date) -> None:
    project.stage = Stage.SIGNED
    factories.recognised(project, on)
    db.session.commit()


def test_pitfall_4_a_transferred_project_is_counted_once_in_the_city_total(
    call: Call, world: World, project: Project
) -> None:
    """Both boards are updated, each zone reads its own part."""
    factories.quota_plan(clock.today().year)
    db.session.commit()
    answer(call, propose(call, project, shares=[{"first": "0.4", "landing": "0.6"}]).get_json())
    db.session.expire_all()
    signed(project, clock.today())
    first, landing = quota(call, "officer", ETDZ), quota(call, "officer2", XUWEI)
    assert (first["counted"], landing["counted"]) == ("0.4", "0.6")
    assert (first["first_talks"], landing["first_talks"]) == (1, 0)
    whole = call("bureau", "GET", f"/quotas?year={clock.today().year}").get_json()
    assert sum(float(line["counted"]) for line in whole["lines"]) == 1
    assert next(one for one in whole["city"] if one["threshold"] == "1000000")["counted"] == "1"


def test_what_was_recognised_before_stays_and_asks_to_be_recognised_anew(
    call: Call, world: World, project: Project
) -> None:
    # On New Year's Day what was recognised before is counted in the year before.
    before = clock.today() - timedelta(days=1)
    factories.quota_plan(before.year)
    signed(project, before)
    answer(call, propose(call, project).get_json())
    first = quota(call, "officer", ETDZ, before.year)
    landing = quota(call, "officer2", XUWEI, before.year)
    assert (first["counted"], landing["counted"]) == ("1", "0")
    assert db.session.scalars(select(Milestone)).one().needs_again


def test_the_project_comes_back_and_has_all_of_its_credit(call: Call, world: World, project: Project) -> None:
    answer(call, propose(call, project).get_json())
    back = propose(call, project, to=ETDZ, login="officer2").get_json()
    assert (back["first_zone"], back["from_zone"]) == (ETDZ, XUWEI)
    answer(call, back, login="chief")
    shares = call("officer", "GET", f"/projects/{project.code}").get_json()["credits"]
    assert {(one["zone"], one["share"]) for one in shares} == {(ETDZ, "1")}


def test_a_name_that_is_known_there_is_refused_and_nothing_moves(
    call: Call, world: World, project: Project
) -> None:
    twin = world.project(XUWEI, name=project.name, total="60000")
    twin.company_id = project.company_id
    db.session.commit()
    made = propose(call, project).get_json()
    refused = answer(call, made)
    assert refused.status_code == 422 and twin.code in read(refused)
    assert call("officer", "GET", f"/transfers/{made['id']}").get_json()["state"] == "waiting"


def test_an_old_version_is_refused(call: Call, project: Project) -> None:
    made = propose(call, project).get_json()
    assert answer(call, made | {"version": made["version"] + 5}).status_code == 412


def test_the_pages_offer_what_may_be_done_and_the_sheet_prints(
    call: Call, world: World, project: Project, as_: Any
) -> None:
    made = propose(call, project).get_json()
    path = f"/filings/transfers/{made['id']}"
    assert "答复流转" in read(as_(CHIEF2).get(path)) and "撤回流转" in read(as_("officer").get(path))
    assert "答复流转" not in read(as_("officer2").get(path))
    bad = as_(CHIEF2).post(f"{path}/answer", data={"answer-answer": "no", "answer-version": made["version"]})
    assert bad.status_code == 422 and "没有写原因" in read(bad)
    form = {"answer-answer": "yes", "answer-version": made["version"], "answer-contact": "赵主任"}
    assert as_(CHIEF2).post(f"{path}/answer", data=form).status_code == 303
    sheet = read(as_("officer").get(f"{path}/sheet"))
    assert "流转确认单" in sheet and "赵主任" in sheet and "个数 50.0% : 50.0%" in sheet
    listed = read(as_("officer2").get("/filings/transfers?state=done"))
    assert project.name in listed and "导出" in listed


def test_the_sealed_sheet_becomes_a_file_of_the_project(
    call: Call, world: World, project: Project, as_: Any
) -> None:
    from tests import papers

    made = answer(call, propose(call, project).get_json()).get_json()
    path = f"/filings/transfers/{made['id']}/sheet"
    assert as_("officer2").post(path, data={}).status_code == 422
    done = as_("officer2").post(path, data={"sheet-file": (io.BytesIO(papers.pdf()), "确认单.pdf")})
    assert done.status_code == 303, read(done)
    paper = call("officer2", "GET", f"/transfers/{made['id']}").get_json()["sheet"]
    files = call("officer2", "GET", f"/projects/{project.code}/attachments").get_json()["items"]
    assert [(one["id"], one["kind"]) for one in files] == [(paper, AttachmentKind.TRANSFER.value)]
    assert "确认单.pdf" in read(as_("officer").get(f"/filings/transfers/{made['id']}"))


def test_a_project_that_ends_closes_its_transfer(call: Call, world: World, project: Project) -> None:
    made = propose(call, project).get_json()
    actions.drop_transfer(world.actor("chief"), db.session.get_one(Project, project.id), clock.now())
    db.session.commit()
    assert call("officer", "GET", f"/transfers/{made['id']}").get_json()["state"] == "withdrawn"
