"""What differs in what was asked: the cells that are not alike in all plans, and only those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from planner.analysis.grades import worst_grade
from planner.case import SHEETS, Row
from planner.solve.plan import Plan

#: Says nothing about the plan: remarks, sources, and differences that are not applied.
_SILENT_SHEETS = ("settings", "sources", "scenarios")
_SILENT_COLUMNS = ("note", "source")
#: In place of a cell of a row that a plan does not have.
ABSENT = "no such row"

_Key = tuple[Any, ...]


def input_differences(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """One row a cell: sheet, row, column, unit, cell, grade, then its value in each plan.

    A row that some plan does not have is one line, in column `*`. ``cell`` is where it stands in
    the first workbook that has it (under a scenario: where the value that it changes stands);
    ``grade`` the worst among its sources, blank where it names none.
    """
    lines = [*_settings(plans)]
    for sheet in SHEETS:
        if sheet not in _SILENT_SHEETS:
            lines += _sheet(sheet, plans)
    head = ["sheet", "row", "column", "unit", "cell", "grade"]
    return pd.DataFrame(lines, columns=pd.Index([*head, *labels]), dtype=object)


def _settings(plans: Sequence[Plan]) -> Iterator[tuple[Any, ...]]:
    cases = [plan.case for plan in plans]
    for key in cases[0].settings:
        values = [case.settings[key] for case in cases]
        if key != "name" and any(value != values[0] for value in values):
            row = next((r for r in cases[0]["settings"] if r["key"] == key), None)
            cell = cases[0].address("settings", row, "value") if row else "settings (default)"
            yield "settings", key, "value", "", cell, "", *values


def _sheet(sheet: str, plans: Sequence[Plan]) -> Iterator[tuple[Any, ...]]:
    spec = SHEETS[sheet]
    keyed = [_by_key(spec.keys, plan.case[sheet]) for plan in plans]
    for key in dict.fromkeys(key for rows in keyed for key in rows):
        rows = [found.get(key) for found in keyed]
        case, row = next((p.case, r) for p, r in zip(plans, rows, strict=True) if r is not None)
        name = ", ".join(_word(part) for part in key if part not in (None, (), 0))
        grade = worst_grade(case, row)
        if any(found is None for found in rows):
            values = [ABSENT if found is None else "row" for found in rows]
            first = next(iter(spec.by_name))
            yield sheet, name, "*", "", case.address(sheet, row, first), grade, *values
            continue
        for column in spec.columns:
            values = [found[column.name] for found in rows if found is not None]
            silent = column.name in (*_SILENT_COLUMNS, *spec.keys)
            if not silent and any(value != values[0] for value in values):
                cell = case.address(sheet, row, column.name)
                yield sheet, name, column.name, column.unit, cell, grade, *values


def _by_key(keys: Sequence[str], rows: Sequence[Row]) -> Mapping[_Key, Row]:
    """Rows by their name columns; rows without a name by all they say. What still is alike (a
    lane with two windows) is told apart by its order."""
    found: dict[_Key, Row] = {}
    seen: Counter[_Key] = Counter()
    for row in rows:
        columns = keys or [name for name in row if name not in _SILENT_COLUMNS]
        key = tuple(row[column] for column in columns)
        found[*key, seen[key]] = row
        seen[key] += 1
    return found


def _word(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(map(_word, value))
    return str(value)
