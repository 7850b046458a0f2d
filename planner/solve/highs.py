"""HiGHS: arrays in, a plan with its bound out; statuses read back honestly.

The solve runs in a thread of its own. So the caller's thread stays awake for progress, Ctrl-C and
deadlines; each solve may use its own number of threads (HiGHS's pool belongs to the thread that
calls it); and a stop is answered within ``GRACE_S`` seconds even where HiGHS looks at its callbacks
only now and then (inside a root relaxation or a sub-MIP it does not: 24 s were seen). A solve that
was left behind ends by itself at its next look.

Cost is scaled up by a power of two before HiGHS sees it, and back after. In the search HiGHS judges
reduced costs by an absolute 1e-7, and a rare leaf's costs (probability x cost x discount) are that
small: scaled the wrong way (largest cost 1) four two-stage cases of 60 leaves came out 2e-5 to 5e-5
too high, their bounds too; with the small costs brought to 1 they are exact, at no loss of time.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import highspy
import numpy as np
from highspy import HighsBasis, HighsStatus, cb
from highspy import HighsModelStatus as Ended

from planner.errors import Infeasible, Interrupted, NoPlan, NothingFound, Unbounded
from planner.solve.arrays import Arrays, Floats, cost_scale, load, write_mps

__all__ = ["Arrays", "Outcome", "Progress", "polish", "relative_gap", "run", "write_mps"]

log = logging.getLogger(__name__)

#: A stop or a passed deadline waits this long for HiGHS to end by itself [s].
GRACE_S = 2.0
#: How often the caller's thread looks up [s], and how long progress may stay silent [s].
_POLL_S, _REPORT_S = 0.1, 1.0
#: From so many columns on a problem is large: its LPs are begun by interior point.
LARGE = 15_000
#: Values closer to 0 than this are 0 in a polished plan [t, modules].
_ZERO = 1e-9
#: HiGHS's word for "primal feasible" in ``primal_solution_status``.
_FEASIBLE = 2

_Kind = cb.HighsCallbackType
_INTERRUPTIBLE = (_Kind.kCallbackSimplexInterrupt, _Kind.kCallbackIpmInterrupt, _Kind.kCallbackMipInterrupt)  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """How far a solve is. None: not known yet. ``phase``: relaxation, root, search."""

    seconds: float
    incumbent: float | None
    bound: float | None
    gap: float | None
    phase: str


@dataclass(frozen=True, eq=False)
class Outcome:
    """A plan and what is proven about it.

    ``status`` is ``optimal`` (within the gap asked) or ``feasible``; ``bound`` and ``gap`` are None
    where nothing is proven yet. ``values`` (n,). ``polished`` only after ``polish`` succeeded;
    ``basis`` of the LP that is left with the integers fixed, where known.
    ``method`` says in words how it was found. ``instead``: a plan that is exact already, for where
    this one cannot be made so.
    """

    status: Literal["optimal", "feasible"]
    termination: Literal["gap", "time_limit", "interrupted"]
    objective: float
    bound: float | None
    gap: float | None
    values: Floats
    seconds: float
    polished: bool = False
    method: str = "extensive form"
    basis: HighsBasis | None = None
    instead: Outcome | None = None


def relative_gap(objective: float | None, bound: float | None) -> float | None:
    """|objective - bound| / max(1e-10, |objective|); None while either is unknown."""
    if objective is None or bound is None:
        return None
    return abs(objective - bound) / max(1e-10, abs(objective))


def run(
    arrays: Arrays,
    *,
    gap: float,
    time_limit: float,
    threads: int = 1,
    seed: int = 1,
    progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
    start: Floats | None = None,
) -> Outcome:
    """Solve an LP or a MIP to the relative ``gap`` within ``time_limit`` seconds.

    ``progress`` is called in the caller's thread, at least once a second; what it raises stops the
    solve. ``stop``, set from any thread, ends it with the best plan so far; so does Ctrl-C.
    ``start`` (n,) is a plan to begin from, NaN where unknown: HiGHS completes it from its integers
    and drops it if it cannot (an LP takes none).

    Raises Infeasible, Unbounded, NothingFound (a limit came before the first plan), Interrupted
    (stopped before the first plan); NoPlan if HiGHS fails; ValueError for a start of other length.
    """
    if start is not None and len(start) != len(arrays.cost):
        raise ValueError(f"start has {len(start)} values, the model {len(arrays.cost)} columns")
    options = {
        "mip_rel_gap": float(gap),
        "time_limit": float(time_limit),
        "threads": int(threads),
        "random_seed": int(seed),
    }
    solve = _Solve(arrays, options, stop or threading.Event())
    if start is not None and arrays.integer.any():
        solve.begin_from(start)
    solve.follow(progress, time_limit)
    if solve.ended in (Ended.kUnbounded, Ended.kUnboundedOrInfeasible):
        _raise_unbounded_or_infeasible(arrays, options, solve.stop, time_limit - solve.seconds)
    outcome = solve.outcome()
    if start is not None and _is_start_handed_back(outcome, gap):
        left = max(time_limit - solve.seconds, 0.0)
        return run(
            arrays, gap=gap, time_limit=left, threads=threads, seed=seed, progress=progress,
            stop=solve.stop,
        )  # fmt: skip
    return outcome


def _is_start_handed_back(outcome: Outcome, gap: float) -> bool:
    """Whether HiGHS calls a plan optimal that its own bound says is not.

    Where presolve leaves nothing to search, HiGHS 1.15 returns the start it was given.
    """
    if outcome.status != "optimal" or outcome.bound is None:
        return False
    return outcome.objective - outcome.bound > 1.01 * gap * abs(outcome.objective) + 1e-6


def polish(
    arrays: Arrays, outcome: Outcome, *, threads: int = 1, time_limit: float = 60.0
) -> Outcome:
    """The same plan made exact: integers rounded and fixed, the LP solved again, dust swept away.

    The objective is that of the cleaned values, so it may fall a little; the bound stands. Where the
    rounded integers admit no LP solution within ``time_limit`` seconds, the plan ``instead`` comes
    back; without one a warning is logged and the outcome comes back as it was, ``polished`` False.
    """
    if outcome.polished:
        return outcome
    whole = np.rint(outcome.values[arrays.integer])
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    lower[arrays.integer] = upper[arrays.integer] = whole
    fixed = replace(arrays, lower=lower, upper=upper, integer=np.zeros_like(arrays.integer))
    begun = time.monotonic()
    exact: Floats | None = None
    basis: HighsBasis | None = None
    solvers = ("ipx", "simplex") if len(arrays.cost) >= LARGE else ("simplex", "ipx")
    ways = [(1e-9, solvers[0]), (1e-9, solvers[1]), (1e-7, solvers[0])]
    if outcome.basis is not None:
        ways.insert(0, (1e-9, "basis"))
    # On large problems simplex was seen to fail at either tolerance, or to take 20 times as long.
    for tolerance, way in ways:
        left = max(time_limit - (time.monotonic() - begun), 0.0)
        options = {
            "primal_feasibility_tolerance": tolerance,
            "dual_feasibility_tolerance": tolerance,
            "solver": "simplex" if way == "basis" else way,
            "time_limit": left,
            "threads": int(threads),
        }
        solve = _Solve(fixed, options, threading.Event())
        if way == "basis" and not solve.begin_at(outcome.basis):
            continue
        solve.follow(None, left)
        if solve.ended == Ended.kOptimal:
            exact, basis = solve.outcome().values, solve.basis()
            break
    if exact is None and outcome.instead is not None:
        log.info("no exact plan with its integers rounded: the exact one before it is kept")
        return outcome.instead
    if exact is None:
        log.warning("no exact plan with its integers rounded: it is kept as found")
        return outcome
    exact = swept(fixed, exact)
    objective = arrays.objective(exact)
    bound = _proven(outcome.bound, objective)
    return replace(
        outcome,
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        values=exact,
        seconds=outcome.seconds + time.monotonic() - begun,
        polished=True,
        basis=basis,
    )


def swept(arrays: Arrays, values: Floats) -> Floats:
    """Values of an LP solution without dust: near 0 is 0, integers whole, all within bounds."""
    clean = np.where(np.abs(values) < _ZERO, 0.0, values)
    clean[arrays.integer] = np.rint(clean[arrays.integer])
    return np.clip(clean, arrays.lower, arrays.upper)


class _Watch:
    """HiGHS's callback: hears how far it is, tells it to stop.

    It must not know the solve: HiGHS holds it, and a circle through HiGHS is never collected.
    """

    def __init__(self, arrays: Arrays, scale: float, stop: threading.Event) -> None:
        self.arrays, self.scale, self.stop = arrays, scale, stop
        self.incumbent: float | None = None
        self.bound: float | None = None
        self.values: Floats | None = None
        self.phase = "relaxation"

    def __call__(self, kind: Any, _message: str, said: Any, answer: Any, _data: Any) -> None:
        """In HiGHS's thread. Raises nothing: HiGHS would call it a solve error."""
        if kind >= int(_Kind.kCallbackMipSolution):  # the kinds before it speak of LPs
            if math.isfinite(said.mip_dual_bound):
                self.bound = said.mip_dual_bound / self.scale
                self.phase = "search" if said.mip_node_count > 0 else "root"
            if kind == int(_Kind.kCallbackMipImprovingSolution):
                values = np.array(said.mip_solution, dtype=np.float64)
                self.values = values
                self.incumbent = self.arrays.objective(values)
        answer.user_interrupt = self.stop.is_set()

    def news(self, seconds: float) -> Progress:
        incumbent, bound = self.incumbent, self.bound
        return Progress(seconds, incumbent, bound, relative_gap(incumbent, bound), self.phase)


