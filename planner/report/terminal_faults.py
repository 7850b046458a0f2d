"""A list of faults or warnings as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.table import Table
from rich.text import Text

from planner.errors import Fault


def fault_table(faults: Iterable[Fault], title: str) -> Table:
    """Faults or warnings: where, what was found, what was expected, what to do."""
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("where", "found", "expected", "do"):
        table.add_column(column, overflow="fold")
    for fault in faults:
        cells = (fault.where, fault.found, fault.expected, fault.remedy)
        table.add_row(*(Text(cell) for cell in cells))
    return table
