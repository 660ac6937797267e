"""Import → visit → board → workbook, as three people walk it in a real browser, on a notebook and on a phone."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from crm.core import clock

LEDGER = Path(__file__).resolve().parents[1] / "golden" / "ledgers" / "在谈项目表.xlsx"
PDF = {
    "name": "材料.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n",
}


@dataclass(frozen=True)
class Walk:
    """One person's zone, and the row of the ledger that is his. `yi` is what the agreement will say."""

    size: str
    login: str
    zone: str
    project: str
    yi: str


#: The ledger has rows of many zones, of which either officer may take in one, and both have a quota still open.
WALKS = (
    Walk("desk", "officer", "市开发区", "卓翎光伏组件项目", "128"),
    Walk("phone", "lianyun-officer1", "连云经开区", "年产45万吨钛合金铸件项目", "112.5"),
)


def _import(page: Page, walk: Walk, serious: Callable[[Page], list[str]]) -> None:
    """From the list of imports through the four steps to what was written."""
    page.goto("/imports")
    page.get_by_role("link", name="导入项目").first.click()
    page.set_input_files("input[type=file]", LEDGER)
    page.get_by_role("button", name="读取表格").click()
    expect(page.locator(".xl").first).to_contain_text("项目名称")
    assert not serious(page)
    page.get_by_role("button", name="按此读取并核对").click()
    # Rows of other zones are not his to take in: they stay behind, with the reason beside each.
    expect(page.locator(".issues")).to_contain_text("必须处理")
    assert not serious(page)
    page.get_by_role("link", name="预览入库结果").click()
    page.get_by_role("button", name=re.compile("^入库")).click()
    expect(page.get_by_role("heading", name="已入库")).to_be_visible()
    assert not serious(page)


def _open_project(page: Page, walk: Walk) -> str:
    """By the search box, as one does it; its address."""
    page.goto(f"/search?q={walk.project}")
    page.locator(".hits a").filter(has_text=walk.project).first.click()
    expect(page.locator("h1")).to_have_text(walk.project)
    return page.url.split("?")[0]


def _log_a_visit(page: Page, project: str) -> None:
    """A double click on save makes one visit, and its next step stands on the project's page."""
    page.locator("a[href*='/visits/new?']").locator("visible=true").first.click()
    expect(page.locator("h1")).to_have_text("记走访")
    page.get_by_role("radio", name="来访接待").check()
    page.locator("[name=summary]").fill("对方看了地块，认可蒸汽价格")
    page.locator("[name=next_what]").fill("请公用集团出价格函")
    due = clock.today() + timedelta(days=9)
    page.locator("[name=next_due]").fill(f"{due:%Y.%m.%d}")
    page.get_by_role("button", name="保存走访").dblclick()
    page.wait_for_url(lambda address: "/visits/new" not in address)
    page.goto(f"{project}?tab=visits")
    expect(page.locator("#content .tb tbody tr").filter(has_text="对方看了地块")).to_have_count(1)
    page.goto(project)
    expect(page.locator(".nextp")).to_contain_text("请公用集团出价格函")


def _submit_the_signing(page: Page, project: str, walk: Walk) -> None:
    """First without the evidence: kept as not yet reported, with what is missing, nothing lost. Then whole."""
    page.goto(f"{project}/milestones/signed")
    today = clock.today()
    page.locator("[name=happened_on]").fill(f"{today:%Y.%m.%d}")
    page.locator("[name=agreement_total]").fill(f"{walk.yi}亿")
    expect(page.locator("#agreement_total-read")).to_have_text(f"= {float(walk.yi):.2f}亿元")
    page.locator("[name=agreement_parties]").fill("投资方、管委会")
    page.get_by_role("button", name="申报签约").click()
    expect(page.locator("#flashes")).to_contain_text("签约已存为未报，不计入统计。没有正式投资协议。")
    expect(page.locator("[name=agreement_parties]")).to_have_value("投资方、管委会")
    page.locator("[name=review_by]").fill("法制科")
    page.locator("[name=review_on]").fill(f"{today:%Y-%m-%d}")
    page.locator("[name=review_conclusion]").fill("未发现排除、限制竞争内容")
    for field in page.locator("input[type=file]").all():
        field.set_input_files([PDF])
    page.get_by_role("button", name="申报签约").click()
    page.wait_for_url(lambda address: "/milestones/" not in address)
    expect(page.get_by_text("待认定").locator("visible=true").first).to_be_visible()


def _recognise(page: Page, walk: Walk) -> None:
    page.goto(f"/recognition?q={walk.project}")
    card = page.locator("section.panel").filter(has_text=walk.project)
    card.get_by_role("button", name="认定签约").click()
    expect(page.locator("#flashes")).to_contain_text("认定")


def _counted(page: Page, walk: Walk) -> tuple[int, str]:
    """The zone's number on the board, and the words that say what it is made of."""
    page.goto("/quotas")
    row = page.locator("table.qt tr").filter(has=page.locator("a.z", has_text=walk.zone))
    return int(row.locator(".cnt b").inner_text()), row.locator(".why").inner_text()


def _workbook(page: Page) -> str:
    """Every text of this week's workbook."""
    page.goto("/weekly")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载周报").click()
    content = Path(waiting.value.path()).read_bytes()
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert "重大项目配额" in book.sheetnames
    return "\n".join(str(v) for sheet in book for row in sheet.values for v in row if v is not None)


@pytest.mark.parametrize("walk", WALKS, ids=[w.size for w in WALKS])
def test_from_the_ledger_to_the_workbook(live, open_page, sign_in, serious, walk: Walk) -> None:
    officer = sign_in(open_page(walk.size), walk.login)
    bureau = sign_in(open_page(walk.size), "bureau")
    before, _ = _counted(bureau, walk)

    _import(officer, walk, serious)
    project = _open_project(officer, walk)
    _log_a_visit(officer, project)
    _submit_the_signing(officer, project, walk)
    assert not serious(officer)
    _recognise(bureau, walk)

    after, why = _counted(bureau, walk)
    assert after == before + 1
    assert walk.project in why
    assert not serious(bureau)
    text = _workbook(bureau)
    assert walk.project in text
    assert "请公用集团出价格函" in text or "对方看了地块，认可蒸汽价格" in text
    assert not bureau.complaints
