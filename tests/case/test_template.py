"""The template: a workbook that explains itself and is a case."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from planner.case import SHEETS, Case, apply_scenario, read_case, write_template


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_template(tmp_path_factory.mktemp("template") / "template.xlsx")


@pytest.fixture(scope="module")
def case(path: Path) -> Case:
    return read_case(path)


def test_it_reads_as_a_case(case: Case) -> None:
    assert case.warnings == ()
    empty = {name for name, rows in case.sheets.items() if not rows}
    assert empty == {"tree", "node_values"}
    assert apply_scenario(case, "dear mine")["offers"][0]["price_usd_per_kg"] == pytest.approx(74.4)


def test_every_header_explains_its_column(path: Path) -> None:
    book = load_workbook(path)
    assert book.sheetnames == list(SHEETS)
    for spec in SHEETS.values():
        header = list(book[spec.name][1])
        assert [cell.value for cell in header] == [column.name for column in spec.columns]
        for cell, column in zip(header, spec.columns, strict=True):
            assert cell.comment is not None
            assert column.meaning[1:] in cell.comment.text
            assert ("Required." in cell.comment.text) == column.required
            assert column.unit in cell.comment.text


def test_cells_offer_choices_and_references(path: Path) -> None:
    book = load_workbook(path)
    offered = {
        str(rule.sqref).split(":")[0]: rule.formula1
        for rule in book["offers"].data_validations.dataValidation
    }
    assert offered["B2"] == "sites!$A$2:$A$1001"
    assert offered["D2"] == '"spot,contract"'
    assert offered["Q2"] == '"TRUE,FALSE"'
