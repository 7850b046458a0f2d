"""The tree as the formulation states it: each node's copy of its block, with its own figures.

Entries are written row by row as they stand in the blocks, so that no sort is ever needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from models.instance import Instance
from models.tree import Node
from planner.solve.compile import Floats, Group, Ints, Rows, Template

Templates = Mapping[Group, Template]
Int32s = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Stack:
    """All rows and columns of the tree as the formulation states them: nothing is absorbed yet.

    Rows stand template by template, node by node in it, then those over the whole tree; row i has
    the entries first[i]:first[i + 1] of ``column`` and ``value``, zeros among them. ``row_lower``,
    ``row_upper`` (rows,); ``lower``, ``upper``, ``integer`` (width,).
    """

    copies: tuple[Copies, ...]
    offset: Mapping[str, int]
    templates: Mapping[str, Template]
    column: Int32s
    value: Floats
    first: Ints
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    integer: Bools

    @cached_property
    def matrix(self) -> csr_array:
        """(rows, width), without zeros."""
        shape = (len(self.row_lower), len(self.lower))
        matrix = csr_array((self.value.copy(), self.column.copy(), self.first.copy()), shape=shape)
        matrix.eliminate_zeros()
        return matrix

    @cached_property
    def row_offset(self) -> Mapping[str, int]:
        """Node -> its first row."""
        found: dict[str, int] = {}
        begun = 0
        for copy in self.copies:
            for node in copy.nodes:
                found[node.name] = begun
                begun += len(copy.template.rows.names)
        return found

    @property
    def overall(self) -> tuple[Any, ...]:
        """Keys of the rows over the whole tree."""
        return tuple(_expected_keys(self.copies))

    @cached_property
    def names(self) -> tuple[tuple[str | None, Any], ...]:
        """Of every row: its node and (component, index); over the whole tree None and its key."""
        own = [
            (node.name, name)
            for copy in self.copies
            for node in copy.nodes
            for name in copy.template.rows.names
        ]
        return (*own, *((None, key) for key in self.overall))


def stack(data: Instance, templates: Templates) -> Stack:
    """Copy each block to its nodes, with its figures."""
    nodes = data.tree.nodes
    of = {node.name: templates[node.epoch, node.test] for node in nodes}
    offset: dict[str, int] = {}
    width = 0
    for node in nodes:
        offset[node.name] = width
        width += len(of[node.name].columns)
    copies = tuple(Copies(data, template, nodes, offset) for template in templates.values())
    return Stack(copies, offset, of, *_rows(copies, width), *_bounds(copies, width))


class Copies:
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
        self.offset = [offset[node.name] for node in self.nodes]
        paths = [[0, *(offset[past.name] for past in data.tree.path(n.name))] for n in self.nodes]
        self._path = np.array(paths, dtype=np.int32)
        self._figures = np.empty((len(self.nodes), len(template.figures)))
        for values, node in zip(self._figures, self.nodes, strict=True):
            values[:] = _figures(template, data.numbers[node.name])

    def columns(self, rows: Rows, out: Int32s | None = None) -> Int32s:
        """(nodes, entries): position of each entry's column among all."""
        found = np.take(self._path, rows.epoch, axis=1, out=out, mode="clip")
        found += rows.column.astype(np.int32)
        return found

    def values(self, rows: Rows, out: Floats | None = None) -> Floats:
        """(nodes, entries)."""
        return rows.value.evaluate(self._figures, out)

    def constants(self, rows: Rows) -> Floats:
        """(nodes, rows)."""
        return rows.constant.evaluate(self._figures)


def _figures(template: Template, numbers: Mapping[str, Mapping[tuple[Any, ...], float]]) -> Floats:
    """A node's figures in the order of the template's.

    All nodes of a group are assembled alike, so nearly always they stand in that order already.
    """
    parts: list[Iterable[float]] = []
    for name, keys in template.figure_groups.items():
        by_key = numbers[name]
        ordered = tuple(by_key) == keys
        parts.append(by_key.values() if ordered else [by_key[key] for key in keys])
    return np.fromiter(chain.from_iterable(parts), float, len(template.figures))


