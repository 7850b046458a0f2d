"""Scenario reduction: few outcomes that stand for many.

Outcomes are points in blocks (one block a regime). What is left out gives its probability to the
nearest kept point *of its own block*, so the probability of every block is exact and only the
distribution within blocks is approximated. Kept are one point of each block that must stay (its
worst outcome), then, one at a time, the point that lowers most

    sum_i w_i  min over kept j of i's block  d(i, j)          d = L1 distance of the points

which is the Kantorovich distance between the full and the reduced distribution, at the best
redistribution: fast forward selection of H. Heitsch and W. Roemisch, "Scenario reduction algorithms
in stochastic programming", Computational Optimization and Applications 24 (2003) 187-206,
algorithm 2.4, begun here from the points that must stay in place of the empty set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

#: Improvements closer than this, relative to the best, are equal: the seed decides.
_TIE = 1e-9


@dataclass(frozen=True)
class Block:
    """Points among which probability may move.

    ``points`` (n, d), ``weights`` (n,) not negative, ``forced`` the row that must be kept.
    """

    points: Floats
    weights: Floats
    forced: int


def select(blocks: Sequence[Block], keep: int, seed: int) -> list[Indices]:
    """For each block and point, the row of the kept point that stands for it (itself, if kept).

    ``keep`` points stay over all blocks; equally good choices are settled by ``seed``. Equally near
    points: the first. Raises ValueError unless len(blocks) <= keep <= number of points.
    """
    sizes = [len(block.weights) for block in blocks]
    if not len(blocks) <= keep <= sum(sizes):
        raise ValueError(f"cannot keep {keep} of {sum(sizes)} points in {len(blocks)} blocks")
    lottery = np.random.default_rng(seed)
    places = [lottery.permutation(size) for size in sizes]
    distances: list[Floats] = [
        np.asarray(cdist(block.points, block.points, "cityblock"), dtype=np.float64)
        for block in blocks
    ]
    kept = [np.arange(size) == block.forced for size, block in zip(sizes, blocks, strict=True)]
    nearest = [d[:, block.forced] for d, block in zip(distances, blocks, strict=True)]
    for _ in range(keep - len(blocks)):
        gains = [
            np.where(stay, -1.0, block.weights @ np.maximum(near[:, None] - d, 0.0))
            for block, d, near, stay in zip(blocks, distances, nearest, kept, strict=True)
        ]
        best = max(float(gain.max()) for gain in gains)
        home = next(b for b, gain in enumerate(gains) if gain.max() >= best - _TIE * abs(best))
        equals = np.flatnonzero(gains[home] >= best - _TIE * abs(best))
        chosen = equals[np.argmin(places[home][equals])]
        kept[home][chosen] = True
        nearest[home] = np.minimum(nearest[home], distances[home][:, chosen])
    return [_stand_in(d, stay) for d, stay in zip(distances, kept, strict=True)]


def _stand_in(distances: Floats, kept: NDArray[np.bool_]) -> Indices:
    """The nearest kept row of each row."""
    rows = np.flatnonzero(kept)
    nearest = rows[np.argmin(distances[:, rows], axis=1)]
    nearest[rows] = rows
    return nearest
