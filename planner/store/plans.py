"""Plans that are kept, each with its file, summary and what it was solved with."""

from __future__ import annotations

from planner.solve.plan import Plan
from planner.store.records import PlanEntry


class Plans:
    """Results, named or of a desk's last questions."""

    def get(self, plan_id: str) -> PlanEntry:
        """One plan's entry."""
        raise NotImplementedError

    def list(
        self, *, case_id: str | None = None, kept: bool | None = True
    ) -> tuple[PlanEntry, ...]:
        """Plans, the newest first; ``kept`` None: the desks' unnamed answers too."""
        raise NotImplementedError

    def load(self, plan_id: str) -> Plan:
        """The plan with its tables and case, as solved; cached by id."""
        raise NotImplementedError

    def workbook(self, plan_id: str) -> bytes:
        """plan.xlsx; written on the first call where the solve did not, which takes seconds."""
        raise NotImplementedError

    def add_file(self, file_name: str, content: bytes) -> PlanEntry:
        """Keep an exported plan; read in a process of its own, like an uploaded case.

        Raises UnsafeFile, FaultyWorkbook, PlanFileError. The same bytes again: the same plan.
        """
        raise NotImplementedError

    def describe(self, plan_id: str, revision: int, *, name: str, notes: str) -> PlanEntry:
        """Name it and note what it is for, which keeps it; raises ChangedElsewhere if ``revision``
        is not the latest."""
        raise NotImplementedError

    def delete(self, plan_id: str) -> None:
        """Take a plan away."""
        raise NotImplementedError
