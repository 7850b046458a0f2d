"""Choices that hold no choice: what is taken and contracted says which they are.

A plan within its gap may carry such a binary on its dearer side in a rare node, and pays there what
the contract does not ask: the dearer price where exactly a price break's threshold is taken
(SRC-5 lets either level hold), or the whole take-or-pay where a shocked capacity lowers what is
owed (SRC-3). Each is set to what it must be, and the plan's LP solved again.
"""

from __future__ import annotations

from dataclasses import replace

from models.instance import Instance
from planner.solve.compile import Floats
from planner.solve.highs import Outcome, polish
from planner.solve.layout import Layout

#: A take this close to a threshold, relative to it, has reached it.
NEAR = 1e-9
#: A settled plan costs less, and may contract anew; so often is it looked at again.
_ROUNDS = 5


def settle_levels(data: Instance, layout: Layout, outcome: Outcome) -> Outcome:
    """The plan with each price level as taken and each take-or-pay as owed."""
    for _ in range(_ROUNDS):
        values = layout.spread(outcome.values)
        settled = values.copy()
        _set_levels(data, layout, settled)
        _set_owed(data, layout, settled)
        if (settled == values).all():
            break
        again = polish(layout.arrays, replace(outcome, values=settled[layout.kept], polished=False))
        if not again.polished:
            break  # its values are not a plan: the one in hand is
        outcome = again
    return outcome


def _set_levels(data: Instance, layout: Layout, values: Floats) -> None:
    """Price levels as taken, in place."""
    for node, (offer, level, t), _ in list(layout.decisions(values, "level")):
        taken = values[layout.at(node, "take", (offer, t))]
        begins = data.numbers[node]["break_from"]
        reached = max(
            k
            for k in range(data.offers[offer].break_levels)
            if taken >= begins[offer, k, t] * (1 - NEAR)
        )
        if reached > level:
            values[layout.at(node, "level", (offer, level, t))] = 0.0
            values[layout.at(node, "level", (offer, reached, t))] = 1.0


def _set_owed(data: Instance, layout: Layout, values: Floats) -> None:
    """Whether the contract or the shocked capacity says what is owed, in place."""
    kept = set(layout.kept.tolist())
    for node, template in layout.templates.items():
        span = template.spans.get("shrunk", range(0))
        owed, share = data.numbers[node]["owed_cap"], data.numbers[node]["min_take"]
        for at in span:
            index: tuple[str, int] = template.columns[at][1]
            offer, t = index
            column = layout.offset[node] + at
            if column not in kept:
                continue
            contracted = _in_force(data, layout, values, node, offer) * data.grid.years[t]
            promised = share[offer, t] * contracted
            if abs(promised - owed[offer, t]) > NEAR * max(1.0, promised):
                values[column] = float(promised > owed[offer, t])


def _in_force(data: Instance, layout: Layout, values: Floats, node: str, name: str) -> float:
    """Contracts of an offer in force in a node [t/year]."""
    path = {past.epoch: past.name for past in data.tree.path(node)}
    epoch, length = max(path), data.offers[name].contract_epochs
    total = 0.0
    for start in range(max(1, epoch - length + 1), epoch + 1):
        decided = path[max(1, start - 1)]
        if ("contract", (name, start)) in layout.templates[decided].position:
            total += float(values[layout.at(decided, "contract", (name, start))])
    return total
