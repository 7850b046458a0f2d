"""The table of stress tests on the page Risk."""

from __future__ import annotations

from pathlib import Path

import pytest

import planner
from planner.ui.risking import stress_tests
from tests.workbooks import lane, material, mine_to_shop, offer, periods, site, solve_sheets, want

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"


def test_a_case_without_stress_tests_has_no_table() -> None:
    assert stress_tests(planner.solve(planner.read_case(TUTORIAL))) is None


def test_what_a_lost_mine_leaves_of_service_where_it_serves_least(tmp_path: Path) -> None:
    lost = {
        "test": "mine gone", "lose": "site", "member": "mine", "first_period": "p1",
        "last_period": "p2", "min_service_share": 0.25,
    }  # fmt: skip
    sheets = mine_to_shop(
        periods=periods(1, 1, 1),
        materials=[material("oxide"), material("powder")],
        sites=[*(site(name, "supplier", "China") for name in ("mine", "reserve")), site("shop", "market", "Japan")],
        lanes=[lane("mine", "shop", "oxide"), lane("reserve", "shop", "oxide")],
        offers=[offer("ore", "mine", "oxide", 10), offer("less", "reserve", "oxide", 20, capacity_t_per_year=50)],
        demand=[
            want("shop", "oxide", 100, 500), want("shop", "oxide", 200, 500, period="p2"),
            want("shop", "powder", 900, 0),  # nobody must serve it
        ],
        stress_tests=[lost],
    )  # fmt: skip
    table = stress_tests(solve_sheets(sheets, tmp_path))
    assert table is not None
    ((test, what, window, uses, floor, served, short),) = table.rows
    assert (test, what, window, uses) == ("mine gone", "site mine", "p1 to p2", "all uses")
    assert (floor, served, short) == pytest.approx((0.25, 0.25, 200.0))
