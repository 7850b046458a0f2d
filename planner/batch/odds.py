"""Probabilities that must sum to 1: what moves when one of them is varied.

The others keep their proportion and take the rest; where all of them were 0 the first of them
takes it. So `denied` from 0 to 1 leaves on time and late as likely to each other as they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from planner.case import SHEETS, Case, Difference, Row
from planner.errors import CaseError

#: Columns of one row that sum to 1.
_WITHIN_ROW: Mapping[str, tuple[str, ...]] = {"licence_odds": ("on_time", "late", "denied")}
#: A column that sums to 1 over the rows that share another one.
_OVER_ROWS: Mapping[str, tuple[str, str]] = {"transitions": ("probability", "from_regime")}

#: One number of a group: its row and column.
_Cell = tuple[int, str]


def is_probability(sheet: str, column: str) -> bool:
    """Whether other cells must move with the column."""
    return column in _WITHIN_ROW.get(sheet, ()) or column == _OVER_ROWS.get(sheet, ("",))[0]


def refuse_tree(sheet: str, column: str) -> None:
    """Probabilities of an explicit tree hang together over all epochs: no rule says what moves."""
    if (sheet, column) == ("tree", "probability"):
        raise CaseError(
            "The probabilities of the sheet `tree` cannot be varied one at a time: those of its "
            "other nodes would have to move in a way that only you can choose. Write each tree as "
            "a scenario, and run them with `planner batch --scenarios all`."
        )


def balanced(
    case: Case, sheet: str, chosen: Mapping[_Cell, float]
) -> Iterator[tuple[Difference, str]]:
    """Differences that set the chosen cells and let the others of their groups take the rest;
    with each, the words for a cell that moved with them (blank for the chosen ones).

    Where the chosen ones alone exceed 1 the others become 0: the checks of the case then say so.
    """
    for group in _groups(case, sheet, chosen):
        given = {cell: chosen[cell] for cell in group if cell in chosen}
        others = {cell: _number(case, sheet, cell) for cell in group if cell not in chosen}
        rest = max(0.0, 1.0 - sum(given.values()))
        total = sum(others.values())
        for cell, value in given.items():
            yield _set(case, sheet, cell, value), ""
        for place, (cell, value) in enumerate(others.items()):
            part = value / total if total > 0 else float(place == 0)
            moved = round(rest * part, 12)
            if moved != value:
                difference = _set(case, sheet, cell, moved)
                yield difference, f"{cell[1]} of {difference.where}"


def _groups(case: Case, sheet: str, chosen: Mapping[_Cell, float]) -> Iterator[Sequence[_Cell]]:
    if sheet in _WITHIN_ROW:
        for place in dict.fromkeys(place for place, _ in chosen):
            yield [(place, column) for column in _WITHIN_ROW[sheet]]
        return
    column, shared = _OVER_ROWS[sheet]
    rows = case[sheet]
    for member in dict.fromkeys(rows[place][shared] for place, _ in chosen):
        yield [(place, column) for place, row in enumerate(rows) if row[shared] == member]


def _number(case: Case, sheet: str, cell: _Cell) -> float:
    return float(case[sheet][cell[0]][cell[1]])


def _set(case: Case, sheet: str, cell: _Cell, value: float) -> Difference:
    row: Row = case[sheet][cell[0]]
    where = "; ".join(f"{key}={row[key]}" for key in SHEETS[sheet].keys)
    return Difference(sheet, where, cell[1], "set", value)
