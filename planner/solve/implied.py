"""Bounds that the rows of a problem imply for its columns, as far as a few passes see.

A row with a finite side bounds each of its columns by what the others can at least add up to
(Brearley, Mitra and Williams 1975). Most columns of a plan have no upper bound of their own: flows and stocks
are held by balances. Bounds that follow from the rows alone cut off no plan, but let duals speak that
without them say nothing (``arrays.dual_bound``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from planner.solve.arrays import Arrays, Floats, dual_bound

#: Passes at most; what a pass must gain, relative; by how much bounds are left wider, relative.
_PASSES, _GAIN, _SLACK = 15, 1e-6, 1e-9
#: Mixtures of two sets of duals that are tried: the bound is concave in the duals.
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def still_proven(arrays: Arrays, old: Floats | None, fixed: Floats, wanted: float) -> float | None:
    """The best bound of ``old`` duals (m,), of those of the same rows with the integers ``fixed``, and of
    their mixtures, as far as is needed to reach ``wanted``; None where none of them says anything."""
    known = None if old is None else dual_bound(arrays, old)
    if known is not None and known >= wanted:
        return known
    lower, upper = implied_bounds(arrays)
    bounded = replace(arrays, lower=lower, upper=upper)
    tried = [fixed] if old is None else [(1 - s) * old + s * fixed for s in _SHARES]
    for duals in tried:
        bound = dual_bound(bounded, duals)
        known = bound if known is None else max(known, known if bound is None else bound)
        if known is not None and known >= wanted:
            break
    return known


def implied_bounds(arrays: Arrays) -> tuple[Floats, Floats]:
    """(lower, upper) of the columns, never tighter than rows and own bounds together make them."""
    matrix: Any = csr_array(arrays.matrix)
    row: Any = np.repeat(np.arange(len(arrays.row_lower)), np.diff(matrix.indptr))
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    for _ in range(_PASSES):
        before = lower.copy(), upper.copy()
        for sign, side in ((1.0, arrays.row_upper), (-1.0, -arrays.row_lower)):
            _tighten(sign * matrix.data, matrix.indices, row, side, lower, upper)
        if not (_gained(before[0], lower).any() or _gained(before[1], upper).any()):
            break
    return lower, upper


def _tighten(
    value: Floats, column: Any, row: Any, side: Floats, lower: Floats, upper: Floats
) -> None:
    """Bounds (in place) from rows ``sum(value x) <= side``."""
    least = value * np.where(value > 0, lower[column], upper[column])
    is_open = ~np.isfinite(least)
    known = np.where(is_open, 0.0, least)
    total = np.bincount(row, known, len(side))
    open_ends = np.bincount(row, is_open, len(side))
    # Where one column alone is open, the others still bound it.
    others = np.where(is_open, total[row], total[row] - known)
    speaks = np.isfinite(side[row]) & (open_ends[row] == is_open)
    limit = (side[row] - others)[speaks] / value[speaks]
    at, rises = column[speaks], value[speaks] > 0
    slack = _SLACK * np.maximum(1.0, np.abs(limit))
    highest, lowest = np.full(len(upper), np.inf), np.full(len(lower), -np.inf)
    np.minimum.at(highest, at[rises], (limit + slack)[rises])
    np.maximum.at(lowest, at[~rises], (limit - slack)[~rises])
    better = _gained(upper, np.minimum(upper, highest))
    upper[better] = highest[better]
    better = _gained(lower, np.maximum(lower, lowest))
    lower[better] = lowest[better]


def _gained(before: Floats, after: Floats) -> Any:
    """Where a bound moved by more than dust."""
    with np.errstate(invalid="ignore"):  # inf - inf: nothing moved
        moved = np.abs(after - before) > _GAIN * np.maximum(1.0, np.abs(after))
    return (before != after) & (~np.isfinite(before) | moved)
