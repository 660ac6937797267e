"""Phases of one agreement, capital increases, and a change of ownership."""

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken
from crm.pipeline.models import Milestone, MonthlyInvestment
from crm.pipeline.queries import slippage
from crm.pipeline.rules import MilestoneKind
from crm.projects import actions, queries
from crm.projects.models import InvestorChange, Phase, Project
from crm.projects.rules import AttachmentKind, PhaseKind, Stage, phases
from crm.projects.rules.drafts import Investor, ProjectDraft
from crm.projects.rules.investors import InvestorDraft
from crm.projects.rules.phases import Part, PhaseDraft
from tests.factories import World, attachment
from tests.pipeline.test_actions import recognise, submit

TODAY = clock.today()


@pytest.fixture
def project(world: World) -> Project:
    made = world.project(total="20000", stage=Stage.SIGNED, investor=world.company("甲方控股有限公司"))
    db.session.commit()
    return made


@pytest.fixture
def call(world: World, client: Any) -> Any:
    def calling(method: str, path: str, body: Any = None, login: str = "officer", **more: str) -> Any:
        headers = world.token(login) | {k.replace("_", "-"): v for k, v in more.items()}
        options = {} if method == "get" else {"json": body}
        return client.open(f"/api/v1{path}", method=method.upper(), headers=headers, **options)

    return calling


# --- sums -----------------------------------------------------------------------------------------


def part(total: str | None, kind: PhaseKind = PhaseKind.PHASE, usd: str | None = None) -> Part:
    return Part(kind, None if total is None else D(total), None if usd is None else D(usd))


@pytest.mark.parametrize(
    ("total", "usd", "parts", "words"),
    [
        ("20000", None, [], ""),
        ("20000", None, [part("12000"), part("8000")], ""),
        ("20000", None, [part("12000"), part("7000")], "少 1,000 万元"),
        ("20000", None, [part("12000"), part("9000.5")], "多 1,000.5 万元"),
        ("20000", None, [part("12000"), part(None)], ""),
        ("20000", None, [part("21000"), part(None)], "多"),
        (None, None, [part("21000")], ""),
        ("20000", None, [part("20000"), part("5000", PhaseKind.INCREASE)], ""),
        (None, "3000", [part(None, usd="1000"), part(None, usd="1500")], "少 500 万美元"),
    ],
)
def test_a_hint_says_where_phases_do_not_add_up(
    total: str | None, usd: str | None, parts: list[Part], words: str
) -> None:
    hint = phases.sums_hint(total and D(total), usd and D(usd), parts)
    assert (words in hint) if words else hint == ""


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (PhaseDraft(" "), "name"),
        (PhaseDraft("期" * 81), "name"),
        (PhaseDraft("一期", D(-1)), "total_investment"),
        (PhaseDraft("一期", D("1e13")), "total_investment"),
        (PhaseDraft("一期", D(5), fixed_investment=D(6)), "fixed_investment"),
        (PhaseDraft("一期", None, None, TODAY, TODAY - timedelta(days=1)), "expected_complete_on"),
        (PhaseDraft("增资", kind=PhaseKind.INCREASE), "total_investment"),
        (PhaseDraft("增资", D(0), kind=PhaseKind.INCREASE), "total_investment"),
    ],
)
def test_a_phase_that_contradicts_itself_is_refused(draft: PhaseDraft, field: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        phases.check(draft)
    assert broken.value.field == field


# --- phases ---------------------------------------------------------------------------------------


def test_phases_and_increases_are_numbered_together(world: World, project: Project) -> None:
    officer = world.actor("officer")
    actions.add_phase(officer, project, PhaseDraft("一期", D(12000)))
    more = actions.add_phase(officer, project, PhaseDraft("增资", D(3000), kind=PhaseKind.INCREASE))
    assert (more.no, more.kind) == (2, PhaseKind.INCREASE)
    assert project.total_investment == D(20000), "the project's own total is nobody's sum"
    with pytest.raises(RuleBroken) as broken:
        actions.add_phase(officer, project, PhaseDraft(" 一期 "))
    assert broken.value.field == "name"


def test_only_a_phase_that_nothing_hangs_on_is_removed(world: World, project: Project) -> None:
    officer = world.actor("officer")
    empty, used, reported = (
        actions.add_phase(officer, project, PhaseDraft(n)) for n in ("一期", "二期", "三期")
    )
    db.session.add(Milestone(project_id=project.id, phase_id=used.id, kind=MilestoneKind.STARTED))
    db.session.add(MonthlyInvestment(project_id=project.id, phase_id=reported.id, month="2026-01"))
    db.session.flush()
    for phase in (used, reported):
        with pytest.raises(RuleBroken):
            actions.remove_phase(officer, project, phase)
        with pytest.raises(RuleBroken) as broken:
            actions.edit_phase(officer, project, phase, PhaseDraft(phase.name, D(1), kind=PhaseKind.INCREASE))
        assert broken.value.field == "kind"
    actions.remove_phase(officer, project, empty)
    assert [p.name for p in queries.phases_of(project.id)] == ["二期", "三期"]
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.code == "phase.removed")).one()


