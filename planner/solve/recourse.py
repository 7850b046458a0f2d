"""What is done where the objective does not look: stress branches.

A branch of probability 0 weighs nothing, so the solver may leave any feasible recourse in it. What
is reported is the cheapest one: a second solve with everything outside the branches fixed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.instance import Instance
from planner.solve.compile import Floats
from planner.solve.highs import polish, run
from planner.solve.layout import Layout

#: Enough for a problem whose here-and-now is settled [s, relative].
TIME_LIMIT_S, GAP = 60.0, 1e-6


def cheapest_recourse(data: Instance, layout: Layout, values: Floats) -> Floats:
    """Values of all columns, those of stress branches at least cost; the rest as given."""
    branches = {node.name for node in data.tree.nodes if node.test is not None}
    if not branches:
        return values
    weight = np.array(
        [data.grid.discount[t] if node in branches else 0.0 for node, _, t in layout.cost_rows]
    )
    inside = np.zeros(layout.width, dtype=bool)
    for name in branches:
        start = layout.offset[name]
        inside[start : start + len(layout.templates[name].columns)] = True
    kept = layout.kept
    fixed, free = values[kept], inside[kept]
    arrays = replace(
        layout.arrays,
        cost=np.where(free, np.asarray(weight @ layout.cost)[kept], 0.0),
        lower=np.where(free, layout.arrays.lower, fixed),
        upper=np.where(free, layout.arrays.upper, fixed),
        integer=layout.arrays.integer & free,
        offset=0.0,
    )
    outcome = run(arrays, gap=GAP, time_limit=TIME_LIMIT_S, threads=1, seed=1)
    return layout.spread(polish(arrays, outcome).values)
