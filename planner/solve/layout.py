"""The tree as one sparse matrix: each node's copy of its block, with its own figures.

Columns and rows stand node by node in the order of the tree. Rows with a single entry become
bounds; columns that these fix at 0 (closed lanes, licences that came too late) are left out of
what the solver sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array

from models.instance import Instance
from models.risk import weights
from models.tree import Node
from planner.solve.compile import Floats, Group, Ints, Rows, Template
from planner.solve.highs import Arrays

Templates = Mapping[Group, Template]


@dataclass(frozen=True)
class Layout:
    """The problem as arrays, and where everything stands in them.

    ``arrays`` has the columns of ``kept`` only; ``offset[node]`` is a node's first column among
    all. ``cost`` has a row for each (node, line, period), kUSD not discounted, over all columns;
    ``cost_constant`` what does not depend on decisions.
    """

    arrays: Arrays
    kept: Ints
    width: int
    offset: Mapping[str, int]
    templates: Mapping[str, Template]
    cost: csr_array
    cost_constant: Floats
    cost_rows: tuple[tuple[str, str, int], ...]

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

    def names(self) -> tuple[str, ...]:
        """Of the solver's columns, for files that people read."""
        every = [
            f"{component}[{index}]@{node}"
            for node, template in self.templates.items()
            for component, index in template.columns
        ]
        return tuple(every[int(i)] for i in self.kept)


@dataclass(frozen=True, eq=False)
class Stack:
    """All rows and columns of the tree as the formulation states them: nothing is absorbed yet.

    ``matrix`` (rows, width); rows stand template by template, node by node in it, then those over
    the whole tree. ``lower``, ``upper``, ``integer`` (width,).
    """

    copies: tuple[_Copies, ...]
    offset: Mapping[str, int]
    templates: Mapping[str, Template]
    matrix: csr_array
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]

    @cached_property
    def names(self) -> tuple[tuple[str | None, Any], ...]:
        """Of every row: its node and (component, index); over the whole tree None and its key."""
        own = [
            (node.name, name)
            for copy in self.copies
            for node in copy.nodes
            for name in copy.template.rows.names
        ]
        return (*own, *((None, key) for key in _expected_keys(self.copies)))


def stack(data: Instance, templates: Templates) -> Stack:
    """Copy each block to its nodes, with its figures."""
    nodes = data.tree.nodes
    of = {node.name: templates[node.epoch, node.test] for node in nodes}
    offset: dict[str, int] = {}
    width = 0
    for node in nodes:
        offset[node.name] = width
        width += len(of[node.name].columns)
    copies = tuple(_Copies(data, template, nodes, offset) for template in templates.values())
    return Stack(copies, offset, of, *_stack(copies, width), *_bounds(copies, width))


def lay_out(data: Instance, templates: Templates) -> Layout:
    """The stack as the solver sees it; infinite figures make free rows, which are dropped."""
    whole = stack(data, templates)
    copies, width = whole.copies, len(whole.lower)
    lower, upper, integer = whole.lower, whole.upper, whole.integer
    matrix, row_lower, row_upper = absorb_singletons(
        whole.matrix, whole.row_lower, whole.row_upper, lower, upper
    )
    of, offset = whole.templates, whole.offset
    cost, cost_constant, cost_rows = _costs(copies, width)
    objective, constant = _objective(data, of, offset, cost, cost_constant, cost_rows)
    kept = np.flatnonzero((lower != 0) | (upper != 0))
    if len(kept) == 0:
        kept = np.arange(1)  # all is closed: what remains to be seen is whether the rows hold
    arrays = Arrays(
        cost=objective[kept],
        lower=lower[kept],
        upper=upper[kept],
        integer=integer[kept],
        matrix=csc_array(matrix[:, kept]),
        row_lower=row_lower,
        row_upper=row_upper,
        offset=constant,
    )
    return Layout(arrays, kept, width, offset, of, cost, cost_constant, cost_rows)


class _Copies:
    """One template and the nodes that it serves, with their figures evaluated."""

    def __init__(
        self,
        data: Instance,
        template: Template,
        nodes: tuple[Node, ...],
        offset: Mapping[str, int],
    ) -> None:
        self.template = template
        self.nodes = [n for n in nodes if (n.epoch, n.test) == (template.epoch, template.test)]
        self.probability = np.array([node.probability for node in self.nodes])
        self.offset = np.array([offset[node.name] for node in self.nodes], dtype=np.int64)
        paths = [[0, *(offset[past.name] for past in data.tree.path(n.name))] for n in self.nodes]
        self._path = np.array(paths, dtype=np.int64)
        self._figures = np.array(
            [
                [data.numbers[n.name][name][key] for name, key in template.figures]
                for n in self.nodes
            ],
            dtype=float,
        ).reshape(len(self.nodes), len(template.figures))

    def columns(self, rows: Rows) -> Ints:
        """(nodes, entries): position of each entry's column among all."""
        return self._path[:, rows.epoch] + rows.column[None, :]

    def values(self, rows: Rows) -> Floats:
        """(nodes, entries)."""
        return rows.value.evaluate(self._figures)

    def constants(self, rows: Rows) -> Floats:
        """(nodes, rows)."""
        return rows.constant.evaluate(self._figures)


