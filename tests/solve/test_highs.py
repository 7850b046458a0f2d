"""HiGHS: known answers, honest statuses and bounds, stops, starts, polish, MPS."""

from __future__ import annotations

import gc
import itertools
import logging
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array

from planner.errors import Infeasible, Interrupted, NothingFound, Unbounded
from planner.solve import highs
from planner.solve.arrays import cost_scale
from planner.solve.highs import Arrays, Outcome, Progress, polish, relative_gap, run, write_mps

INF = np.inf


def model(
    cost: Any, matrix: Any, row_lower: Any, row_upper: Any, *,
    lower: Any = 0.0, upper: Any = INF, integer: Any = False, offset: float = 0.0,
) -> Arrays:  # fmt: skip
    """Arrays from lists; one bound or flag may stand for all columns or rows."""
    table = csc_array(np.atleast_2d(np.asarray(matrix, dtype=float)))
    rows, columns = table.shape
    return Arrays(
        cost=np.asarray(cost, dtype=float),
        lower=np.broadcast_to(np.asarray(lower, dtype=float), columns).copy(),
        upper=np.broadcast_to(np.asarray(upper, dtype=float), columns).copy(),
        integer=np.broadcast_to(np.asarray(integer), columns).copy(),
        matrix=table,
        row_lower=np.broadcast_to(np.asarray(row_lower, dtype=float), rows).copy(),
        row_upper=np.broadcast_to(np.asarray(row_upper, dtype=float), rows).copy(),
        offset=offset,
    )


def hard_knapsack(columns: int = 400, rows: int = 40) -> Arrays:
    """Forty knapsacks in one: plans at once, a proof never."""
    random = np.random.default_rng(0)
    weights = random.integers(5, 100, (rows, columns)).astype(float)
    gain = weights.mean(axis=0) + random.integers(0, 20, columns)
    return model(-gain, weights, -INF, weights.sum(axis=1) / 2, upper=1, integer=True)


def facilities(sites: int, markets: int, *, integer: bool = True) -> Arrays:
    """Uncapacitated facility location: open, then serve each market from an open site."""
    random = np.random.default_rng(3)
    fixed = random.uniform(100, 300, sites)
    serve = random.uniform(1, 10, (sites, markets)) * random.uniform(5, 30, markets)
    served = np.hstack([np.zeros((markets, sites)), np.tile(np.eye(markets), sites)])
    linked = np.hstack([-np.repeat(np.eye(sites), markets, axis=0), np.eye(sites * markets)])
    flags = np.r_[np.full(sites, integer), np.zeros(sites * markets, dtype=bool)]
    return model(
        np.r_[fixed, serve.ravel()],
        np.vstack([served, linked]),
        np.r_[np.ones(markets), np.full(sites * markets, -INF)],
        np.r_[np.ones(markets), np.zeros(sites * markets)],
        upper=1,
        integer=flags,
    )


def solve(arrays: Arrays, gap: float = 1e-9, time_limit: float = 30, **options: Any) -> Outcome:
    return run(arrays, gap=gap, time_limit=time_limit, **options)


# --- known answers -------------------------------------------------------------------------------


def test_linear_program_by_hand() -> None:
    """min 2x + 3y, x + y >= 4, x <= 3: x = 3, y = 1 costs 9, and 100 that is always paid."""
    outcome = solve(model([2, 3], [[1, 1]], 4, INF, upper=[3, INF], offset=100))
    assert (outcome.status, outcome.termination) == ("optimal", "gap")
    assert outcome.values.tolist() == [3, 1]
    assert outcome.objective == outcome.bound == 109
    assert outcome.gap == 0


def test_problem_without_rows() -> None:
    empty = model([1, -2], np.zeros((0, 2)), [], [], upper=5, integer=[True, False])
    assert solve(empty).objective == -10


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 20)), min_size=1, max_size=8),
    st.integers(0, 60),
)
def test_knapsack_against_all_subsets(items: list[tuple[int, int]], room: int) -> None:
    gain, weight = zip(*items, strict=True)
    best = max(
        sum(g for g, pick in zip(gain, picks, strict=True) if pick)
        for picks in itertools.product([0, 1], repeat=len(items))
        if sum(w for w, pick in zip(weight, picks, strict=True) if pick) <= room
    )
    arrays = model(-np.array(gain), [weight], -INF, room, upper=1, integer=True)
    outcome = polish(arrays, solve(arrays))
    assert outcome.objective == -best
    assert set(outcome.values.tolist()) <= {0.0, 1.0}


