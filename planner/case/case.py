"""A case: one workbook, read and checked, with the address of every cell.

Quantities are t, prices USD/kg (= kUSD/t), shares 0..1, leads in months, as in the workbook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from planner.errors import Fault

#: A typed cell: text, number, truth, date, a tuple of names (`;`-separated), or None where blank.
Value = str | float | int | bool | date | tuple[str, ...] | None


class Row(dict[str, Any]):
    """One row of a sheet: every column of the schema, typed, defaults filled in.

    ``number`` is the Excel row it stands in (2 is the first below the header; 0: not from a file).
    """

    __slots__ = ("number",)

    def __init__(self, values: Mapping[str, Any], number: int = 0) -> None:
        super().__init__(values)
        self.number = number


@dataclass(frozen=True)
class RawSheet:
    """A sheet as the user wrote it: what exports copy and `planner verify --case` compares."""

    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Case:
    """What is asked. Sheets that the workbook lacks are empty tuples, never missing keys.

    ``letters[sheet][column]`` is the Excel column letter; ``scenario`` the name of the applied
    scenario or None, ``base`` the case before it was applied; ``warnings`` are remarks that do not stop a solve; ``fingerprint`` is the
    sha-256 of the canonical content (settings and rows after the scenario; order of rows and
    columns, notes and sources do not count).
    """

    name: str
    settings: Mapping[str, Any]
    sheets: Mapping[str, tuple[Row, ...]]
    raw: Mapping[str, RawSheet] = field(repr=False)
    letters: Mapping[str, Mapping[str, str]] = field(repr=False)
    warnings: tuple[Fault, ...]
    scenario: str | None
    fingerprint: str
    base: Case | None = field(default=None, repr=False, compare=False)

    def __getitem__(self, sheet: str) -> tuple[Row, ...]:
        """The rows of one sheet; KeyError for a name that is no sheet of the contract."""
        return self.sheets[sheet]

    def address(self, sheet: str, row: Row, column: str) -> str:
        """``offers!F12``: where a value stands in the workbook."""
        letter = self.letters.get(sheet, {}).get(column)
        return f"{sheet}!{letter}{row.number}" if letter and row.number else f"{sheet} (default)"
