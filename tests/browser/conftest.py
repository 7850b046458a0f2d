"""A server of the desk on a free port of this machine, and pages of Debian's chromium on it."""

from __future__ import annotations

import os
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


class Server:
    """The desk as `make app` serves it, on a free port and with a store of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        """Start, and wait until it is ready."""
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            "app.py",
            "--server.port",
            str(self._port),
        ]
        given = {"PLANNER_STORE": str(self._folder / "store"), "PLANNER_STORE_IDLE": "60"}
        with (self._folder / "log.txt").open("a") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, **given}
            )
        _wait(f"{self.address}/readyz", self._process)

    def stop(self) -> None:
        """End the server; what it started in processes of their own goes on."""
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = Server(tmp_path_factory.mktemp("desk"))
    yield found
    found.stop()


@pytest.fixture
def address(server: Server) -> str:
    """Where the desk is served."""
    return server.address


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