def test_facility_location_against_all_sets_of_sites() -> None:
    arrays = facilities(6, 9)
    fixed, serve = arrays.cost[:6], arrays.cost[6:].reshape(6, 9)
    best = min(
        fixed[list(chosen)].sum() + serve[list(chosen)].min(axis=0).sum()
        for count in range(1, 7)
        for chosen in itertools.combinations(range(6), count)
    )
    outcome = solve(arrays)
    assert outcome.status == "optimal"
    assert outcome.objective == pytest.approx(best, rel=1e-9)
    assert outcome.bound == pytest.approx(best, rel=1e-8)


# --- statuses ------------------------------------------------------------------------------------


@pytest.mark.parametrize("integer", [False, True])
def test_infeasible_and_unbounded_are_told_apart(integer: bool) -> None:
    """Falling cost along x - y <= 1, with and without a row that nothing can satisfy."""
    falling = [[1, -1, 0], [0, 0, 1]]
    with pytest.raises(Unbounded, match="price"):
        solve(model([-1, 0, 0], falling, [-INF, 0], [1, 1], integer=integer))
    with pytest.raises(Infeasible):
        solve(model([-1, 0, 0], falling, [-INF, 2], [1, INF], upper=[INF, INF, 1], integer=integer))


def test_integers_that_nothing_can_satisfy() -> None:
    """2x = 1 in integers; and the same beside a cost that could fall for ever."""
    with pytest.raises(Infeasible):
        solve(model([1], [[2]], 1, 1, upper=5, integer=True))
    with pytest.raises(Infeasible):
        solve(model([0, -1], [[2, 0]], 1, 1, upper=[5, INF], integer=[True, False]))


def test_time_limit_without_a_plan() -> None:
    with pytest.raises(NothingFound, match="No plan was found within"):
        solve(facilities(20, 60), time_limit=1e-6)


def test_time_limit_with_a_plan_keeps_an_honest_bound() -> None:
    outcome = solve(hard_knapsack(), time_limit=1)
    assert (outcome.status, outcome.termination) == ("feasible", "time_limit")
    assert outcome.bound is not None
    assert outcome.bound < outcome.objective
    assert outcome.gap == relative_gap(outcome.objective, outcome.bound)
    assert 0.9 < outcome.seconds < 6
    better = solve(hard_knapsack(), time_limit=2, start=outcome.values)
    assert outcome.bound <= better.objective <= outcome.objective


def test_gap_asked_is_gap_reached() -> None:
    outcome = solve(hard_knapsack(), gap=0.02)
    assert outcome.status == "optimal"
    assert outcome.gap is not None
    assert 0 < outcome.gap <= 0.02


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [(-200.0, -201.0, 0.005), (0.0, 0.0, 0.0), (100.0, 99.0, 0.01), (None, 1.0, None), (1.0, None, None)],
)  # fmt: skip
def test_relative_gap(objective: float | None, bound: float | None, gap: float | None) -> None:
    assert relative_gap(objective, bound) == gap


# --- stops ---------------------------------------------------------------------------------------


def test_stop_from_another_thread_keeps_the_best_plan() -> None:
    stop = threading.Event()
    timer = threading.Timer(0.7, stop.set)
    timer.start()
    outcome = solve(hard_knapsack(), stop=stop)
    assert (outcome.status, outcome.termination) == ("feasible", "interrupted")
    assert outcome.seconds < 0.7 + highs.GRACE_S + 5
    assert outcome.objective == pytest.approx(hard_knapsack().objective(outcome.values))
    assert outcome.bound is not None
    assert outcome.bound <= outcome.objective < -10_000


@pytest.mark.parametrize("integer", [False, True])
def test_stop_before_the_first_plan(integer: bool) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        solve(facilities(30, 120, integer=integer), stop=stop)


def test_a_solver_that_does_not_answer_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without grace, the incumbent of the callback is the plan, in the caller's own columns."""
    monkeypatch.setattr(highs, "GRACE_S", 0.0)
    arrays, stop = hard_knapsack(), threading.Event()

    def first_plan(news: Progress) -> None:
        if news.incumbent is not None and news.incumbent < -12_000:
            stop.set()

    outcome = solve(arrays, stop=stop, progress=first_plan)
    assert (outcome.status, outcome.termination) == ("feasible", "interrupted")
    assert (arrays.matrix @ outcome.values <= arrays.row_upper + 1e-6).all()
    assert outcome.objective == arrays.objective(outcome.values) < -12_000


def test_ctrl_c_keeps_the_best_plan_and_other_errors_come_through() -> None:
    def pressed(news: Progress) -> None:
        if news.incumbent is not None:
            raise KeyboardInterrupt

    assert solve(hard_knapsack(), progress=pressed).termination == "interrupted"

    def broken(news: Progress) -> None:
        raise OSError("the terminal is gone")

    begun = time.monotonic()
    with pytest.raises(OSError, match="terminal"):
        solve(hard_knapsack(), progress=broken)
    assert time.monotonic() - begun < 5


