"""Fractions rounded so that no row is broken by the rounding alone.

Rounding up most of what is fractional is cheap where a shortage is dear, but rows over yes-or-no
decisions say no to all of it at once: of two projects one, so many applications of a team, a budget.
One such row would spoil the rounding of a whole epoch. So a row that no values of the remaining
columns can satisfy turns back the rounding, of its columns, that was nearest to falling the other
way; and so on, since a turn can touch other rows, until every row can still be met or no column
is left to turn.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from planner.solve.arrays import Arrays, Bools, Floats
from planner.solve.compile import Ints

#: A row may be missed by as much before it counts as broken [in its unit, relative to its bound].
TOLERANCE = 1e-6


class Rounding:
    """Bounds of the columns as far as they are fixed, and what the rows can still be."""

    def __init__(self, arrays: Arrays) -> None:
        matrix = csr_array(arrays.matrix)
        self._matrix = matrix
        self._rising, self._falling = csr_array(matrix.maximum(0)), csr_array(matrix.minimum(0))
        self._row_lower, self._row_upper = arrays.row_lower, arrays.row_upper
        self._lower, self._upper = arrays.lower.copy(), arrays.upper.copy()

    def fix(self, columns: Ints, values: Floats) -> None:
        """Take these columns as decided."""
        self._lower[columns] = self._upper[columns] = values

    def round(self, columns: Ints, values: Floats, up: Bools) -> Floats:
        """Whole values (k,) of the columns: as wished, except where a row says no.

        ``values`` (k,) are the fractional ones, ``up`` (k,) which are to be rounded up.
        """
        below = np.floor(values)
        part = values - below
        free = part > 0
        whole = below + up
        lower, upper = self._lower.copy(), self._upper.copy()
        position = np.full(len(lower), -1)
        position[columns] = np.arange(len(columns))
        while True:
            lower[columns] = upper[columns] = whole
            turned = self._turned(lower, upper, position, part, free, whole > below)
            if not turned:
                return whole
            free[turned] = False
            whole[turned] = 2 * below[turned] + 1 - whole[turned]

    def _turned(
        self, lower: Floats, upper: Floats, position: Ints, part: Floats, free: Bools, up: Bools
    ) -> list[int]:
        """Positions of the columns to turn back: for each broken row the one of least regret."""
        least = self._rising @ lower + self._falling @ upper
        most = self._rising @ upper + self._falling @ lower
        high = least > self._row_upper + TOLERANCE * np.maximum(1.0, np.abs(self._row_upper))
        low = most < self._row_lower - TOLERANCE * np.maximum(1.0, np.abs(self._row_lower))
        turned: set[int] = set()
        for row in np.flatnonzero(high | low):
            span = slice(self._matrix.indptr[row], self._matrix.indptr[row + 1])
            at, weight = position[self._matrix.indices[span]], self._matrix.data[span]
            # Downwards where the row is too high, upwards where it is too low.
            helps = (at >= 0) & free[at] & (up[at] == ((weight > 0) == high[row]))
            if helps.any() and turned.isdisjoint(at[helps].tolist()):
                able = at[helps]
                regret = np.where(up[able], part[able], 1 - part[able])
                turned.add(int(able[np.argmin(regret)]))
        return sorted(turned)
