"""Implied bounds hold for every solution; old duals never prove more than the optimum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array

from planner.solve.arrays import Arrays, dual_bound
from planner.solve.highs import run
from planner.solve.implied import implied_bounds, still_proven

INF = np.inf


def model(
    rows: list[list[float]], low: list[float], high: list[float], lower: list[float] | None = None
) -> Arrays:
    matrix = csc_array(np.array(rows, dtype=float))
    n = matrix.shape[1]
    return Arrays(
        np.ones(n), np.zeros(n) if lower is None else np.array(lower), np.full(n, INF),
        np.zeros(n, dtype=bool), matrix, np.array(low), np.array(high),
    )  # fmt: skip


def test_a_balance_bounds_what_flows_through_it() -> None:
    """10 t at most come in; what is stored, shipped and shipped on is no more than that."""
    arrays = model([[1, 0, 0, 0], [1, -1, -1, 0], [0, 0, 1, -1]], [-INF, 0, 0], [10, 0, 0])
    lower, upper = implied_bounds(arrays)
    assert upper == pytest.approx([10, 10, 10, 10], rel=1e-6)
    assert lower == pytest.approx([0, 0, 0, 0], abs=1e-6)


def test_a_floor_is_implied_by_what_the_others_can_do_at_most() -> None:
    arrays = model([[1, 1], [0, 1]], [8, -INF], [INF, 3])
    assert implied_bounds(arrays)[0] == pytest.approx([5, 0], abs=1e-6)


def test_what_no_row_bounds_stays_open() -> None:
    arrays = model([[1, -1]], [0], [INF])
    lower, upper = implied_bounds(arrays)
    assert np.isinf(upper).all()
    assert (lower <= 0).all()


def test_a_column_without_any_bound_is_bounded_where_a_row_holds_it() -> None:
    arrays = model([[1, -1], [0, 1]], [0, -INF], [0, 4], lower=[-INF, 0])
    lower, upper = implied_bounds(arrays)
    assert upper[0] == pytest.approx(4, rel=1e-6)
    assert lower[0] == pytest.approx(0, abs=1e-6)


def drawn(seed: int) -> tuple[Arrays, np.ndarray]:
    """A problem with a known solution."""
    draw = np.random.default_rng(seed)
    rows, columns = 6, 8
    matrix = draw.integers(-3, 4, (rows, columns)) * (draw.random((rows, columns)) < 0.5)
    point = draw.uniform(0, 5, columns)
    held = matrix @ point
    kind = draw.integers(0, 3, rows)
    low = np.where(kind == 0, -INF, held - draw.uniform(0, 1, rows) * (kind == 1))
    high = np.where(kind == 1, INF, held + draw.uniform(0, 1, rows) * (kind == 0))
    return Arrays(
        draw.uniform(0.5, 3, columns), np.zeros(columns), np.where(draw.random(columns) < 0.5, 6.0, INF),
        draw.random(columns) < 0.3, csc_array(matrix.astype(float)), low, high,
    ), point  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_no_solution_is_cut_off(seed: int) -> None:
    arrays, point = drawn(seed)
    lower, upper = implied_bounds(arrays)
    assert (point >= lower - 1e-9).all()
    assert (point <= upper + 1e-9).all()
    assert (lower >= arrays.lower).all()
    assert (upper <= arrays.upper).all()


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 100_000), wanted=st.sampled_from([-INF, INF]))
def test_any_duals_prove_at_most_the_optimum(seed: int, wanted: float) -> None:
    arrays, _ = drawn(seed)
    relaxed = replace(arrays, integer=np.zeros_like(arrays.integer))
    truth = run(relaxed, gap=0, time_limit=10).objective
    draw = np.random.default_rng(seed)
    old, fixed = draw.normal(0, 1, (2, 6))
    for known in (
        still_proven(arrays, old, fixed, wanted),
        still_proven(arrays, None, fixed, wanted),
    ):
        assert known is None or known <= truth + 1e-6 * max(1.0, abs(truth))


def test_duals_that_leave_a_column_open_speak_through_what_the_rows_imply() -> None:
    """x1 - x2 = 0, x1 <= 4 by a row, cost of x2 fell below what the old dual paid for it."""
    arrays = replace(model([[1, -1], [1, 0]], [0, -INF], [0, 4]), cost=np.array([3.0, -2.0]))
    old = np.array([3.0, 0.0])
    assert dual_bound(replace(arrays, cost=np.array([3.0, -4.0])), old) is None
    dearer = replace(arrays, cost=np.array([3.0, -4.0]))
    assert still_proven(dearer, old, old, INF) == pytest.approx(-4, rel=1e-6)
    assert run(dearer, gap=0, time_limit=5).objective == pytest.approx(-4)
