"""The workbook as people get it: a golden grid, and what a spreadsheet must never do to it."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from crm.core import clock
from crm.weekly import queries, sheets
from tests.weekly.world import WEEK, fill

GOLDEN = Path(__file__).parent.parent / "golden" / "weekly.txt"
SHEETS = ["总览", "产业链", "在谈", "签约", "开工", "重大项目配额", "本周走访", "逾期跟进"]


@pytest.fixture
def book(world: Any) -> Any:
    fill(world)
    now = clock.now()
    file = io.BytesIO()
    sheets.write(queries.report(world.actor("bureau"), queries.week(WEEK, now), now), file)
    return file


def opened(book: io.BytesIO, **how: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(book.getvalue()), **how)


def grid(workbook: Any) -> str:
    """Every sheet as lines of cells; empty rows of the long zone lists are kept, trailing empty cells are not."""
    lines: list[str] = []
    for sheet in workbook.worksheets:
        lines.append(f"## {sheet.title}")
        for row in sheet.iter_rows(values_only=True):
            cells = ["" if value is None else str(value).replace("\n", "／") for value in row]
            lines.append("|".join(cells).rstrip("|"))
    return "\n".join(lines) + "\n"


def test_the_workbook_reads_as_the_golden_grid(book: Any) -> None:
    """Project codes are numbered by the run, so the grid has none; on a wanted change write the new grid to the file."""
    found = grid(opened(book))
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_the_sheets_stand_in_their_order(book: Any) -> None:
    assert opened(book).sheetnames == SHEETS


def test_every_sheet_is_set_up_to_be_printed_and_scrolled(book: Any) -> None:
    for sheet in opened(book).worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert int(sheet.page_setup.paperSize) == 9
        assert sheet.print_title_rows == "$1:$3"
        assert "&P" in sheet.oddFooter.center.text
        assert sheet.freeze_panes is not None
        assert sheet.freeze_panes.endswith("4")
        assert {str(r)[:3] for r in sheet.merged_cells.ranges} == {"A1:", "A2:"}
        assert sheet["A1"].font.name == "宋体"
        assert sheet["A4"].font.name == "仿宋"


def test_what_people_typed_is_text_and_never_a_formula(book: Any) -> None:
    talks = opened(book)["在谈"]
    cells = {cell.value: cell for row in talks.iter_rows() for cell in row if isinstance(cell.value, str)}
    for words in ("+碳纤维复材", "=1+1 看了两块地"):
        assert cells[words].data_type == "s"
    assert opened(book)["本周走访"]["I4"].data_type == "s"


def test_totals_are_formulas_that_carry_their_value(book: Any) -> None:
    with_formulas, with_values = opened(book)["在谈"], opened(book, data_only=True)["在谈"]
    last = with_formulas.max_row
    assert with_formulas.cell(last, 6).value == f"=SUM(F4:F{last - 1})"
    assert with_values.cell(last, 6).value == pytest.approx(19.345678)
    assert with_formulas.cell(4, 6).number_format == "#,##0.00"


def test_an_18_digit_code_stays_text(book: Any, world: Any) -> None:
    from crm.core.tables.books import Column, Table, write_book

    file = io.BytesIO()
    write_book(
        file,
        [
            Table(
                "表",
                "题",
                "行",
                [Column("代码"), Column("数", kind="number", total=True)],
                [["913207001234567890", None]],
            )
        ],
        title="",
        author="",
    )
    sheet = opened(file)["表"]
    assert (sheet["A4"].value, sheet["A4"].data_type) == ("913207001234567890", "s")
    assert (sheet["B4"].value, sheet["B5"].value) == ("—", "—")
