"""What is done where the objective does not look: stress branches, and leaves without weight.

A branch of probability 0 weighs nothing; nor, at ``risk_weight`` 1, does a leaf that costs less than
the value at risk. The solver may leave any feasible recourse there. What is reported is the
cheapest one: a second solve with everything else fixed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array

from models.instance import Instance
from planner.errors import NothingFound
from planner.solve.arrays import Arrays
from planner.solve.compile import Floats, Ints
from planner.solve.highs import polish, run
from planner.solve.layout import Layout

log = logging.getLogger(__name__)

#: Enough for a problem whose here-and-now is settled [s, relative].
TIME_LIMIT_S, GAP = 60.0, 1e-6


def cheapest_recourse(data: Instance, layout: Layout, values: Floats) -> Floats:
    """Values of all columns, those that weigh nothing at least cost; the rest as given."""
    values = _at_least_cost(data, layout, values, _weightless(data, layout, values))
    branches = {node.name: 1.0 for node in data.tree.nodes if node.test is not None}
    return _at_least_cost(data, layout, values, branches)


def _weightless(data: Instance, layout: Layout, values: Floats) -> dict[str, float]:
    """Node -> probability, of the nodes that lead only to leaves below the value at risk."""
    if data.risk.weight < 1:
        return {}
    root = data.tree.root.name
    at_risk = values[layout.at(root, "eta")]
    cheap = at_risk - GAP * max(1.0, abs(at_risk))
    weighty = {root}
    for leaf in data.tree.leaves:
        if values[layout.at(leaf.name, "cost_to")] >= cheap:
            weighty |= {node.name for node in data.tree.path(leaf.name)}
    return {n.name: n.probability for n in data.tree.ordinary if n.name not in weighty}


def _at_least_cost(
    data: Instance, layout: Layout, values: Floats, nodes: Mapping[str, float]
) -> Floats:
    """The columns of ``nodes``, each node by its weight, at least cost; all others fixed."""
    if not nodes:
        return values
    weight = np.array(
        [data.grid.discount[t] * nodes.get(node, 0.0) for node, _, t in layout.cost_rows]
    )
    inside = np.zeros(layout.width, dtype=bool)
    for name in nodes:
        start = layout.offset[name]
        inside[start : start + len(layout.templates[name].columns)] = True
    kept, found = layout.kept, values.copy()
    free = np.flatnonzero(inside[kept])
    arrays = _part(layout.arrays, free, values[kept])
    arrays = replace(arrays, cost=np.asarray(weight @ layout.cost)[kept][free])
    try:
        outcome = run(
            arrays, gap=GAP, time_limit=TIME_LIMIT_S, threads=1, seed=1, start=values[kept][free]
        )
    except NothingFound:
        log.warning("no cheaper recourse found in time: it stays as it is")
        return values
    found[kept[free]] = polish(arrays, outcome).values
    return found


def _part(arrays: Arrays, free: Ints, values: Floats) -> Arrays:
    """The problem in the columns ``free`` alone, the others at their ``values`` (n,).

    What the values miss of a row by rounding is allowed, so that they are a solution of it.
    """
    own: Any = csr_array(arrays.matrix[:, free])
    rows = np.flatnonzero(np.diff(own.indptr))
    held = np.asarray(own @ values[free])[rows]
    rest = np.asarray(arrays.matrix @ values)[rows] - held
    return Arrays(
        cost=np.zeros(len(free)),
        lower=arrays.lower[free],
        upper=arrays.upper[free],
        integer=arrays.integer[free],
        matrix=csc_array(own[rows]),
        row_lower=np.minimum(arrays.row_lower[rows] - rest, held),
        row_upper=np.maximum(arrays.row_upper[rows] - rest, held),
    )
