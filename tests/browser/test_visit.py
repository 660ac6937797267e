"""记走访 in a minute: a complete visit by thumb in at most twelve taps and fields, and by the keyboard alone."""

from typing import Any

from playwright.sync_api import Page, expect

MOST = 12
COMPANY = "启澜储能"
#: Nobody else's test visits this one, so that its last visit is the demo's, with people on both sides.
UNVISITED = "翎川航材"


class Thumb:
    """Does everything through here, so that what is counted is what was done."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.done: list[str] = []

    def tap(self, what: Any, words: str) -> None:
        self.done.append(words)
        what.tap()

    def fill(self, name: str, text: str) -> None:
        self.done.append(name)
        self.page.locator(f"[name='{name}']").press_sequentially(text)


def _saved(page: Page, what: str) -> None:
    page.wait_for_url(lambda address: "/visits/new" not in address)
    content = page.locator("#content")
    expect(content).to_contain_text(what)
    expect(content).to_contain_text("请供电公司出首年电价测算函")
    expect(content).to_contain_text("首年电价测算由供电公司出函")
    expect(content).to_contain_text("102.00亿元")
    # The company's own project was ticked for whoever chose the company.
    expect(content.locator("a[href*='/projects/']").first).to_be_visible()


def test_a_complete_visit_takes_at_most_twelve_taps_and_fields_on_a_phone(
    open_page, sign_in, serious
) -> None:
    page = sign_in(open_page("phone"), "officer")
    page.goto("/visits/new")
    thumb = Thumb(page)
    thumb.tap(page.get_by_role("radio", name="来访接待"), "方式")
    thumb.fill("company", "lchc")
    thumb.tap(page.locator(".ta-list [role=option]", has_text=UNVISITED).first, "选企业")
    expect(page.locator("#about-projects [name=projects]").first).to_be_checked()
    thumb.fill("summary", "对方带来协议附件第4稿意见，主要在电价和环评时限")
    thumb.fill("demands-0", "首年电价测算由供电公司出函")
    thumb.fill("intent", "102亿")
    thumb.fill("next_what", "请供电公司出首年电价测算函")
    thumb.tap(page.locator("button[data-fill=next_due]"), "填建议的日期")
    thumb.tap(page.locator("label[for=people_of]"), "上次的人")
    thumb.fill("place", "第二会议室")
    assert not serious(page)
    thumb.tap(page.get_by_role("button", name="保存走访"), "保存")
    _saved(page, "对方带来协议附件第4稿意见")
    people = page.locator("dl.people").last
    expect(people).to_contain_text("陈思远")
    expect(people).to_contain_text("对方")
    assert len(thumb.done) <= MOST, thumb.done
    assert not page.complaints  # type: ignore[attr-defined]


def _tab_to(page: Page, name: str) -> None:
    """Tabs on until the field has the focus; a person would count about as many."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement && document.activeElement.name") == name:
            return
    raise AssertionError(f"{name} is not reached by Tab")


def test_a_complete_visit_by_the_keyboard_alone(open_page, sign_in) -> None:
    page = sign_in(open_page("desk"), "officer")
    page.goto("/visits/new")
    keys = page.keyboard
    # One begins in the form, not in front of the menu.
    assert page.evaluate("document.activeElement.name") == "mode"
    keys.press("ArrowRight")
    _tab_to(page, "company")
    keys.type("qilanchuneng", delay=20)
    page.locator(".ta-list [role=option]", has_text=COMPANY).first.wait_for()
    # Enter goes to the first suggestion, then takes it; it never sends the half-filled form.
    keys.press("Enter")
    keys.press("Enter")
    expect(page.locator("#about-projects [name=projects]").first).to_be_checked()
    _tab_to(page, "summary")
    keys.type("键盘上记的走访，电价接受两部制")
    _tab_to(page, "demands-0")
    keys.type("首年电价测算由供电公司出函")
    _tab_to(page, "intent")
    keys.type("102亿")
    _tab_to(page, "next_what")
    keys.type("请供电公司出首年电价测算函")
    _tab_to(page, "next_due")
    keys.type("明天")
    _tab_to(page, "people_of")
    keys.press("Space")
    _tab_to(page, "theirs_text")
    keys.type("张三，投资部总监，13800000000")
    expect(page.locator("#people-read")).to_contain_text("投资部总监")
    expect(page.locator("#people-read")).not_to_contain_text("13800000000")
    keys.press("Control+Enter")
    _saved(page, "键盘上记的走访")
    expect(page.locator("dl.people").last).to_contain_text("张三")


def test_a_look_alike_is_taken_in_place_and_a_new_company_is_confirmed(open_page, sign_in) -> None:
    page = sign_in(open_page("phone"), "officer")
    page.goto("/visits/new")
    page.locator("[name=company]").press_sequentially("启澜储能科技有限公司")
    like = page.locator("#similar button", has_text=COMPANY).first
    expect(page.locator("#new_company")).to_be_visible()
    like.tap()
    expect(page.locator("#about-projects [name=projects]").first).to_be_checked()
    expect(page.locator("#similar button")).to_have_count(0)
    assert COMPANY in page.locator("[name=company]").input_value()
    # What was typed is offered again, with the company's projects ticked as they were.
    page.locator("#about-projects [name=projects]").first.uncheck()
    page.locator("[name=summary]").press_sequentially("没有写完")
    expect(page.locator("[data-draft-note]").last).to_contain_text("草稿已存")
    page.goto("/visits/new")
    page.get_by_role("button", name="接着填").tap()
    expect(page.locator("#about-projects [name=projects]").first).not_to_be_checked()
    expect(page.locator("[name=seen]")).not_to_have_value("")
