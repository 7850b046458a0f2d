"""Worlds walked epoch by epoch with the plan's first decisions.

When an epoch's news is in, the rest of the tree is grown on it and solved; what its first node
decides is carried out and the next news awaited. Nothing looks ahead of the news, so the costs are
those of a policy that can be followed. The clairvoyant walk knows the whole world after the first
epoch: a lower bound of what any policy with these first decisions can reach.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from planner.case import Case
from planner.errors import Infeasible
from planner.solve.answer import Answer, answer
from planner.solve.foresight import unlinked
from planner.solve.given import FLOWS, SIGNED, Given
from planner.solve.run import build_problem
from planner.solve.search import Limits
from planner.solve.worlds import History, Worlds, with_tests_ahead

ALL = (*SIGNED, *FLOWS)


@dataclass(frozen=True)
class Walked:
    """What became of one world: discounted cost [kUSD], (demand, short) [t] by end use; whether
    rules that speak of all worlds had to give way in it."""

    cost: float
    service: Mapping[str, tuple[float, float]]
    gave_way: bool


@dataclass(frozen=True)
class _Step:
    """After some news: decisions up to its node, whether rules gave way, and where it ended."""

    given: Given
    gave_way: bool
    cost: float
    service: Mapping[str, tuple[float, float]]


class Walker:
    """Walks worlds; what two of them share, a history of news, is solved once."""

    def __init__(
        self, case: Case, worlds: Worlds, first: Given, limits: Limits,
        *, clairvoyant: bool = False, stop: threading.Event | None = None,
    ) -> None:  # fmt: skip
        self._case, self._worlds, self._limits = case, worlds, limits
        self._first, self._clairvoyant, self._stop = first, clairvoyant, stop
        self._known: dict[History, _Step | None] = {}
        self.solves = 0

    def walk(self, world: History) -> Walked | None:
        """None where the first decisions leave no way on, whatever is given up."""
        step: _Step | None = _Step(self._first, False, 0.0, {})
        for history in self._histories(world):
            if history not in self._known:
                self._known[history] = self._step(history, step)
            step = self._known[history]
            if step is None:
                return None
        assert step is not None
        return Walked(step.cost, step.service, step.gave_way)

    def unsolved(self, world: History) -> int:
        """How many solves a world still asks for."""
        return sum(history not in self._known for history in self._histories(world))

    def _histories(self, world: History) -> list[History]:
        return [world] if self._clairvoyant else [world[:n] for n in range(1, len(world) + 1)]

    def _step(self, history: History, before: _Step) -> _Step | None:
        """Solve what is left after this news and carry out what its first node decides."""
        self.solves += 1
        known = 1 if self._clairvoyant else len(history) + 1
        for relaxed in (False, True):
            try:
                found = self._solve(history, before.given, known, relaxed=relaxed)
            except Infeasible:
                continue
            came = self._worlds.trunk(history)[-1].name
            given = before.given.and_then(found.decided_in([came], ALL))
            ended = came in found.leaf_costs
            return _Step(
                given,
                before.gave_way or relaxed,
                found.path_cost(came) if ended else 0.0,
                found.service(came) if ended else {},
            )
        return None

    def _solve(self, history: History, given: Given, known: int, *, relaxed: bool) -> Answer:
        tree = self._worlds.tree_after(history)
        if relaxed:
            # Promises about all worlds may be out of reach once one of them has come.
            case, tree = with_tests_ahead(unlinked(self._case), tree, self._worlds.last)
        else:
            case, tree = with_tests_ahead(self._case, tree, known)
        return answer(build_problem(case, tree), self._limits, given=given, stop=self._stop)
