"""How far things are from use, in the relaxation: a first look before anything is solved again.

For each thing a row asks for a little of it, the linear relaxation is solved on from its basis, and the
row's price is what a unit would have to cost less. Decisions of yes or no may be taken in part there, so
fixed costs count in proportion: an estimate, never above the true figure by which prices must fall
if the plan is the best one.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from highspy import HighsBasis, HighsStatus
from highspy import HighsModelStatus as Ended

from planner.solve.arrays import Arrays, Floats, cost_scale, load, run_here
from planner.solve.compile import Ints

#: How much of a thing the row asks for: little against any plan, much against tolerances.
_LITTLE = 1e-3


def too_dear_by(
    arrays: Arrays,
    things: Iterable[tuple[Ints, Floats]],
    deadline: float,
    basis: HighsBasis | None = None,
) -> Iterator[float]:
    """For each thing (columns, weights): what a unit of weight x amount costs too much [kUSD].

    NaN where the relaxation allows none of it, or the clock has passed ``deadline`` (monotonic).
    ``basis``: of the relaxation, where it was solved before.
    """
    scale = cost_scale(arrays.cost)
    relaxed = replace(arrays, integer=np.zeros_like(arrays.integer))
    highs = load(relaxed, scale, {"threads": 2, "solver": "ipx"})
    if basis is not None and highs.setBasis(basis) != HighsStatus.kError:
        highs.setOptionValue("solver", "simplex")
    run_here(highs)
    highs.setOptionValue("solver", "simplex")
    basis, rows = highs.getBasis(), arrays.matrix.shape[0]
    for columns, weights in things:
        if len(columns) == 0 or time.monotonic() >= deadline:
            yield np.nan
            continue
        amount = _LITTLE * float(weights.max())
        highs.addRow(amount, np.inf, len(columns), columns.astype(np.int32), weights)
        run_here(highs)
        dual = np.nan
        if highs.getModelStatus() == Ended.kOptimal:
            dual = float(np.array(highs.getSolution().row_dual)[rows]) / scale
        highs.deleteRows(1, np.array([rows], dtype=np.int32))
        highs.setBasis(basis)
        yield dual