def test_a_phase_put_off_is_kept_and_shown_beside_the_projects_own_dates(
    world: World, project: Project, as_: Any, client: Any
) -> None:
    officer = world.actor("officer")
    actions.add_phase(officer, project, PhaseDraft("一期", D(12000)))
    second = actions.add_phase(
        officer, project, PhaseDraft("二期", D(8000), expected_start_on=date(2026, 3, 31))
    )
    for day in (date(2026, 6, 30), date(2026, 9, 30)):
        actions.edit_phase(officer, project, second, PhaseDraft("二期", D(7000), expected_start_on=day))
    db.session.commit()
    found = slippage.of_many([project.id])[project.id]
    assert found.lines == ("二期计划开工推迟2次，共6个月", "二期总投资调减1次，共1,000 万元")
    page = as_("officer").get(f"/projects/{project.code}?tab=changes").text
    assert "二期计划开工推迟2次，共6个月" in page and "2026-09-30" in page
    assert "修改分期 二期" in page and "计划开工 2026-03-31 → 2026-06-30" in page
    overview = as_("officer").get(f"/projects/{project.code}").text
    assert "二期计划开工 2026-06-30 → 2026-09-30" in overview and "phase2." not in overview
    told = client.get(f"/api/v1/projects/{project.code}/slippage", headers=world.token("officer")).json
    assert (told["times"], told["lines"][0]) == (2, "二期计划开工推迟2次，共6个月")
    assert {step["field"] for step in told["steps"]} == {
        "phase2.expected_start_on",
        "phase2.total_investment",
    }
    strange = client.get(f"/api/v1/projects/{project.code}/slippage", headers=world.token("officer2"))
    assert strange.status_code == 404
    listed = as_("officer").get("/projects?slip=2").text
    assert project.code in listed
    assert project.code not in as_("officer").get("/projects?slip=3").text


def test_a_new_phase_does_not_inherit_the_delays_of_one_that_was_removed(
    world: World, project: Project
) -> None:
    officer = world.actor("officer")
    first = actions.add_phase(officer, project, PhaseDraft("一期", expected_start_on=date(2026, 3, 31)))
    untouched = actions.add_phase(officer, project, PhaseDraft("二期"))
    actions.remove_phase(officer, project, untouched)
    second = actions.add_phase(officer, project, PhaseDraft("二期", expected_start_on=date(2026, 3, 31)))
    assert second.no == 2, "nothing was kept under it"
    actions.edit_phase(officer, project, second, PhaseDraft("二期", expected_start_on=date(2026, 6, 30)))
    actions.remove_phase(officer, project, second)
    third = actions.add_phase(officer, project, PhaseDraft("三期", expected_start_on=date(2027, 1, 1)))
    assert (first.no, third.no) == (1, 3)
    assert slippage.of_many([project.id])[project.id].lines == ("第2期计划开工推迟1次，共3个月",)


def test_an_edit_after_the_recognition_of_a_phase_asks_for_it_anew(
    world: World, project: Project, call: Any
) -> None:
    phase = actions.add_phase(world.actor("officer"), project, PhaseDraft("一期", D(12000)))
    project.stage = Stage.INTENT
    submit(world, project)
    started = _started(world, project, phase)
    assert not started.needs_again
    answer = call(
        "patch",
        f"/projects/{project.code}/phases/1",
        {"total_investment": "12500"},
        If_Match=f'"{phase.version}"',
    )
    assert answer.status_code == 200, answer.json
    db.session.refresh(started)
    assert started.needs_again


def _started(world: World, project: Project, phase: Phase) -> Milestone:
    from crm.pipeline import actions as pipeline
    from tests.pipeline.test_actions import complete

    now = clock.now()
    draft = complete(project, MilestoneKind.STARTED)
    made = pipeline.submit(world.actor("officer"), project, MilestoneKind.STARTED, draft, TODAY, now, phase)
    pipeline.recognise(world.actor("bureau"), project, MilestoneKind.STARTED, TODAY, TODAY, now, phase)
    db.session.commit()
    return made


