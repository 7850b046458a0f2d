"""How well sourced a row of the workbook is."""

from __future__ import annotations

from planner.case import Case, Row


def worst_grade(case: Case, row: Row) -> str:
    """The worst grade among the sources of a row (D is worst); blank where none is graded."""
    grades = {source["source"]: source["grade"] for source in case["sources"]}
    named = [grades.get(source) or "" for source in row["source"] or ()]
    return max(named, default="")
