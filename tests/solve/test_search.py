"""The search for large problems: dives, warm starts, limits. Small trees stand in for large ones."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from highspy import HighsBasis
from scipy.sparse import csc_array, vstack

from planner.errors import Infeasible, Interrupted
from planner.solve.arrays import Arrays, dual_bound
from planner.solve.dive import Dive, dive
from planner.solve.highs import Progress, polish, run
from planner.solve.relaxation import Relaxation
from planner.solve.search import Limits, search

LIMITS = Limits(gap=1e-6, time_limit=30)


def warehouses(seed: int, sites: int = 8, customers: int = 12, scenarios: int = 3) -> Arrays:
    """Open sites now (integer), serve each scenario's demand later, pay 100 for what is short."""
    draw = np.random.default_rng(seed)
    fixed = draw.uniform(200, 400, sites)
    ways = draw.uniform(1, 10, (sites, customers))
    demand = draw.uniform(1, 9, (scenarios, customers))
    cost, rows, columns, values, high = [*fixed], [], [], [], []
    row = 0
    for s in range(scenarios):
        start = len(cost)
        cost += [*(ways / scenarios).ravel(), *np.full(customers, 100 / scenarios)]
        for c in range(customers):  # served + short >= demand, as -... <= -demand
            rows += [row] * (sites + 1)
            columns += [*(start + i * customers + c for i in range(sites))]
            columns.append(start + sites * customers + c)
            values += [-1.0] * (sites + 1)
            high.append(-demand[s, c])
            row += 1
            for i in range(sites):  # served from a site only if it is open
                rows += [row, row]
                columns += [start + i * customers + c, i]
                values += [1.0, -demand[s, c]]
                high.append(0.0)
                row += 1
    n = len(cost)
    integer = np.zeros(n, dtype=bool)
    integer[:sites] = True
    return Arrays(
        cost=np.array(cost),
        lower=np.zeros(n),
        upper=np.where(integer, 1.0, np.inf),
        integer=integer,
        matrix=csc_array((values, (rows, columns)), shape=(row, n)),
        row_lower=np.full(row, -np.inf),
        row_upper=np.array(high),
    )


def epochs(arrays: Arrays) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.where(arrays.integer, 1, 2)


@pytest.mark.parametrize("seed", range(5))
def test_a_dived_search_agrees_with_branch_and_bound(seed: int) -> None:
    arrays = warehouses(seed)
    truth = run(arrays, gap=1e-9, time_limit=30)
    outcome, _ = search(arrays, epochs(arrays), LIMITS, large=0)
    assert outcome.status == "optimal"
    assert outcome.objective == pytest.approx(truth.objective, rel=2e-6)
    assert outcome.bound is not None
    assert outcome.bound <= truth.objective * (1 + 1e-9)


def test_a_dive_that_reaches_the_gap_ends_the_search_with_whole_integers() -> None:
    arrays = warehouses(1)
    outcome, _ = search(arrays, epochs(arrays), replace(LIMITS, gap=0.5), large=0)
    assert outcome.polished
    whole = outcome.values[arrays.integer]
    assert (whole == np.rint(whole)).all()
    assert (arrays.matrix @ outcome.values <= arrays.row_upper + 1e-7).all()


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_a_warm_search_proves_the_same_optimum_as_a_cold_one(factor: float) -> None:
    arrays = warehouses(2)
    _, warm = search(arrays, epochs(arrays), LIMITS, large=0)
    changed = replace(arrays, cost=np.where(arrays.integer, arrays.cost * factor, arrays.cost))
    again, _ = search(changed, epochs(changed), LIMITS, large=0, warm=warm)
    cold = run(changed, gap=1e-9, time_limit=30)
    assert again.objective == pytest.approx(cold.objective, rel=2e-6)


def test_old_decisions_that_bounds_now_forbid_are_not_kept() -> None:
    arrays = warehouses(3)
    first, warm = search(arrays, epochs(arrays), LIMITS, large=0)
    opened = np.flatnonzero(arrays.integer & (first.values > 0.5))
    upper = arrays.upper.copy()
    upper[opened] = 0
    closed = replace(arrays, upper=upper)
    again, _ = search(closed, epochs(closed), LIMITS, large=0, warm=warm)
    assert (again.values[opened] == 0).all()
    assert again.objective == pytest.approx(
        run(closed, gap=1e-9, time_limit=30).objective, rel=2e-6
    )


def test_a_warm_start_of_another_shape_is_left_aside() -> None:
    _, warm = search(warehouses(1), epochs(warehouses(1)), LIMITS, large=0)
    other = warehouses(1, sites=6)
    outcome, _ = search(other, epochs(other), LIMITS, large=0, warm=warm)
    assert outcome.objective == pytest.approx(
        run(other, gap=1e-9, time_limit=30).objective, rel=2e-6
    )


