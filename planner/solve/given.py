"""Decisions handed to a solve: what some nodes decide is fixed, all else is decided anew.

They come from a plan's tables, so a plan read back from its file serves as well as one in memory,
or from an answer in memory. What the rows over the whole tree account for (value at risk, priced
excess of expected caps) is never fixed: it is no decision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from models.instance import Instance
from planner.errors import Infeasible
from planner.solve.arrays import Arrays, Floats
from planner.solve.layout import Layout

#: What is signed, filed or begun: others hold us to it.
SIGNED = ("contract", "apply", "qualify", "switch", "build")
#: What is moved within the node's periods.
FLOWS = (
    "take", "ship", "run", "draw", "stock", "collect", "dispose", "deliver", "swap", "short",
)  # fmt: skip

#: (node, component, index) of a column, as ``models`` names it.
Key = tuple[str, str, Any]
#: Amounts below this are dust [t, modules].
DUST = 1e-9
#: A decision may miss a bound of its column by so much, relative to it.
_SLIP = 1e-6


@dataclass(frozen=True)
class Given:
    """What ``components`` of ``nodes`` are: ``values`` where named there, 0 where not."""

    nodes: frozenset[str]
    components: frozenset[str]
    values: Mapping[Key, float]

    def only(self, components: Collection[str]) -> Given:
        """Of these components alone; the others are decided anew."""
        kept = self.components & frozenset(components)
        return Given(self.nodes, kept, {k: v for k, v in self.values.items() if k[1] in kept})

    def and_then(self, other: Given) -> Given:
        """With the decisions of more nodes, of the same components."""
        return replace(self, nodes=self.nodes | other.nodes, values={**self.values, **other.values})


def decided_in(
    layout: Layout, values: Floats, nodes: Collection[str], components: Collection[str]
) -> Given:
    """The decisions of some nodes of an answer; ``values`` of all columns."""
    found: dict[Key, float] = {}
    for component in components:
        for node, index, value in layout.decisions(values, component):
            if node in nodes:
                found[node, component, index] = value
    return Given(frozenset(nodes), frozenset(components), found)


def decided_by_plan(
    tables: Mapping[str, pd.DataFrame], nodes: Mapping[str, str], data: Instance
) -> Given:
    """The decisions of some nodes of a plan, in the words of ``data``.

    ``nodes``: node of the plan -> node of the tree that is to be solved. Raises Infeasible for
    what ``data`` has no name for, such as a lane that its case does not know.
    """
    found: dict[Key, float] = {}
    for component, table, at in _TABLES:
        frame = tables[table]
        for row in frame[frame[at].isin(list(nodes))].to_dict("records"):
            if component == "apply" and not _is_choice(data, row["licence"]):
                continue
            index, amount = _index(component, row, data)
            if abs(amount) > DUST:
                found[nodes[row[at]], component, index] = float(amount)
    return Given(frozenset(nodes.values()), frozenset((*SIGNED, *FLOWS)), found)


#: (component, table, column of the node that decides)
_TABLES = (
    ("contract", "contracts", "decided_in"),
    ("apply", "applications", "decided_in"),
    ("qualify", "qualifications", "node"),
    ("switch", "switches", "node"),
    ("build", "builds", "node"),
    ("take", "takes", "node"),
    ("ship", "shipments", "node"),
    ("run", "runs", "node"),
    ("draw", "draws", "node"),
    ("stock", "stock", "node"),
    ("collect", "collections", "node"),
    ("dispose", "disposals", "node"),
    ("deliver", "deliveries", "node"),
    ("swap", "swaps", "node"),
    ("short", "shortages", "node"),
)


def _is_choice(data: Instance, licence: str) -> bool:
    """An application that is always made has no column."""
    return licence in data.licences and data.licences[licence].decided


def _index(component: str, row: Mapping[Any, Any], data: Instance) -> tuple[Any, float]:
    """The column's index in ``models``, and the amount."""
    t = data.grid.names.index(row["period"]) if "period" in row else 0
    match component:
        case "contract":
            return (row["offer"], int(row["epoch"])), row["t_per_year"]
        case "apply":
            return (row["licence"], int(row["epoch"])), row["applied"]
        case "qualify":
            return (row["site"], row["material"]), row["qualified"]
        case "switch":
            return row["substitute"], row["switched"]
        case "build":
            return (row["project"], t), row["modules"]
        case "take":
            return (row["offer"], t), row["t"]
        case "ship":
            return (_arc(row, t, data), row["tracks"], t), row["t"]
        case "run":
            return (row["process"], row["tracks"], t), row["t"]
        case "draw":
            keys = (row["process"], row["run_tracks"], row["material"], row["tracks"], t)
            # An input that comes in one class only has no column: its run says it.
            process = data.processes.get(row["process"])
            single = process is not None and len(process.draws.get(keys[1:2] + keys[2:3], ())) == 1
            fixed = process is not None and row["material"] in process.inputs
            return keys, 0.0 if single and fixed else row["t"]
        case "collect":
            return (_scheme(row, data), t), row["t"]
        case "swap":
            return (row["substitute"], row["tracks"], t), row["t"]
        case "short":
            return (row["market"], row["material"], t), row["t"]
        case "deliver":
            return (row["market"], row["material"], row["tracks"], t), row["t"]
        case _:
            return (row["site"], row["material"], row["tracks"], t), row["t"]


