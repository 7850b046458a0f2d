"""The desk as `make app` serves it: a server of its own on a free port, with a store of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Chromium asks nobody but the desk.
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


class Server:
    """Started when made; its store and its log are in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self.store = folder / "store"
        self.start()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it is ready."""
        run = [sys.executable, "-m", "streamlit", "run", "app.py"]
        given = {"PLANNER_STORE": str(self.store), "PLANNER_STORE_IDLE": "60"}
        with (self._folder / "log.txt").open("a") as log:
            self._process = subprocess.Popen(
                [*run, "--server.port", str(self._port)],
                cwd=ROOT, stdout=log, stderr=log, env={**os.environ, **given},
            )  # fmt: skip
        self._wait()

    def stop(self) -> None:
        """End the server; what it started in processes of their own goes on."""
        self._process.terminate()
        self._process.wait(20)

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}/readyz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise RuntimeError(f"the desk's server did not start; see {self._folder / 'log.txt'}")
