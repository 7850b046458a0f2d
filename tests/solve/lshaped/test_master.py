"""The master: its box opens, what it says of groups holds, cuts that do not bind are dropped."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from planner.solve.highs import run
from planner.solve.lshaped import master as master_room
from planner.solve.lshaped.master import Master
from planner.solve.lshaped.split import Split, split
from planner.solve.lshaped.subproblem import Subproblem
from tests.solve.lshaped.problems import worlds


def masters(cut: Split, centre: np.ndarray) -> Master:
    count = len(cut.subtrees)
    return Master(cut, np.arange(count), centre, {"threads": 1}, threading.Event())


def test_a_box_that_leaves_nothing_opens() -> None:
    """The box stands around 0, the value at risk must be below -1e6."""
    made = worlds(1, 3, risk=0.5)
    cut = split(made.arrays, made.labels)
    at = np.flatnonzero(np.isinf(cut.root.lower))
    cut.root.upper[at] = -1e6
    master = masters(cut, np.zeros(len(cut.columns)))
    assert master.solve()
    assert (master.z[at] <= -1e6).all()
    assert master.bound is None


@pytest.mark.parametrize("seed", range(4))
def test_the_ends_of_shares_and_costs_hold_for_every_plan(seed: int) -> None:
    made = worlds(seed, 4, risk=0.3, limit=0.1)
    cut = split(made.arrays, made.labels)
    plan = run(made.arrays, gap=0.0, time_limit=30).values
    problem = masters(cut, np.zeros(len(cut.columns))).problem()
    parts = [tree.part @ plan[tree.columns] for tree in cut.subtrees]
    costs = [float(tree.arrays.cost @ plan[tree.columns]) for tree in cut.subtrees]
    width, count = len(cut.columns), len(cut.subtrees)
    sizes = [abs(tree.part).max() for tree in cut.subtrees]
    shares = np.array([part[0] / size for part, size in zip(parts, sizes, strict=True)])
    known = np.concatenate((shares, costs))
    at = slice(width, width + 2 * count)
    assert (problem.lower[at] <= known + 1e-9).all()
    assert (problem.upper[at] >= known - 1e-9).all()
    assert np.isfinite(problem.lower[at]).all()


def test_cuts_that_do_not_bind_are_dropped_and_the_bound_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(master_room, "PLENTY", 3)
    made = worlds(5, 4, risk=0.3)
    cut = split(made.arrays, made.labels)
    truth = run(made.arrays, gap=0.0, time_limit=30).objective
    master = masters(cut, np.zeros(len(cut.columns)))
    halt, none = threading.Event(), np.zeros(0)
    subproblems = [Subproblem(tree, {}, halt) for tree in cut.subtrees]
    bounds = [-np.inf]
    for _ in range(25):
        assert master.solve()
        if master.bound is not None:
            bounds.append(master.bound)
        master.add([subproblem.cut(master.z, none) for subproblem in subproblems], none)
    assert len(master.problem().row_lower) < 25 * len(cut.subtrees)
    assert max(bounds) <= truth * (1 + 1e-9)
    assert max(bounds) >= 0.5 * truth
