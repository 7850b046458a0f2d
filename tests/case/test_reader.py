"""Good workbooks: typed values, defaults, addresses, warnings, fingerprints."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from planner.case import Case, read_case, with_settings
from planner.errors import CaseError, FaultyWorkbook
from tests.case.workbooks import Sheets, good, good_with_tree, put, write

KNOWN = sorted((Path(__file__).parents[1] / "known_answers").glob("*.xlsx"))


def case_of(path: Path, sheets: Sheets) -> Case:
    return read_case(write(path / "case.xlsx", sheets))


@pytest.mark.parametrize("path", KNOWN, ids=lambda path: path.stem)
def test_known_answers_are_read(path: Path) -> None:
    case = read_case(path)
    assert case.name == path.stem
    assert case.settings["mip_gap"] == 1e-9
    assert {warning.kind for warning in case.warnings} <= {"free-option", "long-epoch"}


def test_there_are_known_answers() -> None:
    assert len(KNOWN) == 21


def test_values_are_typed_and_defaults_filled_in(tmp_path: Path) -> None:
    case = case_of(tmp_path, good())
    offer, spot = case["offers"]
    assert offer["price_usd_per_kg"] == 62.0 and offer["contract_epochs"] == 1
    assert offer["origin"] is None and spot["origin"] == ("CN law",)
    assert spot["kind"] == "spot" and spot["capacity_t_per_year"] is None
    assert spot["qualification_kusd"] is None and spot["recycled"] is False
    assert case["periods"][1]["start"] == date(2027, 7, 1)
    assert case["lanes"][1]["freight_usd_per_kg"] == 1.2 and case["lanes"][1]["duty_share"] == 0.0
    assert case["projects"][0]["ramp"] == (0.5, 0.8, 1.0) and case["projects"][1]["ramp"] == (1.0,)
    assert case["projects"][0]["excludes"] == ("other",) and case["projects"][0]["requires"] == ()
    rule = case["rules"][0]
    assert rule["covers"] == "goods" and rule["reach"] == "export" and rule["stage"] == ()
    assert rule["element"] == ("Nd", "Dy") and rule["regimes"] == ("truce", "friction")
    assert rule["requirement"] == ("licence:L1", "licence:L2")
    assert case["rules"][1]["regimes"] == ("*",)
    assert case["licence_odds"][0]["late_months"] == 3.0
    assert case["caps"][0]["member"] == ("*",) and case["caps"][1]["counts_from_share"] == 0.05
    assert case["recipes"][2]["t_per_t"] is None
    assert case["tree"] == () and case["node_values"] == ()
    assert case["scenarios"][0]["where"] == (("country", "Australia"),)


def test_a_tree_is_typed(tmp_path: Path) -> None:
    case = case_of(tmp_path, good_with_tree())
    assert case["tree"][2]["licences"] == (("L1", "denied"), ("L2", "late"))
    assert case["tree"][0]["parent"] is None and case["tree"][1]["licences"] == ()


def test_settings_have_the_defaults_of_the_contract(tmp_path: Path) -> None:
    sheets = good_with_tree()
    sheets["settings"] = sheets["settings"][:1]
    del sheets["scenarios"]
    case = case_of(tmp_path, sheets)
    assert case.name == "case"
    assert case.settings == {
        "name": None, "as_of": None, "regime_today": None, "discount_rate": 0.0,
        "capex_accounting": "lump", "risk_weight": 0.0, "cvar_level": 0.95, "branches": "all",
        "seed": 1, "mip_gap": 0.001, "time_limit_s": 300.0,
    }  # fmt: skip


def test_every_value_has_its_address(tmp_path: Path) -> None:
    sheets = good()
    sheets["offers"].insert(1, [None, "  "])  # a blank row does not shift what follows
    case = case_of(tmp_path, sheets)
    assert case.address("offers", case["offers"][0], "price_usd_per_kg") == "offers!E3"
    assert case.address("offers", case["offers"][0], "recycled") == "offers (default)"


def test_raw_keeps_what_the_user_wrote(tmp_path: Path) -> None:
    sheets = put(good(), "offers", 2, "note", "as signed")
    raw = case_of(tmp_path, sheets).raw["offers"]
    assert raw.header == tuple(sheets["offers"][0])
    assert raw.rows[0][4] == 62 and raw.rows[0][-1] == "as signed"


def test_rows_columns_and_sheets_in_any_order_are_the_same_case(tmp_path: Path) -> None:
    before = case_of(tmp_path, good())
    shuffle = random.Random(7).shuffle
    names = list(good())
    shuffle(names)
    permuted: Sheets = {}
    for name in names:
        header, *rows = good()[name]
        places = list(range(len(header)))
        shuffle(places)
        shuffle(rows)
        padded = [row + [None] * (len(header) - len(row)) for row in rows]
        permuted[name] = [[row[place] for place in places] for row in [header, *padded]]
    after = case_of(tmp_path, permuted)
    assert after.fingerprint == before.fingerprint
    assert [row["period"] for row in after["periods"]] == ["Q1", "Q2", "Q3"]


@pytest.mark.parametrize(
    ("sheet", "row", "column", "value", "same"),
    [
        ("offers", 2, "note", "a remark", True),
        ("offers", 2, "source", "S1", True),
        ("sources", 2, "title", "another", True),
        ("offers", 3, "kind", None, True),  # the default, written or not
        ("offers", 2, "price_usd_per_kg", 62.5, False),
        ("settings", 4, "value", 0.3, False),
        ("sites", 2, "company", "Deeper", False),
    ],
)
def test_the_fingerprint_is_of_what_a_plan_depends_on(
    tmp_path: Path, sheet: str, row: int, column: str, value: object, same: bool
) -> None:
    before = case_of(tmp_path, good())
    after = case_of(tmp_path, put(good(), sheet, row, column, value))
    assert (after.fingerprint == before.fingerprint) is same


WARNINGS = [
    ("number-as-text", "offers!E2", "offers", 2, "price_usd_per_kg", "62.5"),
    ("date-as-text", "periods!B3", "periods", 3, "start", "2027-07-01"),
    ("truth-as-text", "projects!F2", "projects", 2, "integer", "true"),
    ("odd-characters", "offers!B2", "offers", 2, "site", "mine\u00a0"),
    ("unknown-column", "offers!M1", "offers", 2, "capacity", 3),
    ("unknown-setting", "settings!B6", "settings", 6, "key", "colour"),
    ("touches-nothing", "rules!E2", "rules", 2, "element", "Nd; Lu"),
    ("touches-nothing", "rules!D2", "rules", 2, "exporter", "Brazil"),
    ("free-option", "offers!G2", "offers", 2, "min_take_share", 0),
    ("no-effect", "offers!M3", "offers", 3, "contract_epochs", 2),
    ("no-effect", "offers!I3", "offers", 3, "qualification_months", 3),
    ("no-effect", "processes!C3", "processes", 3, "capacity_t_per_year", None),
    ("no-effect", "sites!F2", "sites", 2, "end_use", "EV"),
    ("no-effect", "shocks!C2", "shocks", 2, "price_factor", 1),
    ("no-effect", "past_sales!B2", "past_sales", 2, "product", "oxide"),
    ("unreachable-demand", "demand!B4", "demand", 4, "material", "ferrite"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "cell", "sheet", "row", "column", "value"),
    WARNINGS,
    ids=[f"{kind}-{cell}" for kind, cell, *_ in WARNINGS],
)
def test_warnings(
    tmp_path: Path, kind: str, cell: str, sheet: str, row: int, column: str, value: object
) -> None:
    sheets = put(good(), sheet, row, column, value)
    if kind == "unreachable-demand":
        sheets["demand"][3] = ["market", "ferrite", "*", 5, 9, 0]
    case = case_of(tmp_path, sheets)
    assert [(warning.kind, warning.where) for warning in case.warnings] == [(kind, cell)]


def test_warnings_of_time_and_sheets(tmp_path: Path) -> None:
    sheets = good()
    sheets["periods"].append(["Q4", date(2029, 1, 1), 1, 3])
    sheets["ofers"] = [["offer"]]
    sheets["plan_tree"] = [["node"], ["x"]]
    sheets["Summary"] = [["ours"]]
    found = [(warning.kind, warning.where) for warning in case_of(tmp_path, sheets).warnings]
    assert found == [("unknown-sheet", "ofers"), ("long-epoch", "periods!D5")]


def test_names_that_are_numbers(tmp_path: Path) -> None:
    sheets = good_with_tree()
    for row, name in ((2, 2027), (3, 2028.0), (4, "2029")):
        put(sheets, "periods", row, "period", name)
    for name in ("offer_paths", "pipeline", "budgets", "stress_tests", "commitments", "scenarios"):
        del sheets[name]
    put(put(sheets, "offers", 2, "first_period", 2027), "offers", 2, "last_period", "2029")
    put(put(sheets, "demand", 3, "period", 2028), "licences", 2, "held_until", 2027)
    case = case_of(tmp_path, sheets)
    assert [row["period"] for row in case["periods"]] == ["2027", "2028", "2029"]
    assert case["offers"][0]["first_period"] == "2027"


def test_settings_can_be_overridden(tmp_path: Path) -> None:
    case = case_of(tmp_path, good())
    bold = with_settings(case, mip_gap=0.05, branches="2;2", seed=4)
    assert bold.settings["mip_gap"] == 0.05 and bold.settings["branches"] == (2, 2)
    assert with_settings(bold, risk_weight=0).settings["branches"] == (2, 2)
    assert bold.fingerprint != case.fingerprint
    assert with_settings(case, mip_gap=0.01).fingerprint == case.fingerprint
    with pytest.raises(FaultyWorkbook, match="from 0 to 1"):
        with_settings(case, risk_weight=3)
    with pytest.raises(CaseError, match="did you mean 'mip_gap'"):
        with_settings(case, mip_gp=3)


def test_twenty_thousand_rows_are_read_whole(tmp_path: Path) -> None:
    sheets = good()
    sheets["sites"] += [[f"s{n}", "supplier", None, "Australia"] for n in range(2_000)]
    sheets["offers"] += [[f"o{n}", f"s{n % 2000}", "oxide", "spot", n, 9] for n in range(4_000)]
    sheets["lanes"] += [[f"s{n % 2000}", ("works", "market")[n // 2000], "oxide", 1, 0, 2] for n in range(4_000)]  # fmt: skip
    sheets["past_sales"] += [["market", "magnet", y, 5] for y in range(1901, 2018)]
    sheets["sources"] += [[f"T{n}", "an example", "D"] for n in range(9_900)]
    path = write(tmp_path / "big.xlsx", sheets)
    case = read_case(path)
    assert sum(map(len, case.sheets.values())) > 20_000
