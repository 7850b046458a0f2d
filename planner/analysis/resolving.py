"""One case solved again and again with something changed: what analyses ask by dozens.

Every solve begins from the base plan, whatever was asked before it, so that answers do not depend on
their order; it also never ends with less than the base plan's decisions carried out under the change.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planner.case import Case
from planner.errors import Infeasible, Interrupted, NothingFound
from planner.solve.answer import Answer, answer, limits_of
from planner.solve.carrying import carried_over
from planner.solve.given import Given
from planner.solve.run import Problem, build_problem
from planner.solve.search import Limits

#: No variant is solved for longer than this [s], or this part of all seconds if that is more.
_LONGEST_S, _LONGEST_SHARE = 30.0, 0.15

#: (done, of how many, at what)
Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Cost:
    """What a case costs [kUSD]: ``found`` the best plan, ``bound`` what none is below; both infinite
    where no plan exists. ``answer`` None there."""

    found: float
    bound: float
    answer: Answer | None = None

    @property
    def exists(self) -> bool:
        return self.answer is not None


NO_PLAN = Cost(math.inf, math.inf)


class OutOfTime(Exception):
    """The analysis has used the seconds it was given: what is known so far stands."""


class Unsolved(OutOfTime):
    """One variant took longer than any may: it is left out, others may still be solved."""


class Resolver:
    """Solves variants of a case within one deadline for all.

    ``gap`` None: the case's own. ``base``: the case solved already. Raises Infeasible and the like for
    the base alone; a variant without a plan is an answer (``NO_PLAN``); one that has used its part of
    the seconds without a plan raises Unsolved, one for which no time is left OutOfTime.
    """

    def __init__(
        self,
        case: Case,
        *,
        gap: float | None = None,
        seconds: float = 600.0,
        stop: threading.Event | None = None,
        base: Answer | None = None,
    ) -> None:
        self.case = case
        self._known = base
        self._gap = gap
        self._longest = max(_LONGEST_S, _LONGEST_SHARE * seconds)
        self._begun = time.monotonic()
        self._deadline = self._begun + seconds
        self._stop = stop or threading.Event()
        self.solves = 0

    @cached_property
    def base(self) -> Cost:
        """The case as it stands."""
        found = self._known
        if found is None:
            found = answer(build_problem(self.case), self._limits(), stop=self._stop)
            self.solves += 1
        return Cost(found.objective, found.bound, found)

    @property
    def spent(self) -> float:
        """Seconds since the analysis began."""
        return time.monotonic() - self._begun

    @property
    def gap(self) -> float:
        """How far the base plan may be from the best, relative."""
        return abs(self.base.found - self.base.bound) / max(abs(self.base.found), 1e-9)

    def cost(self, case: Case, given: Given | None = None) -> Cost:
        """What a variant costs, around decisions that are given."""
        self.check_time()
        return self._solved(build_problem(case), given)

    def cost_on(self, tree: Any, given: Given | None = None) -> Cost:
        """What the case costs over another tree of the same shape."""
        self.check_time()
        return self._solved(build_problem(self.case, tree), given)

    def cost_of(self, problem: Problem) -> Cost:
        """What a problem costs that was made from the base's."""
        self.check_time()
        return self._solved(problem, None)

    def built(self, case: Case) -> Problem:
        """A variant, not solved."""
        return build_problem(case)

    def check_time(self) -> None:
        """Raise OutOfTime after the deadline or a stop."""
        if self._stop.is_set() or time.monotonic() >= self._deadline:
            raise OutOfTime

    def _solved(self, problem: Problem, given: Given | None) -> Cost:
        base = self.base.answer
        assert base is not None
        warm = carried_over(base.problem.layout, base.warm, problem.layout)
        try:
            found = answer(problem, self._limits(), given=given, warm=warm, stop=self._stop)
        except Infeasible:
            return NO_PLAN
        except (NothingFound, Interrupted) as error:
            self.check_time()
            raise Unsolved from error
        finally:
            self.solves += 1
        return Cost(found.objective, found.bound, found)

    def _limits(self) -> Limits:
        left = self._deadline - time.monotonic()
        if "base" in self.__dict__:
            left = min(left, self._longest)
        return limits_of(self.case, seconds=left, gap=self._gap)
