"""What rules and licences have removed: each arc with its reason."""

from __future__ import annotations

from collections import defaultdict

from planner.analysis.findings import FindingTable
from planner.analysis.why.items import Item
from planner.solve.answer import Answer

#: Reasons of one thing that are named.
_NAMED = 3


def closed_arcs(base: Answer) -> FindingTable:
    """Each lane, material and class that a rule or licence closes: in which periods, how likely."""
    instance, closed = base.problem.assembly.instance, base.problem.assembly.closed
    chance: dict[tuple[str, str, str, str, str], float] = defaultdict(float)
    periods: dict[tuple[str, str, str, str, str], set[int]] = defaultdict(set)
    for node in instance.tree.ordinary:
        for (arc, tracks, t), reason in closed[node.name].items():
            row = instance.arcs[arc]
            key = (row.from_site, row.to_site, row.material, tracks, reason)
            periods[key].add(t)
            chance[key] = max(chance[key], sum(
                other.probability for other in instance.tree.ordinary
                if other.epoch == node.epoch and closed[other.name].get((arc, tracks, t)) == reason
            ))  # fmt: skip
    rows = []
    for key in sorted(periods):
        found = sorted(periods[key])
        first, last = instance.grid.names[found[0]], instance.grid.names[found[-1]]
        rows.append((*key, first, last, chance[key]))
    columns = ("from_site", "to_site", "material", "tracks", "closed_by", "first_period", "last_period", "at_most_probability")  # fmt: skip
    return FindingTable.of(
        "closed", "Shipments that no plan could make, with the rule or licence", columns, rows
    )


def closed_reason(base: Answer, item: Item) -> str:
    """The rules that close every way of a lane, or of an offer's goods from its site; else ""."""
    if item.kind.sheet not in ("offers", "lanes"):
        return ""
    instance, closed = base.problem.assembly.instance, base.problem.assembly.closed
    if item.kind.sheet == "offers":
        offer = instance.offers[item.name]
        arcs = {
            name: (offer.tracks,) for name, arc in instance.arcs.items()
            if (arc.from_site, arc.material) == offer.pair
        }  # fmt: skip
    else:
        rows = base.problem.assembly.context.network.lane_rows
        arcs = {
            name: instance.arc_classes[name] for name, arc in instance.arcs.items()
            if rows[arc.lane] == item.place
        }  # fmt: skip
    reasons: dict[str, None] = {}
    for node in instance.tree.ordinary:
        for name, classes in arcs.items():
            for t in instance.grid.periods(node.epoch):
                if t not in instance.arcs[name].arrival:
                    continue
                for tracks in classes:
                    reason = closed[node.name].get((name, tracks, t))
                    if reason is None:
                        return ""
                    reasons[reason] = None
    named = list(reasons)
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return "; ".join(named[:_NAMED]) + more
