"""Duals under other odds and another risk weight: a bound near the new optimum, never above it."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.case import Case, Difference, read_case, with_differences, with_settings
from planner.solve.arrays import Arrays
from planner.solve.implied import still_proven
from planner.solve.layout import Layout
from planner.solve.old_duals import reweighed
from planner.solve.relaxation import Relaxation
from planner.solve.run import build_problem

CASE = Path("inputs/tutorial.xlsx")


def relaxed(arrays: Arrays) -> Relaxation:
    found = Relaxation(
        replace(arrays, integer=np.zeros_like(arrays.integer)), {"threads": 1}, threading.Event()
    )
    assert found.solve()
    return found


@pytest.fixture(scope="module")
def case() -> Case:
    return with_settings(read_case(CASE), risk_weight=0.3, cvar_level=0.5)


@pytest.fixture(scope="module")
def before(case: Case) -> tuple[Layout, Relaxation]:
    layout = build_problem(case).layout
    return layout, relaxed(layout.arrays)


def proven(before: tuple[Layout, Relaxation], case: Case) -> tuple[float | None, float]:
    """(what the reweighed duals prove, the relaxation's optimum)."""
    layout = build_problem(case).layout
    duals = reweighed(before[1].duals, before[0], layout)
    return still_proven(layout.arrays, duals, duals, np.inf), relaxed(layout.arrays).objective


@pytest.mark.parametrize("weight", [0.29, 0.31, 0.4, 0.6])
def test_another_risk_weight(case: Case, before: tuple[Layout, Relaxation], weight: float) -> None:
    known, truth = proven(before, with_settings(case, risk_weight=weight))
    assert known is not None
    assert known <= truth + 1e-6 * truth
    assert known >= 0.99 * truth


@pytest.mark.parametrize("denied", [0.39, 0.41, 0.45])
def test_other_odds(case: Case, before: tuple[Layout, Relaxation], denied: float) -> None:
    odds = [
        Difference("licence_odds", "licence=CN-Japan", "denied", "set", denied),
        Difference("licence_odds", "licence=CN-Japan", "on_time", "set", 1 - denied),
    ]
    known, truth = proven(before, with_differences(case, None, odds, "other odds"))
    assert known is not None
    assert known <= truth + 1e-6 * truth
    assert known >= 0.97 * truth


def test_where_neither_moved_nothing_is_touched(
    case: Case, before: tuple[Layout, Relaxation]
) -> None:
    layout = build_problem(case).layout
    duals = before[1].duals
    assert reweighed(duals, before[0], layout) is duals


def test_a_weight_that_appears_or_goes_leaves_the_duals_alone(
    case: Case, before: tuple[Layout, Relaxation]
) -> None:
    layout, _ = before
    without = replace(layout, risk=replace(layout.risk, weight=0.0))
    duals = before[1].duals
    assert reweighed(duals, layout, without) is duals
