"""Threads that price subtrees side by side; HiGHS lets go of the interpreter while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

from planner.errors import Interrupted

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Crew:
    """``each`` runs a task for every item; used as a context, its threads end with it."""

    def __init__(self, threads: int, halt: threading.Event) -> None:
        self.halt, self.threads = halt, threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="subtree")

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def each(self, task: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """Answers in the order of the items. Raises the first error; Interrupted on a halt."""

        def guarded(item: Item) -> Answer:
            if self.halt.is_set():
                raise Interrupted("Stopped between subtrees.")
            return task(item)

        return list(self._pool.map(guarded, items))
