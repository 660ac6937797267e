"""The bureau decides on many submissions at once: each on its own, each with its own date or reason."""

import re
from datetime import timedelta
from typing import Any

from crm.core.db import db
from crm.pipeline import queries
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.projects.models import Project
from crm.projects.rules import Stage
from tests.factories import World, milestone, quota_plan
from tests.pipeline.test_actions import SIGNED, TODAY, submit

Call = Any


def waiting(world: World, login: str = "officer", **values: Any) -> tuple[Project, Any]:
    project = world.project(stage=Stage.INTENT, **values)
    return project, submit(world, project, login=login)


def state_of(project: Project) -> MilestoneState:
    db.session.expire_all()
    found = queries.milestone_of(project, SIGNED)
    assert found is not None
    return found.state


def test_each_row_is_decided_on_its_own_and_the_refused_stay(world: World, call: Call) -> None:
    (good, a), (own, b), (late, c), (back, d) = (
        waiting(world),
        waiting(world, "bureau"),
        waiting(world),
        waiting(world),
    )
    db.session.commit()
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    body = {
        "items": [
            {"id": a.id, "verdict": "recognise", "recognised_on": TODAY.isoformat(), "version": a.version},
            {"id": b.id, "verdict": "recognise"},
            {"id": c.id, "verdict": "recognise", "recognised_on": tomorrow},
            {"id": d.id, "verdict": "return", "reason": "协议缺骑缝章"},
            {"id": 999_999, "verdict": "return", "reason": "无"},
        ]
    }
    answer = call("bureau", "post", "/recognition/decide", body).json
    assert (answer["done"], answer["refused"]) == (2, 3)
    said = [(item["done"], item["message"]) for item in answer["items"]]
    assert said[0][0] and "统计日期" in said[0][1]
    assert said[1] == (False, "不能处理自己申报的里程碑。请由另一位同事办理。")
    assert said[2] == (False, "统计日期晚于今天。请填今天或更早。")
    assert said[3] == (True, "已退回") and not said[4][0]
    assert [state_of(p) for p in (good, own, late, back)] == [
        MilestoneState.RECOGNISED,
        MilestoneState.PENDING,
        MilestoneState.PENDING,
        MilestoneState.RETURNED,
    ]
    again = call("bureau2", "post", "/recognition/decide", {"items": body["items"][:1]}).json
    assert not again["items"][0]["done"] and "刚被修改或已由他人处理" in again["items"][0]["message"]


def test_only_the_bureau_decides_on_many(world: World, call: Call) -> None:
    _, stone = waiting(world)
    db.session.commit()
    body = {"items": [{"id": stone.id, "verdict": "recognise"}]}
    for login in ("officer", "chief", "county", "leader", "auditor"):
        assert call(login, "post", "/recognition/decide", body).status_code == 403
    assert call("bureau", "post", "/recognition/decide", {"items": []}).status_code == 422
    wrong = {"items": [{"id": stone.id, "verdict": "maybe"}]}
    assert call("bureau", "post", "/recognition/decide", wrong).status_code == 422


def test_the_page_decides_on_the_ticked_rows_with_their_own_values(world: World, as_: Any) -> None:
    (first, a), (second, b), (third, c) = waiting(world), waiting(world), waiting(world)
    db.session.commit()
    form: dict[str, Any] = {
        "act": "recognise",
        "ids": [str(a.id), str(b.id)],
        f"on-{a.id}": TODAY.isoformat(),
        f"version-{a.id}": str(a.version),
        f"on-{b.id}": "去年某天",
        f"on-{c.id}": TODAY.isoformat(),
    }
    answer = as_("bureau").post("/recognition/decide", data=form)
    assert answer.status_code == 422
    assert "已办1项" in answer.text and "1项没有办" in answer.text and "去年某天" in answer.text
    assert [state_of(p) for p in (first, second, third)] == [
        MilestoneState.RECOGNISED,
        MilestoneState.PENDING,
        MilestoneState.PENDING,
    ]
    form = {"act": "return", "ids": [str(b.id), str(c.id)], f"reason-{b.id}": "缺审查结论"}
    answer = as_("bureau").post("/recognition/decide?kind=signed", data=form)
    assert answer.status_code == 422 and "没有写退回原因" in answer.text
    assert [state_of(p) for p in (second, third)] == [MilestoneState.RETURNED, MilestoneState.PENDING]
    single = {"one": f"return:{c.id}", "ids": [str(a.id)], f"reason-{c.id}": "框架协议"}
    answer = as_("bureau").post("/recognition/decide?kind=signed", data=single)
    assert answer.status_code == 303 and answer.location.endswith("/recognition?kind=signed")
    assert state_of(third) is MilestoneState.RETURNED


