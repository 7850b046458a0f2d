"""Differences from a workbook: `set`, `scale`, `add` on rows that conditions find.

The sheets `scenarios` and `node_values` speak the same words. Conditions look at the rows as they
were, and two changes of one cell must commute, so that the order of rows does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.case.case import Row
from planner.case.cells import Problem, did_you_mean, parse, shown
from planner.case.schema import SETTINGS, SHEETS, Column
from planner.case.where import RowFinder, WhereError

_SETTING = {column.name: column for column in SETTINGS}
#: Sheets that say nothing by themselves that a plan could depend on.
_UNCHANGING = ("scenarios", "sources")


class ChangeError(Exception):
    """A change that cannot be made: the column of its row at which the fault lies, and the problem."""

    def __init__(self, column: str, problem: Problem) -> None:
        super().__init__(problem.kind)
        self.column = column
        self.problem = problem


def _bad(column: str, kind: str, found: Any, expected: str, remedy: str) -> ChangeError:
    words = found if kind in ("touches-nothing", "conflict") else shown(found)
    return ChangeError(column, Problem(kind, words, expected, remedy))


@dataclass
class Changer:
    """Applies changes to sheets one by one; ``changed`` holds the sheets touched so far."""

    sheets: Mapping[str, tuple[Row, ...]]
    settings: Mapping[str, Any]
    by_node: bool = False
    changed: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    _touched: dict[tuple[str, int, str], tuple[str, Any]] = field(
        default_factory=dict[tuple[str, int, str], tuple[str, Any]]
    )
    _switched_off: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        # A setting that the workbook leaves at its default can be changed all the same.
        given = {row["key"] for row in self.sheets["settings"]}
        silent = [
            Row({"key": key, "value": self.settings[key], "source": (), "note": None})
            for key in _SETTING
            if key not in given
        ]
        self.sheets = {**self.sheets, "settings": (*self.sheets["settings"], *silent)}
        self._finder = RowFinder(self.sheets)

    def apply(self, change: Row) -> None:
        """Make one change; raises ChangeError and changes nothing where it cannot be made."""
        sheet = self._sheet(change)
        if change["column"] == "*":
            self._switch_off(sheet, change)
            return
        if sheet in self._switched_off:
            raise _off_and_changed(sheet)
        column = self._column(sheet, change)
        try:
            places = self._finder.find(sheet, change["where"])
        except WhereError as error:
            raise _bad("where", "bad-where", _written(change), str(error), error.remedy) from None
        if not places:
            remedy = self._finder.hint(sheet, change["where"])
            raise _bad("where", "touches-nothing", f"no row of '{sheet}' for {_written(change)}", "at least one row", remedy)  # fmt: skip
        rows = self.changed.get(sheet, list(self.sheets[sheet]))
        values = [self._new_value(sheet, column, rows[place], change) for place in places]
        for place, value in zip(places, values, strict=True):
            self._claim(sheet, place, column.name, change, value)
            rows[place] = Row({**rows[place], column.name: value}, rows[place].number)
        self.changed[sheet] = rows

    def _sheet(self, change: Row) -> str:
        sheet = change["sheet"]
        if sheet not in SHEETS or sheet in _UNCHANGING or (self.by_node and not _by_node(sheet)):
            known = [name for name in SHEETS if name not in _UNCHANGING]
            known = [name for name in known if not self.by_node or _by_node(name)]
            near = did_you_mean(sheet, known)
            hint = f"Did you mean '{near}'?" if near else f"Such are: {', '.join(known)}."
            raise _bad("sheet", "unknown-name", sheet, "a sheet that can differ here", hint)
        return sheet

    def _column(self, sheet: str, change: Row) -> Column:
        spec, name = SHEETS[sheet], change["column"]
        known = [c.name for c in spec.columns if not self.by_node or c.by_node]
        if name not in known:
            near = did_you_mean(name, known)
            hint = f"Did you mean '{near}'?" if near else f"Such are: {', '.join(known)}."
            if name in spec.by_name:
                what = "a column that may differ between nodes: an amount, a price or a share"
                raise _bad("column", "not-by-node", name, what, hint)
            raise _bad("column", "unknown-name", name, f"a column of '{sheet}'", hint)
        return spec.by_name[name]

    def _switch_off(self, sheet: str, change: Row) -> None:
        if self.by_node or change["change"] != "set" or change["value"] != "off" or change["where"]:
            what = "`set` and `off` without conditions where column is `*`"
            raise _bad(
                "value", "bad-change", change["value"], what, "Name the column that differs."
            )
        if SHEETS[sheet].required:
            raise _bad("sheet", "bad-change", sheet, "a sheet that may be absent", "Change its rows instead.")  # fmt: skip
        if not self.sheets[sheet]:
            raise _bad("sheet", "touches-nothing", f"no row in '{sheet}'", "at least one row", "Remove the line.")  # fmt: skip
        if sheet in self.changed:
            raise _off_and_changed(sheet)
        self.changed[sheet] = []
        self._switched_off.add(sheet)

    def _new_value(self, sheet: str, column: Column, row: Row, change: Row) -> Any:
        if sheet == "settings" and column.name == "value":
            column = _SETTING.get(row["key"], column)
        if change["change"] == "set":
            cell = parse(column, change["value"])
        else:
            cell = parse(column, self._moved(column, row, change))
        if cell.bad is not None:
            problem = cell.bad
            expected = f"{problem.expected} in {sheet}.{column.name} after the change"
            raise ChangeError(
                "value", Problem(problem.kind, problem.found, expected, problem.remedy)
            )
        return cell.value

    def _moved(self, column: Column, row: Row, change: Row) -> float:
        """The cell's number scaled or added to."""
        if column.type not in ("number", "integer"):
            what = "`set`, since the column holds no number"
            raise _bad("change", "bad-change", change["change"], what, "Use `set`.")
        by = parse(Column("value", "number", "factor or addition", required=True), change["value"])
        if by.bad is not None:
            raise ChangeError("value", by.bad)
        old = row[change["column"]]
        if old is None:
            remedy = "Give the cell a number, or use `set`."
            raise _bad("change", "bad-change", change["change"], "a number to start from; the cell is blank", remedy)  # fmt: skip
        return old * by.value if change["change"] == "scale" else old + by.value

    def _claim(self, sheet: str, place: int, column: str, change: Row, value: Any) -> None:
        """Two changes of one cell must not depend on their order."""
        how = change["change"]
        before = self._touched.get((sheet, place, column))
        commutes = before is None or (before[0] == how and (how != "set" or before[1] == value))
        if not commutes:
            remedy = "Make the conditions exclude each other, or merge the lines."
            raise _bad("column", "conflict", f"a second change of the same cell of '{sheet}'", "changes whose order does not count", remedy)  # fmt: skip
        self._touched[sheet, place, column] = (how, value)


def _off_and_changed(sheet: str) -> ChangeError:
    found = f"'{sheet}' both changed and switched off"
    return _bad("column", "conflict", found, "one of the two", "Remove one of the lines.")


def _by_node(sheet: str) -> bool:
    return any(column.by_node for column in SHEETS[sheet].columns)


def _written(change: Row) -> str:
    return "; ".join(f"{column}={value}" for column, value in change["where"]) or "any row"


def problems(changer: Changer, changes: Iterable[Row]) -> Iterable[tuple[Row, ChangeError]]:
    """Apply changes in turn; yield those that cannot be made."""
    for change in changes:
        try:
            changer.apply(change)
        except ChangeError as bad:
            yield change, bad
