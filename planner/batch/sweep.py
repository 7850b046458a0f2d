"""A sweep: one workbook over the grid of all ``--vary`` axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from planner.batch.odds import balanced, is_probability, refuse_tree
from planner.batch.runs import Run
from planner.batch.vary import Vary
from planner.case import SHEETS, Case, Difference, apply_scenario, read_case
from planner.case.cells import did_you_mean
from planner.case.where import RowFinder, WhereError
from planner.errors import CaseError

#: More runs than this are a slip: ten thousand small cases are a night on two cores.
MOST_RUNS = 10_000


@dataclass(frozen=True)
class Sweep:
    """The runs of a grid, and what else moves in them, in words (each once)."""

    runs: tuple[Run, ...]
    moves: tuple[str, ...]


def sweep_runs(workbook: Path, axes: Sequence[Vary], scenario: str | None = None) -> Sweep:
    """One run for each combination of values; the workbook is read once, to find the rows.

    Raises CaseError where an axis means no cell, and what `read_case` raises for the workbook.
    """
    if not axes:
        raise CaseError("Nothing is varied: give at least one --vary.")
    count = 1
    for axis in axes:
        count *= len(axis.values)
    if count > MOST_RUNS:
        raise CaseError(f"The grid has {count:,} runs; at most {MOST_RUNS:,} are taken on.")
    case = read_case(workbook)
    under = case if scenario is None else apply_scenario(case, scenario)
    places = [_places(under, axis) for axis in axes]
    names = _short_names(axes)
    runs, moves = [], dict[str, None]()
    for values in product(*(axis.values for axis in axes)):
        differences, words = _differences(under, axes, places, values)
        moves.update(dict.fromkeys(words))
        varied = tuple(zip(names, values, strict=True))
        runs.append(Run(workbook, scenario, differences=differences, varied=varied))
    return Sweep(tuple(runs), tuple(moves))


def _places(case: Case, axis: Vary) -> list[int]:
    """The rows that an axis means; CaseError, with the nearest name, where there is none."""
    if axis.sheet not in SHEETS:
        raise _unknown(f"There is no sheet '{axis.sheet}'", axis.sheet, list(SHEETS))
    if axis.column not in SHEETS[axis.sheet].by_name:
        known = list(SHEETS[axis.sheet].by_name)
        raise _unknown(f"'{axis.sheet}' has no column '{axis.column}'", axis.column, known)
    refuse_tree(axis.sheet, axis.column)
    if axis.sheet == "settings":
        return []  # a setting at its default has no row, and can be varied all the same
    finder = RowFinder(case.sheets)
    try:
        found = finder.find(axis.sheet, axis.where)
    except WhereError as error:
        raise CaseError(f"{axis.label}: expected {error}. {error.remedy}") from error
    if not found:
        hint = finder.hint(axis.sheet, axis.where) if axis.where else "The sheet has no rows."
        raise CaseError(f"{axis.label} means no row. {hint}")
    return found


def _unknown(said: str, name: str, known: list[str]) -> CaseError:
    near = did_you_mean(name, known)
    return CaseError(f"{said}; did you mean '{near}'?" if near else f"{said}.")


def _short_names(axes: Sequence[Vary]) -> list[str]:
    """The column alone where that tells the axes apart, else the whole."""
    columns = [axis.column for axis in axes]
    return [axis.column if columns.count(axis.column) == 1 and axis.column != "value"
            else axis.label for axis in axes]  # fmt: skip


def _differences(
    case: Case, axes: Sequence[Vary], places: Sequence[list[int]], values: Sequence[float | str]
) -> tuple[tuple[Difference, ...], list[str]]:
    """What one point of the grid changes, and what moves with it in words."""
    plain: list[Difference] = []
    odds: dict[str, dict[tuple[int, str], float]] = {}
    for axis, rows, value in zip(axes, places, values, strict=True):
        if not is_probability(axis.sheet, axis.column):
            words = axis.where_words
            plain.append(Difference(axis.sheet, words, axis.column, axis.change, value))
            continue
        cells = odds.setdefault(axis.sheet, {})
        for row in rows:
            if (row, axis.column) in cells:
                raise CaseError(f"{axis.label}: another --vary sets the same probability.")
            cells[row, axis.column] = _probability(case, axis, row, value)
    moved = [pair for sheet, cells in odds.items() for pair in balanced(case, sheet, cells)]
    said = [words for _, words in moved if words]
    return (*plain, *(difference for difference, _ in moved)), said


def _probability(case: Case, axis: Vary, row: int, value: float | str) -> float:
    if not isinstance(value, float):
        raise CaseError(f"{axis.label}: {value!r} is no probability.")
    old = float(case[axis.sheet][row][axis.column])
    return {"set": value, "scale": old * value, "add": old + value}[axis.change]
