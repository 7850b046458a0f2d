"""Figures that a node's regime moves: prices, capacities, demand (for the node's periods only)."""

from __future__ import annotations

from models.tree import Node
from planner.solve.assemble.context import Context, Figures
from planner.solve.assemble.view import View


def regime_figures(context: Context, view: View, node: Node) -> Figures:
    """Prices, capacities and demand in the periods of the node."""
    periods = context.grid.periods(node.epoch)
    return {
        **_buying(context, view, node, periods),
        **_making(context, view, node, periods),
        **_selling(context, view, node, periods),
    }


def _buying(context: Context, view: View, node: Node, periods: tuple[int, ...]) -> Figures:
    years = context.grid.years
    figures: Figures = {n: {} for n in ("price", "capacity", "break_price", "break_from")}
    figures["break_to"] = {}
    for name, offer in context.offers.items():
        row = view.offers[name]
        price_factor = context.shocks.price(node.regime, row)
        shrink = context.shocks.offer_capacity(node.regime, row)
        for t in periods:
            if t not in offer.window:
                continue
            figures["price"][name, t] = view.price(name, t) * price_factor
            capacity = view.capacity(name, t)
            # A shock of 0 leaves nothing, of an offer without a stated capacity either.
            if shrink == 0 or context.losses.site(node, t, offer.site):
                figures["capacity"][name, t] = 0.0
            elif capacity is not None:
                figures["capacity"][name, t] = capacity * shrink * years[t]
    _breaks(context, view, node, periods, figures)
    return figures


def _breaks(
    context: Context, view: View, node: Node, periods: tuple[int, ...], figures: Figures
) -> None:
    """Levels of all-units prices: the offer's own price up to the first break, then each break."""
    for name, offer in context.offers.items():
        if not offer.break_levels:
            continue
        row = view.offers[name]
        factor = context.shocks.price(node.regime, row)
        steps = sorted(
            (float(r["from_t_per_year"]), float(r["price_usd_per_kg"]))
            for r in view["price_breaks"]
            if r["offer"] == name
        )
        levels = [(0.0, float(row["price_usd_per_kg"])), *steps]
        for t in periods:
            if t not in offer.window:
                continue
            for k, (begins, price) in enumerate(levels):
                figures["break_price"][name, k, t] = price * factor
                figures["break_from"][name, k, t] = begins * context.grid.years[t]
                if k + 1 < len(levels):
                    ends = levels[k + 1][0] * context.grid.years[t]
                    figures["break_to"][name, k, t] = ends


def _making(context: Context, view: View, node: Node, periods: tuple[int, ...]) -> Figures:
    figures: Figures = {"run_capacity": {}}
    for name, process in context.network.processes.items():
        own = view.processes[name]["capacity_t_per_year"] or 0.0
        left = context.shocks.process_capacity(node.regime, process.site)
        for t in periods:
            lost = context.losses.site(node, t, process.site)
            capacity = 0.0 if lost else own * context.grid.years[t] * left
            figures["run_capacity"][name, t] = capacity
    return figures


def _selling(context: Context, view: View, node: Node, periods: tuple[int, ...]) -> Figures:
    years = context.grid.years
    figures: Figures = {"demand": {}, "short_limit": {}, "swap_limit": {}, "stress_need": {}}
    for pair, row in context.demands.items():
        factor = context.shocks.demand(node.regime, *pair)
        for t in periods:
            if t in row.window:
                cells = view.demand[pair, t]
                wanted = cells["demand_t_per_year"] * years[t] * factor
                figures["demand"][*pair, t] = wanted
                if cells["min_service_share"]:
                    share = 1 - cells["min_service_share"]
                    figures["short_limit"][*pair, t] = share * wanted
    for cells in view["substitutes"]:
        for t in periods:
            wanted = figures["demand"].get((cells["market"], cells["material"], t))
            if wanted is not None:
                figures["swap_limit"][cells["substitute"], t] = cells["max_share"] * wanted
    if node.test is not None:
        _stress(context, view, node, periods, figures)
    return figures


def _stress(
    context: Context, view: View, node: Node, periods: tuple[int, ...], figures: Figures
) -> None:
    """What must be served in a test's window: share of the counted demand of its end uses."""
    test = context.tests[str(node.test)]
    share = max(r["min_service_share"] for r in view["stress_tests"] if r["test"] == node.test)
    for t in periods:
        if t in test.window:
            wanted = sum(
                figures["demand"][*pair, t]
                for pair, row in context.demands.items()
                if t in row.counted and (not test.end_uses or row.end_use in test.end_uses)
            )
            figures["stress_need"][(t,)] = share * wanted
