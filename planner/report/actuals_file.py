"""The workbook of actuals as a file, and a rolled case as a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from planner.case import RawSheet
from planner.report.book import new_book
from planner.report.table_sheets import write_input


def write_sheets(sheets: Mapping[str, RawSheet], path: Path) -> Path:
    """Each sheet cell by cell; the old file stays until the new one is whole.

    Raises PlanFileError if it cannot be written.
    """
    with new_book(path) as book:
        for name, raw in sheets.items():
            write_input(book, name, raw)
    return path
