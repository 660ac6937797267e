"""Files in a real browser: choosing, dropping, sending with progress, and looking at them one after another."""

import pytest
from playwright.sync_api import Page, expect

from tests import papers

_DROP = """(box, [name, type, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type: type }));
  for (const kind of ["dragover", "drop"])
    box.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def _files_of(page: Page, words: str) -> str:
    page.goto(f"/projects?q={words}")
    address = page.locator("table a.name").first.get_attribute("href")
    assert address is not None
    path = f"{address.split('?')[0]}?tab=files"
    page.goto(path)
    return path


def _file(name: str, content: bytes, kind: str = "image/png") -> dict[str, object]:
    return {"name": name, "mimeType": kind, "buffer": content}


def test_files_are_chosen_dropped_and_sent_together_and_looked_at_by_the_keyboard(
    open_page, sign_in, serious
) -> None:
    page = sign_in(open_page("desk"), "officer")
    path = _files_of(page, "启澜储能电芯")
    page.locator("#upload [name=kind]").select_option("photo")
    page.locator("#upload input[type=file]").first.set_input_files(
        [_file("甲.png", papers.png(2, 2)), _file("不要的.png", papers.png(3, 3))]
    )
    page.locator("[data-drop]").evaluate(_DROP, ["乙.pdf", "application/pdf", list(papers.PDF)])
    expect(page.locator("[data-drop-list] li")).to_have_count(3)
    page.get_by_role("button", name="去掉 不要的.png").click()
    expect(page.locator("[data-drop-list] li")).to_have_count(2)
    assert not serious(page)
    page.locator("#upload button[type=submit]").click()
    expect(page.locator(".flash-ok")).to_contain_text("2 个文件已上传")
    assert page.url.endswith(path)
    page.locator(".files a", has_text="乙.pdf").click()
    expect(page.locator("h1")).to_have_text("乙.pdf")
    page.wait_for_load_state()
    page.keyboard.press("ArrowRight")
    expect(page.locator("h1")).to_have_text("甲.png")
    drawn = page.locator(".v-stage img")
    expect(drawn).to_be_visible()
    assert drawn.evaluate("image => image.naturalWidth") == 2
    assert not serious(page)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("h1")).to_have_text("乙.pdf")
    page.wait_for_load_state()
    page.keyboard.press("Escape")
    expect(page.locator(".files")).to_be_visible()
    assert not page.complaints


def test_a_refused_file_is_named_beside_its_field_without_leaving_the_page(open_page, sign_in) -> None:
    page = sign_in(open_page("desk"), "officer")
    _files_of(page, "启澜储能电芯")
    page.locator("#upload [name=kind]").select_option("other")
    page.locator("#upload input[type=file]").first.set_input_files(
        [_file("假.pdf", b"MZ", "application/pdf")]
    )
    page.locator("#upload button[type=submit]").click()
    expect(page.locator("#upload .err")).to_contain_text("文件内容不是 .pdf")
    expect(page.locator("#upload [name=kind]")).to_have_value("other")


def test_a_file_too_large_is_not_even_sent(open_page, sign_in) -> None:
    page = sign_in(open_page("desk"), "officer")
    _files_of(page, "启澜储能电芯")
    page.locator("[data-drop]").evaluate("box => { box.dataset.photoMb = '1'; }")
    page.locator("#upload input[type=file]").first.set_input_files(
        [_file("大.png", papers.PNG + b"0" * 1_100_000)]
    )
    expect(page.locator("[data-drop-list] .bad")).to_contain_text("照片超过 1 MB")
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.method))
    page.locator("#upload button[type=submit]").click()
    page.wait_for_timeout(300)
    assert "POST" not in sent


@pytest.mark.parametrize("javascript", [True, False])
def test_a_phone_offers_its_camera_and_removing_asks_for_a_reason(
    open_page, sign_in, javascript: bool
) -> None:
    page = sign_in(open_page("phone", javascript=javascript), "officer")
    path = _files_of(page, "启澜储能电芯")
    name = f"现场{javascript}.jpg"
    page.locator("#upload [name=kind]").select_option("photo")
    camera = page.locator("#upload input[capture]")
    expect(page.get_by_text("拍照", exact=True)).to_be_visible()
    camera.set_input_files([_file(name, papers.JPEG, "image/jpeg")])
    page.locator("#upload button[type=submit]").click()
    expect(page.locator(".files")).to_contain_text(name)
    assert page.url.endswith(path)
    line = page.locator(".files li", has_text=name)
    line.locator("summary").click()
    line.locator("[name=reason]").fill("拍糊了")
    line.get_by_role("button", name="删除文件").click()
    expect(page.locator(".flash-ok")).to_contain_text("文件已删除")
    expect(page.locator(".files li", has_text=name)).to_have_count(0)
