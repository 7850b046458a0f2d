"""Where to begin: the same problem with a few subtrees, each standing for others.

Subtrees are put into clusters by how they answer: what first decisions are worth to them, for each
unit of their weight. One of each cluster stands for all of it, scaled up to their weight. At first nothing is known
of their answers but their weights. Such a sample decides the first z and the first prices; nothing is
proven by it. The centre of each cluster is the
subtree nearest to its mean (k-means; Arthur and Vassilvitskii 2007 for its seeds).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.cluster.vq import kmeans2

from planner.errors import Infeasible
from planner.solve.arrays import Arrays, Floats
from planner.solve.compile import Ints
from planner.solve.lshaped.master import in_full
from planner.solve.lshaped.split import Split
from planner.solve.lshaped.subproblem import Cut
from planner.solve.relaxation import Relaxation

#: Columns of a sample, about; at least one subtree.
SMALL = 50_000
#: Columns of the subtrees that stand in the master in full at most, and one of how many does.
FULL, OF_ALL = 10_000, 10
#: A second sample pays where one subtree stands for at least so many.
FEW = 4


@dataclass(frozen=True, eq=False)
class Sample:
    """``chosen`` subtrees (k,), each standing for ``factor`` (k,) times its own weight."""

    chosen: Ints
    factor: Floats


def masses(cut: Split) -> Floats:
    """(subtrees,): how much each weighs in the objective."""
    mass = np.array([np.abs(tree.arrays.cost).sum() * tree.weight for tree in cut.subtrees])
    return np.where(mass > 0, mass, np.finfo(float).tiny)


def in_master(cut: Split) -> Ints:
    """The subtrees that weigh most, as far as they are small and few; at least one."""
    order = np.argsort(-masses(cut), kind="stable")
    width = np.cumsum([len(cut.subtrees[int(i)].columns) for i in order])
    return order[
        : max(1, min(int(np.searchsorted(width, FULL, side="right")), len(order) // OF_ALL))
    ]


def sample_by_mass(cut: Split) -> Sample:
    """Where nothing is known of answers: every so many in the order of weight, each for its like."""
    count = _count(cut)
    order = np.argsort(-masses(cut), kind="stable")
    return _sampled(
        cut, np.array_split(order, count), lambda members: int(members[len(members) // 2])
    )


def sample_by_answers(cut: Split, cuts: Sequence[Cut], z: Floats) -> Sample:
    """Clusters of subtrees to which first decisions are worth alike, judged by their cuts at ``z``."""
    count, mass = _count(cut), masses(cut)
    unit = np.array([tree.weight for tree in cut.subtrees]) / mass
    answers: Floats = np.zeros((len(cuts), len(z) + 1))
    for i, found in enumerate(cuts):
        plane = found.below
        worth = plane.slope * np.maximum(1.0, np.abs(z[plane.columns]))
        answers[i, plane.columns] = worth * unit[i]
        answers[i, -1] = (plane.constant + plane.slope @ z[plane.columns]) * unit[i]
    label: Ints = np.zeros(len(cuts), dtype=np.int64)
    if count > 1:
        label = np.asarray(kmeans2(answers, count, minit="++", seed=1)[1], dtype=np.int64)
    groups = [np.flatnonzero(label == k) for k in range(count)]

    def centre(members: Ints) -> int:
        mean = np.average(answers[members], axis=0, weights=mass[members])
        return int(members[np.argmin(((answers[members] - mean) ** 2).sum(axis=1))])

    return _sampled(cut, [members for members in groups if len(members)], centre)


def is_coarse(cut: Split) -> bool:
    """Whether a sample has few of the subtrees."""
    return len(cut.subtrees) >= FEW * _count(cut)


def _count(cut: Split) -> int:
    width = float(np.mean([len(tree.columns) for tree in cut.subtrees]))
    return min(len(cut.subtrees), max(1, round(SMALL / width)))


def _sampled(cut: Split, groups: Sequence[Ints], centre: Callable[[Ints], int]) -> Sample:
    mass = masses(cut)
    chosen = np.array([centre(members) for members in groups], dtype=np.int64)
    return Sample(chosen, np.array([mass[members].sum() for members in groups]) / mass[chosen])


def first_point(
    cut: Split, sample: Sample, options: Mapping[str, Any], halt: threading.Event
) -> tuple[Floats, Floats]:
    """(z, prices of the coupling rows): near the optimum where the sample has one.

    Raises Infeasible where the root's own rows have no solution.
    """
    small = Relaxation(in_full(cut, sample.chosen.tolist(), sample.factor), options, halt)
    if small.solve():
        duals = small.duals
        return small.values[: len(cut.columns)], -duals[len(duals) - len(cut.low) :]
    alone = Relaxation(_without_cost(cut.root), options, halt)
    if not alone.solve():
        raise Infeasible("No plan can satisfy the rules: the first decisions have no solution.")
    return alone.values, np.zeros(len(cut.low))


def _without_cost(root: Arrays) -> Arrays:
    return Arrays(
        np.zeros_like(root.cost), root.lower, root.upper, root.integer, root.matrix,
        root.row_lower, root.row_upper,
    )  # fmt: skip
