"""The tutorial's workbook costs what its page works out by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import planner
from inputs import make_tutorial
from planner.case import read_case

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"

METAL_T, OXIDE_T = 80, 80 * 1.25
CHINA, CONTRACT, SPOT, STOCKED, MAKING, FEE = 200, 300, 420, 200 + 20, 10, 400
YEAR_ONE = OXIDE_T * CHINA + METAL_T * MAKING


def _by_hand(scenario: str | None) -> float:
    """The cost that docs/tutorial.md derives, kUSD."""
    making = METAL_T * MAKING
    if scenario == "licence certain":
        return YEAR_ONE + FEE + OXIDE_T * CHINA + making
    if scenario == "licence hopeless":
        return YEAR_ONE + 30 * STOCKED + 60 * CONTRACT + 10 * SPOT + making
    last = 0.6 * 40 * CHINA + 0.4 * 40 * SPOT
    return YEAR_ONE + FEE + 30 * STOCKED + 30 * CONTRACT + last + making


@pytest.mark.parametrize(
    ("scenario", "stated"),
    [(None, "49,120"), ("licence certain", "42,000"), ("licence hopeless", "50,400")],
)
def test_planner_finds_the_cost_on_the_page(scenario: str | None, stated: str) -> None:
    plan = planner.solve(read_case(make_tutorial.WORKBOOK, scenario=scenario))
    by_hand = _by_hand(scenario)
    assert f"{by_hand:,.0f}" == stated
    assert re.search(rf"\*\*{stated}\b", PAGE.read_text(encoding="utf-8"))
    assert plan.summary["status"] == "optimal"
    assert plan.summary["objective_kusd"] == pytest.approx(by_hand, rel=1e-6)


def test_the_plan_is_the_one_on_the_page() -> None:
    tables = planner.solve(read_case(make_tutorial.WORKBOOK)).tables
    signed = tables["contracts"].query("epoch == 2")
    assert signed["t_per_year"].tolist() == pytest.approx([30])
    assert tables["stock"]["t"].tolist() == pytest.approx([30])
    assert tables["applications"]["licence"].tolist() == ["CN-Japan"]


def test_it_is_small_and_reads_without_a_remark() -> None:
    case = read_case(make_tutorial.WORKBOOK)
    assert len(case["sites"]) <= 6
    assert case.warnings == ()