def test_phases_over_the_api(world: World, project: Project, call: Any) -> None:
    path = f"/projects/{project.code}/phases"
    made = call("post", path, {"name": "一期", "total_investment": "12000", "fixed_investment": "9000"})
    assert made.status_code == 201 and made.json["no"] == 1 and made.json["kind"] == "phase"
    assert call("post", path, {"name": "增资", "kind": "increase"}).status_code == 422
    assert call("patch", f"{path}/1", {"name": "首期"}).status_code == 412
    changed = call("patch", f"{path}/1", {"name": "首期"}, If_Match='"1"')
    assert (changed.json["name"], changed.json["total_investment"]) == ("首期", "12000")
    whole = call("get", f"/projects/{project.code}").json
    assert [(p["no"], p["name"]) for p in whole["phases"]] == [(1, "首期")]
    assert call("delete", f"{path}/1", login="officer2").status_code == 404
    assert call("delete", f"{path}/1").status_code == 204
    assert call("delete", f"{path}/1").status_code == 404


def test_the_page_hints_at_sums_and_offers_removal(world: World, project: Project, as_: Any) -> None:
    officer = as_("officer")
    url = f"/projects/{project.code}/phases/new"
    sent = {"kind": "phase", "name": "一期", "total_investment": "1.2亿"}
    assert officer.post(url, data=sent).status_code == 302
    assert officer.post(url, data=sent | {"name": "二期", "total_investment": "7000万"}).status_code == 302
    page = officer.get(f"/projects/{project.code}").get_data(as_text=True)
    assert "分期合计" in page and "少 1,000 万元" in page
    second = queries.phases_of(project.id)[1]
    own = f"/projects/{project.code}/phases/{second.id}"
    assert "删除这一期" in officer.get(own).get_data(as_text=True)
    assert officer.post(f"{own}/remove").status_code == 303
    assert len(queries.phases_of(project.id)) == 1


def test_two_who_edit_one_phase_see_both_versions(world: World, project: Project, as_: Any) -> None:
    phase = actions.add_phase(world.actor("officer"), project, PhaseDraft("一期", D(12000)))
    db.session.commit()
    url = f"/projects/{project.code}/phases/{phase.id}"
    sent = {"kind": "phase", "name": "一期", "total_investment": "1.3", "version": "0"}
    answer = as_("officer").post(url, data=sent)
    assert answer.status_code == 409
    text = answer.get_data(as_text=True)
    assert ">1.3<" in text and ">1.2<" in text


# --- 更换业主 --------------------------------------------------------------------------------------


def draft(**values: Any) -> InvestorDraft:
    given = {"investor": Investor(name="乙方实业有限公司"), "on": TODAY, "reason": "股权转让"} | values
    return InvestorDraft(**given)


def test_a_new_owner_takes_over_and_the_old_one_stays_in_the_history(world: World, project: Project) -> None:
    before = project.company_id
    paper = attachment(project, AttachmentKind.OTHER)
    made = actions.change_investor(world.actor("officer"), project, draft(attachment_id=paper.id), TODAY)
    assert (made.before_id, made.after_id) == (before, project.company_id)
    (row,) = queries.investor_changes(project.id, disclosed=True)
    assert (row.before, row.after, row.attachment_id) == ("甲方控股有限公司", "乙方实业有限公司", paper.id)
    told = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "project.investor_changed")).one()
    assert told.diff["company_id"] == ["甲方控股有限公司", "乙方实业有限公司"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"investor": Investor()}, "company"),
        ({"investor": Investor(name="甲方控股有限公司")}, "company"),
        ({"on": TODAY + timedelta(days=1)}, "on"),
        ({"reason": " "}, "reason"),
        ({"reason": "长" * 501}, "reason"),
        ({"attachment_id": 999_999}, "paper"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    world: World, project: Project, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(RuleBroken) as broken:
        actions.change_investor(world.actor("officer"), project, draft(**values), TODAY)
    assert broken.value.field == field


def test_changes_follow_each_other_in_time(world: World, project: Project) -> None:
    officer = world.actor("officer")
    actions.change_investor(officer, project, draft(on=TODAY - timedelta(days=3)), TODAY)
    third = draft(investor=Investor(name="丙方有限公司"), on=TODAY - timedelta(days=9))
    with pytest.raises(RuleBroken) as broken:
        actions.change_investor(officer, project, third, TODAY)
    assert broken.value.field == "on"


def test_after_the_signing_an_edit_does_not_swap_the_investor(world: World, project: Project) -> None:
    officer = world.actor("officer")
    with pytest.raises(RuleBroken) as broken:
        actions.edit(officer, project, ProjectDraft({}, Investor(name="乙方实业有限公司")), TODAY)
    assert broken.value.field == "company" and "更换业主" in broken.value.message
    actions.edit(officer, project, ProjectDraft({}, Investor(project.company_id)), TODAY)


def test_what_was_recognised_stays_and_asks_for_nothing(world: World) -> None:
    project = world.project(stage=Stage.INTENT, total="20000")
    stone = submit(world, project)
    made = recognise(world, project)
    actions.change_investor(world.actor("officer"), project, draft(), TODAY)
    db.session.flush()
    assert not stone.needs_again and made.ended_at is None


def test_search_and_both_companies_lead_to_the_project(world: World, project: Project, as_: Any) -> None:
    old = project.company_id
    actions.change_investor(world.actor("officer"), project, draft(), TODAY)
    db.session.commit()
    officer = as_("officer")
    for word in ("甲方控股", "乙方实业"):
        assert project.code in officer.get(f"/projects?q={word}").get_data(as_text=True)
    page = officer.get(f"/companies/{old}").get_data(as_text=True)
    assert "更换业主前的项目" in page and project.code in page and "乙方实业有限公司" in page
    assert project.code in officer.get(f"/companies/{project.company_id}").get_data(as_text=True)


def test_a_confidential_projects_owners_stay_hidden(world: World, as_: Any, call: Any) -> None:
    project = world.project(stage=Stage.SIGNED, confidential=True, investor=world.company("甲方控股有限公司"))
    old = project.company_id
    with pytest.raises(Forbidden):
        actions.change_investor(world.actor("officer"), project, draft(), TODAY)
    actions.change_investor(world.actor("chief"), project, draft(), TODAY)
    db.session.commit()
    told = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "project.investor_changed")).one()
    assert "甲方" not in str(told.diff) + told.note + told.subject_label and told.company_id is None
    officer = as_("officer")
    for url in (f"/projects/{project.code}", f"/projects/{project.code}?tab=changes", f"/companies/{old}"):
        text = officer.get(url).get_data(as_text=True)
        assert "乙方实业" not in text and (project.code not in text or "甲方控股" not in text)
    assert project.code not in officer.get("/projects?q=甲方控股").get_data(as_text=True)
    assert officer.get(f"/projects/{project.code}/investor").status_code == 403
    answer = call("get", f"/projects/{project.code}").json
    assert [(i["before"]["name"], i["reason"]) for i in answer["investors"]] == [("某企业", "")]
    assert "甲方控股" in as_("bureau").get(f"/projects/{project.code}").get_data(as_text=True)


