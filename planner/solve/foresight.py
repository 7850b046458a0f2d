"""Problems beside the plan's own: all known, only the mean known, everything decided now.

They share the plan's figures and compiled blocks, so each costs a layout and a solve.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csc_array

from models.tree import Node, Tree
from planner.case.case import Case
from planner.solve.answer import Answer, restricted
from planner.solve.arrays import Arrays, Floats
from planner.solve.compile import Ints
from planner.solve.given import SIGNED
from planner.solve.highs import Outcome
from planner.solve.layout import Layout
from planner.solve.run import Problem
from planner.solve.search import Limits, search

Numbers = dict[str, Mapping[tuple[Any, ...], float]]


def certain(problem: Problem, leaf: str) -> Problem:
    """The path to one leaf as if it were sure to come, with the stress branches that leave it."""
    tree = problem.assembly.instance.tree
    path = tree.path(leaf)
    nodes = [replace(node, probability=1.0) for node in path]
    held = {node.name for node in path}
    for node in tree.nodes:
        if node.test is not None and node.parent in held:
            held.add(node.name)
            nodes.append(node)
    return restricted(problem, tuple(nodes))


def unlinked(case: Case) -> Case:
    """The case without what ties its worlds together: limits on risk, caps on expected supply.

    What remains is a relaxation, since each world then answers for itself alone.
    """
    caps = tuple(row for row in case["caps"] if row["basis"] != "expected")
    return replace(case, sheets={**case.sheets, "caps": caps, "limits": ()})


def is_linked(case: Case) -> bool:
    """Whether a limit on risk or a cap on expected supply ties the worlds together."""
    return bool(case["limits"]) or any(row["basis"] == "expected" for row in case["caps"])


def mean_value(problem: Problem) -> Problem:
    """One node an epoch, each figure the mean of the epoch's nodes; no stress branches.

    A licence that is granted with probability 0.6 lets through 0.6 of what it permits. The root is
    known, so it keeps its name and its figures.
    """
    data = problem.assembly.instance
    path: list[Node] = []
    numbers: dict[str, Numbers] = {}
    for epoch in range(1, data.grid.last_epoch + 1):
        level = [n for n in data.tree.ordinary if n.epoch == epoch and n.probability > 0]
        likely = max(level, key=lambda node: node.probability)
        name = data.tree.root.name if epoch == 1 else f"mean of epoch {epoch}"
        parent = path[-1].name if path else None
        path.append(replace(likely, name=name, parent=parent, probability=1.0))
        weights = np.array([node.probability for node in level])
        own = [data.numbers[node.name] for node in level]
        numbers[name] = {figure: _mean(own, figure, weights / weights.sum()) for figure in own[0]}
    mean = replace(data, tree=Tree(tuple(path)), numbers=numbers)
    assembly = replace(problem.assembly, instance=mean)
    return restricted(replace(problem, assembly=assembly), tuple(path))


def _mean(
    nodes: list[Mapping[str, Mapping[tuple[Any, ...], float]]], figure: str, weights: Floats
) -> Mapping[tuple[Any, ...], float]:
    first = nodes[0][figure]
    if all(node[figure] == first for node in nodes[1:]):
        return first  # no rounding of what is alike
    values = np.array([[node[figure][key] for key in first] for node in nodes])
    return dict(zip(first, (weights @ values).tolist(), strict=True))


def decided_now(answer: Answer, limits: Limits, stop: threading.Event | None = None) -> Outcome:
    """The plan if everything that is signed, filed or begun had to be settled today.

    Contracts, applications, qualifications, switches and builds are alike in all nodes of their
    epoch; what is taken, run and shipped still waits for the news. Raises as ``highs.run``.
    """
    layout = answer.problem.layout
    stands_for = _tied(layout, {n.name: n.epoch for n in answer.tree.ordinary})
    arrays = _merged(layout, stands_for)
    epochs: Ints = layout.epochs[np.unique(stands_for)]
    outcome, _ = search(arrays, epochs, limits, stop=stop)
    return outcome


def _tied(layout: Layout, epoch_of: Mapping[str, int]) -> Ints:
    """(kept columns,): the kept column that each is equal to.

    A column that the solver does not see is 0 for good, such as an application where nothing needs
    the licence: that it is absent in some node says nothing about the others.
    """
    place = np.full(layout.width, -1, dtype=np.int64)
    place[layout.kept] = np.arange(len(layout.kept))
    first: dict[tuple[int, str, Any], int] = {}
    stands_for = np.arange(len(layout.kept), dtype=np.int64)
    for node, epoch in epoch_of.items():
        template = layout.templates[node]
        for component in SIGNED:
            for at in template.spans.get(component, range(0)):
                index = template.columns[at][1]
                own = int(place[layout.offset[node] + at])
                if own >= 0:
                    stands_for[own] = first.setdefault((epoch, component, index), own)
    return stands_for


def _merged(layout: Layout, stands_for: Ints) -> Arrays:
    """The arrays with equal columns added up; bounds are the narrowest of them."""
    arrays = layout.arrays
    kept, to = np.unique(stands_for, return_inverse=True)
    spread = coo_array(
        (np.ones(len(to)), (np.arange(len(to)), to)), shape=(len(to), len(kept))
    ).tocsc()
    lower, upper = np.full(len(kept), -np.inf), np.full(len(kept), np.inf)
    np.maximum.at(lower, to, arrays.lower)
    np.minimum.at(upper, to, arrays.upper)
    return replace(
        arrays,
        cost=np.asarray(arrays.cost @ spread),
        lower=lower,
        upper=upper,
        integer=arrays.integer[kept],
        matrix=csc_array(arrays.matrix @ spread),
    )
