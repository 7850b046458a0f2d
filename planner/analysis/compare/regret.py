"""Regret: each plan's first decisions carried out in every other plan's world.

What the root decides (contracts that it signs, licences that it applies for, projects and switches
of the first epoch) becomes a commitment of the other's case, which is solved again: all later
decisions are the best that the world then allows. Regret is what that costs more than the world's
own plan, by the objective of that world.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations

import pandas as pd

from planner.case import Case, Row
from planner.errors import Infeasible
from planner.solve.plan import Plan
from planner.solve.run import solve_case

#: (what, name, period) of a commitment.
Deed = tuple[str, str, str]


def regret(
    plans: Sequence[Plan],
    labels: Sequence[str],
    tell: Callable[[int, int, str], None] | None = None,
) -> pd.DataFrame:
    """Rows: whose first decisions; columns: in whose world; kUSD, 0 on the diagonal, infinite where
    they cannot be carried out. Solves each case once for every other plan; ``tell`` hears how many
    of how many are done, and which is next.

    Raises NothingFound or Interrupted where a limit comes before a plan.
    """
    deeds = [first_decisions(plan) for plan in plans]
    table = pd.DataFrame(0.0, index=pd.Index(labels), columns=pd.Index(labels))
    pairs = list(permutations(range(len(plans)), 2))
    for done, (own, world) in enumerate(sorted(pairs, key=lambda pair: pair[1])):
        if tell is not None:
            tell(done, len(pairs), f"{labels[own]} in the world of {labels[world]}")
        table.iloc[own, world] = _more(deeds[own], plans[world])
    return table


def _more(deeds: Mapping[Deed, float], world: Plan) -> float:
    case = committed(world.case, deeds)
    if case is None:
        return math.inf
    try:
        cost = solve_case(case).summary["objective_kusd"]
    except Infeasible:
        return math.inf
    return float(cost - world.summary["objective_kusd"])


def first_decisions(plan: Plan) -> dict[Deed, float]:
    """What the root decides, in the words of the sheet `commitments`; what it does not do is 0."""
    root = plan.tables["tree"]["node"].iloc[0]
    taken: dict[Deed, float] = {}
    for deed, amount in _taken(plan, root):
        taken[deed] = taken.get(deed, 0.0) + amount
    return {deed: taken.get(deed, 0.0) for deed in (*_possible(plan.case), *taken)}


def _taken(plan: Plan, root: str) -> Iterator[tuple[Deed, float]]:
    first = _first_periods(plan.case)
    spans = {row["offer"]: int(row["contract_epochs"]) for row in plan.case["offers"]}
    contracts = plan.tables["contracts"]
    for row in contracts[contracts["decided_in"] == root].to_dict("records"):
        # Commitments speak of what is in force: a contract for two epochs is so in both.
        for epoch in range(row["epoch"], row["epoch"] + spans[row["offer"]]):
            if epoch in (1, 2) and epoch in first:
                yield ("offer", row["offer"], first[epoch]), row["t_per_year"]
    applications = plan.tables["applications"]
    for row in applications[applications["decided_in"] == root].to_dict("records"):
        yield ("licence", row["licence"], first[row["epoch"]]), row["applied"]
    builds, switches = plan.tables["builds"], plan.tables["switches"]
    for row in builds[builds["node"] == root].to_dict("records"):
        yield ("project", row["project"], row["period"]), row["modules"]
    for row in switches[switches["node"] == root].to_dict("records"):
        yield ("substitute", row["substitute"], first[1]), row["switched"]


def _possible(case: Case) -> Iterator[Deed]:
    """All that a root may decide."""
    first = _first_periods(case)
    for row in case["offers"]:
        if row["kind"] == "contract":
            yield from (("offer", row["offer"], first[epoch]) for epoch in (1, 2) if epoch in first)
    if 2 in first:
        yield from (("licence", row["licence"], first[2]) for row in case["licences"])
    for row in case["projects"]:
        periods = (period for period in case["periods"] if period["epoch"] == 1)
        yield from (("project", row["project"], period["period"]) for period in periods)
    yield from (("substitute", row["substitute"], first[1]) for row in case["substitutes"])


def _first_periods(case: Case) -> dict[int, str]:
    return {row["epoch"]: row["period"] for row in reversed(case["periods"])}


def committed(case: Case, deeds: Mapping[Deed, float]) -> Case | None:
    """The case with the decisions as commitments; None where it does not have what they name."""
    named = {
        "offer": {row["offer"] for row in case["offers"]},
        "licence": {row["licence"] for row in case["licences"]},
        "project": {row["project"] for row in case["projects"]},
        "substitute": {row["substitute"] for row in case["substitutes"]},
    }
    rows = [
        row for row in case["commitments"] if (row["what"], row["name"], row["period"]) not in deeds
    ]
    for (what, name, period), amount in deeds.items():
        if name in named[what]:
            words = {"what": what, "name": name, "period": period, "sense": "=", "amount": amount}
            rows.append(Row({**words, "source": (), "note": None}))
        elif amount:
            return None
    return replace(case, sheets={**case.sheets, "commitments": tuple(rows)})
