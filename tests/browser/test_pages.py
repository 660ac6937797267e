"""Every page at both widths: it answers, says nothing on the console, fits its width, and axe finds nothing serious.

With CRM_SCREENSHOTS=FOLDER the run of the main pages leaves its pictures there (scripts/screenshots.py).
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

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


def _is_whole(page: Page, status: int, serious: Callable[[Page], list[str]]) -> None:
    assert status == 200
    assert not _too_wide(page)
    assert page.locator("h1").count() == 1
    assert not serious(page)
    assert not page.complaints  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize(("name", "login", "url"), MAIN, ids=[p[0] for p in MAIN])
def test_a_main_page_is_whole_at_both_widths(visitor, serious, name, login, url, size) -> None:
    address = _address(visitor, url)
    page = visitor(login, size)
    answer = page.goto(address)
    if folder := os.environ.get("CRM_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png")
    _is_whole(page, answer.status, serious)


@pytest.mark.parametrize(("name", "login", "url"), MORE, ids=[p[0] for p in MORE])
def test_every_other_page_is_whole_and_fits_a_phone(visitor, serious, name, login, url) -> None:
    address = _address(visitor, url)
    page = visitor(login)
    answer = page.goto(address)
    _is_whole(page, answer.status, serious)
    before = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    try:
        assert not _too_wide(page)
    finally:
        page.set_viewport_size(before)
