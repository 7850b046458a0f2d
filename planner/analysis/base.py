"""The plan from which analyses begin: solved once, or taken from a plan that was solved before."""

from __future__ import annotations

import threading
from dataclasses import replace

from planner.case import Case
from planner.errors import NoPlan
from planner.solve.answer import Answer, answer, limits_of
from planner.solve.given import decided_by_plan, fixed
from planner.solve.highs import run
from planner.solve.plan import Plan
from planner.solve.run import Problem, build_problem
from planner.solve.search import Warm

#: Completing a plan whose decisions are all known takes no search [s].
_COMPLETING_S = 60.0
#: The plan may cost more than its file says by so much, relative: figures are rounded in files.
_SLIP = 1e-6


def base_answer(
    case: Case,
    plan: Plan | None = None,
    *,
    gap: float | None = None,
    seconds: float | None = None,
    stop: threading.Event | None = None,
) -> Answer:
    """The case solved; with a plan of it, that plan: only its relaxation is solved, for the bound and
    the basis from which variants go on.

    A better plan than the one given may come out where its gap is wider than the one asked. Raises
    Infeasible and the like as a solve does.
    """
    problem = build_problem(case)
    limits = limits_of(case, seconds=seconds, gap=gap)
    warm = None if plan is None else _completed(problem, plan)
    found = answer(problem, limits, warm=warm, stop=stop)
    if plan is None or plan.summary["bound_kusd"] is None:
        return found
    known = min(float(plan.summary["bound_kusd"]), found.objective)
    if known <= found.bound:
        return found
    return replace(found, outcome=replace(found.outcome, bound=known))


def _completed(problem: Problem, plan: Plan) -> Warm | None:
    """All columns of a plan from its tables; None where its case does not allow it any more."""
    nodes = {node.name: node.name for node in problem.assembly.instance.tree.nodes}
    if set(nodes) != set(plan.tables["tree"]["node"]):
        return None
    try:
        given = decided_by_plan(plan.tables, nodes, problem.assembly.instance)
        arrays = fixed(problem.layout, given)
        outcome = run(arrays, gap=_SLIP, time_limit=_COMPLETING_S, threads=1)
    except NoPlan:
        return None
    return Warm(outcome.values)
