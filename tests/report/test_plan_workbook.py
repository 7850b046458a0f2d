"""The plan workbook: every digit and every name comes back, and a page that says what to do."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.case import Case, guard, read_case, with_settings
from planner.errors import FaultyWorkbook, PlanFileError, UnsafeFile
from planner.report import table_sheets
from planner.report.book import new_book
from planner.report.columns import known
from planner.report.plan_file import read_plan
from planner.report.plan_workbook import write_plan
from planner.solve.plan import TABLES, Plan
from tests.report.conftest import FORMULA, hand_plan, write_case


@pytest.fixture
def file(plan: Plan, tmp_path: Path) -> Path:
    return plan.to_excel(tmp_path / "out" / "plan.xlsx")


def _cells(path: Path, sheet: str) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path)
    return [tuple(cell.value for cell in row) for row in book[sheet].iter_rows()]


def _rewrite(path: Path, sheet: str, cell: str, value: Any) -> None:
    book = openpyxl.load_workbook(path)
    book[sheet][cell].value = value
    book.save(path)


def test_every_column_of_a_plan_has_a_style() -> None:
    lacking = {c for table in TABLES.values() for c in table.columns if not known(c)}
    assert lacking == set()


def test_tables_come_back_exactly(plan: Plan, file: Path) -> None:
    back = read_plan(file)
    assert list(back.tables) == list(plan.tables)
    for name, table in plan.tables.items():
        pd.testing.assert_frame_equal(
            back.tables[name], table, check_exact=True, check_dtype=len(table) > 0, obj=name
        )


def test_summary_comes_back_as_it_was(plan: Plan, file: Path) -> None:
    back = read_plan(file).summary
    assert back == dict(plan.summary)
    assert [type(value) for value in back.values()] == [type(v) for v in plan.summary.values()]


def test_the_plan_file_is_the_case_that_was_solved(case: Case, tmp_path: Path) -> None:
    solved = with_settings(case, mip_gap=0.02, risk_weight=0.3, time_limit_s=12)
    file = hand_plan(solved).to_excel(tmp_path / "plan.xlsx")
    back = read_plan(file).case
    assert back.fingerprint == solved.fingerprint != case.fingerprint
    assert back.settings == solved.settings
    assert read_case(file).fingerprint == case.fingerprint
    assert {name: sheet.rows for name, sheet in back.raw.items()} == {
        name: sheet.rows for name, sheet in case.raw.items()
    }


def test_the_scenario_is_applied_again(tmp_path: Path) -> None:
    solved = read_case(write_case(tmp_path / "case.xlsx"), "dear China")
    back = read_plan(hand_plan(solved).to_excel(tmp_path / "plan.xlsx")).case
    assert back.scenario == "dear China"
    assert back.fingerprint == solved.fingerprint
    assert back["offers"][0]["price_usd_per_kg"] == 2 * 61.1


def test_an_unnamed_case_keeps_the_name_it_was_solved_under(tmp_path: Path) -> None:
    source = write_case(tmp_path / "spring.xlsx")
    _rewrite(source, "settings", "A2", None)
    _rewrite(source, "settings", "B2", None)
    case = read_case(source)
    back = read_plan(hand_plan(case).to_excel(tmp_path / "plan.xlsx")).case
    assert (back.name, back.fingerprint) == ("spring", case.fingerprint)


def test_names_that_look_like_formulas_stay_text(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        for part in archive.namelist():
            if part.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in archive.read(part), part
            assert b"relationships/hyperlink" not in archive.read(part), part
    supply = _cells(file, "plan_supply")
    assert FORMULA in {row[4] for row in supply}
    assert FORMULA in {row[2] for row in _cells(file, "sites")}


@given(
    numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40),
    names=st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), min_size=1)),
)
def test_any_number_and_any_name_comes_back(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float], names: list[str]
) -> None:
    path = tmp_path_factory.mktemp("any") / "plan.xlsx"
    with new_book(path) as book:
        table_sheets.write_table(book, "numbers", pd.DataFrame({"t": numbers}))
        table_sheets.write_table(book, "names", pd.DataFrame({"site": names}))
    assert [row[0] for row in _cells(path, "plan_numbers")[1:]] == numbers
    assert [row[0] for row in _cells(path, "plan_names")[1 : len(names) + 1]] == names


def test_numbers_of_numpy_are_written_as_numbers(plan: Plan, tmp_path: Path) -> None:
    summary = {**plan.summary, "objective_kusd": np.float64(1 / 3), "nodes": np.int64(7),
               "verified": np.bool_(False)}  # fmt: skip
    back = read_plan(replace(plan, summary=summary).to_excel(tmp_path / "plan.xlsx")).summary
    assert (back["objective_kusd"], back["nodes"], back["verified"]) == (1 / 3, 7, False)


def test_tables_that_analyses_add_come_back(plan: Plan, tmp_path: Path) -> None:
    checks = pd.DataFrame({"equation": ["BAL-1", "CST-freight"], "meaning": ["balance", "cost"],
                           "rows": [12, 0], "worst": [1 / 3e10, 0.0], "where": ["Halle", ""],
                           "held": [True, False], "note": ["=1+1", ""]})  # fmt: skip
    more = replace(plan, tables={**plan.tables, "verification": checks})
    back = read_plan(more.to_excel(tmp_path / "plan.xlsx")).tables["verification"]
    pd.testing.assert_frame_equal(back, checks, check_exact=True)


def test_a_long_table_goes_on_in_a_second_sheet(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_sheets, "ROWS_PER_SHEET", 4)
    file = plan.to_excel(tmp_path / "plan.xlsx")
    assert {"plan_costs", "plan_costs.2", "plan_costs.9"} <= set(openpyxl.load_workbook(file).sheetnames)  # fmt: skip
    pd.testing.assert_frame_equal(read_plan(file).tables["costs"], plan.tables["costs"])


def test_sheets_print_and_read_well(file: Path) -> None:
    book = openpyxl.load_workbook(file)
    assert book.sheetnames[:2] == ["Summary", "plan_meta"]
    for name in TABLES:
        sheet = book[f"plan_{name}"]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref is not None
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.print_title_rows == "$1:$1"
        assert all(cell.comment is not None for cell in sheet[1])
    assert book["plan_takes"]["E1"].comment.text.startswith("t in the period")
    with zipfile.ZipFile(file) as archive:
        assert sum(part.startswith("xl/charts/chart") for part in archive.namelist()) == 2


def test_the_summary_page_says_what_matters(file: Path) -> None:
    said = [str(value) for row in _cells(file, "Summary") for value in row if value is not None]
    assert said[0] == (
        "Serving 43 % of demand in 2027 to 2028 costs MUSD 41.2 on average, MUSD 61.2 in the worst "
        "5 % of outcomes. China supplies 70 % of oxide. Now: sign 1 contract, file 1 licence "
        "application, qualify 1 supplier, build 1 project."
    )
    assert said[1].startswith("Proven within 0.6 % of the least possible cost · verified")
    assert "Jul 2027 to Dec 2028" in said
    assert "Jan 2027, runs Jan 2028" in said
    assert "Worst path: 2027H2: escalation; CN-Dy denied · 2028: CN-Dy denied" in said
    assert "Worst path: 2027H2: CN-Dy denied · 2028: CN-Dy late" in said
    assert FORMULA not in said and any(FORMULA in words for words in said)


def test_a_hundred_thousand_rows_come_back_exactly(plan: Plan, tmp_path: Path) -> None:
    rows = 100_000
    names = [f"{name} {number % 307}" for number in range(rows) for name in ("lane",)]
    shipments = pd.DataFrame({"from_site": names, "to_site": names, "material": "NdPr oxide",
                              "tracks": "", "node": names, "period": "2028", "arrives": "2028",
                              "t": np.linspace(0.1, 777.7, rows)})  # fmt: skip
    big = replace(plan, tables={**plan.tables, "shipments": shipments})
    file = big.to_excel(tmp_path / "plan.xlsx")
    guard(file)
    pd.testing.assert_frame_equal(read_plan(file).tables["shipments"], shipments, check_exact=True)


def test_the_old_file_stays_until_the_new_one_is_whole(plan: Plan, file: Path) -> None:
    before = file.read_bytes()
    bad = plan.tables["takes"].assign(t=float("inf"))
    with pytest.raises(PlanFileError, match="plan_takes row 2: an infinite number in t"):
        write_plan(replace(plan, tables={**plan.tables, "takes": bad}), file)
    assert file.read_bytes() == before
    assert [entry.name for entry in file.parent.iterdir()] == ["plan.xlsx"]


def test_a_plan_that_names_what_its_case_has_not(plan: Plan, tmp_path: Path) -> None:
    other = plan.tables["contracts"].assign(offer="MY Dy")
    with pytest.raises(PlanFileError, match="names 'MY Dy', which sheet offers does not have"):
        replace(plan, tables={**plan.tables, "contracts": other}).to_excel(tmp_path / "p.xlsx")


def test_a_text_too_long_for_a_cell_is_refused(plan: Plan, tmp_path: Path) -> None:
    long = plan.tables["supply"].assign(source="x" * 40_000)
    with pytest.raises(PlanFileError, match="does not fit into a cell"):
        replace(plan, tables={**plan.tables, "supply": long}).to_excel(tmp_path / "plan.xlsx")


def test_a_folder_that_cannot_be_written_to(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(PlanFileError, match="choose a folder that you may write to"):
        plan.to_excel(tmp_path / "taken" / "plan.xlsx")


def _drop(path: Path, sheet: str) -> None:
    book = openpyxl.load_workbook(path)
    book.remove(book[sheet])
    book.save(path)


def test_a_case_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match="not an exported plan: it has no sheet plan_meta"):
        read_plan(write_case(tmp_path / "case.xlsx"))


def test_a_lost_table_is_named(file: Path) -> None:
    _drop(file, "plan_costs")
    with pytest.raises(PlanFileError, match="lacks the sheets plan_costs"):
        read_plan(file)


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "says"),
    [
        ("plan_takes", "E1", "tonnes", "plan_takes lacks the columns t"),
        ("plan_takes", "E3", "many", "plan_takes!E3: found 'many', expected a number"),
        ("plan_tree", "C3", 1.5, "plan_tree!C3: found 1.5, expected a whole number"),
        ("plan_tree", "C3", None, "plan_tree!C3: found None, expected a whole number"),
        ("plan_meta", "A1", "name", "plan_meta!A1: expected the header"),
        ("plan_meta", "A5", "state", "plan_meta lacks status"),
        ("plan_meta", "B9", "dear", "plan_meta!B9: found 'dear', expected number"),
        ("plan_meta", "C4", "day", "plan_meta!B4: found '2026-10-01', expected day"),
    ],
)
def test_what_was_changed_is_named(
    file: Path, sheet: str, cell: str, value: Any, says: str
) -> None:
    _rewrite(file, sheet, cell, value)
    with pytest.raises(PlanFileError) as raised:
        read_plan(file)
    assert says in str(raised.value)


def test_inputs_made_faulty_are_faults(file: Path) -> None:
    _rewrite(file, "sites", "B2", "mine")
    with pytest.raises(FaultyWorkbook, match="sites!B2"):
        read_plan(file)


def test_the_guard_stands_before(tmp_path: Path) -> None:
    (tmp_path / "plan.xlsx").write_text("no workbook")
    with pytest.raises(UnsafeFile):
        read_plan(tmp_path / "plan.xlsx")
