"""How a plan is looked for: branch and bound for small problems, a dive first for large ones.

Large: the dive, then what it and the relaxation disagree on (a neighbourhood, by branch and
bound), then branch and bound on the whole, begun from the best plan. The first that reaches the
gap ends the search; the bound is the best that any of them proved.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from planner.errors import Infeasible, Interrupted, NothingFound
from planner.solve.arrays import Arrays, Floats
from planner.solve.compile import Ints
from planner.solve.dive import WHOLE, Dive, dive
from planner.solve.highs import GRACE_S, Outcome, Progress, relative_gap, run

log = logging.getLogger(__name__)

#: From so many columns on, a dive comes first: below, branch and bound ends sooner than its LP.
LARGE = 15_000
#: Shares of the time limit that the dive and the neighbourhood may take.
DIVE_SHARE, NEIGHBOURHOOD_SHARE = 0.5, 0.2
_POLL_S, _REPORT_S = 0.1, 1.0


@dataclass(frozen=True)
class Limits:
    """How long and how far to search; ``gap`` relative, ``time_limit`` in seconds."""

    gap: float
    time_limit: float
    threads: int = 1
    seed: int = 1


def search(
    arrays: Arrays,
    epochs: Ints,
    limits: Limits,
    *,
    progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
    large: int = LARGE,
) -> Outcome:
    """Solve to the gap within the time limit. ``epochs`` (n,): when each column is decided.

    Raises as ``highs.run``. A plan that was found is never lost to a limit or a stop.
    """
    stop = stop or threading.Event()
    if not arrays.integer.any() or len(arrays.cost) < large:
        return _run(arrays, limits, progress, stop)
    return _Search(arrays, epochs, limits, progress, stop).outcome()


def _run(
    arrays: Arrays,
    limits: Limits,
    progress: Callable[[Progress], None] | None,
    stop: threading.Event,
    start: Floats | None = None,
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


class _Search:
    """One search of a large problem: the best plan and bound so far, and the clock."""

    def __init__(
        self,
        arrays: Arrays,
        epochs: Ints,
        limits: Limits,
        progress: Callable[[Progress], None] | None,
        stop: threading.Event,
    ) -> None:
        self._arrays, self._epochs, self._limits = arrays, epochs, limits
        self._progress, self._stop = progress, stop
        self._begun = time.monotonic()
        self._best = Dive()

    def outcome(self) -> Outcome:
        self._dive()
        if not self._is_done and self._best.values is not None:
            self._neighbourhood()
        if not self._is_done:
            self._branch()
        return self._report_best()

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._begun

    @property
    def _left(self) -> float:
        return max(self._limits.time_limit - self._seconds, 0.0)

    @property
    def _gap(self) -> float | None:
        return relative_gap(self._best.objective, self._best.bound)

    @property
    def _is_done(self) -> bool:
        reached = self._gap is not None and self._gap <= self._limits.gap
        return reached or self._stop.is_set()

    def _dive(self) -> None:
        """In a thread of its own, so that this one stays awake for Ctrl-C, progress and deadline."""
        halt, done = threading.Event(), threading.Event()
        deadline = self._begun + DIVE_SHARE * self._limits.time_limit

        def work() -> None:
            try:
                dive(
                    self._arrays,
                    self._epochs,
                    self._best,
                    gap=self._limits.gap,
                    threads=self._limits.threads,
                    seed=self._limits.seed,
                    stop=halt,
                )
            finally:
                done.set()

        threading.Thread(target=work, name="dive", daemon=True).start()
        reported = 0.0
        while not done.is_set():
            try:
                done.wait(_POLL_S)
                if self._seconds - reported >= _REPORT_S:
                    reported = self._seconds
                    self._tell("relaxation" if self._best.bound is None else "dive")
            except KeyboardInterrupt:
                self._stop.set()
            if self._stop.is_set() or time.monotonic() > deadline:
                halt.set()
                done.wait(GRACE_S)
                break
        # What a thread left behind still writes must not be mixed with what follows.
        self._best = replace(self._best)

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
        self._run(near, share, "neighbourhood", plan)

    def _branch(self) -> None:
        self._run(self._arrays, self._left, "search", self._best.values)

    def _run(
        self,
        arrays: Arrays,
        seconds: float,
        phase: Literal["neighbourhood", "search"],
        start: Floats | None,
    ) -> None:
        """Branch and bound; keeps the better plan, and of the whole problem the better bound."""
        try:
            outcome = _run(
                arrays,
                replace(self._limits, time_limit=seconds),
                lambda heard: self._tell(phase, heard),
                self._stop,
                start,
            )
        except (NothingFound, Interrupted, Infeasible):
            # A plan in hand outlives a solve that found none; without one the reason stands.
            if self._best.values is None:
                raise
            return
        if self._best.objective is None or outcome.objective < self._best.objective:
            self._best.objective, self._best.values = outcome.objective, outcome.values
        if phase == "search" and outcome.bound is not None:
            known = self._best.bound
            self._best.bound = outcome.bound if known is None else max(known, outcome.bound)

    def _report_best(self) -> Outcome:
        best = self._best
        if best.values is None or best.objective is None:
            if self._stop.is_set():
                raise Interrupted("Stopped before the first plan was found.")
            raise NothingFound(f"No plan was found within {self._seconds:.0f} s.")
        gap = self._gap
        if gap is not None and gap <= self._limits.gap:
            return self._as_outcome("optimal", "gap", gap)
        reason = "interrupted" if self._stop.is_set() else "time_limit"
        return self._as_outcome("feasible", reason, gap)

    def _as_outcome(
        self,
        status: Literal["optimal", "feasible"],
        termination: Literal["gap", "time_limit", "interrupted"],
        gap: float | None,
    ) -> Outcome:
        best = self._best
        assert best.values is not None
        assert best.objective is not None
        bound = None if best.bound is None else min(best.bound, best.objective)
        return Outcome(status, termination, best.objective, bound, gap, best.values, self._seconds)
