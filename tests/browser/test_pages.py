"""Every page at both widths: it answers, says nothing on the console, fits its width, shows the tab one is on, and axe finds
nothing serious.

With CRM_SCREENSHOTS=FOLDER the run of the main pages leaves its pictures there (scripts/screenshots.py).
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import SIZES
from tests.browser.pages import MAIN, MORE, PLACES

_found: dict[str, str] = {}


def _address(visitor: Callable[..., Page], url: str) -> str:
    """The address with its place filled in; each place is looked up once."""
    place = re.match(r"\{([\w ]+)\}", url)
    if place is None:
        return url
    name = place[1]
    if name not in _found:
        login, where, link = PLACES[name]
        page = visitor(login)
        page.goto(where)
        target = page.locator(link).first.get_attribute("href")
        assert target is not None
        _found[name] = target.split("?")[0]
    return _found[name] + url[place.end() :]


def _too_wide(page: Page) -> list[str]:
    """What sticks out of the window to the right when the page scrolls sideways."""
    if page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        return []
    return page.evaluate(
        "[...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.tagName + '.' + e.className).slice(0, 5)"
    )


#: Tabs one is on that stand beside the window; a strip follows a change of width with the next frame.
OUT_OF_SIGHT = """async () => {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  return [...document.querySelectorAll("main nav [aria-current]")].filter((tab) => {
    const { left, right } = tab.getBoundingClientRect();
    return !tab.closest("details:not([open])") && (left < -1 || right > innerWidth + 1);
  }).map((tab) => tab.textContent);
}"""


def _fits_a_phone(page: Page) -> None:
    _resize(page, "phone")
    assert not _too_wide(page)
    assert not page.evaluate(OUT_OF_SIGHT)


def _is_whole(page: Page, serious: Callable[[Page], list[str]]) -> None:
    assert not _too_wide(page)
    assert page.locator("h1").count() == 1
    assert not serious(page)
    assert not page.complaints  # type: ignore[attr-defined]


@pytest.fixture
def look(visitor: Callable[..., Page]) -> Iterator[Callable[[str, str], Page]]:
    """`look("officer", "/projects")`: the page, answered and loaded, at a notebook's size, which is given back at the end."""
    seen: list[Page] = []

    def looked(login: str, url: str) -> Page:
        address = _address(visitor, url)
        page = visitor(login)
        seen.append(page)
        answer = page.goto(address)
        assert answer is not None and answer.status == 200
        return page

    yield looked
    for page in seen:
        _resize(page, "desk")


def _resize(page: Page, size: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})


@pytest.mark.parametrize(("name", "login", "url"), MAIN, ids=[p[0] for p in MAIN])
def test_a_main_page_is_whole_at_both_widths(look, serious, name, login, url) -> None:
    page = look(login, url)
    for size in ("desk", "phone"):
        _resize(page, size)
        if folder := os.environ.get("CRM_SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{SIZES[size][0]}.png")
        _is_whole(page, serious)
    assert not page.evaluate(OUT_OF_SIGHT)


@pytest.mark.parametrize(("name", "login", "url"), MORE, ids=[p[0] for p in MORE])
def test_every_other_page_is_whole_and_fits_a_phone(look, serious, name, login, url) -> None:
    page = look(login, url)
    _is_whole(page, serious)
    _fits_a_phone(page)
