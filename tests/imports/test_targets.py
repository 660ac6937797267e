"""Lists of target companies: read as they come, against the register and the zone's own list, in and out again."""

import io
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select

from crm.chains import queries as chains
from crm.companies.models import Company, CompanyLink, LinkNode
from crm.companies.rules import LinkProgress
from crm.core import clock, memo
from crm.core.db import db
from crm.followups import actions as followups
from crm.followups.models import Followup
from crm.followups.queries import steps_of
from crm.followups.rules import DutyState
from crm.imports import actions
from crm.imports.models import ImportBatch, ImportRow
from crm.imports.rules import BatchKind, headings
from crm.targeting import actions as targeting
from crm.targeting.models import Target, TargetSignal, TargetStep
from crm.targeting.rules.targets import EntryKind, TargetSource
from tests.factories import World

TODAY = clock.today()
HEADINGS = [
    "序号",
    "目标企业",
    "所在地",
    "产业链",
    "环节",
    "营收/排名",
    "扩张动向",
    "信息源",
    "切入点",
    "对接责任人",
    "进度",
]
ROWS = [
    [
        1,
        "甲化工有限公司",
        "江苏",
        "",
        "乙烯",
        "行业前三",
        "2026-05-08公告拟建新厂",
        "公司公告",
        "乡贤",
        "",
        "已接触",
    ],
    [2, "乙化工有限公司", "浙江", "", "没有这个环节", "", "", "", "基金参投", "", ""],
    [3, "丙化工有限公司", "山东", "", "", "", "", "", "", "不认识的人", "洽谈"],
    [4, "甲化工有限公司", "江苏", "", "丙烯(PDH/MTO)", "", "", "", "", "", "未接触"],
    [5, "甲化工有限公司", "江苏", "", "乙烯", "", "", "", "", "", ""],
    ["合计", 5, "", "", "", "", "", "", "", "", ""],
]


def book(rows: list[list[object]], top: list[object] = HEADINGS) -> io.BytesIO:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(top)
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    made.save(stream)
    stream.seek(0)
    return stream


@pytest.fixture
def brought(world: World, as_, tmp_path: Path):
    """Uploads through the page, gives the batch as it was read."""

    def upload(rows: list[list[object]], login: str = "officer", top: list[object] = HEADINGS) -> ImportBatch:
        answer = as_(login).post(
            "/imports/new/targets", data={"file": (book(rows, top), "靶向企业.xlsx"), "zone": ""},
            content_type="multipart/form-data",
        )  # fmt: skip
        assert answer.status_code == 302, answer.get_data(as_text=True)[:2000]
        return db.session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc()).limit(1)).one()

    return upload


def commit(world: World, batch: ImportBatch, login: str = "officer") -> None:
    memo.end()
    actions.claim(batch)
    actions.commit(world.actor(login), batch, clock.now(), TODAY)
    db.session.commit()


def targets() -> dict[tuple[str, str | None], Target]:
    rows = db.session.execute(select(Company.name, Target).join(Company, Company.id == Target.company_id))
    nodes = {None: None}
    for _, target in rows.all():
        if target.node_id:
            nodes[target.node_id] = chains.node(target.node_id).name
    rows = db.session.execute(select(Company.name, Target).join(Company, Company.id == Target.company_id))
    return {(name, nodes[target.node_id]): target for name, target in rows}


def test_a_list_becomes_targets_with_their_way_in_and_their_signals(world: World, brought) -> None:
    batch = brought(ROWS)
    assert [(r.row_no, r.action.value) for r in db.session.scalars(select(ImportRow).order_by(ImportRow.id))][:5] == [
        (2, "new"), (3, "new"), (4, "new"), (5, "update"), (6, "duplicate"),
    ]  # fmt: skip
    commit(world, batch)
    found = targets()
    assert set(found) == {
        ("甲化工有限公司", "乙烯"), ("甲化工有限公司", "丙烯(PDH/MTO)"), ("乙化工有限公司", None), ("丙化工有限公司", None),
    }  # fmt: skip
    first = found["甲化工有限公司", "乙烯"]
    assert (first.progress, first.entry_kind, first.standing) == (
        LinkProgress.CONTACTED, EntryKind.TOWNSFOLK, "行业前三",
    )  # fmt: skip
    assert first.source is TargetSource.IMPORTED
    second = found["乙化工有限公司", None]
    assert (second.entry_kind, second.entry_note, second.source) == (
        EntryKind.FUND,
        "基金参投",
        TargetSource.PROPOSED,
    )
    (signal,) = db.session.scalars(select(TargetSignal))
    assert (signal.target_id, signal.source, signal.happened_on.isoformat()) == (
        first.id,
        "公司公告",
        "2026-05-08",
    )
    link = db.session.scalars(select(CompanyLink).where(CompanyLink.company_id == first.company_id)).one()
    assert link.progress is LinkProgress.CONTACTED
    assert db.session.scalar(select(func.count()).select_from(LinkNode)) == 2
    assert db.session.scalar(select(func.count()).select_from(TargetStep)) == 4


