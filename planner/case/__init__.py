"""What is asked: the workbook, read and checked."""

from planner.case.case import Case, RawSheet, Row
from planner.case.differences import Difference, with_differences
from planner.case.guard import guard
from planner.case.reader import read_case
from planner.case.scenarios import apply_scenario, changed_rows, with_settings
from planner.case.schema import SHEETS
from planner.case.template import write_template

__all__ = [
    "SHEETS",
    "Case",
    "Difference",
    "RawSheet",
    "Row",
    "apply_scenario",
    "changed_rows",
    "guard",
    "read_case",
    "with_differences",
    "with_settings",
    "write_template",
]
