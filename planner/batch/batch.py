"""The night's work: ask every run of a crew, keep each answer as it comes, write the index."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from planner.batch.folder import Done, keep, kept
from planner.batch.index import index_frame, write_index_files
from planner.batch.runs import Options, Run
from planner.batch.task import Answer, Task, lost, unreadable
from planner.errors import PlanFileError

log = logging.getLogger(__name__)

#: How often a run is asked again whose worker died.
TRIES = 3
#: Seconds between two versions of the index while the batch goes on.
INDEX_EVERY = 30.0
_TICK = 0.25


class Crew(Protocol):
    """Whoever answers: processes of this machine, or a cluster."""

    @property
    def free(self) -> int: ...
    @property
    def asked(self) -> tuple[str, ...]: ...
    def start(self, key: str, task: Task) -> None: ...
    def finished(self, timeout: float) -> Iterator[tuple[str, Answer | None]]: ...


@dataclass
class State:
    """How far a batch is: runs by what became of them, and the labels of those under way."""

    total: int = 0
    solved: int = 0
    failed: int = 0
    kept: int = 0
    running: tuple[str, ...] = ()

    @property
    def ended(self) -> int:
        """Runs of which nothing more is to come."""
        return self.solved + self.failed + self.kept


@dataclass(frozen=True)
class Summary:
    """The index as a table, one row a run, and whether every run was asked."""

    index: pd.DataFrame
    index_file: Path
    interrupted: bool = False

    @property
    def counts(self) -> Counter[str]:
        """Runs by status."""
        return Counter(self.index["status"])


@dataclass
class _Book:
    """What is to be asked and what came of it."""

    out: Path
    options: Options
    queue: deque[Run]
    state: State = field(default_factory=State)
    runs: dict[str, Run] = field(default_factory=dict[str, Run])
    rows: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    tries: Counter[str] = field(default_factory=Counter[str])
    fingerprints: dict[str, str] = field(default_factory=dict[str, str])


def run_all(
    runs: Sequence[Run],
    out: Path,
    crew: Crew,
    *,
    options: Options | None = None,
    watch: Callable[[State], None] = lambda _: None,
) -> Summary:
    """Ask every run that is missing or changed; keep every answer in a folder of its own.

    A run that fails is a row of the index that says why. KeyboardInterrupt ends the batch with
    what is done, indexed and marked as interrupted. Raises PlanFileError or OSError where the
    index cannot be written.
    """
    book = _Book(out, options or Options(), deque(runs))
    for run in runs:
        _enlist(book, run)
    indexed = time.monotonic()
    interrupted = False
    try:
        while book.queue or crew.asked:
            if book.queue and crew.free > 0:
                _ask(book, crew, book.queue.popleft())
            else:
                for key, found in crew.finished(_TICK):
                    _take(book, key, found)
            book.state.running = tuple(book.runs[key].label for key in crew.asked)
            watch(book.state)
            if time.monotonic() - indexed > INDEX_EVERY:
                _try_index(book)
                indexed = time.monotonic()
    except KeyboardInterrupt:
        interrupted = True
    except BaseException:
        _try_index(book)
        raise
    return replace(_write_index(book), interrupted=interrupted)


def _enlist(book: _Book, run: Run) -> None:
    book.runs[run.folder] = run
    book.state.total = len(book.runs)


def _ask(book: _Book, crew: Crew, run: Run) -> None:
    """Give a run to the crew, unless its answer is there or its file cannot be opened."""
    key = run.folder
    try:
        content = run.workbook.read_bytes()
    except OSError as error:
        book.fingerprints[key] = ""
        _settle(book, key, unreadable(error))
        return
    book.fingerprints[key] = run.fingerprint(content, book.options)
    done = kept(book.out, run, book.fingerprints[key])
    if done is not None:
        book.rows[key] = done.row
        book.state.kept += 1
        _follow(book, run, done)
        return
    task = Task(
        run.workbook.name, content, run.scenario, run.differences, run.varied_words, book.options
    )
    book.tries[key] += 1
    crew.start(key, task)


def _take(book: _Book, key: str, found: Answer | None) -> None:
    """An answer that came; a run whose worker died is asked again, and given up after some tries."""
    if found is not None:
        _settle(book, key, found)
    elif book.tries[key] < TRIES:
        log.warning("The worker on %s died; the run is asked again", book.runs[key].label)
        book.queue.append(book.runs[key])
    else:
        _settle(book, key, lost(book.tries[key]))


def _settle(book: _Book, key: str, found: Answer) -> None:
    run = book.runs[key]
    row = found.row
    try:
        keep(book.out, run, book.fingerprints[key], found)
    except (OSError, PlanFileError) as error:
        row = {"status": "failed", "why": f"Its files could not be written: {error}"}
        log.warning("%s: %s", run.label, row["why"])
    book.rows[key] = row
    if row["status"] in ("optimal", "feasible"):
        book.state.solved += 1
    else:
        book.state.failed += 1
    _follow(book, run, Done(row, found.scenarios))


def _follow(book: _Book, run: Run, done: Done) -> None:
    """The scenarios of a workbook follow it, now that they are known."""
    if not run.every_scenario:
        return
    for name in done.scenarios:
        following = replace(run, scenario=name, every_scenario=False)
        if following.folder not in book.runs:
            _enlist(book, following)
            book.queue.append(following)


def _try_index(book: _Book) -> None:
    """The index as it stands; a disk that does not take it now is no reason to end the batch."""
    try:
        _write_index(book)
    except (OSError, PlanFileError) as error:
        log.warning("The index could not be written, and will be tried again: %s", error)


def _write_index(book: _Book) -> Summary:
    book.out.mkdir(parents=True, exist_ok=True)
    frame = index_frame(book.runs, book.rows)
    axes = list(dict.fromkeys(name for run in book.runs.values() for name, _ in run.varied))
    return Summary(frame, write_index_files(book.out, frame, axes))
