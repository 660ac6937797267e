"""An officer leaves: everything he held goes on with colleagues, and nothing disappears (pitfall 16)."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from crm.accounts.models import Post
from crm.assignments.models import Assignment, Handover, HandoverItem
from crm.assignments.rules import AssignmentKind, Part
from crm.audit.models import AuditEvent
from crm.chains import queries as chains
from crm.companies.models import Company, CompanyLink, Contact
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.actor import Role
from crm.core.db import db
from crm.filings.models import Filing
from crm.followups.models import Followup
from crm.followups.rules import DutyKind
from crm.notices.models import Notice
from crm.projects.models import Project
from crm.projects.rules import Status
from crm.targeting.models import Target
from tests import factories
from tests.factories import Person, World
from tests.strangers import read

ETDZ, XUWEI = "LYG-ETDZ", "LYG-XUWEI"
COLLEAGUE = "etdz-colleague"


@pytest.fixture
def leaving(world: World) -> World:
    """The officer holds one of everything; a colleague and the specialist can take it."""
    factories.account(Person(COLLEAGUE, "接手专员", Role.OFFICER, ETDZ, "招商专员"))
    owner, firm = world.users["officer"], world.company("江苏雷泽光电股份有限公司", zone_code=ETDZ)
    link = db.session.scalars(select(CompanyLink).where(CompanyLink.company_id == firm.id)).one()
    link.owner_id = owner.id
    db.session.add(
        Contact(
            company_id=firm.id, zone_id=link.zone_id, name="王总", post="董事长", phone_mask="138****1234"
        )
    )
    project = world.project(ETDZ, name="雷泽项目", investor=firm, owner_id=owner.id)
    world.project(ETDZ, name="早已流失的项目", owner_id=owner.id, status=Status.LOST)
    factories.followup(owner, about=project, what="回复蒸汽价格")
    factories.followup(owner, firm, what="用地指标", kind=DutyKind.DEMAND)
    node = chains.node_by_code("PETRO-0201")
    assert node is not None and project.zone_id is not None
    today = clock.today()
    db.session.add_all(
        [
            Target(
                company_id=firm.id, node_id=node.id, zone_id=project.zone_id, owner_id=owner.id,
                progress=LinkProgress.TALKING, progress_on=today,
            ),
            Filing(
                project_id=project.id, zone_id=project.zone_id, company_id=firm.id, filed_by=owner.id,
                filed_at=clock.now(), contact_on=today, months=6, extension_months=3,
            ),
            Assignment(
                project_id=project.id, kind=AssignmentKind.SPECIALIST, user_id=owner.id,
                starts_on=today - timedelta(days=9),
            ),
        ]
    )  # fmt: skip
    db.session.commit()
    return world


def left(world: World) -> None:
    """His account is disabled and his post ended."""
    user = world.users["officer"]
    user.active = False
    for post in db.session.scalars(select(Post).where(Post.user_id == user.id)):
        post.ends_on = clock.today() - timedelta(days=1)
        post.starts_on = min(post.starts_on, post.ends_on)
    db.session.commit()


def give(world: World, login: str = "chief", **body: Any) -> Any:
    sent = {"person": "officer", "everything": COLLEAGUE, "note": "王总只接微信，周五前回价格", **body}
    return world.app.test_client().post("/api/v1/handovers", json=sent, headers=world.token(login))


@pytest.mark.parametrize("gone", [False, True])
def test_everything_goes_over_in_one_act_also_of_somebody_who_is_gone(leaving: World, gone: bool) -> None:
    if gone:
        left(leaving)
    answer = give(leaving)
    assert answer.status_code == 201, read(answer)
    assert {one["part"] for one in answer.get_json()["items"]} == {part.value for part in Part}
    db.session.expire_all()
    to = db.session.scalar(select(Target.owner_id))
    assert to is not None and to != leaving.users["officer"].id
    project = db.session.scalars(select(Project).where(Project.name == "雷泽项目")).one()
    filing = db.session.scalars(select(Filing)).one()
    assert {project.owner_id, filing.owner_id, db.session.scalar(select(CompanyLink.owner_id))} == {to}
    assert filing.filed_by == leaving.users["officer"].id
    assert set(db.session.scalars(select(Followup.owner_id))) == {to}
    terms = db.session.execute(select(Assignment.user_id, Assignment.starts_on, Assignment.ends_on)).all()
    assert (to, clock.today(), None) in [tuple(term) for term in terms] and len(terms) == 2
    # What has ended keeps its name.
    lost = db.session.scalars(select(Project).where(Project.status == Status.LOST)).one()
    assert lost.owner_id == leaving.users["officer"].id
    told = db.session.scalars(select(Notice.text).where(Notice.user_id == to)).all()
    assert any("工作移交给您：项目1" in text for text in told)
    assert db.session.scalar(select(func.count(AuditEvent.id)).where(AuditEvent.code == "handover.made")) == 1


def test_contacts_remain_for_the_zone(leaving: World) -> None:
    """Pitfall 16."""
    give(leaving)
    left(leaving)
    firm = db.session.scalars(select(Company).where(Company.name == "江苏雷泽光电股份有限公司")).one()
    page = read(leaving.client(COLLEAGUE).get(f"/companies/{firm.id}"))
    assert "王总" in page and "138****1234" in page and "接手专员" in page


def test_parts_go_to_several_colleagues_and_some_stay(leaving: World) -> None:
    answer = give(
        leaving, everything=None, parts={"projects": COLLEAGUE, "followups": "chief", "demands": None}
    )
    items = answer.get_json()["items"]
    assert {one["part"]: one["to"] for one in items} == {
        "projects": "接手专员",
        "followups": leaving.users["chief"].name,
    }
    assert db.session.scalar(select(CompanyLink.owner_id)) == leaving.users["officer"].id
    again = give(leaving, everything=None, parts={"projects": COLLEAGUE})
    assert again.status_code == 422 and "没有可移交的" in read(again)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"note": " "}, "没有写移交说明"),
        ({"everything": "officer"}, "不能移交给本人"),
        ({"everything": "officer2"}, "不是本板块的在岗人员"),
        ({"everything": None}, "没有选接手人"),
        ({"note": "长" * 2001}, "2000"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_moves(leaving: World, body: dict[str, Any], words: str) -> None:
    refused = give(leaving, **body)
    assert refused.status_code == 422 and words in read(refused)
    assert db.session.scalar(select(Handover.id)) is None
    assert db.session.scalar(select(CompanyLink.owner_id)) == leaving.users["officer"].id


def test_a_failure_in_one_part_moves_none(leaving: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from crm.assignments.actions import handing
    from crm.core.errors import RuleBroken

    def refuse(*_: Any) -> None:
        raise RuleBroken("报备正在核定。")

    monkeypatch.setitem(
        handing._HANDINGS, Part.FILINGS, replace(handing._HANDINGS[Part.FILINGS], give=refuse)
    )
    assert give(leaving).status_code == 422
    db.session.expire_all()
    assert db.session.scalar(select(HandoverItem.id)) is None
    assert db.session.scalar(select(CompanyLink.owner_id)) == leaving.users["officer"].id


def test_only_the_zones_chief_and_the_bureau_hand_over(leaving: World) -> None:
    for login in ("officer", COLLEAGUE, "county", "leader"):
        assert give(leaving, login).status_code == 403, login
    factories.account(Person("xuwei-chief", "徐圩负责人", Role.CHIEF, XUWEI, "主要负责人"))
    db.session.commit()
    assert give(leaving, "xuwei-chief").status_code == 404
    browser = leaving.client("xuwei-chief")
    assert browser.get(f"/assignments/handovers/of/{leaving.users['officer'].id}").status_code == 404
    assert give(leaving, "bureau", zone=ETDZ).status_code == 201
    made = db.session.scalar(select(Handover.id))
    assert browser.get(f"/assignments/handovers/{made}").status_code == 404
    assert leaving.client(COLLEAGUE).get(f"/assignments/handovers/{made}").status_code == 200


def test_the_page_shows_what_is_held_and_the_sheet_what_went_over(leaving: World, as_: Any) -> None:
    left(leaving)
    chief = as_("chief")
    people = read(chief.get("/assignments/handovers"))
    assert "已离岗" in people or "账号已停用" in people
    path = f"/assignments/handovers/of/{leaving.users['officer'].id}"
    page = read(chief.get(path))
    for words in ("雷泽项目", "江苏雷泽光电股份有限公司", "回复蒸汽价格", "用地指标"):
        assert words in page
    assert "早已流失的项目" not in page
    to = re.findall(r'<option value="(\d+)">接手专员', page)[0]
    bad = chief.post(path, data={"everything": to, "note": ""})
    assert bad.status_code == 422 and "移交说明没有填" in read(bad)
    done = chief.post(path, data={"everything": to, "targets": "keep", "note": "周五前回价格"})
    assert done.status_code == 303
    sheet = read(chief.get(done.headers["Location"]))
    assert "工作移交单" in sheet and "周五前回价格" in sheet and sheet.count("接手专员") >= 5
    assert 'id="companies"' in sheet and 'id="targets"' not in sheet


@pytest.mark.parametrize("kept", list(Part))
def test_the_banner_counts_exactly_what_the_handover_lists_of_every_part(
    leaving: World, as_: Any, kept: Part
) -> None:
    """Whatever is the only part that is left, it is counted, and the count leads to its list."""
    left(leaving)
    give(leaving, parts={kept.value: None})
    chief, officer = as_("chief"), leaving.users["officer"].id
    page = read(chief.get("/assignments/handovers"))
    path = f"/assignments/handovers/of/{officer}"
    assert "1人已离岗，名下还有没移交的工作" in page and f"{leaving.users['officer'].name}1件</a>" in page
    assert re.findall(rf'href="{path}#(\w+)">(\d+)<', page) == [(kept.value, "1")]
    listed = read(chief.get(path))
    assert (
        re.findall(r'<section class="panel clip" id="(\w+)">', listed) == [kept.value] and "名下1件" in listed
    )
    assert give(leaving).status_code == 201
    assert "没移交的工作" not in read(chief.get("/assignments/handovers"))


def test_one_kind_is_shared_out_among_several_on_the_one_page(leaving: World, as_: Any) -> None:
    """Ticked things are given out step by step, without a script; nothing moves before the end."""
    officer, other, mine = (leaving.users[login].id for login in ("officer", "specialist", "chief"))
    duties = [factories.followup(leaving.users["officer"], what=f"第{n}件") for n in range(4)]
    db.session.commit()
    ids = [f"followups:{duty.id}" for duty in duties]
    chief, path = as_("chief"), f"/assignments/handovers/of/{officer}"
    page = read(chief.post(path, data={"act": "share", "ids": ids[:2], "receiver": other, "note": "看附件"}))
    assert "已分好2件，还没有移交" in page and "看附件" in page
    chosen = re.findall(r'name="chosen" value="([^"]+)"', page)
    assert chosen == [f"{one}:{other}" for one in ids[:2]]
    # One more stays, one is given back to its kind.
    page = read(chief.post(path, data={"act": "share", "ids": ids[2], "receiver": "keep", "chosen": chosen}))
    chosen = re.findall(r'name="chosen" value="([^"]+)"', page)
    page = read(chief.post(path, data={"act": "share", "ids": ids[0], "receiver": "", "chosen": chosen}))
    chosen = re.findall(r'name="chosen" value="([^"]+)"', page)
    assert chosen == [f"{ids[1]}:{other}", f"{ids[2]}:keep"]
    assert "没有勾选" in read(chief.post(path, data={"act": "share"}))
    assert {duty.owner_id for duty in duties} == {officer} and db.session.scalar(select(Handover.id)) is None
    wrong = chief.post(path, data={"chosen": f"{ids[0]}:{officer}", "note": "看附件"})
    assert wrong.status_code == 422 and "不能移交给本人" in read(wrong)
    done = chief.post(path, data={"chosen": chosen, "followups": mine, "note": "看附件"})
    assert done.status_code == 303
    db.session.expire_all()
    assert [duty.owner_id for duty in duties] == [mine, other, officer, mine]
    told = db.session.scalars(select(Notice.text).where(Notice.user_id == other)).all()
    assert any(text.endswith("工作移交给您：跟进1。请看移交说明。") for text in told)


def test_single_things_over_the_api_and_what_is_gone_meanwhile(leaving: World) -> None:
    duty = factories.followup(leaving.users["officer"], what="单独一件")
    db.session.commit()
    body = {"everything": None, "single": {"followups": {str(duty.id): "specialist"}}}
    made = give(leaving, **body)
    assert made.status_code == 201, read(made)
    assert [(one["label"], one["part"]) for one in made.get_json()["items"]] == [("单独一件", "followups")]
    again = give(leaving, **body)
    assert again.status_code == 422 and "已不在名下" in read(again)


def test_holding_is_read_in_a_fixed_number_of_queries(leaving: World, count_queries: Any) -> None:
    counts = []
    for _ in range(2):
        for n in range(5):
            leaving.project(ETDZ, name=f"又一个{n}", owner_id=leaving.users["officer"].id)
        db.session.commit()
        browser = leaving.client("chief")
        with count_queries() as statements:
            browser.get("/assignments/handovers")
        counts.append(len(statements))
    assert counts[0] == counts[1]
