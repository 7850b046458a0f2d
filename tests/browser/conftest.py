"""A server of the desk on a free port of this machine, and pages of Debian's chromium on it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
_SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the desk is served, once it is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (tmp_path_factory.mktemp("desk") / "log.txt").open("w")
    script = Path(__file__).with_name("memory_desk.py")
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    server = subprocess.Popen(
        command, cwd=ROOT, stdout=log, stderr=log, env={"PYTHONPATH": str(ROOT), "PATH": ""}
    )
    found = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{found}/readyz", server)
        yield found
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail("the desk's server did not start")


@pytest.fixture(scope="session")
def browser(program: Callable[[str], str]) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=program("chromium"), args=list(_SWITCHES)
        )
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