def _arc(row: Mapping[Any, Any], t: int, data: Instance) -> int:
    ends = (row["from_site"], row["to_site"], row["material"])
    for a, arc in data.arcs.items():
        if (arc.from_site, arc.to_site, arc.material) == ends and t in arc.arrival:
            return a
    raise Infeasible(
        f"{ends[2]} cannot be shipped from {ends[0]} to {ends[1]} in {row['period']}: the case has "
        "no such lane then."
    )


def _scheme(row: Mapping[Any, Any], data: Instance) -> int:
    key = (row["market"], row["product"], row["scrap"], row["to_site"])
    for name, s in data.returns.items():
        if (s.market, s.product, s.scrap, s.to_site) == key:
            return name
    raise Infeasible(f"No returns of {key[1]} from {key[0]} to {key[3]} are in the case.")


def fixed(layout: Layout, given: Given) -> Arrays:
    """The arrays with what is given as bounds.

    Raises Infeasible, with the decision, where one is given that the tree does not allow at all.
    """
    arrays = layout.arrays
    lower, upper = np.zeros(layout.width), np.zeros(layout.width)
    lower[layout.kept], upper[layout.kept] = arrays.lower, arrays.upper
    for at, value in _columns(layout, given):
        slip = _SLIP * max(1.0, abs(value))
        if not lower[at] - slip <= value <= upper[at] + slip:
            raise Infeasible(f"{_named(layout, at)} is {value:g}, allowed is {upper[at]:g}.")
        lower[at] = upper[at] = min(max(value, lower[at]), upper[at])
    return replace(arrays, lower=lower[layout.kept], upper=upper[layout.kept])


def _columns(layout: Layout, given: Given) -> Iterator[tuple[int, float]]:
    """(position among all columns, value) of everything that is given."""
    for node in given.nodes:
        template = layout.templates[node]
        for component in given.components:
            span = template.spans.get(component)
            for at in () if span is None else range(span.start, span.stop):
                value = given.values.get((node, component, template.columns[at][1]), 0.0)
                yield layout.offset[node] + at, value
    for node, component, index in given.values:
        if (component, index) not in layout.templates[node].position:
            what = f"{component} of {index}"
            raise Infeasible(f"{what}, decided in {node}, is nothing that this case can decide.")


def _named(layout: Layout, at: int) -> str:
    for node, template in layout.templates.items():
        start = layout.offset[node]
        if start <= at < start + len(template.columns):
            component, index = template.columns[at - start]
            return f"{component} of {index} in {node}"
    raise KeyError(at)
