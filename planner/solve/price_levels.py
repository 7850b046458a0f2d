"""All-units prices at their thresholds: what is taken is paid at the level that it reaches.

Where exactly the threshold is taken, SRC-5 lets either level hold, and a plan within its gap may
carry the dearer one. The contract says that a level's price holds from its volume on.
"""

from __future__ import annotations

from dataclasses import replace

from models.instance import Instance
from planner.solve.highs import Outcome, polish
from planner.solve.layout import Layout

#: A take this close to a threshold, relative to it, has reached it.
NEAR = 1e-9


def settle_levels(data: Instance, layout: Layout, outcome: Outcome) -> Outcome:
    """The plan with each price level as taken; its LP is solved again where one had to change."""
    values = layout.spread(outcome.values)
    changed = False
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
            changed = True
    if not changed:
        return outcome
    return polish(layout.arrays, replace(outcome, values=values[layout.kept], polished=False))
