"""The pipeline in a real browser: cards dragged and carried by keyboard with the gate's answer, a framework agreement
refused, the bureau recognising many at once, and a list kept as a view. On a notebook and on a phone.
"""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from crm.core import clock
from tests.browser.conftest import answered
from tests.browser.test_walk import PDF


def column(page: Page, stage: str) -> Locator:
    return page.locator(f".column[data-stage={stage}]")


def card(page: Page, name: str) -> Locator:
    return page.locator(".card", has_text=name)


def new_project(page: Page, name: str, more: dict[str, str] | None = None) -> str:
    """A project of one's own zone with an investor; its code."""
    page.goto("/projects/new")
    page.fill("[name=name]", name)
    page.fill("[name=company]", f"{name}有限公司")
    for field, value in (more or {}).items():
        control = page.locator(f"[name={field}]")
        control.select_option(value) if control.evaluate("e => e.tagName") == "SELECT" else control.fill(
            value
        )
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/projects/[A-Z]+-\d{4}-\d+"))
    return page.url.split("/projects/")[1].split("?")[0].split("#")[0]


def own_complaints(page: Page) -> list[str]:
    """What the console says beyond the refusals that a test asks for."""
    return [said for said in page.complaints if "422" not in said]  # type: ignore[attr-defined]


def test_a_card_is_dragged_and_the_gate_answers_where_it_was_dropped(open_page, sign_in, serious) -> None:
    page = sign_in(open_page(), "officer")
    name = "拖动测试一期项目"
    code = new_project(page, name)
    page.goto(f"/pipeline?q={name}")
    expect(column(page, "lead")).to_contain_text(name)
    # The source is not filled in: the card stays, and what is missing stands in the column it was dropped on.
    card(page, name).drag_to(column(page, "filed").locator("header"))
    answer = column(page, "filed").locator(".answer")
    expect(answer).to_contain_text("还差")
    expect(column(page, "lead")).to_contain_text(name)
    assert not serious(page)
    link = answer.get_by_role("link").first
    assert (link.get_attribute("href") or "").startswith(f"/projects/{code}")
    # The very field is behind the link; once it is filled in, the card moves and the counts with it.
    link.click()
    page.locator("[name=source]").select_option(index=1)
    with answered(page):
        page.locator("main form button[type=submit]").first.click()
    page.goto(f"/pipeline?q={name}")
    card(page, name).drag_to(column(page, "filed").locator("header"))
    expect(column(page, "filed")).to_contain_text(name)
    expect(column(page, "filed").locator("header .n")).to_have_text("1")
    expect(page.locator("#board-says")).to_contain_text("已从线索移到在库")
    page.reload()
    expect(column(page, "filed")).to_contain_text(name)
    # From signing on stages follow milestones: the answer leads to the submission.
    card(page, name).drag_to(page.locator(".fold-stage[data-stage=signed]"))
    expect(page.locator(".answer").get_by_role("link", name="申报签约")).to_have_attribute(
        "href", f"/projects/{code}/milestones/signed"
    )
    expect(column(page, "filed")).to_contain_text(name)
    assert not own_complaints(page)


