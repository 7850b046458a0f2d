"""What a check sees of a case: typed rows, look-ups, and how a fault is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planner.case.case import Row
from planner.case.changes import ChangeError
from planner.case.rows import found_in
from planner.case.schema import SHEETS
from planner.errors import Fault


@dataclass(frozen=True)
class View:
    """The typed rows of a case. Rows with a faulty cell are left out of ``rows`` and ``by_name``."""

    sheets: Mapping[str, tuple[Row, ...]]
    unsound: Mapping[str, set[int]]
    settings: Mapping[str, Any]
    letters: Mapping[str, Mapping[str, str]]

    def rows(self, sheet: str) -> list[Row]:
        """The rows of a sheet whose cells are all sound."""
        bad = self.unsound[sheet]
        return [row for row in self.sheets[sheet] if row.number not in bad]

    def by_name(self, sheet: str) -> Mapping[str, Row]:
        """Sound rows by the sheet's (only) key column."""
        return self._named[sheet]

    @cached_property
    def _named(self) -> Mapping[str, Mapping[str, Row]]:
        return {
            name: {row[spec.keys[0]]: row for row in self.rows(name)}
            for name, spec in SHEETS.items()
            if len(spec.keys) == 1
        }

    @cached_property
    def periods(self) -> list[Row]:
        """Sound periods in order of time."""
        return sorted(self.rows("periods"), key=lambda row: row["start"])

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Period -> its place in time, from 0."""
        return {row["period"]: place for place, row in enumerate(self.periods)}

    @cached_property
    def epoch(self) -> Mapping[str, int]:
        """Period -> its epoch."""
        return {row["period"]: row["epoch"] for row in self.periods}

    @cached_property
    def last_epoch(self) -> int:
        return max(self.epoch.values(), default=1)

    @cached_property
    def shares(self) -> Mapping[str, Mapping[str, float]]:
        """Material -> element -> mass share; materials without composition are absent."""
        found: dict[str, dict[str, float]] = {}
        for row in self.rows("composition"):
            found.setdefault(row["material"], {})[row["element"]] = row["share"]
        return found

    @cached_property
    def regimes(self) -> frozenset[str]:
        """Regimes that `transitions` or `tree` name."""
        named = {
            row[end] for row in self.sheets["transitions"] for end in ("from_regime", "to_regime")
        }
        named |= {row["regime"] for row in self.sheets["tree"]}
        return frozenset(name for name in named if name is not None)

    def site_of(self, row: Row, column: str = "site") -> Row | None:
        return self.by_name("sites").get(row[column])

    def fault(
        self,
        kind: str,
        sheet: str,
        row: Row | None,
        column: str | None,
        expected: str,
        remedy: str,
        found: str | None = None,
    ) -> Fault:
        """A fault at a cell; without a column at the row's first key, without a row at the sheet."""
        cell = None
        if row is not None:
            column = column or (SHEETS[sheet].keys or (SHEETS[sheet].columns[0].name,))[0]
            letters = self.letters.get(sheet, {})
            if column not in letters:
                # A column that the workbook lacks: the fault stands at the row's name.
                found = found or f"no {column}"
                column = next((name for name in SHEETS[sheet].by_name if name in letters), column)
            cell = f"{letters[column]}{row.number}" if row.number and column in letters else None
            found = found if found is not None else found_in(row, column)
        return Fault(kind, sheet, cell, found or "nothing", expected, remedy)

    def change_fault(self, sheet: str, change: Row, bad: ChangeError) -> Fault:
        """A change that cannot be made, as a fault of its cell in `scenarios` or `node_values`."""
        problem = bad.problem
        return self.fault(
            problem.kind, sheet, change, bad.column, problem.expected, problem.remedy,
            problem.found,
        )  # fmt: skip


#: A check yields what it finds wrong.
CheckFunction = Callable[[View], Iterator[Fault]]


@dataclass(frozen=True)
class Check:
    """A check, the sheets that must be sound as a whole for it to speak, and its weight."""

    function: CheckFunction
    whole: tuple[str, ...] = ()
    warning: bool = False

    def run(self, view: View) -> Iterable[Fault]:
        if any(view.unsound[sheet] for sheet in self.whole):
            return ()
        return self.function(view)
