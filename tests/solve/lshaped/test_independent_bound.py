"""Plans and bounds of the subtrees beside HiGHS alone on the plain arrays of the extensive form."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from functools import cache

import highspy
import numpy as np
import pytest

from benchmarks.generator import generate
from planner.case import with_settings
from planner.solve.arrays import Arrays, Floats
from planner.solve.dive import Dive
from planner.solve.lshaped.decompose import Decomposition
from planner.solve.lshaped.split import label_nodes, split
from planner.solve.run import Problem, build_problem, solve_case

GAP = 1e-3
#: (seed, epochs or the seed's own, settings): seed 3 has limits that bind and risk weight 0.5.
INSTANCES = [
    *((seed, None) for seed in range(1, 10)),
    *((seed, 3) for seed in (2, 3, 6)),
]
BINDING = (3, 3)


@dataclass(frozen=True)
class Alone:
    """What HiGHS says of a problem: the objective, and a bound below it."""

    objective: float
    bound: float
    values: Floats


def alone(arrays: Arrays, *, relaxed: bool) -> Alone:
    """Neither scaled nor tuned; a mixed-integer problem to a tenth of ``GAP``."""
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(arrays.cost), len(arrays.row_lower)
    model.col_cost_, model.offset_ = arrays.cost, arrays.offset
    model.col_lower_, model.col_upper_ = arrays.lower, arrays.upper
    model.row_lower_, model.row_upper_ = arrays.row_lower, arrays.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = arrays.matrix.indptr
    model.a_matrix_.index_, model.a_matrix_.value_ = arrays.matrix.indices, arrays.matrix.data
    if not relaxed:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(whole)] for whole in arrays.integer]
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("mip_rel_gap", GAP / 10)
    assert highs.passModel(model) == highspy.HighsStatus.kOk
    highspy.Highs.resetGlobalScheduler(True)  # this thread's may have another number of threads
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    info = highs.getInfo()
    objective = info.objective_function_value
    bound = objective if relaxed else info.mip_dual_bound
    return Alone(objective, bound, np.array(highs.getSolution().col_value))


@cache
def problem(seed: int, epochs: int | None) -> Problem:
    case = generate("T", seed, epochs=epochs)
    return build_problem(with_settings(case, mip_gap=GAP, time_limit_s=60.0))


def labels(made: Problem) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return made.layout.by_node(label_nodes(made.assembly.instance.tree))


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "epochs"), INSTANCES)
def test_the_relaxation_by_subtrees_is_that_of_the_whole(seed: int, epochs: int | None) -> None:
    made = problem(seed, epochs)
    arrays = made.layout.arrays
    relaxed = replace(arrays, integer=np.zeros_like(arrays.integer))
    truth, found = alone(arrays, relaxed=True).objective, Dive()
    Decomposition(
        relaxed, labels(made), made.layout.epochs, found,
        gap=GAP, deadline=time.monotonic() + 60, threads=1, halt=threading.Event(),
    ).run()  # fmt: skip
    assert found.bound is not None
    assert found.bound <= truth + 1e-7 * abs(truth)
    assert found.bound >= truth * (1 - GAP)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "epochs"), INSTANCES)
def test_the_gap_of_a_plan_is_certified_by_another_bound(seed: int, epochs: int | None) -> None:
    case = generate("T", seed, epochs=epochs)
    plan = solve_case(with_settings(case, mip_gap=GAP, time_limit_s=60.0), method="lshaped")
    arrays = problem(seed, epochs).layout.arrays
    relaxation, truth = alone(arrays, relaxed=True), alone(arrays, relaxed=False)
    said = plan.summary
    assert said["method"].startswith("L-shaped over")
    assert said["status"] == "optimal"
    assert said["bound_kusd"] <= truth.objective * (1 + 1e-7)
    assert relaxation.objective <= said["objective_kusd"] * (1 + 1e-7)
    assert said["objective_kusd"] - truth.bound <= 1.001 * GAP * abs(said["objective_kusd"])


def test_among_them_is_a_case_of_three_epochs_at_half_risk_with_a_limit_that_binds() -> None:
    made = problem(*BINDING)
    assert made.assembly.instance.risk.weight == 0.5
    assert max(node.epoch for node in made.assembly.instance.tree.nodes) == 3
    arrays = made.layout.arrays
    cut = split(arrays, labels(made))
    optimum = alone(arrays, relaxed=True)
    free = replace(arrays, row_upper=np.where(_coupling(arrays, made), np.inf, arrays.row_upper))
    assert len(cut.high) > 0
    assert alone(free, relaxed=True).objective < optimum.objective * (1 - 1e-6)


def _coupling(arrays: Arrays, made: Problem) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows that hold columns of two subtrees."""
    of = labels(made)
    entries = arrays.matrix.tocoo()
    below = of[entries.col] > 0
    least, most = np.full(arrays.matrix.shape[0], np.inf), np.zeros(arrays.matrix.shape[0])
    np.minimum.at(least, entries.row[below], of[entries.col[below]])
    np.maximum.at(most, entries.row[below], of[entries.col[below]])
    return least < most
