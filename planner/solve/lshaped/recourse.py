"""A plan for given first decisions: the integers of every subtree, then the coupling rows.

Each subtree is rounded in the order of its decisions (``dive``), those that lose most by it are
then solved by branch and bound. Coupling rows are held by their prices: with the integers fixed,
prices go up until all rows hold; the plan is the cheapest mixture of what was seen on the way (all
of it shares first decisions and integers, so a mixture is a plan too).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from highspy import HighsBasis
from scipy.sparse import csc_array

from planner.errors import Infeasible, NothingFound
from planner.solve.arrays import Arrays, Floats
from planner.solve.compile import Ints
from planner.solve.dive import Dive, dive
from planner.solve.highs import run, swept
from planner.solve.lshaped.crew import Crew
from planner.solve.lshaped.prices import Prices
from planner.solve.lshaped.split import Split
from planner.solve.lshaped.subproblem import Subproblem
from planner.solve.relaxation import Relaxation

log = logging.getLogger(__name__)

#: Times that prices go up before the integers are given up.
LEVELS = 7
#: A subtree is solved by branch and bound for at most so long [s].
SUBTREE_S = 20.0


@dataclass
class Answer:
    """What a subtree does for z: its problem, its values, and a bound on them (priced cost).

    ``exact``: integers whole and its LP solved.
    """

    problem: Arrays
    values: Floats
    bound: float
    exact: bool

    @property
    def loss(self) -> float:
        """How much dearer than its bound [in the subtree's weight]."""
        return float(self.problem.cost @ self.values) - self.bound


class Recourse:
    """``plan`` answers a z in all subtrees. ``epochs``: when each column of a subtree is decided."""

    def __init__(
        self, cut: Split, subproblems: Sequence[Subproblem], epochs: Sequence[Ints], crew: Crew
    ) -> None:
        self._cut, self._subproblems, self._epochs, self._crew = cut, subproblems, epochs, crew
        #: What the last plan misses of the coupling rows, positive above, negative below.
        self.missed = np.zeros(len(cut.low))

    def plan(
        self, z: Floats, prices: Floats, room: float, gap: float, deadline: float
    ) -> Floats | None:
        """Values of all columns; None where a subtree or a coupling row is not answered.

        Improves until all subtrees lose less than ``room`` [kUSD] together, each at most to its
        own relative ``gap``, or until ``deadline`` (monotonic).
        """
        answers = self._answers(z, prices, room, gap, deadline)
        return None if answers is None else self._mixed(self._held(z, prices, answers))

    def _answers(
        self, z: Floats, prices: Floats, room: float, gap: float, deadline: float
    ) -> list[Answer] | None:
        numbers = range(len(self._subproblems))
        try:
            answers = self._crew.each(lambda i: self._rounded(i, z, prices), numbers)
        except (Infeasible, NothingFound) as error:
            log.info("a subtree has no plan: %s", error)
            return None
        weights = [tree.weight for tree in self._cut.subtrees]
        order = sorted(numbers, key=lambda i: -weights[i] * answers[i].loss)
        total = sum(weights[i] * answers[i].loss for i in numbers)
        log.info("subtrees rounded: %.6g lost of %.6g", total, room)
        batch = 2 * self._crew.threads
        for first in range(0, len(order), batch):
            if total <= room or time.monotonic() > deadline:
                break
            chosen = order[first : first + batch]
            better = self._crew.each(lambda i: self._improved(answers[i], gap, deadline), chosen)
            for i, answer in zip(chosen, better, strict=True):
                total -= weights[i] * (answers[i].loss - answer.loss)
                answers[i] = answer
        log.info("subtrees improved: %.6g lost of %.6g", total, room)
        return answers

    def _rounded(self, number: int, z: Floats, prices: Floats) -> Answer:
        subproblem = self._subproblems[number]
        problem = subproblem.at(z, prices)
        if problem is None:
            raise Infeasible("bounds cross")
        halt = self._crew.halt
        relaxation = Relaxation(problem, {"threads": 1}, halt, subproblem.basis)
        if not problem.integer.any():
            if not relaxation.solve():
                raise Infeasible("no answer")
            return Answer(problem, relaxation.values, float(problem.cost @ relaxation.values), True)
        found = Dive()
        dive(relaxation, problem, self._epochs[number], found, gap=1e-3, stop=halt)
        if found.values is None:
            outcome = run(problem, gap=1e-2, time_limit=SUBTREE_S, stop=halt)
            return Answer(problem, outcome.values, outcome.bound or -np.inf, False)
        assert found.bound is not None
        return Answer(problem, found.values, found.bound, True)

    def _improved(self, answer: Answer, gap: float, deadline: float) -> Answer:
        seconds = min(SUBTREE_S, max(deadline - time.monotonic(), 0.1))
        try:
            outcome = run(
                answer.problem,
                gap=gap,
                time_limit=seconds,
                stop=self._crew.halt,
                start=answer.values,
            )
        except NothingFound:
            return answer
        bound = max(answer.bound, outcome.bound or -np.inf)
        if float(answer.problem.cost @ outcome.values) >= float(
            answer.problem.cost @ answer.values
        ):
            return replace(answer, bound=bound)
        return Answer(answer.problem, outcome.values, bound, False)

    def _held(self, z: Floats, prices: Floats, answers: Sequence[Answer]) -> list[Floats]:
        """Exact plans with the integers fixed, at prices that go up until the coupling rows hold.

        None where the integers of a subtree admit none.
        """
        cut, asked = self._cut, prices
        fixed = [_fixed(answer.problem, answer.values) for answer in answers]
        bases: list[HighsBasis | None] = [None] * len(fixed)
        known = Prices(prices, cut.low, cut.high)
        plans: list[Floats] = []
        missed = np.inf
        for _ in range(LEVELS):
            try:
                if not plans and all(answer.exact for answer in answers):
                    parts = [answer.values for answer in answers]
                else:
                    tasks = [(i, fixed[i], asked) for i in range(len(fixed))]
                    parts = self._crew.each(lambda task: self._exact(*task, bases), tasks)
            except Infeasible:
                log.info("the integers of a subtree admit no exact plan")
                return []
            dustless = (swept(f, part) for f, part in zip(fixed, parts, strict=True))
            plans.append(cut.whole(z, dict(enumerate(dustless))))
            held = self._of_rows(plans[-1])
            self.missed = known.beyond(held)
            before, missed = missed, float(np.abs(self.missed).sum())
            if missed == 0 or (len(plans) > 3 and missed >= before):
                break
            asked = known.dearer(asked, held, self._cost(plans[-1]))
        return plans

    def _exact(
        self, number: int, fixed: Arrays, prices: Floats, bases: list[HighsBasis | None]
    ) -> Floats:
        tree = self._cut.subtrees[number]
        cost = tree.arrays.cost + (prices @ tree.part) / tree.weight
        relaxation = Relaxation(
            replace(fixed, cost=cost), {"threads": 1}, self._crew.halt, bases[number],
            repriced=bases[number] is not None,
        )  # fmt: skip
        if not relaxation.solve():
            raise Infeasible("no answer")
        bases[number] = relaxation.basis()
        return relaxation.values

    def _cost(self, values: Floats) -> float:
        cut = self._cut
        parts = (tree.weight * (tree.arrays.cost @ values[tree.columns]) for tree in cut.subtrees)
        return float(cut.root.cost @ values[cut.columns] + sum(parts)) + cut.root.offset

    def _of_rows(self, values: Floats) -> Floats:
        held = self._cut.held @ values[self._cut.columns]
        for tree in self._cut.subtrees:
            held = held + tree.part @ values[tree.columns]
        return held

    def _mixed(self, plans: Sequence[Floats]) -> Floats | None:
        """The cheapest mixture that holds the coupling rows; None where none does."""
        if not plans:
            return None
        count = len(plans)
        matrix = np.vstack((np.ones(count), np.array([self._of_rows(plan) for plan in plans]).T))
        shares = Arrays(
            cost=np.array([self._cost(plan) for plan in plans]),
            lower=np.zeros(count),
            upper=np.ones(count),
            integer=np.zeros(count, dtype=bool),
            matrix=csc_array(matrix),
            row_lower=np.concatenate(([1.0], self._cut.low)),
            row_upper=np.concatenate(([1.0], self._cut.high)),
        )
        try:
            outcome = run(shares, gap=0.0, time_limit=SUBTREE_S)
        except Infeasible:
            log.info("these integers hold the rows over the tree at no price")
            return None
        return np.asarray(outcome.values @ np.array(plans))


def _fixed(problem: Arrays, values: Floats) -> Arrays:
    """The problem with its integers as they are in ``values``."""
    whole = np.rint(values)
    return replace(
        problem,
        lower=np.where(problem.integer, whole, problem.lower),
        upper=np.where(problem.integer, whole, problem.upper),
    )
