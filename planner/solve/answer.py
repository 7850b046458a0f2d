"""A problem solved for what it costs, without the tables of a plan: what analyses solve by dozens."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.tree import Node, Tree
from planner.case.case import Case
from planner.solve.arrays import Floats
from planner.solve.given import Given, decided_in, fixed
from planner.solve.highs import Outcome, Progress, polish
from planner.solve.layout import lay_out
from planner.solve.price_levels import settle_levels
from planner.solve.run import Problem
from planner.solve.search import Limits, Warm, search


@dataclass(frozen=True)
class Answer:
    """``values`` of all columns; ``outcome`` with objective and bound [kUSD]."""

    problem: Problem
    outcome: Outcome
    values: Floats
    warm: Warm

    @property
    def objective(self) -> float:
        return self.outcome.objective

    @property
    def bound(self) -> float:
        """What no plan costs less than; -inf where nothing was proven."""
        return -np.inf if self.outcome.bound is None else self.outcome.bound

    @property
    def tree(self) -> Tree:
        return self.problem.assembly.instance.tree

    @cached_property
    def node_costs(self) -> Mapping[str, float]:
        """Discounted cost of each node [kUSD]."""
        layout = self.problem.layout
        discount = self.problem.assembly.instance.grid.discount
        spent: dict[str, float] = defaultdict(float)
        amounts = layout.cost @ self.values + layout.cost_constant
        for (node, _, t), amount in zip(layout.cost_rows, amounts.tolist(), strict=True):
            spent[node] += amount * discount[t]
        return spent

    @cached_property
    def leaf_costs(self) -> Mapping[str, float]:
        """Discounted cost of the path to each leaf [kUSD]."""
        return {leaf.name: self.path_cost(leaf.name) for leaf in self.tree.leaves}

    def path_cost(self, node: str) -> float:
        """Discounted cost from the root to a node, both included [kUSD]."""
        return sum(self.node_costs[past.name] for past in self.tree.path(node))

    @property
    def expected_cost(self) -> float:
        """Over the leaves [kUSD]; whatever the objective weighs."""
        return sum(leaf.probability * self.leaf_costs[leaf.name] for leaf in self.tree.leaves)

    def decided_in(self, nodes: Collection[str], components: Collection[str]) -> Given:
        """What these nodes decide, to be given to another solve."""
        return decided_in(self.problem.layout, self.values, nodes, components)

    def service(self, node: str) -> dict[str, tuple[float, float]]:
        """End use -> (demand, short) [t] on the path to a node, of demand that has a shortage price or
        a service floor; the shortage of a stretch of backlog counts in every period it waits."""
        data = self.problem.assembly.instance
        path = {past.name for past in self.tree.path(node)}
        met: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
        for name in path:
            for (m, i, t), wanted in data.numbers[name]["demand"].items():
                row = data.demands[m, i]
                if t in row.counted:
                    use = row.end_use or "all uses"
                    met[use] = (met[use][0] + wanted, met[use][1])
        for name, (m, i, t), amount in self.problem.layout.decisions(self.values, "short"):
            row = data.demands[m, i]
            if name in path and t in row.counted:
                use = row.end_use or "all uses"
                met[use] = (met[use][0], met[use][1] + amount)
        return dict(met)


def limits_of(case: Case, *, seconds: float | None = None, gap: float | None = None) -> Limits:
    """The case's own gap and time limit, or those given, never longer than the case's."""
    own = float(case.settings["time_limit_s"])
    return Limits(
        gap=float(case.settings["mip_gap"]) if gap is None else gap,
        time_limit=own if seconds is None else min(own, max(seconds, 1.0)),
        threads=2,
        seed=int(case.settings["seed"]),
    )


def answer(
    problem: Problem,
    limits: Limits,
    *,
    given: Given | None = None,
    warm: Warm | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
) -> Answer:
    """Solve a problem, around what is given. Raises as ``highs.run``; Infeasible also for a decision
    that the tree does not allow."""
    layout = problem.layout
    if given is not None:
        layout = replace(layout, arrays=fixed(layout, given))
    outcome, warm = search(
        layout.arrays, layout.epochs, limits, progress=progress, stop=stop, warm=warm
    )
    data = problem.assembly.instance
    outcome = settle_levels(data, layout, polish(layout.arrays, outcome))
    return Answer(problem, outcome, layout.spread(outcome.values), warm.after(outcome))


def restricted(problem: Problem, nodes: tuple[Node, ...]) -> Problem:
    """The same figures and compiled blocks over fewer nodes, with the probabilities they carry."""
    data = replace(problem.assembly.instance, tree=Tree(nodes))
    groups = {(node.epoch, node.test) for node in nodes}
    templates = {
        (template.epoch, template.test): template
        for template in problem.layout.templates.values()
        if (template.epoch, template.test) in groups
    }
    return replace(
        problem,
        assembly=replace(problem.assembly, instance=data),
        layout=lay_out(data, templates),
    )