def test_what_cannot_hold_is_infeasible_whichever_way_it_is_searched() -> None:
    arrays = warehouses(1)
    shut = replace(arrays, upper=np.zeros_like(arrays.upper))
    for large in (0, 10**9):
        with pytest.raises(Infeasible):
            search(shut, epochs(shut), LIMITS, large=large)


def test_a_stop_before_the_first_plan_says_so() -> None:
    arrays = warehouses(1)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        search(arrays, epochs(arrays), LIMITS, large=0, stop=stop)


def test_progress_never_shows_a_bound_above_its_plan() -> None:
    arrays = warehouses(4, sites=12, customers=20)
    heard: list[Progress] = []
    search(arrays, epochs(arrays), LIMITS, large=0, progress=heard.append)
    for news in heard:
        if news.incumbent is not None and news.bound is not None:
            assert news.bound <= news.incumbent * (1 + 1e-6)


def test_a_row_over_decisions_does_not_spoil_the_dive() -> None:
    """Eight sites half open in the relaxation, five at most: one rounding finds which."""
    arrays = warehouses(5)
    team = csc_array(np.where(arrays.integer, 1.0, 0.0)[None, :])
    limited = replace(
        arrays,
        matrix=csc_array(vstack([arrays.matrix, team])),
        row_lower=np.append(arrays.row_lower, -np.inf),
        row_upper=np.append(arrays.row_upper, 5.0),
    )
    relaxation = Relaxation(limited, {}, threading.Event())
    found = Dive()
    dive(relaxation, limited, epochs(limited), found, gap=0.5, stop=threading.Event())
    assert found.values is not None
    assert found.values[limited.integer].sum() <= 5 + 1e-9
    assert (limited.matrix @ found.values <= limited.row_upper + 1e-6).all()


@pytest.mark.parametrize("seed", range(5))
def test_duals_of_an_earlier_problem_bound_a_later_one(seed: int) -> None:
    """The bound is the optimum for the problem that they come from, and never above it for others."""
    arrays = warehouses(seed)
    _, warm = search(arrays, epochs(arrays), LIMITS, large=0)
    assert warm.duals is not None
    relaxed = replace(arrays, integer=np.zeros_like(arrays.integer))
    optimum = run(relaxed, gap=0, time_limit=30).objective
    assert dual_bound(arrays, warm.duals) == pytest.approx(optimum, rel=1e-9)

    draw = np.random.default_rng(seed)
    moved = replace(
        relaxed,
        cost=arrays.cost * draw.uniform(0.8, 1.3, len(arrays.cost)),
        row_upper=arrays.row_upper * draw.uniform(0.8, 1.3, len(arrays.row_upper)),
    )
    found = dual_bound(moved, warm.duals)
    optimum = run(moved, gap=0, time_limit=30).objective
    assert found is None or found <= optimum * (1 + 1e-9)
    anything = dual_bound(moved, draw.normal(size=len(warm.duals)) * 10)
    assert anything is None or anything <= optimum * (1 + 1e-9)


def test_duals_say_nothing_of_a_column_without_a_bound_that_pays() -> None:
    arrays = Arrays(
        cost=np.array([-1.0]), lower=np.zeros(1), upper=np.full(1, np.inf),
        integer=np.zeros(1, dtype=bool), matrix=csc_array([[1.0]]),
        row_lower=np.array([-np.inf]), row_upper=np.array([3.0]),
    )  # fmt: skip
    assert dual_bound(arrays, np.array([-1.0])) == -3
    assert dual_bound(arrays, np.array([-0.5])) is None


def test_a_small_change_is_proven_by_the_old_duals() -> None:
    """The old decisions, re-run, are within the gap of the bound that the old duals give."""
    arrays = warehouses(2)
    limits = replace(LIMITS, gap=0.3)
    _, warm = search(arrays, epochs(arrays), limits, large=0)
    more = replace(arrays, row_upper=arrays.row_upper * 1.01)
    outcome, after = search(more, epochs(more), limits, warm=warm, large=0)
    truth = run(more, gap=1e-9, time_limit=30).objective
    assert outcome.status == "optimal"
    assert outcome.bound is not None
    assert outcome.bound <= truth * (1 + 1e-9)
    assert outcome.objective <= truth * 1.5
    assert after.root is not None
    assert after.duals is not None


def test_a_plan_is_made_exact_from_its_basis() -> None:
    arrays = warehouses(3)
    outcome, _ = search(arrays, epochs(arrays), replace(LIMITS, gap=0.5), large=0)
    assert outcome.basis is not None
    again = polish(arrays, replace(outcome, polished=False))
    assert again.polished
    assert again.objective == pytest.approx(outcome.objective, rel=1e-9)
    assert again.basis is not None
    misfit = replace(outcome, polished=False, basis=HighsBasis())
    assert polish(arrays, misfit).objective == pytest.approx(outcome.objective, rel=1e-9)
