"""The L-shaped search: bound, first decisions, plans; written into a ``Dive`` like any dive.

1. The relaxation by cuts gives a bound and fractional first decisions (``bound``).
2. The master as a mixed-integer problem gives whole ones, and may raise the bound.
3. The relaxation again, with these fixed, for what else is decided first.
4. Every subtree is answered with its integers (``recourse``).

Steps 2 to 4 repeat with the cuts learned in between while that helps. Integers of the subtrees are
relaxed in the cuts: where subtrees have integers, the bound is at most that of the relaxation with
whole first decisions, and what remains is for the extensive form to close.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from planner.errors import Infeasible, Interrupted, NoPlan
from planner.solve.arrays import Arrays, Floats
from planner.solve.compile import Ints
from planner.solve.dive import WHOLE, Dive, reached
from planner.solve.highs import Outcome, run
from planner.solve.lshaped.bound import Reached, converge, look
from planner.solve.lshaped.crew import Crew
from planner.solve.lshaped.master import Master
from planner.solve.lshaped.prices import Prices
from planner.solve.lshaped.recourse import Recourse
from planner.solve.lshaped.split import Split, split
from planner.solve.lshaped.start import (
    first_point,
    in_master,
    is_coarse,
    sample_by_answers,
    sample_by_mass,
)
from planner.solve.lshaped.subproblem import Subproblem

log = logging.getLogger(__name__)

#: Groups of subtrees at most: more cuts a round than this slow the master down.
GROUPS = 100
#: So many subtrees stay in HiGHS, each with megabytes of factors; of the others their bases only.
LOADED = 300
#: Share of the asked gap that the relaxation may leave open, and the finest that it is taken to.
CLOSE, FINEST = 0.2, 1e-7
#: Share of the asked gap that each of its parts (the master, a subtree) is solved to.
ROOM = 0.1
#: First decisions tried: where subtrees have integers, and where their cuts tell all.
TRIES, MANY_TRIES = 10, 40
#: Where integers of the subtrees miss a coupling row, first decisions leave it room: this often at
#: most, each time so many times what was missed.
NARROWER, SLACK = 5, 1.5
#: A plan may miss a row by as much, relative to it.
HOLDS = 1e-6
#: Share of the time that one master as a mixed-integer problem may take.
MASTER_SHARE = 0.1
#: From so many columns and subtrees on, and with none that holds more than this share of all, the
#: subtrees are faster than the whole.
MANY_COLUMNS, MANY_SUBTREES, LARGEST = 150_000, 8, 0.15


def pays(labels: Ints) -> bool:
    """Whether to decompose, by size and shape: ``labels`` (n,) as for ``split``."""
    sizes = np.bincount(labels)[1:]
    wide = np.count_nonzero(sizes) >= MANY_SUBTREES and sizes.max() <= LARGEST * len(labels)
    return bool(wide and len(labels) >= MANY_COLUMNS)


class Decomposition:
    """One search. ``found`` is read by the caller's thread while ``run`` writes into it."""

    def __init__(
        self,
        arrays: Arrays,
        labels: Ints,
        epochs: Ints,
        found: Dive,
        *,
        gap: float,
        deadline: float,
        threads: int,
        halt: threading.Event,
    ) -> None:
        self._arrays, self._found, self._gap = arrays, found, gap
        self._begun, self._deadline = time.monotonic(), deadline
        self._threads, self._halt = threads, halt
        self._cut: Split = split(arrays, labels)
        self._tried: list[Floats] = []
        self._best: Floats | None = None  # of those tried
        # Of the coupling rows, kept for the subtrees' integers.
        self._margin = np.zeros(len(self._cut.low))
        self._epochs = [epochs[tree.columns] for tree in self._cut.subtrees]
        self._integers = np.flatnonzero(self._cut.root.integer)
        self.subtrees = len(self._cut.subtrees)
        self.has_integers_below = any(tree.arrays.integer.any() for tree in self._cut.subtrees)

    def run(self) -> None:
        """Raises as ``highs.run``; Interrupted, too, once ``halt`` is set."""
        cut = self._cut
        options = {"threads": 1}  # HiGHS takes one number of threads for each thread that calls it
        self._subproblems = [
            Subproblem(tree, options, self._halt, stays=number < LOADED)
            for number, tree in enumerate(cut.subtrees)
        ]
        z, prices = first_point(cut, sample_by_mass(cut), options, self._halt)
        self._master = Master(cut, self._groups(), z, options, self._halt)
        with Crew(self._threads, self._halt) as crew:
            relaxed = Reached(z, Prices(prices, cut.low, cut.high))
            if is_coarse(cut):
                z = self._resampled(crew, relaxed, options)
            self._converge(crew, relaxed, z, self._told)
            recourse = Recourse(cut, self._subproblems, self._epochs, crew)
            tries = TRIES if self.has_integers_below else MANY_TRIES
            for _ in range(tries):
                done = self._is_late or reached(self._found, self._gap)
                if done or not self._try(crew, recourse):
                    break

    @property
    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def _groups(self) -> Ints:
        """A few subtrees in full, the others in groups alike in size."""
        groups = np.full(self.subtrees, -1, dtype=np.int64)
        rest = np.setdiff1d(np.arange(self.subtrees), in_master(self._cut))
        count = min(GROUPS, len(rest))
        groups[rest] = np.arange(len(rest)) * count // max(len(rest), 1)
        return groups

    def _resampled(self, crew: Crew, relaxed: Reached, options: Mapping[str, Any]) -> Floats:
        """Where to go on from: a better sample, by what the subtrees answer to the first point."""
        cut = self._cut
        look(cut, self._master, self._subproblems, crew, relaxed, relaxed.z, relaxed.prices.asked)
        sample = sample_by_answers(cut, relaxed.cuts, relaxed.z)
        z, relaxed.prices.asked = first_point(cut, sample, options, self._halt)
        return z

    def _converge(
        self, crew: Crew, here: Reached, z: Floats, heard: Callable[[Reached], None]
    ) -> None:
        gap = max(FINEST, CLOSE * self._gap)
        converge(self._cut, self._master, self._subproblems, crew, here, z, gap=gap, heard=heard)

    def _told(self, relaxed: Reached) -> None:
        """While the relaxation is solved: its bound, and what it decides if every subtree answers."""
        self._raise_bound(relaxed.bound)
        if relaxed.answered:
            self._found.relaxed = self._cut.whole(relaxed.z, dict(enumerate(relaxed.parts)))

    def _raise_bound(self, bound: float | None) -> None:
        if bound is not None and (self._found.bound is None or bound > self._found.bound):
            self._found.bound = bound

    def _try(self, crew: Crew, recourse: Recourse) -> bool:
        """First decisions and a plan for them; whether they were new."""
        whole = self._first_decisions()
        if whole is None or any(np.array_equal(whole, past) for past in self._tried):
            return False
        self._tried.append(whole)
        master, cut = self._master, self._cut
        master.fix(self._integers, whole)
        try:
            for _ in range(NARROWER):
                values = self._answered(crew, recourse)
                if values is not None:
                    self._keep(values)
                if values is not None or not recourse.missed.any() or self._is_late:
                    break
                self._margin += SLACK * recourse.missed
                over, under = np.maximum(self._margin, 0.0), np.minimum(self._margin, 0.0)
                master.hold(cut.low - under, cut.high - over)
        except Infeasible:
            return True  # the cuts that say so are learned
        finally:
            master.fix(np.zeros(0, dtype=np.int64), np.zeros(0))
            master.hold(cut.low, cut.high)
        return True

    def _answered(self, crew: Crew, recourse: Recourse) -> Floats | None:
        """A plan for the first decisions that the master is held at."""
        master, cut = self._master, self._cut
        recourse.missed[:] = 0.0
        if not master.solve():
            return None
        here = Reached(master.z, Prices(master.prices, cut.low, cut.high))
        self._converge(crew, here, here.z, lambda _: None)
        if not here.answered or here.cost is None or self._found.bound is None:
            return None
        most = self._gap * abs(here.cost)
        room = max(most - (here.cost - self._found.bound), ROOM * most)
        return recourse.plan(here.z, master.prices, room, ROOM * self._gap, self._deadline)

    def _first_decisions(self) -> Floats | None:
        """The master's integers, whole; None where none were found in time.

        At first only those that the relaxation leaves fractional are branched on; then all, which
        raises the bound.
        """
        if not len(self._integers):
            return np.zeros(0)
        problem, at = self._master.problem(), self._integers
        if not self._tried:
            z = self._master.z[at]
            agree = np.abs(z - np.rint(z)) <= WHOLE
            lower, upper = problem.lower.copy(), problem.upper.copy()
            lower[at[agree]] = upper[at[agree]] = np.rint(z[agree])
            log.info("first decisions: %d of %d are fractional", np.sum(~agree), len(at))
            outcome = self._branched(replace(problem, lower=lower, upper=upper), None)
            if outcome is not None:
                return np.rint(outcome.values[at])
        start = None
        if self._best is not None:
            start = np.full(len(problem.cost), np.nan)
            start[at] = self._best
        outcome = self._branched(problem, start)
        if outcome is None:
            return None
        self._raise_bound(outcome.bound)
        return np.rint(outcome.values[at])

    def _branched(self, problem: Arrays, start: Floats | None) -> Outcome | None:
        left = self._deadline - time.monotonic()
        try:
            outcome = run(
                problem, gap=max(FINEST, ROOM * self._gap), threads=self._threads, start=start,
                time_limit=min(MASTER_SHARE * (self._deadline - self._begun), left), stop=self._halt,
            )  # fmt: skip
        except Interrupted:
            raise
        except NoPlan as error:
            log.info("no first decisions: %s", error)
            return None
        log.info("first decisions: %.9g >= %s", outcome.objective, outcome.bound)
        return outcome

    def _keep(self, values: Floats) -> None:
        """A plan, if it holds the rows of the whole and is the best yet."""
        found, arrays = self._found, self._arrays
        missed = _missed(arrays, values)
        if missed > HOLDS:
            log.warning("a plan from its subtrees misses a row by %.3g: left aside", missed)
            return
        objective = arrays.objective(values)
        log.info("plan from its subtrees: %.9g", objective)
        if found.objective is None or objective < found.objective:
            found.objective, found.values, found.basis = objective, values, None
            self._best = self._tried[-1]


def _missed(arrays: Arrays, values: Floats) -> float:
    """The worst miss of a row, relative to the largest of 1 and its side."""
    held = arrays.matrix @ values
    with np.errstate(invalid="ignore"):  # inf / inf: a side that is open misses nothing
        above = (held - arrays.row_upper) / np.maximum(1.0, np.abs(arrays.row_upper))
        below = (arrays.row_lower - held) / np.maximum(1.0, np.abs(arrays.row_lower))
    return float(max(np.nanmax(above, initial=0.0), np.nanmax(below, initial=0.0)))
