"""Solves that outlive the page: progress, reload, cancel, a restart of the server."""

from __future__ import annotations

import os
import signal
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from planner.store import Settings, open_store
from planner.store.tables import JobRow
from tests.browser.server import Server
from tests.browser.steps import answer, go, open_tutorial, settled

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


def cancel(page: Page) -> None:
    """Press Cancel, and see the page say that it has ended."""
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The solve was cancelled").wait_for(timeout=30_000)


def test_progress_lives_through_reload_and_cancel_ends_it(page: Page) -> None:
    start_long_solve(page)
    first = page.get_by_text("Solving for").first.inner_text()
    expect(page.get_by_text("Solving for").first).not_to_have_text(first, timeout=20_000)
    page.reload()
    page.get_by_text("Solving for").first.wait_for(timeout=30_000)
    go(page, "Plan")
    go(page, "Solve")
    page.get_by_text("Solving for").first.wait_for(timeout=30_000)
    cancel(page)


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


def test_a_double_click_submits_once(page: Page, server: Server) -> None:
    open_tutorial(page)
    go(page, "Solve")
    page.get_by_role("button", name="Solve", exact=True).dblclick()
    page.get_by_text("Solved in").wait_for(timeout=60_000)
    settled(page)
    desk = parse_qs(urlsplit(page.url).query)["desk"][0]
    store = open_store(Settings(folder=server.store))
    assert len(store.jobs.list(desk_id=desk)) == 1
    store.close()


def test_a_lost_solve_is_said_so_and_tried_again(page: Page, server: Server) -> None:
    start_long_solve(page)
    desk = parse_qs(urlsplit(page.url).query)["desk"][0]
    store = open_store(Settings(folder=server.store))
    [job] = store.jobs.list(desk_id=desk, states=("running",))
    with store._database.reading() as session:
        row = session.get(JobRow, job.id)
        assert row is not None and row.pid is not None
        os.kill(row.pid, signal.SIGKILL)
    page.get_by_text("The solve died").wait_for(timeout=30_000)
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("Solving for").first.wait_for(timeout=60_000)
    [again] = store.jobs.list(desk_id=desk, states=("running",))
    assert again.id != job.id and again.options == job.options
    cancel(page)
    store.close()


def test_an_analysis_is_asked_for_on_the_page_and_its_findings_stand_there(page: Page) -> None:
    open_tutorial(page)
    answer(page)
    go(page, "Risk")
    page.get_by_role("tab", name="Licences").click()
    page.get_by_role("button", name="Work out what each licence is worth").click()
    page.get_by_role("button", name="Work it out again").first.wait_for(timeout=120_000)
    expect(page.get_by_text("Worked out in")).to_be_visible()
    page.reload()
    page.get_by_role("tab", name="Licences").click()
    expect(page.get_by_text("Worked out in")).to_be_visible(timeout=30_000)


def test_a_plan_is_verified_after_its_figures_are_shown(page: Page) -> None:
    open_tutorial(page)
    answer(page)
    go(page, "Plan")
    expect(page.locator(".standing")).to_contain_text(
        "verified from its own tables", timeout=30_000
    )
