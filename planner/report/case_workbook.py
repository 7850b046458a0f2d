"""A case as a workbook again, cell by cell what was handed over."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from planner.case import Case, RawSheet, read_case
from planner.report.book import new_book
from planner.report.table_sheets import SOLVE_SETTINGS, write_input
from planner.solve.plan import Plan

#: The option of `planner solve` that stands in for each setting of a solve.
_OPTIONS = dict(zip(SOLVE_SETTINGS, ("--gap", "--time-limit", "--risk-weight"), strict=True))


def write_case(case: Case, path: Path) -> Path:
    """Write every input sheet of ``case`` to its own cells, its scenarios among them.

    Settings that a solve overrode are not in it: `resolve_command` says them. An older file stays
    until the new one is whole; raises PlanFileError if it cannot be written.
    """
    return write_sheets(case.raw, path)


def write_sheets(sheets: Mapping[str, RawSheet], path: Path) -> Path:
    """Write sheets as they were handed over, in their order; otherwise as `write_case`."""
    with new_book(path) as book:
        for name, raw in sheets.items():
            write_input(book, name, raw)
    return path


def resolve_command(plan: Plan, workbook: Path) -> str:
    """``planner solve case.xlsx --scenario NAME --gap 0.01``: what makes ``plan`` from the workbook
    that `write_case` wrote."""
    scenario = plan.case.scenario
    stated = read_case(workbook, scenario).settings
    words = ["planner", "solve", str(workbook)]
    words += ["--scenario", scenario] if scenario else []
    for key, option in _OPTIONS.items():
        if stated[key] != plan.case.settings[key]:
            words += [option, f"{plan.case.settings[key]:g}"]
    return shlex.join(words)
