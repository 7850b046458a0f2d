"""DEM and SUB: demand, what waits, service floors, single sources, substitutes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from planner.analysis.verify.audit import Audit, at_place
from planner.case.case import Row


@dataclass(frozen=True)
class Met:
    """How a demand of a period was met, in t; ``waited`` is what was short before and waits."""

    market: str
    material: str
    node: str
    period: str
    row: Row
    demand: float
    delivered: float
    substituted: float
    short: float
    waited: float


def demands(audit: Audit) -> Iterator[Met]:
    """Every demand row in every place."""
    reading, timeline = audit.reading, audit.timeline
    columns = ("market", "material", "node", "period")
    delivered = audit.totals("deliveries", *columns)
    short = audit.totals("shortages", *columns)
    substituted = substituted_t(audit)
    pairs = dict.fromkeys((row["site"], row["material"]) for row in reading.case["demand"])
    for node, period in audit.tree.places():
        for market, material in pairs:
            row = reading.demand_row(market, material, node, period)
            if row is None:
                continue
            key = (market, material, node, period)
            waited = 0.0
            at = timeline.index[period]
            if at:
                before = timeline.periods[at - 1]
                its_node = audit.tree.paths[node][timeline.epoch[before] - 1]
                arose = reading.demand_row(market, material, its_node, before)
                if arose is not None and arose["backlog"]:
                    waited = short.get((market, material, its_node, before), 0.0)
            yield Met(
                *key,
                row,
                reading.demand_t(*key),
                delivered.get(key, 0.0),
                substituted.get(key, 0.0),
                short.get(key, 0.0),
                waited,
            )


def substituted_t(audit: Audit) -> dict[tuple[str, str, str, str], float]:
    """t of demand replaced, by market, material and place."""
    sums: dict[tuple[str, str, str, str], float] = defaultdict(float)
    for (name, node, period), t in audit.totals("swaps", "substitute", "node", "period").items():
        swap = audit.reading.keyed("substitutes", node)[name]
        sums[swap["market"], swap["material"], node, period] += t
    return sums


def check_selling(audit: Audit, met: list[Met]) -> None:
    """Every DEM and SUB equation; ordinary service floors are not applied in stress branches."""
    ledger = audit.ledger
    known = {(one.market, one.material, one.node, one.period) for one in met}
    for one in met:
        where = f"{one.material} for {one.market}, {at_place(one.node, one.period)}"
        served = one.delivered + one.substituted + one.short
        ledger.equal("DEM-1", where, served, one.demand + one.waited)
        if not audit.tested(one.node):
            allowed = (1 - one.row["min_service_share"]) * one.demand + one.waited
            ledger.at_most("DEM-2", where, one.short, allowed)
    for table in ("deliveries", "shortages"):
        for key, t in audit.totals(table, "market", "material", "node", "period").items():
            where = f"{key[1]} for {key[0]}, {at_place(key[2], key[3])}"
            ledger.record("DEM-4", where, 0.0 if key in known else t)
    for key, t in substituted_t(audit).items():
        where = f"{key[1]} for {key[0]}, {at_place(key[2], key[3])}"
        ledger.record("DEM-4", where, 0.0 if key in known else t)
    _single_source(audit, met)
    _substitutes(audit)


def _single_source(audit: Audit, met: list[Met]) -> None:
    """Of all lanes by which the material arrives in the period, one carries everything."""
    arrivals: dict[tuple[str, str, str, str], dict[str, float]] = defaultdict(
        lambda: defaultdict(float)
    )
    for row in audit.book["shipments"]:
        for node in audit.tree.at_epoch(row.node, audit.timeline.epoch[row.arrives]):
            arrivals[row.to_site, row.material, node, row.arrives][row.from_site] += row.t
    for one in met:
        if one.row["single_source"]:
            lanes = arrivals[one.market, one.material, one.node, one.period]
            second = sorted(lanes.values(), reverse=True)[1:2]
            where = f"{one.material} for {one.market}, {at_place(one.node, one.period)}"
            audit.ledger.record("DEM-3", where, sum(second))


def _substitutes(audit: Audit) -> None:
    timeline, tree, ledger = audit.timeline, audit.tree, audit.ledger
    switched: dict[str, set[str]] = defaultdict(set)
    for row in audit.book["switches"]:
        if row.switched > 0.5:
            switched[row.substitute].add(row.node)
    for (name, node, period), t in audit.totals("swaps", "substitute", "node", "period").items():
        swap = audit.reading.keyed("substitutes", node)[name]
        where = f"substitute {name}, {at_place(node, period)}"
        demand = audit.reading.demand_t(swap["market"], swap["material"], node, period)
        ledger.at_most("SUB-1", where, t, swap["max_share"] * demand)
        ready = (
            timeline.falls(tree.first_period(step), swap["lead_months"])
            for step in tree.paths[node]
            if step in switched[name]
        )
        in_use = any(at is not None and timeline.within(period, at, None) for at in ready)
        ledger.record("SUB-2", where, 0.0 if in_use else t)
    for name, nodes in switched.items():
        for end in tree.ends:
            times = sum(step in nodes for step in tree.paths[end])
            ledger.at_most("SUB-3", f"substitute {name}, path to {end}", times, 1)
