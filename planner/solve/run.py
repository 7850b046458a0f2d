"""Case -> Plan: tree, instance, arrays, HiGHS, tables."""

from __future__ import annotations

import hashlib
import logging
import platform
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.tree import Tree
from planner.case.case import Case
from planner.memory import collection_paused
from planner.solve import highs
from planner.solve.assemble.instance import Assembly, assemble
from planner.solve.carrying import carried_over
from planner.solve.highs import Outcome, Progress, polish
from planner.solve.layout import Layout, lay_out
from planner.solve.lshaped.split import label_nodes
from planner.solve.plan import SUMMARY_KEYS, Plan
from planner.solve.price_levels import settle_levels
from planner.solve.recourse import cheapest_recourse
from planner.solve.search import Limits, Method, Warm, search
from planner.solve.tables import PlanTables
from planner.solve.templates import TemplateCache
from planner.solve.tree import build_tree, tail_warning

log = logging.getLogger(__name__)

#: Shared by all solves of this process.
TEMPLATES = TemplateCache()


@dataclass(frozen=True)
class Problem:
    """A case, ready to be solved."""

    case: Case
    assembly: Assembly
    layout: Layout
    seconds: float


@collection_paused()
def build_problem(case: Case, tree: Tree | None = None) -> Problem:
    """Instance, compiled blocks and the arrays laid out over the case's tree, or over ``tree``."""
    begun = time.perf_counter()
    assembly = assemble(case, build_tree(case) if tree is None else tree)
    layout = lay_out(assembly.instance, TEMPLATES.get(assembly.instance))
    return Problem(case, assembly, layout, time.perf_counter() - begun)


class Solver:
    """Solves cases one after the other, each begun from what the one before it left behind.

    Where only numbers differ nothing is compiled and the search goes on from the bases and integers
    of the last plan; where the structure differs, from those integers that both have.
    """

    def __init__(self, threads: int = 2) -> None:
        self._threads = threads
        self._last: tuple[Layout, Warm] | None = None

    def solve(
        self,
        case: Case,
        *,
        progress: Callable[[Progress], None] | None = None,
        stop: threading.Event | None = None,
        write_mps: Path | None = None,
        method: Method = "auto",
    ) -> Plan:
        """Solve a case to its ``mip_gap`` within its ``time_limit_s``, building included.

        Raises Infeasible, Unbounded, NothingFound or Interrupted where there is no plan; the plan
        of a solve that was stopped early is ``feasible``, with its bound. ``write_mps`` writes the
        arrays to that file first. ``method``: see ``search``.
        """
        begun = time.perf_counter()
        problem = build_problem(case)
        layout, settings = problem.layout, case.settings
        if write_mps is not None:
            highs.write_mps(replace(layout.arrays, column_names=layout.names()), write_mps)
        limits = Limits(
            gap=float(settings["mip_gap"]),
            # What building took is spent; with nothing left the search ends as it begins.
            time_limit=max(float(settings["time_limit_s"]) - problem.seconds, 0.0),
            threads=self._threads,
            seed=int(settings["seed"]),
        )
        outcome, warm = search(
            layout.arrays, layout.epochs, limits,
            progress=progress, stop=stop, warm=self._carried_over(layout), method=method,
            subtrees=layout.by_node(label_nodes(problem.assembly.instance.tree)),
        )  # fmt: skip
        outcome = settle_levels(problem.assembly.instance, layout, polish(layout.arrays, outcome))
        self._last = layout, warm.after(outcome)
        values = cheapest_recourse(problem.assembly.instance, layout, layout.spread(outcome.values))
        tables = PlanTables(problem.assembly, layout, values).all()
        seconds = time.perf_counter() - begun
        return Plan(case, tables, _summary(problem, outcome, tables, seconds))

    def begin_from(self, layout: Layout, warm: Warm) -> None:
        """Solve the next case from what another search left behind."""
        self._last = layout, warm

    def _carried_over(self, layout: Layout) -> Warm | None:
        return None if self._last is None else carried_over(*self._last, layout)


