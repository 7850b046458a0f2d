"""Rows of the CSV tables beside this package.

``data/reference``   rows of the gathered data, each with an id and a grade
``data/case``        the case itself: who, where, how much, each row with its source ids
``data/tutorial``    the sheets of the tutorial, one table each
``data/assumptions`` what is ours: derived, recalled or assumed, and saying so

A table of the case is text only; ``typed`` turns what looks like a number, a date or a truth into
one, so that the workbook holds numbers where the planner expects numbers.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"

#: One typed cell of a workbook; None is blank.
Cell = str | float | int | bool | date | None
Row = dict[str, Cell]

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def typed(text: str) -> Cell:
    """The cell that a text of a CSV table stands for."""
    if text == "":
        return None
    if text in ("TRUE", "FALSE"):
        return text == "TRUE"
    if _DATE.fullmatch(text):
        return date.fromisoformat(text)
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def texts(name: str, folder: str = "case") -> tuple[Mapping[str, str], ...]:
    """The rows of ``data/FOLDER/NAME.csv`` as text."""
    return tuple(_read(DATA / folder / f"{name}.csv"))


def case_rows(name: str, folder: str = "case") -> list[Row]:
    """The rows of ``data/FOLDER/NAME.csv``, cells typed."""
    return [{column: typed(text) for column, text in row.items()} for row in texts(name, folder)]


@cache
def reference() -> Mapping[str, Mapping[str, str]]:
    """Every copied data row by its id."""
    files = sorted((DATA / "reference").glob("*.csv"))
    return {row["id"]: row for path in files for row in _read(path)}


@cache
def assumptions() -> Mapping[str, Mapping[str, str]]:
    """Every source of our own by its id."""
    return {row["source"]: row for row in _read(DATA / "assumptions.csv")}


def number(source: str) -> float:
    """The value of a data row; KeyError when the row is not among the copies."""
    return float(reference()[source]["value"])


def cite(*sources: str) -> str:
    """Source ids as a cell: each once, in order of first use."""
    ids = [one for cell in sources for one in cell.split(";") if one]
    return ";".join(dict.fromkeys(ids))


def cited(rows: Iterable[Mapping[str, Cell]]) -> set[str]:
    """All source ids that rows name."""
    return {one for row in rows for one in str(row.get("source") or "").split(";") if one}