def test_what_the_list_cannot_say_is_told_in_words(world: World, brought) -> None:
    batch = brought(ROWS)
    told = {
        (row.row_no, problem["kind"]): problem["message"]
        for row in db.session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id))
        for problem in row.problems
    }
    assert "没有叫“没有这个环节”的环节" in told[3, "node_open"]
    assert "没有写环节" in told[4, "node_open"]
    assert "不是本单位在岗人员" in told[4, "owner_open"]


def test_an_owner_of_the_zone_is_found_by_name(world: World, brought) -> None:
    officer = world.users["officer"]
    commit(world, brought([[1, "甲化工有限公司", "", "", "乙烯", "", "", "", "", officer.name, ""]]))
    assert db.session.scalars(select(Target.owner_id)).one() == officer.id


def test_a_repeated_list_adds_nothing_but_new_signals(world: World, brought) -> None:
    commit(world, brought(ROWS))
    again = [[*row] for row in ROWS]
    again[1][6], again[1][7] = "完成融资", "媒体"
    again[1][4] = ""
    batch = brought(again)
    commit(world, batch)
    assert db.session.scalar(select(func.count()).select_from(Target)) == 4
    assert sorted(db.session.scalars(select(TargetSignal.what))) == ["2026-05-08公告拟建新厂", "完成融资"]


def test_a_list_that_comes_again_fills_at_once_changes_when_confirmed_and_never_erases(
    world: World, brought, as_
) -> None:
    """Blank cells say nothing; what the target lacks comes in; what it says otherwise waits, and an undo gives it back."""
    officer = world.users["officer"]
    commit(world, brought(ROWS))
    again = [
        [1, "甲化工有限公司", "江苏", "", "乙烯", "", "", "", "供应商", officer.name, "洽谈"],
        [2, "乙化工有限公司", "浙江", "", "", "国内前五", "", "", "", "", ""],
        [3, "丙化工有限公司", "山东", "", "", "", "", "", "", "", "放弃"],
    ]
    batch = brought(again)
    told = {r.row_no: r for r in db.session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id))}
    asked = {
        no: [p["message"] for p in row.problems if p["kind"] == "target_differs"] for no, row in told.items()
    }
    assert asked == {2: ["进度 已接触 → 洽谈；切入点 乡贤 → 供应商"], 3: [], 4: ["进度 洽谈 → 放弃"]}
    assert batch.counts["waiting"] == 1
    said = {"act": "confirm", "kind": "target_differs", "place": f"{told[2].sheet}!2", "column": "10"}
    assert as_("officer").post(f"/imports/{batch.id}/fix", data=said).status_code == 302
    db.session.expire_all()
    commit(world, batch)
    found = targets()
    first, third = found["甲化工有限公司", "乙烯"], found["丙化工有限公司", None]
    assert (first.progress, first.entry_kind, first.owner_id, first.standing) == (
        LinkProgress.TALKING, EntryKind.SUPPLIER, officer.id, "行业前三",
    )  # fmt: skip
    assert found["乙化工有限公司", None].standing == "国内前五"
    assert third.progress is LinkProgress.TALKING, "nobody has confirmed that it is given up"
    link = db.session.scalars(select(CompanyLink).where(CompanyLink.company_id == first.company_id)).one()
    assert link.progress is LinkProgress.TALKING
    targeting.move(world.actor("officer"), third, LinkProgress.CONTACTED, "", TODAY)
    undone = actions.undo(world.actor("officer"), batch, clock.now())
    db.session.commit()
    found = targets()
    first = found["甲化工有限公司", "乙烯"]
    assert (first.progress, first.entry_kind, first.standing) == (
        LinkProgress.CONTACTED, EntryKind.TOWNSFOLK, "行业前三",
    )  # fmt: skip
    assert found["乙化工有限公司", None].standing == "" and undone.removed == 0 and undone.restored == 2


