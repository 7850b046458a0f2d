"""Edits made part of the case, as one more scenario of its workbook.

A sweep and a session make them. The plan's file then holds them like any scenario: it can be read
back, verified and re-solved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.case.case import Case, RawSheet, Row
from planner.case.notations import NotationError, where
from planner.case.scenarios import apply_scenario
from planner.errors import CaseError

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

    A later difference with the conditions and column of an earlier one, or of a row of the
    scenario, stands in for it or is counted into it. Raises UnknownScenario, and FaultyWorkbook for
    a difference that cannot be made.
    """
    if not differences:
        return case if scenario is None else apply_scenario(case, scenario)
    kept = [row for row in case["scenarios"] if row["scenario"] == scenario]
    if scenario is not None and not kept:
        return apply_scenario(case, scenario)  # raises, and says which scenarios there are
    name = _free_name(case, scenario, title)
    rows: list[Row] = []
    for row in (*kept, *map(_row, differences)):
        _lay_upon(rows, Row({**row, "scenario": name}))
    sheets = {**case.sheets, "scenarios": (*case["scenarios"], *rows)}
    raw = {**case.raw, "scenarios": _with_lines(case, rows)}
    return apply_scenario(replace(case, sheets=sheets, raw=raw), name)


def _lay_upon(rows: list[Row], new: Row) -> None:
    """Add a row to those before it. Two on the same cells become one where their order would count:
    `set` stands in for what was before, `scale` and `add` move what was set."""

    def is_on_same_cells(row: Row) -> bool:
        return (row["sheet"], row["column"], sorted(row["where"])) == (
            new["sheet"], new["column"], sorted(new["where"]),
        )  # fmt: skip

    before = [row for row in rows if is_on_same_cells(row)]
    if before and new["change"] == "set":
        rows[:] = [row for row in rows if not is_on_same_cells(row)]
    elif len(before) == 1 and before[0]["change"] == "set" and _are_numbers(before[0], new):
        old, by = float(before[0]["value"]), float(new["value"])
        moved = old * by if new["change"] == "scale" else old + by
        rows.remove(before[0])
        new = Row({**new, "change": "set", "value": moved})
    rows.append(new)


def _are_numbers(*rows: Row) -> bool:
    return all(
        isinstance(row["value"], int | float) and not isinstance(row["value"], bool) for row in rows
    )


def _free_name(case: Case, scenario: str | None, title: str) -> str:
    """``S, denied=0.1``: in one cell, and unlike the workbook's own scenarios."""
    taken = {row["scenario"] for row in case["scenarios"]}
    name = ", ".join(part for part in (scenario, title.replace(";", ",")) if part)
    while name in taken:
        name = f"edited: {name}"
    return name


def _row(difference: Difference) -> Row:
    try:
        conditions = where(difference.where) if difference.where else ()
    except NotationError as bad:
        raise CaseError(f"Found where '{difference.where}'; expected {bad}.") from None
    return Row(
        {
            "sheet": difference.sheet,
            "where": conditions,
            "column": difference.column,
            "change": difference.change,
            "value": difference.value,
            "source": (),
            "note": None,
        }
    )


def _with_lines(case: Case, rows: Sequence[Row]) -> RawSheet:
    """The sheet `scenarios` as written, with the new rows below."""
    old = case.raw.get("scenarios", RawSheet(_COLUMNS, ()))
    header = (*old.header, *(column for column in _COLUMNS if column not in old.header))
    width = len(header)
    lines = [(*line, *([None] * (width - len(line)))) for line in old.rows]
    for row in rows:
        written = {
            **row,
            "where": "; ".join(f"{column}={value}" for column, value in row["where"]) or None,
            "source": "; ".join(row["source"]) or None,
        }
        lines.append(tuple(written.get(column) for column in header))
    return RawSheet(header, tuple(lines))
