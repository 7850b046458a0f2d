"""What could go wrong most: the dearest paths of the tree and the demand left short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from planner.analysis.figures import expected, exposure, service_counts
from planner.report.dates import Calendar
from planner.report.words import percent
from planner.solve.plan import Plan

WORST = 3


@dataclass(frozen=True)
class Risk:
    """One risk: what happens, how likely, what it costs (discounted kUSD, None if not priced) and
    how many t of demand stay short."""

    what: str
    probability: float | None
    cost_kusd: float | None
    short_t: float | None
    path: bool = False


def risks(plan: Plan) -> list[Risk]:
    """The worst paths first, then the country and the market that the plan leans on most."""
    found = _worst_paths(plan)
    lean = exposure(plan)
    if lean is not None:
        words = f"{lean.country} supplies {percent(lean.share)} of {lean.stage} (expected, whole horizon)"
        found.append(Risk(words, None, None, None))
    worst_market = _largest_shortage(plan)
    return [*found, worst_market] if worst_market is not None else found


def _worst_paths(plan: Plan) -> list[Risk]:
    """The dearest leaf of each regime in which paths end, dearest first: leaves of one regime
    differ little. A plan without branches has no such risk."""
    leaves = plan.tables["leaves"]
    if len(leaves) < 2:
        return []
    known = plan.tables["tree"].fillna({"parent": "", "regime": "", "licences": ""})
    tree = {row["node"]: row for row in known.to_dict("records")}
    short = _short_by_node(plan)
    calendar = Calendar(plan.case)
    found: list[Risk] = []
    seen: set[str] = set()
    for leaf in leaves.sort_values("cost_kusd", ascending=False).to_dict("records"):
        path = _path(tree, leaf["leaf"])
        regime = path[-1]["regime"]
        if leaf["probability"] > 0 and regime not in seen and len(found) < WORST:
            seen.add(regime)
            tonnes = sum(short.get(node["node"], 0.0) for node in path)
            words = _news(path, calendar, len(plan.case["licences"]))
            found.append(Risk(words, leaf["probability"], leaf["cost_kusd"], tonnes, path=True))
    return found


def _short_by_node(plan: Plan) -> dict[str, float]:
    """t short of demand that must be met, by node, over its periods."""
    service = plan.tables["service"]
    counted = service[service_counts(plan.case, service)]
    by_node = counted.groupby("node")["short_t"].sum()
    return {str(node): float(tonnes) for node, tonnes in by_node.items()}


def _path(tree: Mapping[str, Mapping[Any, Any]], leaf: str) -> list[Mapping[Any, Any]]:
    path = [tree[leaf]]
    while path[-1]["parent"] in tree:
        path.append(tree[path[-1]["parent"]])
    return path[::-1]


def _news(path: list[Mapping[Any, Any]], calendar: Calendar, licences: int) -> str:
    """``2028Q1: escalation; L1 denied · 2029: L2 late``: what differs along a path."""
    said: list[str] = []
    for before, node in pairwise(path):
        words = [node["regime"]] if node["regime"] != before["regime"] else []
        for outcome in ("denied", "late"):
            names = [
                name.strip()
                for name, value in (
                    entry.split("=") for entry in node["licences"].split(";") if entry
                )
                if value.strip() == outcome
            ]
            if names:
                all_of_them = f"all {licences} licences" if len(names) == licences > 2 else ""
                words.append(f"{all_of_them or ', '.join(names)} {outcome}")
        if words:
            period = calendar.of_epochs(node["epoch"], node["epoch"])[0]["period"]
            said.append(f"{period}: {'; '.join(words)}")
    return " · ".join(said) or "no licence denied or late, no change of regime"


def _largest_shortage(plan: Plan) -> Risk | None:
    """The market and material with the most expected shortage."""
    service = plan.tables["service"]
    counted = service_counts(plan.case, service)
    short = expected(plan, "service", "short_t")[counted]
    total = short.groupby([service["market"][counted], service["material"][counted]]).sum()
    if total.empty or total.max() <= 0:
        return None
    market, material = total.index[int(total.argmax())]
    return Risk(f"Largest expected shortage: {material} at {market}", None, None, total.max())