class _Solve:
    """One call of HiGHS, in a thread of its own."""

    def __init__(self, arrays: Arrays, options: dict[str, Any], stop: threading.Event) -> None:
        self.arrays = arrays
        self.stop = stop
        self.scale = cost_scale(arrays.cost)
        self.seconds = 0.0
        self.ended = Ended.kNotset
        self._status = HighsStatus.kError  # until run() says otherwise
        self._done = threading.Event()
        self._left = False  # left behind: the thread may still run
        self._watch = _Watch(arrays, self.scale, stop)
        self._highs = load(arrays, self.scale, options)
        self._highs.setCallback(self._watch, None)
        for kind in (*_INTERRUPTIBLE, _Kind.kCallbackMipImprovingSolution):
            self._highs.startCallback(kind)

    def begin_from(self, start: Floats) -> None:
        """Hand over a MIP start; NaN where unknown."""
        known = np.flatnonzero(~np.isnan(start)).astype(np.int32)
        if self._highs.setSolution(len(known), known, start[known]) == HighsStatus.kError:
            log.warning("HiGHS refused the start: solving without one")

    def begin_at(self, basis: HighsBasis | None) -> bool:
        """Hand over a basis; whether HiGHS takes it."""
        return basis is not None and self._highs.setBasis(basis) == HighsStatus.kOk

    def basis(self) -> HighsBasis:
        """Where an LP ended."""
        return self._highs.getBasis()

    def follow(self, progress: Callable[[Progress], None] | None, time_limit: float) -> None:
        """Run to the end, a stop or the deadline, whichever comes first."""
        begun = time.monotonic()
        leave = begun + time_limit + GRACE_S
        reported, spoken = begun, None
        threading.Thread(target=self._work, name="highs", daemon=True).start()
        while not self._done.is_set():
            try:
                self._done.wait(_POLL_S)
            except KeyboardInterrupt:
                self.stop.set()
            now = time.monotonic()
            if self.stop.is_set():
                leave = min(leave, now + GRACE_S)
            if now > leave:
                self._left = not self._done.is_set()
                break
            news = self._watch.news(now - begun)
            changed = replace(news, seconds=0.0) != spoken
            if progress is not None and (changed or now - reported >= _REPORT_S):
                reported, spoken = now, replace(news, seconds=0.0)
                self._report(progress, news)
        self.seconds = time.monotonic() - begun
        if not self._left:
            self.ended = self._highs.getModelStatus()

    def _report(self, progress: Callable[[Progress], None], news: Progress) -> None:
        try:
            progress(news)
        except KeyboardInterrupt:
            self.stop.set()
        except BaseException:
            self.stop.set()
            raise

    def _work(self) -> None:
        try:
            self._status = self._highs.run()
            highspy.Highs.resetGlobalScheduler(True)  # the pool of this thread, which ends here
        finally:
            self._done.set()

    def outcome(self) -> Outcome:
        """What HiGHS ended with, or what was in hand when it was left."""
        if self._left:
            reason = "interrupted" if self.stop.is_set() else "time_limit"
            return self._outcome("feasible", reason, self._watch.values, self._watch.bound)
        if self._status == HighsStatus.kError:
            raise NoPlan(f"HiGHS failed (model status {self.ended.name}).")
        if self.ended == Ended.kInfeasible:
            raise Infeasible("No plan can satisfy the rules: the model is infeasible.")
        info = self._highs.getInfo()
        has_plan = info.primal_solution_status == _FEASIBLE
        values = np.array(self._highs.getSolution().col_value) if has_plan else None
        bound = info.mip_dual_bound / self.scale if self.arrays.integer.any() else -math.inf
        known = bound if math.isfinite(bound) else None
        if self.ended == Ended.kOptimal and values is not None:
            if not self.arrays.integer.any():
                known = self.arrays.objective(values)
            return self._outcome("optimal", "gap", values, known)
        if self.ended == Ended.kTimeLimit:
            return self._outcome("feasible", "time_limit", values, known)
        if self.ended == Ended.kInterrupt:
            return self._outcome("feasible", "interrupted", values, known)
        raise NoPlan(f"HiGHS gave up (model status {self.ended.name}).")

    def _outcome(
        self,
        status: Literal["optimal", "feasible"],
        termination: Literal["gap", "time_limit", "interrupted"],
        values: Floats | None,
        bound: float | None,
    ) -> Outcome:
        if values is None:
            if termination == "interrupted":
                raise Interrupted("Stopped before the first plan was found.")
            raise NothingFound(
                f"No plan was found within {self.seconds:.1f} s of search. Allow more time, or a wider gap."
            )
        objective = self.arrays.objective(values)
        proven = _proven(bound, objective)
        gap = relative_gap(objective, proven)
        return Outcome(status, termination, objective, proven, gap, values, self.seconds)


def _proven(bound: float | None, objective: float) -> float | None:
    """The bound, never above the plan: rounding may leave an optimum a hair below its own bound."""
    if bound is not None and bound - objective > 1e-6 * max(1.0, abs(objective)):
        log.warning("the plan costs %.9g, less than the bound %.9g", objective, bound)
    return None if bound is None else min(bound, objective)


def _raise_unbounded_or_infeasible(
    arrays: Arrays, options: dict[str, Any], stop: threading.Event, time_limit: float
) -> None:
    """Settle by a solve without cost which of the two it is, and raise it."""
    free = replace(arrays, cost=np.zeros_like(arrays.cost))
    solve = _Solve(free, options | {"time_limit": max(time_limit, 0.0)}, stop)
    solve.follow(None, time_limit)
    solve.outcome()  # raises Infeasible, NothingFound, Interrupted
    raise Unbounded("Cost can fall for ever: a price, a capacity or a limit is missing.")
