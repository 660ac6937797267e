"""The zones' leading chains within the plan's limits, and their yearly chain plans from the first file to confirmation."""

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm.accounts import queries as accounts
from crm.chains import queries as chains
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.notices.models import Notice
from crm.projects import jobs as uploads
from crm.projects.files import Kept
from crm.reference import load
from crm.targeting.actions import plans as actions
from crm.targeting.models import ChainPlan, ChainPlanDue, ChainPlanFile, ZoneChain
from crm.targeting.queries import plans as queries
from crm.targeting.rules import plans as rules
from crm.targeting.rules.plans import ChainRole, PlanState
from tests import factories, papers

TODAY = clock.today()
YEAR = TODAY.year
PDF = Kept("规划.pdf", "application/pdf", 9, "a" * 64)


# --- rules --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "count", "hinted"),
    [
        ("国家级", 2, True),
        ("国家级", 3, False),
        ("国家级", 4, False),
        ("国家级", 5, True),
        ("省级", 0, True),
        ("省级", 2, False),
        ("省级（经开区）/市级功能板块", 3, True),
        ("", 9, False),
    ],
)
def test_too_few_or_too_many_leading_chains_are_a_hint_to_confirm(level, count, hinted) -> None:
    said = rules.leading_hint(level, count)
    assert bool(said) == hinted
    assert not said or said.endswith("待确认")


@pytest.mark.parametrize(
    ("state", "submitted", "late"),
    [
        (PlanState.DRAFT, None, 5),
        (PlanState.SUBMITTED, date(2026, 12, 30), 0),
        (PlanState.CONFIRMED, date(2027, 1, 2), 2),
        (PlanState.RETURNED, date(2026, 12, 1), 5),
    ],
)
def test_a_plan_is_late_until_it_is_handed_in(state, submitted, late) -> None:
    assert rules.lateness(state, date(2026, 12, 31), date(2027, 1, 5), submitted) == late


# --- leading chains -----------------------------------------------------------------------------------


def test_reference_data_names_leading_chains_and_never_brings_a_dropped_one_back(world) -> None:
    zone, chain, bureau = factories.zone("LYG-XUWEI"), chains.by_code("EQUIP"), world.actor("bureau")
    before = {row.chain_code: row.kind for row in queries.zone_chains(zone_id=zone.id)}
    assert before["PETRO"] is ChainRole.LEADING
    actions.drop_chain(bureau, zone, chain)
    load.everything()
    assert "EQUIP" not in {row.chain_code for row in queries.zone_chains(zone_id=zone.id)}
    with pytest.raises(Conflict):
        actions.drop_chain(bureau, zone, chain)
    actions.set_chain(bureau, zone, chain, ChainRole.OTHER, "市级会议")
    assert db.session.get_one(ChainPlanDue, 2022).due_on == date(2022, 12, 31)


def test_a_fifth_leading_chain_is_saved_and_hinted(world) -> None:
    zone, bureau = factories.zone("LYG-ETDZ"), world.actor("bureau")
    actions.set_chain(bureau, zone, chains.by_code("STEEL"), ChainRole.LEADING, "市级会议")
    line = next(line for line in queries.zone_lines() if line.code == "LYG-ETDZ")
    assert len(line.leading) == 5
    assert line.hint.endswith("待确认")
    with pytest.raises(RuleBroken, match="来源没有填"):
        actions.set_chain(bureau, zone, chains.by_code("STEEL"), ChainRole.OTHER, " ")


