"""Findings as a terminal shows them: the title, the sentences, the tables, the cautions."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from planner.analysis.findings import Findings, FindingTable
from planner.report.document import shown
from planner.report.findings_document import table_of

ROWS_SHOWN = 20


def findings_words(findings: Findings) -> RenderableType:
    """All that is to be read; of a long table the first rows, the rest counted."""
    parts: list[RenderableType] = [Text(findings.title, style="bold")]
    parts += [Text(f"- {sentence}") for sentence in findings.sentences]
    for table in findings.tables:
        parts += _table(table)
    parts += [Text(f"! {caution}", style="yellow") for caution in findings.cautions]
    return Group(*parts)


def _table(found: FindingTable) -> list[RenderableType]:
    table = table_of(found)
    if not table.rows:
        return []
    drawn = Table(title=Text(found.meaning), title_justify="left", box=box.SIMPLE_HEAD)
    numbers = [
        any(isinstance(row[place], int | float) for row in table.rows)
        for place in range(len(table.columns))
    ]
    for (heading, _), is_number in zip(table.columns, numbers, strict=True):
        drawn.add_column(heading, overflow="fold", justify="right" if is_number else "left")
    for row in table.rows[:ROWS_SHOWN]:
        cells = zip(row, table.columns, strict=True)
        drawn.add_row(*(Text(shown(cell, look)) for cell, (_, look) in cells))
    left_out = len(table.rows) - ROWS_SHOWN
    more = [Text(f"and {left_out} more rows; -o FILE writes all")] if left_out > 0 else []
    return [drawn, *more]
