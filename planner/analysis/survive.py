"""How long service holds if something is lost, and when it can be whole again.

Definition. All that the root decides and moves is done as planned. At the start of the second epoch X is
lost without warning and for good: a country, a supplier, a licence or a lane, as a stress test of the
workbook loses it (offers, processes and lanes gone; no new project, qualification or switch; caps and
floors do not apply), on the most likely path. Everything else is then decided anew for service alone.

    time to survive   the longest time from the loss for which every tonne that the end use wants (rows
                      with a shortage price or a service floor) can be delivered or substituted
    time to recover   having held so long, the shortest time from the loss after which that is so up
                      to the horizon, X still lost; none where it never is. (Without the first clause,
                      stock would be hoarded for the last period and called a recovery.)

Each end use is looked at by itself: the whole response serves it. Both rest on one program: the least
shortage of a run of periods. Time to survive never falls when there is more stock. After D. Simchi-Levi,
W. Schmidt, Y. Wei et al., Interfaces 45 (2015) 375-390, where time to survive is defined with a
response that is best for the node lost.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array, hstack, lil_array, vstack

from planner.analysis.added import with_row
from planner.analysis.findings import Findings, FindingTable
from planner.analysis.resolving import OutOfTime, Resolver, Tell
from planner.case import Case, Row
from planner.errors import CaseError, Infeasible
from planner.solve.answer import Answer
from planner.solve.arrays import Arrays
from planner.solve.given import FLOWS, SIGNED, Given, fixed
from planner.solve.highs import run
from planner.solve.run import Problem, build_problem
from planner.solve.tree import build_tree

#: Shortage of a period below this part of its demand is none.
_NOTHING = 1e-6
_TEST = "what is lost"
_SOLVE_S = 20.0
ALL_USES = "all uses"


@dataclass(frozen=True)
class Loss:
    """``lose`` and ``member`` as in the sheet `stress_tests`; nothing is lost where ``lose`` is blank."""

    lose: str
    member: str


@dataclass(frozen=True)
class Times:
    """Of one loss and end use, in months from the loss; infinite: beyond the horizon, never.
    ``short``: least shortage in all [t]."""

    loss: Loss
    end_use: str
    survives: float
    recovers: float
    short: float


NOTHING_LOST = Loss("", "nothing")


def survive(
    case: Case,
    *,
    gap: float | None = None,
    seconds: float = 600.0,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
    solved: Answer | None = None,
) -> Findings:
    """Every country, supplier, licence and lane in turn, the shortest time to survive first.

    Raises CaseError for a case of one epoch, Infeasible or NothingFound for the case itself.
    """
    resolver = Resolver(case, gap=gap, seconds=seconds, stop=stop, base=solved)
    base = resolver.base.answer
    assert base is not None
    kept = base.decided_in([base.tree.root.name], (*SIGNED, *FLOWS))
    losses, found, done = [NOTHING_LOST, *losses_of(case)], list[Times](), 0
    stuck: list[Loss] = []
    try:
        for done, loss in enumerate(losses):
            resolver.check_time()
            if tell is not None:
                tell(done, len(losses), f"{loss.lose} {loss.member}")
            try:
                found += times(case, loss, kept)
            except Infeasible:
                stuck.append(loss)
        done = len(losses)
    except OutOfTime:
        pass  # told as a caution
    return _findings(found, stuck, done, len(losses))


def losses_of(case: Case) -> list[Loss]:
    """What can be lost: countries and suppliers that sell, plants' countries, licences, lanes."""
    sells = {row["site"] for row in case["offers"]} | {row["site"] for row in case["processes"]}
    sites = [row for row in case["sites"] if row["site"] in sells]
    countries = dict.fromkeys(row["country"] for row in sites if row["country"])
    lanes = dict.fromkeys(f"{row['from_site']}->{row['to_site']}" for row in case["lanes"])
    return [
        *(Loss("country", country) for country in countries),
        *(Loss("site", row["site"]) for row in sites),
        *(Loss("licence", row["licence"]) for row in case["licences"]),
        *(Loss("lane", lane) for lane in lanes),
    ]


def times(case: Case, loss: Loss, kept: Given) -> list[Times]:
    """Of one loss: all uses together, and each by itself where they are not all served for ever."""
    problem = lost(case, loss)
    work = _Response(problem, kept)
    whole = work.times(loss, ALL_USES)
    uses = work.end_uses
    if math.isinf(whole.survives) or len(uses) < 2:
        return [whole]
    return [whole, *(work.times(loss, use) for use in uses)]


