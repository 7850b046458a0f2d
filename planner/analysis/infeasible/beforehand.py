"""What arithmetic alone proves impossible, without a solve.

Two checks, each sound (what they say is true) and neither complete (what they pass may still be impossible):
the goods that can be had by a period, added up, against the service that must be given by then; and
markets to which every way is closed by a rule or a licence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from planner.solve.assemble.instance import Assembly

#: A gap smaller than this share of what is needed is rounding.
_CLOSE = 1e-9


def told_beforehand(assembly: Assembly) -> tuple[str, ...]:
    """Sentences, the first of each kind and material; empty where nothing can be told."""
    found: dict[tuple[str, str], str] = {}
    for node in assembly.instance.tree.ordinary:
        for kind, what, words in (*_too_little(assembly, node.name), *_no_way(assembly, node.name)):
            found.setdefault((kind, what), words)
    return tuple(found.values())


def _needs(assembly: Assembly, node: str) -> Iterator[tuple[str, str, int, float]]:
    """(market, material, t, least that must be delivered) in a node; late goods may not wait."""
    data = assembly.instance
    figures = data.numbers[node]
    for (market, material), row in data.demands.items():
        for t in data.grid.periods(data.tree.by_name[node].epoch):
            most_short = figures["short_limit"].get((market, material, t))
            if t in row.window and most_short is not None and not row.backlog:
                need = figures["demand"][market, material, t] - most_short
                if need > 0:
                    yield market, material, t, need


def _too_little(assembly: Assembly, node: str) -> Iterator[tuple[str, str, str]]:
    """Materials that are bought only: capacity up to a period against the floors up to it."""
    data = assembly.instance
    made = {m for process in data.processes.values() for m in process.outputs}
    made |= {scheme.scrap for scheme in data.returns.values()}
    swapped = {substitute.material for substitute in data.substitutes.values()}
    by_material: dict[str, list[tuple[int, float]]] = {}
    for past in data.tree.path(node):
        for _, material, t, need in _needs(assembly, past.name):
            if material not in made | swapped:
                by_material.setdefault(material, []).append((t, need))
    for material, needs in by_material.items():
        for t in data.grid.periods(data.tree.by_name[node].epoch):
            need = sum(amount for s, amount in needs if s <= t)
            most = _most_had(assembly, node, material, t)
            if need > most * (1 + _CLOSE) + _CLOSE:
                period = data.grid.names[t]
                yield (
                    "supply",
                    material,
                    (
                        f"By {period}{_where(assembly, node)} service floors ask for {need:,.4g} t of {material}; "
                        f"offers, opening stock and goods on their way add up to {most:,.4g} t: "
                        f"{need - most:,.4g} t are missing whatever is decided."
                    ),
                )


def _most_had(assembly: Assembly, node: str, material: str, until: int) -> float:
    """The most that can have been bought, held or under way by a period [t]."""
    data = assembly.instance
    path = data.tree.path(node)
    total = sum(
        amount
        for key, amount in data.numbers[path[0].name].get("opening", {}).items()
        if key[1] == material
    )
    for past in path:
        figures = data.numbers[past.name]
        for t in data.grid.periods(past.epoch):
            if t > until:
                break
            for offer in data.offers.values():
                if offer.material == material and t in offer.window:
                    total += figures["capacity"].get((offer.name, t), math.inf)
            for key, amount in figures.get("pipeline", {}).items():
                if key[1] == material and key[3] == t:
                    total += amount
    return total


def _no_way(assembly: Assembly, node: str) -> Iterator[tuple[str, str, str]]:
    """Markets that must be served and that no shipment of the node's path can reach."""
    data = assembly.instance
    path = data.tree.path(node)
    held = {key[:2] for past in path for key in data.numbers[past.name].get("pipeline", {})}
    held |= {key[:2] for key in data.numbers[path[0].name].get("opening", {})}
    swapped = {(s.market, s.material) for s in data.substitutes.values()}
    for market, material, t, need in _needs(assembly, node):
        if (market, material) in held | swapped:
            continue
        reasons = _closures(assembly, node, market, material, t)
        if reasons:
            period = data.grid.names[t]
            yield (
                "way",
                f"{market} {material}",
                (
                    f"In {period}{_where(assembly, node)} {market} must get {need:,.4g} t of {material}, and every "
                    f"way to it is closed: {'; '.join(reasons)}."
                ),
            )


def _closures(assembly: Assembly, node: str, market: str, material: str, until: int) -> list[str]:
    """Why no arc brings the material by ``until``; empty where one is open or none was ever there."""
    data = assembly.instance
    reasons: dict[str, None] = {}
    for past in data.tree.path(node):
        closed = assembly.closed[past.name]
        for arc in data.arcs.values():
            if (arc.to_site, arc.material) != (market, material):
                continue
            for t in data.grid.periods(past.epoch):
                if t not in arc.arrival or arc.arrival[t] > until:
                    continue
                for tracks in data.arc_classes[arc.name]:
                    why = closed.get((arc.name, tracks, t))
                    if why is None:
                        return []
                    reasons[f"{arc.from_site} -> {market}, {why}"] = None
    return list(reasons)


def _where(assembly: Assembly, node: str) -> str:
    """`` in node n3``, where the tree branches."""
    return f" in node {node}" if len(assembly.instance.tree.leaves) > 1 else ""
