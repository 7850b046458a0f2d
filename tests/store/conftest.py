"""A store in a folder of its own, whose processes end with the test."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from planner.case import Difference
from planner.store import Desk, Job, Settings, Store, open_store, processes
from planner.store.reading import CaseRead, read_case_apart
from planner.store.tables import JobRow, WorkerRow

ROOT = Path(__file__).parents[2]

#: Odds of the tutorial's licence, which must sum to 1.
DENIED = (
    Difference("licence_odds", "licence=CN-Japan", "on_time", "set", 0.7),
    Difference("licence_odds", "licence=CN-Japan", "denied", "set", 0.3),
)


@pytest.fixture(scope="session")
def tutorial() -> bytes:
    return (ROOT / "inputs" / "tutorial.xlsx").read_bytes()


@pytest.fixture(scope="session")
def read_tutorial(tutorial: bytes, tmp_path_factory: pytest.TempPathFactory) -> CaseRead:
    """What an upload of the tutorial reads, in a process of its own; once is enough."""
    return read_case_apart("tutorial.xlsx", tutorial, Settings(tmp_path_factory.mktemp("read")))


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store whose tables were made by the migrations."""
    folder = tmp_path_factory.mktemp("empty")
    open_store(Settings(folder=folder)).close()
    return folder / "planner.sqlite"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(folder=tmp_path / "store", threads=1, idle=60)


@pytest.fixture
def store(settings: Settings, empty: Path) -> Iterator[Store]:
    settings.folder.mkdir()
    shutil.copy(empty, settings.folder)
    opened = open_store(settings)
    yield opened
    with opened._database.reading() as session:
        rows = [*session.query(JobRow), *session.query(WorkerRow)]
    for row in rows:
        if row.pid is not None and row.process is not None:
            processes.kill(row.pid, row.process)
    deadline = time.monotonic() + 10
    while processes._children and time.monotonic() < deadline:
        processes.reap()
        time.sleep(0.02)
    opened.close()


@pytest.fixture
def desk(store: Store, tutorial: bytes, read_tutorial: CaseRead) -> Desk:
    version = store.cases._keep(
        read_tutorial, tutorial, "tutorial.xlsx", case_id=None, origin="upload"
    )
    return store.desks.open(version.id)


@pytest.fixture
def wait(store: Store) -> Callable[..., Job]:
    """Poll a job, as a page does, until ``ready`` (by default: it has ended)."""

    def until(job: Job, ready: Callable[[Job], object] = lambda job: job.has_ended) -> Job:
        deadline = time.monotonic() + 60
        while not ready(job):
            assert time.monotonic() < deadline, (job, store.jobs.log(job.id))
            time.sleep(0.05)
            job = store.jobs.get(job.id)
        return job

    return until


def verdict(store: Store, plan_id: str | None) -> bool | None:
    """What a plan's worker says of it, some moments after the plan is there."""
    deadline = time.monotonic() + 60
    while (found := store.plans.get(plan_id or "").is_verified) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def pid_of(store: Store, job: Job) -> int:
    """The process of a job."""
    with store._database.reading() as session:
        row = session.get(JobRow, job.id)
        assert row is not None and row.pid is not None
        return row.pid


def halt(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a worker, as an operator or the machine would."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
