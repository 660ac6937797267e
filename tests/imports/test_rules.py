"""Reading: headings, grids, cells, rows. No database."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core import tables
from crm.core.errors import RuleBroken
from crm.imports.rules import BatchKind, Level, RowAction, grid, headings, letter, rows
from crm.imports.rules.cells import hidden_digits
from crm.imports.rules.projects import Sender, investors
from crm.imports.rules.rows import Choices, ReadRow, Task
from crm.imports.rules.signing import agreement_of, stage_of
from crm.imports.rules.zone_names import ZoneNames
from crm.pipeline.rules import AgreementKind
from crm.projects.rules import Stage
from crm.zones.rules import Resolution, ZoneName, alias_key, choose
from tests.imports.sheets import csv, ledger, workbook

TODAY = date(2026, 11, 23)
_ZONES = (
    ZoneName(1, "LYG-ETDZ", "连云港经济技术开发区", "市开发区", 101, "市开发区板块"),
    ZoneName(2, "LYG-GANYU", "江苏赣榆经济开发区", "赣榆经济开发区", 102, "赣榆区"),
    ZoneName(3, "LYG-DONGHAI", "江苏东海经济开发区", "东海经济开发区", 103, "东海县"),
)
_NAMES = {zone.short_name: [zone] for zone in _ZONES} | {"经开区": list(_ZONES)}


def _find(written: str, county_id: int | None) -> Resolution:
    return choose(_NAMES.get(alias_key(written), []), county_id)


NAMES = ZoneNames(_ZONES, _find)
CITY = Sender(None, None)


def read(
    content: bytes,
    filename: str = "a.xlsx",
    kind: BatchKind = BatchKind.PROJECTS,
    sender: Sender = CITY,
    **choices: Any,
) -> list[ReadRow]:
    book = tables.open_book(content, filename)
    found = rows.tables_of(book, kind, names=NAMES)
    return list(rows.read(found, Task(kind, TODAY, NAMES, sender, Choices(**choices))))


def kinds(row: ReadRow, level: Level = Level.ERROR) -> list[str]:
    return [problem.kind for problem in row.problems if problem.level is level]


# --- headings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("项目名称", "project_name"),
        (" 项 目\n名 称 ", "project_name"),
        ("＊项目名称（必填）", "project_name"),
        ("投资方名称", "investor"),
        ("总投资（亿元）", "total_investment"),
        ("计划总投资(亿元人民币）", "total_investment"),
        ("投资额(万美元）", "total_investment_usd"),
        ("其中：固投", "fixed_investment"),
        ("用地/房面积（亩、平方米）", "land_mu"),
        ("县（区）", "county"),
        ("投资方联系人及电话", "contact"),
        ("责任人及联系电话", "owner"),
        ("责任人电话", "owner_phone"),
        ("首次对接\n时间", "first_contact_date"),
        ("进度、备注", "progress"),
        ("预计投产时间", "plan_production_date"),
        ("项目背景", None),
        ("股权比例", None),
    ],
)
def test_a_heading_is_known_however_it_is_written(heading: str, field: str | None) -> None:
    assert headings.field_of(BatchKind.PROJECTS, heading) == field


@pytest.mark.parametrize(
    ("heading", "field", "unit"),
    [
        ("总投资（亿元）", "total_investment", "亿元"),
        ("总投资(万元人民币)", "total_investment", "万元"),
        ("投资额(万美元）", "total_investment_usd", "万美元"),
        ("总投资", "total_investment", None),
        ("用地（亩）", "land_mu", "亩"),
        ("用地面积（公顷）", "land_mu", "公顷"),
    ],
)
def test_a_unit_is_read_from_the_heading(heading: str, field: str, unit: str | None) -> None:
    assert headings.unit_of(heading, field) == unit


@given(st.integers(0, 3000))
def test_letters_count_as_spreadsheets_do(column: int) -> None:
    value = 0
    for character in letter(column):
        value = value * 26 + ord(character) - 64
    assert value == column + 1


# --- where the table is ---------------------------------------------------------------------------


def _grid(content: bytes, kind: BatchKind = BatchKind.PROJECTS) -> grid.Found | None:
    return grid.find(tables.open_book(content, "a.xlsx").sheets[0], kind)


@pytest.mark.parametrize("above", range(0, 14, 3))
def test_headings_are_found_anywhere_in_the_first_rows(above: int) -> None:
    found = _grid(
        workbook([*[["说明", None, None]] * above, ["项目名称", "投资方", "总投资"], ["甲项目", "乙公司", 1]])
    )
    assert found is not None
    assert found.first == found.last == above


def test_two_levels_of_merged_headings_are_read_together() -> None:
    content = workbook(
        [
            ["序号", "项目名称", "投资方", None, "投资情况", None],
            [None, None, "名称", "联系人及电话", "总投资", "其中：固投"],
            [1, "甲项目", "乙公司", "张三13800000000", 5, 4],
        ],
        merged=[(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3), (0, 4, 0, 5)],
    )
    found = _grid(content)
    assert found is not None
    assert (found.first, found.last) == (0, 1)
    assert [column.field for column in found.columns] == [
        "seq",
        "project_name",
        "investor",
        "contact",
        "total_investment",
        "fixed_investment",
    ]


def test_three_levels_are_read_too() -> None:
    content = workbook(
        [
            ["项目名称", "投资", None, None],
            [None, "总额", "其中", None],
            [None, None, "固定资产投资", "到位资金"],
            ["甲项目", 9, 5, 1],
        ],
        merged=[(0, 0, 2, 0), (0, 1, 0, 3), (1, 1, 2, 1), (1, 2, 1, 3)],
    )
    found = _grid(content)
    assert found is not None
    assert found.last == 2
    assert [column.heading for column in found.columns] == [
        "项目名称",
        "投资/总额",
        "投资/其中/固定资产投资",
        "投资/其中/到位资金",
    ]


def test_a_row_of_data_is_no_second_level() -> None:
    found = _grid(ledger(["甲项目", "乙公司", 1, "2026.3", "市开发区"]))
    assert found is not None
    assert found.last == 0


@pytest.mark.parametrize(
    ("title", "unit", "land"),
    [
        ("单位：亿元、亩", "亿元", "亩"),
        ("（单位：万元）", "万元", None),
        ("计量单位:万美元", "万美元", None),
        ("填报单位：招商局", None, None),
    ],
)
def test_the_unit_stands_in_the_title(title: str, unit: str | None, land: str | None) -> None:
    found = _grid(workbook([[title, None], ["项目名称", "总投资"], ["甲项目", 1]]))
    assert found is not None
    assert (found.unit, found.land_unit) == (unit, land)


def test_a_sheet_without_a_known_heading_is_refused_in_words() -> None:
    with pytest.raises(RuleBroken, match="没有找到表头"):
        read(workbook([["甲", "乙"], [1, 2]]))


def test_an_empty_sheet_is_refused_in_words() -> None:
    with pytest.raises(RuleBroken, match="没有内容"):
        read(workbook([]))


# --- rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "left_out",
    [
        ["一、产业项目（6个）"],
        ["（二）外资项目"],
        ["小计", None, 12],
        ["合计", "14个", 500],
        ["合  计", None, 12],
        ["备注：1.本表每周五报送"],
        ["注:总投资为计划数"],
        ["填报人：     联系电话："],
        ["项目名称", "投资方", "总投资（亿元）", "首次对接时间", "所属园区"],
        ["截至目前没有其他项目"],
    ],
)
def test_sections_totals_and_notes_are_left_out(left_out: list[Any]) -> None:
    if left_out[0] == "截至目前没有其他项目":
        left_out = [None, *left_out]
    found = read(
        ledger(
            ["甲项目", "乙公司", 1, "2026.3", "市开发区"],
            left_out,
            [],
            ["丙项目", "丁公司", 2, "2026.4", "市开发区"],
        )
    )
    assert [row.action for row in found] == [RowAction.NEW, RowAction.SKIP, RowAction.NEW]


def test_a_row_without_a_name_is_an_error_beside_its_cell() -> None:
    (row,) = read(ledger([None, "乙公司", 1, "2026.3", "市开发区"]))
    assert row.action is RowAction.ERROR
    assert kinds(row) == ["no_name"]
    assert row.problems[0].column == 0


def test_a_negative_amount_is_an_error() -> None:
    (row,) = read(ledger(["甲项目", "乙公司", -1, "2026.3", "市开发区"]))
    assert kinds(row) == ["amount_bad"]
    assert "不能为负" in row.errors()[0].message


def test_a_range_takes_its_lower_end_and_asks() -> None:
    (row,) = read(ledger(["甲项目", "乙公司", "10-15亿元", "2026.3", "市开发区"]))
    assert row.action is RowAction.NEW
    assert row.fields["total_investment"] == "100000"
    assert "取下限" in row.fields["amount_note"]
    assert kinds(row, Level.CONFIRM) == ["amount_range"]


def test_an_amount_without_any_unit_is_an_error() -> None:
    (row,) = read(workbook([["项目名称", "总投资"], ["甲项目", 12]]))
    assert "没有单位" in row.errors()[0].message


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("12.5亿", "125000"),
        ("5000万", "5000"),
        ("１２．５亿元", "125000"),
        ("58,000万", "58000"),
        (3.4, "34000"),
        ("约10亿元", "100000"),
    ],
)
def test_the_unit_in_the_cell_comes_before_the_heading(written: Any, expected: str) -> None:
    (row,) = read(ledger(["甲项目", "乙公司", written, None, None]))
    assert row.fields["total_investment"] == expected


def test_an_amount_in_dollars_goes_to_its_own_column() -> None:
    (row,) = read(ledger(["甲项目", "乙公司", "1.2亿美元", None, None]))
    assert row.fields["total_investment_usd"] == "12000"
    assert "total_investment" not in row.fields
    assert row.fields["capital"] == "foreign"


@pytest.mark.parametrize("written", ["待定", "/", "—", "", None])
def test_what_is_not_known_stays_unknown_and_is_never_zero(written: str | None) -> None:
    (row,) = read(ledger(["甲项目", "乙公司", written, written, "市开发区"]))
    assert "total_investment" not in row.fields
    assert "first_contact_on" not in row.fields
    assert row.action is RowAction.NEW


def test_a_date_that_may_be_october_has_to_be_chosen() -> None:
    (row,) = read(ledger(["甲项目", "乙公司", 1, "2026.1", "市开发区"]))
    assert row.action is RowAction.ERROR
    assert row.errors()[0].options == ("2026年1月", "2026年10月")
    (chosen,) = read(
        ledger(["甲项目", "乙公司", 1, "2026.1", "市开发区"]), cells={"在谈项目!2!3": "2026年10月"}
    )
    assert chosen.fields["first_contact_on"] == "2026-10-01"


def test_a_zone_is_resolved_in_the_senders_county_first() -> None:
    content = ledger(["甲项目", "乙公司", 1, "2026.3", "经开区"])
    (row,) = read(content)
    assert kinds(row) == ["zone_several"]
    assert set(row.errors()[0].options) == {"市开发区", "赣榆经济开发区", "东海经济开发区"}
    (row,) = read(content, sender=Sender(102, None))
    assert row.fields["zone"] == "LYG-GANYU"


def test_a_county_column_settles_a_zone_before_the_sender_does() -> None:
    content = workbook([["项目名称", "市区", "园区"], ["甲项目", "东海县", "经开区"]])
    (row,) = read(content, sender=Sender(102, None))
    assert row.fields["zone"] == "LYG-DONGHAI"


def test_an_unknown_zone_is_an_error_with_the_zones_to_choose_from() -> None:
    (row,) = read(ledger(["甲项目", "乙公司", 1, "2026.3", "月球开发区"]))
    assert kinds(row) == ["zone_unknown"]
    assert "市开发区" in row.errors()[0].options


def test_another_zones_row_is_refused_to_a_zones_officer() -> None:
    (row,) = read(
        ledger(["甲项目", "乙公司", 1, "2026.3", "东海经济开发区"]), sender=Sender(101, frozenset({1}))
    )
    assert kinds(row) == ["zone_foreign"]


def test_a_column_named_unit_is_a_zone_when_its_cells_say_so() -> None:
    zones = read(workbook([["项目名称", "责任单位"], ["甲项目", "市开发区"], ["乙项目", "赣榆经济开发区"]]))
    assert [row.fields["zone"] for row in zones] == ["LYG-ETDZ", "LYG-GANYU"]
    departments = read(workbook([["项目名称", "责任单位"], ["甲项目", "招商二局"]]))
    assert departments[0].fields["zone"] is None


def test_name_and_number_in_one_cell_are_split() -> None:
    content = workbook(
        [["项目名称", "投资方", "投资方联系人及电话"], ["甲项目", "乙公司", "李经理—13800001234"]]
    )
    (row,) = read(content)
    assert [(person.name, person.phone) for person in row.people] == [("李经理", "13800001234")]
    assert "13800001234" not in " ".join(row.masked())


def test_the_first_of_several_investors_is_the_main_one() -> None:
    (row,) = read(ledger(["甲项目", "澄崖公司、岚峪光电公司", 1, None, None]))
    assert row.fields["company"]["name"] == "澄崖公司"
    assert row.fields["investors"] == ["澄崖公司", "岚峪光电公司"]


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("甲公司、乙公司", ["甲公司", "乙公司"]),
        ("甲（江苏、上海）公司", ["甲（江苏、上海）公司"]),
        ("甲公司和乙公司", ["甲公司", "乙公司"]),
        ("和创新材料公司", ["和创新材料公司"]),
        ("", []),
    ],
)
def test_investors_are_split_outside_brackets(written: str, names: list[str]) -> None:
    assert investors(written) == names


def test_cells_merged_downwards_are_carried_but_amounts_never() -> None:
    content = workbook(
        [
            ["项目名称", "投资方", "总投资（亿元）", "园区"],
            ["甲项目", "乙公司", 5, "市开发区"],
            ["丙项目", "丁公司", None, None],
        ],
        merged=[(1, 2, 2, 2), (1, 3, 2, 3)],
    )
    first, second = read(content)
    assert second.fields["zone"] == first.fields["zone"] == "LYG-ETDZ"
    assert "total_investment" not in second.fields


def test_text_that_looks_like_a_formula_stays_text() -> None:
    (row,) = read(ledger(["=SUM(1+1)项目", "@乙公司", 1, None, None]))
    assert row.fields["name"] == "=SUM(1+1)项目"
    assert row.fields["company"]["name"] == "@乙公司"


def test_a_skipped_row_is_left_out_on_request() -> None:
    found = read(ledger(["甲项目", "乙公司", -1, None, None]), skipped=frozenset({"在谈项目!2"}))
    assert [row.action for row in found] == [RowAction.SKIP]


# --- signing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("投资协议", AgreementKind.INVESTMENT),
        ("入园协议", AgreementKind.INVESTMENT),
        ("投资合作合同", AgreementKind.INVESTMENT),
        ("投资框架协议", AgreementKind.FRAMEWORK),
        ("意向书", AgreementKind.FRAMEWORK),
        ("合作备忘录", AgreementKind.FRAMEWORK),
        ("解除协议", AgreementKind.TERMINATION),
        ("其他", None),
    ],
)
def test_a_framework_agreement_stays_one(written: str, kind: AgreementKind | None) -> None:
    assert agreement_of(written) is kind


@pytest.mark.parametrize("word", ["已签约", "已开工", "已投产", "竣工验收", "完成注册"])
def test_no_word_of_a_ledger_moves_a_project_beyond_intent(word: str) -> None:
    assert stage_of(word) is Stage.INTENT


def test_a_signing_date_becomes_a_draft_with_its_precision() -> None:
    content = workbook([["项目名称", "签约日期", "协议类型"], ["甲项目", "2025.08", "投资协议"]])
    (row,) = read(content)
    (signed,) = row.fields["milestones"]
    assert (signed["kind"], signed["happened_on"], signed["precision"], signed["agreement_kind"]) == (
        "signed",
        "2025-08-01",
        "month",
        "investment",
    )
    assert row.fields["stage"] == "intent"


def test_a_dissolved_agreement_is_no_signing() -> None:
    (row,) = read(workbook([["项目名称", "签约日期", "协议类型"], ["甲项目", "2025-08-01", "解除协议"]]))
    assert "milestones" not in row.fields
    assert kinds(row, Level.CONFIRM) == ["termination"]


# --- company lists --------------------------------------------------------------------------------


def test_english_headings_of_stock_lists_are_known() -> None:
    content = csv(
        "index,ts_code,name,area,industry,fullname", "0,900001.SZ,云岫材料,深圳,化工,云岫材料股份有限公司"
    )
    (row,) = read(content, "listed.csv", BatchKind.COMPANIES)
    assert row.fields == {
        "name": "云岫材料股份有限公司",
        "short_name": "云岫材料",
        "region": "深圳",
        "industry": "化工",
        "listed_code": "900001",
        "kind": "listed",
    }


def test_a_list_of_short_names_only_names_its_firms_by_them() -> None:
    (row,) = read(
        csv("code,code_name,industry", "sh.600999,东麓银行,银行", encoding="gb18030"),
        "listed.csv",
        BatchKind.COMPANIES,
    )
    assert (row.fields["name"], row.fields["listed_code"]) == ("东麓银行", "600999")


def test_revenue_is_not_taken_for_the_business() -> None:
    (row,) = read(
        csv("公司名称,主营业务收入(202112),主营业务", "恒漠有限公司,1693.83亿,化工"),
        "a.csv",
        BatchKind.COMPANIES,
    )
    assert row.fields["business"] == "化工"


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("91320706MA1MXG3X0C", "error"),
        ("320700000012345", "old_reg_no"),
        ("3209231100626", "error"),
        ("", "none"),
    ],
)
def test_credit_codes_are_verified_and_old_numbers_kept_as_such(code: str, field: str) -> None:
    (row,) = read(csv("企业名称,统一社会信用代码", f"恒漠有限公司,{code}"), "a.csv", BatchKind.COMPANIES)
    assert (row.action is RowAction.ERROR) == (field == "error")
    assert ("old_reg_no" in row.fields) == (field == "old_reg_no")
    assert "uscc" not in row.fields


def test_registered_capital_in_another_currency_stays_as_text() -> None:
    (row,) = read(csv("企业名称,注册资金", "恒漠有限公司,100(万港元)"), "a.csv", BatchKind.COMPANIES)
    assert row.fields["registered_capital_text"] == "100(万港元)"
    assert "registered_capital" not in row.fields
    assert row.action is RowAction.NEW


def test_a_founding_year_alone_makes_no_day() -> None:
    (row,) = read(csv("企业名称,成立时间", "恒漠有限公司,2014年"), "a.csv", BatchKind.COMPANIES)
    assert "founded_on" not in row.fields
    assert kinds(row, Level.READ) == ["left_out"]


@given(st.decimals(min_value=0, max_value=Decimal("99999.99"), places=2))
def test_every_amount_comes_out_exact(value: Decimal) -> None:
    content = csv("项目名称,总投资（亿元）", f"甲项目,{value}")
    (row,) = read(content, "a.csv")
    assert Decimal(row.fields["total_investment"]) == value * 10_000


@given(st.text(alphabet="0123456789- 张三", max_size=20))
def test_covered_digits_never_show_a_whole_number(written: str) -> None:
    shown = hidden_digits(written)
    assert len(shown) == len(written)
    assert shown[-4:] == written[-4:]
