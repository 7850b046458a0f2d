"""Edits made part of the case, as one more scenario of its workbook.

A sweep and a session make them. The plan's file then holds them like any scenario: it can be read
back, verified and re-solved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.case.case import Case, RawSheet, Row
from planner.case.notations import where
from planner.case.scenarios import apply_scenario

#: The columns of `scenarios` that a difference fills.
_COLUMNS = ("scenario", "sheet", "where", "column", "change", "value")


@dataclass(frozen=True)
class Difference:
    """One row of `scenarios`, in its words; ``where`` as the workbook writes it."""

    sheet: str
    where: str
    column: str
    change: str
    value: float | str | bool


def with_differences(
    case: Case, scenario: str | None, differences: Sequence[Difference], title: str
) -> Case:
    """The case under ``scenario`` (None: as it stands) with ``differences`` on top, checked like
    any workbook; ``title`` goes into the name of the scenario that they make.

    Raises UnknownScenario, and FaultyWorkbook for a difference that cannot be made.
    """
    if not differences:
        return case if scenario is None else apply_scenario(case, scenario)
    kept = [row for row in case["scenarios"] if row["scenario"] == scenario]
    if scenario is not None and not kept:
        return apply_scenario(case, scenario)  # raises, and says which scenarios there are
    name = _free_name(case, scenario, title)
    rows = [Row({**row, "scenario": name}) for row in kept]
    rows += [_row(name, difference) for difference in differences]
    raw = _copied(case, scenario, name, differences)
    sheets = {**case.sheets, "scenarios": (*case["scenarios"], *rows)}
    widened = replace(case, sheets=sheets, raw={**case.raw, "scenarios": raw})
    return apply_scenario(widened, name)


def _free_name(case: Case, scenario: str | None, title: str) -> str:
    """``S, denied=0.1``: in one cell, and unlike the workbook's own scenarios."""
    taken = {row["scenario"] for row in case["scenarios"]}
    name = ", ".join(part for part in (scenario, title.replace(";", ",")) if part)
    while name in taken:
        name = f"edited: {name}"
    return name


def _row(name: str, difference: Difference) -> Row:
    return Row(
        {
            "scenario": name,
            "sheet": difference.sheet,
            "where": where(difference.where) if difference.where else (),
            "column": difference.column,
            "change": difference.change,
            "value": difference.value,
            "source": (),
            "note": None,
        }
    )


def _copied(
    case: Case, scenario: str | None, name: str, differences: Sequence[Difference]
) -> RawSheet:
    """The sheet `scenarios` as written, with the new rows below: those of its scenario again."""
    old = case.raw.get("scenarios", RawSheet(_COLUMNS, ()))
    header = (*old.header, *(column for column in _COLUMNS if column not in old.header))
    place = {column: header.index(column) for column in _COLUMNS}
    width = len(header)
    below = [(*row, *([None] * (width - len(row)))) for row in old.rows]
    below += [
        tuple(name if index == place["scenario"] else value for index, value in enumerate(row))
        for row in below
        if scenario is not None and row[place["scenario"]] == scenario
    ]
    for difference in differences:
        cells: list[object] = [None] * width
        words = (name, difference.sheet, difference.where or None, difference.column,
                 difference.change, difference.value)  # fmt: skip
        for column, value in zip(_COLUMNS, words, strict=True):
            cells[place[column]] = value
        below.append(tuple(cells))
    return RawSheet(header, tuple(below))
