"""What differs in what was asked, and the cells that figures rest on, plan beside plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from planner.analysis.compare import Comparison
from planner.report.comparison.tables import cells, frame_rows, plan_columns
from planner.report.document import Columns, Look, Section, Table
from planner.report.words import line_words

#: Rows of inputs on a page: enough to see what kind of change it was.
_PAPER_ROWS = 6


def inputs_section(comparison: Comparison) -> Section:
    """Every cell that is not alike in all plans, and only those."""
    frame = comparison.inputs
    if frame.empty:
        return Section("Nothing differs in what was asked", "Inputs")
    columns: Columns = (("Sheet", "text"), ("Row", "text"), ("Column", "text"), ("Unit", "text"),
               ("Cell", "text"), ("Grade", "text"), *plan_columns(comparison, "plain"))  # fmt: skip
    words = ("Only what is not alike in all plans. The cell is that of the first plan; under a scenario "
             "it holds the value that the scenario changes.")  # fmt: skip
    title = f"{len(frame)} input{'s differ' if len(frame) != 1 else ' differs'}"
    table = Table(columns, frame_rows(frame), paper_rows=_PAPER_ROWS)
    return Section(title, "Inputs", (words,), (table,))


def trace_section(comparison: Comparison) -> Iterator[Section]:
    """The cells on which cost lines, supply and demand rest, those that differ most first in each."""
    frame = comparison.cells
    rows = {
        figure: tuple(
            cells((line_words(row["part"]), *(row[c] for c in ("row", "column", "cell", "also", "grade")),
                   *(row[label] for label in comparison.labels)))
            for row in frame[frame["figure"] == figure].to_dict("records")
        )
        for figure in ("cost", "supply", "demand")
    }  # fmt: skip
    if not any(rows.values()):
        return
    heads: Mapping[str, tuple[str, Look]] = {"cost": ("Cost line", "musd"), "supply": ("Supply at", "tonnes"), "demand": ("Demand of", "tonnes")}  # fmt: skip
    tables = []
    for figure, found in rows.items():
        title, look = heads[figure]
        columns: Columns = ((title, "text"), ("Row", "text"), ("Column", "text"), ("Cell", "text"), ("With", "text"),
                            ("Grade", "text"), *plan_columns(comparison, look))  # fmt: skip
        tables += [Table(columns, found, paper_rows=0)] if found else []
    words = (
        "Expected and discounted MUSD of a cost line, expected t of supply and demand. The rows of a "
        "figure add up to it; cells are those of the first plan that has them."
    )
    yield Section("The cells on which the figures rest", "Trace", (words,), tuple(tables))
