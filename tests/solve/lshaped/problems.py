"""Small stochastic problems with everything that couples subtrees, as arrays with labels.

Capacity is built now (whole modules, and a hedge in any amount), demand is served later in each
world, what is short is paid. Options add a value at risk, a limit on expected shortage, integers in
the worlds and a hard floor of service.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from planner.solve.arrays import Arrays


@dataclass(frozen=True)
class Worlds:
    """Arrays, the subtree of each column (0: now) and the epoch in which it is decided."""

    arrays: Arrays
    labels: NDArray[np.int64]
    epochs: NDArray[np.int64]


class _Maker:
    def __init__(self) -> None:
        self.columns: list[tuple[float, float, float, bool, int]] = []
        self.rows: list[tuple[dict[int, float], float, float]] = []

    def column(
        self, cost: float, upper: float, label: int, *, whole: bool = False, lower: float = 0.0
    ) -> int:
        self.columns.append((cost, lower, upper, whole, label))
        return len(self.columns) - 1

    def row(self, entries: dict[int, float], low: float = -np.inf, high: float = np.inf) -> None:
        self.rows.append((entries, low, high))

    def worlds(self) -> Worlds:
        cost, lower, upper, whole, label = (list(part) for part in zip(*self.columns, strict=True))
        at = [(i, j) for i, (entries, _, _) in enumerate(self.rows) for j in entries]
        values = [value for entries, _, _ in self.rows for value in entries.values()]
        rows, columns = (np.array(part) for part in zip(*at, strict=True))
        shape = (len(self.rows), len(cost))
        labels = np.array(label, dtype=np.int64)
        arrays = Arrays(
            cost=np.array(cost, dtype=float),
            lower=np.array(lower, dtype=float),
            upper=np.array(upper, dtype=float),
            integer=np.array(whole, dtype=bool),
            matrix=csc_array((values, (rows, columns)), shape=shape),
            row_lower=np.array([low for _, low, _ in self.rows]),
            row_upper=np.array([high for _, _, high in self.rows]),
        )
        return Worlds(arrays, labels, np.where(labels > 0, 2, 1).astype(np.int64))


def worlds(
    seed: int, count: int = 5, *, risk: float = 0.0, limit: float | None = None,
    integers_below: bool = False, floor: float = 0.0, rarest: float = 0.05,
) -> Worlds:  # fmt: skip
    """``count`` worlds, the last of probability ``rarest``.

    ``risk``: weight of CVaR at 0.8; ``limit``: most expected shortage, as a share of demand;
    ``floor``: share of demand to be served in every world.
    """
    draw, maker = np.random.default_rng(seed), _Maker()
    sites, goods = 3, 2
    chance = np.append(draw.dirichlet(np.ones(count - 1)) * (1 - rarest), rarest)
    module = [maker.column(draw.uniform(40, 120), 4, 0, whole=True) for _ in range(sites)]
    hedge = [maker.column(draw.uniform(6, 12), 40.0, 0) for _ in range(goods)]
    maker.row(dict.fromkeys(module, 1.0), high=8)
    eta = maker.column(risk, np.inf, 0, lower=-np.inf) if risk else None
    expected: dict[int, float] = {}
    demanded = 0.0
    for world, probability in enumerate(chance, start=1):
        demand, serving = draw.uniform(5, 30, goods), draw.uniform(1, 5, (sites, goods))
        works = draw.random(sites) < 0.7
        paid: dict[int, float] = {}
        runs = [[-1] * goods for _ in range(sites)]
        for i in range(sites):
            for g in range(goods):
                runs[i][g] = maker.column((1 - risk) * probability * serving[i, g], np.inf, world)
                paid[runs[i][g]] = serving[i, g]
            maker.row({**dict.fromkeys(runs[i], 1.0), module[i]: -10.0 * works[i]}, high=0.0)
        for g in range(goods):
            short = maker.column((1 - risk) * probability * 60, demand[g] * (1 - floor), world)
            paid[short] = 60.0
            supply = {short: 1.0, hedge[g]: 1.0, **{runs[i][g]: 1.0 for i in range(sites)}}
            if integers_below:
                rescue = maker.column((1 - risk) * probability * 70, 3, world, whole=True)
                paid[rescue], supply[rescue] = 70.0, 4.0
            maker.row(supply, low=demand[g])
            expected[short] = probability
            demanded += probability * demand[g]
        if eta is not None:
            excess = maker.column(risk * probability / (1 - 0.8), np.inf, world)
            maker.row({excess: 1.0, eta: 1.0, **{c: -v for c, v in paid.items()}}, low=0.0)
    if limit is not None:
        maker.row(expected, high=limit * demanded)
    return maker.worlds()