def solve_case(
    case: Case,
    *,
    progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
    write_mps: Path | None = None,
    threads: int = 2,
    method: Method = "auto",
) -> Plan:
    """One case, solved from nothing; see ``Solver.solve``."""
    return Solver(threads).solve(
        case, progress=progress, stop=stop, write_mps=write_mps, method=method
    )


def conditional_value_at_risk(
    costs: np.ndarray[Any, Any], probabilities: np.ndarray[Any, Any], level: float
) -> float:
    """Mean of the worst 1 - level of probability [kUSD]; costs and probabilities of leaves."""
    tail = 1 - level
    left, total = tail, 0.0
    for i in np.argsort(-costs):
        share = min(left, probabilities[i])
        total += share * costs[i]
        left -= share
        if left <= 0:
            break
    return float(total / tail)


def fingerprint(tables: Mapping[str, pd.DataFrame]) -> str:
    """sha-256 of the content of all tables, floats in full."""
    digest = hashlib.sha256()
    for name in sorted(tables):
        frame = tables[name]
        digest.update(name.encode())
        lines = zip(*(frame[column].astype(object) for column in frame), strict=True)
        digest.update("".join(map(repr, lines)).encode())
    return digest.hexdigest()


def _summary(
    problem: Problem, outcome: Outcome, tables: Mapping[str, pd.DataFrame], seconds: float
) -> dict[str, Any]:
    settings, case = problem.case.settings, problem.case
    leaves, arrays = tables["leaves"], problem.layout.arrays
    costs = leaves["cost_kusd"].to_numpy(dtype=float)
    probabilities = leaves["probability"].to_numpy(dtype=float)
    level = float(settings["cvar_level"])
    tree = problem.assembly.instance.tree
    warnings = [str(fault) for fault in case.warnings]
    warnings += [text for text in (tree.reduction, _tail(problem, tables)) if text]
    as_of = settings["as_of"]
    figures = {
        "name": case.name,
        "scenario": case.scenario,
        "as_of": as_of.isoformat() if isinstance(as_of, date) else as_of,
        "status": outcome.status,
        "termination": outcome.termination,
        "verified": None,
        "worst_violation": None,
        "objective_kusd": outcome.objective,
        "bound_kusd": outcome.bound,
        "gap": outcome.gap,
        "gap_asked": float(settings["mip_gap"]),
        "method": outcome.method,
        "expected_cost_kusd": float(probabilities @ costs),
        "cvar_kusd": conditional_value_at_risk(costs, probabilities, level),
        "cvar_level": level,
        "risk_weight": float(settings["risk_weight"]),
        "nodes": len(tree.nodes),
        "leaves": len(tree.leaves),
        "columns": arrays.matrix.shape[1],
        "rows": arrays.matrix.shape[0],
        "nonzeros": int(arrays.matrix.nnz),
        "integers": int(arrays.integer.sum()),
        "build_seconds": round(problem.seconds, 3),
        "solve_seconds": round(outcome.seconds, 3),
        "total_seconds": round(seconds, 3),
        "seed": int(settings["seed"]),
        "versions": _versions(),
        "input_fingerprint": case.fingerprint,
        "plan_fingerprint": fingerprint(tables),
        "warnings": "\n".join(warnings),
    }
    assert tuple(figures) == SUMMARY_KEYS
    return figures


def _tail(problem: Problem, tables: Mapping[str, pd.DataFrame]) -> str | None:
    instance = problem.assembly.instance
    if not instance.holds_risk:
        return None
    leaves = tables["leaves"]
    costs = dict(zip(leaves["leaf"], leaves["cost_kusd"], strict=True))
    return tail_warning(instance.tree, instance.risk.level, costs)


def _versions() -> str:
    names = ("rare-earth-planner", "pyomo", "highspy", "numpy", "pandas")
    return "; ".join([f"python {platform.python_version()}", *(f"{n} {version(n)}" for n in names)])
