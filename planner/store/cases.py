"""Cases: uploaded workbooks and the versions edited from them. A version never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner.case import Case, Difference, RawSheet
from planner.store.records import CaseEntry, CaseVersion, Scenario


class Cases:
    """The workbooks that are kept."""

    def upload(self, file_name: str, content: bytes, case_id: str | None = None) -> CaseVersion:
        """Keep a workbook: a new case, or the next version of ``case_id``.

        It is read in a process of its own, with limits of memory and time. A readable workbook with
        faults is kept, its faults in the version. The same bytes again give the version that is
        there. Raises UnsafeFile (the guard refused it), FaultyWorkbook (no Excel file at all) or
        CaseError (too large to read within the limits): nothing is kept then.
        """
        raise NotImplementedError

    def edit(self, version_id: str, sheets: Mapping[str, RawSheet], note: str = "") -> CaseVersion:
        """The next version: the workbook of ``version_id`` with some sheets in place of its own.

        A RawSheet with no header and no rows takes the sheet away. Checked like an upload; faults,
        with the addresses of the new workbook, are in the version. Charts and formats of the
        uploaded file are not in the new one (the upload itself stays as it is).
        """
        raise NotImplementedError

    def list(self) -> tuple[CaseEntry, ...]:
        """All cases, the latest changed first."""
        raise NotImplementedError

    def get(self, case_id: str) -> CaseEntry:
        """One case."""
        raise NotImplementedError

    def version(self, version_id: str) -> CaseVersion:
        """One version."""
        raise NotImplementedError

    def versions(self, case_id: str) -> tuple[CaseVersion, ...]:
        """All versions of a case, the newest first."""
        raise NotImplementedError

    def sheets(self, version_id: str) -> Mapping[str, RawSheet]:
        """Every input sheet as written, of a version with faults too; cached by version."""
        raise NotImplementedError

    def content(self, version_id: str) -> bytes:
        """The workbook's bytes."""
        raise NotImplementedError

    def load(
        self, version_id: str, scenario: str | None = None, differences: Sequence[Difference] = ()
    ) -> Case:
        """The case, under a scenario and differences; cached by version.

        Raises FaultyWorkbook where the version or a difference is faulty, UnknownScenario.
        """
        raise NotImplementedError

    def describe(self, case_id: str, revision: int, *, name: str, notes: str) -> CaseEntry:
        """Change name and notes; raises ChangedElsewhere if ``revision`` is not the latest."""
        raise NotImplementedError

    def delete(self, case_id: str) -> None:
        """Take a case away with its versions, scenarios, desks, jobs and unkept plans.

        Kept plans stay. Raises PlannerError while a job of it runs.
        """
        raise NotImplementedError


class Scenarios:
    """Named lists of differences that are kept."""

    def save(self, desk_id: str, name: str, notes: str = "") -> Scenario:
        """Keep the desk's differences under a name; the same name again makes its next number."""
        raise NotImplementedError

    def list(self, case_id: str) -> tuple[Scenario, ...]:
        """The latest number of each name, by name."""
        raise NotImplementedError

    def get(self, scenario_id: str) -> Scenario:
        """One of them, of any number."""
        raise NotImplementedError

    def delete(self, scenario_id: str) -> None:
        """Take one away."""
        raise NotImplementedError
