"""Money, tonnes and shares of several plans in one table, expected over each plan's tree.

Stress branches have probability 0 and so never count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from planner.solve.plan import COST_LINES, Plan

#: Stages in the order of the chain.
_STAGES = (
    "ore", "concentrate", "carbonate", "oxide", "metal", "alloy", "magnet", "assembly", "scrap",
    "other",
)  # fmt: skip
NOT_STATED = "not stated"


def expected(plan: Plan, table: str, column: str) -> pd.Series:
    """``column`` of each row of ``table``, times the probability of the row's node."""
    tree = plan.tables["tree"]
    probability = dict(zip(tree["node"], tree["probability"], strict=True))
    frame = plan.tables[table]
    return (frame[column] * frame["node"].map(probability).astype(float)).astype(float)


def beside(
    plans: Sequence[Plan], labels: Sequence[str], figure: Callable[[Plan], pd.Series]
) -> pd.DataFrame:
    """One column a plan; what a plan does not have is 0."""
    columns = {label: figure(plan) for plan, label in zip(plans, labels, strict=True)}
    return pd.DataFrame(columns).fillna(0.0)


def bridge(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """Expected discounted kUSD by cost line, in the order of the cost table; columns: plans."""

    def lines(plan: Plan) -> pd.Series:
        costs = plan.tables["costs"]
        return expected(plan, "costs", "discounted_kusd").groupby(costs["line"]).sum()

    table = beside(plans, labels, lines)
    table = table.reindex([line for line in COST_LINES if line in table.index])
    return table[(table != 0).any(axis=1)].rename_axis("line")


def _supply(by: str) -> Callable[[Plan], pd.Series]:
    def tonnes(plan: Plan) -> pd.Series:
        supply = plan.tables["supply"]
        named = supply[by].fillna("").replace("", NOT_STATED)
        return expected(plan, "supply", "t").groupby([supply["stage"], named]).sum()

    return tonnes


def _share_of_stage(table: pd.DataFrame) -> pd.DataFrame:
    """Shares within each stage, stages in order of the chain, largest first in the first plan."""
    total = table.groupby(level=0).transform("sum")
    share = (table / total.where(total > 0)).fillna(0.0)
    share = share[(share > 0).any(axis=1)]
    found = [stage for stage in _STAGES if stage in share.index.get_level_values(0)]
    parts = [share.loc[[stage]].sort_values(share.columns[0], ascending=False) for stage in found]
    return pd.concat(parts) if parts else share


def shares(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """Share of each country in the expected t of each stage; index stage, country."""
    table = _share_of_stage(beside(plans, labels, _supply("country")))
    return table.rename_axis(["stage", "country"])


def concentration(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """Herfindahl-Hirschman index by stage, over countries and over companies, 0 to 10,000: the
    sum of squared shares in percent. Supply whose member is not stated counts as one member."""
    parts = []
    for by in ("country", "company"):
        share = _share_of_stage(beside(plans, labels, _supply(by)))
        index = (share**2).groupby(level=0, sort=False).sum() * 10_000
        index.index = pd.MultiIndex.from_product([index.index, [by]], names=["stage", "group_by"])
        parts.append(index)
    return pd.concat(parts).sort_index(level=0, sort_remaining=False, key=_in_chain)


def _in_chain(stages: pd.Index) -> pd.Index:
    return stages.map(lambda stage: _STAGES.index(stage) if stage in _STAGES else -1)


def service(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """Demand [t], shortage [t] and served share by end use, of demand with a shortage price or a
    service floor; index end_use, figure."""

    def figures(plan: Plan) -> pd.Series:
        table = plan.tables["service"]
        counted = _must_be_met(plan)
        end_use = table["end_use"].fillna("").replace("", "all uses")[counted]
        amounts = {
            name: expected(plan, "service", name)[counted].groupby(end_use).sum()
            for name in ("demand_t", "delivered_t", "substituted_t", "short_t")
        }
        met = amounts["delivered_t"] + amounts["substituted_t"]
        served = (met / amounts["demand_t"]).where(amounts["demand_t"] > 0)
        parts = {"demand_t": amounts["demand_t"], "short_t": amounts["short_t"], "served": served}
        return pd.concat(parts).swaplevel().dropna()

    columns = {label: figures(plan) for plan, label in zip(plans, labels, strict=True)}
    table = pd.DataFrame(columns).rename_axis(["end_use", "figure"])
    return table.sort_index(level=0, sort_remaining=False)


def _must_be_met(plan: Plan) -> pd.Series:
    must = {
        (row["site"], row["material"], row["period"]): bool(
            (row["shortage_usd_per_kg"] or 0) > 0 or row["min_service_share"] > 0
        )
        for row in plan.case["demand"]
    }
    table = plan.tables["service"]
    keys = zip(table["market"], table["material"], table["period"], strict=True)
    counted = [must.get(key, must.get((*key[:2], "*"), False)) for key in keys]
    return pd.Series(counted, index=table.index, dtype=bool)
