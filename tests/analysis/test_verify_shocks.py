"""A shock of 0 shuts an offer, also one whose capacity nobody stated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planner.analysis.verify import verify
from planner.solve.run import solve_case
from tests.workbooks import Row, Sheets, mine_to_shop, offer, read_sheets, want


def mine(factor: float, **terms: Any) -> Sheets:
    """One offer without a stated capacity, in a regime that leaves ``factor`` of it."""
    shock: Row = {"regime": "war", "scope": "offer", "member": "ore", "capacity_factor": factor}
    return mine_to_shop(
        settings={"regime_today": "war"},
        offers=[offer("ore", "mine", "oxide", 10, **terms)],
        demand=[want("shop", "oxide", 100, 50)],
        transitions=[{"from_regime": "war", "to_regime": "war", "probability": 1}],
        shocks=[shock],
    )


@pytest.mark.parametrize(
    "terms", [{}, {"kind": "contract", "min_take_share": 0.5}], ids=["spot", "contract"]
)
def test_shut_in_the_model_and_to_the_verifier(terms: dict[str, Any], tmp_path: Path) -> None:
    plan = solve_case(read_sheets(mine(0, **terms), tmp_path))
    assert plan.summary["objective_kusd"] == pytest.approx(5000)  # all short, nothing owed
    assert verify(plan.case, plan.tables, plan.summary).holds


def test_what_was_taken_from_a_shut_offer_is_a_fault(tmp_path: Path) -> None:
    plan = solve_case(read_sheets(mine(1), tmp_path))
    assert plan.tables["takes"]["t"].sum() == pytest.approx(100)
    shut = read_sheets(mine(0), tmp_path)
    failed = {check.equation for check in verify(shut, plan.tables).checks if check.worst > 0.1}
    assert "SRC-2" in failed
