"""Solves that outlive the page: progress, reload, cancel, a restart of the server."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from tests.browser.steps import go, settled

pytestmark = pytest.mark.slow


def start_long_solve(page: Page) -> None:
    """The shipped case to a gap that takes longer than the test."""
    page.get_by_role("button", name="Shipped case").click()
    page.get_by_text("Sites and lanes").first.wait_for(timeout=60_000)
    settled(page)
    go(page, "Solve")
    gap = page.get_by_role("spinbutton", name="Gap to prove, %")
    gap.fill("0")
    gap.press("Tab")
    settled(page)
    page.get_by_role("button", name="Solve", exact=True).click()
    page.get_by_text("Solving for").first.wait_for(timeout=60_000)


def cancel(page: Page) -> float:
    """Press Cancel; how long it took to end [s]."""
    begun = time.monotonic()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The solve was cancelled").wait_for(timeout=30_000)
    return time.monotonic() - begun


def test_progress_lives_through_reload_and_cancel_ends_it(page: Page) -> None:
    start_long_solve(page)
    first = page.get_by_text("Solving for").first.inner_text()
    expect(page.get_by_text("Solving for").first).not_to_have_text(first, timeout=20_000)
    page.reload()
    page.get_by_text("Solving for").first.wait_for(timeout=30_000)
    go(page, "Plan")
    go(page, "Solve")
    page.get_by_text("Solving for").first.wait_for(timeout=30_000)
    assert cancel(page) < 12


def test_a_solve_outlives_the_server(page: Page, server: Server) -> None:
    start_long_solve(page)
    where = page.url
    server.stop()
    server.start()
    page.goto(where)
    page.get_by_text("Solving for").first.wait_for(timeout=60_000)
    cancel(page)


def test_a_short_solve_ends_with_a_plan(page: Page) -> None:
    page.get_by_role("button", name="Tutorial").click()
    page.get_by_text("Sites and lanes").first.wait_for()
    settled(page)
    go(page, "Solve")
    page.get_by_role("button", name="Solve", exact=True).click()
    page.get_by_text("Solved in").wait_for(timeout=60_000)
    page.get_by_text("See the plan").click()
    page.get_by_role("tab", name="Now and money").wait_for()
