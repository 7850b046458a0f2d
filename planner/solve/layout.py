"""The tree as one sparse matrix: each node's copy of its block, with its own figures.

Columns and rows stand node by node in the order of the tree. Rows with a single entry become
bounds; columns that these fix at 0 (closed lanes, licences that came too late) are left out of
what the solver sees.

What is not 0 and neither absorbed nor left out is picked from the stack in one pass, so the way to
the solver costs a few times what handing over finished arrays does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.instance import Instance, Risk
from models.risk import weights
from models.tree import Tree
from planner.solve.compile import Floats, Ints, Template
from planner.solve.highs import Arrays
from planner.solve.stack import Bools, Copies, Int32s, Stack, Templates, stack


@dataclass(frozen=True)
class Layout:
    """The problem as arrays, and where everything stands in them.

    ``arrays`` has the columns of ``kept`` and the rows of ``kept_rows`` only; ``offset[node]`` is a
    node's first column among all, ``row_offset[node]`` its first row; ``overall``: names of the rows
    over the whole tree, which stand last. ``cost`` has a row for each (node, line, period), kUSD
    not discounted, over all columns; ``cost_constant`` what does not depend on decisions.
    """

    arrays: Arrays
    kept: Ints
    width: int
    offset: Mapping[str, int]
    templates: Mapping[str, Template]
    cost: csr_array
    cost_constant: Floats
    cost_rows: tuple[tuple[str, str, int], ...]
    kept_rows: Ints
    height: int
    row_offset: Mapping[str, int]
    overall: tuple[Any, ...]
    tree: Tree
    risk: Risk

    def spread(self, values: Floats) -> Floats:
        """Values of the solver's columns -> values of all columns."""
        whole = np.zeros(self.width)
        whole[self.kept] = values
        return whole

    @cached_property
    def epochs(self) -> Ints:
        """The epoch of each of the solver's columns."""
        every = [np.full(len(t.columns), t.epoch, dtype=np.int64) for t in self.templates.values()]
        return np.concatenate(every)[self.kept]

    def by_node(self, labels: Mapping[str, int]) -> Ints:
        """The label of each of the solver's columns, from those of the nodes."""
        every = [
            np.full(len(t.columns), labels[n], dtype=np.int64) for n, t in self.templates.items()
        ]
        return np.concatenate(every)[self.kept]

    def decisions(self, values: Floats, component: str) -> Iterator[tuple[str, Any, float]]:
        """(node, index, value) of a component's columns that are not 0, in order of the tree."""
        for node, template in self.templates.items():
            span = template.spans.get(component)
            if span is None:
                continue
            start = self.offset[node]
            part = values[start + span.start : start + span.stop]
            for at in np.flatnonzero(part):
                yield node, template.columns[span.start + at][1], float(part[at])

    def at(self, node: str, component: str, index: Any = None) -> int:
        """Position of a column among all; KeyError where there is none."""
        return self.offset[node] + self.templates[node].position[component, index]

    def same_columns(self, other: Layout) -> bool:
        """Whether the solver's columns mean the same here and there, one by one."""
        return (
            np.array_equal(self.kept, other.kept)
            and self.templates.keys() == other.templates.keys()
            and all(
                template is other.templates[node]
                or template.columns == other.templates[node].columns
                for node, template in self.templates.items()
            )
        )

    def same_rows(self, other: Layout) -> bool:
        """Whether the solver's rows mean the same here and there, where its columns do."""
        return (
            np.array_equal(self.kept_rows, other.kept_rows)
            and self.overall == other.overall
            and self.row_offset == other.row_offset
            and all(
                template is other.templates[node]
                or template.rows.names == other.templates[node].rows.names
                for node, template in self.templates.items()
            )
        )

    def names(self) -> tuple[str, ...]:
        """Of the solver's columns, for files that people read."""
        every = [
            f"{component}[{index}]@{node}"
            for node, template in self.templates.items()
            for component, index in template.columns
        ]
        return tuple(every[int(i)] for i in self.kept)


def lay_out(data: Instance, templates: Templates) -> Layout:
    """The stack as the solver sees it; infinite figures make free rows, which are dropped."""
    whole = stack(data, templates)
    of, offset, width = whole.templates, whole.offset, len(whole.lower)
    lower, upper = whole.lower, whole.upper
    there = whole.value != 0
    rows = _absorb(
        whole.column,
        whole.value,
        there,
        whole.first,
        whole.row_lower,
        whole.row_upper,
        lower,
        upper,
    )
    columns = (lower != 0) | (upper != 0)
    if not columns.any():
        columns[0] = True  # all is closed: what remains to be seen is whether the rows hold
    cost, cost_constant, cost_rows = _costs(whole.copies, width)
    objective, constant = _objective(data, whole, cost, cost_constant)
    kept = np.flatnonzero(columns)
    arrays = Arrays(
        cost=objective[kept],
        lower=lower[kept],
        upper=upper[kept],
        integer=whole.integer[kept],
        matrix=_picked(whole, there, rows, columns).tocsc(),
        row_lower=whole.row_lower[rows],
        row_upper=whole.row_upper[rows],
        offset=constant,
    )
    return Layout(
        arrays, kept, width, offset, of, cost, cost_constant, cost_rows,
        np.flatnonzero(rows), len(rows), whole.row_offset, whole.overall, data.tree, data.risk,
    )  # fmt: skip