def test_the_zones_page_is_open_and_its_form_the_bureaus(world, as_) -> None:
    page = as_("officer").get("/chains/zones").get_data(as_text=True)
    assert "徐圩新区" in page
    assert "待确认" in page
    assert "增加或修改一条" not in as_("officer").get("/chains/zones/LYG-XUWEI").get_data(as_text=True)
    asked = {"chain": "STEEL", "kind": "leading", "source": "市级会议"}
    assert as_("officer").post("/chains/zones/LYG-XUWEI", data=asked).status_code == 403
    assert as_("bureau").post("/chains/zones/LYG-XUWEI", data=asked).status_code == 303
    assert as_("bureau").post("/chains/zones/LYG-XUWEI", data=asked | {"source": ""}).status_code == 422
    assert as_("bureau").post("/chains/zones/LYG-XUWEI/drop", data={"chain": "STEEL"}).status_code == 303
    assert as_("bureau").get("/chains/zones/NOPE").status_code == 404
    row = db.session.scalars(
        select(ZoneChain).where(
            ZoneChain.zone_id == factories.zone("LYG-XUWEI").id,
            ZoneChain.chain_id == chains.by_code("STEEL").id,
        )
    ).one()
    assert not row.active


def test_the_chains_own_page_names_the_zones_it_leads_in(world, as_) -> None:
    assert "以本链为主导的板块" in as_("officer").get("/chains/PETRO").get_data(as_text=True)


# --- plans --------------------------------------------------------------------------------------------


def _submitted(world, year: int = YEAR) -> ChainPlan:
    zone, chief = factories.zone("LYG-ETDZ"), world.actor("chief")
    actions.add_files(chief, zone, year, [PDF], clock.now())
    return actions.submit(chief, zone, year, "", clock.now())


def test_a_plan_is_handed_in_returned_and_confirmed(world) -> None:
    zone, bureau, chief = factories.zone("LYG-ETDZ"), world.actor("bureau"), world.actor("chief")
    plan = _submitted(world)
    with pytest.raises(RuleBroken, match="已提交"):
        actions.submit(chief, zone, YEAR, "", clock.now())
    with pytest.raises(RuleBroken, match="不能再改文件"):
        actions.add_files(chief, zone, YEAR, [PDF], clock.now())
    with pytest.raises(RuleBroken, match="理由没有填"):
        actions.send_back(bureau, zone, plan, " ", clock.now())
    actions.send_back(bureau, zone, plan, "补充三年目标", clock.now())
    actions.add_files(world.actor("officer"), zone, YEAR, [PDF], clock.now())
    actions.submit(chief, zone, YEAR, "已补充", clock.now())
    assert plan.reason == ""
    actions.confirm(bureau, zone, plan, clock.now())
    with pytest.raises(RuleBroken, match="已确认"):
        actions.confirm(bureau, zone, plan, clock.now())
    states = [step.state for step in queries.steps_of(plan.id)]
    assert states == [PlanState.CONFIRMED, PlanState.SUBMITTED, PlanState.RETURNED, PlanState.SUBMITTED]
    told = db.session.scalars(select(Notice.text).where(Notice.user_id == world.users["chief"].id)).all()
    assert any("退回：补充三年目标" in text for text in told)


def test_a_plan_without_a_file_is_not_handed_in(world) -> None:
    with pytest.raises(RuleBroken, match="还没有规划文件"):
        actions.submit(world.actor("chief"), factories.zone("LYG-ETDZ"), YEAR, "", clock.now())


def test_a_plan_is_its_own_zones_and_the_chiefs_to_hand_in(world) -> None:
    zone = factories.zone("LYG-XUWEI")
    for login in ("officer", "chief", "bureau"):
        with pytest.raises(Forbidden):
            actions.add_files(world.actor(login), zone, YEAR, [PDF], clock.now())
    with pytest.raises(Forbidden):
        actions.submit(world.actor("officer2"), zone, YEAR, "", clock.now())
    with pytest.raises(Forbidden):
        actions.submit(world.actor("bureau"), zone, YEAR, "", clock.now())


