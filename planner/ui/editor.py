"""A sheet in a grid and back: what was not touched comes back exactly as it was written."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from planner.case import RawSheet
from planner.case.schema import SHEETS, Column

_TRUTH = {"true": True, "false": False}
#: The Excel row below the header.
_FIRST = 2


def frame(raw: RawSheet, sheet: str) -> pd.DataFrame:
    """The sheet as a frame whose columns each have one type: numbers, truths and dates where every
    cell is one (or blank), else text. Rows keep their order and are numbered as in Excel."""
    columns = {}
    for place, name in enumerate(_header(raw)):
        cells = [row[place] if place < len(row) else None for row in raw.rows]
        columns[name] = _column(cells, _kind(sheet, name))
    made = pd.DataFrame(columns, index=pd.RangeIndex(len(raw.rows)))
    return made.set_axis(pd.RangeIndex(_FIRST, _FIRST + len(raw.rows)))


def written(edited: pd.DataFrame, base: pd.DataFrame, raw: RawSheet) -> RawSheet:
    """The edited frame as a sheet: cells that are as they were keep what the workbook said."""
    header = tuple(_header(raw))
    rows = []
    for label in edited.index:
        before = base.loc[label] if label in base.index else None
        rows.append(
            tuple(
                _cell(edited.at[label, name], before, name, raw, label, place)
                for place, name in enumerate(header)
            )
        )
    while rows and all(cell is None for cell in rows[-1]):
        rows.pop()
    return RawSheet(tuple(raw.header), tuple(rows))


def blank_sheet(sheet: str) -> RawSheet:
    """A sheet of the contract that the workbook does not have: its header alone."""
    return RawSheet(tuple(column.name for column in SHEETS[sheet].columns), ())


def with_row(raw: RawSheet, values: Mapping[str, Any]) -> RawSheet:
    """One row more; columns that the sheet lacks are added."""
    header = (*raw.header, *(name for name in values if name not in raw.header))
    below = [(*row, *[None] * (len(header) - len(row))) for row in raw.rows]
    return RawSheet(header, (*below, tuple(values.get(name) for name in header)))


def alike(a: RawSheet, b: RawSheet) -> bool:
    """Whether two sheets say the same; blank cells at the end of a row do not count."""
    return a.header == b.header and _trimmed(a.rows) == _trimmed(b.rows)


def _trimmed(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    found = []
    for row in rows:
        cells = list(row)
        while cells and cells[-1] is None:
            cells.pop()
        found.append(tuple(cells))
    return found


def _header(raw: RawSheet) -> list[str]:
    """Column names, made unlike one another: a grid needs that."""
    names: list[str] = []
    for place, name in enumerate(raw.header):
        own = name or f"column {place + 1}"
        names.append(own if own not in names else f"{own} ({place + 1})")
    return names


def _kind(sheet: str, name: str) -> str:
    spec: Column | None = SHEETS[sheet].by_name.get(name) if sheet in SHEETS else None
    if spec is None:
        return "text"
    return {"number": "number", "integer": "number", "bool": "bool", "date": "date"}.get(
        spec.type, "text"
    )


def _column(cells: list[Any], kind: str) -> pd.Series:
    filled = [cell for cell in cells if cell is not None]
    is_truth = all(isinstance(cell, bool) for cell in filled)
    if kind == "number" and not any(
        isinstance(c, bool) or not isinstance(c, int | float) for c in filled
    ):
        return pd.Series(cells, dtype="float64")
    if kind == "bool" and is_truth:
        return pd.Series(cells, dtype="boolean")
    if kind == "date" and all(isinstance(cell, date | datetime) for cell in filled):
        return pd.Series(
            [None if c is None else pd.Timestamp(c) for c in cells], dtype="datetime64[s]"
        )
    return pd.Series([None if cell is None else _text(cell) for cell in cells], dtype="object")


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m-%d}"
    return f"{cell:g}" if isinstance(cell, float) and cell.is_integer() else str(cell)


def _cell(
    value: Any, before: pd.Series | None, name: str, raw: RawSheet, label: Hashable, place: int
) -> Any:
    blank = value is None or (not isinstance(value, str) and pd.isna(value)) or value == ""
    if before is not None:
        old = before[name]
        was_blank = old is None or (not isinstance(old, str) and pd.isna(old))
        if (blank and was_blank) or (not blank and not was_blank and value == old):
            row = raw.rows[int(str(label)) - _FIRST]
            return row[place] if place < len(row) else None
    return None if blank else _value(value)


def _value(value: Any) -> Any:
    """What was typed, as Excel would store it."""
    if isinstance(value, pd.Timestamp | datetime):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if not isinstance(value, str):
        return value.item() if hasattr(value, "item") else value
    if value.lower() in _TRUTH:
        return _TRUTH[value.lower()]
    for reads in (int, float, datetime.fromisoformat):
        try:
            return reads(value)
        except ValueError:
            continue
    return value
