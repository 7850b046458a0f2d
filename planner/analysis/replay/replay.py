"""How the plan's first decisions fare on worlds that it has not seen.

Worlds are drawn from the regimes and licence odds themselves, not from the plan's tree. In each the
root's decisions are carried out, then the rest is re-solved as the news come in (``walk``). From the
costs follow intervals for what the plan will cost and for how far from the best possible first
decisions it can be (``estimates``), and whether the tree was too small to be believed.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

import numpy as np

from planner.analysis.findings import Findings
from planner.analysis.replay.estimates import Floats
from planner.analysis.replay.found import Found, Promise
from planner.analysis.replay.telling import findings_of
from planner.analysis.replay.walk import ALL, Walked, Walker
from planner.case import Case
from planner.errors import CaseError, Infeasible, Interrupted, NothingFound
from planner.solve.answer import answer, limits_of
from planner.solve.foresight import unlinked
from planner.solve.given import decided_by_plan
from planner.solve.plan import Plan
from planner.solve.run import Problem, build_problem, conditional_value_at_risk
from planner.solve.worlds import History, Worlds, with_tests_ahead

#: (done, of how many, at what)
Tell = Callable[[int, int, str], None]

#: Parts of the time: sampled trees for the gap, the rest for the walks.
_GAP_SHARE = 0.35
#: A single step is given at least this long [s].
_STEP_S = 60.0


def replay(
    case: Case,
    plan: Plan | None = None,
    *,
    worlds: int = 100,
    replications: int = 5,
    seed: int = 1,
    clairvoyant: bool = False,
    seconds: float = 300.0,
    tell: Tell | None = None,
    stop: threading.Event | None = None,
) -> Findings:
    """Tables ``figures``, ``service``, ``gap`` and ``worlds``.

    Without a plan the case is solved first. ``clairvoyant`` lets each world be known after the first
    epoch: quicker, and a lower bound. After ``seconds`` no further world is begun: those walked by
    then are the sample. Raises CaseError where there are no worlds to draw or fewer than 2 asked for.
    """
    if worlds < 2 or replications < 2:
        raise CaseError(
            f"{worlds} worlds and {replications} sampled trees were asked for; an interval needs at "
            "least 2 of each."
        )
    drawn = Worlds(case)
    problem = build_problem(case)
    promise = _promise(case, problem, plan, stop)
    begun = time.monotonic()
    # A step that is cut short without a plan would end the replay: each may take what is left.
    limits = limits_of(case, seconds=max(_STEP_S, seconds))
    walker = Walker(case, drawn, promise.first, limits, clairvoyant=clairvoyant, stop=stop)
    asked = drawn.sample(worlds, seed)
    walked: list[tuple[History, Walked | None]] = []
    share = 1.0 if drawn.is_enumerated else 1 - _GAP_SHARE
    for done, world in enumerate(asked):
        late = time.monotonic() - begun > seconds * share
        if late and len(walked) >= 2 and walker.unsolved(world):
            break
        if tell is not None:
            tell(done, worlds, f"worlds walked, {walker.solves} solves")
        try:
            walked.append((world, walker.walk(world)))
        except (Interrupted, NothingFound):
            if len(walked) < 2:
                raise
            break  # told as a caution: fewer worlds than asked for
    optima = _optima(case, drawn, promise, replications, seed, seconds * _GAP_SHARE, tell, stop)
    return findings_of(Found(promise, drawn, walked, worlds, optima, clairvoyant, walker.solves))


def _promise(
    case: Case, problem: Problem, plan: Plan | None, stop: threading.Event | None
) -> Promise:
    root = problem.assembly.instance.tree.root.name
    level = float(case.settings["cvar_level"])
    if plan is None:
        solved = answer(problem, limits_of(case), stop=stop)
        costs = [(solved.leaf_costs[n.name], n.probability) for n in solved.tree.leaves]
        first, bound = solved.decided_in([root], ALL), solved.bound
    else:
        leaves = plan.tables["leaves"]
        costs = list(zip(leaves["cost_kusd"], leaves["probability"], strict=True))
        named = str(plan.tables["tree"]["node"].iloc[0])
        first = decided_by_plan(plan.tables, {named: root}, problem.assembly.instance)
        known = plan.summary["bound_kusd"]
        bound = -math.inf if known is None else float(known)
    values, chances = np.array([c for c, _ in costs]), np.array([p for _, p in costs])
    return Promise(
        case=case,
        first=first,
        expected=float(values @ chances),
        cvar=conditional_value_at_risk(values, chances, level),
        bound=bound,
        at_risk=_value_at_risk(values, chances, level),
    )


def _value_at_risk(costs: Floats, probability: Floats, level: float) -> float:
    """The least cost that is not exceeded with probability ``level`` [kUSD]."""
    order = np.argsort(costs)
    reached = np.cumsum(probability[order])
    place = int(np.searchsorted(reached, level - 1e-12))
    return float(costs[order][min(place, len(costs) - 1)])


def _optima(
    case: Case,
    drawn: Worlds,
    promise: Promise,
    replications: int,
    seed: int,
    seconds: float,
    tell: Tell | None,
    stop: threading.Event | None,
) -> Floats:
    """Proven optima of sampled trees; none where the plan's own tree holds every world.

    Rules that speak of all worlds together, and stress tests, are left out of a sampled tree: kept,
    its optimum could cost more than the true one and would bound nothing.
    """
    if drawn.is_enumerated:
        return np.array([promise.bound])
    found: list[float] = []
    limits = limits_of(case, seconds=seconds / replications)
    for i in range(replications):
        if tell is not None:
            tell(i, replications, "trees sampled for the gap")
        tree = drawn.sampled_tree((seed, i))
        alone, tree = with_tests_ahead(unlinked(case), tree, drawn.last)
        # A sample without any plan costs more than all bounds: leaving it out only widens the gap.
        try:
            found.append(answer(build_problem(alone, tree), limits, stop=stop).bound)
        except Infeasible:
            continue
        except (Interrupted, NothingFound):
            break
    return np.array(found)
