"""What differs in what was decided: now, on average over the tree, and when first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from planner.analysis.figures import expected
from planner.solve.plan import Plan

#: Two amounts are alike if they differ by less than this part of the larger.
_ALIKE = 1e-6
_Decision = tuple[str, ...]


def _differing(
    plans: Sequence[Plan],
    labels: Sequence[str],
    head: Sequence[str],
    found: Sequence[Mapping[_Decision, Any]],
) -> pd.DataFrame:
    lines = []
    for key in dict.fromkeys(key for decisions in found for key in decisions):
        values = [decisions.get(key, 0.0) for decisions in found]
        if not _alike(values):
            lines.append((*key, *values))
    assert len(found) == len(plans)
    return pd.DataFrame(lines, columns=pd.Index([*head, *labels]))


def _alike(values: Sequence[float]) -> bool:
    low, high = min(values), max(values)
    return high - low <= _ALIKE * max(abs(low), abs(high), 1e-3)


# ---- now


def decided_now(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """What the root decides, where it is not alike: kind, name, when (period), unit, plans."""
    found = [_root(plan) for plan in plans]
    return _differing(plans, labels, ("kind", "name", "when", "unit"), found)


def _root(plan: Plan) -> dict[_Decision, float]:
    found: dict[_Decision, float] = {}
    for key, amount in _root_rows(plan):
        found[key] = found.get(key, 0.0) + float(amount)
    return found


def _root_rows(plan: Plan) -> Iterator[tuple[_Decision, float]]:
    root = plan.tables["tree"]["node"].iloc[0]
    first = {row["epoch"]: row["period"] for row in reversed(plan.case["periods"])}
    for row in _rows(plan, "contracts", "decided_in", root):
        yield ("sign contract", row["offer"], first[row["epoch"]], "t/year"), row["t_per_year"]
    for row in _rows(plan, "applications", "decided_in", root):
        yield ("apply for licence", row["licence"], first[row["epoch"]], "yes = 1"), row["applied"]
    for row in _rows(plan, "qualifications", "node", root):
        name = f"{row['material']} of {row['site']}"
        yield ("qualify", name, first[1], "yes = 1"), row["qualified"]
    for row in _rows(plan, "switches", "node", root):
        yield ("switch", row["substitute"], first[1], "yes = 1"), row["switched"]
    for row in _rows(plan, "builds", "node", root):
        yield ("build", row["project"], row["period"], "modules"), row["modules"]
    spot = {row["offer"] for row in plan.case["offers"] if row["kind"] == "spot"}
    for row in _rows(plan, "takes", "node", root):
        if row["offer"] in spot and row["period"] == first[1]:
            yield ("buy spot", row["offer"], row["period"], "t"), row["t"]


def _rows(plan: Plan, table: str, column: str, value: str) -> Sequence[Mapping[Any, Any]]:
    frame = plan.tables[table]
    return frame[frame[column] == value].to_dict("records")


# ---- on average

_AVERAGES = (
    ("buy", "takes", ("offer",), "t", "t"),
    ("run", "runs", ("process",), "t", "t"),
    ("build", "builds", ("project",), "modules", "modules"),
    ("collect", "collections", ("market", "product"), "t", "t"),
    ("substitute", "swaps", ("substitute",), "t", "t"),
    ("throw away", "disposals", ("site", "material"), "t", "t"),
)


def decided_on_average(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """Expected amounts over the horizon, where they are not alike: kind, name, unit, plans."""
    found = [_averages(plan) for plan in plans]
    return _differing(plans, labels, ("kind", "name", "unit"), found)


def _averages(plan: Plan) -> dict[_Decision, float]:
    found: dict[_Decision, float] = {}
    for kind, table, columns, amount, unit in _AVERAGES:
        frame = plan.tables[table]
        names = frame[list(columns)].agg(", ".join, axis=1) if len(frame) else pd.Series(dtype=str)
        for name, value in expected(plan, table, amount).groupby(names).sum().items():
            found[kind, str(name), unit] = float(value)
    found.update(_stock(plan))
    return found


def _stock(plan: Plan) -> dict[_Decision, float]:
    """Expected stock, its mean over time."""
    frame = plan.tables["stock"]
    years = {row["period"]: row["years"] for row in plan.case["periods"]}
    weighted = expected(plan, "stock", "t") * frame["period"].map(years).astype(float)
    names = frame["site"] + ", " + frame["material"]
    total = sum(years.values())
    means = weighted.groupby(names).sum() / total
    return {("keep in stock", str(name), "t, mean"): float(t) for name, t in means.items()}


# ---- when

_COMMITMENTS = (
    ("contract", "contracts", ("offer",), "decided_in"),
    ("licence application", "applications", ("licence",), "decided_in"),
    ("qualification", "qualifications", ("site", "material"), "node"),
    ("switch", "switches", ("substitute",), "node"),
    ("build", "builds", ("project",), "node"),
)


def timing(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """When each commitment is first decided and how likely it is at all, where not alike.

    Columns kind, name, figure (`first decided`: a date, None if never; `probability`), plans.
    """
    found = [_commitments(plan) for plan in plans]
    lines: list[tuple[Any, ...]] = []
    for key in dict.fromkeys(key for commitments in found for key in commitments):
        both = [commitments.get(key, (None, 0.0)) for commitments in found]
        days, likely = [day for day, _ in both], [probability for _, probability in both]
        if any(day != days[0] for day in days) or not _alike(likely):
            lines.append((*key, "first decided", *days))
            lines.append((*key, "probability", *likely))
    columns = pd.Index(["kind", "name", "figure", *labels])
    return pd.DataFrame(lines, columns=columns, dtype=object)


def _commitments(plan: Plan) -> dict[_Decision, tuple[date, float]]:
    tree = plan.tables["tree"].to_dict("records")
    epoch = {row["node"]: row["epoch"] for row in tree}
    likely = {row["node"]: row["probability"] for row in tree}
    starts = {row["epoch"]: row["start"] for row in reversed(plan.case["periods"])}
    period = {row["period"]: row["start"] for row in plan.case["periods"]}
    found: dict[_Decision, tuple[date, float]] = {}
    for kind, table, columns, at in _COMMITMENTS:
        nodes: dict[_Decision, dict[str, date]] = {}
        for row in plan.tables[table].to_dict("records"):
            if likely[row[at]] > 0:
                key = (kind, ", ".join(str(row[column]) for column in columns))
                day = period[row["period"]] if "period" in row else starts[epoch[row[at]]]
                days = nodes.setdefault(key, {})
                days[row[at]] = min(day, days.get(row[at], day))
        for key, days in nodes.items():
            found[key] = (min(days.values()), _reached(tree, likely, set(days)))
    return found


def _reached(
    tree: Sequence[Mapping[Any, Any]], likely: Mapping[str, float], nodes: set[str]
) -> float:
    """The probability that a path meets any of the nodes: those not below another of them."""
    parent = {row["node"]: row["parent"] for row in tree}
    below: set[str] = set()
    total = 0.0
    for row in tree:  # parents first
        node = row["node"]
        if parent[node] in below or parent[node] in nodes:
            below.add(node)
        elif node in nodes:
            total += likely[node]
    return total
