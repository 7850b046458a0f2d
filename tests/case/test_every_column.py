"""A wrong value in any column of any sheet is a fault at its cell: nothing is silently ignored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planner.case import SHEETS, read_case
from planner.case.schema import SETTINGS
from planner.case.schema.spec import Column, SheetSpec
from planner.errors import FaultyWorkbook
from tests.case.test_sheets_page import example
from tests.workbooks import Sheets, write_workbook

WRONG = "no such thing"
#: Words of the user's own, blank or anything: what is written cannot be wrong by itself.
FREE = {
    ("sites", "country"), ("sites", "region"), ("sites", "company"), ("sites", "end_use"),
    ("processes", "technology_origin"), ("offers", "technology_origin"), ("licences", "group"),
    ("sources", "title"), ("sources", "url"), ("sources", "date"), ("tree", "regime"),
    ("settings", "value"),
}  # fmt: skip
#: Words to match by: none matches in this case, yet one might in another, so it is remarked.
MATCHED = {
    ("rules", "end_use"), ("rules", "company"), ("stress_tests", "end_use"), ("limits", "end_use"),
}  # fmt: skip


def wrong(spec: SheetSpec, column: Column) -> Any:
    """A value that the column cannot have: blank where a name of its own must stand."""
    named = column.refers or column.refers_by or column.choices
    own_name = column.type in ("name", "names", "text", "any") and not named
    return None if own_name else WRONG


COLUMNS = [
    pytest.param(spec, column, id=f"{spec.name}.{column.name}")
    for spec in SHEETS.values()
    for column in spec.columns
    if column.name != "note" and (spec.name, column.name) not in FREE | MATCHED
]


def case_with(path: Path, sheet: str, cells: dict[str, Any]) -> Path:
    """The examples of docs/sheets.md as a workbook, cells of one sheet's first row replaced."""
    by_tree = sheet in ("tree", "node_values")
    without = ("transitions",) if by_tree else ("tree", "node_values")
    sheets: Sheets = {name: example(name) for name in SHEETS if name not in without}
    sheets[sheet][0] = sheets[sheet][0] | cells
    return write_workbook(path / "case.xlsx", sheets)


@pytest.mark.parametrize(("spec", "column"), COLUMNS)
def test_a_wrong_value_is_a_fault_at_its_cell(
    spec: SheetSpec, column: Column, tmp_path: Path
) -> None:
    path = case_with(tmp_path, spec.name, {column.name: wrong(spec, column)})
    with pytest.raises(FaultyWorkbook) as caught:
        read_case(path)
    at = [fault for fault in caught.value.faults if fault.sheet == spec.name]
    assert any(fault.cell and fault.cell.endswith("2") for fault in at), [
        str(f) for f in caught.value.faults
    ]
    assert all(fault.remedy for fault in at)


@pytest.mark.parametrize(("sheet", "column"), sorted(MATCHED))
def test_a_word_that_matches_nothing_is_remarked_at_its_cell(
    sheet: str, column: str, tmp_path: Path
) -> None:
    case = read_case(case_with(tmp_path, sheet, {column: WRONG}))
    remarks = [fault for fault in case.warnings if fault.sheet == sheet]
    assert any(
        fault.cell and fault.cell.endswith("2") and WRONG in fault.found for fault in remarks
    )


@pytest.mark.parametrize(
    "setting", [s for s in SETTINGS if s.name != "name"], ids=lambda setting: setting.name
)
def test_a_wrong_setting_is_a_fault_at_its_cell(setting: Column, tmp_path: Path) -> None:
    path = case_with(tmp_path, "settings", {"key": setting.name, "value": WRONG})
    with pytest.raises(FaultyWorkbook) as caught:
        read_case(path)
    assert any(fault.sheet == "settings" for fault in caught.value.faults)


@pytest.mark.parametrize(("sheet", "column"), sorted(FREE | MATCHED))
def test_what_is_free_is_in_the_contract(sheet: str, column: str) -> None:
    assert column in SHEETS[sheet].by_name
