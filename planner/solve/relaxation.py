"""The LP relaxation of a plan, kept in HiGHS with its basis.

Interior point with crossover solves it from nothing (on trees of this kind ten times faster than
the simplex method), the simplex method from a basis: after columns were fixed, or numbers changed.

A basis stays feasible when prices move and dual feasible when amounts move, so the primal simplex
method goes on from the one and the dual from the other. On the shipped case, from the old basis:
the price of a small offer 1.9 s by the primal and 4.1 s by the dual, of the largest 4.6 and 6.6 s,
risk weight 1.9 and 2.7 s, demand 10.2 and 1.6 s; only where far more moves than a knob (30 % on
every Chinese price: 17 and 9 s) is the primal the slower. From a basis that fits badly (a rule's binding rows
gone) either may wander for a minute: after ``PATIENCE`` iterations for each row, or where HiGHS cannot
use the basis at all, the interior point begins from nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from highspy import HighsBasis, HighsStatus
from highspy import HighsModelStatus as Ended

from planner.solve.arrays import Arrays, Floats, Stop, cost_scale, heed, load, run_here
from planner.solve.compile import Ints

_DUAL, _PRIMAL = 1, 4  # of HiGHS's simplex_strategy
_CHOSEN, _DEVEX = -1, 1  # of its simplex_dual_edge_weight_strategy
#: Iterations for each row that an earlier basis is followed for, and how many at least.
PATIENCE, LEAST_ITERATIONS = 0.1, 1_000
_NO_LIMIT = 2**31 - 1
#: What ends a solve for good; all else (a limit of iterations, an error) is tried another way.
_SETTLED = (Ended.kOptimal, Ended.kInfeasible, Ended.kInterrupt, Ended.kTimeLimit)


class Relaxation:
    """Solved by ``solve``; ``fix``, ``free`` and ``restore`` change bounds and basis in between.

    ``basis``: of an earlier problem of the same shape, to begin from; ``repriced``: it differed in
    prices. ``stop`` ends a solve.
    """

    def __init__(
        self,
        arrays: Arrays,
        options: Mapping[str, Any],
        stop: Stop,
        basis: HighsBasis | None = None,
        *,
        repriced: bool = False,
    ) -> None:
        relaxed = replace(arrays, integer=np.zeros_like(arrays.integer))
        self._arrays = arrays
        self._scale = cost_scale(arrays.cost)
        self._highs = load(relaxed, self._scale, {**options, "solver": "ipx"})
        self._follows = basis is not None and self._highs.setBasis(basis) != HighsStatus.kError
        if self._follows:
            limit = max(LEAST_ITERATIONS, int(PATIENCE * arrays.matrix.shape[0]))
            self._highs.setOptionValue("solver", "simplex")
            self._highs.setOptionValue("simplex_iteration_limit", limit)
            self._highs.setOptionValue("simplex_strategy", _PRIMAL if repriced else _DUAL)
            # Exact weights cost 0.3 to 1 s for an old basis; a knob's few iterations do without.
            self._highs.setOptionValue("simplex_dual_edge_weight_strategy", _DEVEX)

        heed(self._highs, stop)

    def solve(self) -> bool:
        """Whether there is an optimum under the present bounds."""
        run_here(self._highs)
        if self._follows:
            self._follows = False
            self._highs.setOptionValue("simplex_iteration_limit", _NO_LIMIT)
            self._highs.setOptionValue("simplex_dual_edge_weight_strategy", _CHOSEN)
            if self._highs.getModelStatus() not in _SETTLED:
                self._highs.clearSolver()
                self._highs.setOptionValue("solver", "ipx")
                run_here(self._highs)
        self._highs.setOptionValue("solver", "simplex")
        self._highs.setOptionValue("simplex_strategy", _DUAL)
        return self._highs.getModelStatus() == Ended.kOptimal

    @property
    def values(self) -> Floats:
        return np.array(self._highs.getSolution().col_value)

    @property
    def objective(self) -> float:
        return self._arrays.objective(self.values)

    @property
    def duals(self) -> Floats:
        """(m,): what a unit more of each row's bound adds to the objective."""
        return np.array(self._highs.getSolution().row_dual) / self._scale

    def fix(self, columns: Ints, values: Floats) -> None:
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), values, values)

    def free(self, columns: Ints) -> None:
        lower, upper = self._arrays.lower[columns], self._arrays.upper[columns]
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def basis(self) -> HighsBasis:
        return self._highs.getBasis()

    def restore(self, basis: HighsBasis) -> None:
        self._highs.setBasis(basis)