def test_progress_shows_no_unknown_as_a_number() -> None:
    told: list[Progress] = []
    outcome = solve(hard_knapsack(), time_limit=2.5, progress=told.append)
    assert {news.phase for news in told} >= {"root"}
    for news in told:
        for figure in (news.incumbent, news.bound, news.gap):
            assert figure is None or np.isfinite(figure)
        assert (news.gap is None) == (news.incumbent is None or news.bound is None)
    known = [news for news in told if news.gap is not None]
    assert known
    for before, after in itertools.pairwise(known):
        assert after.incumbent <= before.incumbent  # type: ignore[operator]
        assert after.bound >= before.bound - 1e-6  # type: ignore[operator]
    assert outcome.objective <= known[-1].incumbent + 1e-6  # type: ignore[operator]
    gaps = [b.seconds - a.seconds for a, b in itertools.pairwise(told)]
    assert max(gaps) < 4


# --- starts, threads, scale ----------------------------------------------------------------------


@pytest.mark.parametrize("known", ["all", "integers"])
def test_start_is_taken(known: str) -> None:
    """Where any plan within 50 % will do, the start is the plan; without it a worse one is."""
    arrays = facilities(20, 60)
    best = solve(arrays)
    start = np.where(arrays.integer | (known == "all"), best.values, np.nan)
    assert solve(arrays, gap=0.5, start=start).objective == pytest.approx(best.objective)
    assert solve(arrays, gap=0.5).objective > best.objective * 1.0001


def test_a_start_that_breaks_the_rules_is_dropped() -> None:
    arrays = facilities(6, 9)
    nothing_open = np.where(arrays.integer, 0.0, np.nan)
    assert solve(arrays, start=nothing_open).objective == solve(arrays).objective


def test_start_of_the_wrong_length() -> None:
    with pytest.raises(ValueError, match="start has 2 values"):
        solve(hard_knapsack(), start=np.zeros(2))


def test_each_solve_chooses_its_threads() -> None:
    """HiGHS keeps one pool per calling thread and refuses another size in it."""
    arrays = facilities(6, 9)
    answers = {round(solve(arrays, threads=threads).objective, 6) for threads in (1, 2, 1)}
    assert len(answers) == 1


def test_a_finished_solve_leaves_no_model_in_memory() -> None:
    """A callback that knows its solve would keep every model ever solved alive."""
    solve(facilities(6, 9))
    gc.collect()
    models = [thing for thing in gc.get_objects() if issubclass(type(thing), highspy.Highs)]
    running = [thread for thread in threading.enumerate() if thread.name == "highs"]
    assert len(models) <= len(running)


def rare_leaves(unit: float) -> Arrays:
    """Two stages, 60 leaves of which many are rare; money in 1 / ``unit`` kUSD."""
    random = np.random.default_rng(1)
    chances = np.maximum(random.dirichlet(np.full(60, 0.3)), 1e-6)
    chances /= chances.sum()
    offers, markets = 10, 4
    fixed, price = random.uniform(2000, 20000, offers), random.uniform(20, 90, offers)
    capacity, demand = random.uniform(200, 800, offers), random.uniform(50, 200, markets)
    cost, rows, low, high = [*fixed], [], [], []
    for chance in chances:
        first = len(cost)
        freight = random.uniform(0.5, 5, (offers, markets))
        factor = random.uniform(0.8, 1.5, offers)
        open_now = random.random(offers) < 0.7
        cost += list(chance * (price[:, None] * factor[:, None] + freight).ravel())
        cost += list(chance * random.uniform(150, 400, markets))
        for o in range(offers):
            ship = {first + o * markets + m: 1.0 for m in range(markets)}
            rows.append(ship | {o: -capacity[o] * open_now[o]})
            low.append(-INF)
            high.append(0.0)
        for m in range(markets):
            terms = {first + o * markets + m: 1.0 for o in range(offers)}
            rows.append(terms | {first + offers * markets + m: 1.0})
            low.append(demand[m] * random.uniform(0.7, 1.4))
            high.append(low[-1])
    matrix = np.zeros((len(rows), len(cost)))
    for i, terms in enumerate(rows):
        matrix[i, list(terms)] = list(terms.values())
    integer = np.arange(len(cost)) < offers
    upper = np.where(integer, 1.0, INF)
    return model(np.array(cost) * unit, matrix, low, high, upper=upper, integer=integer)


