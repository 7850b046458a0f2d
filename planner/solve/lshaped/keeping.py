"""A linear problem kept in HiGHS: solved from nothing, then again and again from its last basis."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from highspy import HighsBasis
from highspy import HighsModelStatus as Ended

from planner.errors import Interrupted, NoPlan
from planner.solve.arrays import Arrays, heed, load, run_here

#: From so many columns on, interior point with crossover is faster from nothing.
WIDE = 15_000
#: From so many columns on HiGHS is asked to look up. Each look takes the interpreter's lock, which
#: keeps the threads apart; smaller problems end within milliseconds, and the crew looks in between.
HEEDED = 5_000
#: What a bad basis, or presolve, may leave HiGHS with: solved from nothing, without presolve.
_UNCLEAR = (Ended.kUnknown, Ended.kSolveError, Ended.kUnboundedOrInfeasible)


def kept(
    arrays: Arrays, scale: float, options: Mapping[str, Any], halt: threading.Event,
    basis: HighsBasis | None = None,
) -> Any:  # fmt: skip
    """A HiGHS with the relaxation of ``arrays`` in it, begun from ``basis``, which ``halt`` interrupts.

    Any: highspy's stubs lack what is needed here.
    """
    relaxed = replace(arrays, integer=np.zeros_like(arrays.integer))
    solver = "ipx" if len(arrays.cost) >= WIDE and basis is None else "simplex"
    highs = load(relaxed, scale, {**options, "solver": solver})
    if basis is not None:
        highs.setBasis(basis)
    if len(arrays.cost) >= HEEDED:
        heed(highs, halt)
    return highs


def has_optimum(highs: Any) -> bool:
    """Solve; False where infeasible. Raises Interrupted on a halt, NoPlan where HiGHS fails."""
    run_here(highs)
    highs.setOptionValue("solver", "simplex")
    if highs.getModelStatus() in _UNCLEAR:
        highs.clearSolver()
        highs.setOptionValue("presolve", "off")
        run_here(highs)
        highs.setOptionValue("presolve", "choose")
    status = highs.getModelStatus()
    if status == Ended.kInterrupt:
        raise Interrupted("Stopped while the subtrees were solved.")
    if status not in (Ended.kOptimal, Ended.kInfeasible):
        raise NoPlan(f"HiGHS failed (model status {status.name}).")
    return status == Ended.kOptimal
