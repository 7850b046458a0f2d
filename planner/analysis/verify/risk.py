"""RSK and LIM: leaf costs, expected cost, CVaR, the objective, limits on shortage and cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from planner.analysis.verify.audit import Audit
from planner.analysis.verify.costs import Costs
from planner.analysis.verify.selling import Met
from planner.analysis.verify.stress import counts_as_service


def cvar(outcomes: Iterable[tuple[float, float]], level: float) -> float:
    """The mean of the worst (1 - level) of probability, of pairs (probability, amount)."""
    worst_first = sorted(outcomes, key=lambda pair: pair[1], reverse=True)
    tail = 1 - level
    if tail <= 0:
        return worst_first[0][1]
    left, total = tail, 0.0
    for probability, amount in worst_first:
        weight = min(probability, left)
        total += weight * amount
        left -= weight
    # Probabilities that add up to a hair less than 1 leave a hair of the tail: the last leaf's.
    return (total + left * worst_first[-1][1]) / tail


def check_risk(
    audit: Audit, costs: Costs, met: list[Met], summary: Mapping[str, Any] | None
) -> None:
    """RSK-1 by leaf, RSK-2 to 4 against the summary where there is one, LIM."""
    settings, ledger = audit.reading.case.settings, audit.ledger
    by_leaf = _leaf_costs(audit, costs)
    pairs = [(leaf.probability, by_leaf[leaf.name][0]) for leaf in audit.tree.leaves]
    scale = max(largest for _, largest in by_leaf.values())
    level, weight = settings["cvar_level"], settings["risk_weight"]
    expected = sum(probability * cost for probability, cost in pairs)
    tail = cvar(pairs, level)
    if summary is not None:
        objective = (1 - weight) * expected + weight * tail
        for equation, key, rebuilt in (
            ("RSK-2", "expected_cost_kusd", expected),
            ("RSK-3", "cvar_kusd", tail),
            ("RSK-4", "objective_kusd", objective),
        ):
            if summary.get(key) is None:
                ledger.broken(equation, f"summary {key}", "is missing")
            else:
                ledger.equal(equation, f"summary {key}", summary[key], rebuilt, scale)
        _check_proof(audit, summary, objective, scale)
    _limits(audit, met, tail)


def _check_proof(audit: Audit, summary: Mapping[str, Any], objective: float, scale: float) -> None:
    """A bound lies at or below the plan, and the gap is their distance, relative to the plan."""
    bound, gap = summary.get("bound_kusd"), summary.get("gap")
    if bound is None:
        return
    over = max(0.0, float(bound) - objective)
    audit.ledger.equal("RSK-4", "summary bound_kusd above the objective", over, 0.0, scale)
    rebuilt = abs(objective - float(bound)) / max(1e-10, abs(objective))
    stated = float("nan") if gap is None else float(gap)
    audit.ledger.equal("RSK-4", "summary gap", stated, rebuilt, 1.0)


def _leaf_costs(audit: Audit, costs: Costs) -> dict[str, tuple[float, float]]:
    """Discounted kUSD of the path to each leaf, and its largest line; checked against `leaves`."""
    by_node: dict[str, list[float]] = defaultdict(list)
    for line, node, period in costs.kusd:
        by_node[node].append(costs.discounted(line, node, period))
    stated = {row.leaf: row for row in audit.book["leaves"]}
    rebuilt: dict[str, tuple[float, float]] = {}
    for leaf in audit.tree.leaves:
        terms = [kusd for node in audit.tree.paths[leaf.name] for kusd in by_node[node]]
        cost, largest = sum(terms), max((abs(term) for term in terms), default=0.0)
        rebuilt[leaf.name] = cost, largest
        where, row = f"leaf {leaf.name}", stated.pop(leaf.name, None)
        if row is None:
            audit.ledger.broken("RSK-1", where, "is missing from the leaves")
            continue
        audit.ledger.equal("RSK-1", where, row.cost_kusd, cost, largest)
        audit.ledger.equal("RSK-1", f"{where}, probability", row.probability, leaf.probability)
    for name in stated:
        audit.ledger.broken("RSK-1", f"leaf {name}", "is no leaf of the tree")
    return rebuilt


def _limits(audit: Audit, met: list[Met], tail: float) -> None:
    level = audit.reading.case.settings["cvar_level"]
    for row in audit.reading.case["limits"]:
        where = f"{row['measure']} of {'; '.join(row['end_use'])}"
        if row["measure"] == "cvar_cost_kusd":
            audit.ledger.at_most("LIM-3", where, tail, row["value"])
            continue
        shares = _shortage_shares(audit, met, row["end_use"])
        if row["measure"] == "expected_shortage_share":
            mean = sum(probability * share for probability, share in shares)
            audit.ledger.at_most("LIM-1", where, mean, row["value"])
        else:
            audit.ledger.at_most("LIM-2", where, cvar(shares, level), row["value"])


def _shortage_shares(
    audit: Audit, met: list[Met], end_uses: tuple[str, ...]
) -> list[tuple[float, float]]:
    """Probability and short t / demand t of every leaf, over the rows that count."""
    short: dict[str, float] = defaultdict(float)
    demand: dict[str, float] = defaultdict(float)
    for one in met:
        end_use = audit.reading.sites[one.market]["end_use"]
        if counts_as_service(one.row) and ("*" in end_uses or end_use in end_uses):
            short[one.node] += one.short
            demand[one.node] += one.demand
    shares = []
    for leaf in audit.tree.leaves:
        path = audit.tree.paths[leaf.name]
        total = sum(demand[node] for node in path)
        missing = sum(short[node] for node in path)
        shares.append((leaf.probability, missing / total if total else 0.0))
    return shares
