"""A monthly sheet (月度投资): matched, compared, carried out, taken back."""

from collections.abc import Callable, Sequence
from decimal import Decimal as D
from typing import Any

import pytest
from sqlalchemy import select

from crm.core import clock
from crm.core.db import db
from crm.imports import actions
from crm.imports.models import ImportBatch
from crm.imports.rules import RowAction
from crm.imports.rules.rows import ReadRow
from crm.pipeline import actions as pipeline
from crm.pipeline import queries as months
from crm.pipeline.models import Adjustment
from crm.pipeline.rules import investment as rules
from crm.pipeline.rules import month_of
from crm.projects import queries as projects
from crm.projects.models import Phase, Project
from crm.projects.rules import Stage
from tests.factories import World
from tests.imports.sheets import workbook

TODAY = clock.today()
THIS = month_of(TODAY)
LAST = rules.month_before(THIS)
HEAD = ("项目编号", "项目名称", "所属园区", "月份", "本月完成投资（万元）", "到位资金（万元）", "其中：设备（万元）", "形象进度", "入统时间", "累计完成投资（万元）")  # fmt: skip

Preview = Callable[..., list[ReadRow]]
Bring = Callable[..., ImportBatch]


def sheet(*rows: Sequence[Any], title: str = "") -> bytes:
    head: list[Sequence[Any]] = [[title]] if title else []
    return workbook([*head, HEAD, *rows], name="投资")


def line(
    code: Any = None, name: Any = None, month: Any = THIS, completed: Any = 100, **more: Any
) -> list[Any]:
    row = {"zone": None, "paid": None, "equipment": None, "progress": None, "on": None, "whole": None} | more
    return [code, name, row["zone"], month, completed, row["paid"], row["equipment"], row["progress"], row["on"], row["whole"]]  # fmt: skip


def started(world: World, **values: Any) -> Project:
    made = world.project(stage=Stage.STARTED, **values)
    db.session.commit()
    return made


def truth(project: Project, month: str = THIS, phase: Phase | None = None) -> rules.Truth:
    rows = months.investment_rows([project.id]).get(project.id, [])
    return rules.truth([r for r in rows if r.phase_id == (phase.id if phase else None)], month)


def report(world: World, project: Project, completed: str, month: str = THIS) -> None:
    draft = rules.Draft(rules.Amounts(D(completed)))
    pipeline.report(world.actor("officer"), project, month, draft, TODAY, clock.now())
    db.session.commit()


def test_rows_find_their_project_by_code_or_by_zone_and_name(world: World, bring: Bring) -> None:
    first, second = started(world, name="甲厂"), started(world, name="乙厂")
    started(world, name="乙厂", zone_code="LYG-XUWEI")
    content = sheet(
        line(first.code, None, completed=1200.5, paid=900, equipment=300, progress="主体", on=f"{LAST}-05"),
        line(None, "乙厂", zone="市开发区", completed=88, whole=500),
    )
    batch = bring(content, kind="investment")
    assert (batch.counts["new"], batch.counts["errors"]) == (2, 0)
    known = truth(first)
    assert known.amounts == rules.Amounts(D("1200.5"), D(900), D(300))
    assert known.said.progress == "主体" and known.said.in_statistics
    assert truth(second).amounts == rules.Amounts(D(88))


def test_the_month_comes_from_the_title_where_the_rows_have_none(world: World, preview: Preview) -> None:
    project = started(world, name="甲厂")
    year, month = LAST.split("-")
    rows = preview(
        sheet(line(project.code, month=None), title=f"{year}年{int(month)}月项目投资完成情况"),
        kind="investment",
    )
    assert [(r.action, r.fields["month"]) for r in rows] == [(RowAction.NEW, LAST)]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"code": "ETDZ-1999-0001"}, "project_unknown"),
        ({"name": "没有的厂", "zone": "市开发区"}, "project_unknown"),
        ({"month": None}, "month_bad"),
        ({"month": "2099-01"}, "month_bad"),
        ({"month": "今年"}, "date_bad"),
        ({"completed": "-5"}, "amount_bad"),
        ({"completed": "很多"}, "amount_bad"),
        ({"completed": 10, "equipment": 11}, "investment_bad"),
        ({"completed": None, "progress": None}, "investment_bad"),
    ],
)
def test_what_cannot_be_taken_says_why_in_its_row(
    world: World, preview: Preview, values: dict[str, Any], kind: str
) -> None:
    project = started(world, name="甲厂")
    given = {"code": project.code} if "code" not in values and "name" not in values else {}
    (row,) = preview(sheet(line(**given, **values)), kind="investment")
    assert row.action is RowAction.ERROR
    assert kind in [p.kind for p in row.problems]


