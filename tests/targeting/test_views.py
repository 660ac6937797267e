"""The pages of targets: made from a company and from a link, changed in place, converted, ticked in the list."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.chains import queries as chains
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.db import db
from crm.followups.models import Followup
from crm.projects.models import Project
from crm.targeting import jobs
from crm.targeting.models import Campaign, CampaignTarget, Target, TargetSignal
from crm.tasks.models import Task
from tests import factories
from tests.factories import World

TODAY = clock.today()
SOON = (TODAY + timedelta(days=10)).isoformat()


@pytest.fixture
def target(world: World) -> Target:
    firm = world.company("江苏雷泽光电股份有限公司", zone_code="LYG-ETDZ", industry="化工原料")
    made = factories.target(firm, owner_id=world.users["officer"].id)
    db.session.commit()
    return made


def fresh(target: Target) -> Target:
    db.session.expire_all()
    return db.session.get_one(Target, target.id)


def test_a_company_is_listed_from_its_page_at_several_links_with_a_next_step(world: World, as_) -> None:
    firm = world.company("甲化工有限公司")
    db.session.commit()
    officer = as_("officer")
    assert "甲化工有限公司" in officer.get(f"/targets/new?company={firm.id}").text
    nodes = [chains.node_by_code(code).id for code in ("PETRO-0201", "PETRO-0202")]
    form = {
        "company": firm.name, "company_id": str(firm.id), "node_ids-0": str(nodes[0]), "node_ids-1": str(nodes[1]),
        "entry_kind": "fund", "what": "约见", "due_on": SOON,
    }  # fmt: skip
    answer = officer.post("/targets/new", data=form)
    assert answer.status_code == 303, answer.text
    made = db.session.scalars(select(Target).order_by(Target.id)).all()
    assert [t.node_id for t in made] == nodes
    assert db.session.scalars(select(Followup.what)).all() == ["约见"]
    page = officer.get(f"/companies/{firm.id}").text
    assert page.count(f"/targets/{made[0].id}") == 1
    refused = officer.post("/targets/new", data=form | {"due_on": ""})
    assert (refused.status_code, "还要写日期" in refused.text) == (422, True)


def test_a_new_company_is_registered_on_the_way_and_the_link_waits(world: World, as_) -> None:
    answer = as_("officer").post("/targets/new", data={"company": "乙新材料有限公司", "node_ids-0": ""})
    assert answer.status_code == 303
    page = as_("officer").get(answer.headers["Location"]).text
    assert "还没有确认产业链环节" in page
    assert "转为项目" not in page


def test_the_page_of_another_zones_target_is_not_found(world: World, as_, target: Target) -> None:
    assert as_("officer").get(f"/targets/{target.id}").status_code == 200
    for login in ("officer2", "county", "dept"):
        assert as_(login).get(f"/targets/{target.id}").status_code == 404, login
    reader = as_("leader").get(f"/targets/{target.id}").text
    assert "修改切入点" not in reader
    assert as_("auditor").get("/targets").status_code == 403


def test_sections_are_changed_in_place(world: World, as_, target: Target) -> None:
    officer, path = as_("officer"), f"/targets/{target.id}"
    version = str(target.version)
    edit = {
        "entry_kind": "supplier",
        "entry_note": "链主供应商",
        "standing": "龙头",
        "owner_id": "",
        "version": version,
    }
    assert officer.post(f"{path}/edit", data=edit).status_code == 303
    assert officer.post(f"{path}/edit", data=edit).status_code == 409, "somebody was quicker"
    assert fresh(target).entry_note == "链主供应商"
    signal = {"what": "公告扩产", "happened_on": TODAY.isoformat(), "source": "公告"}
    assert officer.post(f"{path}/signals", data=signal).status_code == 303
    refused = officer.post(f"{path}/signals", data=signal | {"source": ""})
    assert (refused.status_code, "信息来源没有填" in refused.text) == (422, True)
    (kept,) = db.session.scalars(select(TargetSignal.id))
    assert officer.post(f"{path}/signals/{kept}/remove").status_code == 303
    assert officer.post(f"{path}/next", data={"what": "约见", "due_on": SOON}).status_code == 303
    assert "约见" in officer.get(path).text
    step = {"progress": "talking", "note": "见了董事长", "version": str(fresh(target).version)}
    assert officer.post(f"{path}/progress", data=step).status_code == 303
    assert fresh(target).progress is LinkProgress.TALKING
    node = {"node_id": str(chains.node_by_code("PETRO-0202").id), "version": str(fresh(target).version)}
    assert officer.post(f"{path}/node", data=node).status_code == 303
    assert "见了董事长" in officer.get(path).text


def test_enter_in_the_day_of_the_bar_presses_its_own_button(world: World, as_, target: Target) -> None:
    page = as_("officer").get("/targets").text
    bar = page[page.index('id="bulk"') :]
    assert bar.index('name="due_on"') < bar.index('value="next"') < bar.index('value="progress"')


def test_giving_up_and_taking_up(world: World, as_, target: Target) -> None:
    officer, path = as_("officer"), f"/targets/{target.id}"
    empty = officer.post(f"{path}/give-up", data={"reason": "", "version": str(target.version)})
    assert empty.status_code == 422
    given = {"reason": "外省扩产", "version": str(fresh(target).version)}
    assert officer.post(f"{path}/give-up", data=given).status_code == 303
    assert "外省扩产" in officer.get(path).text
    assert officer.post(f"{path}/take-up").status_code == 303
    assert fresh(target).progress is LinkProgress.UNTOUCHED


def test_a_target_becomes_a_project_and_both_pages_lead_to_each_other(
    world: World, as_, target: Target
) -> None:
    officer, path = as_("officer"), f"/targets/{target.id}/convert"
    assert "江苏雷泽光电股份有限公司乙烯项目" in officer.get(path).text
    answer = officer.post(path, data={"name": "雷泽乙烯项目", "project_id": ""})
    assert answer.status_code == 303
    code = db.session.scalars(select(Project.code)).one()
    assert code in officer.get(f"/targets/{target.id}").text
    assert f"/targets/{target.id}" in officer.get(f"/projects/{code}").text
    assert officer.get(path).headers["Location"].endswith(code)


def test_ticked_targets_are_worked_on_together_and_refusals_are_named(
    world: World, as_, target: Target
) -> None:
    gone = factories.target(world.company("丙化工有限公司"), progress=LinkProgress.GIVEN_UP)
    foreign = factories.target(world.company("丁化工有限公司"), zone_code="LYG-XUWEI")
    campaign = Campaign(name="行动", starts_on=TODAY, ends_on=TODAY)
    db.session.add(campaign)
    db.session.commit()
    officer, ids = as_("officer"), [target.id, gone.id, foreign.id]
    page = officer.post(
        "/targets/bulk", data={"ids": ids, "act": "progress", "progress": "contacted"}, follow_redirects=True
    ).text
    assert "已处理 1 家企业" in page
    assert "丙化工有限公司没有改" in page
    assert "另有 1 家企业当前岗位不能办理" in page
    officer.post("/targets/bulk", data={"ids": ids, "act": "campaign", "campaign_id": str(campaign.id)})
    assert sorted(db.session.scalars(select(CampaignTarget.target_id))) == sorted([target.id, gone.id])
    officer.post("/targets/bulk", data={"ids": ids, "act": "next", "due_on": SOON, "what": ""})
    assert db.session.scalars(select(Followup.origin)).all() == [f"target:{target.id}"]
    chief = world.users["chief"]
    officer.post("/targets/bulk", data={"ids": [target.id], "act": "owner", "owner_id": str(chief.id)})
    assert fresh(target).owner_id == chief.id
    for act in ("owner", "next", "progress", "campaign", "nothing"):
        again = officer.post("/targets/bulk", data={"ids": ids, "act": act}, follow_redirects=True).text
        assert "没有" in again, act


def test_proposals_are_confirmed_in_bulk_or_set_aside(world: World, as_) -> None:
    one = factories.target(world.company("甲有限公司", industry="化工原料"), None)
    other = factories.target(world.company("某某银行股份有限公司", industry="银行"), None)
    foreign = factories.target(world.company("别处有限公司", industry="化工原料"), None, "LYG-XUWEI")
    db.session.commit()
    officer = as_("officer")
    page = officer.get("/targets/pending").text
    assert "行业小类相同（化工原料）" in page
    assert "行业和名称都对不上任何环节" in page
    assert "别处有限公司" not in page
    node = chains.node_by_code("PETRO-0201").id
    form = {
        "ids": [one.id, foreign.id],
        f"node-{one.id}": str(node),
        f"node-{foreign.id}": str(node),
        "act": "confirm",
    }
    officer.post("/targets/pending", data=form)
    assert (fresh(one).node_id, fresh(foreign).node_id) == (node, None)
    nothing = officer.post(
        "/targets/pending",
        data={"ids": [other.id], f"node-{other.id}": "", "act": "confirm"},
        follow_redirects=True,
    )
    assert "环节没有选" in nothing.text
    officer.post("/targets/pending", data={"ids": [other.id], "act": "drop"})
    assert fresh(other).progress is LinkProgress.GIVEN_UP
    assert "没有待定环节的企业" in officer.get("/targets/pending").text


def test_a_whole_selection_of_sure_proposals_is_confirmed_at_once(
    world: World, as_, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that were shown and may be written, by ticked link; many of them by the worker, with the same outcome."""
    mine = [
        factories.target(world.company(f"甲{n}有限公司", industry="玻璃", business="高纯石英砂"), None)
        for n in range(4)
    ]
    foreign = factories.target(
        world.company("别处有限公司", industry="玻璃", business="高纯石英砂"), None, "LYG-XUWEI"
    )
    db.session.commit()
    officer = as_("officer")
    page = officer.get("/targets/pending/all").text
    node = chains.node_by_code("SILICON-0102").id
    assert "4 家把握大" in page and f'name="nodes" value="{node}"' in page
    none = officer.post("/targets/pending/all", data={"upto": mine[3].id}, follow_redirects=True).text
    assert "没有勾选环节" in none
    officer.post("/targets/pending/all", data={"nodes": [node], "upto": mine[1].id})
    assert [fresh(t).node_id for t in (*mine, foreign)] == [node, node, None, None, None]
    monkeypatch.setattr("crm.targeting.views.pending._INLINE", 1)
    answer = officer.post("/targets/pending/all", data={"nodes": [node], "upto": mine[3].id})
    assert "/tasks/" in answer.headers["Location"]
    task = db.session.scalars(select(Task)).one()
    told = jobs.confirm(task, lambda *_: None)
    assert told["message"] == "确认 2 家" and task.title == "确认 2 家企业的环节"
    assert [fresh(t).node_id for t in (*mine, foreign)] == [node] * 4 + [None]
    assert "没有把握大的建议" in officer.get("/targets/pending/all").text


