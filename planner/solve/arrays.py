"""A mixed-integer problem as arrays, and how it is handed to HiGHS or to a file."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import highspy
import numpy as np
from highspy import HighsModelStatus, HighsStatus, cb
from numpy.typing import NDArray
from scipy.sparse import csc_array

from planner.errors import NoPlan

log = logging.getLogger(__name__)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Stop(Protocol):
    """What a solve asks whether to go on: a ``threading.Event``, or several."""

    def is_set(self) -> bool: ...


#: A reduced cost this small, relative to the largest cost, is none.
DUST = 1e-12
#: Scaled costs stay below 2 ** this.
_COST_BITS = 30


@dataclass(frozen=True, eq=False)
class Arrays:
    """min cost x + offset subject to row_lower <= matrix x <= row_upper, lower <= x <= upper.

    ``cost``, ``lower``, ``upper``, ``integer`` (n,), ``matrix`` (m, n) a scipy sparse array, ``row_lower``, ``row_upper``
    (m,); infinite bounds are +-inf; at least one column. Raises ValueError where shapes disagree or
    a figure is not a number.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    integer: Bools
    matrix: Any
    row_lower: Floats
    row_upper: Floats
    offset: float = 0.0
    column_names: tuple[str, ...] | None = None
    row_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        rows, columns = self.matrix.shape
        if columns == 0:
            raise ValueError("no columns")
        for length, parts in (
            (columns, (self.cost, self.lower, self.upper, self.integer, self.column_names)),
            (rows, (self.row_lower, self.row_upper, self.row_names)),
        ):
            if any(part is not None and len(part) != length for part in parts):
                raise ValueError(f"arrays do not fit a matrix of {rows} rows, {columns} columns")
        if not (np.isfinite(self.cost).all() and np.isfinite(self.matrix.data).all()):
            raise ValueError("a cost or coefficient is not finite")
        if any(np.isnan(b).any() for b in (self.lower, self.upper, self.row_lower, self.row_upper)):
            raise ValueError("a bound is not a number")

    def objective(self, values: Floats) -> float:
        """Cost of the columns' values (n,), offset included [kUSD]."""
        return float(self.cost @ values) + self.offset


def least(prices: Floats, lower: Floats, upper: Floats) -> float:
    """min of prices x over lower <= x <= upper; dust on an open side counts as 0."""
    ends = np.where(prices > 0, lower, upper)
    known = np.isfinite(ends)
    return float(prices[known] @ ends[known])


def dual_bound(arrays: Arrays, duals: Floats) -> float | None:
    """What no solution costs less than, integers relaxed, by any ``duals`` (m,) of the rows.

    Weak duality: sum over rows of min(dual x row) + sum over columns of min(reduced cost x column).
    Duals of an earlier problem of these rows give a bound at the price of one product with the
    matrix. None where a column without bound has a reduced cost: then they say nothing.
    """
    duals = np.where(np.isneginf(arrays.row_lower), np.minimum(duals, 0.0), duals)
    duals = np.where(np.isposinf(arrays.row_upper), np.maximum(duals, 0.0), duals)
    reduced = arrays.cost - duals @ arrays.matrix
    ends = np.where(reduced > 0, arrays.lower, arrays.upper)
    dust = DUST * max(1.0, float(np.abs(arrays.cost).max()))
    if (np.abs(reduced[~np.isfinite(ends)]) > dust).any():
        return None
    rows = least(duals, arrays.row_lower, arrays.row_upper)
    return rows + least(reduced, arrays.lower, arrays.upper) + arrays.offset


def cost_scale(cost: Floats) -> float:
    """The power of two, at least 1, that brings all but the smallest 1 % of costs to 1 or more."""
    sizes = np.abs(cost[cost != 0])
    if len(sizes) == 0:
        return 1.0
    wanted = math.ceil(-math.log2(float(np.quantile(sizes, 0.01, method="lower"))))
    allowed = math.floor(_COST_BITS - math.log2(float(sizes.max())))
    return 2.0 ** max(0, min(wanted, allowed))


class _QuietHighs(highspy.Highs):
    """Silent from its first call: its constructor sets callbacks, and HiGHS greets on stdout then."""

    def enableCallbacks(self) -> None:  # noqa: N802 - highspy's name
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


def load(arrays: Arrays, scale: float, options: Mapping[str, Any]) -> highspy.Highs:
    """A silent HiGHS with the model in it. Raises NoPlan if HiGHS refuses it."""
    highs = _QuietHighs()
    for name, value in options.items():
        if highs.setOptionValue(name, value) != HighsStatus.kOk:
            raise ValueError(f"HiGHS refuses {name} = {value}")
    matrix: Any = csc_array(arrays.matrix)
    rows, columns = matrix.shape
    status = highs.passModel(
        columns,
        rows,
        matrix.nnz,
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        arrays.offset * scale,
        arrays.cost if scale == 1 else arrays.cost * scale,
        np.asarray(arrays.lower, dtype=np.float64),
        np.asarray(arrays.upper, dtype=np.float64),
        np.asarray(arrays.row_lower, dtype=np.float64),
        np.asarray(arrays.row_upper, dtype=np.float64),
        np.asarray(matrix.indptr, dtype=np.int32),
        np.asarray(matrix.indices, dtype=np.int32),
        np.asarray(matrix.data, dtype=np.float64),
        arrays.integer.astype(np.int32),
    )
    if status == HighsStatus.kError:
        raise NoPlan("HiGHS refused the model.")
    if status == HighsStatus.kWarning:
        log.warning("HiGHS changed the model on loading: coefficients too small or too large")
    return highs


def heed(highs: highspy.Highs, stop: Stop) -> None:
    """Let ``stop`` interrupt the linear problems that this HiGHS solves."""

    def ask(_kind: Any, _message: str, _said: Any, answer: Any, _data: Any) -> None:
        answer.user_interrupt = stop.is_set()

    highs.setCallback(ask, None)
    for kind in (cb.HighsCallbackType.kCallbackSimplexInterrupt, cb.HighsCallbackType.kCallbackIpmInterrupt):  # fmt: skip
        highs.startCallback(kind)


def run_here(highs: highspy.Highs) -> HighsStatus:
    """Run in the caller's thread.

    HiGHS's pool belongs to the thread and keeps its size: asked for another number of threads than
    the run before it, HiGHS refuses before it begins; the pool then begins anew.
    """
    status = highs.run()
    if status == HighsStatus.kError and highs.getModelStatus() == HighsModelStatus.kNotset:
        highspy.Highs.resetGlobalScheduler(True)
        status = highs.run()
    return status


def write_mps(arrays: Arrays, path: Path) -> None:
    """Write the model, unscaled, as a free-format MPS file; what stood there is replaced when done.

    Blanks in names become `_`; a name met before gets its number. Raises OSError where the file
    cannot be written.
    """
    highs = load(arrays, 1.0, {})
    for names, give in (
        (arrays.column_names, highs.passColName),
        (arrays.row_names, highs.passRowName),
    ):
        for index, name in enumerate(_mps_names(names or ())):
            give(index, name)
    part = path.with_name(f"{path.name}.part.mps")  # HiGHS chooses the format by the ending
    if highs.writeModel(str(part)) == HighsStatus.kError:
        raise OSError(f"HiGHS could not write {part}")
    part.replace(path)


def _mps_names(names: tuple[str, ...]) -> Iterator[str]:
    met: set[str] = set()
    for index, name in enumerate(names):
        plain = re.sub(r"\s", "_", name)
        if plain in met:
            plain = f"{plain}~{index}"
        met.add(plain)
        yield plain
