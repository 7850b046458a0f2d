"""One case solved again and again with something changed: what analyses ask by dozens.

Every solve begins from the base plan, or from one that the same question has found, so that answers do
not depend on their order. Its yes-or-no decisions are carried out under the change first: within the
gap they are the answer, and nothing more is searched.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from planner.case import Case
from planner.errors import Infeasible, Interrupted, NothingFound
from planner.solve.answer import Answer, answer, limits_of
from planner.solve.carrying import carried_over
from planner.solve.given import Given
from planner.solve.run import Problem, build_problem
from planner.solve.search import Limits

#: No variant is solved for longer than this [s], or this part of all seconds if that is more. The dive has
#: half of it, in which the relaxation of a variant with many new lanes must be solved from nothing.
_LONGEST_S, _LONGEST_SHARE = 60.0, 0.15

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
    def variants_gap(self) -> float:
        """To which variants are solved, relative."""
        return float(self.case.settings["mip_gap"]) if self._gap is None else self._gap

    @property
    def gap(self) -> float:
        """How far the base plan may be from the best, relative."""
        return abs(self.base.found - self.base.bound) / max(abs(self.base.found), 1e-9)

    def cost(
        self,
        case: Case,
        given: Given | None = None,
        begin: Answer | None = None,
        gap: float | None = None,
    ) -> Cost:
        """What a variant costs, around decisions that are given; ``begin``: a plan to begin from other
        than the base; ``gap``: other than that of all variants."""
        self.check_time()
        return self._solved(build_problem(case), given, begin, gap)

    def cost_without_rule(self, case: Case) -> Cost:
        """What the case costs with a rule dropped.

        Where the variant has the rows of the base, those that differ say nothing any more: they are opened
        in the base itself, whose basis stays a vertex, from which the primal simplex method goes on. (A
        share of 1 put into them moves the vertex: 38 CPU s against 2 on the shipped case.)
        """
        self.check_time()
        base, problem = self.base.answer, build_problem(case)
        assert base is not None
        opened = _opened(base.problem, problem)
        if opened is None:
            return self._solved(problem, None)
        # Of unknown costs: what a search takes for a basis that is feasible, not optimal.
        return self._solved(opened, None, replace(base, warm=replace(base.warm, cost=None)))

    def cost_on(self, tree: Any, given: Given | None = None, gap: float | None = None) -> Cost:
        """What the case costs over another tree of the same shape."""
        self.check_time()
        return self._solved(build_problem(self.case, tree), given, gap=gap)

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

    def _solved(
        self,
        problem: Problem,
        given: Given | None,
        begin: Answer | None = None,
        gap: float | None = None,
    ) -> Cost:
        begin = begin or self.base.answer
        assert begin is not None
        warm = carried_over(begin.problem.layout, begin.warm, problem.layout)
        # What the variant forbids is left out of the plan that it begins from.
        arrays = problem.layout.arrays
        warm = replace(warm, values=np.clip(warm.values, arrays.lower, arrays.upper))
        try:
            found = answer(problem, self._limits(gap), given=given, warm=warm, stop=self._stop)
        except Infeasible:
            return NO_PLAN
        except (NothingFound, Interrupted) as error:
            self.check_time()
            raise Unsolved from error
        finally:
            self.solves += 1
        return Cost(found.objective, found.bound, found)

    def _limits(self, gap: float | None = None) -> Limits:
        left = self._deadline - time.monotonic()
        if "base" in self.__dict__:
            left = min(left, self._longest)
        return limits_of(self.case, seconds=left, gap=self._gap if gap is None else gap)


def _opened(base: Problem, without: Problem) -> Problem | None:
    """The base with the rows open that differ in ``without``; None where more than rows differs."""
    before, after = base.layout.arrays, without.layout.arrays
    same = base.layout.same_columns(without.layout) and base.layout.same_rows(without.layout)
    if not same or not all(
        np.array_equal(getattr(before, name), getattr(after, name))
        for name in ("cost", "lower", "upper")
    ):
        return None
    changed = (before.matrix != after.matrix).tocoo().row
    open_ = (before.row_lower != after.row_lower) | (before.row_upper != after.row_upper)
    open_[changed] = True
    arrays = replace(
        before,
        row_lower=np.where(open_, -np.inf, before.row_lower),
        row_upper=np.where(open_, np.inf, before.row_upper),
    )
    return replace(without, layout=replace(without.layout, arrays=arrays))
