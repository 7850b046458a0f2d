"""The few figures that speak for a plan, all expected over the tree: supply, costs, service.

Stress branches have probability 0 and so never count.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.case.case import Case
from planner.solve.plan import COST_LINES, Plan

STAGES = (
    "ore", "concentrate", "carbonate", "oxide", "metal", "alloy", "magnet", "assembly", "scrap",
    "other",
)  # fmt: skip
#: Not what anybody leans on: what comes back, and by-products.
OFF_CHAIN = ("scrap", "other")
UNKNOWN = "not stated"
OTHERS = "other countries"


def expected(plan: Plan, table: str, column: str) -> pd.Series:
    """``column`` of each row of ``table``, times the probability of the row's node."""
    tree = plan.tables["tree"]
    probability = dict(zip(tree["node"], tree["probability"], strict=True))
    frame = plan.tables[table]
    return frame[column] * frame["node"].map(probability).astype(float)


def supply_by_country(plan: Plan) -> pd.DataFrame:
    """Expected t that enter the chain over the horizon: rows countries, columns stages.

    Countries by falling share of the stage that they lead in, what is off the chain counted last;
    stages in order of the chain.
    """
    supply = plan.tables["supply"].assign(expected_t=expected(plan, "supply", "t"))
    supply["country"] = supply["country"].fillna("").replace("", UNKNOWN)
    tonnes = supply.pivot_table(
        index="country", columns="stage", values="expected_t", aggfunc="sum", fill_value=0.0
    )
    tonnes = tonnes[[stage for stage in STAGES if stage in tonnes.columns]]
    tonnes = tonnes.loc[:, tonnes.sum() > 0]
    share = tonnes / tonnes.sum()
    chain = [stage for stage in share.columns if stage not in OFF_CHAIN]
    lead = pd.DataFrame({"chain": share[chain].max(axis=1), "any": share.max(axis=1)})
    order = lead.fillna(0.0).sort_values(["chain", "any"], ascending=False, kind="stable").index
    return tonnes.loc[order]


def leading(tonnes: pd.DataFrame, countries: int) -> pd.DataFrame:
    """The first ``countries`` rows, what is left summed as one row more."""
    if len(tonnes) <= countries:
        return tonnes
    head, tail = tonnes.iloc[: countries - 1], tonnes.iloc[countries - 1 :]
    return pd.concat([head, tail.sum().to_frame(OTHERS).T])


@dataclass(frozen=True)
class Exposure:
    """The largest share that one country has of a stage's supply."""

    country: str
    stage: str
    share: float


def exposure(plan: Plan) -> Exposure | None:
    """The country that supplies most among the exporters under a rule, and the stage that leans on it
    most; scrap and what is no stage of the chain count only where there is nothing else.

    A rule is what may stop the goods, so its exporters are the exposure; with no such exporter
    among the suppliers, every country counts, by its largest share. None where nothing is supplied.
    """
    tonnes = supply_by_country(plan)
    if tonnes.empty:
        return None
    chain = [stage for stage in tonnes.columns if stage not in OFF_CHAIN]
    tonnes = tonnes[chain] if chain else tonnes
    barred = [rule for rule in plan.case["rules"] if rule["requirement"] != "exempt"]
    ruled = {name for rule in barred for name in rule["exporter"]}
    share = (tonnes / tonnes.sum()).drop(index=UNKNOWN, errors="ignore")
    at_risk = share.loc[[country for country in share.index if country in ruled]]
    at_risk = at_risk[at_risk.sum(axis=1) > 0]
    if not at_risk.empty:
        largest = str(tonnes.loc[at_risk.index].sum(axis=1).idxmax())
        share = at_risk.loc[[largest]]
    if share.empty:
        return None
    cells = share.to_numpy(dtype=float)
    row, column = divmod(int(cells.argmax()), cells.shape[1])
    return Exposure(str(share.index[row]), str(share.columns[column]), float(cells[row, column]))


def costs_by_line(plan: Plan) -> pd.Series:
    """Expected discounted kUSD by cost line, in the order of the cost table, zeros left out."""
    costs = plan.tables["costs"]
    totals = expected(plan, "costs", "discounted_kusd").groupby(costs["line"]).sum()
    totals = totals.reindex([line for line in COST_LINES if line in totals.index])
    return totals[totals != 0]


def service_by_end_use(plan: Plan) -> pd.DataFrame:
    """Expected t by end use: demand_t, delivered_t, substituted_t, short_t and served, a share.

    Only demand with a shortage price or a service floor: a by-product market that buys what is
    left over is not served badly when little is.
    """
    service = plan.tables["service"]
    counted = service_counts(plan.case, service)
    amounts = ["demand_t", "delivered_t", "substituted_t", "short_t"]
    weighted = pd.DataFrame({name: expected(plan, "service", name) for name in amounts})[counted]
    end_use = service["end_use"].fillna("").replace("", "all uses")[counted]
    total = weighted.groupby(end_use).sum()
    total = total[total["demand_t"] > 0]
    total["served"] = (total["delivered_t"] + total["substituted_t"]) / total["demand_t"]
    return total.sort_values("demand_t", ascending=False)


def service_counts(case: Case, service: pd.DataFrame) -> pd.Series:
    """Whether each row of a service or shortage table is of demand that must be met."""
    must: dict[tuple[str, str, str], bool] = {
        (row["site"], row["material"], row["period"]): bool(
            (row["shortage_usd_per_kg"] or 0) > 0 or row["min_service_share"] > 0
        )
        for row in case["demand"]
    }
    keys = zip(service["market"], service["material"], service["period"], strict=True)
    counted = [
        must.get((site, material, period), must.get((site, material, "*"), False))
        for site, material, period in keys
    ]
    return pd.Series(counted, index=service.index, dtype=bool)
