"""What it would be worth to know, and what it is worth to wait.

Costs, lower is better; RP is the plan's problem, each figure an interval that holds whatever the
gaps to which its problems were solved:

- EVPI = RP - WS: WS, wait and see, solves each world as if it alone were sure to come. At most so
  much is any forecast, any talk with the ministry worth.
- VSS = EEV - RP: EEV, expected result of the mean-value plan, does first what is best if every
  figure were its mean, and then the best that the worlds allow. What planning on averages costs.
- value of waiting = NOW - RP: NOW settles today everything that is signed, filed or begun.

Conventions: EVPI and VSS are those of Birge and Louveaux (2011, chapter 4) on expected cost at
risk_weight 0. Where the case weighs CVaR they are given on its own objective too, WS and EEV by the
same objective over the same worlds (no world costs more under WS than under RP, and CVaR is
monotone, so EVPI >= 0 there as well). The value of waiting is given on the objective of each basis.
First decisions of the mean-value plan are all that the root decides; where they cannot be carried
out in every world, those that are signed, filed or begun, and where these cannot, VSS is infinite.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from planner.analysis.amounts import kusd
from planner.analysis.findings import Findings, FindingTable
from planner.case import Case, with_settings
from planner.errors import Infeasible, Interrupted, NothingFound
from planner.solve.answer import Answer, answer, limits_of
from planner.solve.carrying import carried_over
from planner.solve.foresight import certain, decided_now, is_linked, mean_value, unlinked
from planner.solve.given import FLOWS, SIGNED
from planner.solve.run import Problem, build_problem, conditional_value_at_risk
from planner.solve.search import Limits

#: (done, of how many, at what)
Tell = Callable[[int, int, str], None]


_T = TypeVar("_T")

#: A single solve is given at least this long [s]: without a plan it would say nothing.
_LEAST_S = 150.0


@dataclass(frozen=True)
class Span:
    """A cost or a difference of costs [kUSD]: ``low`` and ``high`` are proven, ``best`` is what the
    plans found say."""

    low: float
    best: float
    high: float

    @classmethod
    def of(cls, objective: float, bound: float) -> Span:
        """Of an optimum, from the plan found and the bound."""
        return cls(min(bound, objective), objective, objective)

    @property
    def is_known(self) -> bool:
        """Whether the time sufficed for it."""
        return not math.isnan(self.best)

    def less(self, other: Span, floor: float = 0.0) -> Span:
        """This minus the other, which theory says is at least ``floor``."""
        if not (self.is_known and other.is_known):
            return NOT_REACHED
        low = self.low - other.high
        return Span(
            max(floor, low), max(floor, self.best - other.best), max(floor, self.high - other.low)
        )


NOT_REACHED = Span(math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Information:
    """All figures of one basis (``expected cost`` or ``objective``) [kUSD]."""

    basis: str
    risk_weight: float
    recourse: Span
    wait_and_see: Span
    mean_value: float
    mean_value_result: Span
    all_now: Span
    kept: str  # which decisions of the mean-value plan were carried out

    @property
    def evpi(self) -> Span:
        return self.recourse.less(self.wait_and_see)

    @property
    def vss(self) -> Span:
        return self.mean_value_result.less(self.recourse)

    @property
    def waiting(self) -> Span:
        return self.all_now.less(self.recourse)


def information(
    case: Case, *, seconds: float = 300.0, tell: Tell | None = None,
    stop: threading.Event | None = None, solved: Answer | None = None, own_only: bool = False,
) -> Findings:  # fmt: skip
    """EVPI, VSS and the value of waiting, with tables ``values`` and ``worlds``.

    ``own_only``: on the case's own objective alone, not on expected cost beside it. The case's own objective first: its plan is often solved already. ``seconds`` is shared among all
    solves; a solve that it cuts short widens its interval, a figure that it does not reach is left out
    and said to be. Raises Infeasible, NothingFound or Interrupted where the case has no plan.
    """
    weight = float(case.settings["risk_weight"])
    bases = [*([("objective", weight)] if weight else []), ("expected cost", 0.0)]
    bases = bases[:1] if own_only else bases
    worlds: list[tuple[str, float, Span]] = []
    found: list[Information] = []
    work = _Work(case, seconds, len(bases), tell, stop, solved)
    for basis, share in bases:
        if found and work.is_late:
            break
        try:
            one = _of_basis(work, with_settings(case, risk_weight=share), basis, worlds)
        except (Interrupted, NothingFound):
            if not found:
                raise
            break  # told as a caution
        found.append(one)
    return _findings(case, found, worlds, len(bases))


class _Work:
    """The clock of all solves, and who is told."""

    def __init__(
        self, case: Case, seconds: float, bases: int, tell: Tell | None,
        stop: threading.Event | None, solved: Answer | None,
    ) -> None:  # fmt: skip
        self.case, self.stop, self.solved = case, stop, solved
        self._tell, self._seconds = tell, seconds
        self._done, self.of = 0, 4 * bases
        self._deadline = time.monotonic() + seconds

    @property
    def is_late(self) -> bool:
        return time.monotonic() >= self._deadline or (self.stop is not None and self.stop.is_set())

    def reached(self, solve: Callable[[], _T], otherwise: _T) -> _T:
        """What it comes to; ``otherwise`` where the time does not suffice."""
        try:
            return otherwise if self.is_late else solve()
        except (Interrupted, NothingFound):
            return otherwise

    def limits(self, share: float) -> Limits:
        """A part of all seconds."""
        return limits_of(self.case, seconds=max(_LEAST_S, self._seconds * share))

    def plan(self, problem: Problem) -> Answer:
        """The plan's problem on one basis, begun from what is solved already."""
        known, warm = self.solved, None
        if known is not None:
            if known.problem.case.settings == problem.case.settings:
                return known
            warm = carried_over(known.problem.layout, known.warm, problem.layout)
        self.solved = answer(problem, self.limits(0.2), warm=warm, stop=self.stop)
        return self.solved

    def say(self, what: str) -> None:
        if self._tell is not None:
            self._tell(self._done, self.of, what)
        self._done += 1