def test_an_undo_carries_on_the_next_steps_that_the_list_ended_and_no_others(
    world: World, brought, as_
) -> None:
    commit(world, brought(ROWS))
    officer, due = world.actor("officer"), TODAY + timedelta(days=3)
    found = targets()
    ended, touched, done = (
        found["甲化工有限公司", "乙烯"], found["丙化工有限公司", None], found["甲化工有限公司", "丙烯(PDH/MTO)"],
    )  # fmt: skip
    for target in (ended, touched, done):
        targeting.plan(officer, target, "约见总经理", due, TODAY)
    duties = {t.id: db.session.scalars(select(Followup).where(Followup.origin == f"target:{t.id}")).one() for t in (ended, touched, done)}  # fmt: skip
    followups.complete(officer, duties[done.id], "已见")
    sum(followups.escalate(clock.now() + timedelta(days=30)))
    db.session.commit()
    batch = brought([[1, "甲化工有限公司", "", "", "乙烯", "", "", "", "", "", "放弃"],
                     [2, "丙化工有限公司", "", "", "", "", "", "", "", "", "放弃"],
                     [3, "甲化工有限公司", "", "", "丙烯(PDH/MTO)", "", "", "", "", "", "放弃"]])  # fmt: skip
    for row in db.session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id)).all():
        said = {
            "act": "confirm",
            "kind": "target_differs",
            "place": f"{row.sheet}!{row.row_no}",
            "column": "10",
        }
        assert as_("officer").post(f"/imports/{batch.id}/fix", data=said).status_code == 302
    db.session.expire_all()
    commit(world, batch)
    states = [duties[t.id].state for t in (ended, touched, done)]
    assert states == [DutyState.CANCELLED, DutyState.CANCELLED, DutyState.DONE]
    assert all(step.resolved_at for step in steps_of(duties[ended.id].id))
    duties[touched.id].answer = "对方已约好，另行安排"
    db.session.commit()
    actions.undo(officer, batch, clock.now())
    db.session.commit()
    again = duties[ended.id]
    assert (again.state, again.due_on, again.closed_at, again.close_reason) == (
        DutyState.OPEN,
        again.first_due_on,
        None,
        "",
    )
    assert [step.resolved_at for step in steps_of(again.id)] == [None, None, None]
    states = [duties[t.id].state for t in (ended, touched, done)]
    assert states == [DutyState.OPEN, DutyState.CANCELLED, DutyState.DONE]
    page = as_("officer").get(f"/followups/{again.id}").get_data(as_text=True)
    assert "恢复" in page and "撤销导入" in page


def test_an_undo_takes_back_what_nobody_has_touched(world: World, brought) -> None:
    there = world.company("丙化工有限公司", zone_code="LYG-ETDZ")
    batch = brought(ROWS)
    commit(world, batch)
    kept = targets()["甲化工有限公司", "乙烯"]
    targeting.move(world.actor("officer"), kept, LinkProgress.TALKING, "", TODAY)
    db.session.commit()
    actions.undo(world.actor("officer"), batch, clock.now())
    db.session.commit()
    assert [(t.id, t.progress) for t in db.session.scalars(select(Target))] == [
        (kept.id, LinkProgress.TALKING)
    ]
    assert sorted(db.session.scalars(select(Company.name))) == ["丙化工有限公司", "甲化工有限公司"]
    assert db.session.scalar(select(func.count()).select_from(TargetSignal)) == 0
    assert db.session.get(Company, there.id) is not None


def test_a_full_undo_leaves_nothing_behind(world: World, brought) -> None:
    batch = brought(ROWS)
    commit(world, batch)
    undone = actions.undo(world.actor("officer"), batch, clock.now())
    db.session.commit()
    for model in (Target, TargetSignal, TargetStep, LinkNode, CompanyLink, Company):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0, model
    assert undone.removed == 4


def test_the_bureaus_list_is_the_citys(world: World, brought) -> None:
    commit(world, brought(ROWS[:2], "bureau"), "bureau")
    assert {t.zone_id for t in db.session.scalars(select(Target))} == {None}
    assert {link.zone_id for link in db.session.scalars(select(CompanyLink))} == {None}


def test_any_company_list_is_read_as_targets_that_wait(world: World, brought) -> None:
    rows = [["600001", "某某碳纤维股份有限公司", "江苏", "化工新材料", "碳纤维原丝"]]
    commit(world, brought(rows, top=["股票代码", "公司名称", "省份", "行业分类", "产品类型"]))
    (target,) = db.session.scalars(select(Target))
    assert target.node_id is None
    company = db.session.get(Company, target.company_id)
    assert company is not None
    assert (company.listed_code, company.business) == ("600001", "碳纤维原丝")


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("靶向企业名称", "name"), ("招商目标(靶向)企业", "name"), ("所在环节", "node"), ("切入点(乡贤/供应商/基金/协会)", "entry"),
        ("进度(未接触/已接触/洽谈/放弃)", "progress"), ("营收/排名(500强/上市/专精特新)", "standing"), ("信息源", "signal_source"),
        ("对接责任人", "owner"), ("公司名称", "name"), ("主要产品", "business"),
    ],
)  # fmt: skip
def test_headings_of_the_sheet_are_known(heading: str, field: str) -> None:
    assert headings.field_of(BatchKind.TARGETS, heading) == field
