"""The plan as a workbook: a page for executives, the tables, and the case that it answers.

The input sheets stand under their own names, so a plan workbook is itself a readable case, and
`planner verify` needs no other file.
"""

from __future__ import annotations

from pathlib import Path

from planner.analysis.trace import trace
from planner.report.book import new_book
from planner.report.summary_page import write_summary
from planner.report.table_sheets import TRACE, write_input, write_meta, write_table
from planner.solve.plan import Plan, register_writer


def write_plan(plan: Plan, path: Path) -> None:
    """Write ``plan`` to ``path``; an older file stays untouched until the new one is whole.

    Raises PlanFileError if the folder cannot be written to or a text is too long for a cell.
    """
    way_back = trace(plan)
    with new_book(path) as book:
        write_summary(book, plan, way_back)
        write_meta(book, plan.summary, plan.case.settings)
        for name, table in {**plan.tables, TRACE: way_back}.items():
            write_table(book, name, table)
        for name, raw in plan.case.raw.items():
            write_input(book, name, raw)


register_writer(".xlsx", write_plan)
