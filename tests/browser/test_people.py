"""What several people, the keyboard alone, and a browser without scripts can do."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from crm.core import clock
from tests.browser.conftest import answered


def _project(page: Page, words: str) -> str:
    """The address of a project of one's own list."""
    page.goto(f"/projects?q={words}")
    address = page.locator("table a.name").first.get_attribute("href")
    assert address is not None
    return address.split("?")[0]


def _submit(page: Page) -> None:
    with answered(page):
        page.locator("main form[method=post] button.btn-primary").first.click()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_two_people_saving_one_project_see_both_versions(open_page, sign_in, serious, size) -> None:
    """Who comes second loses nothing, sees who was first, and his choice is kept."""
    chief, officer = sign_in(open_page(size), "chief"), sign_in(open_page(size), "officer")
    project = _project(officer, "翎川航空复合材料")
    for page in (chief, officer):
        page.goto(f"{project}/edit?section=money")
    first, second = ("301", "302") if size == "desk" else ("303", "304")
    chief.locator("[name=land_mu]").fill(first)
    _submit(chief)
    chief.wait_for_url(lambda address: "/edit" not in address)
    officer.locator("[name=land_mu]").fill(second)
    _submit(officer)
    expect(officer.locator("h1")).to_have_text("核对两个版本")
    expect(officer.locator(".versions")).to_contain_text(first)
    expect(officer.locator(".versions")).to_contain_text(second)
    expect(officer.locator("main")).to_contain_text("钟明远")
    assert not serious(officer)
    officer.locator("button[name=choice][value=mine]").click()
    officer.wait_for_url(lambda address: "/edit" not in address)
    expect(officer.locator("#content")).to_contain_text(second)


def test_signing_in_a_visit_and_an_edit_work_without_scripts(open_page, sign_in) -> None:
    page = sign_in(open_page("desk", javascript=False), "officer")
    page.goto("/visits/new")
    page.get_by_role("radio", name="电话").check()
    page.locator("[name=company]").fill("启澜储能（演示）有限公司")
    page.locator("[name=summary]").fill("没有脚本也记得下的走访")
    page.locator("[name=next_what]").fill("寄送园区资料")
    _submit(page)
    # A next step needs a day: said beside the field, and nothing of what was written is lost.
    expect(page.locator(".errsum")).to_be_visible()
    expect(page.locator("[name=summary]")).to_have_value("没有脚本也记得下的走访")
    page.locator("[name=next_due]").fill(f"{clock.today() + timedelta(days=7):%Y-%m-%d}")
    _submit(page)
    page.goto("/visits")
    expect(page.locator("table")).to_contain_text("没有脚本也记得下的走访")
    project = _project(page, "启澜储能电芯")
    page.goto(f"{project}/edit")
    page.locator("[name=land_mu]").fill("215")
    _submit(page)
    page.goto(project)
    expect(page.locator("#content")).to_contain_text("215")


def test_the_lists_work_without_scripts(open_page, sign_in) -> None:
    page = sign_in(open_page("desk", javascript=False), "officer")
    page.goto("/projects")
    page.locator("details summary.chip-add").click()
    page.locator("[name=q]").last.fill("启澜储能电芯")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator("table a.name")).to_have_count(1)
    page.goto("/")
    page.get_by_role("link", name="推迟").first.click()
    expect(page.locator("form.quick, form[action*=postpone]").first).to_be_visible()


def test_the_keyboard_alone_searches_and_opens_a_record(open_page, sign_in) -> None:
    page = sign_in(open_page("desk"), "officer")
    page.goto("/projects")
    page.keyboard.press("/")
    expect(page.locator(".top [name=q]")).to_be_focused()
    page.keyboard.type("qlcn")
    page.keyboard.press("Enter")
    expect(page.locator(".hits").first).to_contain_text("启澜储能")

    page.goto("/projects")
    names = page.locator("tr[data-href] a.name").all_inner_texts()
    for key in "jjk":
        page.keyboard.press(key)
    expect(page.locator("tr.cur a.name")).to_have_text(names[0])
    page.keyboard.press(" ")
    expect(page.locator("[data-bulk-count]")).to_contain_text("1")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(names[1])
    page.wait_for_load_state()
    page.keyboard.press("n")
    expect(page.locator("h1")).to_have_text("记走访")
    assert not page.complaints


def test_a_draft_is_there_again_after_leaving_and_gone_after_signing_out(open_page, sign_in) -> None:
    page = sign_in(open_page("phone"), "officer")
    page.goto("/visits/new")
    page.locator("[name=summary]").fill("写到一半，电话来了")
    expect(page.locator("[data-draft-note]").first).to_contain_text("草稿已存")
    page.goto("/")
    page.goto("/visits/new")
    page.get_by_role("button", name="接着填").click()
    expect(page.locator("[name=summary]")).to_have_value("写到一半，电话来了")
    page.goto("/")
    page.locator(".dock summary").click()
    page.get_by_role("button", name="退出登录").locator("visible=true").click()
    page.wait_for_url("**/login**")
    assert (
        page.evaluate("Object.keys(localStorage).filter(key => localStorage[key].includes('写到一半'))") == []
    )
