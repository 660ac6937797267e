"""Committing and taking back: what is written, what is left alone, who may."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from crm.audit.models import AuditEvent
from crm.companies.models import Company, CompanyLink, Contact
from crm.core import clock, search, text
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, NotFound, RuleBroken
from crm.imports import actions, queries
from crm.imports.models import ImportBatch, ImportRow
from crm.imports.rules import RowAction
from crm.imports.rules.rows import ReadRow
from crm.pipeline.models import Milestone, StageChange
from crm.pipeline.rules import AgreementKind, MilestoneState
from crm.projects.models import ProgressNote, Project, ProjectChange
from crm.projects.rules import Stage, Tier
from tests.factories import World
from tests.imports.sheets import GOLDEN, csv, ledger, workbook

Preview = Callable[..., list[ReadRow]]
Bring = Callable[..., ImportBatch]
Staged = Callable[..., ImportBatch]

USCC = "91320706MA1MXG3X02"


def _count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def _project(name: str) -> Project:
    return db.session.scalars(select(Project).where(Project.name == name)).one()


def _valid_codes(count: int) -> list[str]:
    """Credit codes with the right check digit."""
    found = []
    for number in range(10_000):
        body = f"91320706MA1M{number:05d}"
        for digit in "0123456789ABCDEFGHJKLMNPQRTUWXY":
            try:
                found.append(text.uscc(body + digit).code)
            except RuleBroken:
                continue
            break
        if len(found) == count:
            return found
    raise AssertionError("no codes left")


# --- projects -------------------------------------------------------------------------------------


def test_a_ledger_becomes_projects_with_investors_links_and_sealed_contacts(
    world: World, bring: Bring
) -> None:
    batch = bring((GOLDEN / "在谈项目表.xlsx").read_bytes(), "在谈项目表.xlsx")
    assert (batch.counts["new"], batch.counts["updated"], batch.counts["duplicates"]) == (14, 0, 0)
    project = _project("新桉创新药原料项目")
    assert project.total_investment == Decimal(1_200_000)
    assert project.tier is Tier.T100
    assert project.first_contact_on == date(2025, 3, 1)
    assert project.stage is Stage.IN_DEPTH
    assert project.code.startswith(f"XUWEI-{clock.today().year}-")
    contact = db.session.scalars(select(Contact).where(Contact.company_id == project.company_id)).one()
    assert (contact.name, contact.phone, contact.zone_id) == ("王工", "19900002323", project.zone_id)
    links = select(CompanyLink).where(
        CompanyLink.company_id == project.company_id, CompanyLink.zone_id == project.zone_id
    )
    assert db.session.scalars(links).one().batch_id == batch.id


def test_numbers_stand_nowhere_open_in_the_staged_rows(world: World, bring: Bring) -> None:
    bring((GOLDEN / "在谈项目表.xlsx").read_bytes(), "在谈项目表.xlsx")
    for raw, fields, problems in db.session.execute(
        select(ImportRow.raw, ImportRow.fields, ImportRow.problems)
    ):
        assert "1990000" not in f"{raw}{fields}{problems}"
    sealed = (
        db.session.execute(db.text("SELECT secret FROM import_rows WHERE secret IS NOT NULL")).scalars().all()
    )
    assert sealed
    assert not any("1990000" in value for value in sealed)


def test_a_ledgers_signing_is_a_draft_and_moves_no_stage(world: World, bring: Bring) -> None:
    bring((GOLDEN / "签约项目表.xlsx").read_bytes(), "签约项目表.xlsx")
    assert set(db.session.scalars(select(Milestone.state))) == {MilestoneState.DRAFT}
    project = _project("恒漠钛合金铸件生产基地项目")
    signed = db.session.scalars(select(Milestone).where(Milestone.project_id == project.id)).one()
    assert (signed.happened_on, signed.agreement_kind) == (date(2026, 8, 7), AgreementKind.INVESTMENT)
    assert project.stage is Stage.INTENT
    first = db.session.scalars(select(StageChange).where(StageChange.project_id == project.id)).one()
    assert (first.before, first.after) == (None, Stage.INTENT)


def test_a_month_in_a_ledger_makes_no_day_of_signing(world: World, bring: Bring) -> None:
    bring((GOLDEN / "签约项目表.xlsx").read_bytes(), "签约项目表.xlsx")
    project = _project("天枢储能电芯生产基地项目")
    signed = db.session.scalars(select(Milestone).where(Milestone.project_id == project.id)).one()
    assert signed.happened_on is None
    assert "2026年8月" in signed.note


def test_the_same_ledger_again_changes_nothing(world: World, bring: Bring) -> None:
    content = (GOLDEN / "驻点招商项目信息采集表.xlsx").read_bytes()
    bring(content)
    before = [_count(model) for model in (Project, Company, CompanyLink, Contact, ProgressNote, Milestone)]
    again = bring(content)
    assert (again.counts["new"], again.counts["updated"], again.counts["duplicates"]) == (0, 0, 12)
    assert before == [
        _count(model) for model in (Project, Company, CompanyLink, Contact, ProgressNote, Milestone)
    ]


_WEEK = ("项目名称", "投资方", "总投资（亿元）", "首次对接时间", "所属园区", "本周进展", "用地（亩）")


def _weekly(*row: Any) -> bytes:
    return workbook([_WEEK, row])


def test_an_amount_changes_only_after_it_is_confirmed(world: World, bring: Bring, preview: Preview) -> None:
    bring(_weekly("甲项目", "乙公司", 5, "2026.3", "市开发区", "初步接洽", 100))
    changed = _weekly("甲项目", "乙公司", 8, "2026.4", "市开发区", "正在选址", 120)
    (row,) = preview(changed)
    assert row.action is RowAction.UPDATE
    assert row.changes["total_investment"] == ["50000", "80000"]
    assert [problem.kind for problem in row.problems if problem.level == "confirm"] == ["differs"]
    bring(changed)
    project = _project("甲项目")
    assert (project.total_investment, project.first_contact_on, project.land_mu) == (
        Decimal(50_000),
        date(2026, 3, 1),
        Decimal(120),
    )
    bring(changed, confirmed=frozenset({"在谈项目!2!differs"}))
    db.session.expire_all()
    project = _project("甲项目")
    assert (project.total_investment, project.first_contact_on) == (Decimal(80_000), date(2026, 4, 1))
    history = select(ProjectChange.before, ProjectChange.after).where(
        ProjectChange.field == "total_investment"
    )
    assert db.session.execute(history).all() == [("50000", "80000")]


def test_the_tier_follows_a_confirmed_amount(world: World, bring: Bring) -> None:
    bring(_weekly("甲项目", "乙公司", "99.99亿", "2026.3", "市开发区", None, None))
    assert _project("甲项目").tier is Tier.T50
    bring(_weekly("甲项目", "乙公司", "100亿", "2026.3", "市开发区", None, None), all_confirmed=True)
    db.session.expire_all()
    assert _project("甲项目").tier is Tier.T100


def test_blanks_never_erase(world: World, bring: Bring) -> None:
    bring(_weekly("甲项目", "乙公司", 5, "2026.3", "市开发区", "初步接洽", 100))
    again = bring(_weekly("甲项目", "乙公司", "待定", None, "市开发区", None, "/"))
    assert again.counts["duplicates"] == 1
    project = _project("甲项目")
    assert (project.total_investment, project.land_mu) == (Decimal(50_000), Decimal(100))


def test_progress_is_appended_and_not_told_twice(world: World, bring: Bring) -> None:
    for told in ("初步接洽", "正在选址", "正在选址"):
        bring(_weekly("甲项目", "乙公司", 5, "2026.3", "市开发区", told, None))
    notes = db.session.scalars(select(ProgressNote.done).order_by(ProgressNote.id)).all()
    assert notes == ["初步接洽", "正在选址"]
    assert _count(Project) == 1


def test_a_project_is_matched_by_zone_name_and_investor_as_they_are_normalised(
    world: World, bring: Bring
) -> None:
    bring(_weekly("甲储能项目", "启澜储能（江苏）有限公司", 5, "2026.3", "市开发区", None, None))
    again = bring(
        _weekly(" 甲储能", "启澜储能（江苏） 有限公司", 5, "2026.3", "连云港经济技术开发区", None, None)
    )
    assert (again.counts["new"], again.counts["duplicates"]) == (0, 1)
    other = bring(_weekly("甲储能项目", "启澜储能（江苏）有限公司", 5, "2026.3", "徐圩新区", None, None))
    assert other.counts["new"] == 1


def test_the_same_name_with_another_investor_is_new_but_asked_about(
    world: World, bring: Bring, preview: Preview
) -> None:
    bring(_weekly("甲储能项目", "启澜储能有限公司", 5, "2026.3", "市开发区", None, None))
    (row,) = preview(_weekly("甲储能项目", "硕岑硅材有限公司", 5, "2026.3", "市开发区", None, None))
    assert row.action is RowAction.NEW
    assert "look_alike" in [problem.kind for problem in row.problems]


def test_a_code_finds_its_project_whatever_the_name(world: World, bring: Bring, preview: Preview) -> None:
    bring(_weekly("甲项目", "乙公司", 5, "2026.3", "市开发区", None, None))
    code = _project("甲项目").code
    content = workbook([["项目编号", "项目名称", "所属园区"], [code, "甲项目（更名）", "市开发区"]])
    (row,) = preview(content)
    assert (row.action, row.changes["name"]) == (RowAction.UPDATE, ["甲项目", "甲项目（更名）"])
    (unknown,) = preview(workbook([["项目编号", "项目名称"], ["ETDZ-1999-0001", "甲项目"]]))
    assert [problem.kind for problem in unknown.errors()] == ["project_unknown"]


def test_another_zones_code_is_unknown_to_an_officer(world: World, bring: Bring, preview: Preview) -> None:
    theirs = world.project("LYG-XUWEI", name="徐圩项目")
    content = workbook([["项目编号", "项目名称", "所属园区"], [theirs.code, "徐圩项目", "市开发区"]])
    (row,) = preview(content, as_="officer")
    assert [problem.kind for problem in row.errors()] == ["project_unknown"]


def test_rows_with_errors_stay_out_and_the_others_go_in(world: World, bring: Bring) -> None:
    batch = bring(
        ledger(["甲项目", "乙公司", 1, "2026.3", "市开发区"], ["丙项目", "丁公司", -1, "2026.3", "市开发区"])
    )
    assert (batch.counts["new"], batch.counts["errors"]) == (1, 1)
    assert [project.name for project in db.session.scalars(select(Project))] == ["甲项目"]


def test_an_officers_rows_without_a_zone_belong_to_his_own(world: World, bring: Bring) -> None:
    bring(workbook([["项目名称", "投资方"], ["甲项目", "乙公司"]]), as_="officer")
    assert _project("甲项目").zone_id == world.zone("LYG-ETDZ").id


def test_the_bureaus_rows_without_a_zone_are_leads_of_the_city(world: World, bring: Bring) -> None:
    bring(workbook([["项目名称", "投资方"], ["甲项目", "乙公司"]]))
    project = _project("甲项目")
    assert project.zone_id is None
    assert project.code.startswith("LYG-")


def test_every_new_project_is_in_the_audit(world: World, bring: Bring) -> None:
    bring((GOLDEN / "在谈项目表.xlsx").read_bytes())
    codes = db.session.scalars(select(AuditEvent.code)).all()
    assert codes.count("project.created") == 14
    assert codes.count("import.committed") == 1


def test_the_number_of_statements_does_not_grow_with_the_rows(
    world: World, bring: Bring, count_queries: Any
) -> None:
    def statements(rows: int, prefix: str) -> int:
        # As long as names are that are looked up by what they resemble, and unlike those brought before.
        names = [f"{prefix}{at:02}号" for at in range(rows)]
        content = ledger(*[[f"{name}项目", f"{name}公司", 1, "2026.3", "市开发区"] for name in names])
        with count_queries() as sent:
            bring(content)
        return len(sent)

    statements(2, "预备")
    assert statements(3, "甲等") == statements(40, "乙类")
    assert db.session.scalar(select(func.count()).select_from(Project)) == 2 + 3 + 40


# --- companies ------------------------------------------------------------------------------------


def test_a_list_becomes_register_entries_linked_to_the_senders_zone(world: World, bring: Bring) -> None:
    code = _valid_codes(1)[0]
    batch = bring(
        csv("企业名称,统一社会信用代码,联系人,电话", f"恒漠新材料有限公司,{code},王工,13800001234"),
        "a.csv",
        "companies",
        "officer",
    )
    company = db.session.scalars(select(Company)).one()
    assert (company.name, company.uscc, company.batch_id) == ("恒漠新材料有限公司", code, batch.id)
    assert db.session.scalars(select(CompanyLink.zone_id)).all() == [world.zone("LYG-ETDZ").id]
    assert db.session.scalars(select(Contact.phone)).all() == ["13800001234"]
    assert (company.search_tokens, company.search_text) == search.columns(company.name, "", code)


def test_a_known_company_gets_a_link_and_what_it_lacked(world: World, bring: Bring) -> None:
    world.company("恒漠新材料有限公司", region="江苏")
    batch = bring(csv("企业名称,省份,行业", "恒漠新材料有限公司,上海,化工"), "a.csv", "companies", "officer")
    assert (batch.counts["new"], batch.counts["updated"]) == (0, 1)
    company = db.session.scalars(select(Company)).one()
    assert (company.region, company.industry) == ("江苏", "化工")
    assert _count(CompanyLink) == 1
    again = bring(csv("企业名称,省份,行业", "恒漠新材料有限公司,上海,化工"), "a.csv", "companies", "officer")
    assert again.counts["duplicates"] == 1


def test_a_credit_code_stands_for_one_company_in_a_file_and_in_the_register(
    world: World, bring: Bring
) -> None:
    first, second = _valid_codes(2)
    content = csv(
        "企业名称,统一社会信用代码",
        f"甲材料公司,{first}",
        f"乙材料公司,{first}",
        f"甲材料公司,{second}",
        "甲材料公司,",
    )
    batch = bring(content, "a.csv", "companies")
    assert (batch.counts["new"], batch.counts["duplicates"]) == (2, 2)
    again = bring(csv("企业名称,统一社会信用代码", f"丙材料公司,{second}"), "a.csv", "companies")
    assert (again.counts["new"], again.counts["duplicates"]) == (0, 1)
    codes = db.session.scalars(select(Company.uscc)).all()
    assert sorted(codes) == sorted({first, second})


def test_a_code_registered_since_the_preview_makes_no_pair(world: World, bring: Bring, stage: Staged) -> None:
    code = _valid_codes(1)[0]
    bring(csv("企业名称", "预热公司"), "a.csv", "companies")
    batch = stage(csv("企业名称,统一社会信用代码", f"甲材料公司,{code}"))
    world.company("别处登记的公司", uscc=code)
    actions.claim(batch)
    actions.commit(world.actor("bureau"), batch, clock.now(), clock.today())
    assert (batch.counts["new"], batch.counts["duplicates"]) == (0, 1)


def test_a_list_with_full_names_completes_one_of_short_names(world: World, bring: Bring) -> None:
    bring(csv("ts_code,name,industry", "600999.SH,东麓银行,银行"), "a.csv", "companies")
    bring(csv("ts_code,name,fullname", "600999.SH,东麓银行,东麓银行股份有限公司"), "b.csv", "companies")
    company = db.session.scalars(select(Company)).one()
    assert (company.name, company.short_name) == ("东麓银行股份有限公司", "东麓银行")
    again = bring(csv("code,code_name", "sh.600999,东麓银行"), "c.csv", "companies")
    assert again.counts["duplicates"] == 1


def test_the_bureaus_list_goes_into_the_register_alone(world: World, bring: Bring) -> None:
    bring(csv("企业名称", "恒漠新材料有限公司"), "a.csv", "companies")
    assert (_count(Company), _count(CompanyLink)) == (1, 0)


# --- undo -----------------------------------------------------------------------------------------


def test_undo_takes_back_everything_nobody_touched(world: World, bring: Bring) -> None:
    batch = bring((GOLDEN / "签约项目表.xlsx").read_bytes())
    undone = actions.undo(world.actor("bureau"), batch, clock.now())
    assert (undone.removed, undone.left_count) == (16, 0)
    for model in (Project, Company, CompanyLink, Contact, Milestone, StageChange, ProgressNote):
        assert _count(model) == 0


def test_undo_leaves_what_somebody_has_touched_and_says_so(world: World, bring: Bring) -> None:
    batch = bring(
        ledger(["甲项目", "乙公司", 1, "2026.3", "市开发区"], ["丙项目", "丁公司", 1, "2026.3", "市开发区"])
    )
    touched = _project("甲项目")
    touched.content = "有人改过"
    db.session.commit()
    undone = actions.undo(world.actor("bureau"), batch, clock.now())
    assert (undone.removed, undone.left_count) == (1, 2)
    assert any("甲项目" in line for line in undone.left)
    assert [project.name for project in db.session.scalars(select(Project))] == ["甲项目"]
    assert [company.name for company in db.session.scalars(select(Company))] == ["乙公司"]


def test_undo_leaves_a_project_with_a_note_of_somebody_else(world: World, bring: Bring) -> None:
    batch = bring(ledger(["甲项目", "乙公司", 1, "2026.3", "市开发区"]))
    db.session.add(
        ProgressNote(project_id=_project("甲项目").id, on=clock.today(), week="2026-W47", done="来访")
    )
    db.session.commit()
    assert actions.undo(world.actor("bureau"), batch, clock.now()).removed == 0


def test_undo_gives_known_projects_their_values_back(world: World, bring: Bring) -> None:
    bring(_weekly("甲项目", "乙公司", 5, "2026.3", "市开发区", "初步接洽", 100))
    batch = bring(_weekly("甲项目", "乙公司", 8, "2026.4", "市开发区", "正在选址", 120), all_confirmed=True)
    undone = actions.undo(world.actor("bureau"), batch, clock.now())
    assert (undone.removed, undone.restored, undone.left_count) == (0, 1, 0)
    db.session.expire_all()
    project = _project("甲项目")
    assert (project.total_investment, project.first_contact_on, project.land_mu) == (
        Decimal(50_000),
        date(2026, 3, 1),
        Decimal(100),
    )
    assert db.session.scalars(select(ProgressNote.done)).all() == ["初步接洽"]


def test_undo_gives_the_register_its_blanks_back(world: World, bring: Bring) -> None:
    world.company("恒漠新材料有限公司", region="江苏")
    batch = bring(csv("企业名称,行业,简称", "恒漠新材料有限公司,化工,恒漠"), "a.csv", "companies", "officer")
    actions.undo(world.actor("officer"), batch, clock.now())
    db.session.expire_all()
    company = db.session.scalars(select(Company)).one()
    assert (company.region, company.industry, company.short_name) == ("江苏", "", "")
    assert (company.key, company.loose_key) == (
        text.company_identity(company.name),
        text.company_key(company.name),
    )
    assert _count(CompanyLink) == 0


def test_undo_ends_with_the_hours_of_the_setting(world: World, bring: Bring) -> None:
    batch = bring(ledger(["甲项目", "乙公司", 1, "2026.3", "市开发区"]))
    with pytest.raises(Conflict, match="24 小时"):
        actions.undo(world.actor("bureau"), batch, clock.now() + timedelta(hours=25))
    actions.undo(world.actor("bureau"), batch, clock.now())
    with pytest.raises(Conflict, match="已经撤销"):
        actions.undo(world.actor("bureau"), batch, clock.now())


# --- who may --------------------------------------------------------------------------------------


def test_a_batch_is_committed_once(world: World, bring: Bring) -> None:
    batch = bring(ledger(["甲项目", "乙公司", 1, "2026.3", "市开发区"]))
    with pytest.raises(Conflict):
        actions.claim(batch)


@pytest.mark.parametrize(
    ("login", "sees"),
    [
        ("officer", True),
        ("chief", True),
        ("bureau", True),
        ("officer2", False),
        ("specialist", False),
        ("leader", False),
        ("auditor", False),
    ],
)
def test_a_zones_batch_is_seen_by_those_who_import_for_it(
    world: World, bring: Bring, login: str, sees: bool
) -> None:
    batch = bring(ledger(["甲项目", "乙公司", 1, "2026.3", "市开发区"]), as_="officer")
    if sees:
        assert queries.find(world.actor(login), batch.id).id == batch.id
    else:
        with pytest.raises(NotFound):
            queries.find(world.actor(login), batch.id)


@pytest.mark.parametrize("login", ["specialist", "county", "dept", "leader", "sysadmin"])
def test_who_may_not_import_reads_nothing(world: World, preview: Preview, login: str) -> None:
    with pytest.raises(Forbidden):
        preview(ledger(["甲项目", "乙公司", 1, "2026.3", "市开发区"]), as_=login)


def test_a_units_headings_are_learnt_and_used_again(world: World, bring: Bring, preview: Preview) -> None:
    content = workbook([["项目名称", "投资方", "盘子（亿元）"], ["甲项目", "乙公司", 3]])
    assert "total_investment" not in preview(content, as_="officer")[0].fields
    batch = _read_batch(world, content)
    actions.remap(
        world.actor("officer"),
        batch,
        {"在谈项目": {"columns": {"2": "total_investment"}, "unit": "亿元"}},
        keep=True,
    )
    db.session.commit()
    assert preview(content, as_="officer")[0].fields["total_investment"] == "30000"
    assert "total_investment" not in preview(content, as_="officer2")[0].fields


def _read_batch(world: World, content: bytes) -> ImportBatch:
    from crm.core import tables
    from crm.imports.rules import BatchKind

    actor = world.actor("officer")
    read = actions.begin(
        actor, BatchKind.PROJECTS, tables.open_book(content, "a.xlsx"), actor.zone_id, clock.today()
    )
    batch = ImportBatch(
        kind=BatchKind.PROJECTS,
        filename="a.xlsx",
        sha256="0" * 64,
        size=1,
        user_id=actor.user_id,
        zone_id=actor.zone_id,
    )
    db.session.add(batch)
    db.session.flush()
    actions.remember(batch, read)
    return batch
