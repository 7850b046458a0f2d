"""Plans side by side, and the refusal of what cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import pandas as pd

from planner.analysis.compare.cells import cells_beside
from planner.analysis.compare.decisions import decided_now, decided_on_average, timing
from planner.analysis.compare.figures import (
    bridge,
    concentration,
    service,
    shares,
    tonnes_by_stage,
)
from planner.analysis.compare.inputs import input_differences
from planner.analysis.compare.regret import regret
from planner.analysis.compare.risk import exceedance, quantiles
from planner.errors import CaseError
from planner.solve.plan import Plan

#: More plans than letters that a page and a chart can tell apart.
MOST_PLANS = 6
_LETTERS = "ABCDEF"


@dataclass(frozen=True)
class Comparison:
    """Tables with one column a plan, named by ``labels``; amounts are expected over the tree.

    inputs      sheet, row, column, unit, cell, grade: every cell that is not alike in all plans
    now         kind, name, when, unit: what the root decides, where it is not alike
    average     kind, name, unit: expected amounts over the horizon, where they are not alike
    timing      kind, name, figure (`first decided`: a date; `probability`), where not alike
    bridge      line: discounted kUSD, every line that any plan has
    cells       the traces of all plans: figure, part, row, column, cell, also, unit, grade, and the
                discounted kUSD (of costs) or t (of supply and demand) that rest on the cell
    shares      stage, country: share of expected t
    tonnes      stage: expected t
    hhi         stage, group_by: Herfindahl-Hirschman index, 0 to 10,000
    risk        figure: discounted kUSD of the distribution over leaves
    exceedance  plan, cost_kusd, probability: of costing at least that much
    service     end_use, figure: demand_t, short_t, served
    regret      kUSD that each plan's first decisions (rows) cost more in each plan's world than its
                own; infinite where they cannot be carried out; None if not asked for
    cautions    what a reader must know before trusting a difference
    """

    plans: tuple[Plan, ...]
    labels: tuple[str, ...]
    inputs: pd.DataFrame
    now: pd.DataFrame
    average: pd.DataFrame
    timing: pd.DataFrame
    bridge: pd.DataFrame
    cells: pd.DataFrame
    shares: pd.DataFrame
    tonnes: pd.DataFrame
    hhi: pd.DataFrame
    risk: pd.DataFrame
    exceedance: pd.DataFrame
    service: pd.DataFrame
    regret: pd.DataFrame | None
    cautions: tuple[str, ...]

    def summary(self, key: str) -> tuple[Any, ...]:
        """One figure of every plan's summary, in their order."""
        return tuple(plan.summary[key] for plan in self.plans)


def compare(plans: Sequence[Plan], *, replay: bool = False) -> Comparison:
    """Two to six plans side by side; the first is what the others are compared with.

    ``replay`` carries each plan's first decisions out in every other's world, for the table of
    regrets: as many solves as there are ordered pairs.

    Raises CaseError, with the reason, for plans whose figures do not mean the same: other
    horizons, other stages under one name, no market in common.
    """
    if not 2 <= len(plans) <= MOST_PLANS:
        raise CaseError(f"Two to {MOST_PLANS} plans can be compared; {len(plans)} were given.")
    labels = _labels(plans)
    for plan, label in zip(plans[1:], labels[1:], strict=True):
        _refuse(plans[0], plan, labels[0], label)
    return Comparison(
        plans=tuple(plans),
        labels=labels,
        inputs=input_differences(plans, labels),
        now=decided_now(plans, labels),
        average=decided_on_average(plans, labels),
        timing=timing(plans, labels),
        bridge=bridge(plans, labels),
        cells=cells_beside(plans, labels),
        shares=shares(plans, labels),
        tonnes=tonnes_by_stage(plans, labels),
        hhi=concentration(plans, labels),
        risk=quantiles(plans, labels),
        exceedance=exceedance(plans, labels),
        service=service(plans, labels),
        regret=regret(plans, labels) if replay else None,
        cautions=tuple(_cautions(plans, labels)),
    )


