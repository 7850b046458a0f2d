"""Cuts: below the cost of the subtree everywhere, touching it where they were made."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import Infeasible
from planner.solve.arrays import Floats
from planner.solve.highs import run
from planner.solve.lshaped.split import Split, split
from planner.solve.lshaped.subproblem import Cut, Plane, Subproblem
from tests.solve.lshaped.problems import worlds


def value(plane: Plane, z: Floats) -> float:
    return plane.constant + float(plane.slope @ z[plane.columns])


def cost_of(cut: Split, number: int, z: Floats, prices: Floats) -> float | None:
    """The subtree's priced cost for z by a solve of its own; None where there is none."""
    tree = cut.subtrees[number]
    shift = tree.links @ z
    arrays = replace(
        tree.arrays,
        cost=tree.arrays.cost + prices @ tree.part / tree.weight,
        integer=np.zeros_like(tree.arrays.integer),
        row_lower=tree.arrays.row_lower - shift,
        row_upper=tree.arrays.row_upper - shift,
    )
    try:
        return run(arrays, gap=0, time_limit=10).objective
    except Infeasible:
        return None


def points(cut: Split, seed: int, count: int) -> list[Floats]:
    draw = np.random.default_rng(seed)
    low = np.where(np.isfinite(cut.root.lower), cut.root.lower, -500)
    high = np.where(np.isfinite(cut.root.upper), cut.root.upper, 2000)
    return [draw.uniform(low, high) for _ in range(count)]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), floor=st.sampled_from([0.0, 0.7]), price=st.floats(0, 50))
def test_a_cut_bounds_the_cost_of_every_z_and_is_tight_at_its_own(
    seed: int, floor: float, price: float
) -> None:
    made = worlds(seed, 3, risk=0.3, limit=0.1, floor=floor, integers_below=True)
    cut = split(made.arrays, made.labels)
    prices = np.array([price])
    subproblem = Subproblem(cut.subtrees[1], {}, threading.Event())
    asked = points(cut, seed, 4)
    truth = [cost_of(cut, 1, z, prices) for z in asked]
    for z, known in zip(asked, truth, strict=True):
        found = subproblem.cut(z, prices)
        _check(found, asked, truth)
        assert (found.forbids is None) == (known is not None)
        if known is not None:
            assert value(found.below, z) == pytest.approx(known, rel=1e-6, abs=1e-5)
        elif found.forbids is not None:
            assert value(found.forbids, z) > 0


def _check(found: Cut, asked: list[Floats], truth: list[float | None]) -> None:
    for other, cost in zip(asked, truth, strict=True):
        if cost is not None:
            assert value(found.below, other) <= cost + 1e-5 * max(1.0, abs(cost))
            if found.forbids is not None:
                assert value(found.forbids, other) <= 1e-5


def test_a_subtree_that_no_z_can_help_is_infeasible() -> None:
    made = worlds(1, 3)
    cut = split(made.arrays, made.labels)
    tree = cut.subtrees[0]
    shut = replace(tree.arrays, upper=np.zeros_like(tree.arrays.upper))
    hopeless = replace(tree, arrays=shut, links=0 * tree.links)
    hopeless.links.eliminate_zeros()
    with pytest.raises(Infeasible):
        Subproblem(hopeless, {}, threading.Event()).cut(points(cut, 1, 1)[0], np.zeros(0))