def test_a_refusal_stands_at_the_field_it_belongs_to(world: World, as_: Any) -> None:
    (_, a), (_, b) = waiting(world), waiting(world)
    db.session.commit()
    form = {
        "act": "recognise",
        "ids": [str(a.id), str(b.id)],
        f"on-{a.id}": "去年某天",
        f"on-{b.id}": "2999-01-01",
    }
    page = as_("bureau").post("/recognition/decide", data=form).text
    for stone in (a, b):
        assert f'id="on-{stone.id}-err"' in page and f'aria-describedby="on-{stone.id}-err"' in page
    page = as_("bureau").post("/recognition/decide", data={"one": f"return:{a.id}"}).text
    assert f'id="reason-{a.id}-err"' in page and f'id="reason-{b.id}-err"' not in page
    for nothing in ({"act": "return"}, {"ids": [str(a.id)]}, {}, {"act": "return", "ids": ["x"]}):
        answer = as_("bureau").post("/recognition/decide", data=nothing)
        assert answer.status_code == 422 and "没有选中申报，没有办理" in answer.text


def test_a_refused_revocation_shows_that_milestone_with_its_form_open(
    world: World, as_: Any, call: Call
) -> None:
    project, _ = waiting(world)
    other, _ = waiting(world)
    db.session.commit()
    path = f"/projects/{project.code}/milestones/signed"
    for code in (project.code, other.code):
        call("bureau", "post", f"/projects/{code}/milestones/signed/recognise", {})
    answer = as_("bureau").post(f"{path}/revoke", data={"reason": " ", "back": "queue"})
    assert answer.status_code == 422 and project.code in answer.text and other.code not in answer.text
    assert re.search(
        r'<details class="confirm confirm-left" data-menu open><summary[^>]*>撤销认定', answer.text
    )
    assert re.search(r'id="v\d+-err"', answer.text), "beside the reason"
    wrong = {"reason": "写错了", "recognised_on": "2999-01-01", "back": "queue"}
    answer = as_("bureau").post(f"{path}/redate", data=wrong)
    assert answer.status_code == 422 and re.search(r'id="n\d+-err"', answer.text)
    assert "写错了" in answer.text and 'value="2999-01-01"' in answer.text, "what was typed stays"


def test_the_queue_shows_what_a_decision_needs(world: World, as_: Any, call: Call) -> None:
    quota_plan(TODAY.year)
    project, stone = waiting(world, total="1200000")
    stone.agreement_total = 1100000
    db.session.commit()
    call("bureau", "post", f"/projects/{project.code}/milestones/signed/return", {"reason": "缺骑缝章"})
    submit(world, project, agreement=None)
    stone.agreement_total = 1100000
    db.session.commit()
    page = as_("bureau").get("/recognition").text
    for words in ("不一致", "110.00亿元", "120.00亿元", "缺骑缝章", "张审查", "0 / 2 → 1 / 2"):
        assert words in page, words
    assert f'value="{stone.id}"' in page


def test_filters_by_how_long_it_has_waited(world: World, as_: Any, call: Call) -> None:
    from crm.core import clock

    old, fresh = world.project(name="等了很久的项目"), world.project(name="刚报的项目")
    milestone(old, submitted_at=clock.now() - timedelta(days=8))
    milestone(fresh)
    db.session.commit()
    page = as_("bureau").get("/recognition?waited=7").text
    assert old.name in page and fresh.name not in page and "7天以上" in page
    items = call("bureau", "get", "/recognition?waited=7&kind=signed").json["items"]
    assert [item["project"] for item in items] == [old.code]
    assert call("bureau", "get", "/recognition?zone=NONE").status_code == 422
    assert call("officer2", "get", "/recognition").json["items"] == []


def test_the_adjustments_of_a_month_lead_to_their_projects(world: World, as_: Any) -> None:
    from crm.core import clock
    from crm.pipeline import actions

    last = TODAY.replace(day=1) - timedelta(days=1)
    project = world.project(stage=Stage.INTENT)
    submit(world, project, happened_on=last)
    actions.lock_month(world.actor("bureau"), f"{last:%Y-%m}", TODAY, clock.now())
    actions.recognise(world.actor("bureau"), project, MilestoneKind.SIGNED, last, TODAY, clock.now())
    db.session.commit()
    page = as_("bureau").get(f"/recognition/adjustments?month={last:%Y-%m}").text
    assert project.name in page and f"/projects/{project.code}?tab=milestones" in page
    assert "没有调整" in as_("bureau").get("/recognition/adjustments?month=2020-01").text
    assert project.name in as_("officer").get("/recognition/adjustments").text
    assert project.name not in as_("officer2").get("/recognition/adjustments").text
    assert as_("bureau").get("/recognition/adjustments?month=13").status_code == 422
    assert "记入调整" in as_("bureau").get("/recognition/periods").text
    assert "结账后的调整" in as_("officer").get(f"/projects/{project.code}?tab=milestones").text