def test_the_same_by_keyboard_alone(open_page, sign_in) -> None:
    page = sign_in(open_page(), "chief")
    name = "键盘测试二期项目"
    new_project(page, name, {"source": "own"})
    page.goto(f"/pipeline?q={name}")
    says = page.locator("#board-says")
    card(page, name).locator(".name").focus()
    page.keyboard.press("Space")
    expect(says).to_contain_text("已拿起")
    page.keyboard.press("Escape")
    expect(says).to_contain_text("已取消")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(column(page, "filed")).to_have_class(re.compile("is-aim"))
    page.keyboard.press("Enter")
    expect(column(page, "filed")).to_contain_text(name)
    expect(card(page, name).locator(".name")).to_be_focused()
    # Refused: the focus is in the answer, and Escape brings it back to the card.
    for key in ("Space", "ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(column(page, "review").locator(".answer")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".answer")).to_have_count(0)
    expect(card(page, name).locator(".name")).to_be_focused()
    # One step back: the reason is asked for in place.
    for key in ("Space", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(column(page, "lead").locator("textarea")).to_be_focused()
    page.keyboard.type("信息有误，重新核实")
    column(page, "lead").get_by_role("button", name="退回到线索").click()
    expect(column(page, "lead")).to_contain_text(name)
    assert not own_complaints(page)


def test_a_phone_looks_at_one_stage_and_moves_by_the_stage_page(open_page, sign_in, serious) -> None:
    page = sign_in(open_page("phone"), "officer")
    name = "手机测试三期项目"
    code = new_project(page, name, {"source": "own"})
    page.goto(f"/pipeline?q={name}")
    expect(page.locator(".column:visible")).to_have_count(1)
    page.locator(".board-stages").get_by_role("link", name=re.compile("在库")).click()
    expect(column(page, "filed")).to_be_visible()
    page.locator(".board-stages").get_by_role("link", name=re.compile("线索")).click()
    assert not serious(page)
    card(page, name).get_by_role("link", name=re.compile("^移动")).click()
    page.wait_for_url(re.compile(f"/projects/{code}/stage"))
    assert not own_complaints(page)


def test_without_scripts_the_board_is_read_and_moved_by_its_links(open_page, sign_in) -> None:
    page = sign_in(open_page(javascript=False), "officer")
    page.goto("/pipeline")
    expect(page.locator(".card").first).to_be_visible()
    page.locator(".card .mv").first.click()
    assert page.url.endswith("/stage")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_list_is_kept_as_a_view_and_comes_back(open_page, sign_in, serious, size) -> None:
    page = sign_in(open_page(size), "officer")
    name = f"我的大项目{size}"
    page.goto("/projects?tier=t100&sort=name&cols=amount,stage,days,owner")
    if size == "desk":
        page.locator(".chips .side summary", has_text="存为视图").click()
        page.fill("#view-name", name)
        page.get_by_role("button", name="保存视图").click()
    else:
        # The phone opens views and does not make them.
        page.request.post(
            "/views",
            form={
                "csrf_token": page.locator("[name=csrf_token]").first.input_value(),
                "page": "projects.index",
                "name": name,
                "query": "tier=t100&sort=name",
                "columns": "amount,stage,days,owner",
            },
        )
    page.goto("/projects?saved=all")
    page.locator(".viewtabs").get_by_role("link", name=name).click()
    expect(page.locator(".viewtabs [aria-current]")).to_have_text(name)
    assert "tier=t100" in page.url and "sort=name" in page.url
    expect(page.locator("table.lt thead")).to_contain_text("本阶段")
    assert not serious(page)
    page.goto("/views?page=projects.index")
    row = page.locator("tr", has_text=name)
    with answered(page):
        row.get_by_role("button", name="设为先开").click()
    page.goto("/projects")
    expect(page.locator(".viewtabs [aria-current]")).to_have_text(name)
    page.goto("/views?page=projects.index")
    row.locator("summary", has_text="删除").click()
    with answered(page):
        row.get_by_role("button", name="删除视图").click()
    page.goto("/projects")
    assert "saved=" not in page.url
    assert not own_complaints(page)


def test_columns_are_chosen_in_a_dialog_and_kept(open_page, sign_in, serious) -> None:
    page = sign_in(open_page(), "county")
    page.goto("/projects")
    page.locator("a[data-dialog=columns]").click()
    dialog = page.locator("#columns")
    dialog.get_by_label("用地 亩").check()
    dialog.get_by_role("button", name="责任人往前").click()
    assert not serious(page)
    dialog.get_by_role("button", name="保存列").last.click()
    expect(page.locator("table.lt thead")).to_contain_text("用地 亩")
    heads = page.locator("table.lt thead th").all_inner_texts()
    assert heads.index("责任人") < heads.index("下一步")
    page.goto("/projects?sort=name")
    expect(page.locator("table.lt thead")).to_contain_text("用地 亩")


def test_selected_projects_get_a_next_date_together(open_page, sign_in, serious) -> None:
    page = sign_in(open_page(), "officer")
    page.goto("/projects?status=active&stage=preliminary")
    boxes = page.locator("tbody input[name=ids]")
    boxes.nth(0).check()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    bar = page.locator("[data-bulk]")
    expect(bar).to_contain_text("已选2个")
    bar.locator("[name=due_on]").fill("2099-12-01")
    assert not serious(page)
    bar.get_by_role("button", name="定日期").click()
    expect(page.locator("#flashes")).to_contain_text("已处理 2 个项目")
    assert "stage=preliminary" in page.url


def test_a_framework_agreement_is_refused_where_it_is_written(open_page, sign_in) -> None:
    page = sign_in(open_page(), "officer")
    code = new_project(page, "框架协议测试项目", {"total_investment": "12"})
    page.goto(f"/projects/{code}/milestones/signed")
    page.fill("[name=happened_on]", f"{clock.today():%Y-%m-%d}")
    page.locator("[name=agreement_kind][value=framework]").check(force=True)
    page.locator("input[type=file]").first.set_input_files(PDF)
    page.get_by_role("button", name=re.compile("^申报")).click()
    expect(page.locator("main")).to_contain_text("框架协议")
    expect(page.locator(".errsum")).to_be_visible()
    page.goto(f"/projects/{code}")
    expect(page.locator("main")).not_to_contain_text("待认定")


def test_the_bureau_decides_on_many_at_once_each_with_its_own_reason(open_page, sign_in) -> None:
    page = sign_in(open_page(), "bureau")
    page.goto("/recognition")
    rows = page.locator(".sub", has=page.locator("input[name=ids]"))
    assert rows.count() >= 2
    returned, silent = rows.nth(0).get_attribute("id"), rows.nth(1).get_attribute("id")
    rows.nth(0).locator("input[name=ids]").check()
    rows.nth(0).locator("[name^=reason-]").fill("协议缺少签章页，请补齐")
    rows.nth(1).locator("input[name=ids]").check()
    bar = page.locator("[data-bulk]")
    expect(bar).to_contain_text("已选2项")
    bar.get_by_role("button", name="退回所选").click()
    # The one with a reason is returned, the one without stays and says why.
    expect(page.locator("#flashes")).to_contain_text("已办1项")
    expect(page.locator("#flashes")).to_contain_text("1项没有办")
    expect(page.locator(f"#{returned}")).to_have_count(0)
    expect(page.locator(f"#{silent}")).to_contain_text("原因")
    assert not own_complaints(page)
