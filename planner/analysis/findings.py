"""What an analysis found, in one form for all: the command line, the exports and the app show it.

An analysis returns one ``Findings``. Its title states the finding, its sentences say in the trade's
words what the tables show, with units; its cautions say what was not proven or not looked at.
Tables are pandas frames whose columns are snake_case and end in their unit, which decides how they
are shown (``LOOKS``): ``_kusd`` money (undiscounted only where the column says so), ``_t``
tonnes, ``_share`` and ``probability`` 0 to 1, ``_usd_per_kg`` prices; anything else as it is. A number
that does not exist (nothing to enter at, no bound proven) is NaN, never 0; a blank text is "".

``planner.report.findings_document`` makes sections of them and ``with_findings`` puts them into a
plan's own workbook; ``planner.report.terminal_findings`` shows them in a terminal.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

Look = Literal["money", "tonnes", "share", "price", "plain"]

#: How a column is shown, by the end of its name; the first that fits.
LOOKS: tuple[tuple[str, Look], ...] = (
    ("_kusd", "money"),
    ("_usd_per_kg", "price"),
    ("_t", "tonnes"),
    ("_t_per_year", "tonnes"),
    ("share", "share"),
    ("probability", "share"),
)


@dataclass(frozen=True)
class FindingTable:
    """``name``: a slug, unique in its ``Findings``; ``meaning``: one line on what a row is."""

    name: str
    meaning: str
    frame: pd.DataFrame

    @classmethod
    def of(
        cls, name: str, meaning: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> FindingTable:
        """From rows; no rows make an empty table with these columns."""
        return cls(name, meaning, pd.DataFrame(list(rows), columns=pd.Index(columns)))


@dataclass(frozen=True)
class Findings:
    """``analysis``: a slug, the command `planner explain <analysis>` that makes it."""

    analysis: str
    title: str
    sentences: tuple[str, ...] = ()
    tables: tuple[FindingTable, ...] = ()
    cautions: tuple[str, ...] = ()

    def table(self, name: str) -> pd.DataFrame:
        """One table's frame; KeyError for a name that is none of its tables."""
        return {table.name: table.frame for table in self.tables}[name]

    def as_json(self) -> Mapping[str, Any]:
        """Plain content: tables as lists of records, a number that does not exist as None."""
        return {
            "analysis": self.analysis,
            "title": self.title,
            "sentences": list(self.sentences),
            "cautions": list(self.cautions),
            "tables": {
                table.name: [
                    {str(key): _plain(value) for key, value in record.items()}
                    for record in table.frame.to_dict("records")
                ]
                for table in self.tables
            },
        }


def look_of(column: str) -> Look:
    """How a column is shown, by its name alone."""
    for end, look in LOOKS:
        if column.endswith(end):
            return look
    return "plain"


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
