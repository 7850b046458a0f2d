"""The master: the root, a few subtrees in full, and what is known of the others' costs.

The subtrees in full keep first decisions honest: without them the first masters build what no
subtree can use. The others are priced in groups: ``theta`` is a group's cost, ``share`` its part of
each coupling row. Cuts found under one set of prices bound the two together::

    theta  >=  sum of the subtrees' cuts in z  -  prices * share

Columns of the root without bounds are kept within a box around a centre, so that the first masters
have an optimum. The box opens where the optimum leans on it; a master that leans on it, or that has
no cuts yet, proves nothing (``bound`` is None).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from highspy import HighsBasisStatus
from scipy.sparse import block_array, csc_array, csr_array, vstack

from planner.solve.arrays import Arrays, Floats, cost_scale
from planner.solve.compile import Ints
from planner.solve.lshaped.keeping import has_optimum, kept
from planner.solve.lshaped.split import Split
from planner.solve.lshaped.subproblem import Cut

#: Each time that the box is leant on, it opens by this factor.
OPENING = 4.0
#: A box this wide is none: what is infeasible within it is infeasible.
WIDE = 1e10
#: From so many cuts per group on, the older ones that do not bind are dropped.
PLENTY = 40


def in_full(cut: Split, chosen: Sequence[int], factor: Floats) -> Arrays:
    """Root, chosen subtrees and coupling rows as one problem; each weighs ``factor`` (chosen,) times."""
    trees = [cut.subtrees[i] for i in chosen]
    first = [cut.root.matrix, *(None for _ in trees)]
    blocks: list[list[Any]] = [first]
    for i, tree in enumerate(trees):
        blocks.append(
            [tree.links, *(tree.arrays.matrix if j == i else None for j in range(len(trees)))]
        )
    blocks.append([cut.held, *(f * tree.part for f, tree in zip(factor, trees, strict=True))])
    parts = [cut.root, *(tree.arrays for tree in trees)]
    weights = factor * np.array([tree.weight for tree in trees])
    costs = [cut.root.cost, *(w * tree.arrays.cost for w, tree in zip(weights, trees, strict=True))]
    return Arrays(
        cost=np.concatenate(costs),
        lower=np.concatenate([part.lower for part in parts]),
        upper=np.concatenate([part.upper for part in parts]),
        integer=np.concatenate([part.integer for part in parts]),
        matrix=csc_array(block_array(blocks)),
        row_lower=np.concatenate((*(part.row_lower for part in parts), cut.low)),
        row_upper=np.concatenate((*(part.row_upper for part in parts), cut.high)),
        offset=cut.root.offset,
    )


class Master:
    """``solve`` gives z and prices; ``add`` takes a round of cuts, one for each subtree.

    ``groups`` (subtrees,): the group of each, -1 for those in full. ``centre`` (z,): of the box.
    """

    def __init__(
        self,
        cut: Split,
        groups: Ints,
        centre: Floats,
        options: Mapping[str, Any],
        halt: threading.Event,
    ) -> None:
        self.width, self._groups = len(cut.columns), groups
        self._members = [
            np.flatnonzero(groups == g).tolist() for g in range(int(groups.max(initial=-1)) + 1)
        ]
        self._weight = np.array([tree.weight for tree in cut.subtrees])
        self._unit = np.array([self._weight[members].max() for members in self._members])
        count, coupling = len(self._members), len(cut.low)
        self._size = _sizes(cut, self._members)
        alone = np.flatnonzero(groups < 0)
        full = in_full(cut, alone.tolist(), np.ones(len(alone)))
        self._shares = len(full.cost)
        self._thetas = self._shares + count * coupling
        self._rows = len(full.row_lower)
        self._coupling: Ints = np.arange(self._rows - coupling, self._rows)
        at = np.tile(self._coupling, count)
        shares = csc_array(
            (self._size.ravel(), (at, np.arange(count * coupling))),
            shape=(self._rows, count * coupling),
        )
        thetas = csc_array((self._rows, count))
        lower, upper = self._ends(cut)
        continuous = np.zeros(len(full.cost) - self.width + len(lower), dtype=bool)
        self._own = replace(
            full,
            cost=np.concatenate((full.cost, np.zeros(count * coupling), self._unit)),
            lower=np.concatenate((full.lower, lower)),
            upper=np.concatenate((full.upper, upper)),
            integer=np.concatenate((cut.root.integer, continuous)),
            matrix=csc_array(block_array([[full.matrix, shares, thetas]])),
        )
        root = cut.root
        self._boxed = np.flatnonzero(np.isinf(root.lower) | np.isinf(root.upper))
        self._centre = centre
        self._reach = 2.0 * (1.0 + np.abs(centre[self._boxed]))
        self._heard = False
        self._fixed: tuple[Ints, Floats] = (np.zeros(0, dtype=np.int64), np.zeros(0))
        self._cuts, self._lows = csr_array((0, len(self._own.cost))), np.zeros(0)
        self._scale = cost_scale(self._own.cost)
        lower, upper = self._bounds()
        first = replace(self._own, lower=lower, upper=upper)
        self._highs = kept(first, self._scale, options, halt)
        self.z, self.prices = centre, np.zeros(coupling)
        self.bound: float | None = None

    def _ends(self, cut: Split) -> tuple[Floats, Floats]:
        """What the bounds of the members' columns leave to shares and thetas."""
        coupling = len(cut.low)
        lower, upper = np.zeros((2, len(self._members), coupling + 1))
        for group, members in enumerate(self._members):
            for number in members:
                own, weight = cut.subtrees[number].arrays, self._weight[number] / self._unit[group]
                rows = vstack((cut.subtrees[number].part, weight * csr_array(own.cost[np.newaxis])))
                least, most = _range(rows, own.lower, own.upper)
                lower[group] += least
                upper[group] += most
        shares, unit = np.s_[:, :coupling], self._size
        return (
            np.concatenate(((lower[shares] / unit).ravel(), lower[:, coupling])),
            np.concatenate(((upper[shares] / unit).ravel(), np.full(len(lower), np.inf))),
        )

    def hold(self, low: Floats, high: Floats) -> None:
        """Narrower sides of the coupling rows, in ``solve`` only: what it proves is not of the whole."""
        at = self._coupling.astype(np.int32)
        self._highs.changeRowsBounds(len(at), at, low, high)

    def solve(self) -> bool:
        """Whether there is a z at all. Raises NoPlan where HiGHS fails, Interrupted on a halt."""
        found = has_optimum(self._highs)
        while not found and self._reach.min(initial=WIDE) < WIDE:
            self._open(self._boxed)
            found = has_optimum(self._highs)
        if not found:
            return False
        solution = self._highs.getSolution()
        self.z = np.array(solution.col_value)[: self.width]
        self.prices = -np.array(solution.row_dual)[self._coupling] / self._scale
        leant = self._leant()
        cost = self._highs.getInfo().objective_function_value / self._scale
        self.bound = None if len(leant) or not self._heard else float(cost)
        self._open(leant)
        return True

    def add(self, cuts: Sequence[Cut], prices: Floats) -> None:
        """Cuts of all subtrees at one z: a row per group, and a row for each that forbids z."""
        rows: list[Floats] = []
        lows: list[float] = []
        for plane in (cut.forbids for cut in cuts if cut.forbids is not None):
            size = float(np.abs(plane.slope).max(initial=0.0)) or 1.0
            row = np.zeros(len(self._own.cost))
            row[plane.columns] = -plane.slope / size
            rows.append(row)
            lows.append(plane.constant / size)
        for group, members in enumerate(self._members):
            row, low = np.zeros(len(self._own.cost)), 0.0
            for i in members:
                plane, weight = cuts[i].below, self._weight[i] / self._unit[group]
                row[plane.columns] -= weight * plane.slope
                low += weight * plane.constant
            start = self._shares + group * len(prices)
            row[start : start + len(prices)] = prices * self._size[group] / self._unit[group]
            row[self._thetas + group] = 1.0
            rows.append(row)
            lows.append(low)
        self._hear()
        self._append(csr_array(np.array(rows)), np.array(lows))

    def _hear(self) -> None:
        """Let thetas and shares go."""
        if not self._heard:
            self._heard = True
            at = np.arange(self._shares, len(self._own.cost), dtype=np.int32)
            self._highs.changeColsBounds(len(at), at, self._own.lower[at], self._own.upper[at])

    def _append(self, rows: csr_array, lows: Floats) -> None:
        if len(self._lows) > PLENTY * len(self._members):
            self._forget()
        self._cuts = csr_array(vstack((self._cuts, rows)))
        self._lows = np.concatenate((self._lows, lows))
        starts, indices = rows.indptr[:-1].astype(np.int32), rows.indices.astype(np.int32)
        open_end = np.full(len(lows), np.inf)
        self._highs.addRows(len(lows), lows, open_end, rows.nnz, starts, indices, rows.data)

    def _forget(self) -> None:
        """Drop those of the older half of the cuts that do not bind."""
        half = len(self._lows) // 2
        status = self._highs.getBasis().row_status
        idle = [i for i in range(half) if status[self._rows + i] == HighsBasisStatus.kBasic]
        at = (np.array(idle, dtype=np.int64) + self._rows).astype(np.int32)
        self._highs.deleteRows(len(at), at)
        stays = np.ones(len(self._lows), dtype=bool)
        stays[idle] = False
        self._cuts, self._lows = csr_array(self._cuts[stays]), self._lows[stays]

    def fix(self, columns: Ints, values: Floats) -> None:
        """Hold these columns of z at these values, and no others."""
        before, self._fixed = self._fixed[0], (columns, values)
        at = np.union1d(before, columns).astype(np.int32)
        lower, upper = self._bounds()
        self._highs.changeColsBounds(len(at), at, lower[at], upper[at])

    def problem(self) -> Arrays:
        """Master and cuts as a problem with the root's integers, without box; fixed is fixed."""
        lower, upper = self._own.lower.copy(), self._own.upper.copy()
        columns, values = self._fixed
        lower[columns] = upper[columns] = values
        return replace(
            self._own,
            lower=lower,
            upper=upper,
            matrix=csc_array(vstack((self._own.matrix, self._cuts))),
            row_lower=np.concatenate((self._own.row_lower, self._lows)),
            row_upper=np.concatenate((self._own.row_upper, np.full(len(self._lows), np.inf))),
        )

    def _bounds(self) -> tuple[Floats, Floats]:
        """With the box and what is fixed; thetas and shares not heard of stay at 0."""
        lower, upper, at = self._own.lower.copy(), self._own.upper.copy(), self._boxed
        lower[at] = np.maximum(lower[at], self._centre[at] - self._reach)
        upper[at] = np.minimum(upper[at], self._centre[at] + self._reach)
        if not self._heard:
            lower[self._shares :] = upper[self._shares :] = 0.0
        columns, values = self._fixed
        lower[columns] = upper[columns] = values
        return lower, upper

    def _leant(self) -> Ints:
        """Columns at a side of the box that is not a bound of their own."""
        at, slack = self._boxed, 1e-9 * (1.0 + self._reach)
        low, high = self._centre[at] - self._reach, self._centre[at] + self._reach
        below = (self.z[at] <= low + slack) & (low > self._own.lower[at])
        above = (self.z[at] >= high - slack) & (high < self._own.upper[at])
        return at[(below | above) & ~np.isin(at, self._fixed[0])]

    def _open(self, columns: Ints) -> None:
        at = columns.astype(np.int32)
        self._reach[np.searchsorted(self._boxed, columns)] *= OPENING
        lower, upper = self._bounds()
        self._highs.changeColsBounds(len(at), at, lower[at], upper[at])


def _range(rows: Any, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Least and most of each row over lower <= x <= upper."""
    entries = rows.tocoo()
    there = entries.data != 0
    at, row, value = entries.col[there], entries.row[there], entries.data[there]
    ends = value * lower[at], value * upper[at]
    least, most = np.zeros((2, rows.shape[0]))
    np.add.at(least, row, np.minimum(*ends))
    np.add.at(most, row, np.maximum(*ends))
    return least, most


def _sizes(cut: Split, members: Sequence[Sequence[int]]) -> Floats:
    """(groups, coupling rows): the largest coefficient, so that shares are of unit size."""
    sizes = np.zeros((len(members), len(cut.low)))
    for group, numbers in enumerate(members):
        for number in numbers:
            part: Any = cut.subtrees[number].part.tocoo()
            np.maximum.at(sizes[group], part.row, np.abs(part.data))
    return np.where(sizes > 0, sizes, 1.0)
