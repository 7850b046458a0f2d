"""The plan in words: one sentence that says what it costs, what it leans on and what to sign now."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from planner.analysis.figures import exposure, service_by_end_use
from planner.report.actions import APPLY, BUILD, ORDER, QUALIFY, SIGN, SWITCH, Action, actions
from planner.report.dates import Calendar
from planner.report.words import musd, percent, small_percent, worst_tail
from planner.solve.plan import Plan

_NOW = {
    SIGN: ("sign", "contract", "contracts"),
    APPLY: ("file", "licence application", "licence applications"),
    QUALIFY: ("qualify", "supplier", "suppliers"),
    SWITCH: ("start", "substitution", "substitutions"),
    BUILD: ("build", "project", "projects"),
    ORDER: ("buy from", "spot offer", "spot offers"),
}
#: A gap up to here is rounding.
NOTHING = 1e-9
_STOPPED = {
    "time_limit": "stopped at the time limit",
    "interrupted": "stopped by you",
    "gap": "solved",
}


def branches(plan: Plan) -> bool:
    """Whether anything may turn out differently in this plan."""
    return len(plan.tables["leaves"]) > 1


def plan_tiles(plan: Plan) -> tuple[tuple[str, str], ...]:
    """The figures that speak for a plan, each with its name."""
    summary = plan.summary
    tiles = [("Expected cost, discounted", musd(summary["expected_cost_kusd"]))]
    if branches(plan):
        tail = worst_tail(summary["cvar_level"])
        tiles.append((f"Mean of the {tail} (CVaR)", musd(summary["cvar_kusd"])))
    service = service_by_end_use(plan)
    if not service.empty:
        met = (service["delivered_t"] + service["substituted_t"]).sum()
        tiles.append(("Demand served, expected", percent(met / service["demand_t"].sum())))
    lean = exposure(plan)
    if lean is not None:
        tiles.append((f"{lean.country}'s share of {lean.stage}", percent(lean.share)))
    committed = sum(action.kusd or 0.0 for action in actions(plan))
    return (*tiles, ("Committed now, undiscounted", musd(committed)))


def finding(plan: Plan, doing: list[Action]) -> str:
    """The title: cost, exposure, and what to do now."""
    said = f"{_service_words(plan)} {_cost_words(plan)}."
    lean = exposure(plan)
    if lean is not None:
        said += f" {lean.country} supplies {percent(lean.share)} of {lean.stage}."
    return f"{said} Now: {now(doing)}."


def _service_words(plan: Plan) -> str:
    service = service_by_end_use(plan)
    if service.empty:
        return f"The plan for {Calendar(plan.case).horizon()}"
    served = (service["delivered_t"] + service["substituted_t"]).sum() / service["demand_t"].sum()
    amount = "all" if served >= 1 - 1e-9 else percent(served)
    return f"Serving {amount} {'' if amount == 'all' else 'of '}demand in {Calendar(plan.case).horizon()}"


def _cost_words(plan: Plan) -> str:
    cost = plan.summary["expected_cost_kusd"]
    words = f"{'costs' if cost >= 0 else 'earns'} {musd(abs(cost))}"
    if not branches(plan):
        return words
    tail = worst_tail(plan.summary["cvar_level"])
    cvar = plan.summary["cvar_kusd"]
    bad = musd(cvar) if cvar >= 0 else f"a gain of {musd(-cvar)}"
    return f"{words} on average, {bad} in the {tail} of outcomes"


def now(doing: list[Action]) -> str:
    """``sign 3 contracts, file 2 licence applications``; spot orders only where they are all."""
    counts = Counter(action.kind for action in doing)
    firm = [kind for kind in _NOW if counts[kind] and kind != ORDER]
    kinds = firm or [kind for kind in _NOW if counts[kind]]
    words = [
        f"{_NOW[kind][0]} {counts[kind]} {_NOW[kind][1 if counts[kind] == 1 else 2]}"
        for kind in kinds
    ]
    return ", ".join(words) or "nothing to commit to"


def status(summary: Mapping[str, Any]) -> str:
    """What is proven, why it stopped, and whether the plan was verified, in words."""
    gap = summary["gap"]
    if summary["status"] == "optimal":
        near = "" if gap <= NOTHING else f"within {small_percent(gap)} of "
        said = f"Proven {near}the least possible cost"
    else:
        why = _STOPPED.get(summary["termination"], str(summary["termination"]))
        near = "how far from the best is unknown"
        if gap is not None and math.isfinite(gap):
            near = f"within {small_percent(gap)} of the least possible cost"
        said = f"Best plan found, {why}: {near}"
    verified = summary["verified"]
    if verified is None:
        return f"{said} · not yet verified"
    if verified:
        return f"{said} · verified from its own tables"
    worst = summary["worst_violation"]
    return f"{said} · NOT VERIFIED: worst violation {worst:.1e} of its row, do not act on it"
