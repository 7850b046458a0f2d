"""Small workbooks to run in numbers, and a crew that answers in this very process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner.batch.task import Answer, Task, ask

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "inputs" / "tutorial.xlsx"


class Inline:
    """Answers at once and in turn. ``before`` sees each task first, and may raise or return what
    stands in for the answer (None: the worker died,
    NotImplemented: the true one)."""

    def __init__(self, before: Callable[[Task, int], Any] | None = None) -> None:
        self.before = before
        self.tasks: list[Task] = []
        self._waiting: list[tuple[str, Task]] = []

    @property
    def free(self) -> int:
        return 1 - len(self._waiting)

    @property
    def asked(self) -> tuple[str, ...]:
        return tuple(key for key, _ in self._waiting)

    def start(self, key: str, task: Task) -> None:
        self.tasks.append(task)
        self._waiting.append((key, task))

    def finished(self, timeout: float) -> Iterator[tuple[str, Answer | None]]:
        key, task = self._waiting.pop()
        found = self.before(task, len(self.tasks)) if self.before else NotImplemented
        yield key, ask(task) if found is NotImplemented else found


@pytest.fixture
def tutorial() -> Path:
    """The case that is solved by hand in the docs: 49,120 kUSD."""
    return TUTORIAL


@pytest.fixture
def with_scenarios(tmp_path: Path) -> Path:
    """The tutorial with two scenarios; the licence is sure in the one, never granted in the other."""
    book = openpyxl.load_workbook(TUTORIAL)
    sheet = book["scenarios"] if "scenarios" in book.sheetnames else book.create_sheet("scenarios")
    sheet.delete_rows(1, sheet.max_row)
    sheet.append(["scenario", "sheet", "where", "column", "change", "value"])
    for name, granted, denied in (("granted/../x", 1, 0), ("denied", 0, 1)):
        sheet.append([name, "licence_odds", "licence=CN-Japan", "on_time", "set", granted])
        sheet.append([name, "licence_odds", "licence=CN-Japan", "denied", "set", denied])
    path = tmp_path / "cases" / "two worlds.xlsx"
    path.parent.mkdir()
    book.save(path)
    return path


@pytest.fixture
def junk(tmp_path: Path) -> Path:
    """A file that is no workbook."""
    path = tmp_path / "cases" / "junk.xlsx"
    path.parent.mkdir(exist_ok=True)
    path.write_text("not a workbook", encoding="utf-8")
    return path
