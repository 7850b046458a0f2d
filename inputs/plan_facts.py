"""What a plan decides and what it comes to, in figures that can stand beside another plan's.

All tonnes are expected over the tree (stress branches have probability 0 and never count), money
is MUSD, discounted.
"""

from __future__ import annotations

from collections.abc import Mapping

from planner.analysis.figures import expected, service_by_end_use, supply_by_country
from planner.solve.plan import Plan

#: Contracts below this are not worth a line [t/year].
_SMALL_T = 5.0


def musd(plan: Plan, key: str) -> float:
    """A figure of the summary in MUSD."""
    return float(plan.summary[key]) / 1000


def country_share(plan: Plan, country: str, stage: str) -> float:
    """The country's share (0..1) of all that is bought, made or collected at a stage."""
    tonnes = supply_by_country(plan)
    return float(tonnes[stage].get(country, 0.0) / tonnes[stage].sum())


def made_share(plan: Plan, stage: str) -> float:
    """Own production's share (0..1) of the supply of a stage."""
    supply = plan.tables["supply"]
    tonnes = expected(plan, "supply", "t")[supply["stage"] == stage]
    return float(tonnes[supply["kind"] == "made"].sum() / tonnes.sum())


def mean_stock(plan: Plan, stage: str) -> float:
    """Expected t of a stage's materials in stock, mean over the horizon's period ends."""
    stages = {row["material"]: row["stage"] for row in plan.case["materials"]}
    years = {row["period"]: float(row["years"]) for row in plan.case["periods"]}
    stock = plan.tables["stock"]
    weighted = expected(plan, "stock", "t") * stock["period"].map(years).astype(float)
    of_stage = stock["material"].map(stages) == stage
    return float(weighted[of_stage].sum() / sum(years.values()))


def shortage(plan: Plan) -> float:
    """Expected t short over the horizon, of demand that must be met."""
    return float(service_by_end_use(plan)["short_t"].sum())


def substituted(plan: Plan) -> float:
    """Expected t of demand that substitutes replace."""
    return float(service_by_end_use(plan)["substituted_t"].sum())


def built(plan: Plan) -> Mapping[str, float]:
    """Expected modules by project over all nodes, in the order of the workbook."""
    builds = plan.tables["builds"]
    modules = expected(plan, "builds", "modules").groupby(builds["project"]).sum()
    order = [row["project"] for row in plan.case["projects"]]
    return {project: float(modules[project]) for project in order if project in modules.index}


def expected_count(plan: Plan, table: str, name: str) -> Mapping[str, float]:
    """Expected number of times that each ``name`` of a 0/1 decision table is chosen."""
    node, chosen = {
        "qualifications": ("node", "qualified"),
        "switches": ("node", "switched"),
        "applications": ("decided_in", "applied"),
    }[table]
    tree, frame = plan.tables["tree"], plan.tables[table]
    probability = dict(zip(tree["node"], tree["probability"], strict=True))
    weighted = frame[chosen] * frame[node].map(probability).astype(float)
    counts = weighted.groupby(frame[name]).sum()
    return {str(one): float(count) for one, count in counts.sort_index().items()}


def steps(plan: Plan) -> Mapping[str, float]:
    """Expected number of modules, qualifications, switches and applications, by what they are."""
    found = {f"build {project}": count for project, count in built(plan).items()}
    for table, name, verb in (
        ("qualifications", "site", "qualify"),
        ("switches", "substitute", "switch"),
        ("applications", "licence", "apply for"),
    ):
        counts = expected_count(plan, table, name).items()
        found |= {f"{verb} {one}": count for one, count in counts}
    return found


def signed_now(plan: Plan) -> Mapping[str, float]:
    """Contracts that the root signs, for all epochs together [t/year]."""
    root = plan.tables["tree"]["node"].iloc[0]
    contracts = plan.tables["contracts"]
    signed = contracts[contracts["decided_in"] == root].groupby("offer")["t_per_year"].sum()
    return {str(offer): float(t) for offer, t in signed.items() if t > _SMALL_T}