def _rows(copies: Sequence[Copies], width: int) -> tuple[Int32s, Floats, Ints, Floats, Floats]:
    """Columns, values and begins of the rows' entries, and the rows' two sides."""
    over_tree, ceilings = _over_tree(copies, width)
    entries = sum(len(c.nodes) * len(c.template.rows.row) for c in copies)
    column = np.empty(entries + over_tree.nnz, dtype=np.int32)
    value = np.empty(entries + over_tree.nnz)
    lengths: list[Ints] = [np.zeros(1, dtype=np.int64)]
    low: list[Floats] = []
    high: list[Floats] = []
    begun = 0
    for copy in copies:
        rows, n = copy.template.rows, len(copy.nodes)
        part = slice(begun, begun + n * len(rows.row))
        copy.columns(rows, column[part].reshape(n, len(rows.row)))
        copy.values(rows, value[part].reshape(n, len(rows.row)))
        lengths.append(np.tile(np.bincount(rows.row, minlength=len(rows.names)), n))
        constants = copy.constants(rows)
        low.append(_less(rows.lower, constants).ravel())
        high.append(_less(rows.upper, constants).ravel())
        begun = part.stop
    column[begun:], value[begun:] = over_tree.indices, over_tree.data
    first = np.cumsum(np.concatenate((*lengths, np.diff(over_tree.indptr))))
    low.append(np.full(len(ceilings), -np.inf))
    high.append(ceilings)
    return column, value, first, np.concatenate(low), np.concatenate(high)


def _over_tree(copies: Sequence[Copies], width: int) -> tuple[csr_array, Floats]:
    """DIV-1, DIV-2, RSK-4..6: probability-weighted sums over all nodes, and their upper sides."""
    keys = _expected_keys(copies)
    ceilings = np.zeros(len(keys))
    row: list[Ints] = [np.zeros(0, dtype=np.int64)]
    column: list[Int32s] = [np.zeros(0, dtype=np.int32)]
    value: list[Floats] = [np.zeros(0)]
    for copy in copies:
        rows = copy.template.expected
        if copy.template.test is not None or not rows.names:
            continue
        number = np.array([keys[key] for key in rows.names], dtype=np.int64)
        weighted = copy.values(rows) * copy.probability[:, None]
        row.append(np.broadcast_to(number[rows.row], weighted.shape).ravel())
        column.append(copy.columns(rows).ravel())
        value.append(weighted.ravel())
        np.subtract.at(ceilings, number, copy.probability @ copy.constants(rows))
    places = (np.concatenate(row), np.concatenate(column))
    matrix = coo_array((np.concatenate(value), places), shape=(len(keys), width))
    return matrix.tocsr(), ceilings


def _expected_keys(copies: Sequence[Copies]) -> dict[Any, int]:
    """Rows over the whole tree, numbered."""
    ordinary = (copy.template for copy in copies if copy.template.test is None)
    keys = dict.fromkeys(key for template in ordinary for key in template.expected.names)
    return {key: number for number, key in enumerate(keys)}


def _less(bound: Floats, constants: Floats) -> Floats:
    """bound - constants (nodes, rows); a side that does not bind stays so, whatever the figures."""
    with np.errstate(invalid="ignore"):
        rest = bound - constants
    free = np.flatnonzero(np.isinf(bound))
    rest[:, free] = bound[free]
    return rest


def _bounds(copies: Sequence[Copies], width: int) -> tuple[Floats, Floats, Bools]:
    lower, upper = np.zeros(width), np.zeros(width)
    integer = np.zeros(width, dtype=bool)
    for copy in copies:
        template = copy.template
        for start in copy.offset:
            part = slice(start, start + len(template.columns))
            lower[part], upper[part] = template.lower, template.upper
            integer[part] = template.integer
    return lower, upper, integer
