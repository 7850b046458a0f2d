"""A copy of a user's workbook with rows added below their sheets' own.

The sheets' XML is edited in place (``package_parts``): charts, formulas, formats, comments and
drop-downs stay. What does not follow: the frame of an Excel table and the range of a filter or
drop-down end where they ended. The copy takes its place only after it was read back as a case,
whose rows are the old ones and the added.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, to_excel

from planner.case import apply_scenario, read_case
from planner.case.case import Case
from planner.case.whole import draft_of
from planner.errors import CaseError
from planner.report.package_parts import MAIN, Package, put_last, tree_of

NewRows = Mapping[str, Sequence[Mapping[str, Any]]]


def write_with_rows(
    source: Path, case: Case, rows: NewRows, target: Path
) -> tuple[Case, Mapping[str, str]]:
    """Write to ``target`` the workbook ``source``, which was read as ``case``, with more rows.

    Returns the new case and, by sheet, where its rows stand (``A20:O24``). Raises CaseError, with
    no file written or changed, if the new workbook is not a sound case, its scenarios included;
    FaultyWorkbook is such an error. A file at ``target`` is replaced. Raises PlanFileError where
    the folder does not take it.
    """
    package = Package(source)
    places = {sheet: _add(package, case, sheet, new) for sheet, new in rows.items()}
    with draft_of(target) as draft:
        package.save(draft)
        written = read_case(draft)
        _check_added(case, written, rows)
        for name in dict.fromkeys(row["scenario"] for row in written["scenarios"]):
            apply_scenario(written, name)
    return read_case(target), places


def _check_added(before: Case, after: Case, rows: NewRows) -> None:
    """Every sheet holds what it held and what was added, no more and no less."""
    for sheet, found in after.sheets.items():
        wanted = len(before[sheet]) + len(rows.get(sheet, ()))
        if len(found) != wanted:
            raise CaseError(
                f"{sheet}: {len(found)} rows were read back instead of {wanted}; nothing was "
                "written. Open the workbook in Excel, save it, and try again."
            )


def _add(package: Package, case: Case, sheet: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Put rows into a sheet, which is made where it is missing; returns their range."""
    part = package.sheet_part(sheet) or package.add_sheet(sheet)
    xml = package.text(part)
    last, widest, has_header = _extent(xml)
    letters = dict(case.letters.get(sheet, {}))
    new = [column for row in rows for column in row if column not in letters]
    for place, column in enumerate(dict.fromkeys(new), start=widest + 1):
        letters[column] = get_column_letter(place)
    if new:
        xml = _with_header(xml, {letters[column]: column for column in new}, has_header)
    first = max(last, 1) + 1
    final = first + len(rows) - 1

    def written(prefix: str) -> str:
        return "".join(
            _row(package, prefix, number, {letters[column]: row[column] for column in row})
            for number, row in enumerate(rows, start=first)
        )

    xml = put_last(xml, "sheetData", written)
    used = sorted((letters[column] for row in rows for column in row), key=column_index_from_string)
    right = get_column_letter(max(widest, *map(column_index_from_string, letters.values())))
    xml = re.sub(
        r'(<(?:[\w.-]+:)?dimension\b[^>]*\bref=)"[^"]*"', rf'\g<1>"A1:{right}{final}"', xml, count=1
    )
    package.change(part, xml)
    return f"{used[0]}{first}:{used[-1]}{final}"


def _extent(xml: str) -> tuple[int, int, bool]:
    """The last row, the widest column in use, and whether there is a first row."""
    last, widest, has_first = 0, 0, False
    for row in tree_of(xml).iter(f"{{{MAIN}}}row"):
        last = int(row.get("r") or last + 1)
        has_first = has_first or last == 1
        place = 0
        for cell in row.iter(f"{{{MAIN}}}c"):
            named = re.match("[A-Z]+", cell.get("r") or "")
            place = column_index_from_string(named[0]) if named else place + 1
            widest = max(widest, place if len(cell) or last == 1 else 0)
    return last, widest, has_first


def _with_header(xml: str, titles: Mapping[str, str], has_header: bool) -> str:
    """XML with more titles at the end of the first row."""
    if not has_header:
        data = re.search(r"<((?:[\w.-]+:)?)sheetData\b[^<>]*?(/?)>", xml)
        if data is None:
            raise CaseError("The sheet has no cells that can be added to: save it in Excel anew.")
        prefix = data[1]
        row = f'<{prefix}row r="1">{_titles(prefix, titles)}</{prefix}row>'
        ending = f"</{prefix}sheetData>" if data[2] else ""
        return xml[: data.start()] + f"<{prefix}sheetData>{row}{ending}" + xml[data.end() :]
    found = re.search(r"<((?:[\w.-]+:)?)row\b([^<>]*?)(/?)>", xml)
    if found is None:
        raise CaseError("The sheet's first row cannot be found: save the workbook in Excel anew.")
    prefix = found[1]
    # `spans` names the columns in use: without it they are counted anew.
    kept = re.sub(r'\s+spans="[^"]*"', "", found[2])
    cells = _titles(prefix, titles)
    if found[3]:
        row = f"<{prefix}row{kept}>{cells}</{prefix}row>"
        return xml[: found.start()] + row + xml[found.end() :]
    end = xml.index(f"</{prefix}row>", found.end())
    return (
        xml[: found.start()] + f"<{prefix}row{kept}>" + xml[found.end() : end] + cells + xml[end:]
    )


def _titles(prefix: str, titles: Mapping[str, str]) -> str:
    return "".join(_text_cell(prefix, f"{letter}1", title) for letter, title in titles.items())


def _row(package: Package, prefix: str, number: int, cells: Mapping[str, Any]) -> str:
    in_order = sorted(cells.items(), key=lambda cell: column_index_from_string(cell[0]))
    inside = "".join(
        _cell(package, prefix, f"{letter}{number}", value) for letter, value in in_order
    )
    return f'<{prefix}row r="{number}">{inside}</{prefix}row>'


def _cell(package: Package, prefix: str, place: str, value: Any) -> str:
    """Text stays text, whatever it looks like."""
    if isinstance(value, bool):
        return f'<{prefix}c r="{place}" t="b"><{prefix}v>{int(value)}</{prefix}v></{prefix}c>'
    if isinstance(value, date):
        calendar = CALENDAR_MAC_1904 if package.counts_from_1904() else CALENDAR_WINDOWS_1900
        day = to_excel(value, epoch=calendar)
        style = package.date_style()
        return f'<{prefix}c r="{place}" s="{style}"><{prefix}v>{day:g}</{prefix}v></{prefix}c>'
    if isinstance(value, (int, float)):
        return f'<{prefix}c r="{place}"><{prefix}v>{value!r}</{prefix}v></{prefix}c>'
    return _text_cell(prefix, place, str(value))


def _text_cell(prefix: str, place: str, value: str) -> str:
    inside = f'<{prefix}is><{prefix}t xml:space="preserve">{escape(value)}</{prefix}t></{prefix}is>'
    return f'<{prefix}c r="{place}" t="inlineStr">{inside}</{prefix}c>'
