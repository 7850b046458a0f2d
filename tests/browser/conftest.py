"""A server of the desk on a free port of this machine, and pages of Debian's chromium on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.server import SWITCHES, Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = Server(tmp_path_factory.mktemp("desk"))
    yield found
    found.stop()


@pytest.fixture
def address(server: Server) -> str:
    """Where the desk is served."""
    return server.address


@pytest.fixture(scope="session")
def browser(program: Callable[[str], str]) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program("chromium"), args=list(SWITCHES))
        yield found
        found.close()


@pytest.fixture
def asked() -> list[str]:
    """The addresses that the page asked for."""
    return []


@pytest.fixture
def page(browser: Browser, address: str, asked: list[str]) -> Iterator[Page]:
    """A planner's first visit."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    found = context.new_page()
    found.on("request", lambda request: asked.append(request.url))
    found.goto(address)
    found.get_by_text("Open an example").wait_for()
    yield found
    context.close()
