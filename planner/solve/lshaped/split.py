"""The arrays of a tree, split at its first branching: a root and its subtrees.

Nodes up to the first branching are the root's. Every row of a block reaches back along its path
only, so it belongs to the root or to one subtree. Rows over the whole tree (limits, caps on expected
supply) have a *part* in each subtree; they are the ``coupling`` rows. The value at risk is a column
of the root and is handed down with the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array

from models.tree import Tree
from planner.solve.arrays import Arrays, Floats
from planner.solve.compile import Ints


@dataclass(frozen=True, eq=False)
class Subtree:
    """row_lower <= arrays.matrix x + links z <= row_upper, with z the root's columns.

    ``columns`` (k,) are positions among those of the whole; ``links`` (rows, z) and ``part``
    (coupling rows, k) csr. Costs are divided by ``weight``, a power of two, so that those of a rare
    subtree are no smaller than the others.
    """

    columns: Ints
    arrays: Arrays
    links: csr_array
    part: csr_array
    weight: float


@dataclass(frozen=True, eq=False)
class Split:
    """``root``: columns ``columns`` and the rows that they alone are in.

    low <= held z + the subtrees' parts <= high are the coupling rows, ``held`` csr; ``width``
    columns in all.
    """

    width: int
    columns: Ints
    root: Arrays
    held: csr_array
    low: Floats
    high: Floats
    subtrees: tuple[Subtree, ...]

    def whole(self, z: Floats, parts: Mapping[int, Floats]) -> Floats:
        """Values of all columns from the root's and each subtree's, by its number; others 0."""
        values = np.zeros(self.width)
        values[self.columns] = z
        for number, part in parts.items():
            values[self.subtrees[number].columns] = part
        return values


def label_nodes(tree: Tree) -> dict[str, int]:
    """Node -> 0 up to the first branching, else the number of its subtree, from 1.

    A stress branch that leaves the trunk is a subtree of its own.
    """
    ordinary = {node.name for node in tree.ordinary}
    children: dict[str | None, list[str]] = {}
    for node in tree.nodes:
        children.setdefault(node.parent, []).append(node.name)
    trunk = [tree.root.name]
    while True:
        following = [name for name in children.get(trunk[-1], ()) if name in ordinary]
        if len(following) != 1:
            break
        trunk += following
    labels = dict.fromkeys(trunk, 0)
    found = 0
    for node in tree.nodes:
        if node.name in labels:
            continue
        parent = labels[node.parent] if node.parent is not None else 0
        found += parent == 0
        labels[node.name] = parent or found
    return labels


def split(arrays: Arrays, labels: Ints) -> Split:
    """Cut the arrays by ``labels`` (n,): 0 for the root, 1, 2 ... for subtrees."""
    matrix: Any = csr_array(arrays.matrix)
    count = int(labels.max(initial=0))
    rows: Ints = np.repeat(np.arange(len(arrays.row_lower)), np.diff(matrix.indptr))
    owner: Ints = labels[matrix.indices]
    most = np.zeros(matrix.shape[0], dtype=np.int64)
    np.maximum.at(most, rows, owner)
    least = np.full(matrix.shape[0], count + 1, dtype=np.int64)
    np.minimum.at(least, rows[owner > 0], owner[owner > 0])
    over = (most > 0) & (least < most)
    own_rows, own_columns = _grouped(np.where(over, -1, most)), _grouped(labels)
    none = np.zeros(0, dtype=np.int64)
    coupling, root = own_rows.get(-1, none), own_columns.get(0, none)
    coupled: Any = csc_array(matrix[coupling])
    pieces = [
        _subtree(arrays, matrix, coupled, root, own_columns[number], own_rows.get(number, none))
        for number in range(1, count + 1)
        if number in own_columns
    ]
    return Split(
        len(arrays.cost),
        root,
        _picked(arrays, matrix, own_rows.get(0, none), root),
        csr_array(coupled[:, root]),
        arrays.row_lower[coupling],
        arrays.row_upper[coupling],
        tuple(pieces),
    )


def _subtree(
    arrays: Arrays, matrix: Any, coupled: Any, root: Ints, columns: Ints, rows: Ints
) -> Subtree:
    own = _picked(arrays, matrix, rows, columns)
    largest = float(np.abs(own.cost).max(initial=0.0))
    weight = 2.0 ** float(np.floor(np.log2(largest))) if largest > 0 else 1.0
    return Subtree(
        columns,
        replace(own, cost=own.cost / weight, offset=0.0),
        csr_array(matrix[rows][:, root]),
        csr_array(coupled[:, columns]),
        weight,
    )


def _picked(arrays: Arrays, matrix: Any, rows: Ints, columns: Ints) -> Arrays:
    return Arrays(
        cost=arrays.cost[columns],
        lower=arrays.lower[columns],
        upper=arrays.upper[columns],
        integer=arrays.integer[columns],
        matrix=csc_array(matrix[rows][:, columns]),
        row_lower=arrays.row_lower[rows],
        row_upper=arrays.row_upper[rows],
        offset=arrays.offset,
    )


def _grouped(owner: Ints) -> dict[int, Ints]:
    order = np.argsort(owner, kind="stable")
    values, starts = np.unique(owner[order], return_index=True)
    return dict(zip(values.tolist(), np.split(order, starts[1:]), strict=True))
