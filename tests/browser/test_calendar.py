"""The calendar with a mouse, and without one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page

from crm.core import clock


def test_a_duty_dragged_to_another_day_asks_why_in_place_and_moves(
    live: Any, visitor: Callable[..., Any]
) -> None:
    page: Page = visitor("officer")
    # A month that has days to come, whatever today is; what is due on its last square has nowhere to go.
    page.goto(f"/calendar?on={clock.today() + timedelta(days=6):%Y-%m-%d}")
    duty = page.locator("#cal .sq:not(:last-child) .ev[draggable=true]").last
    number = duty.get_attribute("data-duty")
    was = duty.locator("xpath=ancestor::li[@data-day]").get_attribute("data-day")
    duty.drag_to(page.locator("#cal .sq").last)
    page.locator("#cal-ask [name=reason]").fill("对方出差")
    day = page.locator("#cal-ask [name=to]").input_value()
    assert day > (was or "")
    page.locator("#cal-ask").get_by_role("button", name="推迟跟进").click()
    page.get_by_text("跟进已推迟。").wait_for()
    page.goto(page.url.split("?")[0] + f"?on={day}")
    assert page.locator(f"[data-day='{day}'] #f{number}").count() == 1


def test_a_duty_is_postponed_by_its_button_with_the_keyboard(visitor: Callable[..., Any]) -> None:
    page: Page = visitor("officer")
    page.goto("/calendar")
    button = page.locator("#cal .ev-p").first
    button.focus()
    page.keyboard.press("Enter")
    reason = page.locator("#cal-ask [name=reason]")
    reason.wait_for()
    page.wait_for_function("document.activeElement && document.activeElement.name === 'reason'")
