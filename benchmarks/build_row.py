"""Pyomo to HiGHS: seconds and memory of each way on the same instance, and that they agree."""

from __future__ import annotations

import importlib
from typing import Any

from benchmarks import linopy_peer, mpisppy_peer
from benchmarks.build_peers import WAYS, Problem, Way
from benchmarks.generator import features, generate
from benchmarks.meter import Meter, measured
from benchmarks.task import Figures, Task
from planner.case import Difference, with_differences
from planner.case.case import Case
from planner.solve.assemble.instance import assemble
from planner.solve.compile import compile_templates
from planner.solve.layout import lay_out
from planner.solve.tree import build_tree

ALL_WAYS: dict[str, Way] = {**WAYS, "linopy": linopy_peer.WAY, "mpi-sppy EF": mpisppy_peer.WAY}
#: Two answers of HiGHS to one problem are the same within this, relative.
_SAME = 1e-6


def applies(way: str, seed: int) -> bool:
    """Whether a way can state the case of a seed at all."""
    return features(seed).epochs == 2 or not ALL_WAYS[way].two_stage_only


def problem_of(case: Case) -> Problem:
    """The instance of a case, our arrays of it, and a cousin whose prices are 1 % higher."""
    dearer = with_differences(
        case, None, [Difference("offers", "", "price_usd_per_kg", "scale", 1.01)], "dearer"
    )
    instance, cousin = (assemble(each, build_tree(each)).instance for each in (case, dearer))
    return Problem(instance, cousin, lay_out(instance, compile_templates(instance)).arrays)


def _case(task: Task) -> Case:
    return generate(task.size, task.seed, worlds=task.options.get("worlds"))


def _through(way: Way, problem: Problem) -> tuple[Any, dict[str, Meter]]:
    """A HiGHS that holds the instance, and what each step took."""
    for module in way.imports:
        importlib.import_module(module)
    given = way.prepare(problem)
    took: dict[str, Meter] = {}
    for name, step in way.steps:
        given, took[name] = measured(lambda step=step, given=given: step(given))
    return given, took


def build(task: Task) -> Figures:
    """One way from the instance to HiGHS."""
    highs, took = _through(ALL_WAYS[task.way], problem_of(_case(task)))
    return {
        "cpu_s": round(sum(meter.cpu_s for meter in took.values()), 4),
        # Memory of a step comes on top of what the steps before it hold.
        "added_mb": round(sum(meter.added_mb for meter in took.values()), 1),
        "steps": {name: meter.figures() for name, meter in took.items()},
        "columns": highs.getNumCol(),
        "rows": highs.getNumRow(),
        "nonzeros": highs.getNumNz(),
    }


def agree(task: Task) -> Figures:
    """The optimum that HiGHS finds in what a way gave it, beside that of our arrays."""
    problem = problem_of(_case(task))
    highs, _ = _through(ALL_WAYS[task.way], problem)
    ours, _ = _through(WAYS["raw"], problem)
    found: list[float] = []
    for model in (highs, ours):
        model.setOptionValue("output_flag", False)
        model.setOptionValue("mip_rel_gap", 0.0)
        model.run()
        found.append(model.getInfo().objective_function_value)
    difference = abs(found[0] - found[1]) / max(1.0, abs(found[1]))
    return {"objective": found[0], "ours": found[1], "agrees": difference <= _SAME}