def lost(case: Case, loss: Loss) -> Problem:
    """The most likely path with a branch in which the loss comes at its second epoch.

    Only what service needs: no risk weight, no limits, no caps, no other stress tests.
    """
    later = [row["period"] for row in case["periods"] if row["epoch"] > 1]
    if not later:
        raise CaseError("A case of one epoch has no later time at which something could be lost.")
    # Caps never hold after a loss, and expected ones would weigh this one path alone; they stay as rows,
    # since what they group by shapes the classes of goods.
    blank = dict.fromkeys(("max_share", "min_share", "min_sources", "max_sources"))
    silent = tuple(Row({**row, **blank}, row.number) for row in case["caps"])
    bare = replace(
        case,
        settings={**case.settings, "risk_weight": 0.0},
        sheets={**case.sheets, "stress_tests": (), "limits": (), "caps": silent},
    )
    # A lane that does not exist loses nothing.
    lose, member = (loss.lose, loss.member) if loss.lose else ("lane", "nowhere->nowhere")
    tested = with_row(
        bare, "stress_tests", test=_TEST, lose=lose, member=(member,), first_period=later[0],
        last_period=later[-1], min_service_share=0.0, end_use=("*",),
    )  # fmt: skip
    tree = build_tree(tested)
    path = [replace(node, probability=1.0) for node in tree.most_likely]
    branch = [node for node in tree.nodes if node.test == _TEST]
    return build_problem(tested, replace(tree, nodes=(*path, *branch)))


class _Response:
    """The branch after the loss, decided for service alone, the root as planned."""

    def __init__(self, problem: Problem, kept: Given) -> None:
        self._data = problem.assembly.instance
        layout = problem.layout
        self._arrays = fixed(layout, kept)
        place = {int(column): at for at, column in enumerate(layout.kept)}
        #: (period, end use, column of the solver, demand)
        self._wants: list[tuple[int, str, int, float]] = []
        for node in self._data.tree.nodes:
            if node.test is None:
                continue
            template = layout.templates[node.name]
            for at in template.spans.get("short", ()):
                m, i, t = template.columns[at][1]
                row = self._data.demands[m, i]
                column = place.get(layout.offset[node.name] + at)
                if t in row.counted and column is not None:
                    wanted = self._data.numbers[node.name]["demand"][m, i, t]
                    self._wants.append((t, row.end_use or "other uses", column, wanted))
        self._periods = sorted({t for t, _, _, _ in self._wants})

    @property
    def end_uses(self) -> list[str]:
        return sorted({use for _, use, _, _ in self._wants})

    def times(self, loss: Loss, use: str) -> Times:
        periods, grid = self._periods, self._data.grid
        if not periods:
            return Times(loss, use, math.inf, 0.0, 0.0)
        begun = grid.start[periods[0]]
        short = self._least(use, periods, ())
        if short <= self._tiny(use, periods):
            return Times(loss, use, math.inf, 0.0, 0.0)
        holds = _last_true(len(periods), lambda k: self._served(use, periods[:k]))
        failing = periods[holds]
        missing = self._largest_missing(use, failing, periods[:holds])
        survives = grid.start[failing] - begun + (1 - missing) * grid.years[failing]
        tail = _last_true(
            len(periods), lambda k: self._served(use, periods[len(periods) - k :], periods[:holds])
        )
        recovers = math.inf if tail == 0 else grid.start[periods[len(periods) - tail]] - begun
        return Times(loss, use, 12 * survives, 12 * recovers, short)

    def _served(self, use: str, periods: Sequence[int], whole: Sequence[int] = ()) -> bool:
        return not periods or self._least(use, periods, whole) <= self._tiny(use, periods)

    def _wanted(self, use: str, periods: Sequence[int]) -> float:
        return sum(t for p, u, _, t in self._wants if p in periods and use in (u, ALL_USES))

    def _tiny(self, use: str, periods: Sequence[int]) -> float:
        return _NOTHING * max(1.0, self._wanted(use, periods))

    def _largest_missing(self, use: str, failing: int, whole: Sequence[int]) -> float:
        """The least that the worst served demand row of a period must lack, as a share of it."""
        rows = [
            (column, wanted)
            for t, own, column, wanted in self._wants
            if t == failing and use in (own, ALL_USES) and wanted > 0
        ]
        held = self._held(use, whole)
        width = len(held.cost)
        lacking = lil_array((len(rows), width + 1))
        for at, (column, wanted) in enumerate(rows):
            lacking[at, column], lacking[at, width] = 1.0, -wanted
        grown = hstack([held.matrix, csc_array((held.matrix.shape[0], 1))])
        cost = np.zeros(width + 1)
        cost[width] = 1.0
        arrays = replace(
            held,
            cost=cost,
            lower=np.append(held.lower, 0.0),
            upper=np.append(held.upper, 1.0),
            integer=np.append(held.integer, False),
            matrix=csc_array(vstack([grown, csc_array(lacking)])),
            row_lower=np.append(held.row_lower, np.full(len(rows), -np.inf)),
            row_upper=np.append(held.row_upper, np.zeros(len(rows))),
        )
        return run(arrays, gap=1e-9, time_limit=_SOLVE_S, threads=1).objective

    def _held(self, use: str, whole: Sequence[int]) -> Arrays:
        """The problem without cost, with no shortage of the end use in ``whole``."""
        upper = self._arrays.upper.copy()
        for t, own, column, wanted in self._wants:
            if t in whole and use in (own, ALL_USES):
                upper[column] = _NOTHING * max(1.0, wanted)
        cost = np.zeros_like(self._arrays.cost)
        return replace(self._arrays, cost=cost, upper=upper, offset=0.0)

    def _least(self, use: str, periods: Sequence[int], whole: Sequence[int]) -> float:
        """The least shortage of an end use in ``periods`` with none in ``whole`` [t]."""
        held = self._held(use, whole)
        for t, own, column, _ in self._wants:
            if t in periods and use in (own, ALL_USES):
                held.cost[column] = 1.0
        return run(held, gap=1e-9, time_limit=_SOLVE_S, threads=1).objective


