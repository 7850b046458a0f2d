"""The relaxation by cuts, each round at a point between the last one and the master's.

Far enough out that the master moves, near enough that the cuts speak of where the optimum is
(smoothing: Neame 1999; Pessoa et al. 2018). On the way out from the best point alone, as in-out
separation has it, the search stands still where coupling rows make the best point hard to tell.
Every other round takes the master's prices of the coupling rows, the rest those that the rows ask
for. The master's optimum is a bound (Benders 1962; Van Slyke and Wets 1969; multi-cut: Birge and
Louveaux 1988).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from planner.errors import Infeasible
from planner.solve.arrays import Floats
from planner.solve.lshaped.crew import Crew
from planner.solve.lshaped.master import Master
from planner.solve.lshaped.prices import Prices
from planner.solve.lshaped.split import Split
from planner.solve.lshaped.subproblem import Cut, Subproblem

log = logging.getLogger(__name__)

#: How far from the last point towards the master's.
OUT = 0.7
#: The relaxation is left as it is where so many rounds raise the bound by less than the gap asked of
#: it; rounds at most.
STALLED, ROUNDS = 6, 300


@dataclass
class Reached:
    """The best z so far, what it costs and holds of the coupling rows; ``bound`` is below.

    ``cost`` is None at first. ``answered``: every subtree has a plan for z; where one has not, its
    cost is that of a plan which misses rows at a high price.
    """

    z: Floats
    prices: Prices
    cost: float | None = None
    held: Floats | None = None
    answered: bool = False
    parts: Sequence[Floats] = ()  # the subtrees' values, where answered
    cuts: Sequence[Cut] = ()
    bound: float | None = None

    @property
    def merit(self) -> float:
        """The cost, with what it goes beyond coupling rows at their highest prices yet."""
        return np.inf if self.cost is None else self.merit_of(self.cost, self.held)

    def merit_of(self, cost: float, held: Floats | None) -> float:
        """The same for another point."""
        assert held is not None
        return cost + float(self.prices.highest @ np.abs(self.prices.beyond(held)))


def converge(
    cut: Split,
    master: Master,
    subproblems: Sequence[Subproblem],
    crew: Crew,
    reached: Reached,
    z: Floats,
    *,
    gap: float,
    heard: Callable[[Reached], None],
) -> None:
    """From ``z`` until cost and bound are within ``gap``, or no more is learned; writes into ``reached``.

    Raises Infeasible where no z holds the root's rows and all cuts.
    """
    look(cut, master, subproblems, crew, reached, z, reached.prices.asked)
    bounds = [-math.inf] * STALLED
    for number in range(ROUNDS):
        if not master.solve():
            raise Infeasible("No plan can satisfy the rules: the model is infeasible.")
        if master.bound is not None and (reached.bound is None or master.bound > reached.bound):
            reached.bound = master.bound
        heard(reached)
        bounds.append(-math.inf if reached.bound is None else reached.bound)
        step = gap * abs(reached.cost or 0.0)
        if _is_close(reached, gap) or bounds[-1] - bounds[-1 - STALLED] < step:
            return
        z = z + OUT * (master.z - z)
        prices = master.prices if number % 2 else reached.prices.asked
        look(cut, master, subproblems, crew, reached, z, prices)
        log.debug("round %d: %s >= %s", number, reached.merit, reached.bound)


def look(
    cut: Split,
    master: Master,
    subproblems: Sequence[Subproblem],
    crew: Crew,
    reached: Reached,
    z: Floats,
    prices: Floats,
) -> None:
    """Price every subtree at z; keep it if it is the best point yet."""
    cuts: list[Cut] = crew.each(lambda subproblem: subproblem.cut(z, prices), subproblems)
    master.add(cuts, prices)
    cost, held = float(cut.root.cost @ z) + cut.root.offset, cut.held @ z
    for tree, found in zip(cut.subtrees, cuts, strict=True):
        cost, held = cost + tree.weight * found.cost, held + found.part
    reached.prices.learn(prices, held, cost)
    answered = all(found.forbids is None for found in cuts)
    if reached.answered and not answered:
        return
    if reached.answered == answered and reached.merit_of(cost, held) >= reached.merit:
        return
    reached.z, reached.cost, reached.held, reached.answered = z, cost, held, answered
    reached.parts, reached.cuts = [found.values for found in cuts], cuts


def _is_close(reached: Reached, gap: float) -> bool:
    if reached.cost is None or reached.bound is None or not reached.answered:
        return False
    return reached.merit - reached.bound <= gap * max(1e-10, abs(reached.cost))
