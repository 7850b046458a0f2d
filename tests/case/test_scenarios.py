"""Scenarios and values by node: differences, and what cannot be one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planner.case import Case, Row, apply_scenario, changed_rows, read_case
from planner.errors import CaseError, FaultyWorkbook, UnknownScenario
from tests.case.workbooks import Sheets, good, good_with_tree, write


def with_lines(path: Path, *lines: list[Any], sheets: Sheets | None = None) -> Case:
    book = sheets or good()
    book["scenarios"] = [book["scenarios"][0], *(["s", *line] for line in lines)]
    return read_case(write(path / "case.xlsx", book))


def test_named_differences(tmp_path: Path) -> None:
    path = write(tmp_path / "case.xlsx", good())
    case = read_case(path)
    dear = read_case(path, "dear mine")
    assert dear.scenario == "dear mine" and case.scenario is None
    assert [row["price_usd_per_kg"] for row in dear["offers"]] == [93.0, 55.0]
    assert dear.settings["risk_weight"] == 0.5 and case.settings["risk_weight"] == 0.2
    assert dear.fingerprint != case.fingerprint and dear.raw == case.raw
    assert case["offers"][0]["price_usd_per_kg"] == 62.0
    assert apply_scenario(case, "no caps")["caps"] == ()


def test_unknown_scenario_and_scenario_upon_scenario(tmp_path: Path) -> None:
    case = read_case(write(tmp_path / "case.xlsx", good()))
    with pytest.raises(UnknownScenario, match="did you mean 'dear mine'"):
        apply_scenario(case, "dear mines")
    with pytest.raises(CaseError, match="applied already"):
        apply_scenario(apply_scenario(case, "no caps"), "dear mine")


@pytest.mark.parametrize(
    ("sheet", "where", "column", "rows"),
    [
        ("offers", "country=China", "price_usd_per_kg", ["now"]),
        ("offers", "company=Deep", "price_usd_per_kg", ["ore"]),
        ("offers", "region=East Asia; element=Nd", "price_usd_per_kg", ["now"]),
        ("offers", "stage=oxide", "price_usd_per_kg", ["ore", "now"]),
        ("offers", "kind=spot", "price_usd_per_kg", ["now"]),
        ("offers", "price_usd_per_kg=62", "price_usd_per_kg", ["ore"]),
        ("offer_paths", "country=Australia", "price_usd_per_kg", ["ore"]),
        ("price_breaks", "stage=oxide", "price_usd_per_kg", ["now"]),
        ("demand", "end_use=EV; period=Q2", "demand_t_per_year", ["market"]),
        ("demand", "kind=market", "demand_t_per_year", ["market", "market"]),
        ("lanes", "country=China", "freight_usd_per_kg", ["refinery"]),
        ("recipes", "country=Germany; element=Dy", "t_per_t", ["making", "remelting"]),
        ("projects", "country=Germany; project=line", "capex_kusd", ["line"]),
        ("licence_odds", "licence=L1; regime=truce", "late_months", ["L1"]),
        ("stocks", "", "holding_usd_per_kg_year", ["works"]),
    ],
)
def test_conditions(tmp_path: Path, sheet: str, where: str, column: str, rows: list[str]) -> None:
    case = with_lines(tmp_path, [sheet, where or None, column, "add", 0.01])
    before, after = case[sheet], apply_scenario(case, "s")[sheet]
    first = next(iter(before[0]))
    changed = [new for old, new in zip(before, after, strict=True) if new[column] != old[column]]
    assert [row[first] for row in changed] == rows


def test_set_takes_any_value_of_the_column(tmp_path: Path) -> None:
    case = with_lines(
        tmp_path,
        ["rules", "rule=r1", "requirement", "set", "denied"],
        ["rules", "rule=r1", "to_date", "set", "2028-06-30"],
        ["projects", "project=line", "integer", "set", False],
        ["projects", "project=line", "excludes", "set", "line"],
        ["settings", "key=branches", "value", "set", "3;2"],
        ["settings", "key=cvar_level", "value", "scale", 0.5],
    )
    with pytest.raises(FaultyWorkbook, match="another project") as caught:
        apply_scenario(case, "s")
    assert [f.kind for f in caught.value.faults] == ["refers-to-itself"]
    assert caught.value.faults[0].remedy.endswith("(In scenario 's'.)")


def test_settings_change_though_the_sheet_is_silent_on_them(tmp_path: Path) -> None:
    case = with_lines(
        tmp_path,
        ["settings", "key=branches", "value", "set", "3;2"],
        ["settings", "key=cvar_level", "value", "scale", 0.5],
        ["rules", "rule=r1", "requirement", "set", "denied"],
    )
    after = apply_scenario(case, "s")
    assert after.settings["branches"] == (3, 2) and after.settings["cvar_level"] == 0.475
    assert after["rules"][0]["requirement"] == ("denied",)


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("conflict", [["offers", None, "price_usd_per_kg", "scale", 2], ["offers", "country=China", "price_usd_per_kg", "set", 5]]),
        ("conflict", [["offers", None, "price_usd_per_kg", "scale", 2], ["offers", None, "price_usd_per_kg", "add", 2]]),
        ("conflict", [["caps", None, "*", "set", "off"], ["caps", "cap=two", "min_sources", "set", 1]]),
        ("conflict", [["caps", "cap=two", "min_sources", "set", 1], ["caps", None, "*", "set", "off"]]),
        ("bad-change", [["caps", None, "*", "scale", 0]]),
        ("bad-change", [["caps", "cap=two", "max_share", "scale", 0.5]]),
        ("not-whole", [["caps", "cap=two", "min_sources", "scale", 0.75]]),
        ("not-a-number", [["offers", None, "price_usd_per_kg", "scale", "twice"]]),
        ("touches-nothing", [["shocks", "member=Japan", "price_factor", "set", 2]]),
    ],
)  # fmt: skip
def test_differences_that_cannot_be_made(tmp_path: Path, kind: str, lines: list[list[Any]]) -> None:
    with pytest.raises(FaultyWorkbook) as caught:
        with_lines(tmp_path, *lines)
    assert [fault.kind for fault in caught.value.faults] == [kind]
    assert caught.value.faults[0].sheet == "scenarios"


def test_two_scales_of_one_cell_multiply(tmp_path: Path) -> None:
    case = with_lines(
        tmp_path,
        ["offers", None, "price_usd_per_kg", "scale", 2],
        ["offers", "country=China", "price_usd_per_kg", "scale", 3],
    )
    assert [row["price_usd_per_kg"] for row in apply_scenario(case, "s")["offers"]] == [124, 330]


def test_a_sheet_switched_off_takes_what_hung_on_it(tmp_path: Path) -> None:
    case = with_lines(tmp_path, ["transitions", None, "*", "set", "off"])
    calm = apply_scenario(case, "s")
    assert calm["transitions"] == ()
    assert "touches-nothing" in {warning.kind for warning in calm.warnings}


def test_values_by_node(tmp_path: Path) -> None:
    case = read_case(write(tmp_path / "case.xlsx", good_with_tree()))
    changes = {row["node"]: changed_rows(case, [row]) for row in case["node_values"]}
    assert [row["price_usd_per_kg"] for row in changes["b"]["offers"]] == [62.0, 110.0]
    assert [row["demand_t_per_year"] for row in changes["b1"]["demand"]] == [200.0, 350.0]
    assert set(changes["b"]) == {"offers"}
    assert changes["b"]["offers"][0] is case["offers"][0]


def test_a_blank_number_may_be_set_by_node_but_not_scaled(tmp_path: Path) -> None:
    case = read_case(write(tmp_path / "case.xlsx", good_with_tree()))
    change = {
        "node": "b", "sheet": "offers", "where": (("offer", "now"),),
        "column": "capacity_t_per_year", "change": "set", "value": 40,
    }  # fmt: skip
    (_, spot) = changed_rows(case, [Row(change)])["offers"]
    assert spot["capacity_t_per_year"] == 40.0
    with pytest.raises(FaultyWorkbook, match="the cell is blank"):
        changed_rows(case, [Row({**change, "change": "scale"})])
