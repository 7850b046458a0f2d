"""What a search left behind, handed to a problem of other columns and rows.

Nodes, columns and rows are matched by name. So an edit of the structure (a cap dropped, a limit
added) goes on from the old bases like an edit of numbers: on the shipped case the relaxation takes
10 CPU s from nothing, 0.2 to 4 s from the basis of a problem that differs in one rule. Where a basis
has too few or too many members after that, HiGHS completes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from highspy import HighsBasis, HighsBasisStatus

from planner.solve.compile import Ints
from planner.solve.layout import Layout
from planner.solve.old_duals import reweighed
from planner.solve.search import Warm

#: With more than this part of the columns new, old bases are no help: 20 s of simplex for 11 s of
#: interior point (a licence granted for sure opens lanes by the hundred).
_FAMILIAR, _FEW = 0.01, 200
_LOWER, _UPPER = HighsBasisStatus.kLower, HighsBasisStatus.kUpper
_FREE, _BASIC = HighsBasisStatus.kZero, HighsBasisStatus.kBasic


def carried_over(before: Layout, warm: Warm, layout: Layout) -> Warm:
    """What is known for ``before``, in the columns and rows of ``layout``."""
    if before.same_columns(layout) and before.same_rows(layout):
        if warm.duals is None:
            return warm
        duals = reweighed(warm.duals, before, layout)
        return warm if duals is warm.duals else replace(warm, duals=duals)
    columns, rows = _columns(before, layout), _rows(before, layout)
    is_known = columns >= 0
    values = np.where(is_known, warm.values[columns], 0.0)
    cost = warm.cost
    if cost is not None:
        cost = np.where(is_known, cost[columns], layout.arrays.cost)
    if len(columns) - is_known.sum() > max(_FEW, _FAMILIAR * len(columns)):
        return Warm(values, cost=cost)
    root, basis = (
        None if basis is None else _matched(basis, columns, rows, layout)
        for basis in (warm.root, warm.basis)
    )
    duals = None
    if warm.duals is not None:
        duals = reweighed(np.where(rows >= 0, warm.duals[rows], 0.0), before, layout)
    return Warm(values, root, basis, cost, duals)


def with_rows(basis: HighsBasis | None, count: int) -> HighsBasis | None:
    """The basis of the same columns and rows with ``count`` rows more at the end, all basic."""
    if basis is None:
        return None
    grown = HighsBasis()
    grown.col_status = list(basis.col_status)
    grown.row_status = [*basis.row_status, *[_BASIC] * count]
    grown.valid = grown.alien = True
    return grown


def _matched(basis: HighsBasis, columns: Ints, rows: Ints, layout: Layout) -> HighsBasis:
    """What is new stands at a bound if it is a column, and is basic if it is a row."""
    found, arrays = HighsBasis(), layout.arrays
    at_bound = [
        _LOWER if np.isfinite(low) else _UPPER if np.isfinite(high) else _FREE
        for low, high in zip(arrays.lower, arrays.upper, strict=True)
    ]
    was = list(basis.col_status)
    found.col_status = [
        was[at] if at >= 0 else new for at, new in zip(columns.tolist(), at_bound, strict=True)
    ]
    was = list(basis.row_status)
    found.row_status = [was[at] if at >= 0 else _BASIC for at in rows.tolist()]
    found.valid = found.alien = True
    return found


def _columns(before: Layout, layout: Layout) -> Ints:
    """(columns of the solver,): where each stood before; -1 for a new one."""
    names = {node: template.columns for node, template in before.templates.items()}
    match = _Match(names, before.offset, before.width)
    for node, template in layout.templates.items():
        match.place(node, layout.offset[node], template.columns, layout.width)
    return match.seen(before.kept, layout.kept)


def _rows(before: Layout, layout: Layout) -> Ints:
    """(rows of the solver,): where each stood before; -1 for a new one."""
    names = {node: template.rows.names for node, template in before.templates.items()}
    whole = before.height - len(before.overall)
    match = _Match({**names, "": before.overall}, {**before.row_offset, "": whole}, before.height)
    for node, template in layout.templates.items():
        match.place(node, layout.row_offset[node], template.rows.names, layout.height)
    match.place("", layout.height - len(layout.overall), layout.overall, layout.height)
    return match.seen(before.kept_rows, layout.kept_rows)


class _Match:
    """Positions among all columns (or rows) of two layouts; nodes of one block are matched once."""

    def __init__(
        self, names: Mapping[str, Sequence[Any]], offset: Mapping[str, int], width: int
    ) -> None:
        self._names, self._offset, self._width = names, offset, width
        self._known: dict[tuple[int, int], Ints] = {}
        self._found: Ints | None = None

    def place(self, node: str, begins: int, names: Sequence[Any], width: int) -> None:
        """Say where a node's names stand now, from ``begins`` on among ``width``."""
        if self._found is None:
            self._found = np.full(width, -1, dtype=np.int64)
        before = self._names.get(node)
        if before is None:
            return
        key = id(before), id(names)
        if key not in self._known:
            position = {name: at for at, name in enumerate(before)}
            self._known[key] = np.array([position.get(n, -1) for n in names], dtype=np.int64)
        at = self._known[key]
        self._found[begins : begins + len(at)] = np.where(at >= 0, at + self._offset[node], -1)

    def seen(self, kept_before: Ints, kept: Ints) -> Ints:
        """Of those that the solver sees: their places among those that it saw before."""
        assert self._found is not None
        place = np.full(self._width + 1, -1, dtype=np.int64)  # the last one stands for -1
        place[kept_before] = np.arange(len(kept_before))
        return place[self._found[kept]]
