"""One measurement in a process of its own: ``python -m benchmarks.task TASK.json RESULT.json``.

A row of the table is a function here that takes a task and gives figures. What fails gives its
error in place of figures: a miss is a record like any other.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.machine import described

Figures = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """What is measured: a row of the table, a way of doing it, a case, and options by name."""

    row: str
    way: str
    size: str
    seed: int
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def key(self) -> str:
        """Names the task in files; limits on time are no part of it."""
        named = {k: v for k, v in sorted(self.options.items()) if k != "time_limit"}
        return json.dumps([self.row, self.way, self.size, self.seed, named])


#: Row -> the function that measures it, by module and name: a process imports what it needs only.
MEASURES = {
    "build": "benchmarks.build_row:build",
    "agree": "benchmarks.build_row:agree",
    "sizes": "benchmarks.sizes_row:sizes",
    "certify": "benchmarks.solve_rows:certify",
    "change": "benchmarks.solve_rows:change",
    "shipped": "benchmarks.solve_rows:shipped",
    "read": "benchmarks.excel_rows:read",
    "export": "benchmarks.excel_rows:export",
}


def measure(task: Task) -> Figures:
    """The figures of a task; raises what the measured code raises."""
    module, _, name = MEASURES[task.row].partition(":")
    function: Callable[[Task], Figures] = getattr(importlib.import_module(module), name)
    return function(task)


def record(task: Task) -> Figures:
    """Figures or error of a task, with what they were measured with."""
    said: Figures = {**asdict(task), **described()}
    try:
        return {**said, **measure(task)}
    except Exception as error:  # noqa: BLE001 - whatever fails is counted as a failure
        return {**said, "error": f"{type(error).__name__}: {str(error)[:300]}"}


def main() -> None:
    """Read a task, write its record."""
    source, target = map(Path, sys.argv[1:3])
    task = Task(**json.loads(source.read_text(encoding="utf-8")))
    with tempfile.NamedTemporaryFile("w", dir=target.parent, delete=False, encoding="utf-8") as out:
        json.dump(record(task), out)
    Path(out.name).replace(target)


if __name__ == "__main__":
    main()
