"""What the headline figures rest on: cells, parts and grades, against figures by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

import planner
from planner.analysis.trace import trace
from planner.report.grounds import grounds_section
from planner.solve.plan import Plan
from tests.workbooks import book, lane, material, periods, site, solve_sheets, want
from tests.workbooks import offer as offered


@pytest.fixture
def solved(tmp_path: Path) -> Plan:
    """100 t a year for two years: 75 at 40 USD/kg from China, 25 at 80 from Malaysia. 6 + 4 = 10 MUSD."""
    sheets = book(
        periods=periods(1, 1),
        materials=[material("oxide", "oxide")],
        sites=[site("mine", "supplier", "China"), site("pit", "supplier", "Malaysia"),
               site("shop", "market", "Japan")],
        offers=[{**offered("cheap", "mine", "oxide", 40), "capacity_t_per_year": 75, "source": "read"},
                {**offered("dear", "pit", "oxide", 80), "source": "guess; read"}],
        lanes=[lane("mine", "shop", "oxide"), lane("pit", "shop", "oxide")],
        demand=[want("shop", "oxide", 100, 500)],
        sources=[{"source": "read", "title": "read", "grade": "A"},
                 {"source": "guess", "title": "guess", "grade": "D"}],
    )  # fmt: skip
    return solve_sheets(sheets, tmp_path)


def test_each_figure_names_its_largest_cells_with_part_grade_and_sources(solved: Plan) -> None:
    section = grounds_section(solved)
    rows = {(row[0], row[2]): row for row in section.tables[0].rows}
    assert {key: row[4] for key, row in rows.items()} == pytest.approx(
        {("Expected cost", "offers!D2"): 0.6, ("Expected cost", "offers!D3"): 0.4,
         ("China's oxide", "offers!A2"): 1.0, ("Demand", "demand!D2"): 1.0}
    )  # fmt: skip
    assert rows["Expected cost", "offers!D2"][1:] == ("cheap", "offers!D2", "40 USD/kg", pytest.approx(0.6), "A", "read")  # fmt: skip
    assert rows["Expected cost", "offers!D3"][5:] == ("D", "guess; read"), (
        "the worst of its sources"
    )
    assert section.title == "Expected cost rests most on offers!D2, cheap: 60 %"
    assert "60 % on cells of grade A, 40 % on cells of grade D" in section.words[0]


def test_what_is_committed_leads_to_price_and_capital(plan: Plan) -> None:
    rows = [row for row in grounds_section(plan).tables[0].rows if row[0] == "Committed now"]
    contract = 100 / 3 * 1.5 * 70.7
    total = contract + 9_000 + 250 + 20
    assert [row[2] for row in rows] == [
        plan.case.address("projects", plan.case["projects"][0], "capex_kusd"),
        plan.case.address("offers", plan.case["offers"][2], "price_usd_per_kg"),
    ]
    assert [row[4] for row in rows] == pytest.approx([9_000 / total, contract / total])


def test_the_files_hold_the_whole_trace_and_a_page_none_of_it(solved: Plan) -> None:
    whole = grounds_section(solved).tables[1]
    assert len(whole.rows) == len(trace(solved))
    assert whole.paper_rows == 0


def test_chances_are_named_where_there_are_any(tmp_path: Path) -> None:
    tutorial = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"
    words = grounds_section(planner.solve(planner.read_case(tutorial))).words[0]
    assert "Chances, and with them CVaR, come from licence_odds" in words
