"""The pictures of docs/app.md, taken anew from the shipped case: ``python -m docs.app_pictures [PAGE ...]``.

Solves the case, turns knobs and photographs each page as Debian's chromium shows it at 1280 px.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from planner.case import Difference
from planner.store import Settings, SolveOptions, Store, new_run_id, open_store
from tests.browser.server import ROOT, SWITCHES, Server
from tests.browser.steps import settled

_FOLDER = Path(__file__).parent / "img" / "app"
#: The knob that is turned for the pictures: denial of all licences under truce, twice as likely.
_REGIME, _TIMES = "truce", 2.0


def main(wanted: list[str]) -> None:
    """Take the pictures that are wanted, or all."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder))
        store = open_store(Settings(folder=server.store))
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(SWITCHES)
        )
        try:
            desk = _worked(store)
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            for name, take in _PICTURES.items():
                if not wanted or name in wanted:
                    take(page, store, f"{server.address}/{{}}?desk={desk}")
                    page.screenshot(path=_FOLDER / f"{name}.png")
            for job in store.jobs.list(states=("running",)):
                store.jobs.cancel(job.id)
        finally:
            chromium.close()
            server.stop()


def _worked(store: Store) -> str:
    """A desk as it is after the first minutes: solved, a knob turned, another one turned back."""
    content = (ROOT / "inputs" / "rare_earths.xlsx").read_bytes()
    desk = store.desks.open(store.cases.upload("rare_earths.xlsx", content).id)
    solved = store.jobs.wait(store.jobs.submit(desk.id, new_run_id(), "solve").id, 900)
    entry = store.plans.get(solved.plan_id or "")
    store.plans.describe(entry.id, entry.revision, name="Base", notes="for the board of December")
    changes = []
    for row in store.cases.load(desk.version_id)["licence_odds"]:
        if row["regime"] == _REGIME and row["denied"] > 0:
            denied = row["denied"] * _TIMES
            where = f"licence={row['licence']}; regime={_REGIME}"
            changes += [
                Difference("licence_odds", where, "denied", "set", denied),
                Difference("licence_odds", where, "on_time", "set", 1 - row["late"] - denied),
            ]
    store.desks.change(desk.id, changes)
    store.scenarios.save(desk.id, "Denial twice as likely", "what the board asked")
    store.jobs.wait(store.jobs.submit(desk.id, new_run_id(), "answer").id, 900)
    return desk.id


def _opened(path: str, sign: str) -> Callable[[Page, Store, str], None]:
    def take(page: Page, _store: Store, address: str) -> None:
        page.goto(address.format(path))
        page.locator(sign).first.wait_for(timeout=60_000)
        page.get_by_text("rebuilt from the plan").wait_for(state="detached", timeout=60_000)
        settled(page)

    return take


def _tab(path: str, tab: str, sign: str) -> Callable[[Page, Store, str], None]:
    def take(page: Page, store: Store, address: str) -> None:
        _opened(path, sign="role=tab")(page, store, address)
        page.get_by_role("tab", name=tab).click()
        page.locator(sign).first.wait_for(timeout=60_000)
        settled(page)
        page.wait_for_timeout(1000)

    return take


def _compared(page: Page, store: Store, address: str) -> None:
    _opened("compare", "text=Choose two plans")(page, store, address)
    plans = page.get_by_role("combobox", name="Plans; the first")
    for name in ("Base", "Denial"):  # the first is what the other is compared with
        plans.fill(name)
        page.keyboard.press("Enter")
        settled(page)
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="inputs differ").first.wait_for()
    settled(page)


def _solving(page: Page, store: Store, address: str) -> None:
    desk = address.rpartition("=")[2]
    options = SolveOptions(gap=0.0005, time_limit=300)
    store.jobs.submit(desk, new_run_id(), "solve", options)
    page.goto(address.format("solve"))
    page.get_by_text("at most").first.wait_for(timeout=200_000)
    page.wait_for_timeout(3000)


def _study(page: Page, store: Store, address: str) -> None:
    desk = store.desks.get(address.rpartition("=")[2])
    job = store.jobs.study(desk.answer or "", new_run_id(), "survive", 180)
    store.jobs.wait(job.id, 400)
    _tab("risk", "If something is lost", "text=Work it out again")(page, store, address)


_PICTURES: dict[str, Callable[[Page, Store, str], None]] = {
    "case": _opened("", "text=The chain by stage"),
    "scenario": _opened("scenario", "text=What to do now"),
    "plan": _opened("plan", ".standing"),
    "chain": _tab("plan", "Chain", "canvas"),
    "map": _tab("plan", "Map", "[data-testid=stVegaLiteChart]"),
    "time": _tab("plan", "Over time", "[data-testid=stVegaLiteChart]"),
    "investments": _tab("plan", "Investments", "[data-testid=stVegaLiteChart]"),
    "risk": _opened("risk", "text=What could go wrong most"),
    "tree": _tab("risk", "Tree", "[data-testid=stVegaLiteChart]"),
    "library": _opened("library", "role=tab"),
    "compare": _compared,
    "study": _study,
    "solve": _solving,
}


if __name__ == "__main__":
    main(sys.argv[1:])
