"""The scripts make the workbooks that stand in the tree, and every number has its source."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest

from inputs import make_rare_earths, make_tutorial, workbook
from inputs.tables import DATA, Cell, assumptions, cited, reference, texts

MAKERS = pytest.mark.parametrize(
    "maker", [make_rare_earths, make_tutorial], ids=lambda m: m.__name__
)

#: Sheets that hold no figures of their own.
SOURCELESS = {"sources"}


def _cells(path: Path) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
    finally:
        book.close()


@MAKERS
def test_script_reproduces_the_committed_workbook(maker: ModuleType, tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    workbook.write(again, maker.TITLE, maker.sheets())
    assert _cells(again) == _cells(maker.WORKBOOK)


@MAKERS
def test_every_row_names_sources_that_exist_with_a_grade(maker: ModuleType) -> None:
    sheets = maker.sheets()
    grades = {row["source"]: row["grade"] for row in sheets["sources"]}
    for name, rows in sheets.items():
        if name in SOURCELESS:
            continue
        assert rows, f"{name} is empty"
        for row in rows:
            sources = cited([row])
            assert sources, f"{name}: no source in {row}"
            assert sources <= grades.keys(), f"{name}: {sources - grades.keys()}"
    assert set(grades.values()) <= {"A", "B", "C", "D"}
    assert all(row["title"] for row in sheets["sources"])


@MAKERS
def test_no_source_is_listed_that_nobody_uses(maker: ModuleType) -> None:
    sheets = maker.sheets()
    used = set().union(*(cited(rows) for name, rows in sheets.items() if name not in SOURCELESS))
    assert {row["source"] for row in sheets["sources"]} == used


def test_no_assumption_is_left_over() -> None:
    makers = (make_rare_earths, make_tutorial)
    used = {row["source"] for maker in makers for row in maker.sheets()["sources"]}
    assert assumptions().keys() <= used


def test_assumptions_say_that_they_are() -> None:
    for row in make_rare_earths.sheets()["sources"]:
        if str(row["source"]).startswith("assu_"):
            first = str(row["title"]).split(":")[0]
            assert first in (
                "Planning assumption",
                "Derived by us",
                "Recalled from general knowledge",
            )


def test_a_value_equal_to_its_row_is_not_mistyped() -> None:
    """Rows that cite one data row for their one figure repeat its value."""
    for table, column in (("transitions", "probability"),):
        for row in texts(table):
            if row["source"] in reference():
                assert float(row[column]) == float(reference()[row["source"]]["value"])
    prices = {row["offer"]: row for row in texts("offers")}
    for offer, source in {
        "CREG Dy oxide contract": "pric014",
        "CREG Tb oxide contract": "pric015",
        "CREG Y oxide contract": "pric027",
        "Mountain Pass NdPr oxide spot": "pric042",
        "Rotterdam Dy oxide spot": "pric030",
    }.items():
        assert source in prices[offer]["source"]
        assert float(prices[offer]["price_usd_per_kg"]) == float(reference()[source]["value"])


def test_tables_are_all_used() -> None:
    """A table that no sheet comes from would be data that nobody reads."""
    made = make_rare_earths.sheets().keys()
    helpers = {
        "demand_base", "past_sales_base", "routes", "transit", "duties", "feeds",
        "magnet_grades", "licence_priors",
    }  # fmt: skip
    assert {path.stem for path in (DATA / "case").glob("*.csv")} <= made | helpers


def test_blank_cells_stay_blank_and_dates_are_dates() -> None:
    cells = _cells(make_rare_earths.WORKBOOK)
    header, first, *_ = cells["periods"]
    assert isinstance(first[header.index("start")], datetime)
    header, *rows = cells["materials"]
    disposal = {row[0]: row[header.index("disposal_usd_per_kg")] for row in rows}
    blank: Cell = None
    assert disposal["NdPr metal"] is blank
    assert disposal["La oxide"] == 1
