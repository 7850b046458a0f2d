"""Everything that this package raises on purpose.

PlannerError
 +-- CaseError              the workbook or what was asked of it is wrong        (exit 3)
 |    +-- UnsafeFile        refused before any parser saw it
 |    +-- FaultyWorkbook    read, and wrong: carries every fault
 |    +-- UnknownScenario   no scenario of that name in the workbook
 +-- NoPlan                 the solver ended without a plan
 |    +-- Infeasible        no plan can satisfy the rules                        (exit 4)
 |    +-- Unbounded         cost can fall for ever: a price or limit is missing  (exit 4)
 |    +-- NothingFound      a limit was reached before the first plan            (exit 6)
 |    +-- Interrupted       stopped by the user before the first plan            (exit 130)
 +-- PlanFileError          a plan cannot be read back, or a file not be written (exit 3)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class PlannerError(Exception):
    """Base of every error raised on purpose; its text is fit for a planner to read.

    ``status`` is the word for such an ending wherever one is kept: JSON, the index of a batch.
    """

    status: ClassVar[str] = "failed"


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a workbook, in a planner's words.

    ``kind`` is a stable slug by which faults are counted and tested (``unknown-name`` ...);
    ``cell`` is an A1 address or None when the fault concerns the sheet or the file.
    """

    kind: str
    sheet: str
    cell: str | None
    found: str
    expected: str
    remedy: str

    @property
    def where(self) -> str:
        """``offers!F12``, or the sheet alone."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; expected {self.expected}. {self.remedy}"


class CaseError(PlannerError):
    """The workbook, or what was asked of it, is wrong."""

    status = "bad_input"


class UnsafeFile(CaseError):
    """Refused by the upload guard before any parser saw the file."""


class FaultyWorkbook(CaseError):
    """The workbook was read and is wrong; ``faults`` has every fault found, ``warnings`` what else
    was remarked on the way."""

    def __init__(self, faults: Sequence[Fault], warnings: Sequence[Fault] = ()) -> None:
        self.faults = tuple(faults)
        self.warnings = tuple(warnings)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class UnknownScenario(CaseError):
    """No scenario of that name in the workbook."""


class NoPlan(PlannerError):
    """The solver ended without a plan."""


class Infeasible(NoPlan):
    """No plan can satisfy the rules."""

    status = "infeasible"


class Unbounded(NoPlan):
    """Cost can fall for ever: a price, capacity or limit is missing."""

    status = "unbounded"


class NothingFound(NoPlan):
    """A limit was reached before the first plan was found."""

    status = "nothing_found"


class Interrupted(NoPlan):
    """Stopped by the user before the first plan was found."""

    status = "interrupted"


class PlanFileError(PlannerError):
    """An exported plan cannot be read back, or a file of ours not be written."""

    status = "bad_plan_file"
