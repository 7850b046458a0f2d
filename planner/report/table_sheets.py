"""The sheets behind the summary: the plan's tables, what is said about it, and its inputs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, cast

import numpy as np
import pandas as pd
from xlsxwriter.worksheet import Worksheet

from planner.case.case import RawSheet
from planner.errors import PlanFileError
from planner.report.book import LONGEST_TEXT, Book, text
from planner.report.columns import ColumnStyle, style
from planner.solve.plan import TABLES

PREFIX = "plan_"
META = PREFIX + "meta"
#: The table that leads from figures back to cells of the input sheets.
TRACE = "trace"
#: The column of addresses that lead to their cells.
LINKED = "cell"
#: Rows of one sheet, fewer than the upload guard lets through; what is more goes to
#: `plan_<table>.2`, `.3` ...
ROWS_PER_SHEET = 150_000
WIDEST = 60
#: Settings that a solve may override; the plan's file says which values were used.
SOLVE_SETTINGS = ("mip_gap", "time_limit_s", "risk_weight")


def write_table(book: Book, name: str, table: pd.DataFrame) -> None:
    """Write one table of the plan: header with units in comments, frozen and filtered."""
    meaning = TABLES[name].meaning if name in TABLES else ""
    for part, start in enumerate(range(0, max(len(table), 1), ROWS_PER_SHEET), start=1):
        rows = table.iloc[start : start + ROWS_PER_SHEET]
        sheet = book.sheet(PREFIX + name + (f".{part}" if part > 1 else ""))
        styles = [style(column, table[column]) for column in table.columns]
        _write_header(book, sheet, list(table.columns), styles, meaning)
        for index, (column, look) in enumerate(zip(table.columns, styles, strict=True)):
            sheet.set_column(index, index, _width(column, rows[column], look))
            _write_column(book, sheet, index, rows[column], look)
        sheet.autofilter(0, 0, len(rows), len(styles) - 1)


def _width(column: str, values: pd.Series, look: ColumnStyle) -> float:
    """Room for the longest name, within reason; numbers have the width of their format."""
    if look.kind != "text":
        return max(look.width, len(column) + 4)
    longest = max((len(str(value)) for value in values.unique()), default=0)
    return min(max(longest + 2, len(column) + 4), WIDEST)


def _write_header(
    book: Book, sheet: Worksheet, columns: list[str], styles: list[ColumnStyle], meaning: str
) -> None:
    for index, (column, look) in enumerate(zip(columns, styles, strict=True)):
        sheet.write_string(0, index, column, book.header)
        words = f"{look.unit}\n\n{meaning}" if index == 0 and meaning else look.unit
        sheet.write_comment(0, index, words, {"author": "", "x_scale": 1.6})
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)


def _write_column(
    book: Book, sheet: Worksheet, index: int, values: pd.Series, look: ColumnStyle
) -> None:
    """A blank cell stands for no text and for no number; nothing else is left out."""
    cell_format = book.format(num_format=look.number_format)
    blank = (values.isna() | (values == "")).tolist()
    for row, value in enumerate(values.tolist(), start=1):
        if blank[row - 1]:
            continue
        if look.kind == "text" and values.name == LINKED:
            _link(book, sheet, (row, index), str(value))
        elif look.kind == "text":
            sheet.write_string(row, index, text(str(value), f"{sheet.name} row {row + 1}"))
        elif look.kind == "truth":
            sheet.write_boolean(row, index, bool(value))
        elif math.isinf(value):
            raise PlanFileError(f"{sheet.name} row {row + 1}: an infinite number in {values.name}")
        else:
            sheet.write_number(row, index, value, cell_format)


def _link(book: Book, sheet: Worksheet, place: tuple[int, int], cell: str) -> None:
    """An address such as `offers!F12`, which leads there; a default stands in no cell."""
    name, _, address = cell.partition("!")
    if address:
        look = book.format(font_color="#0563C1", underline=1)
        sheet.write_url(*place, internal(name, address), look, cell)
    else:
        sheet.write_string(*place, cell)


def internal(sheet: str, address: str) -> str:
    """A link to a cell of the same workbook; only names of ours go into it."""
    return f"internal:'{sheet}'!{address}"


def write_meta(book: Book, summary: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Write what the summary says, key by key, and the settings that the solve used.

    ``kind`` brings each value back as what it was: text, number, truth, date, blank, an item of a
    list (one row each) or an object as JSON. A text too long for one cell goes on in the next row
    under the same key.
    """
    sheet = book.sheet(META)
    for index, (title, width) in enumerate((("key", 24), ("value", 60), ("kind", 10))):
        sheet.write_string(0, index, title, book.header)
        sheet.set_column(index, index, width)
    sheet.freeze_panes(1, 0)
    used = {f"settings.{key}": settings[key] for key in SOLVE_SETTINGS}
    for row, (key, value, kind) in enumerate(_meta_rows({**summary, **used}), start=1):
        sheet.write_string(row, 0, key)
        sheet.write_string(row, 2, kind)
        if kind == "number":
            sheet.write_number(row, 1, value)
        elif kind == "truth":
            sheet.write_boolean(row, 1, value)
        elif kind not in ("blank", "empty"):
            sheet.write_string(row, 1, text(value, f"{META} {key}"))


def _meta_rows(entries: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    for key, value in entries.items():
        if isinstance(value, (list, tuple)):
            yield from ((key, str(item), "item") for item in value)
            if not value:
                yield key, None, "empty"
        elif isinstance(value, str):
            for start in range(0, max(len(value), 1), LONGEST_TEXT):
                yield key, value[start : start + LONGEST_TEXT], "text"
        else:
            yield key, *_meta_value(value.item() if isinstance(value, np.generic) else value)


def _meta_value(value: Any) -> tuple[Any, str]:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None, "blank"
    if isinstance(value, bool):
        return value, "truth"
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False), "json"
    if isinstance(value, date):
        return value.isoformat(), "date"
    return value, "number"


def write_input(book: Book, name: str, raw: RawSheet) -> None:
    """Copy an input sheet cell by cell, each to its own address."""
    sheet = book.sheet(name)
    sheet.set_column(0, max(len(raw.header) - 1, 0), 18)
    for index, title in enumerate(raw.header):
        if title is not None:
            sheet.write_string(0, index, str(title), book.header)
    for row, cells in enumerate(raw.rows, start=1):
        for index, value in enumerate(cells):
            _copy_cell(book, sheet, row, index, value)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)


def _copy_cell(book: Book, sheet: Worksheet, row: int, index: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, index, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, index, value)
    elif isinstance(value, (date, time)):
        _copy_moment(book, sheet, row, index, value)
    else:
        sheet.write_string(row, index, text(str(value), f"{sheet.name} row {row + 1}"))


def _copy_moment(book: Book, sheet: Worksheet, row: int, index: int, value: date | time) -> None:
    """A date, a date with its time, or a time of day, each shown as what it is."""
    if isinstance(value, time):
        look = "hh:mm:ss"
    elif isinstance(value, datetime) and value.time() != time():
        look = "yyyy-mm-dd hh:mm:ss"
    else:
        look = "yyyy-mm-dd"
    # The writer takes dates and times too, though it declares date-times only.
    sheet.write_datetime(row, index, cast("datetime", value), book.format(num_format=look))
