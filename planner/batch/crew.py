"""Workers that are processes of this machine.

A pool of the standard library breaks as a whole when one worker is killed; here each worker has a
pipe of its own, so that exactly the run that died with it is known, and only it is asked again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

from planner.batch.task import Answer, Task, ask

#: Seconds that a worker gets to end before it is killed.
_GRACE = 3.0


class Processes:
    """``workers`` processes, each answering one question at a time."""

    def __init__(self, workers: int) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._size = workers
        self._idle: list[tuple[BaseProcess, Connection]] = []
        self._busy: dict[Connection, tuple[BaseProcess, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def free(self) -> int:
        """How many more questions can be started."""
        return self._size - len(self._busy)

    @property
    def asked(self) -> tuple[str, ...]:
        """Keys of the questions under way."""
        return tuple(key for _, key in self._busy.values())

    def start(self, key: str, task: Task) -> None:
        """Give a question to an idle worker, a new one if there is none."""
        while True:
            worker, pipe = self._idle.pop() if self._idle else self._hired()
            try:
                pipe.send(task)
            except OSError:  # it died while it had nothing to do: nothing is lost
                pipe.close()
                continue
            self._busy[pipe] = (worker, key)
            return

    def finished(self, timeout: float) -> Iterator[tuple[str, Answer | None]]:
        """Questions that ended within ``timeout`` seconds; None where the worker died."""
        for ready in wait(list(self._busy), timeout):
            assert isinstance(ready, Connection)
            worker, key = self._busy.pop(ready)
            try:
                found: Answer | None = ready.recv()
            except (EOFError, OSError):
                found = None
                ready.close()
                _end(worker)
            else:
                self._idle.append((worker, ready))
            yield key, found

    def close(self) -> None:
        """End every worker; what is under way is given up."""
        for worker, _ in self._busy.values():
            worker.terminate()
        workers = [*self._idle, *((worker, pipe) for pipe, (worker, _) in self._busy.items())]
        self._idle, self._busy = [], {}
        for _, pipe in workers:
            pipe.close()  # an idle worker goes home when its pipe ends
        for worker, _ in workers:
            _end(worker)

    def _hired(self) -> tuple[BaseProcess, Connection]:
        ours, theirs = self._context.Pipe()
        worker = self._context.Process(target=_serve, args=(theirs,), name="planner-worker", daemon=True)  # fmt: skip
        worker.start()
        theirs.close()  # so that the worker's death is seen as the end of the pipe
        return worker, ours


def _end(worker: BaseProcess) -> None:
    worker.join(_GRACE)
    if worker.is_alive():
        worker.kill()
        worker.join()


def _leave(_number: int, _frame: object) -> None:
    """End in order, so that the worker's temporary files go with it."""
    raise SystemExit


def _serve(pipe: Connection) -> None:
    """The life of a worker: until the pipe ends, with it or with its owner."""
    # Ctrl-C goes to every process of the terminal; the owner decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    # The solver's library greets on standard output, which belongs to the owner.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    while True:
        try:
            pipe.send(ask(pipe.recv()))
        except (EOFError, OSError):
            return
