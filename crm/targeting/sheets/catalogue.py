"""The catalogue as a workbook and as a document: A4 landscape, the title over all columns, headings on every page.

Nothing in them but plain tables and fonts that WPS has too.
"""

from collections.abc import Iterator, Sequence
from typing import IO, Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from crm.core.tables.books import UNKNOWN, Column, Table, write_book
from crm.core.tables.writing import tidy
from crm.targeting.rules.catalogue import COLUMNS, TITLE, Row, cells

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_AUTHOR = "招商引资 CRM"
_NUMBER = "序号"
_NUMBER_WIDTH = 6
#: GB/T 9704 asks for 仿宋 in the text; a system without it falls back to 宋体 by the same family.
_BODY, _HEAD = "仿宋", "宋体"
_A4 = (Mm(297), Mm(210))
_MARGIN = Mm(12)


def write_xlsx(rows: Sequence[Row], line: str, file: IO[bytes]) -> int:
    """`line` stands under the title: which release, of what day."""
    columns = [
        Column(_NUMBER, _NUMBER_WIDTH, "number"),
        *(Column(heading, width, "long") for heading, width, _ in COLUMNS),
    ]
    table = Table("产业招商指导目录", TITLE, line, columns, _numbered(rows), frozen=3)
    return write_book(file, [table], title=TITLE, author=_AUTHOR)[table.name]


def _numbered(rows: Sequence[Row]) -> Iterator[list[Any]]:
    for at, row in enumerate(cells(rows), 1):
        yield [at, *row[1:]]


def write_docx(rows: Sequence[Row], line: str, file: IO[bytes]) -> int:
    book = Document()
    book.core_properties.title, book.core_properties.author = TITLE, _AUTHOR
    _landscape(book.sections[0])
    _plain_style(book)
    _line(book, TITLE, 18, WD_ALIGN_PARAGRAPH.CENTER, font=_HEAD, bold=True)
    _line(book, line, 10.5, WD_ALIGN_PARAGRAPH.RIGHT)
    headings = [_NUMBER, *(heading for heading, _, _ in COLUMNS)]
    widths = _widths(book.sections[0])
    table = book.add_table(rows=1, cols=len(headings))
    table.style = book.styles["Table Grid"]
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    _fill(table.rows[0], headings, widths, bold=True)
    _repeat(table.rows[0])
    for values in cells(rows):
        _fill(table.add_row(), values, widths)
    _page_numbers(book.sections[0])
    book.save(file)
    return len(rows)


def _landscape(section: Any) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = _A4
    section.left_margin = section.right_margin = _MARGIN
    section.top_margin = section.bottom_margin = _MARGIN


def _widths(section: Any) -> list[int]:
    """The columns' shares of the paper's width."""
    shares = [_NUMBER_WIDTH, *(width for _, width, _ in COLUMNS)]
    room = section.page_width - section.left_margin - section.right_margin
    return [room * share // sum(shares) for share in shares]


def _plain_style(book: Any) -> None:
    style = book.styles["Normal"]
    style.font.size = Pt(9)
    _fonts(style.element.get_or_add_rPr(), _BODY)
    style.paragraph_format.space_after = Pt(0)


def _fonts(properties: Any, name: str) -> None:
    """One font for Latin and East Asian letters: a document without the latter is drawn in whatever the reader has."""
    fonts = properties.get_or_add_rFonts()
    for kind in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(kind), name)


def _line(book: Any, words: str, size: float, align: Any, *, font: str = _BODY, bold: bool = False) -> None:
    paragraph = book.add_paragraph()
    paragraph.alignment = align
    run = paragraph.add_run(tidy(words))
    run.bold, run.font.size = bold, Pt(size)
    _fonts(run._element.get_or_add_rPr(), font)


def _fill(row: Any, values: Sequence[str], widths: Sequence[int], *, bold: bool = False) -> None:
    for cell, value, width in zip(row.cells, values, widths, strict=True):
        cell.width = width
        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(tidy(value) or UNKNOWN)
        if bold:
            run.bold = True
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            _fonts(run._element.get_or_add_rPr(), _HEAD)
    _mark(row, "w:cantSplit")


def _repeat(row: Any) -> None:
    """The headings stand again at the top of every page."""
    _mark(row, "w:tblHeader")


def _mark(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _page_numbers(section: Any) -> None:
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("第 ")
    _field(paragraph, "PAGE")
    paragraph.add_run(" 页，共 ")
    _field(paragraph, "NUMPAGES")
    paragraph.add_run(" 页")


def _field(paragraph: Any, name: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    field.append(OxmlElement("w:r"))
    paragraph._p.append(field)
