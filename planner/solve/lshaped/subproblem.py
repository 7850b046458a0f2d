"""One subtree as a linear problem in the root's columns z, kept in HiGHS with its basis.

For given z its rows move, for given prices of the coupling rows its costs; HiGHS goes on from its
last basis. A row that holds one column of the subtree (a licence, a contract, a qualification
above it) is that column's bound, moved likewise. The duals give a cut::

    cost of the subtree + prices * its part of the coupling rows  >=  constant + slope z

for every z. Where no plan of the subtree answers z, the rows that link it to z are allowed to be
missed, first at no other cost than the miss: those duals give a cut that forbids z, 0 >= constant +
slope z; then at a high price: those give a cut of the cost, too. Every cut is computed from the duals
alone (weak duality), so it holds whatever HiGHS's tolerances left of optimality.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from highspy import HighsBasis
from scipy.sparse import csc_array, csr_array, hstack, vstack

from planner.errors import Infeasible, NoPlan
from planner.solve.arrays import Arrays, Floats, cost_scale, least
from planner.solve.compile import Ints
from planner.solve.lshaped.keeping import has_optimum, kept
from planner.solve.lshaped.split import Subtree

#: Bounds that cross by less than this do not.
CROSSED = 1e-7
#: Components of a slope smaller than this, relative to its largest, are left out.
DUST = 1e-13
#: What a unit of a missed row costs, in units of the subtree's weight (no cost is above 2 of them).
MISS = 50.0


@dataclass(frozen=True, eq=False)
class Plane:
    """``constant + slope z[columns]``."""

    constant: float
    columns: Ints
    slope: Floats


@dataclass(frozen=True, eq=False)
class Cut:
    """What a subtree answers to a z; costs divided by its weight.

    ``below``: bounds its priced cost for every z. ``cost`` is not priced, ``part`` (coupling rows,)
    what it holds of them, ``values`` (k,) its columns. ``forbids``: None where a plan answers z.
    """

    below: Plane
    cost: float
    part: Floats
    values: Floats
    forbids: Plane | None = None


class Subproblem:
    """``cut`` prices z; ``at`` is the subtree's own problem for z. One thread at a time.

    ``stays``: HiGHS stays in memory between cuts (2 MB for 1,200 columns), else its basis only.
    """

    def __init__(
        self, subtree: Subtree, options: Mapping[str, Any], halt: threading.Event,
        *, stays: bool = True,
    ) -> None:  # fmt: skip
        self.subtree = subtree
        self._halt, self._stays_loaded = halt, stays
        self._last: HighsBasis | None = None
        self._options = {**options, "threads": 1}
        arrays = subtree.arrays
        self._matrix = csr_array(arrays.matrix)
        linked = np.diff(subtree.links.indptr) > 0
        single = (np.diff(self._matrix.indptr) == 1) & linked
        self._single, self._rows = np.flatnonzero(single), np.flatnonzero(~single)
        at = self._matrix.indptr[self._single]
        self._column, self._factor = self._matrix.indices[at], self._matrix.data[at]
        self._linked = np.flatnonzero(linked[self._rows])
        self._moving = np.unique(self._column)
        self._priced = np.unique(subtree.part.indices)
        #: The rows that stay rows, then the parts of the coupling rows, which bind nothing here.
        self._stays = csc_array(vstack((self._matrix[self._rows], subtree.part)))
        self._scale = cost_scale(arrays.cost)
        self._highs: Any = None

    def cut(self, z: Floats, prices: Floats) -> Cut:
        """Raises Infeasible where the subtree has no plan whatever z is, Interrupted on a halt."""
        problem, low_row, high_row = self._at(z, prices)
        if problem is None:
            return self._missed(z, prices)
        highs = self._hand_over(problem)
        if not has_optimum(highs):
            return self._missed(z, prices)
        solution = highs.getSolution()
        if not self._stays_loaded:
            self._last, self._highs = highs.getBasis(), None
        duals = np.zeros(self._matrix.shape[0])
        duals[self._rows] = np.array(solution.row_dual)[: len(self._rows)] / self._scale
        reduced = np.array(solution.col_dual) / self._scale
        self._blame(duals, reduced, low_row, high_row)
        values = np.array(solution.col_value)
        cost = float(self.subtree.arrays.cost @ values)
        return Cut(self._plane(duals, problem.cost), cost, self.subtree.part @ values, values)

    def at(self, z: Floats, prices: Floats) -> Arrays | None:
        """The subtree's own problem for z with its integers; None where bounds cross."""
        return self._at(z, prices)[0]

    @property
    def basis(self) -> HighsBasis | None:
        """Of the last z priced; it fits ``at``."""
        return self._last if self._highs is None else self._highs.getBasis()

    def _at(self, z: Floats, prices: Floats) -> tuple[Arrays | None, Any, Any]:
        """The problem, and which single row each bound comes from (-1: its own)."""
        arrays, single, part = self.subtree.arrays, self._single, self.subtree.part
        shift = self.subtree.links @ z
        lower, upper = arrays.lower.copy(), arrays.upper.copy()
        low_row, high_row = np.full(len(lower), -1), np.full(len(upper), -1)
        first = (arrays.row_lower[single] - shift[single]) / self._factor
        second = (arrays.row_upper[single] - shift[single]) / self._factor
        below, above = np.minimum(first, second), np.maximum(first, second)
        np.maximum.at(lower, self._column, below)
        np.minimum.at(upper, self._column, above)
        tight = (below >= lower[self._column]) & (below > arrays.lower[self._column])
        low_row[self._column[tight]] = single[tight]
        tight = (above <= upper[self._column]) & (above < arrays.upper[self._column])
        high_row[self._column[tight]] = single[tight]
        if (lower > upper + CROSSED).any():
            return None, low_row, high_row
        free = np.full(part.shape[0], np.inf)
        problem = replace(
            arrays,
            cost=arrays.cost + (prices @ part) / self.subtree.weight,
            lower=np.minimum(lower, upper),
            upper=upper,
            matrix=self._stays,
            row_lower=np.concatenate(((arrays.row_lower - shift)[self._rows], -free)),
            row_upper=np.concatenate(((arrays.row_upper - shift)[self._rows], free)),
        )
        return problem, low_row, high_row

    def _hand_over(self, problem: Arrays) -> Any:
        if self._highs is None:
            self._highs = kept(problem, self._scale, self._options, self._halt, self._last)
            return self._highs
        at = self._moving.astype(np.int32)
        self._highs.changeColsBounds(len(at), at, problem.lower[at], problem.upper[at])
        at = self._priced.astype(np.int32)
        self._highs.changeColsCost(len(at), at, problem.cost[at] * self._scale)
        at = self._linked.astype(np.int32)
        self._highs.changeRowsBounds(len(at), at, problem.row_lower[at], problem.row_upper[at])
        return self._highs

    def _blame(self, duals: Floats, reduced: Floats, low_row: Any, high_row: Any) -> None:
        """Give the price of a moved bound to the row that it comes from."""
        for rows, columns in (
            (low_row, np.flatnonzero((reduced > 0) & (low_row >= 0))),
            (high_row, np.flatnonzero((reduced < 0) & (high_row >= 0))),
        ):
            at = rows[columns]
            np.add.at(duals, at, reduced[columns] / self._matrix.data[self._matrix.indptr[at]])

    def _plane(self, duals: Floats, cost: Floats) -> Plane:
        """Weak duality: any duals of the right sign give a valid cut."""
        arrays = self.subtree.arrays
        duals = np.where(np.isneginf(arrays.row_lower), np.minimum(duals, 0.0), duals)
        duals = np.where(np.isposinf(arrays.row_upper), np.maximum(duals, 0.0), duals)
        constant = least(duals, arrays.row_lower, arrays.row_upper)
        constant += least(cost - duals @ self._matrix, arrays.lower, arrays.upper)
        slope = -(duals @ self.subtree.links)
        columns = np.flatnonzero(np.abs(slope) > DUST * np.abs(slope).max(initial=0.0))
        return Plane(constant, columns, slope[columns])

    def _missed(self, z: Floats, prices: Floats) -> Cut:
        """The least miss of what links the subtree to z, then the least cost with a price on it."""
        arrays, part = self.subtree.arrays, self.subtree.part
        width = len(arrays.cost)
        elastic = self._elastic(z)
        highs = kept(elastic, 1.0, self._options, self._halt)
        if not has_optimum(highs):
            raise Infeasible("No plan can satisfy the rules: the model is infeasible.")
        forbids = self._plane(np.array(highs.getSolution().row_dual), np.zeros(width))
        cost = arrays.cost + (prices @ part) / self.subtree.weight
        priced = np.concatenate((cost, np.full(len(elastic.cost) - width, MISS))) * self._scale
        highs.changeColsCost(len(priced), np.arange(len(priced), dtype=np.int32), priced)
        if not has_optimum(highs):
            raise NoPlan("HiGHS finds a subtree infeasible that it had solved.")
        solution = highs.getSolution()
        values = np.array(solution.col_value)
        below = self._plane(np.array(solution.row_dual) / self._scale, cost)
        missed = MISS * float(values[width:].sum())
        own = values[:width]
        return Cut(below, float(arrays.cost @ own) + missed, part @ own, own, forbids)

    def _elastic(self, z: Floats) -> Arrays:
        """The subtree's rows for z, those linked to it free to be missed at a cost of 1."""
        arrays, links = self.subtree.arrays, self.subtree.links
        shift = links @ z
        linked = np.flatnonzero(np.diff(links.indptr) > 0)
        ends = np.arange(len(linked))
        ease = csc_array((np.ones(len(linked)), (linked, ends)), shape=(len(shift), len(linked)))
        more = 2 * len(linked)
        return Arrays(
            cost=np.concatenate((np.zeros(len(arrays.cost)), np.ones(more))),
            lower=np.concatenate((arrays.lower, np.zeros(more))),
            upper=np.concatenate((arrays.upper, np.full(more, np.inf))),
            integer=np.zeros(len(arrays.cost) + more, dtype=bool),
            matrix=csc_array(hstack((arrays.matrix, ease, -ease))),
            row_lower=arrays.row_lower - shift,
            row_upper=arrays.row_upper - shift,
        )
