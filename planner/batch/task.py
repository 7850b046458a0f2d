"""A question and its answer as they travel between this process and its workers.

The owner of a batch keeps its hands free: what solves is loaded by the workers alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.batch.runs import Options
from planner.case import Difference


@dataclass(frozen=True)
class Task:
    """A run as it travels to a worker: the workbook's name and bytes, and what is asked of it;
    ``varied`` says the differences in a word, for the name of their scenario."""

    name: str
    content: bytes
    scenario: str | None
    differences: tuple[Difference, ...]
    varied: str
    options: Options


@dataclass(frozen=True)
class Answer:
    """``row`` are the figures of the index, plain values; ``plan`` the bytes of plan.xlsx, None
    without a plan; ``scenarios`` those that the workbook holds."""

    row: dict[str, Any]
    plan: bytes | None
    log: str
    scenarios: tuple[str, ...] = ()


def ask(task: Task) -> Answer:
    """What `planner.batch.worker.answer` says; called where the work is done."""
    from planner.batch.worker import answer

    return answer(task)


def lost(tries: int) -> Answer:
    """The answer to a question whose workers died."""
    why = f"The worker died {tries} times on this run; it may need more memory than there is."
    return Answer({"status": "lost", "why": why}, None, why)


def unreadable(error: OSError) -> Answer:
    """The answer to a workbook that could not be opened."""
    return Answer({"status": "bad_input", "why": f"The file cannot be read: {error}"}, None, str(error))  # fmt: skip
