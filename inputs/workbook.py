"""Write sheets to an Excel workbook that a planner can read: bold frozen header, fitted columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from inputs.tables import Cell, Row
from planner.case.whole import draft_of

#: Fixed, so that making the workbook twice gives the same file.
_CREATED = datetime(2026, 11, 23)
_WIDEST = 48

Sheets = Mapping[str, Sequence[Row]]


def columns(rows: Sequence[Row]) -> list[str]:
    """Column names in order of first use, without those that are blank in every row."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [name for name in names if any(row.get(name) is not None for row in rows)]


def _write_cell(sheet: Worksheet, row: int, column: int, value: Cell, dates: Format) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime.combine(value, time.min), dates)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write_number(row, column, value)


def _write_sheet(book: Workbook, name: str, rows: Sequence[Row]) -> None:
    header = book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "valign": "top"})
    dates = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(name)
    names = columns(rows)
    for column, title in enumerate(names):
        texts = [str(row[title]) for row in rows if row.get(title) is not None]
        sheet.set_column(column, column, min(_WIDEST, max(map(len, [title, *texts])) + 2))
        sheet.write_string(0, column, title, header)
        for number, row in enumerate(rows, start=1):
            _write_cell(sheet, number, column, row.get(title), dates)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(rows), len(names) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def write(path: Path, title: str, sheets: Sheets) -> None:
    """Write ``sheets`` in their order to ``path``, replacing it."""
    with draft_of(path) as draft, xlsxwriter.Workbook(draft) as book:
        book.set_properties({"title": title, "created": _CREATED})
        for name, rows in sheets.items():
            _write_sheet(book, name, rows)
