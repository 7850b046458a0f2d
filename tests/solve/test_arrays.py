"""Problems as arrays, handed to HiGHS in the caller's thread."""

from __future__ import annotations

import numpy as np
from highspy import HighsModelStatus, HighsStatus
from scipy.sparse import csc_array

from planner.solve.arrays import Arrays, load, run_here


def two_tonnes_at_least() -> Arrays:
    return Arrays(
        cost=np.array([3.0, 5.0]), lower=np.zeros(2), upper=np.full(2, 9.0), integer=np.zeros(2, dtype=bool),
        matrix=csc_array(np.ones((1, 2))), row_lower=np.array([2.0]), row_upper=np.array([np.inf]),
    )  # fmt: skip


def test_one_thread_may_solve_with_one_number_of_threads_after_another() -> None:
    """HiGHS alone refuses: its pool belongs to the calling thread and keeps its size."""
    refused = 0
    for threads in (2, 1, 2, 1):
        highs = load(two_tonnes_at_least(), 1.0, {"threads": threads})
        refused += highs.run() == HighsStatus.kError
        assert run_here(highs) == HighsStatus.kOk
        assert highs.getModelStatus() == HighsModelStatus.kOptimal
        assert highs.getInfo().objective_function_value == 6.0
    assert refused >= 3
