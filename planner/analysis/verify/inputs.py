"""Whether the input sheets that a plan carries are those of a workbook, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from math import isclose
from typing import Any

from planner.case.case import Case, RawSheet

#: Two writings of one number differ by less than this, relatively.
_SAME_NUMBER = 1e-12


def compare_inputs(case_in_plan: Case, workbook: Case) -> list[str]:
    """Every difference in words: ``offers!F12: plan has 61.5, workbook has 62``.

    Sheets and columns are matched by name, rows by their order; trailing blank rows do not count.
    """
    ours, theirs = case_in_plan.raw, workbook.raw
    found: list[str] = []
    for name in sorted(ours.keys() | theirs.keys()):
        if name not in theirs:
            found.append(f"{name}: the plan has this sheet, the workbook has not")
        elif name not in ours:
            found.append(f"{name}: the workbook has this sheet, the plan has not")
        else:
            letters = workbook.letters.get(name, {})
            found.extend(_sheet(name, ours[name], theirs[name], letters))
    return found


def _sheet(name: str, ours: RawSheet, theirs: RawSheet, letters: Mapping[str, str]) -> list[str]:
    found = []
    for column in dict.fromkeys((*theirs.header, *ours.header)):
        if column not in theirs.header or column not in ours.header:
            holder = "plan" if column in ours.header else "workbook"
            found.append(f"{name}: only the {holder} has column {column}")
            continue
        left, right = ours.header.index(column), theirs.header.index(column)
        letter = letters.get(column) or _letter(right)
        pairs = zip_longest(ours.rows, theirs.rows, fillvalue=())
        for number, (mine, other) in enumerate(pairs, start=2):
            plan, workbook = _cell(mine, left), _cell(other, right)
            if not _same(plan, workbook):
                text = f"plan has {_shown(plan)}, workbook has {_shown(workbook)}"
                found.append(f"{name}!{letter}{number}: {text}")
    return found


def _cell(row: tuple[Any, ...], at: int) -> Any:
    value = row[at] if at < len(row) else None
    return None if value == "" else value


def _same(left: Any, right: Any) -> bool:
    numbers = (int, float)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, numbers) and isinstance(right, numbers):
        return isclose(left, right, rel_tol=_SAME_NUMBER)
    return left == right


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)


def _letter(at: int) -> str:
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
