"""A real browser against the real app: `live` is its address, `open_page` a new person's page, `visitor` one that is
signed in already; `sign_in` and `serious` help.

Every test in this folder is marked `browser` and `once`, and all run on one xdist worker, because they share one
running app with the demo in it. A page that a test leaves open when it fails is drawn to .cache/screenshots/.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PASSWORD = "Lianyun-2026!"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
]
#: How long a page may take on a machine that does other things as well; a test that passes waits for none of it.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
SIZES = {"desk": (1366, 768), "phone": (390, 844), "screen": (1920, 1080)}


@pytest.hookimpl(tryfirst=True)  # before xdist reads the group
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.once)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:
        for number, page in enumerate(getattr(item, "open_pages", [])):
            _draw(page, item.nodeid, number)
        live = getattr(item, "funcargs", {}).get("live")
        if live:
            report.sections.append(("what the app said last", _tail(live.log)))
    return report


def _draw(page: Page, name: str, number: int) -> None:
    folder = ROOT / ".cache" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    if not page.is_closed():
        page.screenshot(path=folder / f"{re.sub(r'[^0-9A-Za-z]+', '-', name)}-{number}.png", full_page=True)


# The app


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(data_dir: Path) -> dict[str, str]:
    """No CRM_* of the person who runs the tests reaches the app, so it never touches his data."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
    return {**env, "CRM_DATA_DIR": str(data_dir), "CRM_ENV": "development", "PYTHONUNBUFFERED": "1"}


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:]


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=20):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the app did not come up:\n{_tail(log)}", pytrace=False)


class Live(str):
    """The address of the running app; `data_dir` is its folder and `flask` runs a command on its database."""

    data_dir: Path
    log: Path

    def flask(self, *words: str) -> str:
        """What the command prints; raises CalledProcessError when it fails."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=_environment(self.data_dir), check=True, capture_output=True, text=True
        )
        return done.stdout


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The app in a process of its own, on a free port, on a new SQLite database with the demo in it."""
    folder = tmp_path_factory.mktemp("live")
    log = folder / "log"
    env = _environment(folder / "data")
    port = _free_port()
    with log.open("wb") as out:
        said = {
            "cwd": ROOT,
            "env": env,
            "stdin": subprocess.DEVNULL,
            "stdout": out,
            "stderr": subprocess.STDOUT,
        }
        if subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "setup"], **said).returncode != 0:
            pytest.fail(f"`flask setup` failed:\n{_tail(log)}", pytrace=False)
        web = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
        web += ["--worker-class", "gthread", "--workers", "1", "--threads", "8", "wsgi:app"]
        process = subprocess.Popen(web, **said)
    address = Live(f"http://127.0.0.1:{port}")
    address.data_dir, address.log = folder / "data", log
    try:
        _wait_until_it_answers(address, process, log)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


# The browser


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


def _chromium() -> str:
    on_path = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    found = os.environ.get("CRM_CHROMIUM") or next(filter(None, on_path), None)
    if not found:
        pytest.skip("no browser here; `python3 scripts/test.py` sets one up, or name one in CRM_CHROMIUM")
    return found


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=_chromium(), args=FLAGS)
    yield started
    started.close()


def _page(browser: Browser, live: Live, size: str, **options: Any) -> Page:
    """A page in a browser context of its own; what it complains about is in `page.complaints`."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        base_url=str(live),
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        accept_downloads=True,
        has_touch=size == "phone",
        **options,
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.complaints = complaints  # type: ignore[attr-defined]
    return page


@pytest.fixture
def open_page(browser: Browser, live: Live, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """`open_page("phone")` or `("desk")`: a page of somebody new, at that size; `javascript=False` without scripts.

    Paths may be relative: `page.goto("/projects")`.
    """
    pages: list[Page] = []
    request.node.open_pages = pages

    def opened(size: str = "desk", *, javascript: bool = True) -> Page:
        pages.append(_page(browser, live, size, java_script_enabled=javascript))
        return pages[-1]

    yield opened
    for page in pages:
        page.context.close()


def _sign_in(page: Page, login: str, password: str = PASSWORD) -> Page:
    page.goto("/login")
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda address: "/login" not in address)
    return page


def answered(page: Page) -> AbstractContextManager[Any]:
    """`with answered(page): …click()`: until the server has answered what is sent in it; whoever goes on to another page
    before that may find it as it was."""
    return page.expect_response(lambda answer: answer.request.method == "POST")


@pytest.fixture
def sign_in() -> Callable[..., Page]:
    """`sign_in(page, "officer")`: fills the real sign-in form; ends on that person's own day."""
    return _sign_in


@pytest.fixture(scope="session")
def _visitors(browser: Browser, live: Live) -> Iterator[Callable[[str, str], Page]]:
    pages: dict[tuple[str, str], Page] = {}
    signed_in: dict[str, Any] = {}

    def visitor(login: str, size: str) -> Page:
        if (login, size) not in pages:
            page = _page(browser, live, size, storage_state=signed_in.get(login))
            if login and login not in signed_in:
                signed_in[login] = _sign_in(page, login).context.storage_state()
            pages[login, size] = page
        return pages[login, size]

    yield visitor
    for page in pages.values():
        page.context.close()


@pytest.fixture
def visitor(_visitors: Callable[[str, str], Page], request: pytest.FixtureRequest) -> Callable[..., Page]:
    """`visitor("officer", "phone")`: a page of that person, signed in once for all tests that only look ("" for nobody)."""
    request.node.open_pages = []

    def visit(login: str, size: str = "desk") -> Page:
        page = _visitors(login, size)
        # What the page before has still under way ends with it and is not held against this one.
        page.goto("about:blank")
        page.complaints.clear()  # type: ignore[attr-defined]
        request.node.open_pages[:] = [page]
        return page

    return visit


@pytest.fixture
def serious() -> Callable[[Page], list[str]]:
    """`serious(page) == []`: what axe finds of serious or critical weight, each as "rule: where"."""
    axe = Axe()

    def found(page: Page) -> list[str]:
        violations: list[dict[str, Any]] = axe.run(page, options={"resultTypes": ["violations"]}).response[
            "violations"
        ]
        return [
            f"{each['id']}: {node['target'][0]}"
            for each in violations
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]

    return found
