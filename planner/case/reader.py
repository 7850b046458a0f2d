"""Reading a workbook: guard, cells, types, checks, and then perhaps a scenario."""

from __future__ import annotations

from pathlib import Path

from planner.case.assemble import assemble
from planner.case.book import read_book
from planner.case.case import Case
from planner.case.guard import guard
from planner.case.rows import type_book
from planner.case.scenarios import apply_scenario


def read_case(path: str | Path, scenario: str | None = None) -> Case:
    """Read and check one workbook, and apply one of its scenarios where asked.

    Raises UnsafeFile when the upload guard refuses the file, FaultyWorkbook with every fault
    found (at most 20 of a kind spelled out, the rest counted), UnknownScenario. The file is only
    read.
    """
    file = Path(path)
    guard(file)
    case = assemble(type_book(read_book(file)), file.stem)
    return case if scenario is None else apply_scenario(case, scenario)
