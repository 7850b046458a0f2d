"""How long the desk lets a planner wait on the shipped case: ``python -m benchmarks.desk``.

First paint, page switches and knobs as Debian's chromium shows them; then ten sessions at once while
a solve runs, and what the server holds when they have gone. Prints one line a figure; docs/app.md
has the last record. Wall times: stop everything else first.
"""

from __future__ import annotations

import logging
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.desk_session import DeskSession
from planner.store import Settings, SolveOptions, Store, new_run_id, open_store
from tests.browser.server import ROOT, SWITCHES, Server

log = logging.getLogger(__name__)

#: Each page and what is on it once it can be read.
PAGES = (
    ("Case", "text=Sites and lanes"), ("Scenario", "text=What to do now"),
    ("Solve", "text=Solved in"), ("Plan", ".standing"), ("Risk", "text=What could go wrong most"),
    ("Compare", "text=Choose two plans"), ("Library", "role=tab[name=Plans]"),
)  # fmt: skip
_ROUNDS, _SESSIONS, _SECONDS = 3, 10, 30.0
#: Seconds after which a closed page's memory is let go, as .streamlit/config.toml has it.
_LET_GO_S = 75.0


def main() -> None:
    """Measure all."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder))
        store = open_store(Settings(folder=server.store))
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(SWITCHES)
        )
        try:
            desk = _solved(store)
            _paint(chromium, server, desk)
            _knobs(chromium, server, store, desk)
            _crowd(server, store, desk)
        finally:
            chromium.close()
            server.stop()


def _solved(store: Store) -> str:
    """A desk with two plans of the shipped case, as a planner has after the first minutes."""
    content = (ROOT / "inputs" / "rare_earths.xlsx").read_bytes()
    begun = time.monotonic()
    version = store.cases.upload("rare_earths.xlsx", content)
    log.info("upload read and checked: %.2f s", time.monotonic() - begun)
    desk = store.desks.open(version.id)
    for kind in ("solve", "answer"):
        job = store.jobs.wait(store.jobs.submit(desk.id, new_run_id(), kind).id, 600)
        log.info("%s: %s in %.1f s", kind, job.state, job.seconds)
    return desk.id


def _timed(act: Callable[[], object]) -> float:
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def _paint(chromium: Browser, server: Server, desk: str) -> None:
    """A browser with an empty cache, the first of them the server's first visitor."""
    for visit in ("the server's first", "another"):
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()

        def paint(page: Page = page) -> None:
            page.goto(f"{server.address}/?desk={desk}", wait_until="commit")
            page.locator(".strip").wait_for()

        log.info("first paint, %s visit: %.2f s", visit, _timed(paint))
        page.locator(PAGES[0][1]).first.wait_for()
        if visit == "another":
            for name, waits in _switched(page):
                log.info(
                    "page %s: first %.2f s, then %.2f s",
                    name,
                    waits[0],
                    statistics.median(waits[1:]),
                )
        context.close()


def _switched(page: Page) -> Iterator[tuple[str, list[float]]]:
    """Seconds to each page, in rounds."""
    waits: dict[str, list[float]] = {name: [] for name, _ in PAGES}
    for _ in range(_ROUNDS):
        for name, sign in (*PAGES[1:], PAGES[0]):

            def switch(name: str = name, sign: str = sign) -> None:
                page.get_by_role("link", name=name).first.click()
                page.locator(sign).first.wait_for()

            waits[name].append(_timed(switch))
    yield from waits.items()


def _knobs(chromium: Browser, server: Server, store: Store, desk: str) -> None:
    """From the press of Apply to the new figures on the page."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{server.address}/scenario?desk={desk}")
    page.get_by_role("heading", name="What to do now").wait_for()
    page.wait_for_timeout(3000)
    for share in ("20", "15", "10"):
        page.get_by_label("Denied, % of applications").fill(share)
        seconds = _timed(lambda: _apply(page, "Apply the odds"))
        log.info(
            "odds of one licence, denied %s %%: %.2f s; %s", share, seconds, _solver(store, desk)
        )
    page.get_by_role("tab", name="Market").click()
    page.get_by_role("spinbutton", name="Prices, %").fill("102")
    seconds = _timed(lambda: _apply(page, "Apply to prices"))
    log.info("prices of all offers: %.2f s; %s", seconds, _solver(store, desk))
    page.get_by_role("tab", name="Policy").click()
    page.get_by_role("slider").first.press("ArrowRight")
    seconds = _timed(lambda: _apply(page, "Apply the weight"))
    log.info("risk weight: %.2f s; %s", seconds, _solver(store, desk))
    seconds = _timed(lambda: _apply(page, "Undo"))
    log.info("undone: %.2f s", seconds)
    page.context.close()


def _apply(page: Page, label: str) -> None:
    before = page.locator(".belongs").inner_text()
    page.get_by_role("button", name=label).click()
    page.wait_for_function(
        "was => { const now = document.querySelector('.belongs')?.innerText ?? was;"
        " return now !== was && !now.includes('OUT OF DATE') }",
        arg=before, timeout=300_000, polling=20,
    )  # fmt: skip


def _solver(store: Store, desk: str) -> str:
    """What of it was the solver's."""
    plan = store.plans.get(store.desks.get(desk).answer or "")
    job = store.jobs.get(plan.job_id or "")
    own = plan.summary["total_seconds"]
    return f"the worker {job.seconds:.2f} s, of it building, solving and tables {own:.2f} s"


def _crowd(server: Server, store: Store, desk: str) -> None:
    """Ten sessions that go from page to page while a solve runs, twice; then memory."""
    memory = psutil.Process(server.pid).memory_info
    log.info("server before the crowd: %.0f MB", memory().rss / 2**20)
    for number in (1, 2, 3):
        job = store.jobs.submit(desk, new_run_id(), "solve", SolveOptions(gap=0.0, time_limit=600))
        waits: list[float] = []
        threads = [
            threading.Thread(target=_visit, args=(server.address, desk, place, waits))
            for place in range(_SESSIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = _timed(lambda job=job: store.jobs.wait(store.jobs.cancel(job.id).id, 30))
        log.info("cancelled in %.1f s", seconds)
        waits.sort()
        log.info(
            "%d sessions, %d pages while a solve runs: median %.2f s, 95 %% %.2f s, longest %.2f s",
            _SESSIONS, len(waits), statistics.median(waits), waits[int(0.95 * len(waits))], waits[-1],
        )  # fmt: skip
        log.info("server with the sessions of round %d open: %.0f MB", number, memory().rss / 2**20)
        time.sleep(_LET_GO_S)
    with DeskSession(server.address, desk) as last:  # a connection lets go of what was closed
        last.show("case")
    log.info("server when they have gone: %.0f MB", memory().rss / 2**20)


def _visit(address: str, desk: str, place: int, waits: list[float]) -> None:
    names = [name.lower() for name, _ in PAGES]
    until = time.monotonic() + _SECONDS
    with DeskSession(address, desk) as session:
        while time.monotonic() < until:
            place += 1
            begun = time.monotonic()
            session.show(names[place % len(names)])
            waits.append(time.monotonic() - begun)
            time.sleep(1.0)  # a planner reads


if __name__ == "__main__":
    main()
