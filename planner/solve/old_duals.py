"""What the duals of an earlier problem still prove, brought up to the odds and the weight of now.

Everything that a node costs weighs ``(1 - lambda) x probability + what its leaves weigh in the tail``
in the objective, and the duals of its rows are in proportion. Where probabilities or the risk weight
have moved, the tail's leaves are weighed anew (each in proportion to its probability, none above
its share of the tail), and the duals of each node's rows follow its weight. They are duals of no optimum
then, but any duals give a bound (weak duality), and these a close one: on the shipped case 0.33 %
below the plan after one point of risk weight, where the old ones said nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.solve.arrays import Floats
from planner.solve.layout import Layout

_TAIL, _PATH = ("beyond_eta", None), ("path_cost", None)  # RSK-2, RSK-1


def reweighed(duals: Floats, before: Layout, layout: Layout) -> Floats:
    """Duals (m,) of the rows of ``layout``, found under the odds and the risk weight of ``before``."""
    then, now = before.risk.weight, layout.risk.weight
    chance = {node.name: node.probability for node in before.tree.nodes}
    moved = any(chance.get(n.name) != n.probability for n in layout.tree.nodes)
    if (then == now and not moved) or (then > 0) != (now > 0):
        return duals
    whole = np.zeros(layout.height)
    whole[layout.kept_rows] = duals
    tail = {node: abs(float(whole[at])) for node, at in _rows(layout, _TAIL)}
    tail_now = _tail(layout, tail, chance)
    total, total_now = _below(layout, tail), _below(layout, tail_now)
    factor = np.ones(layout.height)
    for node in layout.tree.nodes:
        name, begun = node.name, layout.row_offset[node.name]
        old = (1 - then) * chance.get(name, 0.0) + total[name]
        new = (1 - now) * node.probability + total_now[name]
        if old > 0:
            factor[begun : begun + len(layout.templates[name].rows.names)] = new / old
    for name, at in _rows(layout, _TAIL):
        factor[at] = tail_now[name] / tail[name] if tail[name] > 0 else 1.0
    for name, at in _rows(layout, _PATH):
        factor[at] = total_now[name] / total[name] if total[name] > 0 else 1.0
    return (whole * factor)[layout.kept_rows]


def _tail(layout: Layout, tail: dict[str, float], chance: dict[str, float]) -> dict[str, float]:
    """What each leaf weighs in the tail now: in proportion to what it did, and to its probability."""
    wanted, most = layout.risk.weight, layout.risk.weight / (1 - layout.risk.level)
    of = {node.name: node.probability for node in layout.tree.nodes}
    now = {
        name: min(weight * of[name] / chance[name], most * of[name]) if chance.get(name) else 0.0
        for name, weight in tail.items()
    }
    for _ in range(len(now)):
        free = sum(w for name, w in now.items() if w < most * of[name])
        short = wanted - sum(now.values())
        if abs(short) <= 1e-15 or free <= 0 or free + short < 0:
            break
        now = {
            name: min(w * (1 + short / free), most * of[name]) if w < most * of[name] else w
            for name, w in now.items()
        }
    return now


def _below(layout: Layout, weight: dict[str, float]) -> dict[str, float]:
    """Node -> what the leaves below it weigh."""
    total = {node.name: weight.get(node.name, 0.0) for node in layout.tree.nodes}
    for node in reversed(layout.tree.nodes):
        if node.parent is not None:
            total[node.parent] += total[node.name]
    return total


def _rows(layout: Layout, name: tuple[str, None]) -> Iterator[tuple[str, int]]:
    """(node, row among all) of a row that a node has once."""
    known: dict[int, int | None] = {}
    for node, template in layout.templates.items():
        names = template.rows.names
        if id(names) not in known:
            known[id(names)] = names.index(name) if name in names else None
        place = known[id(names)]
        if place is not None:
            yield node, layout.row_offset[node] + place