def _labels(plans: Sequence[Plan]) -> tuple[str, ...]:
    """``A · base``: a letter for charts and sentences, and the name that tells the plans apart."""
    names = {plan.summary["name"] for plan in plans}
    scenarios = any(plan.summary["scenario"] for plan in plans)
    found = []
    for letter, plan in zip(_LETTERS, plans, strict=False):
        scenario = plan.summary["scenario"]
        words = [str(plan.summary["name"])] if len(names) > 1 or not scenarios else []
        words += [str(scenario or "as it stands")] if scenarios else []
        found.append(f"{letter} · {', '.join(words)}")
    return tuple(found)


def _refuse(first: Plan, other: Plan, a: str, b: str) -> None:
    """Raise where the figures of two plans do not mean the same."""
    ours, theirs = (
        [(row["period"], row["start"], row["years"]) for row in plan.case["periods"]]
        for plan in (first, other)
    )
    if ours != theirs:
        here, there = next((x, y) for x, y in zip_longest(ours, theirs) if x != y)
        detail = f"{_period(here)} against {_period(there)}"
        raise CaseError(
            f"{a} and {b} have other horizons ({detail}), so their costs and tonnes cover other "
            "times. Solve both with the same sheet `periods`."
        )
    stage_a, stage_b = (
        {row["material"]: row["stage"] for row in plan.case["materials"]} for plan in (first, other)
    )
    for material in stage_a.keys() & stage_b.keys():
        if stage_a[material] != stage_b[material]:
            raise CaseError(
                f"{material} is {stage_a[material]} in {a} and {stage_b[material]} in {b}: a tonne "
                "of it is not the same. Give it another name in one of the workbooks."
            )
    markets_a, markets_b = (
        {(row["site"], row["material"]) for row in plan.case["demand"]} for plan in (first, other)
    )
    if not markets_a & markets_b:
        raise CaseError(
            f"{a} and {b} serve no market and material in common: they answer other questions."
        )


def _period(row: tuple[Any, ...] | None) -> str:
    return "no such period" if row is None else f"{row[0]} from {row[1]} for {row[2]:g} years"


def _cautions(plans: Sequence[Plan], labels: Sequence[str]) -> list[str]:
    said = []
    for key, words in (
        ("discount_rate", "money is discounted at other rates"),
        ("capex_accounting", "capex is charged in other ways"),
        ("cvar_level", "CVaR looks at other tails"),
    ):
        values = [plan.case.settings[key] for plan in plans]
        if len(set(values)) > 1:
            found = ", ".join(f"{label[0]} {v}" for label, v in zip(labels, values, strict=True))
            said.append(f"In {', '.join(label[0] for label in labels)} {words} ({key}: {found}); "
                        "part of the difference is accounting.")  # fmt: skip
    for plan, label in zip(plans, labels, strict=True):
        if not plan.summary["verified"]:
            said.append(f"{label} is not verified: do not act on it.")
        if plan.summary["status"] != "optimal":
            said.append(f"{label} is not proven optimal.")
    for other, b in zip(plans[1:], labels[1:], strict=True):
        said += _order(plans[0], other, labels[0], b)
    return said


def _order(first: Plan, other: Plan, a: str, b: str) -> list[str]:
    """What the gaps leave open about which of two plans costs less."""
    if first.summary["plan_fingerprint"] == other.summary["plan_fingerprint"]:
        return [f"{a} and {b} are the same plan."]
    if first.case.settings["risk_weight"] != other.case.settings["risk_weight"]:
        return []  # their objectives weigh other things
    cost_a, cost_b = (plan.summary["objective_kusd"] for plan in (first, other))
    cheaper, dearer = (first, other) if cost_a <= cost_b else (other, first)
    bound = dearer.summary["bound_kusd"]
    if cost_a == cost_b or (bound is not None and bound > cheaper.summary["objective_kusd"]):
        return []
    return [f"Which of {a[0]} and {b[0]} could cost less is not proven: they differ by less than "
            "the gap to which they were solved."]  # fmt: skip
