"""The plan of one node: what is decided on reaching it and what is bought, made and short there."""

from __future__ import annotations

from collections.abc import Iterator

from planner.report.document import Cell, Columns, Table
from planner.report.words import percent, tonnes
from planner.solve.plan import Plan

#: Table, column of the node, what it is called, how the name is said, amount, unit.
_DECISIONS = (
    ("contracts", "decided_in", "Contract", ("offer",), "t_per_year", "t/year"),
    ("applications", "decided_in", "Licence application", ("licence",), "applied", ""),
    ("qualifications", "node", "Qualification", ("material", "site"), "qualified", ""),
    ("switches", "node", "Switch", ("substitute",), "switched", ""),
    ("builds", "node", "Build", ("project", "period"), "modules", "modules"),
)
_AMOUNTS = (
    ("takes", "Bought", ("offer",)),
    ("runs", "Run", ("process",)),
    ("collections", "Collected", ("scrap", "market")),
    ("swaps", "Replaced by", ("substitute",)),
    ("shortages", "Short", ("material", "market")),
)
_MOST = 40


def names(plan: Plan) -> list[str]:
    """The nodes that can happen, the root first."""
    tree = plan.tables["tree"]
    return list(map(str, tree["node"][tree["probability"] > 0]))


def words(plan: Plan, node: str) -> str:
    """``2.1.escalation: regime escalation, 25 %; denied: L1, L2``."""
    tree = plan.tables["tree"].fillna({"regime": "", "licences": ""})
    row = tree[tree["node"] == node].iloc[0]
    said = f"{node}: reached with {percent(float(row['probability']))}"
    if row["regime"]:
        said += f", regime {row['regime']}"
    return f"{said}; {news(row['licences'])}" if row["licences"] else said


def news(licences: str) -> str:
    """``L1=denied; L2=late; L3=denied`` -> ``denied: L1, L3; late: L2``."""
    outcomes: dict[str, list[str]] = {}
    for entry in licences.split(";"):
        name, _, outcome = entry.partition("=")
        if outcome:
            outcomes.setdefault(outcome.strip(), []).append(name.strip())
    return "; ".join(f"{outcome}: {', '.join(names)}" for outcome, names in outcomes.items())


def decisions(plan: Plan, node: str) -> Table:
    """What is decided on reaching the node."""
    columns: Columns = (("Decided", "text"), ("What", "text"), ("Amount", "text"))
    rows = tuple(_decided(plan, node))
    return Table(columns, rows or (("nothing", "", ""),))


def _decided(plan: Plan, node: str) -> Iterator[tuple[Cell, ...]]:
    for table, column, kind, parts, amount, unit in _DECISIONS:
        frame = plan.tables[table]
        for row in frame[frame[column] == node].to_dict("records"):
            name = ", ".join(str(row[part]) for part in parts)
            when = f" for epoch {row['epoch']}" if "epoch" in row else ""
            yield kind, f"{name}{when}", f"{tonnes(row[amount])} {unit}" if unit else "yes"


def amounts(plan: Plan, node: str) -> Table:
    """What is bought, run, collected, replaced and short over the node's periods, largest first."""
    columns: Columns = (("What", "text"), ("Name", "text"), ("t in the node", "tonnes"))
    rows: list[tuple[Cell, ...]] = []
    for table, kind, parts in _AMOUNTS:
        frame = plan.tables[table]
        own = frame[frame["node"] == node]
        sums = own.groupby(list(parts))["t"].sum().sort_values(ascending=False)
        for key, t in sums.items():
            name = ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)
            rows.append((kind, name, float(t)))
    return Table(columns, tuple(rows[:_MOST]) or (("nothing", "", None),))
