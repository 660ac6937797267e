"""Without network, on a device that is switched off in between and used by two people: nothing lost, nothing twice, nothing
read by the other."""

import re
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect

from crm.core import clock, phones
from tests import papers
from tests.browser import conftest
from tests.browser.road import Road
from tests.core.test_phones import WRITTEN

PHONE = "13905120417"


#: The queue of this device is empty.
SENT = """async () => (await (await import("/static/js/offline/store.js")).all("entries")).length === 0"""


def until(page: Page, holds: str) -> None:
    """Asks the page until it says yes; Playwright's own waiting takes a promise for a yes."""
    end = time.monotonic() + 60
    while not _said(page, holds):
        assert time.monotonic() < end, holds
        page.wait_for_timeout(100)


def _said(page: Page, holds: str) -> bool:
    try:
        return bool(page.evaluate(holds))
    except Error:
        # The page was on its way to the next one.
        return False


class Device:
    """A browser with a profile on disk: switched off and on again it keeps what it stored."""

    def __init__(self, playwright: Playwright, profile: Path, live: str) -> None:
        self.playwright, self.profile, self.road = playwright, profile, Road(live)
        self.context: BrowserContext = self._start()

    def _start(self) -> BrowserContext:
        context = self.playwright.chromium.launch_persistent_context(
            str(self.profile),
            executable_path=conftest._chromium(),
            args=conftest.FLAGS,
            viewport={"width": 390, "height": 844},
            base_url=self.road.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        context.set_default_timeout(conftest.PATIENCE_MS)
        return context

    @property
    def page(self) -> Page:
        return self.context.pages[0]

    def leave_the_network(self) -> None:
        self.road.cut()
        self.context.set_offline(True)

    def come_back(self) -> None:
        self.road.mend()
        self.context.set_offline(False)

    def restart_without_network(self) -> Page:
        self.context.close()
        self.context = self._start()
        self.context.set_offline(True)
        return self.page

    def ready(self) -> None:
        """Until the worker holds the stand-ins and the package lies on the device."""
        until(
            self.page,
            """async () => {
              const known = await navigator.serviceWorker.getRegistration("/");
              if (!known || !known.active || !navigator.serviceWorker.controller) return false;
              const store = await import("/static/js/offline/store.js");
              return (await store.all("packages")).length === 1 && (await store.all("people")).some((p) => p.key);
            }""",
        )

    def rows(self, table: str) -> list[dict[str, Any]]:
        """What lies in the device's store, sealed parts as text."""
        return self.page.evaluate(
            """async (table) => {
              const store = await import("/static/js/offline/store.js");
              const text = (data) => new TextDecoder("latin1").decode(data);
              return (await store.all(table)).map((row) => ({ ...row, key: Boolean(row.key), salt: 0, iv: 0, data: row.data ? text(row.data) : "" }));
            }""",
            table,
        )


@pytest.fixture
def device(
    playwright: Playwright, live: conftest.Live, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Device]:
    made = Device(playwright, tmp_path / "profile", str(live))
    request.node.open_pages = [made.page]
    yield made
    made.context.close()
    made.road.cut()


def _write(page: Page, summary: str, photo: bytes | None = None) -> None:
    """A visit on the form that stands in for 记走访, as one writes it on the road."""
    page.goto("/visits/new")
    expect(page.locator("h1")).to_have_text("记走访")
    page.get_by_role("radio", name="电话").check()
    page.locator("[name=company]").fill("云岭鲸舟测绘仪器有限公司")
    page.locator("[name=summary]").fill(summary)
    page.locator("[name=next_what]").fill("回复用地指标")
    page.locator("[name=next_due]").fill(f"{clock.today() + timedelta(days=5):%Y-%m-%d}")
    page.locator("[name=theirs-0-name]").fill("孟知远")
    page.locator("[name=theirs-0-post]").fill("副总")
    page.locator("[name=theirs-0-phone]").fill(PHONE)
    if photo is not None:
        page.locator("[name=file]").first.set_input_files(
            [{"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": photo}]
        )
    page.get_by_role("button", name="保存走访").click()
    page.wait_for_url("**/offline/visits")
    expect(page.locator(f"[data-entry]:has-text('{summary}')")).to_have_count(1)


def _visits(page: Page, words: str) -> list[str]:
    """Addresses of the visits whose company's list shows these words, as the server has them."""
    page.goto("/visits?q=云岭鲸舟测绘仪器")
    links = page.locator("table a.name").all()
    rows = page.locator("table tbody tr").filter(has_text=words)
    assert len(links) >= rows.count()
    return [row.locator("a.name").get_attribute("href") or "" for row in rows.all()]


def test_three_visits_with_a_photo_survive_a_restart_and_arrive_once(
    device: Device, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(device.page, "officer")
    device.ready()
    device.leave_the_network()
    mark = f"离线{uuid.uuid4().hex[:6]}"
    for number in (1, 2):
        _write(page, f"{mark}第{number}次")
    page = device.restart_without_network()
    page.goto("/visits/new")
    page.locator("[name=summary]").press_sequentially(f"{mark}还没有写完")
    expect(page.locator("[data-draft-note]")).to_contain_text("草稿已加密")
    page = device.restart_without_network()
    page.goto("/visits/new")
    page.get_by_role("button", name="接着填").click()
    expect(page.locator("[name=summary]")).to_have_value(f"{mark}还没有写完")
    _write(page, f"{mark}第3次", papers.JPEG)
    expect(page.locator("[data-entry][data-state=waiting]")).to_have_count(3)
    expect(page.locator("[data-offline-bar]")).to_contain_text("现在没有网络")
    # Sealed: neither names nor the number can be read off the device, and the package has no number at all.
    kept = repr(device.rows("entries")) + repr(device.rows("files")) + repr(device.rows("packages"))
    assert not [secret for secret in (PHONE, mark, "云岭鲸舟测绘仪器", "孟知远") if secret in kept]
    page = device.restart_without_network()
    page.goto("/projects")
    expect(page.locator("h1")).to_have_text("这一页要联网才能看")
    page.goto("/")
    expect(page.locator("h1")).to_have_text("今日")
    expect(page.locator("[data-entry]")).to_have_count(3)
    # A browser forgets its session when it is switched off: nothing is sent under nobody.
    device.come_back()
    expect(page.locator("#flashes")).to_contain_text("登录已过期")
    expect(page.locator("[data-entry]")).to_have_count(3)
    sign_in(page, "officer")
    until(page, SENT)
    assert device.rows("entries") == [] and device.rows("files") == []
    found = _visits(page, mark)
    assert len(found) == 3
    photos = 0
    for address in found:
        page.goto(address)
        photos += page.locator(".files li").filter(has_text="现场.jpg").count()
    assert photos == 1


def test_another_person_on_the_same_device_reads_and_sends_nothing(
    device: Device, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(device.page, "officer")
    device.ready()
    device.leave_the_network()
    mark = f"他人{uuid.uuid4().hex[:6]}"
    _write(page, mark)
    device.come_back()
    # The session ends by itself (idle), nobody signs out; then a colleague of another zone takes the device.
    device.context.clear_cookies()
    sign_in(page, "officer2")
    device.ready()
    page.goto("/visits")
    expect(page.locator("[data-pending]")).to_contain_text("另一位用户有1条未发送")
    expect(page.locator("[data-entry]")).to_have_count(0)
    expect(page.locator("[data-queue]")).to_be_hidden()
    assert mark not in page.content()
    people = {row["user"]: row["key"] for row in device.rows("people")}
    assert len(people) == 2 and sorted(people.values()) == [False, True]
    entry = device.rows("entries")[0]
    # Whoever signs in as himself and sends the other's entry by hand is refused by the server.
    status = page.evaluate(
        """async (entry) => {
          const { session } = await import("/static/js/offline/sync.js");
          const body = new FormData();
          body.append("offline_user", String(entry.user));
          body.append("client_id", entry.id);
          const answer = await fetch("/offline/visits", { method: "POST", body, headers: { "X-CSRF-Token": (await session()).csrf } });
          return answer.status;
        }""",
        {"user": entry["user"], "id": entry["id"]},
    )
    assert status == 409
    # Leaving as the second person does not touch the first one's entry, and needs no discarding.
    page.set_viewport_size({"width": 1366, "height": 768})
    page.locator("details.me > summary").click()
    page.locator("details.me").get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login")
    expect(page.locator("[data-queue-words]")).to_contain_text("1条走访没有发送")
    sign_in(page, "officer")
    until(page, SENT)
    assert len(_visits(page, mark)) == 1


def test_leaving_with_unsent_entries_is_refused_until_they_are_discarded(
    device: Device, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(device.page, "officer")
    device.ready()
    device.leave_the_network()
    _write(page, "退出前没有发送")
    # The app's own page was open when the network came back, but the server refuses: so the entry stays.
    device.context.route(
        "**/offline/visits",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    device.come_back()
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto("/visits")
    page.locator("details.me > summary").click()
    page.locator("details.me").get_by_role("button", name="退出登录").click()
    leave = page.locator("#off-leave")
    expect(leave).to_contain_text("还有1条走访没有发送")
    gone = leave.get_by_role("button", name="丢弃1条并退出")
    expect(gone).to_be_disabled()
    leave.get_by_role("button", name="先不退出").click()
    assert len(device.rows("entries")) == 1
    page.locator("details.me > summary").click()
    page.locator("details.me").get_by_role("button", name="退出登录").click()
    leave.get_by_label(re.compile("这1条不要了")).check()
    gone.click()
    page.wait_for_url("**/login")
    assert device.rows("entries") == [] and device.rows("packages") == [] and device.rows("people") == []


def test_a_session_that_ended_on_the_road_asks_for_the_sign_in_and_then_sends(
    device: Device, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(device.page, "officer")
    device.ready()
    device.leave_the_network()
    mark = f"过期{uuid.uuid4().hex[:6]}"
    _write(page, f"{mark}，回电 {PHONE}")
    expect(page.locator("#flashes")).to_contain_text(phones.WARNING)
    device.context.clear_cookies()
    device.come_back()
    expect(page.locator("#flashes")).to_contain_text("登录已过期")
    expect(page.locator("[data-entry][data-state=waiting]")).to_have_count(1)
    page.locator("#flashes").get_by_role("link", name="登录").click()
    page.fill("[name=login]", "officer")
    page.fill("[name=password]", conftest.PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page.locator("#flashes")).to_contain_text("1条走访已发送")
    expect(page.locator("#flashes")).to_contain_text(phones.WARNING)
    assert len(_visits(page, mark)) == 1


def test_a_refused_entry_stays_with_the_servers_words_and_is_sent_when_it_is_right(
    device: Device, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(device.page, "officer")
    device.ready()
    device.leave_the_network()
    mark = f"退回{uuid.uuid4().hex[:6]}"
    _write(page, mark)
    # A day that has not come: the device cannot know it better than the server does.
    page.locator("[data-entry]").get_by_role("link", name="修改").click()
    expect(page.locator("[name=theirs-0-name]")).to_have_value("孟知远")
    page.locator("[name=happened_on]").fill(f"{clock.today() + timedelta(days=2):%Y-%m-%d}")
    page.get_by_role("button", name="保存走访").click()
    page.wait_for_url("**/offline/visits")
    device.come_back()
    entry = page.locator("[data-entry][data-state=refused]")
    expect(entry).to_contain_text("被退回：日期晚于今天")
    page.goto("/visits")
    expect(page.locator("[data-queue]")).to_contain_text("被退回")
    expect(page.locator("[data-pending]")).to_contain_text("日期晚于今天")
    page.locator("[data-entry]").get_by_role("link", name="修改").click()
    expect(page.locator(".errsum")).to_contain_text("日期晚于今天")
    expect(page.locator(".field-bad [name=happened_on]")).to_have_count(1)
    page.locator("[name=happened_on]").fill(f"{clock.today():%Y-%m-%d}")
    page.get_by_role("button", name="保存走访").click()
    until(page, SENT)
    assert len(_visits(page, mark)) == 1


def test_two_tabs_that_send_at_once_make_one_visit(device: Device, sign_in: Callable[..., Page]) -> None:
    page = sign_in(device.page, "officer")
    device.ready()
    device.leave_the_network()
    mark = f"两页{uuid.uuid4().hex[:6]}"
    _write(page, mark)
    second = device.context.new_page()
    second.goto("/offline/visits")
    expect(second.locator("[data-entry]")).to_have_count(1)
    device.come_back()
    for tab in (page, second):
        expect(tab.locator("[data-entry]")).to_have_count(0)
    assert len(_visits(page, mark)) == 1


def test_what_is_missing_or_too_large_or_no_picture_is_refused_at_the_field(
    device: Device, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(device.page, "officer")
    device.ready()
    device.leave_the_network()
    page.goto("/visits/new")
    page.get_by_role("button", name="保存走访").click()
    for name in ("company", "summary", "next_what"):
        expect(page.locator(f".field-bad [name={name}]")).to_have_count(1)
    for name, content, words in (
        ("现场.exe", b"MZ", "这种文件不能上传"),
        ("现场.jpg", b"%PDF-1.4", "文件内容不是 .jpg"),
    ):
        page.locator("[name=file]").first.set_input_files(
            [{"name": name, "mimeType": "image/jpeg", "buffer": content}]
        )
        expect(page.locator("#flashes")).to_contain_text(words)
    # A photo of 40 MB, told by its size alone.
    said = page.evaluate(
        """async () => {
          const { refusedFile } = await import("/static/js/offline/rules.js");
          const head = new Uint8Array([255, 216, 255, 224]).buffer;
          return refusedFile({ name: "现场.jpg", size: 40 * 1048576 }, ".jpg,.png", { file: 50, photo: 20 }, head);
        }"""
    )
    assert said == "照片超过 20 MB。请压缩后再传。"
    # The device tells a telephone number among words as the server does.
    found = page.evaluate(
        """async (written) => {
          const { hasNumber } = await import("/static/js/offline/numbers.js");
          return written.map(hasNumber);
        }""",
        [written for written, _ in WRITTEN],
    )
    assert found == [written != masked for written, masked in WRITTEN]


def test_the_sign_in_grows_old_and_the_package_goes_while_the_entries_stay_locked(
    device: Device, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(device.page, "officer")
    device.ready()
    device.leave_the_network()
    _write(page, "八天没有联网")
    page.evaluate(
        """async () => {
          const store = await import("/static/js/offline/store.js");
          for (const person of await store.all("people")) {
            await store.change([{ table: "people", put: { ...person, since: person.since - 8 * 24 * 3600 * 1000 } }]);
          }
        }"""
    )
    page.goto("/offline/visits")
    expect(page.locator("[data-pending]")).to_contain_text("1条走访在这台设备上锁定着")
    assert device.rows("packages") == []
    assert [row["key"] for row in device.rows("people")] == [False]
    page.goto("/visits/new")
    expect(page.locator("[data-locked]")).to_be_visible()
    device.come_back()
    # The sign-in of the server is younger than what this device was made to believe.
    page.goto("/")
    until(page, SENT)


def test_the_page_online_keeps_its_visit_when_the_network_drops_before_saving(
    device: Device, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(device.page, "officer")
    device.ready()
    page.goto("/visits/new")
    mark = f"掉线{uuid.uuid4().hex[:6]}"
    page.locator("[name=company]").fill("云岭鲸舟测绘仪器有限公司")
    page.locator("[name=summary]").fill(mark)
    page.locator("[name=no_next_step_reason]").fill("等对方回复")
    device.leave_the_network()
    page.get_by_role("button", name="保存走访").click()
    page.wait_for_url("**/offline/visits")
    expect(page.locator("[data-entry]")).to_contain_text(mark)
    device.come_back()
    expect(page.locator("#flashes")).to_contain_text("1条走访已发送")
    assert len(_visits(page, mark)) == 1


def test_the_browser_sends_by_itself_with_no_page_open(device: Device, sign_in: Callable[..., Page]) -> None:
    """Also with whom one went before and the trip it was part of, which the device knows by itself."""
    page = sign_in(device.page, "officer")
    device.ready()
    device.leave_the_network()
    mark = f"自己发{uuid.uuid4().hex[:6]}"
    page.goto("/visits/new")
    expect(page.locator("[name=ours-0]")).to_have_value("陈思远")
    page.locator("[name=company]").press_sequentially("qlcn")
    page.locator(".ta-list [role=option]", has_text="启澜储能").first.click()
    page.locator("[name=people_of]").check()
    page.locator("[name=summary]").fill(mark)
    page.locator("[name=no_next_step_reason]").fill("等对方回复")
    day = (page.locator("[name=occasion] option").nth(1).text_content() or "")[:5]
    page.locator("[name=occasion]").select_option(index=1)
    today = clock.today()
    year = today.year if day <= f"{today:%m-%d}" else today.year - 1
    page.locator("[name=happened_on]").fill(f"{year}-{day}")
    page.get_by_role("button", name="保存走访").click()
    page.wait_for_url("**/offline/visits")
    page.goto("about:blank")
    cdp = device.context.new_cdp_session(page)
    known: list[dict[str, Any]] = []
    cdp.on("ServiceWorker.workerRegistrationUpdated", lambda event: known.extend(event["registrations"]))
    cdp.send("ServiceWorker.enable")
    device.come_back()
    origin = device.road.url
    named = next(each["registrationId"] for each in known if each["scopeURL"].startswith(origin))
    tag = {"origin": origin, "registrationId": named, "tag": "visits", "lastChance": False}
    cdp.send("ServiceWorker.dispatchSyncEvent", tag)
    sent: list[dict[str, Any]] = []
    for _ in range(300):
        listed = device.context.request.get("/api/v1/visits?q=启澜&officer=me&per_page=200").json()["items"]
        if sent := [visit for visit in listed if visit["summary"] == mark]:
            break
        page.wait_for_timeout(100)
    assert len(sent) == 1 and sent[0]["occasion"]
    assert device.context.request.get(f"/api/v1/visits/{sent[0]['id']}").json()["theirs"]


def test_a_plain_http_address_of_the_lan_says_why_offline_is_off(
    playwright: Playwright, live: conftest.Live, sign_in: Callable[..., Page]
) -> None:
    named = [*conftest.FLAGS, "--host-resolver-rules=MAP crm.lan 127.0.0.1"]
    browser = playwright.chromium.launch(executable_path=conftest._chromium(), args=named)
    try:
        page = browser.new_page(base_url=str(live).replace("127.0.0.1", "crm.lan"))
        sign_in(page, "officer")
        page.goto("/visits/new")
        expect(page.locator("[data-offline-why]")).to_contain_text("这个地址不是 https")
        assert page.evaluate("navigator.serviceWorker === undefined")
    finally:
        browser.close()
