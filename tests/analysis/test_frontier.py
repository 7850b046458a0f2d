"""Cost against risk: hand-solved ends, monotone, the dominated dropped, the knee named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.analysis.frontier import Axis, frontier
from planner.case import Difference, read_case, with_differences
from planner.errors import CaseError

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"


def test_ends_of_the_tutorial_by_hand() -> None:
    """The licence applied for, 30 t by contract: 49,120 on average, 54,400 if denied. Never applied
    for, 60 t by contract: 50,400 whatever happens (docs/tutorial.md)."""
    found = frontier(read_case(TUTORIAL), Axis("cvar"), points=5)
    points = found.table("points")
    assert points["cost_kusd"].iloc[0] == pytest.approx(50_400)
    assert points["measure_kusd"].iloc[0] == pytest.approx(50_400)
    assert points["cost_kusd"].iloc[-1] == pytest.approx(49_120)
    assert points["measure_kusd"].iloc[-1] == pytest.approx(54_400)
    assert list(points["remark"]).count("knee") == 1


@settings(max_examples=6)
@given(denied=st.floats(0.1, 0.9), price=st.floats(0.7, 1.3))
def test_less_risk_never_costs_less(denied: float, price: float) -> None:
    case = with_differences(
        read_case(TUTORIAL),
        None,
        [
            Difference("licence_odds", "", "denied", "set", denied),
            Difference("licence_odds", "", "on_time", "set", 1 - denied),
            Difference("offers", "kind=contract", "price_usd_per_kg", "scale", price),
        ],
        "drawn",
    )
    points = frontier(case, Axis("cvar"), points=4).table("points")
    kept = points[~points["remark"].str.contains("dominated")]
    assert list(kept["measure_kusd"]) == sorted(kept["measure_kusd"])
    assert list(kept["cost_kusd"]) == sorted(kept["cost_kusd"], reverse=True)
    assert (points["bound_kusd"] <= points["cost_kusd"] + 1e-6 * points["cost_kusd"].abs()).all()


def test_a_share_is_limited_by_what_it_says() -> None:
    points = frontier(read_case(TUTORIAL), Axis("share", "China", "oxide"), points=3).table(
        "points"
    )
    assert (points["measure_share"] <= points["limit_share"].fillna(1.0) + 1e-6).all()


@pytest.mark.parametrize(
    ("axis", "words"),
    [(Axis("share", "Chinna", "oxide"), "Chinna"), (Axis("hhi", stage="oxid"), "oxid")],
)
def test_an_axis_that_means_nothing_is_refused(axis: Axis, words: str) -> None:
    with pytest.raises(CaseError, match=words):
        frontier(read_case(TUTORIAL), axis)
