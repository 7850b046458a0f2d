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
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

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
from planner.solve.highs import Outcome, run
from planner.solve.run import Problem, build_problem
from planner.solve.tree import build_tree

#: Shortage of a period below this part of its demand is none.
_NOTHING = 1e-6
_TEST = "what is lost"
_SOLVE_S = 20.0
#: Losses that are told in sentences, and the months below which service fails at once.
_NAMED, _AT_ONCE = 6, 0.05
ALL_USES = "all uses"


@dataclass(frozen=True)
class Loss:
    """``lose`` and ``member`` as in the sheet `stress_tests`; nothing is lost where ``lose`` is blank."""

    lose: str
    member: str


@dataclass(frozen=True)
class Times:
    """Of one loss and end use, in months from the loss; infinite: beyond the horizon, never.
    ``short``: least shortage in all, of what is ``wanted`` [t]."""

    loss: Loss
    end_use: str
    survives: float
    recovers: float
    short: float
    wanted: float


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
    losses, done = losses_of(case), 0
    whole = _Response(lost(case, NOTHING_LOST), kept)
    found, stuck = whole.all_times(NOTHING_LOST), list[Loss]()
    try:
        for done, loss in enumerate(losses):
            resolver.check_time()
            if tell is not None:
                tell(done, len(losses), f"{loss.lose} {loss.member}")
            if math.isinf(found[0].survives) and whole.does_without(loss):
                found.append(replace(found[0], loss=loss))
                continue
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
    return _Response(lost(case, loss), kept).all_times(loss)


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
        self._data, self._problem = problem.assembly.instance, problem
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

    def all_times(self, loss: Loss) -> list[Times]:
        whole = self.times(loss, ALL_USES)
        uses = self.end_uses
        if math.isinf(whole.survives) or len(uses) < 2:
            return [whole]
        return [whole, *(self.times(loss, use) for use in uses)]

    def does_without(self, loss: Loss) -> bool:
        """Whether service of all uses at its best takes, runs and ships nothing of what would be lost:
        without it the same response serves as well. Licences are always asked about."""
        return loss.lose != "licence" and (loss.lose, loss.member) not in self._touched

    @cached_property
    def _touched(self) -> set[tuple[str, str]]:
        """("site", name), ("country", name) and ("lane", from->to) of the best response of all uses."""
        layout, data = self._problem.layout, self._data
        best = self._best(ALL_USES, self._periods, ()).values
        values = layout.spread(best)
        after = {node.name for node in data.tree.nodes if node.test is not None}
        moved = [
            (component, index[0])
            for component in ("take", "run", "ship")
            for node, index, amount in layout.decisions(values, component)
            if node in after and amount > _NOTHING
        ]
        arcs = [data.arcs[name] for component, name in moved if component == "ship"]
        sites = {data.offers[name].site for component, name in moved if component == "take"}
        sites |= {data.processes[name].site for component, name in moved if component == "run"}
        sites |= {arc.from_site for arc in arcs}
        country = {row["site"]: row["country"] for row in self._problem.case["sites"]}
        return (
            {("site", site) for site in sites}
            | {("country", country[site]) for site in sites}
            | {("lane", f"{arc.from_site}->{arc.to_site}") for arc in arcs}
        )

    def times(self, loss: Loss, use: str) -> Times:
        periods, grid = self._periods, self._data.grid
        wanted = self._wanted(use, periods)
        short = self._best(use, periods, ()).objective if periods else 0.0
        if not periods or short <= self._tiny(use, periods):
            return Times(loss, use, math.inf, 0.0, 0.0, wanted)
        begun = grid.start[periods[0]]
        holds = _last_true(len(periods), lambda k: self._served(use, periods[:k]))
        failing = periods[holds]
        missing = self._largest_missing(use, failing, periods[:holds])
        survives = grid.start[failing] - begun + (1 - missing) * grid.years[failing]
        tail = _last_true(
            len(periods), lambda k: self._served(use, periods[len(periods) - k :], periods[:holds])
        )
        recovers = math.inf if tail == 0 else grid.start[periods[len(periods) - tail]] - begun
        return Times(loss, use, 12 * survives, 12 * recovers, short, wanted)

    def _served(self, use: str, periods: Sequence[int], whole: Sequence[int] = ()) -> bool:
        return not periods or self._best(use, periods, whole).objective <= self._tiny(use, periods)

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

    def _best(self, use: str, periods: Sequence[int], whole: Sequence[int]) -> Outcome:
        """The least shortage of an end use in ``periods`` with none in ``whole``; objective in t."""
        held = self._held(use, whole)
        for t, own, column, _ in self._wants:
            if t in periods and use in (own, ALL_USES):
                held.cost[column] = 1.0
        return run(held, gap=1e-9, time_limit=_SOLVE_S, threads=1)


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
    courses: dict[str, list[Loss]] = defaultdict(list)
    for t in weak:
        courses[_courses(t, found)].append(t.loss)
    sentences = [f"Without {_any_of(losses)}: {words}." for words, losses in list(courses.items())[:_NAMED]]  # fmt: skip
    nothing = found[0]
    if math.isfinite(nothing.survives):
        sentences.insert(0, f"Even with nothing lost service cannot be whole beyond {nothing.survives:.1f} months: {nothing.short:,.4g} t are short at best.")  # fmt: skip
    if lasting:
        sentences.append(f"{lasting} losses are survived to the horizon with every tonne served.")
    rows = [
        (t.loss.lose, t.loss.member, t.end_use, _months(t.survives), _months(t.recovers), t.short, t.wanted)
        for t in ordered
    ]  # fmt: skip
    meaning = "Months from the loss; no figure: survives to the horizon, or never recovers"
    columns = ("lose", "member", "end_use", "survives_months", "recovers_months", "short_t", "wanted_t")  # fmt: skip
    said = [f"The time was over after {done} of {of} losses."] if done < of else []
    if stuck:
        said.append(
            f"Without {_any_of(stuck)} the planned first decisions cannot be carried on at all, "
            "shortage or not: goods that nothing can take or throw away, or loads and runs that must be."
        )
    if weak:
        said.append("Times are those of a buyer who thinks of nothing but one end use, at whatever cost: the best case.")  # fmt: skip
    return Findings("survive", _title(weak, stuck, done), tuple(sentences),
                    (FindingTable.of("times", meaning, columns, rows),), tuple(said))  # fmt: skip


