"""The empty workbook: every sheet and column with its meaning, and examples that form a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]
from openpyxl.utils import get_column_letter
from xlsxwriter.exceptions import FileCreateError  # pyright: ignore[reportMissingTypeStubs]

from planner.case.schema import SETTINGS, SHEETS, Column, SheetSpec
from planner.case.whole import draft_of

#: Rows for which drop-downs are offered.
_ROWS = 1000
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd",
}
#: Sheets that cannot stand beside the others' examples, and why.
_HEADER_ONLY = {
    "tree": "Empty here: an explicit tree stands in place of 'transitions'.",
    "node_values": "Empty here: it speaks of the nodes of 'tree'.",
}


def write_template(path: str | Path) -> Path:
    """Write the template workbook to ``path`` (.xlsx); it reads as a case without fault.

    Headers carry meaning, unit and default as comments; cells offer their choices and references.
    Raises PlanFileError if it cannot be written.
    """
    target = Path(path)
    with draft_of(target) as draft:
        book: Any = xlsxwriter.Workbook(str(draft), _OPTIONS)
        _write_sheets(book)
        try:
            book.close()
        except FileCreateError as error:
            raise OSError(*error.args) from error
    return target


def _write_sheets(book: Any) -> None:
    required = book.add_format(
        {"bold": True, "bg_color": "#1F4E79", "font_color": "white", "border": 1}
    )
    optional = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
    for spec in SHEETS.values():
        sheet = book.add_worksheet(spec.name)
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)
        for place, column in enumerate(spec.columns):
            sheet.write_string(0, place, column.name, required if column.required else optional)
            sheet.write_comment(
                0, place, _comment(spec, column, first=place == 0), {"x_scale": 2.5}
            )
            sheet.set_column(place, place, max(12, len(column.name) + 2))
            choices = _drop_down(column)
            if choices is not None:
                sheet.data_validation(1, place, _ROWS, place, choices)
        for number, row in enumerate(example_rows(spec), start=1):
            for place, column in enumerate(spec.columns):
                _write(sheet, number, place, row.get(column.name))


def example_rows(spec: SheetSpec) -> list[Mapping[str, Any]]:
    """The example rows of a sheet; those of all sheets together form a small case."""
    if spec.name == "settings":
        return [
            {"key": column.name, "value": column.example, "note": column.meaning}
            for column in SETTINGS
        ]
    if spec.name in _HEADER_ONLY:
        return []
    first = {column.name: column.example for column in spec.columns}
    return [first, *spec.more]


def _comment(spec: SheetSpec, column: Column, *, first: bool) -> str:
    lines = [column.meaning[:1].upper() + column.meaning[1:] + "."]
    if column.unit:
        lines.append(f"Unit: {column.unit}.")
    if column.required:
        lines.append("Required.")
    elif column.default not in (None, ()):
        lines.append(f"Blank: {default_text(column)}.")
    if first:
        lines.insert(0, spec.meaning)
        if spec.name in _HEADER_ONLY:
            lines.append(_HEADER_ONLY[spec.name])
    return "\n".join(lines)


def default_text(column: Column) -> str:
    """A column's default as it would be written in a cell; empty where there is none."""
    default = column.default
    if default is None:
        return ""
    if isinstance(default, bool):
        return str(default).upper()
    if column.type == "ramp":
        return ";".join(f"{100 * share:g}" for share in default)
    if isinstance(default, tuple):
        return "; ".join(map(str, default))  # pyright: ignore[reportUnknownArgumentType]
    return f"{default:g}" if isinstance(default, float) else str(default)


def _drop_down(column: Column) -> dict[str, Any] | None:
    """The list that a cell offers: closed choices, or the names of the sheet it refers to."""
    if column.type == "bool":
        return {"validate": "list", "source": ["TRUE", "FALSE"]}
    if column.type == "text" and column.choices:
        return {"validate": "list", "source": list(column.choices)}
    if column.type != "name" or len(column.refers) != 1:
        return None
    sheet, name = column.refers[0]
    if SHEETS[sheet].keys != (name,):
        return None
    letter = get_column_letter(list(SHEETS[sheet].by_name).index(name) + 1)
    source = f"={sheet}!${letter}$2:${letter}${_ROWS + 1}"
    # `*` stands in no list: such a cell only warns of what is not listed.
    return {
        "validate": "list",
        "source": source,
        "error_type": "warning" if column.star else "stop",
    }


def _write(sheet: Any, row: int, place: int, value: Any) -> None:
    """Text stays text, whatever it looks like."""
    if isinstance(value, str):
        sheet.write_string(row, place, value)
    elif isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value)
    elif value is not None:
        sheet.write_number(row, place, value)