def _of_basis(
    work: _Work, case: Case, basis: str, worlds: list[tuple[str, float, Span]]
) -> Information:
    problem = build_problem(case)
    work.say(f"the plan, by {basis}")
    plan = work.plan(problem)
    recourse = Span.of(plan.objective, plan.bound)
    work.say("each world as if it were known")
    if not worlds:
        worlds += work.reached(lambda: _wait_and_see(work, case, problem, plan), [])
    else:
        work.of -= 1
    foresight = _weighed(case, worlds)
    work.say("the mean-value plan in every world")
    mean, result, kept = work.reached(
        lambda: _mean_value(work, problem, plan), (math.nan, NOT_REACHED, "not reached")
    )
    work.say("everything decided now")
    now = work.reached(lambda: _decided_now(work, plan, recourse), NOT_REACHED)
    weight = float(case.settings["risk_weight"])
    return Information(basis, weight, recourse, foresight, mean, result, now, kept)


def _decided_now(work: _Work, plan: Answer, recourse: Span) -> Span:
    try:
        outcome = decided_now(plan, work.limits(0.1), work.stop)
    except Infeasible:
        return Span(math.inf, math.inf, math.inf)
    bound = -math.inf if outcome.bound is None else outcome.bound
    return Span.of(outcome.objective, max(bound, recourse.low))


def _wait_and_see(
    work: _Work, case: Case, problem: Problem, plan: Answer
) -> list[tuple[str, float, Span]]:
    """(leaf, probability, cost) of each world solved alone, without what ties the worlds."""
    if is_linked(case):
        problem = build_problem(unlinked(case))
    leaves = [leaf for leaf in plan.tree.leaves if leaf.probability > 0]
    found = []
    for leaf in leaves:
        # Each alone: with one leaf, CVaR is the cost, so the weight on it does not matter.
        known = answer(certain(problem, leaf.name), work.limits(0.3 / len(leaves)), stop=work.stop)
        found.append((leaf.name, leaf.probability, Span.of(known.objective, known.bound)))
    return found


def _weighed(case: Case, worlds: list[tuple[str, float, Span]]) -> Span:
    """The case's objective over the worlds' costs; not reached where no world is solved."""
    if not worlds:
        return NOT_REACHED
    probability = np.array([p for _, p, _ in worlds])
    weight, level = float(case.settings["risk_weight"]), float(case.settings["cvar_level"])

    def objective(costs: list[float]) -> float:
        values = np.array(costs)
        if not np.isfinite(values).all():
            return float(values.min())
        mean = float(probability @ values)
        if not weight:
            return mean
        return (1 - weight) * mean + weight * conditional_value_at_risk(values, probability, level)

    spans = [span for _, _, span in worlds]
    return Span(
        objective([s.low for s in spans]),
        objective([s.best for s in spans]),
        objective([s.high for s in spans]),
    )


def _mean_value(work: _Work, problem: Problem, plan: Answer) -> tuple[float, Span, str]:
    """(cost that the mean-value plan promises, what it comes to, which of it was carried out)."""
    root = plan.tree.root.name
    try:
        mean = answer(mean_value(problem), work.limits(0.1), stop=work.stop)
    except Infeasible:
        return math.nan, Span(math.inf, math.inf, math.inf), "none: means allow no plan"
    for components, words in (((*SIGNED, *FLOWS), "all of the first epoch"), (SIGNED, "signed, filed or begun")):  # fmt: skip
        given = mean.decided_in([root], components)
        try:
            result = answer(problem, work.limits(0.1), given=given, warm=plan.warm, stop=work.stop)
        except Infeasible:
            continue
        span = Span.of(result.objective, max(result.bound, plan.bound))
        return mean.objective, span, words
    return mean.objective, Span(math.inf, math.inf, math.inf), "none: some world does not allow it"


