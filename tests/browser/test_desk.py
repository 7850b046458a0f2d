"""The desk in a real browser: the main path, with mouse and with keys alone."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from tests.browser.steps import answer, go, open_tutorial, settled, turn_odds

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"

pytestmark = pytest.mark.slow


def test_a_workbook_is_uploaded_and_opened(page: Page) -> None:
    page.locator("input[type=file]").first.set_input_files(TUTORIAL)
    page.get_by_text("Sites and lanes").first.wait_for()
    expect(page.locator(".strip")).to_contain_text("Tutorial: dysprosium for one works")
    assert "desk=" in page.url


def test_a_faulty_workbook_says_sheet_cell_and_remedy(page: Page) -> None:
    book = load_workbook(TUTORIAL)
    sheet = book["offers"]
    column = [cell.value for cell in sheet[1]].index("site") + 1
    sheet.cell(2, column, "Ganzhuo")
    content = BytesIO()
    book.save(content)
    page.locator("input[type=file]").first.set_input_files(
        {"name": "<b>faulty</b>.xlsx", "mimeType": "application/octet-stream", "buffer": content.getvalue()}
    )  # fmt: skip
    page.get_by_text("can be looked at and mended").wait_for()
    faults = page.get_by_role("region", name="Faults by cell")
    expect(faults).to_contain_text("offers")
    expect(faults).to_contain_text("Ganzhou")
    assert page.locator("b", has_text="faulty").count() == 0


def test_what_is_no_workbook_is_refused(page: Page) -> None:
    page.locator("input[type=file]").first.set_input_files(
        {"name": "evil.xlsx", "mimeType": "application/octet-stream", "buffer": b"MZ not a zip"}
    )
    page.get_by_text("Nothing was kept").wait_for()


def test_an_edited_cell_is_there_when_one_comes_back(page: Page) -> None:
    open_tutorial(page)
    page.get_by_text("Sheets", exact=True).click()
    settled(page)
    grid = page.locator("[data-testid=stDataFrame] canvas").first
    grid.wait_for()
    box = grid.bounding_box()
    assert box is not None
    for text in ("Edited once", "Edited twice"):
        page.mouse.click(box["x"] + 470, box["y"] + 48)
        page.wait_for_timeout(300)
        page.keyboard.press("Enter")  # opens the cell
        page.wait_for_timeout(500)
        page.keyboard.press("Control+A")
        page.keyboard.type(text)
        page.wait_for_timeout(300)
        page.keyboard.press("Enter")
        settled(page)
        expect(page.get_by_text("Edited and not in a version yet")).to_be_visible()
    go(page, "Library")
    go(page, "Case")
    page.get_by_text("Sheets", exact=True).click()
    settled(page)
    page.get_by_role("button", name="Check and keep").click()
    settled(page)
    expect(page.locator(".strip")).to_contain_text("version 2")
    answer(page)
    expect(page.locator(".belongs")).to_contain_text("Edited twice")


def test_odds_change_the_answer_and_undo_brings_it_back(page: Page) -> None:
    open_tutorial(page)
    answer(page)
    tile = page.locator(".tiles strong").first
    before = tile.inner_text()
    turn_odds(page, "80")
    expect(tile).not_to_have_text(before)
    expect(page.locator(".tiles em").first).to_contain_text(before)
    page.get_by_role("button", name="Undo").click()
    expect(tile).to_have_text(before)
    expect(page.locator(".strip")).not_to_contain_text("out of date")


def test_a_reload_finds_the_desk_as_it_was(page: Page) -> None:
    open_tutorial(page)
    answer(page)
    turn_odds(page, "80")
    page.reload()
    page.locator(".strip").wait_for()
    settled(page)
    expect(page.locator(".strip")).to_contain_text("with 2 changes")


def test_a_click_on_a_node_shows_what_is_decided_there(page: Page) -> None:
    open_tutorial(page)
    answer(page)
    go(page, "Risk")
    page.get_by_role("tab", name="Tree").click()
    tree = page.locator("[data-testid=stVegaLiteChart]", has_text="epoch: news arrives")
    tree.locator(".mark-symbol.role-mark path").nth(2).click()
    heading = page.get_by_role("heading", name="reached with")
    expect(heading).to_contain_text("2.2.truce.CN-Japan-denied")
    page.get_by_role("combobox", name="Plan of the node").click()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(heading).to_contain_text("2.1.truce")


def test_two_plans_are_compared(page: Page) -> None:
    open_tutorial(page)
    answer(page)
    turn_odds(page, "80")
    go(page, "Compare")
    plans = page.get_by_role("combobox", name="Plans; the first")
    for _ in (1, 2):
        plans.click()
        page.keyboard.press("Enter")
        settled(page)
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="inputs differ").first.wait_for()


@pytest.mark.parametrize(
    ("label", "start"),
    [("Workbook", b"PK"), ("Web page", b"<!DOCTYPE"), ("PDF", b"%PDF-"), ("Slides", b"PK")],
)
def test_a_plan_is_exported(page: Page, label: str, start: bytes) -> None:
    open_tutorial(page)
    answer(page)
    go(page, "Plan")
    page.get_by_role("tab", name="Keep and export").click()
    settled(page)
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name=label).click()
    path = download.value.path()
    assert download.value.suggested_filename.startswith("plan-")
    assert Path(path).read_bytes().startswith(start)


def test_the_main_path_needs_no_mouse(page: Page) -> None:
    def press(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "['A', 'BUTTON'].includes(document.activeElement.tagName)"
                " ? document.activeElement.innerText : ''"
            )
            if name in focused:
                page.keyboard.press("Enter")
                settled(page)
                return
        pytest.fail(f"no way by keys to {name}")

    press("Tutorial")
    page.get_by_text("Sites and lanes").first.wait_for()
    press("Scenario")
    press("Answer")
    page.get_by_role("heading", name="What to do now").wait_for()
    press("The whole plan")
    page.get_by_role("tab", name="Now and money").wait_for()


def test_nothing_is_asked_of_another_machine(page: Page, address: str, asked: list[str]) -> None:
    errors: list[str] = []
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    open_tutorial(page)
    answer(page)
    for name in ("Solve", "Plan", "Risk", "Compare", "Library", "Case"):
        go(page, name)
    here = urlsplit(address).netloc
    assert {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))} == {
        here
    }
    assert not [error for error in errors if "Content Security Policy" in error]


def test_every_answer_carries_the_policy(page: Page, address: str) -> None:
    response = page.request.get(address)
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"


def test_no_page_has_a_serious_barrier_of_our_making(page: Page) -> None:
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                nodes = [node["html"][:200] for node in violation["nodes"]]
                found[f"{name}: {violation['id']}"] = nodes

    look("start")
    open_tutorial(page)
    look("Case")
    answer(page)
    look("Scenario")
    for name in ("Solve", "Plan", "Risk", "Compare", "Library"):
        go(page, name)
        look(name)
    for name, tabs in (("Risk", ("Tree", "Licences")), ("Plan", ("Chain", "Map", "Over time"))):
        go(page, name)
        for tab in tabs:
            page.get_by_role("tab", name=tab).click()
            settled(page)
            look(f"{name}, {tab}")
    assert not found


def test_ten_sessions_at_once_are_all_served(browser: Browser, address: str) -> None:
    contexts = [browser.new_context(viewport={"width": 1280, "height": 900}) for _ in range(10)]
    pages = [context.new_page() for context in contexts]
    for one in pages:
        one.goto(address, wait_until="commit")
    for one in pages:
        one.get_by_text("Open an example").wait_for(timeout=60_000)
    for context in contexts:
        context.close()
