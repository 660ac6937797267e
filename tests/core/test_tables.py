"""Workbooks and CSV files in and out, and the files that are refused."""

import io
import struct
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from crm.core import tables
from crm.core.errors import RuleBroken
from crm.core.tables import Merged


def workbook(rows: list[list[object]]) -> bytes:
    buffer = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    book.save(buffer)
    return buffer.getvalue()


def rows_of(content: bytes, filename: str) -> list[list[tables.Cell]]:
    return list(tables.open_book(content, filename).sheets[0].rows)


# --- reading ----------------------------------------------------------------------------------------


def test_cells_come_out_as_plain_values_and_ids_never_as_floats():
    content = workbook(
        [
            ["代码", 13800001234, 1.5, True, None],
            ["913206841387832638", date(2026, 3, 5), "  ", "a\r\nb", 44635],
        ]
    )
    first, second = rows_of(content, "表.xlsx")
    assert first == ["代码", 13800001234, 1.5, True, None]
    assert [type(value) for value in first[1:4]] == [int, float, bool]
    assert second == ["913206841387832638", date(2026, 3, 5), None, "a\nb", 44635]


def test_rows_columns_and_merged_ranges_count_from_the_corner_of_the_sheet():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["C4"], sheet["D5"] = "标题", 2
    sheet.merge_cells("C4:D4")
    book.create_sheet("藏").sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    read = tables.open_book(buffer.getvalue(), "偏.xlsx")
    main, hidden = read.sheets
    assert list(main.rows)[3:] == [[None, None, "标题", None], [None, None, None, 2]]
    assert main.merged == (Merged(3, 2, 3, 3),)
    assert (main.hidden, hidden.hidden, hidden.is_empty) == (False, True, True)