def _last_true(most: int, holds: Callable[[int], bool]) -> int:
    """The largest k <= most with holds(k), where holds(0) and what fails for k fails for more."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _findings(found: Sequence[Times], stuck: Sequence[Loss], done: int, of: int) -> Findings:
    ordered = sorted(found, key=lambda t: (t.loss != NOTHING_LOST, t.survives, -t.short))
    weak = [t for t in ordered if t.end_use == ALL_USES and t.loss != NOTHING_LOST and math.isfinite(t.survives)]  # fmt: skip
    lasting = sum(t.end_use == ALL_USES and t.loss != NOTHING_LOST for t in found) - len(weak)
    sentences = [_sentence(t) for t in weak[:6]]
    nothing = next((t for t in found if t.loss == NOTHING_LOST), None)
    if nothing is not None and math.isfinite(nothing.survives):
        sentences.insert(0, f"Even with nothing lost service cannot be whole beyond {nothing.survives:.1f} months: {nothing.short:,.4g} t are short at best.")  # fmt: skip
    if lasting:
        sentences.append(f"{lasting} losses are survived to the horizon with every tonne served.")
    title = "Service survives every single loss to the horizon."
    if weak:
        title = f"Shortest time to survive: {weak[0].survives:.1f} months without {weak[0].loss.lose} {weak[0].loss.member}."  # fmt: skip
    rows = [
        (t.loss.lose, t.loss.member, t.end_use, _months(t.survives), _months(t.recovers), t.short)
        for t in ordered
    ]  # fmt: skip
    meaning = "Months from the loss; no figure: survives to the horizon, or never recovers"
    columns = ("lose", "member", "end_use", "survives_months", "recovers_months", "short_t")
    said = [f"The time was over after {done} of {of} losses."] if done < of else []
    said += [
        f"Without {loss.lose} {loss.member} the planned first decisions cannot be carried on at all, "
        "shortage or not: goods that nothing can take or throw away, or loads and runs that must be."
        for loss in stuck
    ]
    return Findings("survive", title, tuple(sentences),
                    (FindingTable.of("times", meaning, columns, rows),), tuple(said))  # fmt: skip


def _sentence(t: Times) -> str:
    again = "and is not whole again before the horizon"
    if math.isfinite(t.recovers):
        again = f"and can be whole again after {t.recovers:.1f} months"
    return f"Without {t.loss.lose} {t.loss.member} service holds for {t.survives:.1f} months {again}; {t.short:,.4g} t are short at best."


def _months(value: float) -> float:
    return value if math.isfinite(value) else math.nan