def test_the_same_project_and_month_twice_is_taken_once(world: World, preview: Preview) -> None:
    project = started(world)
    rows = preview(sheet(line(project.code), line(project.code, completed=5)), kind="investment")
    assert [r.action for r in rows] == [RowAction.NEW, RowAction.DUPLICATE]


def test_another_figure_waits_for_a_person_and_blanks_never_erase(world: World, bring: Bring) -> None:
    project = started(world)
    report(world, project, "100")
    content = sheet(line(project.code, completed=120, progress="封顶"))
    batch = bring(content, kind="investment")
    assert batch.counts["kinds"]["differs"] == 1 and batch.counts["updated"] == 0
    assert batch.counts["waiting"] == 1
    assert truth(project).amounts.completed == D(100)
    bring(content, kind="investment", all_confirmed=True)
    assert truth(project).amounts.completed == D(120)
    assert bring(sheet(line(project.code, completed=120)), kind="investment").counts["duplicates"] == 1
    assert truth(project).said.progress == "封顶"


def test_a_closed_month_is_asked_about_and_its_difference_goes_into_the_open_one(
    world: World, bring: Bring, preview: Preview
) -> None:
    project = started(world)
    report(world, project, "100", LAST)
    pipeline.lock_month(world.actor("bureau"), LAST, TODAY, clock.now())
    db.session.commit()
    content = sheet(line(project.code, month=LAST, completed=90))
    (row,) = preview(content, kind="investment")
    assert [p.kind for p in row.problems] == ["month_closed"]
    assert row.problems[0].message.startswith("完成投资 100 → 90 万元。") and THIS in row.problems[0].message
    counts = bring(content, kind="investment").counts
    assert (counts["updated"], counts["waiting"]) == (0, 1)
    counts = bring(content, kind="investment", all_confirmed=True).counts
    assert (counts["new"], counts["updated"], counts["waiting"]) == (0, 1, 0)
    known = truth(project, LAST)
    assert known.own is not None and known.own.amounts.completed == D(100)
    assert [(c.month, c.amounts.completed) for c in known.corrections] == [(THIS, D(-10))]


def test_phases_are_named_in_their_own_column(world: World, bring: Bring, preview: Preview) -> None:
    project = started(world)
    phase = Phase(project_id=project.id, no=1, name="一期")
    db.session.add(phase)
    db.session.commit()
    rows = [("项目编号", "项目名称", "分期", "月份", "完成投资(万元)"), (project.code, None, "一期", THIS, 7)]
    assert bring(workbook(rows), kind="investment").counts["new"] == 1
    assert truth(project, phase=phase).amounts.completed == D(7)
    wrong = [rows[0], (project.code, None, "九期", THIS, 7)]
    (row,) = preview(workbook(wrong), kind="investment")
    # The cell is known, so that it can be put right in place.
    assert [(p.kind, p.column) for p in row.problems] == [("phase_unknown", 2)]


def test_an_officer_brings_in_his_own_zone_alone(world: World, preview: Preview) -> None:
    other = started(world, zone_code="LYG-XUWEI", name="徐圩的厂")
    rows = preview(
        sheet(line(other.code), line(None, "徐圩的厂", zone="徐圩新区")), kind="investment", as_="officer"
    )
    assert [r.action for r in rows] == [RowAction.ERROR, RowAction.ERROR]


