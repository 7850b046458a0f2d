"""Strategies against world views: what each would cost if another view turned out to be right.

A world view is the workbook as it stands or one of its scenarios; its strategy is what its own plan
decides today. Regret of a strategy in a view is what its first decisions, followed by the best that
the view then allows, cost more than that view's own plan. The minimax-regret strategy (Savage 1951) has the
least worst regret: a choice for those who will not put odds on views.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.analysis.amounts import kusd
from planner.analysis.compare.regret import Deed, committed, first_decisions
from planner.analysis.findings import Findings, FindingTable
from planner.analysis.resolving import OutOfTime, Resolver, Tell
from planner.case import Case, apply_scenario
from planner.errors import CaseError, Interrupted, NothingFound
from planner.solve.answer import Answer, answer, limits_of
from planner.solve.carrying import carried_over
from planner.solve.plan import Plan
from planner.solve.run import build_problem
from planner.solve.tables import PlanTables

#: Part of the seconds in which views are solved; the rest weighs each strategy in each view.
_PLANS_SHARE = 0.5
#: The workbook without any scenario.
AS_IT_STANDS = "as it stands"


def views(case: Case, names: Sequence[str] | None = None) -> dict[str, Case]:
    """The workbook as it stands, then each of its scenarios, or those named.

    Raises UnknownScenario for a name that it does not have, CaseError for a case under a scenario
    or without any.
    """
    known = list(dict.fromkeys(row["scenario"] for row in case["scenarios"]))
    chosen = known if names is None else list(names)
    if not chosen:
        raise CaseError(
            "The workbook has no scenarios, so there is one view of the world and nothing to "
            "regret; expected rows in sheet `scenarios`."
        )
    return {AS_IT_STANDS: case, **{name: apply_scenario(case, name) for name in chosen}}


def regret(
    case: Case,
    names: Sequence[str] | None = None,
    *,
    seconds: float = 600.0,
    tell: Tell | None = None,
    stop: threading.Event | None = None,
    solved: Answer | None = None,
) -> Findings:
    """Tables ``regret`` (strategy, its regret in each view, the worst) and ``views``.

    In the order of the workbook, as many views as the seconds allow; ``solved``: the case as it stands.
    Raises as ``views``, Infeasible where a view has no plan, NothingFound or Interrupted where the first
    has none in the time.
    """
    found = views(case, names)
    deadline = time.monotonic() + seconds
    worlds: list[_World] = []
    for done, (name, view) in enumerate(found.items()):
        # A view more asks for two solves with each view before it.
        if done and time.monotonic() > deadline - seconds * (1 - _PLANS_SHARE):
            break
        if tell is not None:
            tell(done, len(found) ** 2, f"the plan of {name}")
        try:
            worlds.append(_world(name, view, worlds, solved, stop))
        except (Interrupted, NothingFound):
            if not worlds:
                raise
            break  # told as a caution
    table = _table(worlds, deadline, stop, tell)
    return _findings(table, worlds[: len(table)], len(found))


@dataclass(frozen=True)
class _World:
    """A view, its own plan and that plan's first decisions."""

    name: str
    answer: Answer
    deeds: Mapping[Deed, float]

    @property
    def gap(self) -> float:
        """How much less than the plan found its best may cost [kUSD]."""
        return self.answer.objective - self.answer.bound


def _world(
    name: str, case: Case, before: Sequence[_World], solved: Answer | None,
    stop: threading.Event | None,
) -> _World:  # fmt: skip
    """The plan of a view, begun from that of the first view."""
    known = before[0].answer if before else solved
    if solved is not None and case is solved.problem.case:
        found = solved
    else:
        problem, warm = build_problem(case), None
        if known is not None:
            warm = carried_over(known.problem.layout, known.warm, problem.layout)
        found = answer(problem, limits_of(case), warm=warm, stop=stop)
    tables = PlanTables(found.problem.assembly, found.problem.layout, found.values).all()
    return _World(name, found, first_decisions(Plan(case, tables, {})))


