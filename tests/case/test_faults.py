"""Seeded faults: one a workbook, each found with its kind at its cell."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from openpyxl import load_workbook

from planner.case import SHEETS, read_case, rows
from planner.errors import Fault, FaultyWorkbook
from tests.case.workbooks import Sheets, good, good_with_tree, put, write


def faults_of(path: Path, sheets: Sheets) -> tuple[Fault, ...]:
    with pytest.raises(FaultyWorkbook) as caught:
        read_case(write(path / "faulty.xlsx", sheets))
    return caught.value.faults


# (kind, cell of the fault, sheet, row, column, value): the good workbook with one cell changed.
CELLS: list[tuple[str, str, str, int, str, Any]] = [
    # one cell by itself
    ("missing-value", "offers!E2", "offers", 2, "price_usd_per_kg", None),
    ("missing-value", "periods!B3", "periods", 3, "start", None),
    ("missing-value", "demand!E2", "demand", 2, "shortage_usd_per_kg", None),
    ("not-a-number", "offers!E2", "offers", 2, "price_usd_per_kg", "cheap"),
    ("not-a-number", "offers!E2", "offers", 2, "price_usd_per_kg", True),
    ("ambiguous-number", "offers!G2", "offers", 2, "min_take_share", "15%"),
    ("ambiguous-number", "offers!F2", "offers", 2, "capacity_t_per_year", "1.234,5"),
    ("ambiguous-number", "offers!F2", "offers", 2, "capacity_t_per_year", "1.234"),
    ("ambiguous-number", "offers!F2", "offers", 2, "capacity_t_per_year", "1,5"),
    ("ambiguous-number", "offers!F2", "offers", 2, "capacity_t_per_year", "800 t"),
    ("not-finite", "offers!F2", "offers", 2, "capacity_t_per_year", "inf"),
    ("not-finite", "offers!F2", "offers", 2, "capacity_t_per_year", "NaN"),
    ("ambiguous-date", "periods!B3", "periods", 3, "start", "03/04/2026"),
    ("not-a-date", "periods!B3", "periods", 3, "start", 46000),
    ("not-a-date", "periods!B3", "periods", 3, "start", datetime(2027, 7, 1, 12)),
    ("not-whole", "periods!D3", "periods", 3, "epoch", 1.5),
    ("not-true-or-false", "projects!F2", "projects", 2, "integer", "yes"),
    ("unknown-choice", "sites!B2", "sites", 2, "kind", "Supplier"),
    ("unknown-choice", "materials!B2", "materials", 2, "stage", "oxid"),
    ("unknown-choice", "tracks!C2", "tracks", 2, "stages", "oxide; magnets"),
    ("out-of-range", "offers!F2", "offers", 2, "capacity_t_per_year", -1),
    ("out-of-range", "offers!G2", "offers", 2, "min_take_share", 15),
    ("out-of-range", "composition!C2", "composition", 2, "share", -0.1),
    ("out-of-range", "periods!C2", "periods", 2, "years", 0),
    ("out-of-range", "lanes!F2", "lanes", 2, "lead_months", -2),
    ("out-of-range", "sites!G2", "sites", 2, "latitude", 128),
    ("out-of-range", "settings!B4", "settings", 4, "value", 1.2),
    ("out-of-range", "limits!C2", "limits", 2, "value", 5),
    ("bad-notation", "projects!G2", "projects", 2, "ramp", "50;180"),
    ("bad-notation", "rules!F2", "rules", 2, "requirement", "licence"),
    ("bad-notation", "rules!F2", "rules", 2, "requirement", "denied; exempt"),
    ("bad-notation", "scenarios!C2", "scenarios", 2, "where", "country"),
    ("bad-notation", "offers!L3", "offers", 3, "origin", "none; CN law"),
    ("excel-error", "offers!E2", "offers", 2, "price_usd_per_kg", "#REF!"),
    ("excel-error", "sites!D2", "sites", 2, "country", "#N/A"),
    ("formula-not-calculated", "offers!E2", "offers", 2, "price_usd_per_kg", "=31*2"),
    # names
    ("unknown-name", "offers!C2", "offers", 2, "material", "oxyde"),
    ("unknown-name", "offers!J2", "offers", 2, "first_period", "Q9"),
    ("unknown-name", "offers!L3", "offers", 3, "origin", "US law"),
    ("unknown-name", "demand!C3", "demand", 3, "period", "Q7"),
    ("unknown-name", "demand!B3", "demand", 3, "material", "*"),
    ("unknown-name", "projects!B2", "projects", 2, "adds_to", "makin"),
    ("unknown-name", "projects!H2", "projects", 2, "excludes", "nothing"),
    ("unknown-name", "blends!B2", "blends", 2, "element", "Sm"),
    ("unknown-name", "rules!D2", "rules", 2, "exporter", "Chnia"),
    ("unknown-name", "sites!D4", "sites", 4, "country", "Germny"),
    ("unknown-name", "rules!E2", "rules", 2, "element", "Nd; Dyy"),
    ("unknown-name", "rules!F2", "rules", 2, "requirement", "licence:L9"),
    ("unknown-name", "rules!J2", "rules", 2, "regimes", "truce; war"),
    ("unknown-name", "rules!I3", "rules", 3, "track", "US law"),
    ("unknown-name", "settings!B3", "settings", 3, "value", "peace"),
    ("unknown-setting", "settings!B4", "settings", 4, "key", "risk_wieght"),
    ("unknown-name", "shocks!C2", "shocks", 2, "member", "Chinaa"),
    ("unknown-name", "stress_tests!C2", "stress_tests", 2, "member", "market->mine"),
    ("unknown-name", "stress_tests!C2", "stress_tests", 2, "member", "mine"),
    ("unknown-name", "limits!B2", "limits", 2, "end_use", "EVs"),
    ("unknown-name", "caps!C3", "caps", 3, "member", "mina"),
    ("unknown-name", "commitments!B2", "commitments", 2, "name", "line"),
    ("unknown-name", "offer_paths!A2", "offer_paths", 2, "offer", "Ore"),
    ("unknown-name", "offers!M2", "offers", 2, "source", "S9"),
    ("duplicate-key", "composition!A5", "composition", 5, "element", "Nd"),
    # time
    ("dates-disagree", "periods!C2", "periods", 2, "years", 0.52),
    ("epoch-order", "periods!D4", "periods", 4, "epoch", 4),
    ("window-order", "budgets!B2", "budgets", 2, "first_period", "Q3"),
    ("window-order", "rules!H2", "rules", 2, "to_date", date(2025, 1, 1)),
    # sourcing
    ("wrong-kind", "offers!B3", "offers", 3, "site", "works"),
    ("wrong-kind", "demand!A2", "demand", 2, "site", "works"),
    ("wrong-kind", "processes!B3", "processes", 3, "site", "market"),
    ("wrong-kind", "stocks!A2", "stocks", 2, "site", "mine"),
    ("wrong-kind", "returns!D2", "returns", 2, "to_site", "mine"),
    ("price-break-barred", "price_breaks!A2", "price_breaks", 2, "offer", "ore"),
    ("lane-to-itself", "lanes!B3", "lanes", 3, "to_site", "refinery"),
    ("missing-value", "materials!C2", "materials", 2, "value_usd_per_kg", None),
    # plants and investment
    ("missing-value", "recipes!C2", "recipes", 2, "t_per_t", None),
    ("element-from-nothing", "recipes!C3", "recipes", 3, "t_per_t", 1.41),
    ("element-from-nothing", "recipes!C6", "recipes", 6, "t_per_t", 3.6),
    ("range-order", "blends!D2", "blends", 2, "max_share", 0.1),
    ("not-past", "past_sales!C2", "past_sales", 2, "year", 2027),
    ("same-material", "substitutes!D2", "substitutes", 2, "by_material", "magnet"),
    ("not-whole", "projects!E2", "projects", 2, "max_modules", 1.5),
    ("not-integer", "projects!H2", "projects", 3, "integer", False),
    ("refers-to-itself", "projects!I2", "projects", 2, "requires", "line"),
    ("conflict", "projects!I2", "projects", 2, "requires", "other"),
    # licence risk
    ("probability-sum", "transitions!C2", "transitions", 2, "probability", 0.7),
    ("probability-sum", "licence_odds!C2", "licence_odds", 2, "on_time", 0.71),
    ("missing-value", "settings!B3", "settings", 3, "value", None),
    ("team-differs", "licences!F3", "licences", 3, "max_applications", 3),
    ("missing-value", "licences!E3", "licences", 3, "team", None),
    ("missing-value", "materials!C3", "materials", 3, "value_usd_per_kg", None),
    ("missing-value", "rules!D2", "rules", 2, "exporter", None),
    ("missing-value", "rules!I3", "rules", 3, "track", None),
    ("reach-not-goods", "rules!C3", "rules", 3, "covers", "technology"),
    ("stress-start", "stress_tests!D2", "stress_tests", 2, "first_period", "Q1"),
    # policy and plans
    ("cap-scope", "caps!F2", "caps", 2, "element", None),
    ("cap-scope", "caps!D3", "caps", 3, "stage", "oxide"),
    ("says-nothing", "caps!H3", "caps", 3, "min_sources", None),
    ("range-order", "caps!H2", "caps", 2, "min_share", 0.7),
    ("penalty-without-share", "caps!K3", "caps", 3, "penalty_usd_per_kg", 3),
    ("bad-amount", "commitments!E3", "commitments", 3, "amount", 0.5),
    ("unknown-name", "scenarios!B2", "scenarios", 2, "sheet", "offer"),
    ("unknown-name", "scenarios!D2", "scenarios", 2, "column", "price"),
    ("touches-nothing", "scenarios!C2", "scenarios", 2, "where", "country=Atlantis"),
    ("bad-where", "scenarios!C2", "scenarios", 2, "where", "county=China"),
    ("bad-change", "scenarios!E2", "scenarios", 2, "column", "kind"),
    ("out-of-range", "scenarios!F3", "scenarios", 3, "value", 2),
    ("bad-change", "scenarios!B4", "scenarios", 4, "sheet", "lanes"),
    ("branch-count", "settings!B6", "settings", 6, "value", "3;3;3"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "cell", "sheet", "row", "column", "value"),
    CELLS,
    ids=[f"{kind}-{cell}-{n}" for n, (kind, cell, *_) in enumerate(CELLS)],
)
def test_one_wrong_cell_is_the_one_fault(
    tmp_path: Path, kind: str, cell: str, sheet: str, row: int, column: str, value: Any
) -> None:
    sheets = put(good(), sheet, row, column, value)
    if kind == "branch-count":
        put(sheets, "settings", row, "key", "branches")
    faults = faults_of(tmp_path, sheets)
    assert [(fault.kind, fault.where) for fault in faults] == [(kind, cell)]
    assert faults[0].found and faults[0].expected and faults[0].remedy[-1] in ".?)"


# Faults that others must follow: who renames a site leaves its rows without one.
CASCADES: list[tuple[str, str, str, int, str, Any]] = [
    ("not-a-name", "sites!A2", "sites", 2, "site", date(2027, 1, 1)),
    ("unknown-name", "offers!B2", "offers", 2, "site", "mina"),
    ("unknown-name", "licence_odds!B2", "licence_odds", 2, "regime", "peace"),
    ("duplicate-key", "sites!A3", "sites", 3, "site", "mine"),
    ("reserved-name", "sites!A2", "sites", 2, "site", "a;b"),
    ("reserved-name", "tracks!A2", "tracks", 2, "track", "none"),
    ("epoch-order", "periods!D2", "periods", 2, "epoch", 2),
    ("composition-sum", "composition!C3", "composition", 5, "share", 0.9),
    ("spot-take-or-pay", "offers!G3", "offers", 3, "min_take_share", 0.5),
    ("no-mix", "blends!A2", "blends", 2, "process", "making"),
    ("range-order", "stocks!F2", "stocks", 2, "max_t", 15),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "cell", "sheet", "row", "column", "value"), CASCADES, ids=[c[1] for c in CASCADES]
)
def test_a_wrong_cell_is_named_among_what_follows_from_it(
    tmp_path: Path, kind: str, cell: str, sheet: str, row: int, column: str, value: Any
) -> None:
    faults = faults_of(tmp_path, put(good(), sheet, row, column, value))
    assert (kind, cell) in [(fault.kind, fault.where) for fault in faults]
    assert len(faults) <= 12


# The same with an explicit tree.
TREE_CELLS: list[tuple[str, str, str, int, str, Any]] = [
    ("probability-sum", "tree!E2", "tree", 2, "probability", 0.9),
    ("probability-sum", "tree!E3", "tree", 3, "probability", 0.5),
    ("probability-sum", "tree!E5", "tree", 5, "probability", 0.5),
    ("tree-root", "tree!B3", "tree", 3, "parent", None),
    ("tree-epoch", "tree!C6", "tree", 6, "epoch", 4),
    ("tree-leaf", "tree!C7", "tree", 7, "node", "c"),
    ("root-outcome", "tree!F2", "tree", 2, "licences", "L1=denied"),
    ("bad-notation", "tree!F4", "tree", 4, "licences", "L1=refused"),
    ("bad-notation", "tree!F4", "tree", 4, "licences", "L1=denied; L1=late"),
    ("unknown-name", "tree!F4", "tree", 4, "licences", "L7=denied"),
    ("unknown-name", "tree!B5", "tree", 5, "parent", "z"),
    ("unknown-name", "node_values!A2", "node_values", 2, "node", "z"),
    ("unknown-name", "node_values!B2", "node_values", 2, "sheet", "offer"),
    ("unknown-name", "node_values!B2", "node_values", 2, "sheet", "periods"),
    ("not-by-node", "node_values!D2", "node_values", 2, "column", "first_period"),
    ("not-by-node", "node_values!D2", "node_values", 2, "column", "qualification_months"),
    ("touches-nothing", "node_values!C2", "node_values", 2, "where", "offer=nowhere"),
    ("out-of-range", "node_values!F3", "node_values", 3, "value", -400),
    ("not-a-number", "node_values!F2", "node_values", 2, "value", "double"),
    ("missing-value", "node_values!F2", "node_values", 2, "value", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "cell", "sheet", "row", "column", "value"),
    TREE_CELLS,
    ids=[f"{kind}-{cell}-{n}" for n, (kind, cell, *_) in enumerate(TREE_CELLS)],
)
def test_faults_of_an_explicit_tree(
    tmp_path: Path, kind: str, cell: str, sheet: str, row: int, column: str, value: Any
) -> None:
    sheets = put(good_with_tree(), sheet, row, column, value)
    if kind == "tree-leaf":
        sheets["tree"][6][1:] = ["b", 2, "truce", 0.0, None]
        sheets["tree"][6][1] = "root"
    found = [(fault.kind, fault.where) for fault in faults_of(tmp_path, sheets)]
    assert (kind, cell) in found
    assert {each for each, _ in found} <= {kind, "tree-epoch", "tree-leaf", "probability-sum"}


def test_good_workbooks_are_read_without_fault_or_warning(tmp_path: Path) -> None:
    for sheets in (good(), good_with_tree()):
        case = read_case(write(tmp_path / "good.xlsx", sheets))
        assert case.warnings == ()
        assert case.name == "good case"


def test_sheets_and_columns(tmp_path: Path) -> None:
    sheets = good()
    del sheets["lanes"]
    sheets["lane"] = [["x"], [1]]
    sheets["offers"][0][4] = "price"
    sheets["materials"][0][3] = "stage"
    sheets["demand"] = sheets["demand"][:1]
    found = {(fault.kind, fault.where) for fault in faults_of(tmp_path, sheets)}
    assert {
        ("missing-sheet", "lanes"),
        ("missing-column", "offers"),
        ("duplicate-column", "materials!D1"),
        ("empty-sheet", "demand"),
    } <= found


def test_merged_cells(tmp_path: Path) -> None:
    path = write(tmp_path / "merged.xlsx", good())
    book = load_workbook(path)
    book["offers"].merge_cells("D2:D3")
    book.save(path)
    with pytest.raises(FaultyWorkbook) as caught:
        read_case(path)
    assert ("merged-cells", "offers!D2") in [(f.kind, f.where) for f in caught.value.faults]


def test_formulas_are_read_by_their_stored_value_and_refused_without_one(tmp_path: Path) -> None:
    path = tmp_path / "formula.xlsx"
    sheets = good()
    book: Any = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    for name, written in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(written):
            for place, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, place, value)
                elif value is not None:
                    sheet.write(number, place, value)
    book.get_worksheet_by_name("offers").write_formula("E2", "=31*2", None, 62)
    book.get_worksheet_by_name("offers").write_formula("F2", "=1000-200")
    book.close()
    with pytest.raises(FaultyWorkbook) as caught:
        read_case(path)
    assert [(f.kind, f.where) for f in caught.value.faults] == [
        ("formula-not-calculated", "offers!F2")
    ]


def test_a_lane_stands_once_whatever_its_window(tmp_path: Path) -> None:
    sheets = good()
    sheets["lanes"].append(["refinery", "works", "oxide", 1])
    read_case(write(tmp_path / "own.xlsx", sheets))
    sheets["lanes"].append(["refinery", "works", "*", 2])
    assert [(f.kind, f.where) for f in faults_of(tmp_path, sheets)] == [
        ("duplicate-key", "lanes!A6")
    ]


def test_tree_beside_transitions_and_node_values_without_tree(tmp_path: Path) -> None:
    both = {**good(), "tree": good_with_tree()["tree"]}
    assert "tree-and-transitions" in [f.kind for f in faults_of(tmp_path, both)]
    lone = {**good(), "node_values": good_with_tree()["node_values"]}
    assert "no-tree" in [f.kind for f in faults_of(tmp_path, lone)]


def test_more_than_two_tracks(tmp_path: Path) -> None:
    sheets = good()
    sheets["tracks"] += [["two", "Germany", None, None], ["three", "Australia", None, None]]
    assert [(f.kind, f.where) for f in faults_of(tmp_path, sheets)] == [
        ("too-many-tracks", "tracks!A4")
    ]


def test_offers_of_a_pair_agree_on_qualification(tmp_path: Path) -> None:
    sheets = good()
    sheets["offers"].append(["ore2", "mine", "oxide", "spot", 70, None, None, 150, None])
    found = [(f.kind, f.where) for f in faults_of(tmp_path, sheets)]
    assert found == [("qualification-differs", "offers!I4")]


def test_regimes_go_on_and_every_licence_has_odds_in_each(tmp_path: Path) -> None:
    sheets = good()
    del sheets["transitions"][3]
    del sheets["licence_odds"][3]
    found = [(f.kind, f.where) for f in faults_of(tmp_path, sheets)]
    assert found == [("missing-row", "transitions!B3"), ("missing-row", "licences!A3")]


def test_commitment_of_a_licence_for_the_first_epoch(tmp_path: Path) -> None:
    sheets = good()
    sheets["commitments"].append(["licence", "L1", "Q1", "=", 1])
    sheets["commitments"].append(["licence", "L2", None, "=", 2])
    found = [(f.kind, f.where) for f in faults_of(tmp_path, sheets)]
    assert found == [("bad-amount", "commitments!E5"), ("bad-period", "commitments!C4")]


def test_all_faults_come_at_once_and_long_lists_are_counted(tmp_path: Path) -> None:
    sheets = good()
    for number in range(30):
        sheets["offers"].append([f"o{number}", "mine", "oxide", "spot", "dear"])
    put(sheets, "sites", 2, "latitude", 200)
    put(sheets, "recipes", 2, "material", "oxyde")
    faults = faults_of(tmp_path, sheets)
    prices = [fault for fault in faults if fault.kind == "not-a-number"]
    assert len(prices) == 21
    assert prices[-1].cell is None and prices[-1].found == "10 more of this kind"
    assert {"out-of-range", "unknown-name"} <= {fault.kind for fault in faults}


def test_the_nearest_name_is_offered(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, put(good(), "rules", 2, "exporter", "Chnia"))
    assert str(fault).startswith("rules!D2: found 'Chnia'; expected")
    assert fault.remedy == "Did you mean 'China'?"


def test_what_does_not_exist_yet_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caps = SHEETS["caps"]
    offers = SHEETS["offers"]
    columns = tuple(
        replace(column, ready=False) if column.name == "min_take_share" else column
        for column in offers.columns
    )
    patched = {
        **SHEETS,
        "caps": replace(caps, ready=False),
        "offers": replace(offers, columns=columns),
    }
    monkeypatch.setattr(rows, "SHEETS", patched)
    assert [(f.kind, f.where) for f in faults_of(tmp_path, good())] == [
        ("not-yet", "offers!G2"),
        ("not-yet", "caps"),
    ]
    sheets = put(good(), "offers", 2, "min_take_share", None)
    sheets["caps"] = sheets["caps"][:1]
    del sheets["scenarios"]
    assert read_case(write(tmp_path / "unused.xlsx", sheets)).name == "good case"


def test_a_file_that_is_no_sound_workbook(tmp_path: Path) -> None:
    path = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(FaultyWorkbook) as caught:
        read_case(path)
    assert [fault.kind for fault in caught.value.faults] == ["unreadable"]