def _title(weak: Sequence[Times], stuck: Sequence[Loss], done: int) -> str:
    if not done:
        return "No loss was looked at."
    if not weak and not stuck:
        return "Service survives every single loss to the horizon."
    said = f"{len(weak)} of {done} losses leave some end use short"
    if stuck:
        said += f", {len(stuck)} more leave the planned first decisions no way on"
    if not weak:
        return f"{said}."
    worst = weak[0]
    holds = (
        "short at once" if worst.survives < _AT_ONCE else f"whole for {worst.survives:.1f} months"
    )
    return f"{said}; the gravest: without {_any_of([worst.loss])} service is {holds}."


def _any_of(losses: Sequence[Loss]) -> str:
    """``China``, ``site JL MAG Ganzhou or lane JL MAG Ganzhou->EU electronics``."""
    return " or ".join(
        loss.member if loss.lose == "country" else f"{loss.lose} {loss.member}" for loss in losses
    )


def _courses(whole: Times, found: Sequence[Times]) -> str:
    """What one loss does to each end use that it leaves short."""
    own = [t for t in found if t.loss == whole.loss and t.end_use != ALL_USES and math.isfinite(t.survives)]  # fmt: skip
    if not own:
        return f"each end use alone can be served, all together not: {_course(whole)}"
    return "; ".join(_course(t) for t in own)


def _course(t: Times) -> str:
    """``defence is short at once, not whole again before the horizon, 428.1 of 1,010 t at best``."""
    holds = "is short at once" if t.survives < _AT_ONCE else f"holds {t.survives:.1f} months"
    again = "not whole again before the horizon"
    if math.isfinite(t.recovers):
        again = f"can be whole again after {t.recovers:.1f} months"
    return f"{t.end_use} {holds}, {again}, short of {t.short:,.4g} of {t.wanted:,.5g} t at best"


def _months(value: float) -> float:
    return value if math.isfinite(value) else math.nan