def test_everybody_sees_the_plans_within_reach(world) -> None:
    _submitted(world)
    assert [row.zone_code for row in queries.of_year(world.actor("officer2"), YEAR, TODAY)] == ["LYG-XUWEI"]
    assert len(queries.of_year(world.actor("bureau"), YEAR, TODAY)) >= 13
    county = {row.zone_code for row in queries.of_year(world.actor("county"), YEAR, TODAY)}
    assert county == {"LYG-GANYU", "LYG-GYMARINE"}


def test_the_due_day_of_a_year_is_the_bureaus_with_its_document(world, as_) -> None:
    bureau = as_("bureau")
    answer = bureau.post(f"/chains/plans/{YEAR}/due", data={"due_on": f"{YEAR}-06-30", "source": "市级通知"})
    assert answer.status_code == 303
    page = bureau.get("/chains/plans").get_data(as_text=True)
    assert f"{YEAR}-06-30" in page
    assert bureau.post(f"/chains/plans/{YEAR}/due", data={"due_on": "", "source": ""}).status_code == 422
    assert (
        bureau.post("/chains/plans/1999/due", data={"due_on": "1999-01-01", "source": "无"}).status_code
        == 404
    )
    assert as_("chief").post(f"/chains/plans/{YEAR}/due", data={}).status_code == 403
    assert bureau.get("/chains/plans?year=1999").status_code == 404
    assert "2022-12-31" in bureau.get("/chains/plans?year=2022").get_data(as_text=True)


def test_from_the_upload_to_the_confirmation_on_the_pages(world, as_) -> None:
    here = f"/chains/plans/{YEAR}/LYG-ETDZ"
    sent = {"file": (io.BytesIO(papers.pdf()), "规划.pdf")}
    assert (
        as_("officer").post(f"{here}/files", data=sent, content_type="multipart/form-data").status_code == 303
    )
    assert as_("officer").post(f"{here}/files", data={}).status_code == 422
    assert as_("officer").post(f"{here}/submit", data={}).status_code == 403
    assert "提交规划" in as_("chief").get(here).get_data(as_text=True)
    assert as_("chief").post(f"{here}/submit", data={"note": "已审议"}).status_code == 303
    assert as_("chief").post(f"{here}/submit", data={}).status_code == 422
    kept = db.session.scalars(select(ChainPlanFile)).one()
    with as_("bureau").get(f"/chains/plans/files/{kept.id}") as answer:
        assert answer.data == papers.pdf()
    assert as_("officer2").get(f"/chains/plans/files/{kept.id}").status_code == 404
    assert as_("officer2").get(here).status_code == 404
    assert as_("bureau").post(f"{here}/return", data={"reason": ""}).status_code == 422
    assert as_("bureau").post(f"{here}/return", data={"reason": "补充目标"}).status_code == 303
    assert "补充目标" in as_("chief").get(here).get_data(as_text=True)
    as_("officer").post(f"/chains/plans/files/{kept.id}/remove", data={"reason": "传错了"})
    assert queries.files_of(kept.plan_id) == []
    as_("officer").post(
        f"{here}/files",
        data={"file": (io.BytesIO(papers.pdf()), "新.pdf")},
        content_type="multipart/form-data",
    )
    as_("chief").post(f"{here}/submit", data={})
    assert as_("bureau").post(f"{here}/confirm").status_code == 303
    assert db.session.scalars(select(ChainPlan.state)).one() is PlanState.CONFIRMED


def test_the_nightly_cleaning_keeps_a_plans_files(world, app) -> None:
    from crm.projects import files

    kept = files.keep(io.BytesIO(papers.pdf()), "规划.pdf", 1)
    actions.add_files(world.actor("chief"), factories.zone("LYG-ETDZ"), YEAR, [kept], clock.now())
    uploads.clean_uploads(clock.now() + timedelta(days=3))
    assert files.path_of(kept.sha256).is_file()


def test_the_overview_takes_a_fixed_number_of_statements(world, count_queries) -> None:
    actor = accounts.system()
    with count_queries() as statements:
        queries.of_year(actor, YEAR, TODAY)
    assert len(statements) == 2
