"""The L-shaped search beside the extensive form: the same optimum, a bound below it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.case import read_case
from planner.errors import Infeasible, Interrupted, NothingFound
from planner.solve import search as search_room
from planner.solve.arrays import Arrays
from planner.solve.dive import Dive
from planner.solve.highs import Outcome, Progress, run
from planner.solve.lshaped.decompose import Decomposition, pays
from planner.solve.lshaped.split import label_nodes
from planner.solve.run import build_problem, solve_case
from planner.solve.search import Limits, search
from tests.solve.lshaped.problems import Worlds, worlds

LIMITS = Limits(gap=1e-6, time_limit=30)
KNOWN = Path(__file__).parents[2] / "known_answers"


def decomposed(made: Worlds, gap: float = 1e-6, threads: int = 1) -> Dive:
    """What the subtrees alone come to."""
    found, deadline = Dive(), time.monotonic() + 30
    Decomposition(
        made.arrays, made.labels, made.epochs, found,
        gap=gap, deadline=deadline, threads=threads, halt=threading.Event(),
    ).run()  # fmt: skip
    return found


def relaxed(arrays: Arrays) -> float:
    return run(Arrays(**{**vars(arrays), "integer": np.zeros_like(arrays.integer)}), gap=0, time_limit=30).objective  # fmt: skip


def assert_holds(arrays: Arrays, values: Any) -> None:
    held = arrays.matrix @ values
    assert (held <= arrays.row_upper + 1e-6).all()
    assert (held >= arrays.row_lower - 1e-6).all()
    assert (values >= arrays.lower - 1e-9).all()
    assert (values <= arrays.upper + 1e-9).all()
    whole = values[arrays.integer]
    assert whole == pytest.approx(np.rint(whole), abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    risk=st.sampled_from([0.0, 0.5, 1.0]),
    limit=st.sampled_from([None, 0.03]),
    floor=st.sampled_from([0.0, 0.6]),
    below=st.booleans(),
)
def test_the_search_agrees_with_branch_and_bound(
    seed: int, risk: float, limit: float | None, floor: float, below: bool
) -> None:
    made = worlds(seed, risk=risk, limit=limit, floor=floor, integers_below=below)
    try:
        truth = run(made.arrays, gap=1e-9, time_limit=30)
    except Infeasible:
        with pytest.raises(Infeasible):
            searched(made)
        return
    outcome = searched(made)
    assert outcome.status == "optimal"
    assert outcome.objective == pytest.approx(truth.objective, rel=3e-6)
    assert outcome.bound is not None
    assert outcome.bound <= truth.objective * (1 + 1e-9) + 1e-6
    assert outcome.method.startswith("L-shaped over 5 subtrees")
    assert_holds(made.arrays, outcome.values)


def searched(made: Worlds, limits: Limits = LIMITS, **options: Any) -> Outcome:
    outcome, _ = search(
        made.arrays, made.epochs, limits, subtrees=made.labels, method="lshaped", **options
    )
    return outcome


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_is_that_of_the_relaxation_or_better_and_never_above_the_optimum(
    seed: int,
) -> None:
    made = worlds(seed, 8, risk=0.5, limit=0.02, integers_below=True)
    truth = run(made.arrays, gap=1e-9, time_limit=30).objective
    found = decomposed(made, gap=1e-4)
    assert found.bound is not None
    assert found.bound <= truth + 1e-6 * abs(truth)
    assert found.bound >= relaxed(made.arrays) * (1 - 2e-3)


@pytest.mark.parametrize("seed", range(6))
def test_without_integers_below_the_subtrees_alone_find_the_optimum(seed: int) -> None:
    made = worlds(seed, 6, risk=0.25)
    truth = run(made.arrays, gap=1e-9, time_limit=30).objective
    found = decomposed(made, gap=1e-5)
    assert found.objective == pytest.approx(truth, rel=2e-5)
    assert found.bound == pytest.approx(truth, rel=2e-5)


def test_a_rare_world_is_priced_like_the_others() -> None:
    made = worlds(4, risk=0.5, rarest=1e-9)
    truth = run(made.arrays, gap=0, time_limit=30).objective
    assert searched(made).objective == pytest.approx(truth, rel=1e-6)


def test_two_threads_find_what_one_finds_and_are_gone_afterwards() -> None:
    made = worlds(7, 8, risk=0.25)
    before = threading.active_count()
    one, two = decomposed(made, 1e-4), decomposed(made, 1e-4, threads=2)
    assert two.objective == pytest.approx(one.objective)
    assert threading.active_count() == before


def test_what_cannot_hold_is_infeasible() -> None:
    made = worlds(1, floor=1.0)
    shut = Arrays(
        **{**vars(made.arrays), "upper": np.where(made.labels == 0, 0.0, made.arrays.upper)}
    )
    with pytest.raises(Infeasible):
        searched(Worlds(shut, made.labels, made.epochs))


def test_a_stop_at_the_start_and_a_plan_in_hand() -> None:
    made, stop = worlds(1, 8, risk=0.5), threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        searched(made, stop=stop)


def test_a_stop_on_the_way_keeps_the_best_plan_or_says_that_there_is_none() -> None:
    made, stop = worlds(3, 40, risk=0.5, limit=0.02, integers_below=True), threading.Event()
    threading.Timer(0.3, stop.set).start()
    before = time.monotonic()
    try:
        outcome = searched(made, Limits(gap=0.0, time_limit=60), stop=stop)
        assert outcome.bound is None or outcome.bound <= outcome.objective + 1e-6
        assert_holds(made.arrays, outcome.values)
    except Interrupted as error:
        assert "before the first plan" in str(error)
    assert time.monotonic() - before < 10


def test_out_of_memory_keeps_the_plan_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    made = worlds(2)

    class Starved(Decomposition):
        def run(self) -> None:
            super().run()
            self._found.bound = None  # so that the search is not done
            raise MemoryError

    monkeypatch.setattr(search_room, "Decomposition", Starved)
    outcome = searched(made)
    assert (outcome.status, outcome.termination) == ("feasible", "interrupted")
    assert_holds(made.arrays, outcome.values)


def test_out_of_memory_without_a_plan_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Starved(Decomposition):
        def run(self) -> None:
            raise MemoryError

    monkeypatch.setattr(search_room, "Decomposition", Starved)
    with pytest.raises(NothingFound, match="memory"):
        searched(worlds(2))


def test_progress_never_shows_a_bound_above_its_plan() -> None:
    heard: list[Progress] = []
    searched(worlds(4, 30, risk=0.5, limit=0.02), progress=heard.append)
    for news in heard:
        if news.incumbent is not None and news.bound is not None:
            assert news.bound <= news.incumbent * (1 + 1e-6)


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [
        ((100, *[2000] * 80), True),
        ((100, *[2000] * 8), False),  # small: the dive is as fast
        ((100, *[35_000] * 5), False),  # few, each slow by itself
        ((100, 160_000, *[2000] * 8), False),  # one holds almost all
    ],
)
def test_auto_goes_by_size_and_shape(sizes: tuple[int, ...], wanted: bool) -> None:
    assert pays(np.repeat(np.arange(len(sizes)), sizes)) is wanted


TREES = sorted(
    path.stem
    for path in (*KNOWN.glob("*.xlsx"), *(KNOWN / "own").glob("*.xlsx"))
    if any(word in path.stem for word in ("cvar", "expected", "limit", "late", "denial", "denied"))
    or path.stem in ("aircond", "farmer", "lands_two_stage", "hand_technology_project")
)


@pytest.mark.parametrize("name", TREES)
def test_known_answers_by_their_subtrees(name: str) -> None:
    path = KNOWN / f"{name}.xlsx"
    case = read_case(path if path.exists() else KNOWN / "own" / f"{name}.xlsx")
    extensive, lshaped = (solve_case(case, method=way).summary for way in ("extensive", "lshaped"))
    assert lshaped["objective_kusd"] == pytest.approx(extensive["objective_kusd"], rel=1e-7)
    tree = build_problem(case).assembly.instance.tree
    if max(label_nodes(tree).values()) > 1:
        assert lshaped["method"].startswith("L-shaped")
    else:
        assert lshaped["method"] == "extensive form"