def test_rows_can_be_read_again_from_the_start(tmp_path: Path):
    path = tmp_path / "upload.bin"
    path.write_bytes(workbook([["a"], ["b"]]))
    sheet = tables.open_book(path, "名单.xlsx").sheets[0]
    assert list(sheet.rows) == list(sheet.rows) == [["a"], ["b"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_text_tables_are_read_in_every_encoding_and_with_every_delimiter(encoding, mark):
    lines = [["企业名称", "代码"], ["连云港某某，有限公司", "001"], ['甲"乙', ""]]
    quoted = "".join(
        mark.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) + "\r\n" for row in lines
    )
    assert rows_of(quoted.encode(encoding), "名单.csv") == [
        ["企业名称", "代码"],
        ["连云港某某，有限公司", "001"],
        ['甲"乙', None],
    ]


def test_a_code_kept_as_text_by_a_formula_in_csv_is_the_code():
    assert rows_of(b'name,code\r\na,"=""0012"""\r\n', "x.csv")[1] == ["a", "0012"]


def test_a_one_column_text_table_and_a_mark_inside_quotes_do_not_mislead():
    assert rows_of('名称\n"甲;乙;丙"\n丁\n'.encode(), "x.csv") == [["名称"], ["甲;乙;丙"], ["丁"]]


# --- refusals ---------------------------------------------------------------------------------------


def member(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
GOOD = workbook([["a"]])


@pytest.mark.parametrize(
    ("content", "filename", "says"),
    [
        (b"", "a.xlsx", "文件是空的"),
        (GOOD, "a.pdf", "只能读"),
        (GOOD, "无扩展名", "只能读"),
        (GOOD, "a.csv", "不是文本表格"),
        (GOOD, "a.xls", "实际是 .xlsx"),
        (GOOD, "a.xlsb", "实际是 .xlsx"),
        (b"a,b\n1,2\n", "a.xlsx", "不是 .xlsx 表格"),
        (b"%PDF-1.7", "a.xlsx", "不是 .xlsx 表格"),
        (b"<html><table>", "a.xls", "实际是网页"),
        (member({"word/document.xml": b"x"}), "a.xlsx", "文档或压缩包"),
        (OLE, "a.xlsx", "旧版 .xls"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "打开密码"),
        (OLE, "a.xls", "已损坏"),
        (GOOD[: len(GOOD) // 2], "a.xlsx", "已损坏"),
        (GOOD.replace(b"PK\x01\x02", b"PK\x01\x03"), "a.xlsx", "已损坏"),
        (workbook([]), "a.xlsx", "没有内容"),
        (b"\n\n ,\n", "a.csv", "没有内容"),
        (b"\xff\x00\xff", "a.csv", "文本表格"),
        (b"a\xff\xff\xffb,c\n", "a.csv", "编码"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(content, filename, says):
    with pytest.raises(RuleBroken, match=says):
        tables.open_book(content, filename)


def test_a_file_over_the_limit_is_refused_before_it_is_read():
    with pytest.raises(RuleBroken, match="超过 1 MB 的上限"):
        tables.open_book(b"a,b\n" * 400_000, "a.csv", limit_bytes=1024 * 1024)


def test_a_bomb_is_refused_by_what_it_says_it_unpacks_to():
    bomb = member({"xl/workbook.xml": b"x", "xl/worksheets/sheet1.xml": b"\0" * (60 * 1024 * 1024)})
    with pytest.raises(RuleBroken, match="展开后过大"):
        tables.open_book(bomb, "a.xlsx")


def test_a_bomb_that_lies_about_its_size_is_refused_as_damaged():
    size = 60 * 1024 * 1024
    bomb = member({"xl/workbook.xml": b"x", "xl/worksheets/sheet1.xml": b"\0" * size})
    lying = bomb.replace(struct.pack("<L", size), struct.pack("<L", 1000))
    with pytest.raises(RuleBroken, match="已损坏"):
        tables.open_book(lying, "a.xlsx")


def test_too_many_members_are_refused():
    with pytest.raises(RuleBroken, match="展开后过大"):
        tables.open_book(member({f"m{n}": b"" for n in range(2001)}), "a.xlsx")


@pytest.mark.parametrize(
    "cells",
    [
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b'<row r="1"><c r="A1"><v>1</v></c><c s="1" r="Z1048576"><v>1</v></c></row>',
    ],
)
def test_a_stray_cell_in_a_far_corner_is_refused_before_it_fills_the_memory(cells):
    files = {
        name: zipfile.ZipFile(io.BytesIO(GOOD)).read(name)
        for name in zipfile.ZipFile(io.BytesIO(GOOD)).namelist()
    }
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    files["xl/worksheets/sheet1.xml"] = head + cells + b"</sheetData></worksheet>"
    with pytest.raises(RuleBroken, match="范围过大"):
        tables.open_book(member(files), "a.xlsx")


# --- writing ----------------------------------------------------------------------------------------

HEADINGS = ["名称", "信用代码", "总投资（万元）", "签约日期", "登记时间", "序号"]
ROW = [
    "=HYPERLINK(1)",
    "913206841387832638",
    Decimal("12.5"),
    date(2026, 3, 5),
    datetime(2026, 3, 5, 4, 0, tzinfo=UTC),
    10**17,
]


@pytest.mark.parametrize("headings", [HEADINGS, [*HEADINGS[:-1], "名称"]], ids=["fast", "plain"])
def test_a_written_list_keeps_text_as_text_and_numbers_as_numbers(tmp_path: Path, headings):
    path = tmp_path / "名单.xlsx"
    assert tables.stream_xlsx(path, headings, iter([ROW, [None] * 6]), sheet="名单") == 2
    sheet = openpyxl.load_workbook(path).active
    assert sheet.title == "名单" and sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1]] == headings
    assert sheet["A1"].font.bold
    cells = sheet[2]
    assert [cell.data_type for cell in cells] == ["s", "s", "n", "d", "d", "s"]
    assert [cells[at].value for at in (0, 1, 2, 5)] == [
        "=HYPERLINK(1)",
        "913206841387832638",
        12.5,
        str(10**17),
    ]
    assert cells[3].value.date() == date(2026, 3, 5) and cells[3].number_format == "yyyy-mm-dd"
    assert cells[4].value == datetime(2026, 3, 5, 12, 0) and cells[4].number_format == "yyyy-mm-dd hh:mm"
    assert all(cell.value is None for cell in sheet[3])


@pytest.mark.parametrize("headings", [["名称", "值"], ["名称", "名称"]], ids=["fast", "plain"])
@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "\tx", "http://a.cn", "0012", "1e5"])
def test_no_text_becomes_a_formula_a_link_or_a_number(tmp_path: Path, headings, start):
    path = tmp_path / "x.xlsx"
    tables.stream_xlsx(path, headings, [[start, 1]])
    row = list(CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows())[1]
    assert row == [start, 1]
    written = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in written and b"<hyperlink" not in written


def test_an_empty_list_still_has_its_headings(tmp_path: Path):
    path = tmp_path / "x.xlsx"
    assert tables.stream_xlsx(path, ["名称", "值"], []) == 0
    assert [cell.value for cell in openpyxl.load_workbook(path).active[1]] == ["名称", "值"]


def test_what_no_workbook_can_hold_is_cut_and_cleaned(tmp_path: Path):
    path = tmp_path / "x.xlsx"
    tables.stream_xlsx(path, ["a"], [["好" * 40_000], ["a\x00b\x0bc"]])
    sheet = openpyxl.load_workbook(path).active
    assert len(sheet["A2"].value) == 32_767 and sheet["A3"].value == "abc"


def test_a_failure_in_the_rows_reaches_the_caller(tmp_path: Path):
    def rows():
        yield ["a"]
        raise KeyError("lost")

    with pytest.raises(KeyError):
        tables.stream_xlsx(tmp_path / "x.xlsx", ["a"], rows())


@pytest.mark.parametrize("value", ["=1+1", "+86", "-5", "@a", "\ta", "\ra", " =1"])
def test_text_that_begins_like_a_formula_is_made_harmless_in_csv(value):
    assert tables.safe(value) == "'" + value


@pytest.mark.parametrize("value", ["", "连云港", "1-2", "a=b"])
def test_other_text_is_left_alone(value):
    assert tables.safe(value) == value


def test_csv_begins_with_the_mark_that_excel_needs_and_reads_back():
    content = b"".join(
        tables.csv_chunks(["名称", "值"], ([f"第{n}家,公司", Decimal("1.50")] for n in range(9000)))
    )
    assert content.startswith(b"\xef\xbb\xbf")
    rows = rows_of(content, "x.csv")
    assert len(rows) == 9001 and rows[9000] == ["第8999家,公司", "1.50"]


def test_a_written_workbook_is_read_back_by_the_reader(tmp_path: Path):
    path = tmp_path / "x.xlsx"
    tables.stream_xlsx(path, ["名称", "值"], ([f"第{n}家", n] for n in range(500)))
    assert list(tables.open_book(path).sheets[0].rows)[500] == ["第499家", 499]


def test_the_formatted_writer_and_the_reader_agree_on_repeated_rows():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for at in range(2000):
            page.write_row(at, 0, ["同样的一行"] * 20)
    assert len(rows_of(buffer.getvalue(), "x.xlsx")) == 2000
