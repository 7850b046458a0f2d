"""How a plan is looked for: branch and bound for small problems, a dive first for large ones.

Large: the dive, then what it and the relaxation disagree on (a neighbourhood, by branch and
bound), then branch and bound on the whole, begun from the best plan. The first that reaches the
gap ends the search; the bound is the best that any of them proved. A search of a problem that
differs from an earlier one in numbers only begins from its bases and its integers (``Warm``):
often the old decisions, re-run, are still within the gap of the new bound.

Many worlds: where the tree falls into enough subtrees, they are solved each on its own
(``lshaped``) in place of the dive; the rest stays as it is.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from highspy import HighsBasis

from planner.errors import Infeasible, Interrupted, NoPlan, NothingFound
from planner.solve.arrays import Arrays, Floats
from planner.solve.compile import Ints
from planner.solve.dive import WHOLE, Dive, dive, reached
from planner.solve.highs import GRACE_S, LARGE, Outcome, Progress, relative_gap, run, swept
from planner.solve.implied import still_proven
from planner.solve.lshaped.decompose import Decomposition, pays
from planner.solve.relaxation import Relaxation

log = logging.getLogger(__name__)

#: Shares of the time limit that the dive and the neighbourhood may take.
DIVE_SHARE, NEIGHBOURHOOD_SHARE = 0.5, 0.2
#: The same for the subtrees, and for the dive (counted from the start) where they gave no plan.
SUBTREES_SHARE, SECOND_SHARE = 0.6, 0.9
_POLL_S, _REPORT_S = 0.1, 1.0

Report = Callable[[Progress], None]
Method = Literal["auto", "extensive", "lshaped"]


@dataclass(frozen=True)
class Limits:
    """How long and how far to search; ``gap`` relative, ``time_limit`` in seconds."""

    gap: float
    time_limit: float
    threads: int = 1
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Warm:
    """What a later search of a problem of the same shape begins from."""

    values: Floats
    root: HighsBasis | None = None
    basis: HighsBasis | None = None
    cost: Floats | None = None  # with which the bases were found
    duals: Floats | None = None  # of the relaxation's rows

    def after(self, outcome: Outcome) -> Warm:
        """With the plan as it was made exact, and its basis."""
        return replace(self, values=outcome.values, basis=outcome.basis)

    def fits(self, arrays: Arrays) -> bool:
        """Same columns; the rows are checked by HiGHS when it takes the basis."""
        return len(self.values) == len(arrays.cost)

    def repriced(self, arrays: Arrays) -> bool:
        """Whether a cost differs from what it was then."""
        return self.cost is None or not np.array_equal(self.cost, arrays.cost)


def search(
    arrays: Arrays,
    epochs: Ints,
    limits: Limits,
    *,
    progress: Report | None = None,
    stop: threading.Event | None = None,
    warm: Warm | None = None,
    subtrees: Ints | None = None,
    method: Method = "auto",
    large: int = LARGE,
) -> tuple[Outcome, Warm]:
    """Solve to the gap within the time limit. ``epochs`` (n,): when each column is decided.

    From ``large`` columns on a dive comes first: below, branch and bound ends sooner than its LP.
    ``subtrees`` (n,): the subtree of each column from the first branching on, 0 before it; without
    them, or where there is one, ``method`` "lshaped" comes to the extensive form, too.

    Raises as ``highs.run``. A plan that was found is never lost to a limit or a stop.
    """
    stop = stop or threading.Event()
    if warm is not None and not warm.fits(arrays):
        warm = None
    branches = subtrees is not None and subtrees.max(initial=0) > 1 and method != "extensive"
    if subtrees is not None and branches and (method == "lshaped" or pays(subtrees)):
        return _Search(arrays, epochs, limits, progress, stop, warm, subtrees).outcome()
    if not arrays.integer.any() or len(arrays.cost) < large:
        outcome = _run(arrays, limits, progress, stop, warm.values if warm else None)
        return outcome, Warm(outcome.values)
    return _Search(arrays, epochs, limits, progress, stop, warm).outcome()


def _run(
    arrays: Arrays,
    limits: Limits,
    progress: Report | None,
    stop: threading.Event,
    start: Floats | None,
) -> Outcome:
    return run(
        arrays,
        gap=limits.gap,
        time_limit=limits.time_limit,
        threads=limits.threads,
        seed=limits.seed,
        progress=progress,
        stop=stop,
        start=start,
    )


class _Either:
    """Set once one of its events is."""

    def __init__(self, *events: threading.Event) -> None:
        self._events = events

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._events)


class _Search:
    """One search of a large problem: the best plan and bound so far, and the clock."""

    def __init__(
        self,
        arrays: Arrays,
        epochs: Ints,
        limits: Limits,
        progress: Report | None,
        stop: threading.Event,
        warm: Warm | None,
        subtrees: Ints | None = None,
    ) -> None:
        self._arrays, self._epochs, self._limits = arrays, epochs, limits
        self._subtrees, self._method = subtrees, "extensive form"
        self._progress, self._stop, self._warm = progress, stop, warm
        self._repriced = warm is not None and warm.repriced(arrays)
        self._begun = time.monotonic()
        self._best = Dive()
        self._exact = False  # the best plan has its integers fixed and its LP solved
        self._reserve: Dive | None = None  # the last exact plan, where the best one is not

    def outcome(self) -> tuple[Outcome, Warm]:
        if self._subtrees is not None:
            self._decompose(self._subtrees)
        if not self._is_done and self._best.values is None:
            share = DIVE_SHARE if self._subtrees is None else SECOND_SHARE
            self._beside(self._dive_into, share, "dive")
        self._exact = self._best.values is not None
        if not self._is_done and self._best.values is not None:
            self._neighbourhood()
        if not self._is_done:
            self._branch()
        outcome = self._report_best()
        best = self._best
        return outcome, Warm(outcome.values, best.root, best.basis, self._arrays.cost, best.duals)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._begun

    @property
    def _left(self) -> float:
        return max(self._limits.time_limit - self._seconds, 0.0)

    @property
    def _is_done(self) -> bool:
        return reached(self._best, self._limits.gap) or self._stop.is_set()

    def _beside(
        self, work: Callable[[Dive, threading.Event], None], share: float, name: str
    ) -> None:
        """In a thread of its own, so that this one stays awake for Ctrl-C, progress and deadline.

        Raises what ``work`` raises, but for a plan in hand at a stop.
        """
        halt, done = threading.Event(), threading.Event()
        deadline = self._begun + share * self._limits.time_limit
        best, raised = self._best, list[BaseException]()
        if self._stop.is_set():
            halt.set()

        def guarded() -> None:
            try:
                work(best, halt)
            except BaseException as error:  # noqa: BLE001 - raised again by the caller's thread
                raised.append(error)
            finally:
                done.set()

        threading.Thread(target=guarded, name=name, daemon=True).start()
        reported = 0.0
        while not done.is_set():
            try:
                done.wait(_POLL_S)
                if self._seconds - reported >= _REPORT_S:
                    reported = self._seconds
                    self._tell("relaxation" if best.bound is None else name)
            except KeyboardInterrupt:
                self._stop.set()
            if self._stop.is_set() or time.monotonic() > deadline:
                halt.set()
                done.wait(GRACE_S)
                break
        # What a thread left behind still writes must not be mixed with what follows.
        self._best = replace(best)
        if raised and not (halt.is_set() and isinstance(raised[0], Interrupted)):
            raise raised[0]

    def _decompose(self, subtrees: Ints) -> None:
        """The L-shaped search; where it fails, or says that nothing holds, the extensive form decides."""
        count = int(subtrees.max())

        def work(best: Dive, halt: threading.Event) -> None:
            Decomposition(
                self._arrays, subtrees, self._epochs, best,
                gap=self._limits.gap, threads=self._limits.threads, halt=halt,
                deadline=self._begun + SUBTREES_SHARE * self._limits.time_limit,
            ).run()  # fmt: skip

        self._method = f"L-shaped over {count} subtrees"
        try:
            self._beside(work, SUBTREES_SHARE, "subtrees")
        except MemoryError:
            if self._best.values is None:
                raise NothingFound(
                    "Out of memory before the first plan was found. Ask for fewer `branches`."
                ) from None
            log.warning("out of memory: the plan in hand is kept")
            self._stop.set()
        except NoPlan as error:
            log.info("no plan from the subtrees: %s", error)
        if not self._is_done:
            self._method += ", then the extensive form"
        elif self._arrays.integer[subtrees > 0].any():
            self._method += "; bound without the integers of the subtrees"

    def _dive_into(self, best: Dive, halt: threading.Event) -> None:
        options = {"threads": self._limits.threads, "random_seed": self._limits.seed}
        gap = self._limits.gap
        if self._warm is None:
            relaxation = Relaxation(self._arrays, options, halt)
            dive(relaxation, self._arrays, self._epochs, best, gap=gap, stop=halt)
            return
        # The old decisions under the new numbers, beside the new relaxation.
        warm, enough = self._warm, threading.Event()
        rerun = threading.Thread(target=self._rerun, args=(warm, best, halt, enough), daemon=True)
        rerun.start()
        relaxation = Relaxation(
            self._arrays, {**options, "threads": 1}, _Either(halt, enough), warm.root,
            repriced=self._repriced,
        )  # fmt: skip
        if relaxation.solve():
            best.bound, best.relaxed = relaxation.objective, relaxation.values
            best.root, best.duals = relaxation.basis(), relaxation.duals
        rerun.join()
        if best.root is None:
            best.root, best.duals = warm.root, warm.duals
        if not reached(best, gap):
            dive(relaxation, self._arrays, self._epochs, best, gap=gap, stop=halt)

    def _rerun(
        self, warm: Warm, best: Dive, halt: threading.Event, enough: threading.Event
    ) -> None:
        """The integers of the earlier plan, everything else decided anew.

        Where the earlier relaxation's duals already prove the plan, it is ``enough``.
        """
        whole = np.rint(warm.values)
        fixed = replace(
            self._arrays,
            lower=np.where(self._arrays.integer, whole, self._arrays.lower),
            upper=np.where(self._arrays.integer, whole, self._arrays.upper),
        )
        within = (fixed.lower >= self._arrays.lower) & (fixed.upper <= self._arrays.upper)
        if not within.all():
            return
        again = Relaxation(fixed, {"threads": 1}, halt, warm.basis, repriced=self._repriced)
        if again.solve():
            best.values, best.basis = again.values, again.basis()
            best.objective = again.objective
            wanted = best.objective - self._limits.gap * abs(best.objective)
            known = still_proven(self._arrays, warm.duals, again.duals, wanted)
            if reached(replace(best, bound=known), self._limits.gap) and best.bound is None:
                best.bound = known
                enough.set()

    def _tell(self, phase: str, heard: Progress | None = None) -> None:
        if self._progress is None:
            return
        incumbents = [self._best.objective, heard.incumbent if heard else None]
        known = [value for value in incumbents if value is not None]
        incumbent = min(known) if known else None
        bound = self._best.bound
        if phase == "search" and heard is not None and heard.bound is not None:
            bound = heard.bound if bound is None else max(bound, heard.bound)
        gap = relative_gap(incumbent, bound)
        self._progress(Progress(self._seconds, incumbent, bound, gap, phase))

    def _neighbourhood(self) -> None:
        """Fix the integers on which the plan and the relaxation agree; branch on the others."""
        plan, relaxed = self._best.values, self._best.relaxed
        if plan is None or relaxed is None:
            return
        agree = self._arrays.integer & (np.abs(plan - relaxed) <= WHOLE)
        near = replace(
            self._arrays,
            lower=np.where(agree, np.rint(plan), self._arrays.lower),
            upper=np.where(agree, np.rint(plan), self._arrays.upper),
        )
        share = min(self._left, NEIGHBOURHOOD_SHARE * self._limits.time_limit)
        self._improve(near, share, "neighbourhood", plan)

    def _branch(self) -> None:
        self._improve(self._arrays, self._left, "search", self._best.values)

    def _improve(
        self,
        arrays: Arrays,
        seconds: float,
        phase: Literal["neighbourhood", "search"],
        start: Floats | None,
    ) -> None:
        """Branch and bound; keeps the better plan, and of the whole problem the better bound."""
        limits = replace(self._limits, time_limit=seconds)
        try:
            outcome = _run(arrays, limits, lambda p: self._tell(phase, p), self._stop, start)
        except (NothingFound, Interrupted, Infeasible):
            # A plan in hand outlives a solve that found none; without one the reason stands.
            if self._best.values is None:
                raise
            return
        if self._best.objective is None or outcome.objective < self._best.objective:
            if self._exact:
                self._reserve = replace(self._best)
            self._best.objective, self._best.values = outcome.objective, outcome.values
            self._best.basis, self._exact = None, False
        if phase == "search" and outcome.bound is not None:
            known = self._best.bound
            self._best.bound = outcome.bound if known is None else max(known, outcome.bound)

    def _report_best(self) -> Outcome:
        best = self._best
        if best.values is None or best.objective is None:
            if self._stop.is_set():
                raise Interrupted("Stopped before the first plan was found.")
            raise NothingFound(
                f"No plan was found within {self._seconds:.1f} s of search. Allow more time, or a wider gap."
            )
        instead = None if self._exact else self._reserve
        if instead is None:
            return self._as_outcome(best, exact=self._exact)
        reserve = replace(instead, bound=best.bound)
        return replace(
            self._as_outcome(best, exact=False), instead=self._as_outcome(reserve, exact=True)
        )

    def _as_outcome(self, found: Dive, *, exact: bool) -> Outcome:
        values, objective = found.values, found.objective
        assert values is not None
        assert objective is not None
        enough = reached(found, self._limits.gap)
        if exact:
            values = swept(self._arrays, values)
            objective = self._arrays.objective(values)
        bound = None if found.bound is None else min(found.bound, objective)
        stopped = "interrupted" if self._stop.is_set() else "time_limit"
        return Outcome(
            "optimal" if enough else "feasible", "gap" if enough else stopped, objective, bound,
            relative_gap(objective, bound), values, self._seconds, exact, self._method,
            found.basis if exact else None,
        )  # fmt: skip
