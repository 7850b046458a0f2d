"""From raw sheets to typed rows: sheets and columns known, cells parsed, settings read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from openpyxl.utils import get_column_letter

from planner.case.book import RawBook
from planner.case.case import RawSheet, Row
from planner.case.cells import Problem, did_you_mean, parse, several, shown
from planner.case.schema import SETTINGS, SHEETS, Column, SheetSpec
from planner.errors import Fault


@dataclass
class Reading:
    """What a workbook holds, typed, with all that was found wrong or remarkable so far.

    ``unsound[sheet]`` are the Excel rows with a faulty cell: checks across rows leave them out.
    """

    raw: dict[str, RawSheet] = field(default_factory=dict[str, RawSheet])
    sheets: dict[str, tuple[Row, ...]] = field(default_factory=dict[str, tuple[Row, ...]])
    letters: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    unsound: dict[str, set[int]] = field(default_factory=dict[str, set[int]])
    faults: list[Fault] = field(default_factory=list[Fault])
    warnings: list[Fault] = field(default_factory=list[Fault])


def type_book(book: RawBook) -> Reading:
    """Type every sheet of the contract; unknown sheets and columns give warnings."""
    reading = Reading()
    for name in book.sheets:
        if name not in SHEETS:
            near = did_you_mean(name, list(SHEETS))
            reading.warnings.append(_unknown(name, None, "sheet", name, near))
    for name, spec in SHEETS.items():
        raw = book.sheets.get(name)
        reading.sheets[name], reading.unsound[name], reading.letters[name] = (), set(), {}
        if raw is None:
            if spec.required:
                reading.faults.append(_missing_sheet(spec))
            continue
        reading.raw[name] = raw
        for cell in book.merged.get(name, ()):
            reading.faults.append(
                Fault(
                    "merged-cells", name, cell, "merged cells", "one fact a cell",
                    "Unmerge the cells and fill in each of them.",
                )
            )  # fmt: skip
        type_sheet(spec, raw, reading)
    return reading


def _unknown(sheet: str, cell: str | None, what: str, found: str, near: str | None) -> Fault:
    hint = f"Did you mean '{near}'?" if near else "Rename or remove it."
    return Fault(
        f"unknown-{what}", sheet, cell, f"the {what} '{found}', which is ignored",
        f"a {what} of the contract", hint,
    )  # fmt: skip


def _missing_sheet(spec: SheetSpec) -> Fault:
    return Fault(
        "missing-sheet", spec.name, None, "no such sheet", f"the sheet '{spec.name}'",
        f"Add it: {spec.meaning}",
    )  # fmt: skip


def type_sheet(spec: SheetSpec, raw: RawSheet, reading: Reading) -> None:
    """Type one sheet by its columns into ``reading``: rows, letters, faults and warnings."""
    places = _places(spec, raw, reading)
    reading.letters[spec.name] = {
        column: get_column_letter(index + 1) for column, index in places.items()
    }
    numbered = [
        (number, cells)
        for number, cells in enumerate(raw.rows, start=2)
        if any(cell is not None and str(cell).strip() for cell in cells)
    ]
    if not numbered:
        if spec.required and spec.name != "settings":
            reading.faults.append(
                Fault(
                    "empty-sheet", spec.name, None, "no rows", "at least one row",
                    f"Fill it in: {spec.meaning}",
                )
            )  # fmt: skip
        return
    rows = [Row({}, number) for number, _ in numbered]
    for column in spec.columns:
        index = places.get(column.name)
        if index is not None:
            _type_column(spec, column, index, numbered, rows, reading)
            continue
        for row in rows:
            row[column.name] = column.default
        if column.required:
            reading.unsound[spec.name].update(row.number for row in rows)
            reading.faults.append(
                Fault(
                    "missing-column", spec.name, None, f"no column '{column.name}'",
                    f"the column '{column.name}'", f"Add it: {column.meaning}.",
                )
            )  # fmt: skip
    if not spec.ready:
        reading.faults.append(_not_yet(spec.name, None, f"the sheet '{spec.name}'"))
    reading.sheets[spec.name] = tuple(rows)


def _not_yet(sheet: str, cell: str | None, what: str) -> Fault:
    return Fault(
        "not-yet", sheet, cell, f"{what} in use", f"a workbook that does not use {what}",
        "Its mathematics does not exist yet: nothing is ignored, so clear it to go on.",
    )  # fmt: skip


def _places(spec: SheetSpec, raw: RawSheet, reading: Reading) -> dict[str, int]:
    """Where each known column stands."""
    places: dict[str, int] = {}
    for index, written in enumerate(raw.header):
        cell = f"{get_column_letter(index + 1)}1"
        name = unicodedata.normalize("NFKC", written).strip()
        if not name:
            if any(len(row) > index and row[index] is not None for row in raw.rows):
                reading.warnings.append(_unknown(spec.name, cell, "column", "(no header)", None))
        elif name in places:
            reading.faults.append(
                Fault(
                    "duplicate-column", spec.name, cell, f"a second column '{name}'",
                    "each column once", "Remove one of the two.",
                )
            )  # fmt: skip
        elif name in spec.by_name:
            places[name] = index
        else:
            near = did_you_mean(name, [known for known in spec.by_name if known not in raw.header])
            reading.warnings.append(_unknown(spec.name, cell, "column", name, near))
    return places


def _type_column(
    spec: SheetSpec,
    column: Column,
    index: int,
    numbered: list[tuple[int, tuple[Any, ...]]],
    rows: list[Row],
    reading: Reading,
) -> None:
    letter = get_column_letter(index + 1)
    blank_allowed = not column.required
    for (number, cells), row in zip(numbered, rows, strict=True):
        raw = cells[index] if len(cells) > index else None
        if raw is None and blank_allowed:
            row[column.name] = column.default
            continue
        cell = parse(column, raw)
        row[column.name] = cell.value
        if cell.bad is not None:
            reading.unsound[spec.name].add(number)
            reading.faults.append(at(cell.bad, spec.name, f"{letter}{number}"))
        reading.warnings.extend(
            at(remark, spec.name, f"{letter}{number}") for remark in cell.remarks
        )
    if not column.ready:
        used = (n for n, cells in numbered if len(cells) > index and cells[index] is not None)
        first = next(used, None)
        if first is not None:
            reading.faults.append(
                _not_yet(spec.name, f"{letter}{first}", f"the column '{column.name}'")
            )


def at(problem: Problem, sheet: str, cell: str | None) -> Fault:
    """A cell's problem as a fault of its place."""
    return Fault(problem.kind, sheet, cell, problem.found, problem.expected, problem.remedy)


