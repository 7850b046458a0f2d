"""Strategies against world views: what each would cost if another view turned out to be right.

A world view is the workbook as it stands or one of its scenarios; its strategy is what its own plan
decides today. Regret of a strategy in a view is what its first decisions, followed by the best that
the view then allows, cost more than that view's own plan. The minimax-regret strategy (Savage 1951) has the
least worst regret: a choice for those who will not put odds on views.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from planner.analysis.amounts import kusd
from planner.analysis.compare.regret import regret as regret_table
from planner.analysis.findings import Findings, FindingTable
from planner.analysis.resolving import Tell
from planner.case import Case, apply_scenario
from planner.errors import CaseError
from planner.solve.plan import Plan
from planner.solve.run import Solver

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
    tell: Tell | None = None,
    stop: threading.Event | None = None,
) -> Findings:
    """Tables ``regret`` (strategy, its regret in each view, the worst) and ``views``.

    Raises as ``views``, and Infeasible, NothingFound or Interrupted where a view has no plan.
    """
    found = views(case, names)
    solver, plans = Solver(), []
    for done, (name, view) in enumerate(found.items()):
        if tell is not None:
            tell(done, len(found) ** 2, f"the plan of {name}")
        plans.append(solver.solve(view, stop=stop))

    def told(done: int, _of: int, what: str) -> None:
        if tell is not None:
            tell(len(found) + done, len(found) ** 2, what)

    table = regret_table(plans, list(found), told)
    return _findings(table, plans)


def minimax(table: pd.DataFrame) -> str:
    """The strategy with the least worst regret, the first of equals."""
    return str(table.max(axis=1).idxmin())


def _findings(table: pd.DataFrame, plans: Sequence[Plan]) -> Findings:
    gaps = [_gap(plan) for plan in plans]
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
        [(name, p.summary["objective_kusd"], p.summary["expected_cost_kusd"], gap)
         for name, p, gap in zip(table.index, plans, gaps, strict=True)],
    )  # fmt: skip
    return Findings(
        "regret", _title(table, best), tuple(_sentences(table)), (shown, each),
        tuple(_cautions(table, max(gaps))),
    )  # fmt: skip


def _gap(plan: Plan) -> float:
    bound = plan.summary["bound_kusd"]
    return math.inf if bound is None else float(plan.summary["objective_kusd"] - bound)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan


def _title(table: pd.DataFrame, best: str) -> str:
    worst = float(table.max(axis=1).loc[best])
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


def _cautions(table: pd.DataFrame, gap: float) -> Iterator[str]:
    yield "First decisions are contracts, applications, projects and switches; qualifications and the first epoch's flows are decided anew in each view."  # fmt: skip
    seen = np.sort(table.max(axis=1).to_numpy(dtype=float))
    if len(seen) > 1 and math.isfinite(seen[1]) and seen[1] - seen[0] < gap:
        yield f"The two best strategies are closer than the gaps of the solves ({kusd(gap)}): either may be the minimax."  # fmt: skip
