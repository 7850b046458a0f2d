"""An exported plan read back: the same tables, the same summary, the same case."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.utils import get_column_letter

from planner.case import guard, read_case, with_settings
from planner.case.case import Case
from planner.errors import PlanFileError
from planner.report.columns import Kind, known, style
from planner.report.table_sheets import META, PREFIX, SOLVE_SETTINGS, TRACE
from planner.solve.plan import TABLES, Plan

Cells = list[tuple[Any, ...]]


def read_plan(path: str | Path) -> Plan:
    """The plan in a workbook that ``Plan.to_excel`` wrote, with the case as it was solved.

    Blank text comes back as ``""``, a blank number as NaN. Raises UnsafeFile or FaultyWorkbook for
    the file and its inputs, PlanFileError where it is no plan or a table is not as it was written.
    """
    source = Path(path)
    guard(source)
    sheets = dict(_sheets(source))
    if META not in sheets:
        raise PlanFileError(
            f"{source.name} is not an exported plan: it has no sheet {META}. "
            "Give the plan.xlsx that `planner solve` wrote."
        )
    summary, used = _read_meta(sheets.pop(META))
    lacking = [name for name in TABLES if PREFIX + name not in sheets]
    if lacking:
        raise PlanFileError(
            f"{source.name} lacks the sheets {', '.join(PREFIX + name for name in lacking)}; "
            "export the plan again."
        )
    parts: dict[str, list[pd.DataFrame]] = {}
    for name, cells in sheets.items():
        table = name.removeprefix(PREFIX).partition(".")[0]
        if table == TRACE:  # follows from the rest, and is made anew
            continue
        parts.setdefault(table, []).append(_read_table(name, table, cells))
    tables = {name: pd.concat(found, ignore_index=True) for name, found in parts.items()}
    return Plan(case=_case(source, summary, used), tables=tables, summary=summary)


def _case(source: Path, summary: Mapping[str, Any], used: Mapping[str, Any]) -> Case:
    """The inputs of the file, under the scenario and the settings that the plan was solved with.

    A case without a name of its own was called after its workbook, not after the plan's file.
    """
    case = with_settings(read_case(source, scenario=summary["scenario"]), **used)
    return replace(case, name=summary["name"])


def _sheets(source: Path) -> Iterator[tuple[str, Cells]]:
    """The cells of every result sheet, header first."""
    with closing(openpyxl.load_workbook(source, read_only=True, data_only=True)) as book:
        for sheet in book.worksheets:
            if sheet.title.startswith(PREFIX):
                yield sheet.title, list(sheet.iter_rows(values_only=True))


def _read_meta(cells: Cells) -> tuple[dict[str, Any], dict[str, Any]]:
    """The summary and the settings of the solve, each value as what it was."""
    if not cells or cells[0][:3] != ("key", "value", "kind"):
        raise PlanFileError(f"{META}!A1: expected the header key, value, kind; export again.")
    entries: dict[str, Any] = {}
    for number, (key, value, kind, *_) in enumerate(cells[1:], start=2):
        if kind == "item":
            entries.setdefault(key, []).append(value if value is not None else "")
        elif kind == "text":
            entries[key] = entries.get(key, "") + ("" if value is None else str(value))
        else:
            entries[key] = _meta_value(value, kind, f"{META}!B{number}")
    used = {key: entries.pop(f"settings.{key}", None) for key in SOLVE_SETTINGS}
    missing = [f"settings.{key}" for key, value in used.items() if value is None]
    missing += [
        key for key in ("name", "scenario", "status", "objective_kusd") if key not in entries
    ]
    if missing:
        raise PlanFileError(f"{META} lacks {', '.join(missing)}; export the plan again.")
    return entries, used


def _meta_value(value: Any, kind: Any, place: str) -> Any:
    try:
        match kind:
            case "blank":
                return None
            case "empty":
                return []
            case "json":
                return json.loads(value)
            case "date":
                day = datetime.fromisoformat(value)
                return date(day.year, day.month, day.day) if len(value) == 10 else day
            case "number" if isinstance(value, (int, float)):
                return value
            case "truth" if isinstance(value, bool):
                return value
            case _:
                pass
    except (TypeError, ValueError) as error:
        raise PlanFileError(f"{place}: found {value!r}, expected {kind}; export again.") from error
    raise PlanFileError(f"{place}: found {value!r}, expected {kind}; export the plan again.")


def _read_table(sheet: str, table: str, cells: Cells) -> pd.DataFrame:
    """One sheet of a table, its columns typed; every column that the table needs is there."""
    header = [str(name) for name in cells[0] if name is not None] if cells else []
    needed = TABLES[table].columns if table in TABLES else ()
    lacking = [column for column in needed if column not in header]
    if lacking:
        raise PlanFileError(f"{sheet} lacks the columns {', '.join(lacking)}; export again.")
    columns = {}
    for index, column in enumerate(header):
        values = [row[index] if index < len(row) else None for row in cells[1:]]
        place = f"{sheet}!{get_column_letter(index + 1)}"
        kind = style(column, pd.Series(dtype=object)).kind if known(column) else _judged(values)
        columns[column] = _typed(values, kind, place)
    return pd.DataFrame(columns, columns=pd.Index(header))


def _judged(values: list[Any]) -> Kind:
    """The kind of a column that is not one of the plan's own, by what it holds."""
    filled = [value for value in values if value is not None]
    if filled and all(isinstance(value, bool) for value in filled):
        return "truth"
    if filled and all(isinstance(value, (int, float)) for value in filled):
        return "number"
    return "text"


def _typed(values: list[Any], kind: Kind, place: str) -> pd.Series:
    if kind == "text":
        return pd.Series(["" if value is None else str(value) for value in values], dtype="str")
    for row, value in enumerate(values, start=2):
        right = value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
        if kind == "truth":
            right = isinstance(value, bool)
        elif kind == "integer":
            right = right and value is not None and value == int(value)
        if not right:
            raise PlanFileError(
                f"{place}{row}: found {value!r}, expected {_ARTICLE[kind]}; export the plan again."
            )
    dtype = {"truth": bool, "integer": "int64", "number": "float64"}[kind]
    return pd.Series(values, dtype=dtype)


_ARTICLE: Mapping[Kind, str] = {
    "integer": "a whole number",
    "number": "a number",
    "truth": "TRUE or FALSE",
}