def _stack(copies: Sequence[_Copies], width: int) -> tuple[csr_array, Floats, Floats]:
    """Rows of all nodes, then the rows over the tree."""
    row: list[Ints] = []
    column: list[Ints] = []
    value: list[Floats] = []
    low: list[Floats] = []
    high: list[Floats] = []
    height = 0
    for copy in copies:
        rows = copy.template.rows
        count, n = len(rows.names), len(copy.nodes)
        starts = height + count * np.arange(n, dtype=np.int64)
        row.append((starts[:, None] + rows.row[None, :]).ravel())
        column.append(copy.columns(rows).ravel())
        value.append(copy.values(rows).ravel())
        constants = copy.constants(rows)
        low.append(_less(rows.lower, constants).ravel())
        high.append(_less(rows.upper, constants).ravel())
        height += count * n
    keys = _expected_keys(copies)
    ceilings = [0.0] * len(keys)
    for copy in copies:
        rows = copy.template.expected
        if copy.template.test is not None or not rows.names:
            continue
        number = np.array([keys[key] for key in rows.names], dtype=np.int64)
        weighted = copy.values(rows) * copy.probability[:, None]
        row.append(np.broadcast_to(height + number[rows.row], weighted.shape).ravel())
        column.append(copy.columns(rows).ravel())
        value.append(weighted.ravel())
        for i, total in zip(number, copy.probability @ copy.constants(rows), strict=True):
            ceilings[i] -= total
    low.append(np.full(len(keys), -np.inf))
    high.append(np.array(ceilings))
    shape = (height + len(keys), width)
    entries = (np.concatenate(row), np.concatenate(column))
    matrix = coo_array((np.concatenate(value), entries), shape=shape).tocsr()
    matrix.eliminate_zeros()
    return matrix, np.concatenate(low), np.concatenate(high)


def _expected_keys(copies: Sequence[_Copies]) -> dict[Any, int]:
    """Rows over the whole tree, numbered."""
    ordinary = (copy.template for copy in copies if copy.template.test is None)
    keys = dict.fromkeys(key for template in ordinary for key in template.expected.names)
    return {key: number for number, key in enumerate(keys)}


def _less(bound: Floats, constants: Floats) -> Floats:
    """bound - constants (nodes, rows); a side that does not bind stays so, whatever the figures."""
    free = np.isinf(bound)[None, :]
    return np.where(free, bound[None, :], bound[None, :] - np.where(free, 0.0, constants))


def _bounds(copies: Sequence[_Copies], width: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    lower, upper = np.zeros(width), np.zeros(width)
    integer = np.zeros(width, dtype=bool)
    for copy in copies:
        template = copy.template
        at = copy.offset[:, None] + np.arange(len(template.columns))[None, :]
        lower[at], upper[at], integer[at] = template.lower, template.upper, template.integer
    return lower, upper, integer


def absorb_singletons(
    matrix: csr_array, low: Floats, high: Floats, lower: Floats, upper: Floats
) -> tuple[csr_array, Floats, Floats]:
    """Turn rows with one entry into bounds (in place); drop rows that bind nothing."""
    entries = np.diff(matrix.indptr)
    single = np.flatnonzero(entries == 1)
    at = matrix.indptr[single]
    column, value = matrix.indices[at], matrix.data[at]
    with np.errstate(invalid="ignore"):
        first, second = low[single] / value, high[single] / value
    np.maximum.at(lower, column, np.minimum(first, second))
    np.minimum.at(upper, column, np.maximum(first, second))
    # An empty row that cannot hold stays, so that the solver reports the case as infeasible.
    holds = (entries == 0) & (low <= 0) & (high >= 0)
    free = (low == -np.inf) & (high == np.inf)
    keep = ~(holds | free)
    keep[single] = False
    return matrix[keep], low[keep], high[keep]


def _costs(
    copies: Sequence[_Copies], width: int
) -> tuple[csr_array, Floats, tuple[tuple[str, str, int], ...]]:
    row: list[Ints] = []
    column: list[Ints] = []
    value: list[Floats] = []
    constant: list[Floats] = []
    names: list[tuple[str, str, int]] = []
    for copy in copies:
        rows = copy.template.costs
        count = len(rows.names)
        starts = len(names) + count * np.arange(len(copy.nodes), dtype=np.int64)
        row.append((starts[:, None] + rows.row[None, :]).ravel())
        column.append(copy.columns(rows).ravel())
        value.append(copy.values(rows).ravel())
        constant.append(copy.constants(rows).ravel())
        names += [(node.name, line, t) for node in copy.nodes for line, t in rows.names]
    entries = (np.concatenate(row), np.concatenate(column))
    matrix = coo_array((np.concatenate(value), entries), shape=(len(names), width)).tocsr()
    return matrix, np.concatenate(constant), tuple(names)


def _objective(
    data: Instance,
    of: Mapping[str, Template],
    offset: Mapping[str, int],
    cost: csr_array,
    constant: Floats,
    names: tuple[tuple[str, str, int], ...],
) -> tuple[Floats, float]:
    """RSK-3: (1 - lambda) E + lambda CVaR."""
    mean, tail = weights(data)
    probability = {node.name: node.probability for node in data.tree.nodes}
    discount = data.grid.discount
    weight = np.array([mean * probability[n] * discount[t] for n, _, t in names])
    objective = weight @ cost
    if data.risk.weight:
        root = data.tree.root.name
        objective[offset[root] + of[root].position["eta", None]] += tail
        for leaf in data.tree.leaves:
            at = offset[leaf.name] + of[leaf.name].position["excess", None]
            objective[at] += tail * leaf.probability / (1 - data.risk.level)
    return np.asarray(objective), float(weight @ constant)
