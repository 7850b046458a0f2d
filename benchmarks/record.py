"""Results as JSON lines: one record a task, appended when it ends, so that a run can go on later."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

from benchmarks.task import Figures, Task

RESULTS = Path(__file__).parent / "results"


class Record:
    """The records of one file; of a task measured twice the later counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.by_key: dict[str, Figures] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                entry: Figures = json.loads(line)
                self.by_key[task_of(entry).key] = entry

    def add(self, entry: Figures) -> None:
        """Append one record to the file."""
        self.by_key[task_of(entry).key] = entry
        self.path.parent.mkdir(exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def of(self, row: str) -> list[Figures]:
        """The records of one row, in order of size, seed and way."""
        found = [entry for entry in self.by_key.values() if entry["row"] == row]
        return sorted(found, key=lambda e: (e["size"], e["seed"], e["way"]))


def task_of(entry: Figures) -> Task:
    """The task that a record answers."""
    return Task(**{field.name: entry[field.name] for field in fields(Task)})