def absorb_singletons(
    matrix: csr_array, low: Floats, high: Floats, lower: Floats, upper: Floats
) -> tuple[csr_array, Floats, Floats]:
    """Turn rows with one entry into bounds (in place); drop rows that bind nothing."""
    there = np.ones(len(matrix.data), dtype=bool)
    keep = _absorb(matrix.indices, matrix.data, there, matrix.indptr, low, high, lower, upper)
    return matrix[keep], low[keep], high[keep]


def _absorb(
    column: Int32s,
    value: Floats,
    there: Bools,
    first: NDArray[np.integer],
    low: Floats,
    high: Floats,
    lower: Floats,
    upper: Floats,
) -> Bools:
    """The rows that are left when those with one entry have become bounds (in place)."""
    before = np.zeros(len(there) + 1, dtype=np.int32)  # entries that are not 0 before each
    np.cumsum(there, out=before[1:])
    begun = before[first]
    entries = np.diff(begun)
    single = np.flatnonzero(entries == 1)
    at = np.searchsorted(before, begun[single] + 1) - 1
    with np.errstate(invalid="ignore"):
        one, other = low[single] / value[at], high[single] / value[at]
    np.maximum.at(lower, column[at], np.minimum(one, other))
    np.minimum.at(upper, column[at], np.maximum(one, other))
    # An empty row that cannot hold stays, so that the solver reports the case as infeasible.
    holds = (entries == 0) & (low <= 0) & (high >= 0)
    free = (low == -np.inf) & (high == np.inf)
    keep = ~(holds | free)
    keep[single] = False
    return keep


def _picked(whole: Stack, there: Bools, rows: Bools, columns: Bools) -> csr_array:
    """The matrix of these rows and columns, entries that are 0 left out."""
    pick = there & columns.take(whole.column, mode="clip")
    pick &= np.repeat(rows, np.diff(whole.first))
    before = np.zeros(len(pick) + 1, dtype=np.int32)
    np.cumsum(pick, out=before[1:])
    place = np.cumsum(columns, dtype=np.int32)
    place -= 1
    at = np.flatnonzero(pick)
    # A row that is left out has no entry picked: its begin is the next one's.
    begins = before[whole.first[np.append(np.flatnonzero(rows), len(rows))]]
    shape = (int(rows.sum()), int(columns.sum()))
    return csr_array((whole.value[at], place.take(whole.column[at]), begins), shape=shape)


def _costs(
    copies: Sequence[Copies], width: int
) -> tuple[csr_array, Floats, tuple[tuple[str, str, int], ...]]:
    entries = sum(len(c.nodes) * len(c.template.costs.row) for c in copies)
    column, value = np.empty(entries, dtype=np.int32), np.empty(entries)
    lengths: list[Ints] = [np.zeros(1, dtype=np.int64)]
    constant: list[Floats] = []
    names: list[tuple[str, str, int]] = []
    begun = 0
    for copy in copies:
        rows, n = copy.template.costs, len(copy.nodes)
        part = slice(begun, begun + n * len(rows.row))
        copy.columns(rows, column[part].reshape(n, len(rows.row)))
        copy.values(rows, value[part].reshape(n, len(rows.row)))
        lengths.append(np.tile(np.bincount(rows.row, minlength=len(rows.names)), n))
        constant.append(copy.constants(rows).ravel())
        names += [(node.name, line, t) for node in copy.nodes for line, t in rows.names]
        begun = part.stop
    first = np.cumsum(np.concatenate(lengths), dtype=np.int32)
    matrix = csr_array((value, column, first), shape=(len(names), width))
    return matrix, np.concatenate(constant), tuple(names)


def _objective(
    data: Instance, whole: Stack, cost: csr_array, constant: Floats
) -> tuple[Floats, float]:
    """RSK-3: (1 - lambda) E + lambda CVaR."""
    mean, tail = weights(data)
    discount = np.array(data.grid.discount)
    parts = [
        np.outer(copy.probability, discount[[t for _, t in copy.template.costs.names]]).ravel()
        for copy in whole.copies
    ]
    weight = mean * np.concatenate(parts)
    objective = weight @ cost
    if data.risk.weight:
        of, offset, root = whole.templates, whole.offset, data.tree.root.name
        objective[offset[root] + of[root].position["eta", None]] += tail
        for leaf in data.tree.leaves:
            at = offset[leaf.name] + of[leaf.name].position["excess", None]
            objective[at] += tail * leaf.probability / (1 - data.risk.level)
    return np.asarray(objective), float(weight @ constant)
