"""Rounding hears the rows that say no: the least wanted column turns back, and only as many as must."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array

from planner.solve.arrays import Arrays
from planner.solve.rounding import Rounding


def rounding(
    rows: Sequence[Sequence[float]],
    high: Sequence[float],
    *,
    low: Sequence[float] | None = None,
    upper: Sequence[float] | None = None,
) -> Rounding:
    """Columns are whole from 0 to ``upper`` (1 each unless given)."""
    n = len(rows[0])
    return Rounding(
        Arrays(
            cost=np.ones(n),
            lower=np.zeros(n),
            upper=np.ones(n) if upper is None else np.array(upper),
            integer=np.ones(n, dtype=bool),
            matrix=csc_array(np.array(rows, dtype=float)),
            row_lower=np.full(len(rows), -np.inf) if low is None else np.array(low),
            row_upper=np.array(high, dtype=float),
        )
    )


def rounded(rows: Rounding, values: Sequence[float], threshold: float = 0.05) -> list[float]:
    x = np.array(values)
    return rows.round(np.arange(len(x)), x, x - np.floor(x) > threshold).tolist()


def test_without_a_row_in_the_way_it_is_as_wished() -> None:
    free = rounding([[1, 1, 1]], [3], upper=[4, 4, 4])
    assert rounded(free, [0.04, 0.2, 0.0]) == [0, 1, 0]


def test_a_team_of_two_drops_the_application_least_wanted() -> None:
    team = rounding([[1, 1, 1]], [2])
    assert rounded(team, [0.9, 0.3, 0.6]) == [1, 0, 1]


def test_of_two_projects_one_and_its_modules_follow() -> None:
    """build <= 3 pick for each, one pick at most: modules of the other go with its pick."""
    rows = [[1, 0, -3, 0], [0, 1, 0, -3], [0, 0, 1, 1]]
    either = rounding(rows, [0, 0, 1], upper=[3, 3, 1, 1])
    assert rounded(either, [0.3, 1.5, 0.1, 0.5]) == [0, 2, 0, 1]


def test_a_floor_takes_the_one_nearest_to_it() -> None:
    floor = rounding([[40, 40]], [np.inf], low=[40])
    assert rounded(floor, [0.4, 0.6], threshold=0.7) == [0, 1]


def test_whole_values_and_decided_columns_are_not_turned() -> None:
    team = rounding([[1, 1, 1]], [2])
    team.fix(np.array([0]), np.array([1.0]))
    part = team.round(np.array([1, 2]), np.array([1.0, 0.4]), np.array([False, True]))
    assert part.tolist() == [1, 0]


def test_what_is_still_open_counts_at_its_best() -> None:
    """A third column, without a bound, can make room: nothing is turned back."""
    open_end = rounding([[1, 1, -1]], [0], upper=[1, 1, np.inf])
    part = open_end.round(np.array([0, 1]), np.array([0.4, 0.4]), np.array([True, True]))
    assert part.tolist() == [1, 1]


def test_where_no_turn_helps_it_ends() -> None:
    assert rounded(rounding([[1, 1]], [-1]), [0.5, 0.5]) == [0, 0]


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 8))
def test_rows_that_can_be_packed_are(seed: int, columns: int, rows: int) -> None:
    """Weights >= 0 and fractions that fit: rounded down they fit as well, so the outcome must."""
    draw = np.random.default_rng(seed)
    weights = draw.uniform(0, 5, (rows, columns)) * (draw.random((rows, columns)) < 0.5)
    values = draw.uniform(0, 3, columns)
    high = weights @ values
    packed = rounding(weights.tolist(), high.tolist(), upper=[4.0] * columns)
    whole = np.array(rounded(packed, values.tolist()))
    assert (weights @ whole <= high + 1e-5).all()
    assert (np.abs(whole - values) < 1).all()
    # No needless turn: a column that stays down would break a row that it stands in.
    for column in np.flatnonzero((whole < values) & (values - np.floor(values) > 0.05)):
        assert weights[:, column].any()


def test_a_matrix_may_hold_explicit_zeros_and_endless_columns() -> None:
    matrix = csc_array((np.array([1.0, 0.0, 1.0]), (np.array([0, 0, 0]), np.array([0, 1, 2]))))
    arrays = Arrays(
        cost=np.ones(3),
        lower=np.array([0.0, -np.inf, 0.0]),
        upper=np.array([1.0, np.inf, 1.0]),
        integer=np.ones(3, dtype=bool),
        matrix=matrix,
        row_lower=np.array([-np.inf]),
        row_upper=np.array([1.0]),
    )
    part = Rounding(arrays).round(np.array([0, 2]), np.array([0.5, 0.4]), np.array([True, True]))
    assert part.tolist() == pytest.approx([1, 0])
