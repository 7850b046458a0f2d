"""docs/sheets.md: every sheet is told, and its examples are a case that the planner takes."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from planner.case import SHEETS, Case, apply_scenario, read_case
from planner.solve.run import solve_case
from tests.workbooks import Row, Sheets, write_workbook

PAGE = (Path(__file__).parents[2] / "docs" / "sheets.md").read_text(encoding="utf-8")
SECTIONS = {
    part.partition("\n")[0].strip(): part
    for part in re.split(r"^### ", PAGE.replace("\n## ", "\n### ## "), flags=re.MULTILINE)[1:]
    if not part.startswith("## ")
}


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def typed(text: str) -> float | date | bool | str | None:
    """A cell of the page as Excel would hold it."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    return {"TRUE": True, "FALSE": False, "": None}.get(text, text)


def example(sheet: str) -> list[Row]:
    lines = [line for line in SECTIONS[sheet].splitlines() if line.startswith("|")]
    header = cells(lines[0].replace("\\|", ""))
    return [dict(zip(header, map(typed, cells(line)), strict=True)) for line in lines[2:]]


def read(tmp_path: Path, *without: str) -> Case:
    sheets: Sheets = {name: example(name) for name in SHEETS if name not in without}
    return read_case(write_workbook(tmp_path / "page.xlsx", sheets))


def test_every_sheet_has_its_section_in_the_order_of_the_contract() -> None:
    assert list(SECTIONS) == list(SHEETS)


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_section_says_all_four_things(sheet: str) -> None:
    section = SECTIONS[sheet]
    assert "**Absent:**" in section
    assert "**Commonest mistake:**" in section
    rows = example(sheet)
    assert len(rows) >= (2 if sheet == "tracks" else 3)
    assert rows[0].keys() <= SHEETS[sheet].by_name.keys()
    words = section.partition("\n")[2].partition("|")[0]
    assert len(words.split()) >= 10


def test_required_sheets_are_told_as_such() -> None:
    for name, spec in SHEETS.items():
        fault = "**Absent:** a fault" in SECTIONS[name]
        assert fault == spec.required, name


def test_the_examples_are_a_case_that_solves(tmp_path: Path) -> None:
    case = read(tmp_path, "tree", "node_values")
    for name in ("dear Kuantan", "cautious", "no caps"):
        apply_scenario(case, name)
    assert case.warnings == ()
    assert solve_case(case).summary["status"] == "optimal"


def test_with_a_tree_in_place_of_transitions_they_are_one_too(tmp_path: Path) -> None:
    case = read(tmp_path, "transitions")
    assert solve_case(case).summary["status"] == "optimal"
