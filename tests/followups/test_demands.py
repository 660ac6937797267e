"""A demand is answered by a unit and closed by whom it was raised for."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm.accounts.permissions import OPINION, VISIT_LOG
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Conflict, NotFound, RuleBroken
from crm.core.paging import Window
from crm.followups import actions, queries
from crm.followups.models import Followup
from crm.followups.queries import DemandFilters
from crm.followups.rules import Draft, DutyKind, DutyState
from crm.followups.rules import demands as rules
from crm.followups.rules.demands import Confirmation, Confirmer, Satisfaction, Step
from crm.notices.models import Notice
from crm.projects import actions as projects
from crm.projects.rules import GrantLevel
from crm.settings import queries as settings
from tests import factories
from tests.factories import World

CONTENT = Confirmation(Confirmer.COMPANY, "王总 项目负责人", Satisfaction.SATISFIED)


def _soon(world: World, days: int = 5) -> date:
    return settings.calendar().add_working_days(world.today, days)


def _raised(world: World, **values: object) -> Followup:
    draft = Draft("希望明确二期用地预留", _soon(world), kind=DutyKind.DEMAND, category="用地")
    return actions.plan(world.actor("officer"), replace(draft, **values)).followup


def _asked(world: World, code: str = "LYG-D-STHJ", **values: object) -> Followup:
    duty = _raised(world, **values)
    actions.forward(world.actor("officer"), duty, world.unit(code).id, duty.due_on, world.today)
    return duty


def _answer(world: World, duty: Followup) -> None:
    actions.answer(world.actor("dept"), duty, "已列入年度供应计划", clock.now(), world.today)


@pytest.mark.parametrize(
    ("state", "answered", "step"),
    [
        (DutyState.OPEN, None, Step.WAITING),
        (DutyState.OPEN, clock.now(), Step.ANSWERED),
        (DutyState.DONE, clock.now(), Step.CLOSED),
        (DutyState.DONE, None, Step.CLOSED),
        (DutyState.CANCELLED, None, Step.CANCELLED),
    ],
)
def test_where_a_demand_stands_is_derived(state: DutyState, answered: object, step: Step) -> None:
    assert rules.step_of(state, answered) is step  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "days", "late", "light"),
    [
        (Step.WAITING, 9, 0, "ok"),
        (Step.WAITING, 2, 0, "warn"),
        (Step.ANSWERED, 0, 0, "warn"),
        (Step.ANSWERED, -3, 2, "bad"),
        (Step.CLOSED, -3, 0, "off"),
    ],
)
def test_the_light_says_what_is_waited_for(step: Step, days: int, late: int, light: str) -> None:
    today = date(2026, 11, 23)
    found = rules.light(step, today + timedelta(days=days), late, today)
    assert found.state == light and found.reason.startswith(step.label)


@pytest.mark.parametrize(
    ("said", "may_lead", "field"),
    [
        (replace(CONTENT, satisfaction=None), False, "satisfaction"),
        (replace(CONTENT, satisfaction=Satisfaction.DISSATISFIED), True, "satisfaction"),
        (replace(CONTENT, name=" "), False, "name"),
        (Confirmation(Confirmer.LEADER, "钟主任", note="已会商"), False, "by"),
        (Confirmation(Confirmer.LEADER, "钟主任"), True, "note"),
    ],
)
def test_what_is_not_settled_is_not_closed(said: Confirmation, may_lead: bool, field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        rules.check_confirmation(Step.ANSWERED, said, may_lead)
    assert refused.value.field == field


def test_a_company_confirms_only_what_was_answered() -> None:
    with pytest.raises(Conflict):
        rules.check_confirmation(Step.WAITING, CONTENT, True)
    rules.check_confirmation(Step.WAITING, Confirmation(Confirmer.LEADER, "钟主任", note="已会商"), True)


def test_a_demand_lives_from_raising_to_the_companys_word(world: World) -> None:
    officer, today = world.actor("officer"), world.today
    duty = _asked(world, company_id=world.company("启澜储能有限公司").id)
    assert db.session.scalars(select(Notice.text).where(Notice.user_id == world.users["dept"].id)).all()
    _answer(world, duty)
    row = queries.demand(officer, duty.id, today)
    assert (row.step, row.duty.answer) == (Step.ANSWERED, "已列入年度供应计划")
    assert duty.due_on == settings.calendar().add_working_days(today, settings.value("demand_confirm_days"))
    assert row.answer_due_on == duty.first_due_on
    actions.confirm(officer, duty, CONTENT, clock.now())
    row = queries.demand(officer, duty.id, today)
    assert (row.step, row.satisfaction, row.duty.open) == (Step.CLOSED, Satisfaction.SATISFIED, False)
    titles = [step.title for step in queries.history(row.duty)]
    assert titles[0].startswith("由企业确认销号") and titles[1] == "答复" and titles[2].startswith("指定")


def test_nobody_completes_a_demand_without_the_companys_word(world: World) -> None:
    duty = _asked(world)
    with pytest.raises(RuleBroken, match="确认才能销号"):
        actions.complete(world.actor("officer"), duty, "办好了")
    actions.complete(world.actor("officer"), duty, "当面问过", closed_by="visit:1")
    row = queries.demand(world.actor("officer"), duty.id, world.today)
    assert (row.step, row.confirmed_by, duty.confirmed_by_company) == (Step.CLOSED, Confirmer.COMPANY, True)


def test_what_was_not_settled_after_all_is_opened_again_with_a_new_day(world: World) -> None:
    duty = _asked(world)
    _answer(world, duty)
    actions.confirm(world.actor("officer"), duty, CONTENT, clock.now())
    day = _soon(world, 8)
    actions.reopen(world.actor("officer"), duty, "红线图没有给", day, world.today)
    row = queries.demand(world.actor("officer"), duty.id, world.today)
    assert (row.step, row.reopened, row.satisfaction, duty.due_on) == (Step.WAITING, 1, None, day)
    with pytest.raises(Conflict):
        actions.reopen(world.actor("officer"), duty, "再开", day, world.today)


def test_urging_is_counted_and_once_a_day(world: World) -> None:
    duty = _asked(world)
    assert actions.urge(world.actor("officer"), duty, world.today) == 1
    with pytest.raises(RuleBroken, match="今天已经催办过"):
        actions.urge(world.actor("officer"), duty, world.today)
    actions.urge(world.actor("officer"), duty, world.today + timedelta(days=1))
    assert queries.demand(world.actor("officer"), duty.id, world.today).urged == 2


def test_the_unit_that_is_asked_reads_and_answers_and_no_other_does(world: World) -> None:
    duty = _asked(world, company_id=world.company("启澜储能有限公司").id)
    dept, today = world.actor("dept"), world.today
    assert queries.demand(dept, duty.id, today).duty.company == "启澜储能有限公司"
    assert queries.find(dept, duty.id, OPINION) is duty
    with pytest.raises(NotFound):
        queries.find(dept, duty.id, VISIT_LOG)
    actions.forward(world.actor("officer"), duty, world.unit("LYG-D-CZJ").id, duty.due_on, today)
    for login in ("dept", "officer2", "county", "specialist"):
        with pytest.raises(NotFound):
            queries.demand(world.actor(login), duty.id, today)
    assert queries.demand(world.actor("bureau"), duty.id, today).forwarded == 1


def test_a_confidential_projects_demand_is_asked_of_those_who_may_read_it(world: World) -> None:
    secret = world.project(confidential=True, investor=world.company("鲸川股份有限公司"))
    duty = _raised(world, project_id=secret.id, what="见鲸川")
    unit = world.unit("LYG-D-STHJ")
    with pytest.raises(RuleBroken, match="保密项目"):
        actions.forward(world.actor("officer"), duty, unit.id, duty.due_on, world.today)
    projects.grant(
        world.actor("bureau"),
        secret,
        unit_id=unit.id,
        level=GrantLevel.READ,
        source="test",
        starts_on=world.today,
    )
    actions.forward(world.actor("officer"), duty, unit.id, duty.due_on, world.today)
    texts = db.session.scalars(select(Notice.text).where(Notice.user_id == world.users["dept"].id)).all()
    assert texts and all("鲸川" not in text and secret.code not in text for text in texts)


def test_a_category_and_a_unit_must_be_known(world: World) -> None:
    with pytest.raises(RuleBroken) as refused:
        _raised(world, category="随便")
    assert refused.value.field == "category"
    duty = _raised(world)
    with pytest.raises(RuleBroken) as refused:
        actions.forward(world.actor("officer"), duty, 0, duty.due_on, world.today)
    assert refused.value.field == "unit"


@pytest.mark.parametrize(
    ("kind", "leader_id"),
    [(DutyKind.PROMISE, None), (DutyKind.DEMAND, 1), (DutyKind.PROBLEM, 1), (DutyKind.FOLLOWUP, 1)],
)
def test_a_leader_is_named_with_a_promise_and_with_nothing_else(
    kind: DutyKind, leader_id: int | None
) -> None:
    with pytest.raises(RuleBroken) as refused:
        rules.check_promise(kind, leader_id)
    assert refused.value.field == "leader"
    rules.check_promise(kind, 1 if leader_id is None else None)


def test_a_promise_names_its_leader_and_lives_alike(world: World) -> None:
    leader = factories.leader("LYG-ETDZ", "钟主任", "管委会主任")
    duty = _raised(world, kind=DutyKind.PROMISE, leader_id=leader.id)
    row = queries.demand(world.actor("officer"), duty.id, world.today)
    assert (row.leader, row.step) == ("钟主任", Step.WAITING)


def test_the_list_narrows_and_takes_the_same_number_of_statements(world: World, count_queries) -> None:
    waiting, answered = _asked(world), _asked(world, what="环评批复时限", category="环评")
    _answer(world, answered)
    factories.followup(world.users["officer"], kind=DutyKind.DEMAND, due_on=date(2026, 1, 5), what="早先的")
    factories.followup(world.users["officer"], what="不是诉求")

    def found(login: str = "officer", **filters: object) -> list[str]:
        page = queries.demands(world.actor(login), DemandFilters(**filters), Window(), world.today)
        assert page.total == len(page.items)
        return sorted(row.duty.what for row in page.items)

    every = sorted([waiting.what, answered.what, "早先的"])
    assert found() == found(open=True) == every
    assert found(step=Step.ANSWERED) == ["环评批复时限"] == found(category="环评")
    assert found(late=True) == ["早先的"]
    assert found("dept") == found("dept", mine=True) == sorted([waiting.what, answered.what])
    assert found(unit_id=world.unit("LYG-D-STHJ").id) == found("dept")
    assert found("officer2") == [] and found("bureau") == every
    with count_queries() as few:
        found()
    for _ in range(6):
        _asked(world)
    with count_queries() as many:
        found()
    assert len(few) == len(many)


def test_pages_of_a_demand_work_without_script(world: World, as_) -> None:
    company = world.company("启澜储能有限公司", zone_code="LYG-ETDZ")
    officer, dept = as_("officer"), as_("dept")
    unit = world.unit("LYG-D-STHJ").id
    data = {
        "kind": "demand", "what": "环评批复时限", "company_id": company.id, "category": "环评", "unit": unit,
        "due_on": _soon(world).isoformat(), "owner": world.users["officer"].id,
    }  # fmt: skip
    db.session.commit()
    for kind, leader, said in (
        ("promise", "", "没有选哪位领导承诺"),
        ("promise", 999_999, "没有找到这位领导"),
        ("demand", 1, "请把类别改为领导承诺"),
    ):
        refused = officer.post("/demands/new", data=data | {"kind": kind, "leader": leader})
        assert refused.status_code == 422 and said in refused.text.partition('id="leader-err"')[2][:160]
    made = officer.post("/demands/new", data=data)
    assert made.status_code == 303
    path = made.headers["Location"]
    assert "环评批复时限" in officer.get("/demands").get_data(as_text=True)
    assert "严禁录入涉密信息" in officer.get("/demands/new").get_data(as_text=True)
    assert officer.post(f"{path}/urge").status_code == 303
    assert "今天已经催办过" in officer.post(f"{path}/urge", follow_redirects=True).get_data(as_text=True)
    assert dept.post(f"{path}/forward", data={"unit": unit}).status_code == 403
    assert "答复没有填" in dept.post(f"{path}/answer", data={"answer": ""}).get_data(as_text=True)
    answered = dept.post(
        f"{path}/answer", data={"answer": "十五个工作日内批复，找13912345678"}, follow_redirects=True
    )
    assert answered.status_code == 200 and "文字里写了电话号码" in answered.text
    refused = officer.post(f"{path}/confirm", data={"by": "company", "name": "王总"})
    assert refused.status_code == 422 and "没有选满意度" in refused.get_data(as_text=True)
    # Visible on the company until it is closed.
    assert "环评批复时限" in officer.get(f"/companies/{company.id}").get_data(as_text=True)
    said = {"by": "company", "name": "王总", "satisfaction": "satisfied"}
    assert officer.post(f"{path}/confirm", data=said).status_code == 303
    page = officer.get(path).get_data(as_text=True)
    assert "已销号" in page and "王总" in page
    assert "环评批复时限" not in officer.get(f"/companies/{company.id}").get_data(as_text=True)
    again = officer.post(f"{path}/reopen", data={"reason": "没有批", "due_on": _soon(world).isoformat()})
    assert again.status_code == 303 and "重新打开" in officer.get(path).get_data(as_text=True)


def test_the_api_raises_asks_answers_and_confirms(world: World, client) -> None:
    company = world.company("启澜储能有限公司", zone_code="LYG-ETDZ")
    officer, dept = world.token("officer"), world.token("dept")
    body = {
        "what": "环评批复时限",
        "due_on": _soon(world).isoformat(),
        "company": company.id,
        "unit": "LYG-D-STHJ",
    }
    made = client.post("/api/v1/demands", json=body | {"category": "环评"}, headers=officer)
    assert (
        made.status_code == 201 and made.json["unit_code"] == "LYG-D-STHJ" and made.json["step"] == "waiting"
    )
    path = f"/api/v1/demands/{made.json['id']}"
    assert client.get("/api/v1/demands?mine=1", headers=dept).json["total"] == 1
    assert client.get(path, headers=world.token("officer2")).status_code == 404
    assert (
        client.post(f"{path}/confirm", json={"by": "company", "name": "王总"}, headers=dept).status_code
        == 403
    )
    early = client.post(
        f"{path}/confirm", json={"by": "company", "name": "王总", "satisfaction": "fair"}, headers=officer
    )
    assert early.status_code == 409
    assert client.post(f"{path}/urge", headers=officer).json["urged"] == 1
    assert client.post(f"{path}/urge", headers=officer).status_code == 422
    stale = client.post(f"{path}/answer", json={"answer": "批"}, headers=dept | {"If-Match": '"999"'})
    assert stale.status_code == 412
    answered = client.post(f"{path}/answer", json={"answer": "十五个工作日"}, headers=dept)
    assert answered.json["step"] == "answered"
    closed = client.post(
        f"{path}/confirm", json={"by": "company", "name": "王总", "satisfaction": "fair"}, headers=officer
    )
    assert closed.json["step"] == "closed" and closed.json["satisfaction"] == "fair"
    body = {"reason": "没有批", "due_on": _soon(world).isoformat()}
    assert client.post(f"{path}/reopen", json=body, headers=officer).json["reopened"] == 1
    wrong = client.post(
        f"{path}/forward", json={"unit": "NONE", "due_on": _soon(world).isoformat()}, headers=officer
    )
    assert wrong.status_code == 422
