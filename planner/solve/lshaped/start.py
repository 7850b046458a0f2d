"""Where to begin: the same problem with a few subtrees, each standing for many.

The heaviest subtrees and an even pick of the others, scaled up to the weight of all. It decides the
first z, which the master's box stands around, and the first prices; nothing is proven by it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np

from planner.errors import Infeasible
from planner.solve.arrays import Arrays, Floats
from planner.solve.compile import Ints
from planner.solve.lshaped.master import in_full
from planner.solve.lshaped.split import Split
from planner.solve.relaxation import Relaxation

#: Columns of the small problem, about; at least one subtree.
SMALL = 50_000


def masses(cut: Split) -> Floats:
    """(subtrees,): how much each weighs in the objective."""
    return np.array([np.abs(tree.arrays.cost).sum() * tree.weight for tree in cut.subtrees])


def picked(cut: Split, columns: int, most: int) -> Ints:
    """The heaviest subtree, then an even pick of the others by weight, of so many columns in all."""
    order = np.argsort(-masses(cut), kind="stable")
    width = float(np.mean([len(tree.columns) for tree in cut.subtrees]))
    count = min(len(order), most, max(1, round(columns / width)))
    return order[np.linspace(0, len(order) - 1, count).round().astype(np.int64)]


def first_point(
    cut: Split, options: Mapping[str, Any], halt: threading.Event
) -> tuple[Floats, Floats]:
    """(z, prices of the coupling rows): near the optimum where the small problem has one.

    Raises Infeasible where the root's own rows have no solution.
    """
    chosen, mass = picked(cut, SMALL, len(cut.subtrees)), masses(cut)
    factor = float(mass.sum() / mass[chosen].sum()) if mass[chosen].sum() > 0 else 1.0
    small = Relaxation(in_full(cut, chosen.tolist(), factor), options, halt)
    if small.solve():
        duals = small.duals
        return small.values[: len(cut.columns)], -duals[len(duals) - len(cut.low) :]
    alone = Relaxation(_without_cost(cut.root), options, halt)
    if not alone.solve():
        raise Infeasible("No plan can satisfy the rules: the first decisions have no solution.")
    return alone.values, np.zeros(len(cut.low))


def _without_cost(root: Arrays) -> Arrays:
    return Arrays(
        np.zeros_like(root.cost), root.lower, root.upper, root.integer, root.matrix,
        root.row_lower, root.row_upper,
    )  # fmt: skip