def test_ownership_over_page_and_api(world: World, project: Project, as_: Any, call: Any) -> None:
    officer = as_("officer")
    url = f"/projects/{project.code}/investor"
    assert "现在的投资方" in officer.get(url).get_data(as_text=True)
    sent = {"company": "乙方实业有限公司", "on": TODAY.isoformat(), "reason": "股权转让"}
    stale = officer.post(url, data=sent | {"version": "99"})
    assert stale.status_code == 422 and "刚被他人修改" in stale.get_data(as_text=True)
    done = officer.post(url, data=sent | {"version": str(project.version)})
    assert done.status_code == 303
    again = {"company": {"name": "丙方有限公司"}, "on": TODAY.isoformat(), "reason": "再次转让"}
    answer = call("post", url, again)
    assert answer.status_code == 200, answer.json
    assert [i["after"]["name"] for i in answer.json["investors"]] == ["丙方有限公司", "乙方实业有限公司"]
    assert call("post", url, again, login="leader").status_code == 403
    assert db.session.query(InvestorChange).count() == 2


# --- fields of their own ---------------------------------------------------------------------------


def test_the_two_ways_of_counting_are_kept_apart(world: World, project: Project, as_: Any, call: Any) -> None:
    sent = {
        "registered_capital": "5000",
        "statistics_name": "年产十万吨项目",
        "statistics_amount": "18000",
        "equipment_investment": "6000",
        "fixed_investment": "15000",
    }
    answer = call("patch", f"/projects/{project.code}", sent, If_Match=f'"{project.version}"')
    assert answer.status_code == 200, answer.json
    assert {key: answer.json[key] for key in sent} == sent
    assert answer.json["total_investment"] == "20000"
    page = as_("officer").get(f"/projects/{project.code}").get_data(as_text=True)
    for words in ("注册资本 万元", "年产十万吨项目", "纳统总投资 亿元", "-0.20"):
        assert words in page
    db.session.refresh(project)
    again = call(
        "patch",
        f"/projects/{project.code}",
        {"statistics_amount": "19000"},
        If_Match=f'"{project.version}"',
    )
    assert again.status_code == 200
    kept = {change.field for change in queries.changes_of(project.id)}
    assert {"statistics_amount", "registered_capital"} <= kept


@pytest.mark.parametrize("field", ["registered_capital", "statistics_amount"])
def test_a_negative_amount_is_refused(world: World, project: Project, field: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        actions.edit(world.actor("officer"), project, ProjectDraft({field: D(-1)}), TODAY)
    assert broken.value.field == field
