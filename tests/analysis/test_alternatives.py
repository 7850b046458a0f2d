"""Alternatives and regret: hand-solved, and no claim of no-regret without its proof."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.analysis.alternatives import alternatives
from planner.analysis.findings import Findings
from planner.analysis.regret import minimax, regret, views
from planner.case import read_case
from planner.errors import CaseError
from planner.solve.run import solve_case
from tests.test_known_answers import HOME
from tests.workbooks import Sheets, book, lane, material, offer, periods, read_sheets, site, want

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"


def two_mines(dearer: float) -> Sheets:
    """100 t from East at 10 or West at 10 + ``dearer``, each to be qualified for 50 first."""
    return book(
        periods=periods(1),
        materials=[material("oxide")],
        sites=[site("east", "supplier", "China"), site("west", "supplier", "Australia"),
               site("shop", "market", "Japan")],
        offers=[offer("East", "east", "oxide", 10, qualification_kusd=50),
                offer("West", "west", "oxide", 10 + dearer, qualification_kusd=50)],
        lanes=[lane("east", "shop"), lane("west", "shop")],
        demand=[want("shop", "oxide", 100, 500)],
        scenarios=[
            {"scenario": "dear east", "sheet": "offers", "where": "offer=East",
             "column": "price_usd_per_kg", "change": "set", "value": 30},
            {"scenario": "east lost", "sheet": "offers", "where": "offer=East",
             "column": "capacity_t_per_year", "change": "set", "value": 0},
        ],
    )  # fmt: skip


def needs(found: Findings) -> dict[str, str]:
    table = found.table("needs")
    return dict(zip(table["decision"], table["verdict"], strict=True))


def test_a_second_source_within_the_budget(tmp_path: Path) -> None:
    """East: 1050. West at 10.1: 1060, within 1 %; at 11: 1150, beyond 4 % but within 10 %."""
    found = alternatives(read_sheets(two_mines(0.1), tmp_path), within=0.01)
    assert needs(found) == {"qualify oxide of east": "can be left out"}
    assert list(found.table("costs")["objective_kusd"]) == pytest.approx([1050, 1060])
    assert any("does qualify oxide of west" in words for words in found.sentences)


def test_what_every_plan_does_is_no_regret(tmp_path: Path) -> None:
    case = read_sheets(two_mines(1.0), tmp_path)
    found = alternatives(case, within=0.04)
    assert needs(found) == {"qualify oxide of east": "always"}
    assert len(found.table("costs")) == 1
    assert needs(alternatives(case, within=0.1)) == {"qualify oxide of east": "can be left out"}


def test_every_alternative_keeps_to_the_budget() -> None:
    found = alternatives(read_case(TUTORIAL), within=0.1)
    costs = found.table("costs")
    assert (costs["objective_kusd"] <= 49_120 * 1.1 + 1e-3).all()
    assert len(costs) == 3
    assert any("is proven" in words for words in found.cautions)


def test_a_budget_that_is_none() -> None:
    with pytest.raises(CaseError, match="share above 0"):
        alternatives(read_case(TUTORIAL), within=0.0)


def test_regret_is_what_compare_finds() -> None:
    """The tutorial's three views; each entry solved apart from the view's own plan."""
    case = read_case(TUTORIAL)
    table = regret(case).table("regret").set_index("strategy")
    assert table.loc["as it stands", "worst_kusd"] == pytest.approx(4000)
    assert table.loc["as it stands", "remark"] == "minimax regret"
    for name, view in views(case).items():
        assert table.loc[name, f"{name}_kusd"] == 0
        own = solve_case(view).summary["objective_kusd"]
        assert own > 0
    assert (table["worst_kusd"] >= table["as it stands_kusd"]).all()


def test_minimax_by_hand() -> None:
    import pandas as pd

    table = pd.DataFrame({"x": [0.0, 9.0, 4.0], "y": [8.0, 0.0, 4.0]}, index=["x", "y", "hedge"])
    assert minimax(table) == "hedge"


def test_a_workbook_without_scenarios_has_nothing_to_regret() -> None:
    with pytest.raises(CaseError, match="sheet `scenarios`"):
        regret(read_case(HOME / "farmer.xlsx"))