def type_settings(
    rows: Iterable[Row], letter: str | None
) -> tuple[Mapping[str, Any], list[Fault], list[Fault]]:
    """Typed settings with their defaults, faults, and warnings; ``letter`` is that of `value`."""
    by_key = {column.name: column for column in SETTINGS}
    settings: dict[str, Any] = {column.name: column.default for column in SETTINGS}
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for row in rows:
        cell_name = f"{letter}{row.number}" if letter and row.number else None
        column = by_key.get(row["key"])
        if column is None:
            if row["key"] is not None:
                near = did_you_mean(row["key"], by_key)
                strange = _unknown("settings", cell_name, "setting", row["key"], near)
                # Mistyped, it would leave the default in force; what is like none is a note.
                if near:
                    faults.append(replace(strange, found=f"'{row['key']}'"))
                else:
                    warnings.append(strange)
            continue
        if not column.ready and row["value"] is not None:
            faults.append(_not_yet("settings", cell_name, f"the setting '{column.name}'"))
        cell = parse(column, row["value"])
        settings[column.name] = cell.value
        if cell.bad is not None:
            faults.append(at(cell.bad, "settings", cell_name))
        warnings.extend(at(remark, "settings", cell_name) for remark in cell.remarks)
    return settings, faults, warnings


def found_in(row: Row, column: str) -> str:
    """What stands in a typed cell, in a planner's words."""
    values = several(row.get(column))
    return shown("; ".join(map(str, values)) if len(values) > 1 else next(iter(values), None))
