"""What a planner does on the desk, step by step."""

from __future__ import annotations

from playwright.sync_api import Page


def settled(page: Page) -> None:
    """Wait until the server has nothing more to say."""
    page.wait_for_timeout(200)
    page.wait_for_function("!document.querySelector('[data-test-script-state=running]')")
    page.wait_for_timeout(200)


def go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()
    settled(page)


def open_tutorial(page: Page) -> None:
    page.get_by_role("button", name="Tutorial").click()
    page.get_by_text("Sites and lanes").first.wait_for()
    settled(page)


def answer(page: Page) -> None:
    go(page, "Scenario")
    page.get_by_role("button", name="Answer", exact=True).click()
    page.get_by_role("heading", name="What to do now").wait_for(timeout=60_000)
    settled(page)


def turn_odds(page: Page, percent: str) -> None:
    page.get_by_label("Denied, % of applications").fill(percent)
    page.get_by_role("button", name="Apply the odds").click()
    page.locator(".strip", has_text="changes").wait_for()
    page.locator(".strip", has_text="out of date").wait_for(state="detached", timeout=60_000)
    settled(page)