def test_rare_leaves_and_the_unit_of_money(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cost in 100 MUSD gives the same plan; unscaled, HiGHS no longer sees the rare leaves."""
    plain = solve(rare_leaves(1.0)).objective
    tiny = rare_leaves(1e-5)
    assert solve(tiny).objective == pytest.approx(plain * 1e-5, rel=1e-9)
    monkeypatch.setattr(highs, "cost_scale", lambda cost: 1.0)
    assert solve(tiny).objective > plain * 1e-5 * (1 + 1e-7)


def test_cost_scale_is_a_power_of_two_within_limits() -> None:
    assert cost_scale(np.zeros(3)) == 1
    assert cost_scale(np.array([5.0, -2.0, 0.0])) == 1
    assert cost_scale(np.array([0.25, 8.0])) == 4
    wide = cost_scale(np.array([1e-9, 1e6]))
    assert wide * 1e6 <= 2.0**30 < 2 * wide * 1e6


# --- polish, MPS, silence ------------------------------------------------------------------------


def plan_of(arrays: Arrays, values: list[float]) -> Outcome:
    array = np.array(values)
    objective = arrays.objective(array)
    return Outcome("feasible", "time_limit", objective, 5.0, 0.5, array, 1.0)


def test_polish_rounds_integers_and_solves_the_rest_again() -> None:
    """Module 1.0000004 (up to 10 t each), 9.9 t made where 8 are asked at 3 a tonne."""
    arrays = model([100, 3], [[-10, 1], [0, 1]], [-INF, 8], [0, INF], integer=[True, False])
    rough = plan_of(arrays, [1.0000004, 9.9])
    done = polish(arrays, rough)
    assert done.polished
    assert done.values.tolist() == [1, 8]
    assert done.objective == 124
    assert (done.bound, done.gap) == (5, relative_gap(124, 5))
    assert (done.status, done.termination) == (rough.status, rough.termination)


def test_polish_says_so_when_rounding_breaks_the_plan(caplog: pytest.LogCaptureFixture) -> None:
    """x >= 0.4 in an integer that was left at 0.4: 0 does not do."""
    arrays = model([1], [[1]], 0.4, INF, integer=True)
    rough = plan_of(arrays, [0.4])
    with caplog.at_level(logging.WARNING):
        assert polish(arrays, rough) is rough
    assert "integers rounded" in caplog.text
    assert not rough.polished


def test_polish_falls_back_on_the_exact_plan_before() -> None:
    arrays = model([1], [[1]], 0.4, INF, integer=True)
    exact = replace(plan_of(arrays, [1.0]), polished=True)
    rough = replace(plan_of(arrays, [0.4]), instead=exact)
    assert polish(arrays, rough) is exact


def test_polished_plan_never_costs_less_than_its_bound(caplog: pytest.LogCaptureFixture) -> None:
    """A bound that the plan disproves is lowered, and not silently."""
    arrays = model([1], [[1]], 2, INF)
    with caplog.at_level(logging.WARNING):
        done = polish(arrays, plan_of(arrays, [9.0]))
    assert (done.objective, done.bound, done.gap) == (2, 2, 0)
    assert "less than the bound" in caplog.text


def test_mps_file_is_the_same_problem(tmp_path: Path) -> None:
    arrays = facilities(3, 4)
    named = Arrays(
        **{
            **vars(arrays),
            "column_names": ("take[A b]", "take[A_b]", *(f"x{i}" for i in range(13))),
            "row_names": tuple(f"balance[{i}]" for i in range(16)),
        }
    )
    path = tmp_path / "case.txt"
    write_mps(named, path)
    assert [file.name for file in tmp_path.iterdir()] == ["case.txt"]
    text = path.read_text()
    assert "take[A_b]~1" in text
    assert "balance[15]" in text
    copy = tmp_path / "case.mps"
    path.rename(copy)
    reader = highspy.Highs()
    reader.silent()
    assert reader.readModel(str(copy)) == highspy.HighsStatus.kOk
    reader.run()
    assert reader.getObjectiveValue() == pytest.approx(solve(arrays).objective)


def test_mps_into_no_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="could not write"):
        write_mps(facilities(2, 2), tmp_path / "none" / "case.mps")


def test_nothing_is_written_to_stdout() -> None:
    """HiGHS prints a banner when first used; a fresh process must show none of it."""
    program = (
        "import numpy as np\n"
        "from scipy.sparse import csc_array\n"
        "from planner.solve.highs import Arrays, run\n"
        "one = np.ones(1)\n"
        "a = Arrays(one, one, 2 * one, one > 0, csc_array([[1.0]]), one, 2 * one)\n"
        "assert run(a, gap=0.0, time_limit=9).objective == 1\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cost": np.ones(3)}, "do not fit"),
        ({"row_lower": np.ones(2)}, "do not fit"),
        ({"column_names": ("a",)}, "do not fit"),
        ({"cost": np.array([1.0, INF])}, "not finite"),
        ({"upper": np.array([1.0, np.nan])}, "not a number"),
        ({"matrix": csc_array((1, 0))}, "no columns"),
    ],
)
def test_arrays_that_cannot_be_a_problem(change: dict[str, Any], words: str) -> None:
    good = model([1, 1], [[1, 1]], 0, 1)
    with pytest.raises(ValueError, match=words):
        Arrays(**{**vars(good), **change})
