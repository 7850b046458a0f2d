"""Each plan's distribution of cost over the leaves of its tree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.solve.plan import Plan

_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def quantiles(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """Rows: mean, CVaR at each plan's level, least, quantiles, most [discounted kUSD]."""
    return pd.DataFrame(
        {label: _figures(plan) for plan, label in zip(plans, labels, strict=True)}
    ).rename_axis("figure")


def _figures(plan: Plan) -> pd.Series:
    costs, probability = _sorted(plan)
    reached = np.cumsum(probability)
    found = {
        "mean": plan.summary["expected_cost_kusd"],
        "CVaR": plan.summary["cvar_kusd"],
        "least": costs[0],
    }
    for level in _LEVELS:
        # The rounding of a sum of probabilities must not push a quantile to the next leaf.
        place = int(np.searchsorted(reached, level - 1e-12))
        found[f"{level:.0%}"] = costs[min(place, len(costs) - 1)]
    return pd.Series({**found, "most": costs[-1]}, dtype=float)


def exceedance(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """Steps of each plan's curve: plan, cost_kusd, probability of costing at least that."""
    parts = []
    for plan, label in zip(plans, labels, strict=True):
        costs, probability = _sorted(plan)
        atleast = np.cumsum(probability[::-1])[::-1]
        parts.append(pd.DataFrame({"plan": label, "cost_kusd": costs, "probability": atleast}))
    return pd.concat(parts, ignore_index=True)


def _sorted(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Costs of the leaves that can happen, cheapest first, and their probabilities."""
    leaves = plan.tables["leaves"]
    leaves = leaves[leaves["probability"] > 0].sort_values("cost_kusd")
    return (
        leaves["cost_kusd"].to_numpy(dtype=float),
        leaves["probability"].to_numpy(dtype=float),
    )
