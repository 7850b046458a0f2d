"""The price at which something enters or leaves the plan, by solving again with integers free.

Let f(p) be the least cost at price p and C the least cost without the thing: it is used as long as
f(p) < C. At fixed decisions cost rises in a straight line with p, so f is concave and lies below the
line through the plan found at p: where that line reaches C is a price not above the one sought, and
the next to be tried. This is Newton's method on f(p) = C; with integers free too it ends, after a few
solves, exactly (risk weight 0). With a weight on CVaR the line may overshoot; then halving takes over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from planner.analysis.resolving import Cost, Resolver
from planner.analysis.why.items import Item
from planner.solve.answer import Answer
from planner.solve.run import Problem, conditional_value_at_risk

#: Solves of one search; when a cost is that without the thing, and when a bracket is narrow (relative).
_ROUNDS, _SAME, _CLOSE = 8, 1e-8, 2e-3


@dataclass(frozen=True)
class Threshold:
    """``price`` in the unit of the thing; ``slack``: how much higher it may be (0: exact). NaN: at no
    price of 0 or more. ``at``: the plan just below it, which uses the thing."""

    price: float
    slack: float
    at: Answer | None = None


NEVER = Threshold(math.nan, 0.0)


def threshold(
    resolver: Resolver, item: Item, without: Cost, lowest: float, found: Cost
) -> Threshold:
    """Where the thing goes out of use, from a price ``lowest`` at which ``found`` uses it.

    Each solve begins from the plan before it, which uses the thing: begun from the plan without it, a
    search that ends within its gap would call it unused far below its price. Raises OutOfTime.
    """
    case, high = resolver.case, math.inf
    is_exact = case.settings["risk_weight"] == 0
    low, at = lowest, found
    for _ in range(_ROUNDS):
        assert at.answer is not None
        slope = _slope(resolver, item, low, at.answer)
        ahead = low + (without.found - at.found) / slope if slope > 0 else math.inf
        price = ahead if ahead < high else (low + high) / 2
        if not math.isfinite(price):
            return Threshold(math.inf, 0.0, at.answer)
        if price - low <= (_SAME if is_exact else _CLOSE) * max(1.0, abs(price)):
            return Threshold(price, 0.0 if is_exact else _CLOSE * abs(price), at.answer)
        tried = resolver.cost(item.at_price(case, price), begin=at.answer)
        if without.found - tried.found > _SAME * max(1.0, abs(without.found)):
            low, at = price, tried
        elif is_exact:
            return Threshold(price, 0.0, at.answer)
        else:
            high = price
        if high - low <= _CLOSE * max(1.0, abs(low)):
            break
    return Threshold(low, high - low, at.answer)


def _slope(resolver: Resolver, item: Item, price: float, found: Answer) -> float:
    """What the objective of these decisions rises by when the price rises by 1."""
    dearer = resolver.built(item.at_price(resolver.case, price + 1))
    return objective_of(dearer, found) - objective_of(found.problem, found)


def objective_of(problem: Problem, found: Answer) -> float:
    """The objective of decisions made for another problem of the same columns [kUSD]: costs of all
    leaves by the prices of ``problem``, their mean and CVaR."""
    layout, data = problem.layout, problem.assembly.instance
    amounts = layout.cost @ found.values + layout.cost_constant
    spent: dict[str, float] = dict.fromkeys(data.tree.by_name, 0.0)
    for (node, _, t), amount in zip(layout.cost_rows, amounts.tolist(), strict=True):
        spent[node] += amount * data.grid.discount[t]
    leaves = data.tree.leaves
    costs = np.array([sum(spent[past.name] for past in data.tree.path(n.name)) for n in leaves])
    chances = np.array([leaf.probability for leaf in leaves])
    weight = data.risk.weight
    mean = float(chances @ costs)
    if not weight:
        return mean
    return (1 - weight) * mean + weight * conditional_value_at_risk(costs, chances, data.risk.level)
