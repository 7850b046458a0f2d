"""The living plan: what was expected costs what the plan said; what came differently is planned anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from planner.analysis.replan import expected_actuals, first_period_after, release, roll
from planner.analysis.replan.expected import likeliest_path
from planner.api import solve
from planner.case import Case, RawSheet, read_case
from planner.case.actuals import ACTUALS, Actuals, read_actuals, typed_actuals
from planner.case.book import RawBook
from planner.cli import app
from planner.errors import CaseError, FaultyWorkbook
from planner.report.actuals_file import write_sheets
from planner.solve.plan import Plan
from tests.analysis.test_replay import three_epochs
from tests.workbooks import material, offer, read_sheets, site

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"


def carried_on(plan: Plan, actuals: Actuals, first: str, path: Path) -> Case:
    when = next(row["start"] for row in plan.case["periods"] if row["period"] == first)
    write_sheets(roll(plan.case, actuals, first, when).sheets, path)
    return read_case(path)


def hoped(plan: Plan, first: str) -> Actuals:
    return typed_actuals(RawBook(expected_actuals(plan, first), {}), plan.case, first)


def still_to_come(plan: Plan, node: str) -> float:
    """Expected cost of a node and all that follows it, discounted as the plan does [kUSD]."""
    rows = plan.tables["tree"].to_dict("records")
    chance = {row["node"]: row["probability"] for row in rows}
    below = {node, *(row["node"] for row in rows if _follows(row, node, plan))}
    costs = plan.tables["costs"]
    costs = costs[costs["node"].isin(list(below))]
    weight = costs["node"].map(chance) / chance[node]
    return float((costs["discounted_kusd"] * weight).sum())


def _follows(row: Mapping[Any, Any], node: str, plan: Plan) -> bool:
    """Whether a node of the tree lies below another one."""
    parents = dict(zip(plan.tables["tree"]["node"], plan.tables["tree"]["parent"], strict=True))
    before = row["parent"]
    while before in parents:
        if before == node:
            return True
        before = parents[before]
    return False


def test_the_tutorial_goes_on_as_planned(tmp_path: Path) -> None:
    """The likeliest world (licence granted): the rest costs what the plan says of that node."""
    plan = solve(read_case(TUTORIAL))
    first = first_period_after(plan, date(2028, 1, 1))
    case = carried_on(plan, hoped(plan, first), first, tmp_path / "rolled.xlsx")
    rest = solve(case)
    assert rest.summary["verified"]
    node = likeliest_path(plan, 2)[-1]
    assert rest.summary["objective_kusd"] == pytest.approx(still_to_come(plan, node))


def built(**more: Any) -> dict[str, list[dict[str, Any]]]:
    """Three epochs with everything that is handed on: stock, a long contract, a line on its way,
    goods at sea, a qualification; all worlds kept, so that the plan is exact."""
    sheets = three_epochs(branches="all", **more)
    sheets["materials"] += [material("ore", "ore")]
    sheets["sites"] += [site("works", "plant", "Japan")]
    sheets["offers"] += [
        offer("AU ore", "au", "ore", 5, qualification_kusd=20, qualification_months=12),
    ]
    sheets["lanes"] += [
        {"from_site": "cn", "to_site": "works", "material": "oxide", "freight_usd_per_kg": 0.1, "lead_months": 12},
        {"from_site": "works", "to_site": "shop", "material": "*", "freight_usd_per_kg": 0},
        {"from_site": "au", "to_site": "works", "material": "ore", "freight_usd_per_kg": 0},
    ]  # fmt: skip
    sheets["processes"] = [{"process": "refine", "site": "works", "cost_usd_per_kg": 1}]
    sheets["recipes"] = [
        {"process": "refine", "material": "ore", "t_per_t": -1},
        {"process": "refine", "material": "oxide", "t_per_t": 1},
    ]
    sheets["projects"] = [
        {"project": "line", "adds_to": "refine", "size_t_per_year": 40, "max_modules": 2,
         "capex_kusd": 300, "lead_months": 12, "latest_period": "p0"},
    ]  # fmt: skip
    sheets["stocks"] = [{"site": "works", "material": "oxide", "holding_usd_per_kg_year": 0.1}]
    for row in sheets["offers"]:
        if row["offer"] == "AU oxide":
            row["contract_epochs"] = 2
    return sheets


@pytest.mark.parametrize("first", ["p1", "p2"])
def test_what_was_expected_costs_what_the_plan_said(first: str, tmp_path: Path) -> None:
    """Bellman's principle: the rest of an optimal plan is optimal from where it stands. So the rolled
    case, fed with what the plan expected, must cost what the plan says of that node and below."""
    plan = solve(read_sheets(built(), tmp_path))
    assert len(plan.tables["builds"])
    case = carried_on(plan, hoped(plan, first), first, tmp_path / "rolled.xlsx")
    epoch = {"p1": 2, "p2": 3}[first]
    node = likeliest_path(plan, epoch)[-1]
    rest = solve(case)
    assert rest.summary["verified"]
    assert rest.summary["objective_kusd"] == pytest.approx(still_to_come(plan, node), rel=1e-6)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(stock=st.floats(0, 30))
def test_more_on_hand_never_costs_more(stock: float, tmp_path: Path) -> None:
    plan = solve(read_case(TUTORIAL))
    cost = []
    for t in (0.0, round(stock, 3)):
        sheets = expected_actuals(plan, "second")
        sheets["stock"] = RawSheet(("site", "material", "t"), (("Works", "Dy oxide", t),))
        actuals = typed_actuals(RawBook(sheets, {}), plan.case, "second")
        case = carried_on(plan, actuals, "second", tmp_path / "rolled.xlsx")
        cost.append(solve(case).summary["objective_kusd"])
    assert cost[1] <= cost[0] + 1e-6


def test_a_denied_licence_changes_the_rest(tmp_path: Path) -> None:
    plan = solve(read_case(TUTORIAL))
    sheets = expected_actuals(plan, "second")
    sheets["licences"] = RawSheet(("licence", "outcome"), (("CN-Japan", "denied"),))
    actuals = typed_actuals(RawBook(sheets, {}), plan.case, "second")
    rest = solve(carried_on(plan, actuals, "second", tmp_path / "rolled.xlsx"))
    denied = plan.tables["tree"]["node"].iloc[2]
    assert rest.summary["objective_kusd"] == pytest.approx(still_to_come(plan, denied))


def test_a_signed_contract_has_a_price_of_release(tmp_path: Path) -> None:
    """30 t signed at 300, freight alike; with the licence 200 would do: 30 x 100 saved."""
    plan = solve(read_case(TUTORIAL))
    case = carried_on(plan, hoped(plan, "second"), "second", tmp_path / "rolled.xlsx")
    table = release(case).table("signed").set_index("contract")
    assert table.loc["Kuantan contract", "worth_kusd"] == pytest.approx(3000)


def test_faults_of_actuals_by_cell(tmp_path: Path) -> None:
    plan = solve(read_case(TUTORIAL))
    sheets = {
        "now": RawSheet(("key", "value"), (("regime", "trcue"),)),
        "licences": RawSheet(("licence", "outcome"), (("CN-Japan", "perhaps"),)),
        "stock": RawSheet(("site", "material", "t"), (("Wrks", "Dy oxide", 1.0), ("Works", "Dy oxide", -1.0))),
        "under_way": RawSheet(("site", "material", "period", "t"), (("Works", "Dy oxide", "first", 5.0),)),
        "stok": RawSheet(("site",), ()),
    }  # fmt: skip
    path = write_sheets(sheets, tmp_path / "actuals.xlsx")
    with pytest.raises(FaultyWorkbook) as caught:
        read_actuals(path, plan.case, "second")
    found = {(fault.sheet, fault.cell) for fault in caught.value.faults}
    assert {("now", "B2"), ("licences", "B2"), ("stock", "A2"), ("stock", "C3"),
            ("under_way", "C2"), ("stok", None)} <= found  # fmt: skip


def test_a_date_that_begins_no_epoch() -> None:
    plan = solve(read_case(TUTORIAL))
    assert first_period_after(plan, date(2027, 6, 1)) == "second"
    for day in (date(2026, 1, 1), date(2029, 1, 1)):
        with pytest.raises(CaseError, match="2028-01-01"):
            first_period_after(plan, day)


def test_the_command(tmp_path: Path) -> None:
    """Template, correction, and the plan of the rest with what changed."""
    plan = solve(read_case(TUTORIAL)).to_excel(tmp_path / "plan.xlsx")
    file, out = tmp_path / "actuals.xlsx", tmp_path / "out"
    asked = ["replan", str(plan), "--as-of", "2028-01-01"]
    written = CliRunner().invoke(app, [*asked, "--template", str(file)])
    assert written.exit_code == 0, written.output
    assert read_actuals(file, read_case(TUTORIAL), "second").regime == "truce"
    done = CliRunner().invoke(app, [*asked, "--actuals", str(file), "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert "Buying out Kuantan contract pays below kUSD 3,000" in done.output
    for name in ("plan", "case", "changes", "expected_case"):
        assert (out / f"{name}.xlsx").exists()
    neither = CliRunner().invoke(app, asked)
    assert neither.exit_code == 2


def test_every_sheet_of_actuals_says_what_it_is() -> None:
    assert all(spec.meaning and all(c.meaning for c in spec.columns) for spec in ACTUALS.values())