def _findings(
    case: Case, found: list[Information], worlds: list[tuple[str, float, Span]], bases: int
) -> Findings:
    rows = []
    for one in found:
        for name, figure, span in (
            ("RP", "the plan", one.recourse),
            ("WS", "each world known beforehand", one.wait_and_see),
            ("EVPI", "worth of knowing everything", one.evpi),
            ("EV", "what the mean-value plan promises", Span(*[one.mean_value] * 3)),
            ("EEV", "what the mean-value plan comes to", one.mean_value_result),
            ("VSS", "worth of planning on worlds, not on means", one.vss),
            ("NOW", "everything settled today", one.all_now),
            ("value of waiting", "worth of deciding later what can wait", one.waiting),
        ):
            rows.append((one.basis, name, figure, span.low, span.best, span.high))
    columns = ("basis", "figure", "meaning", "at_least_kusd", "best_known_kusd", "at_most_kusd")
    values = FindingTable.of(
        "values", "one figure of one basis; proven between at least and at most", columns, rows
    )
    each = FindingTable.of(
        "worlds", "one world, if it were known today", ("leaf", "probability", "cost_kusd"),
        [(leaf, p, span.best) for leaf, p, span in worlds],
    )  # fmt: skip
    late = len(found) < bases or not all(
        one.wait_and_see.is_known and one.mean_value_result.is_known and one.all_now.is_known
        for one in found
    )
    said = (
        ["The time was over before all figures were reached: those that are blank."] if late else []
    )
    return Findings(
        "information", _title(found[0]), tuple(_sentences(found)), (values, each),
        (*said, *_cautions(case, found, len(worlds))),
    )  # fmt: skip


def _title(one: Information) -> str:
    return (
        f"Knowing the future would be worth {_said(one.evpi)}, planning on worlds instead of means"
        f" is worth {_said(one.vss)}, waiting with what can wait {_said(one.waiting)}"
    )


def _sentences(found: list[Information]) -> list[str]:
    """What was reached, basis by basis."""
    said = []
    for one in found:
        by = f"By {one.basis}" + (f" (CVaR weighs {one.risk_weight:g})" if one.risk_weight else "")
        figures = (
            (one.evpi, _knowing),
            (one.vss, _planning_on_means),
            (one.waiting, _deciding_now),
        )
        for span, words in figures:
            if math.isinf(span.best):
                said.append(f"{by}: {_IMPOSSIBLE[words]}")
            elif span.is_known:
                said.append(f"{by}: {words(one)}")
    return said


def _knowing(one: Information) -> str:
    return (
        f"the plan {_said(one.recourse)}; with every world known beforehand "
        f"{_said(one.wait_and_see)}. No forecast, adviser or early talk with an authority is "
        f"worth more than the difference, {_said(one.evpi)} (EVPI)."
    )


def _planning_on_means(one: Information) -> str:
    return (
        f"the mean-value plan promises {kusd(one.mean_value)}; carried out "
        f"({one.kept}), it comes to {_said(one.mean_value_result)}: planning on averages "
        f"would cost {_said(one.vss)} more (VSS)."
    )


def _deciding_now(one: Information) -> str:
    return (
        "signing, filing and building everything today, for all worlds alike, would "
        f"cost {_said(one.waiting)} more than deciding epoch by epoch (value of waiting)."
    )


#: What is said instead where it cannot be done at all.
_IMPOSSIBLE: dict[Callable[[Information], str], str] = {
    _planning_on_means: "the mean-value plan cannot be carried out in every world (VSS is infinite): planning on averages promises what a denial makes impossible.",
    _deciding_now: "settled today for every world alike there is no plan: what waits must wait.",
}


def _cautions(case: Case, found: list[Information], worlds: int) -> list[str]:
    said = []
    if worlds == 1:
        said.append("The case has one world: nothing is uncertain, so knowing and waiting are worth nothing.")  # fmt: skip
    if is_linked(case):
        said.append(
            "Limits on risk and caps on expected supply speak of all worlds together; each known "
            "world was solved without them, so EVPI is at most what is stated, and may be less."
        )
    wide = [one.basis for one in found if one.evpi.high - one.evpi.low > 0.5 * max(one.evpi.best, 1e-9) and one.evpi.high - one.evpi.low > 1e-6 * abs(one.recourse.best)]  # fmt: skip
    if wide:
        said.append(
            f"By {' and '.join(wide)} the gaps of the solves are wider than half of EVPI: read the "
            "interval, or solve to a smaller mip_gap."
        )
    return said


def _said(span: Span) -> str:
    """``kUSD 1,150``, or with its interval where the gaps leave one."""
    if math.isinf(span.best):
        return "infinite"
    if not span.is_known:
        return "an amount not reached in the time"
    width = span.high - span.low
    if not math.isfinite(width) or width > 0.005 * max(abs(span.best), 1e-6):
        low = f"{span.low:,.0f}" if math.isfinite(span.low) else "unknown"
        return f"{kusd(span.best)} (proven: {low} to {span.high:,.0f})"
    return kusd(span.best)
