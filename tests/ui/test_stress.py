"""The table of stress tests on the page Risk."""

from __future__ import annotations

from pathlib import Path

import pytest

import planner
from planner.ui.risking import stress_tests
from tests.workbooks import mine_to_shop, offer, periods, solve_sheets, want

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"


def test_a_case_without_stress_tests_has_no_table() -> None:
    assert stress_tests(planner.solve(planner.read_case(TUTORIAL))) is None


def test_what_a_lost_mine_leaves_of_service(tmp_path: Path) -> None:
    lost = {
        "test": "mine gone", "lose": "site", "member": "mine", "first_period": "p1",
        "last_period": "p1", "min_service_share": 0,
    }  # fmt: skip
    sheets = mine_to_shop(
        periods=periods(1, 1),
        offers=[offer("ore", "mine", "oxide", 10)],
        demand=[want("shop", "oxide", 100, 500)],
        stress_tests=[lost],
    )
    table = stress_tests(solve_sheets(sheets, tmp_path))
    assert table is not None
    ((test, what, window, demand, served, floor, asked),) = table.rows
    assert (test, what, window) == ("mine gone", "site mine", "p1 to p1")
    assert (demand, served, floor) == pytest.approx((100.0, 0.0, 0.0))
    assert str(asked).endswith("all uses")