def test_campaigns_are_made_changed_and_read(world: World, as_, target: Target) -> None:
    officer = as_("officer")
    node = str(chains.node_by_code("PETRO-0201").id)
    form = {
        "name": "补链行动",
        "starts_on": TODAY.isoformat(),
        "ends_on": SOON,
        "node_ids": [node],
        "owner_id": "",
    }
    answer = officer.post("/targets/campaigns/new", data=form)
    assert answer.status_code == 303
    (campaign,) = db.session.scalars(select(Campaign))
    officer.post(f"/targets/{target.id}/campaigns", data={"campaign_id": str(campaign.id)})
    page = officer.get(answer.headers["Location"]).text
    assert f"campaign={campaign.id}" in page
    assert "乙烯" in page
    late = officer.post("/targets/campaigns/new", data=form | {"name": "乙", "ends_on": "2020-01-01"})
    assert (late.status_code, "截止日期早于开始日期" in late.text) == (422, True)
    edit = f"/targets/campaigns/{campaign.id}/edit"
    changed = form | {"name": "改名", "version": str(campaign.version)}
    assert officer.post(edit, data=changed).status_code == 303
    assert officer.post(edit, data=changed).status_code == 409
    assert as_("officer2").get(edit).status_code == 404
    officer.post(f"/targets/{target.id}/campaigns/{campaign.id}/strike")
    assert db.session.scalars(select(CampaignTarget)).all() == []


def test_the_lists_address_narrows_it_and_each_chip_takes_one_away(world: World, as_, target: Target) -> None:
    page = as_("officer").get("/targets?chain=PETRO&node=PETRO-0201&progress=untouched&sort=name").text
    assert "江苏雷泽光电股份有限公司" in page
    assert "去掉筛选 环节 乙烯" in page
    assert "没有符合条件" in as_("officer").get("/targets?chain=STEEL").text
    assert "没有符合条件" in as_("officer").get("/targets?q=没有这家").text