class TestUndo:
    def test_what_it_made_goes_and_what_it_changed_comes_back(self, world: World, bring: Bring) -> None:
        made, changed = started(world), started(world)
        report(world, changed, "100")
        batch = bring(
            sheet(line(made.code), line(changed.code, completed=130)), kind="investment", all_confirmed=True
        )
        assert (batch.counts["new"], batch.counts["updated"]) == (1, 1)
        undone = actions.undo(world.actor("bureau"), batch, clock.now())
        assert (undone.removed, undone.restored, undone.left_count) == (1, 1, 0)
        assert not truth(made).known
        assert truth(changed).amounts.completed == D(100)

    def test_what_somebody_saved_since_is_left_and_named(self, world: World, bring: Bring) -> None:
        project = started(world)
        batch = bring(sheet(line(project.code)), kind="investment")
        report(world, project, "101")
        undone = actions.undo(world.actor("bureau"), batch, clock.now())
        assert undone.left_count == 1 and project.code in undone.left[0]
        assert truth(project).amounts.completed == D(101)

    def test_a_month_closed_since_is_left(self, world: World, bring: Bring) -> None:
        project = started(world)
        batch = bring(sheet(line(project.code, month=LAST)), kind="investment")
        pipeline.lock_month(world.actor("bureau"), LAST, TODAY, clock.now())
        undone = actions.undo(world.actor("bureau"), batch, clock.now())
        assert undone.left_count == 1 and "结账" in undone.left[0]
        assert truth(project, LAST).amounts.completed == D(100)

    def test_a_correction_is_taken_back_with_both_values_kept(self, world: World, bring: Bring) -> None:
        project = started(world)
        report(world, project, "100", LAST)
        pipeline.lock_month(world.actor("bureau"), LAST, TODAY, clock.now())
        db.session.commit()
        batch = bring(
            sheet(line(project.code, month=LAST, completed=90)), kind="investment", all_confirmed=True
        )
        actions.undo(world.actor("bureau"), batch, clock.now())
        assert truth(project, LAST).amounts.completed == D(100)
        kept = db.session.execute(select(Adjustment.before, Adjustment.after).order_by(Adjustment.id)).all()
        assert [tuple(row) for row in kept] == [("100", "90"), ("90", "100")]


def test_the_wizard_takes_the_kind(world: World, as_: Any) -> None:
    officer = as_("officer")
    page = officer.get("/imports/new/investment").get_data(as_text=True)
    assert "月度投资" in page
    assert "月度投资" in officer.get("/imports").get_data(as_text=True)


class TestTheLedgersOwnAmounts:
    HEAD = ("项目名称", "投资方", "总投资（亿元）", "固投（亿元）", "设备投资（亿元）", "注册资本（万元）", "纳统项目名称", "纳统计划总投资额（亿元）", "所属园区")  # fmt: skip
    ROW = ("甲厂", "甲方有限公司", 2, 1.5, 0.6, 5000, "年产十万吨项目", 1.8, "市开发区")

    def test_they_are_read_into_fields_of_their_own(self, world: World, bring: Bring) -> None:
        assert bring(workbook([self.HEAD, self.ROW])).counts["new"] == 1
        made = db.session.scalars(select(Project).where(Project.name == "甲厂")).one()
        assert (made.total_investment, made.fixed_investment) == (D(20000), D(15000))
        assert (made.equipment_investment, made.registered_capital) == (D(6000), D(5000))
        assert (made.statistics_name, made.statistics_amount) == ("年产十万吨项目", D(18000))

    def test_another_amount_waits_for_a_person_and_is_kept_in_the_history(
        self, world: World, bring: Bring
    ) -> None:
        bring(workbook([self.HEAD, self.ROW]))
        other = (*self.ROW[:7], 1.9, self.ROW[8])
        bring(workbook([self.HEAD, other]))
        made = db.session.scalars(select(Project).where(Project.name == "甲厂")).one()
        assert made.statistics_amount == D(18000)
        batch = bring(workbook([self.HEAD, other]), all_confirmed=True)
        db.session.refresh(made)
        assert made.statistics_amount == D(19000)
        fields = [c.field for c in projects.changes_of(made.id)]
        assert "statistics_amount" in fields
        actions.undo(world.actor("bureau"), batch, clock.now())
        db.session.refresh(made)
        assert made.statistics_amount == D(18000)
