"""The frontier: hand-solved points, never rising, the knee where it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.analysis.frontier import Axis, Point, efficient, frontier, knee_of
from planner.case import Difference, read_case, with_differences
from planner.errors import CaseError
from planner.solve.plan import Plan
from tests.analysis.test_price_of_rules import TUTORIAL, capped
from tests.workbooks import read_sheets


def test_a_share_by_hand(tmp_path: Path) -> None:
    """100 t from China at 10 or Australia at 20: each tenth of share less costs 100."""
    sheets = capped(1.0)
    found = frontier(read_sheets(sheets, tmp_path), Axis("share", "China", "oxide"), points=5)
    points = found.table("points")
    assert list(points["measure_share"]) == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert list(points["cost_kusd"]) == pytest.approx([2000, 1750, 1500, 1250, 1000])
    assert (points["remark"] == "").all()  # a straight line has no knee


def test_cvar_of_the_tutorial() -> None:
    """From 54,400 at 49,120 to 50,400 for certain at 50,400; each plan proven."""
    found = frontier(read_case(TUTORIAL), Axis("cvar"), points=6)
    points = found.table("points")
    assert points["measure_kusd"].iloc[0] == pytest.approx(50_400, rel=1e-5)
    assert points["cost_kusd"].iloc[-1] == pytest.approx(49_120)
    assert (points["cost_kusd"] - points["bound_kusd"] <= 1e-5 * points["cost_kusd"]).all()
    assert list(points["remark"]).count("knee") == 1
    assert points.set_index("remark").loc["knee", "measure_kusd"] == pytest.approx(51_200, rel=1e-5)


def test_an_optimum_is_never_above_its_bound() -> None:
    """Without China the tutorial costs 71,200; where presolve leaves nothing to search, HiGHS 1.15
    handed the start of the point before back, application and all, as the optimum."""
    points = frontier(read_case(TUTORIAL), Axis("share", "China", "oxide"), points=6).table(
        "points"
    )
    assert points["cost_kusd"].iloc[0] == pytest.approx(71_200)
    assert (points["gap_share"] <= 1e-6).all()


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


def test_nothing_to_trade_is_said() -> None:
    found = frontier(read_case(TUTORIAL), Axis("shortage"), points=3)
    assert "nothing to trade" in found.title


def test_a_stage_or_country_that_is_not_there() -> None:
    case = read_case(TUTORIAL)
    with pytest.raises(CaseError, match="stage 'ore'"):
        frontier(case, Axis("hhi", stage="ore"))
    with pytest.raises(CaseError, match="Chnia"):
        frontier(case, Axis("share", "Chnia", "oxide"))


def point(measure: float, cost: float) -> Point:
    plan = Plan(None, {}, {"expected_cost_kusd": cost, "bound_kusd": cost})  # type: ignore[arg-type]
    return Point(plan, None, measure)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_what_is_kept_falls_and_nothing_kept_is_dominated(pairs: list[tuple[int, int]]) -> None:
    points = [point(m, c) for m, c in pairs]
    kept = efficient(points)
    costs, measures = [p.cost for p in kept], [p.measure for p in kept]
    assert costs == sorted(costs, reverse=True)
    assert len(set(costs)) == len(costs)
    assert measures == sorted(measures)
    assert len(set(measures)) == len(measures)
    for p in points:
        assert any(k.cost <= p.cost and k.measure <= p.measure for k in kept)


def test_the_knee() -> None:
    curve = [point(0, 10), point(1, 3), point(2, 2), point(10, 0)]
    assert knee_of(curve) is curve[1]
    assert knee_of([point(0, 10), point(10, 0)]) is None
    assert knee_of([point(0, 10), point(5, 9), point(10, 0)]) is None  # bulges the other way
