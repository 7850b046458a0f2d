"""Figures that rules and licence outcomes move: what is closed, and what needs an application.

``closed`` keeps the reason of everything that no plan could use in a node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from models.instance import Offer, Tracks
from models.tree import Node
from planner.solve.assemble.bounds import Bounds, finite
from planner.solve.assemble.context import Context, Figures
from planner.solve.assemble.rules import Ruling
from planner.solve.assemble.view import View

Flow = tuple[Any, ...]


@dataclass
class Permits:
    """The figures of one node, and why what is closed is closed."""

    figures: Figures
    closed: dict[tuple[int, Tracks, int], str] = field(
        default_factory=dict[tuple[int, Tracks, int], str]
    )


class LicenceFigures:
    """Makes permits node by node. ``regimes[epoch]`` are those of the epoch's nodes."""

    def __init__(self, context: Context, bounds: Bounds, regimes: dict[int, set[str]]) -> None:
        self._context = context
        self._bounds = bounds
        self._regimes = regimes
        self._needed_by: dict[tuple[tuple[str, ...], int, int], list[str]] = {}

    @cached_property
    def _ship_hits(self) -> dict[tuple[int, Tracks], tuple[str, ...]]:
        network, rules = self._context.network, self._context.rules
        return {
            (a, c): rules.shipment(arc.from_site, arc.to_site, arc.material, c)
            for a, arc in network.arcs.items()
            for c in network.arc_classes[a]
        }

    @cached_property
    def _deliver_hits(self) -> dict[tuple[str, str, Tracks], tuple[str, ...]]:
        context = self._context
        pairs = set(context.demands)
        pairs |= {(u.market, u.by_material) for u in context.substitutes.values()}
        found = {
            (*pair, c): context.rules.delivery(*pair, c)
            for pair in sorted(pairs)
            for c in sorted(context.network.classes.get(pair, ()))
        }
        return {key: hits for key, hits in found.items() if hits}

    @cached_property
    def _exits(self) -> dict[str, list[tuple[str, frozenset[int], tuple[str, ...]]]]:
        """Offer that owes -> lanes by which its goods can leave: to_site, periods open, rules."""
        leaving, rules = self._context.network.leaving, self._context.rules
        return {
            o.name: [
                (to_site, window, rules.shipment(o.site, to_site, o.material, o.tracks))
                for to_site, window in leaving[o.pair]
            ]
            for o in self._context.offers.values()
            if o.has_min_take
        }

    def permits(self, view: View, node: Node) -> Permits:
        """Everything that rules and outcomes say in a node's periods."""
        names = ("arc_bound", "deliver_bound", "under", "min_take", "owed_cap", "owed_relief")
        made = Permits({name: {} for name in names})
        for kind in ("ship", "deliver", "run", "enter"):
            made.figures |= {f"{kind}_free": {}, f"{kind}_permitted": {}}
        self._ships(made, node)
        self._deliveries(made, node)
        self._technology(made, node)
        self._owed(made, view, node)
        return made

    def _periods(self, node: Node) -> tuple[int, ...]:
        return self._context.grid.periods(node.epoch)

    def _usable(self, licence: str, node: Node, t: int) -> bool:
        lost = self._context.losses.licence(node, t, licence)
        return not lost and self._context.licensing.usable(licence, node, t)

    def _in_hand(self, licence: str, node: Node, t: int) -> bool:
        lost = self._context.losses.licence(node, t, licence)
        return not lost and self._context.licensing.in_hand(licence, t)

    def _barrier(self, ruling: Ruling, node: Node, t: int) -> str | None:
        """Why nothing could pass here even if every licence were applied for, or None."""
        if ruling.denied_by is not None:
            return f"rule {ruling.denied_by}: denied"
        for licence in ruling.licences:
            if not self._in_hand(licence, node, t) and not self._usable(licence, node, t):
                if node.epoch == 1:
                    return f"licence {licence}: not in hand"
                return f"licence {licence}: {node.outcomes.get(licence, 'not in force')}"
        return None

    def _needed(self, hits: tuple[str, ...], node: Node, t: int) -> list[str]:
        """Decided licences that some node of the epoch needs for this: they shape its rows."""
        key = (hits, node.epoch, t)
        if key not in self._needed_by:
            rules, licences = self._context.rules, self._context.licences
            self._needed_by[key] = sorted(
                {
                    licence
                    for regime in self._regimes[node.epoch]
                    for licence in rules.ruling(hits, t, regime).licences
                    if licences[licence].decided
                }
            )
        return self._needed_by[key]

    def _gate(
        self,
        made: Permits,
        kind: str,
        hits: tuple[str, ...],
        key: Flow,
        node: Node,
        bound: Callable[[], float],
    ) -> None:
        """Write ``kind``_free and _permitted of a flow for each licence that is a decision."""
        t = int(str(key[-1]))
        ruling = self._context.rules.ruling(hits, t, node.regime)
        for licence in self._needed(hits, node, t):
            most = finite(bound(), "licences", licence)
            needed = licence in ruling.licences
            free = not needed or self._in_hand(licence, node, t)
            usable = not free and self._usable(licence, node, t)
            made.figures[f"{kind}_free"][licence, *key] = most if free else 0.0
            made.figures[f"{kind}_permitted"][licence, *key] = most if usable else 0.0

    def _closable(self, hits: tuple[str, ...], node: Node, t: int) -> bool:
        """Whether rules or undecided licences close this in some node of the epoch."""
        for regime in self._regimes[node.epoch]:
            ruling = self._context.rules.ruling(hits, t, regime)
            if not ruling.is_free:
                return True
        return False

    def _runs_closable(self, process: str, hits: tuple[str, ...], node: Node, t: int) -> bool:
        row = self._context.network.processes[process]
        return t in row.window and bool(row.classes) and self._closable(hits, node, t)

    def _ships(self, made: Permits, node: Node) -> None:
        context = self._context
        for (a, c), hits in self._ship_hits.items():
            arc = context.network.arcs[a]
            for t in self._periods(node):
                if t not in arc.arrival:
                    continue
                key = (a, c, t)
                lost = context.losses.lane(node, t, arc.from_site, arc.to_site)
                if lost:
                    made.figures["arc_bound"][key] = 0.0
                    made.closed[key] = f"lost in the stress test {node.test}"
                if not hits or not self._closable(hits, node, t):
                    continue
                ruling = context.rules.ruling(hits, t, node.regime)
                reason = self._barrier(ruling, node, t)
                if reason is not None:
                    made.closed[key] = reason
                shut = lost or reason is not None
                made.figures["arc_bound"][key] = 0.0 if shut else self._bounds.ship(a, t)
                self._gate(made, "ship", hits, key, node, lambda a=a, t=t: self._bounds.ship(a, t))
                self._count(made, key, hits, ruling, node)

    def _count(
        self, made: Permits, key: Flow, hits: tuple[str, ...], ruling: Ruling, node: Node
    ) -> None:
        """Shipments under a licence count against its yearly tonnage."""
        rules, t = self._context.rules, int(str(key[-1]))
        ever = {
            licence
            for regime in self._regimes[node.epoch]
            for licence in rules.ruling(hits, t, regime).licences
            if self._context.licences[licence].has_quota
        }
        for licence in sorted(ever):
            made.figures["under"][licence, *key] = float(licence in ruling.licences)

    def _deliveries(self, made: Permits, node: Node) -> None:
        for (market, material, c), hits in self._deliver_hits.items():
            for t in self._periods(node):
                if not self._closable(hits, node, t):
                    continue
                key = (market, material, c, t)
                ruling = self._context.rules.ruling(hits, t, node.regime)
                shut = self._barrier(ruling, node, t) is not None
                most = self._bounds.deliver(market, material, t)
                made.figures["deliver_bound"][key] = 0.0 if shut else most
                self._gate(made, "deliver", hits, key, node, lambda most=most: most)

    def _technology(self, made: Permits, node: Node) -> None:
        """Commissioning that waits for its licence; lines that stop without maintenance."""
        context = self._context
        for name, hits in context.maintenance_rules.items():
            self._permit(made, "run", hits, name, node, lambda t, p=name: self._bounds.run(p, t))
        for name, hits in context.technology_rules.items():
            most = context.projects[name].max_modules
            self._permit(made, "enter", hits, name, node, lambda _, most=most: most)

    def _permit(
        self,
        made: Permits,
        kind: str,
        hits: tuple[str, ...],
        name: str,
        node: Node,
        bound: Callable[[int], float],
    ) -> None:
        """As a gate, with what is closed under the licence name "" (no application helps)."""
        for t in self._periods(node):
            if kind == "run" and not self._runs_closable(name, hits, node, t):
                continue
            ruling = self._context.rules.ruling(hits, t, node.regime)
            shut = self._barrier(ruling, node, t) is not None
            made.figures[f"{kind}_free"]["", name, t] = 0.0 if shut else bound(t)
            made.figures[f"{kind}_permitted"]["", name, t] = 0.0
            self._gate(made, kind, hits, (name, t), node, lambda t=t: bound(t))

    def _owed(self, made: Permits, view: View, node: Node) -> None:
        """Take-or-pay: the share owed, and how far a shock may lower it."""
        context, years = self._context, self._context.grid.years
        figures = made.figures
        for name, offer in context.offers.items():
            if not offer.has_min_take:
                continue
            row = view.offers[name]
            shrink = context.shocks.offer_capacity(node.regime, row)
            shocked = any(
                context.shocks.offer_capacity(r, row) < 1 for r in self._regimes[node.epoch]
            )
            for t in (t for t in self._periods(node) if t in offer.window):
                gone = shrink == 0 or context.losses.site(node, t, offer.site)
                relieved = gone or self._relieved(offer, node, t)
                owed = 0.0 if relieved else row["min_take_share"]
                figures["min_take"][name, t] = owed
                capacity = view.capacity(name, t)
                if capacity is not None and shocked:
                    full = owed * capacity * years[t]
                    figures["owed_cap"][name, t] = full * shrink
                    figures["owed_relief"][name, t] = max(0.0, full - full * shrink)

    def _relieved(self, offer: Offer, node: Node, t: int) -> bool:
        """Every lane open in the period is closed by rule, or lacks a licence that could be had.

        All lanes of the workbook count, also those that a plan has no use for; so nothing is owed
        where none is open.
        """
        ruling, lost = self._context.rules.ruling, self._context.losses.lane
        return all(
            self._barrier(ruling(hits, t, node.regime), node, t) is not None
            for to_site, window, hits in self._exits[offer.name]
            if t in window and not lost(node, t, offer.site, to_site)
        )