def _table(
    worlds: Sequence[_World], deadline: float, stop: threading.Event | None, tell: Tell | None
) -> pd.DataFrame:
    """Strategies x views [kUSD]; of the first views as many as the time allows."""
    known = {(0, 0): 0.0}
    size = 1
    try:
        for new in range(1, len(worlds)):
            known[new, new] = 0.0
            for own, world in [*((i, new) for i in range(new)), *((new, i) for i in range(new))]:
                if tell is not None:
                    done, of = len(worlds) + len(known), len(worlds) + len(worlds) ** 2
                    tell(done, of, f"{worlds[own].name} in the world of {worlds[world].name}")
                known[own, world] = _more(worlds[own], worlds[world], deadline, stop)
            size = new + 1
    except OutOfTime:
        pass  # told as a caution
    names = pd.Index([world.name for world in worlds[:size]])
    rows = [[known[own, world] for world in range(size)] for own in range(size)]
    return pd.DataFrame(rows, index=names, columns=names)


def _more(own: _World, world: _World, deadline: float, stop: threading.Event | None) -> float:
    """What the first decisions of one view cost more in another than its own plan [kUSD]; infinite
    where they cannot be carried out."""
    case = committed(world.answer.problem.case, own.deeds)
    if case is None:
        return math.inf
    left = deadline - time.monotonic()
    resolver = Resolver(world.answer.problem.case, seconds=left, stop=stop, base=world.answer)
    return resolver.cost(case).found - world.answer.objective


def minimax(table: pd.DataFrame) -> str:
    """The strategy with the least worst regret, the first of equals."""
    return str(table.max(axis=1).idxmin())


def _findings(table: pd.DataFrame, worlds: Sequence[_World], of: int) -> Findings:
    # A view's plan is the best only within its gap, so a hair below 0 is 0.
    table = table.clip(lower=0.0)
    worst = table.max(axis=1)
    best = minimax(table)
    rows = [
        (name, *(_finite(v) for v in table.loc[name]), _finite(worst[name]),
         "minimax regret" if name == best else "")
        for name in table.index
    ]  # fmt: skip
    shown = FindingTable.of(
        "regret", "a strategy (row): what it costs more in each view (column) than the view's own plan",
        ("strategy", *(f"{name}_kusd" for name in table.columns), "worst_kusd", "remark"), rows,
    )  # fmt: skip
    each = FindingTable.of(
        "views", "one view of the world, and its own plan",
        ("view", "objective_kusd", "expected_cost_kusd", "open_gap_kusd"),
        [(w.name, w.answer.objective, w.answer.expected_cost, w.gap) for w in worlds],
    )  # fmt: skip
    return Findings(
        "regret", _title(table, best), tuple(_sentences(table)), (shown, each),
        tuple(_cautions(table, max(w.gap for w in worlds), of)),
    )  # fmt: skip


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan


def _title(table: pd.DataFrame, best: str) -> str:
    worst = float(table.max(axis=1).loc[best])
    if len(table) < 2:
        return "No second view of the world was solved in the time given: nothing to compare"
    if not math.isfinite(worst):
        return (
            "Every strategy is impossible to carry out in some view: none is safe under all of them"
        )
    view = str(table.loc[best].idxmax())
    if worst == 0:
        return f"What is decided today for `{best}` costs nothing more in any other view: decide so"
    return f"Deciding today as for `{best}` is never regretted by more than {kusd(worst)} (if `{view}` comes)"  # fmt: skip


def _sentences(table: pd.DataFrame) -> Iterator[str]:
    for name in table.index:
        own = table.loc[name]
        worst = float(own.max())
        closed = [str(view) for view in table.columns if not math.isfinite(float(own[view]))]
        if closed:
            yield f"Strategy `{name}` cannot be carried out if {_or(closed)} comes."
        elif worst > 0:
            yield f"Strategy `{name}` costs {kusd(worst)} too much if `{own.idxmax()}` comes, {kusd(float(np.mean(own)))} on the average of views."  # fmt: skip
        else:
            yield f"Strategy `{name}` is as good as any in every view."


def _or(names: Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _cautions(table: pd.DataFrame, gap: float, of: int) -> Iterator[str]:
    if len(table) < of:
        yield f"The time was over after {len(table)} of {of} views; name those that matter with --scenarios."  # fmt: skip
    yield "First decisions are contracts, applications, projects and switches; qualifications and the first epoch's flows are decided anew in each view."  # fmt: skip
    seen = np.sort(table.max(axis=1).to_numpy(dtype=float))
    if len(seen) > 1 and math.isfinite(seen[1]) and seen[1] - seen[0] < gap:
        yield f"The two best strategies are closer than the gaps of the solves ({kusd(gap)}): either may be the minimax."  # fmt: skip
