"""Other plans that cost at most so much: any linear aim over today's decisions, within a budget."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csc_array, vstack

from planner.solve.answer import Answer
from planner.solve.arrays import Arrays, Floats
from planner.solve.carrying import with_rows
from planner.solve.given import SIGNED
from planner.solve.run import Problem
from planner.solve.search import Limits, Warm, search

#: (component, index) of a column of the root, as ``models`` names it.
Deed = tuple[str, Any]


@dataclass(frozen=True)
class Near:
    """A plan within the budget: its decisions of today, the aim's value and the bound on it."""

    deeds: Mapping[Deed, float]
    aim: float
    bound: float
    values: Floats


class NearOptimal:
    """The plans that cost no more than ``budget`` [kUSD], by the objective of ``answer``."""

    def __init__(self, answer: Answer, budget: float, stop: threading.Event | None = None) -> None:
        layout = answer.problem.layout
        self._answer, self._stop = answer, stop
        self._cuts: list[tuple[Mapping[int, float], float]] = []
        self._arrays = _within(layout.arrays, budget)
        place = np.full(layout.width, -1, dtype=np.int64)
        place[layout.kept] = np.arange(len(layout.kept))
        root = answer.tree.root.name
        template = layout.templates[root]
        #: today's decisions that can be other than 0 -> column
        self.columns: dict[Deed, int] = {}
        for component in SIGNED:
            for at in template.spans.get(component, range(0)):
                own = int(place[layout.offset[root] + at])
                if own >= 0:
                    self.columns[component, template.columns[at][1]] = own

    def deeds(self, values: Floats) -> dict[Deed, float]:
        """Today's decisions that are not 0; ``values`` of the solver's columns."""
        found = {deed: float(values[at]) for deed, at in self.columns.items()}
        return {deed: value for deed, value in found.items() if value > 1e-6}

    @property
    def start(self) -> Floats:
        """The plan itself, as values of the solver's columns."""
        return self._answer.values[self._answer.problem.layout.kept]

    def is_yes_or_no(self, deed: Deed) -> bool:
        """Whether a decision is taken or not, rather than an amount."""
        at = self.columns[deed]
        return bool(self._arrays.integer[at] and self._arrays.upper[at] <= 1)

    def exclude(self, deeds: Mapping[Deed, float]) -> bool:
        """A no-good cut: at least one yes-or-no decision of today is another one than here. False
        where there is none to be another."""
        row: dict[int, float] = {}
        taken = 0
        for deed, at in self.columns.items():
            if self.is_yes_or_no(deed):
                is_taken = deeds.get(deed, 0.0) > 0.5
                row[at] = -1.0 if is_taken else 1.0
                taken += is_taken
        if row:
            self._cuts.append((row, 1.0 - taken))
        return bool(row)

    def least(self, weights: Mapping[Deed, float], limits: Limits) -> Near:
        """The plan that does least of the weighed decisions. Raises Infeasible where cuts leave
        none, NothingFound where time is up."""
        cost = np.zeros(len(self._arrays.cost))
        for deed, weight in weights.items():
            cost[self.columns[deed]] = weight
        arrays = _cut(replace(self._arrays, cost=cost, offset=0.0), self._cuts)
        layout, known = self._answer.problem.layout, self._answer.warm
        root, basis = (with_rows(b, 1 + len(self._cuts)) for b in (known.root, known.basis))
        outcome, _ = search(
            arrays, layout.epochs, limits, stop=self._stop,
            warm=None if self._cuts else Warm(self.start, root, basis, layout.arrays.cost),
        )  # fmt: skip
        bound = -np.inf if outcome.bound is None else outcome.bound
        return Near(self.deeds(outcome.values), outcome.objective, float(bound), outcome.values)

    def without(self, deed: Deed) -> Problem:
        """The problem in which a decision is not taken."""
        problem = self._answer.problem
        upper = problem.layout.arrays.upper.copy()
        upper[self.columns[deed]] = min(0.0, upper[self.columns[deed]])
        arrays = replace(problem.layout.arrays, upper=upper)
        return replace(problem, layout=replace(problem.layout, arrays=arrays))


def _within(arrays: Arrays, budget: float) -> Arrays:
    """With a row: cost <= budget."""
    matrix = vstack([arrays.matrix, coo_array(arrays.cost[None, :])], format="csc")
    return replace(
        arrays,
        matrix=csc_array(matrix),
        row_lower=np.append(arrays.row_lower, -np.inf),
        row_upper=np.append(arrays.row_upper, budget - arrays.offset),
    )


def _cut(arrays: Arrays, cuts: Sequence[tuple[Mapping[int, float], float]]) -> Arrays:
    """With a row for each no-good cut: sum >= least."""
    if not cuts:
        return arrays
    rows = np.zeros((len(cuts), len(arrays.cost)))
    for i, (row, _) in enumerate(cuts):
        rows[i, list(row)] = list(row.values())
    return replace(
        arrays,
        matrix=csc_array(vstack([arrays.matrix, coo_array(rows)], format="csc")),
        row_lower=np.append(arrays.row_lower, [least for _, least in cuts]),
        row_upper=np.append(arrays.row_upper, np.full(len(cuts), np.inf)),
    )
