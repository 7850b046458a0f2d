"""Money, tonnes and shares of several plans in one table, expected over each plan's tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from planner.analysis.figures import (
    STAGES,
    UNKNOWN,
    costs_by_line,
    expected,
    service_by_end_use,
)
from planner.solve.plan import COST_LINES, Plan


def beside(
    plans: Sequence[Plan], labels: Sequence[str], figure: Callable[[Plan], pd.Series]
) -> pd.DataFrame:
    """One column a plan; what a plan does not have is 0."""
    columns = {label: figure(plan) for plan, label in zip(plans, labels, strict=True)}
    return pd.DataFrame(columns).fillna(0.0)


def bridge(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """Expected discounted kUSD by cost line, in the order of the cost table; columns: plans."""

    table = beside(plans, labels, costs_by_line)
    table = table.reindex([line for line in COST_LINES if line in table.index])
    return table.rename_axis("line")


def _supply(by: str) -> Callable[[Plan], pd.Series]:
    def tonnes(plan: Plan) -> pd.Series:
        supply = plan.tables["supply"]
        named = supply[by].fillna("").replace("", UNKNOWN)
        return expected(plan, "supply", "t").groupby([supply["stage"], named]).sum()

    return tonnes


def _share_of_stage(table: pd.DataFrame) -> pd.DataFrame:
    """Shares within each stage, stages in order of the chain, largest first in the first plan."""
    total = table.groupby(level=0).transform("sum")
    share = (table / total.where(total > 0)).fillna(0.0)
    share = share[(share > 0).any(axis=1)]
    found = [stage for stage in STAGES if stage in share.index.get_level_values(0)]
    parts = [share.loc[[stage]].sort_values(share.columns[0], ascending=False) for stage in found]
    return pd.concat(parts) if parts else share


def shares(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """Share of each country in the expected t of each stage; index stage, country."""
    table = _share_of_stage(beside(plans, labels, _supply("country")))
    return table.rename_axis(["stage", "country"])


def tonnes_by_stage(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """Expected t that enter the chain at each stage; index stage, in order of the chain."""
    total = beside(plans, labels, _supply("country")).groupby(level=0).sum()
    return total.reindex([stage for stage in STAGES if stage in total.index]).rename_axis("stage")


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
    return stages.map(lambda stage: STAGES.index(stage) if stage in STAGES else -1)


def service(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """Demand [t], shortage [t] and served share by end use, of demand with a shortage price or a
    service floor; index end_use, figure."""

    def figures(plan: Plan) -> pd.Series:
        found = service_by_end_use(plan)
        parts = {name: found[name] for name in ("demand_t", "short_t", "served")}
        return pd.concat(parts).swaplevel()

    columns = {label: figures(plan) for plan, label in zip(plans, labels, strict=True)}
    table = pd.DataFrame(columns).rename_axis(["end_use", "figure"])
    return table.sort_index(level=0, sort_remaining=False)
