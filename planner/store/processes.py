"""Processes that outlive the one that started them, and whether they are still there."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from planner.store.settings import Settings

#: How much a full solve steps back behind what a planner waits for: pages and answers.
_NICE = 10
#: Seconds by which the same start may differ between two readings, were the clock set.
_SAME_START = 2.0

_children: list[subprocess.Popen[bytes]] = []
_lock = threading.Lock()


def host() -> str:
    """The machine on whose process table a pid stands."""
    return socket.gethostname()


def started(pid: int) -> float | None:
    """When a process started [s since 1970]; None if there is none, or only its remains."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process.create_time()
    except psutil.NoSuchProcess:
        return None


def is_alive(pid: int, start: float) -> bool:
    """Whether the very process is still there; a later one under its number is another."""
    found = started(pid)
    return found is not None and abs(found - start) <= _SAME_START


def memory_mb() -> float:
    """What this process holds in memory [MB]."""
    return psutil.Process().memory_info().rss / 2**20


def start(module: str, *arguments: str, settings: Settings, log: Path) -> tuple[int, float | None]:
    """Start a module in a session of its own, its output in ``log``; pid and start."""
    reap()
    with log.open("ab") as output:
        child = subprocess.Popen(  # noqa: S603 - this very interpreter, a module of ours
            # -P: no module is loaded from the folder in which the app happened to be started
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, **settings.environment()},
        )
    with _lock:
        _children.append(child)
    return child.pid, started(child.pid)


def nice_thread() -> ThreadPoolExecutor:
    """One thread that steps back behind all others. On Linux niceness is a thread's own, so that the
    process can answer at full speed afterwards; elsewhere the whole process stays nice."""

    def step_back() -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        else:
            os.nice(_NICE)

    return ThreadPoolExecutor(1, "nice", step_back)


def kill(pid: int, start: float) -> None:
    """End the very process and its children at once."""
    if is_alive(pid, start):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    reap()


def reap() -> None:
    """Let go of children that ended: their remains would look alive."""
    with _lock:
        _children[:] = [child for child in _children if child.poll() is None]
