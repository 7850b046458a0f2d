"""What a replay found: the plan's promise, the worlds walked, the optima of sampled trees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.analysis.replay.estimates import Estimate, Floats, Gap, gap_of, mean_of, tail_value
from planner.analysis.replay.walk import Walked
from planner.case import Case
from planner.solve.given import Given
from planner.solve.worlds import History, Worlds


@dataclass(frozen=True)
class Promise:
    """What the plan's own tree says, and its first decisions."""

    case: Case
    first: Given
    expected: float
    cvar: float
    bound: float
    at_risk: float  # value at risk over the leaves [kUSD]


@dataclass(frozen=True)
class Found:
    promise: Promise
    drawn: Worlds
    walked: list[tuple[History, Walked | None]]
    asked: int
    optima: Floats
    clairvoyant: bool
    solves: int

    @property
    def case(self) -> Case:
        return self.promise.case

    @cached_property
    def whole(self) -> list[Walked]:
        """Worlds that could be carried on to their end."""
        return [one for _, one in self.walked if one is not None]

    @cached_property
    def costs(self) -> Floats:
        return np.array([one.cost for one in self.whole])

    @cached_property
    def gap(self) -> Gap | None:
        """None where nothing is proven, or where worlds were known beforehand."""
        if self.clairvoyant or not len(self.optima) or not np.isfinite(self.optima).all():
            return None
        settings = self.case.settings
        weight, level = float(settings["risk_weight"]), float(settings["cvar_level"])
        if self.drawn.is_enumerated:  # the tree is the whole lottery: nothing is estimated
            promised = (1 - weight) * self.promise.expected + weight * self.promise.cvar
            return Gap(self.promise.bound, promised, promised - self.promise.bound)
        return gap_of(tail_value(self.costs, weight, level, self.promise.at_risk), self.optima)

    def shortage(self) -> dict[str, Estimate]:
        """End use -> short t / demand t of a world."""
        uses = dict.fromkeys(use for one in self.whole for use in one.service)
        return {use: mean_of(np.array([_share(one, use) for one in self.whole])) for use in uses}


def _share(one: Walked, use: str) -> float:
    demand, short = one.service.get(use, (0.0, 0.0))
    return short / demand if demand else 0.0
