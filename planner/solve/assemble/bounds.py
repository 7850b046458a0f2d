"""How much of anything can be of use: every big-M of the formulation comes from here.

A bound is a capacity from the workbook where there is one; else what the case can use of the
material over the horizon, carried back from demand, stock floors, substitutes, minimum loads and
minimum runs through recipes; and of an offer no less than its minimum order, its last price break
and what is committed, which may all be more than is used. That cuts off no plan that a planner
would want: buying still more pays only where prices are negative and disposal is free, and such a
case must state a capacity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from math import inf, isfinite

from models.diversification import members_of
from planner.errors import CaseError
from planner.solve.assemble.context import Context, Figure, Figures

#: Passes through recipes before a growing need counts as unlimited (loops of scrap converge).
PASSES = 60


class Bounds:
    """Bounds that hold in every node.

    ``views`` are the steady figures of every view, ``nodes`` the figures that regimes move.
    """

    def __init__(self, context: Context, views: list[Figures], nodes: list[Figures]) -> None:
        self._context = context
        self._steady = {name: _most(views, name) for name in views[0]}
        for name in ("lane_capacity", "throughput"):
            self._steady[name] = _ceilings(views, name)
        self._least_yield = _least(views, "recipe_yield")
        self._capacity = _capacities(nodes)
        self._demand = _most(nodes, "demand")
        self._modules = _most(nodes, "module_capacity")
        self._run_capacity = _most(nodes, "run_capacity")
        self._run: dict[tuple[str, int], float] = {}
        self._ship: dict[tuple[int, int], float] = {}
        self._break = _most(nodes, "break_from")
        self._committed = {
            row["name"]: float(row["amount"])
            for row in context.facts.case["commitments"]
            if row["what"] == "offer" and row["sense"] != "<="
        }
        self.need = self._needs()

    def run(self, process: str, t: int) -> float:
        """The most a process can run in t with every module in service [t]."""
        key = (process, t)
        if key not in self._run:
            modules = self._steady["max_modules"]
            added = sum(
                modules[(k,)]
                * max(
                    (v for (j, _, when), v in self._modules.items() if (j, when) == (k, t)),
                    default=0,
                )
                for k in self._context.network.processes[process].projects
            )
            self._run[key] = self._run_capacity.get(key, 0.0) + added
        return self._run[key]

    def take(self, offer: str, t: int) -> float:
        """The most worth taking from an offer in t [t]; inf where nothing bounds it."""
        row = self._context.offers[offer]
        useful = max(
            self.need[row.material],
            self._steady["min_order"].get((offer,), 0.0),
            self._break.get((offer, row.break_levels - 1, t), 0.0),
            self._committed.get(offer, 0.0),
        )
        return min(self._capacity.get((offer, t), inf), useful)

    def ship(self, arc: int, t: int) -> float:
        """The most worth shipping on an arc in t [t]; inf where nothing bounds it."""
        if (arc, t) not in self._ship:
            self._ship[arc, t] = self._worth_shipping(arc, t)
        return self._ship[arc, t]

    def _worth_shipping(self, arc: int, t: int) -> float:
        context, way = self._context, self._context.network.arcs[arc]
        bound = self._steady["lane_capacity"].get((way.lane, t), inf)
        if not any(k.site == way.from_site for k in context.projects.values()):
            bound = min(bound, self._steady["throughput"].get((way.from_site, t), inf))
        here = (way.from_site, way.material)
        offers = [o for o in context.offers.values() if o.pair == here and t in o.window]
        takes = [self.take(o.name, t) for o in offers]
        if context.facts.sites[way.from_site]["kind"] == "supplier":
            bound = min(bound, sum(takes))
        return min(bound, max(self.need[way.material], *takes, 0.0))

    def lane(self, lane: int, t: int) -> float:
        """The most worth shipping on a lane in t [t]."""
        arcs = self._context.network.lanes[lane].arcs
        whole = sum(self.ship(a, t) for a in arcs)
        return min(whole, self._steady["lane_capacity"].get((lane, t), inf))

    def serve(self, lane: int, market: str, material: str, t: int) -> float:
        """The most that can arrive on a lane in t [t]."""
        return sum(
            self.ship(a.name, s)
            for a in self._context.network.arcs.values()
            if a.lane == lane and (a.to_site, a.material) == (market, material)
            for s, arrives in a.arrival.items()
            if arrives == t
        )

    def deliver(self, market: str, material: str, t: int) -> float:
        """The most that can be delivered, or used as a substitute, in t [t]."""
        return self._demand_until(market, material, t) + sum(
            self._steady["swap_use"][(u.name,)] * self._demand_until(market, u.material, t)
            for u in self._context.substitutes.values()
            if (u.market, u.by_material) == (market, material)
        )

    def cap(self, name: str, t: int) -> dict[str, float]:
        """Member of a cap -> the most it can supply in t; "" -> all [t of the cap's measure]."""
        context = self._context
        cap = context.caps[name]
        most: dict[str, float] = defaultdict(float)

        def add(kind: str, key: object, material: str, tracks: str, amount: float) -> None:
            if material in cap.weight:
                origin = context.origins[kind, key]
                named = members_of(cap, origin, tracks)
                for member in ("", *named):
                    most[member] += cap.weight[material] * amount

        for o in context.offers.values():
            if t in o.window:
                add("offer", o.name, o.material, o.tracks, self.take(o.name, t))
        for p in context.network.processes.values():
            for r in p.classes:
                for m in p.outputs:
                    made = self.run(p.name, t) * self._steady["recipe_yield"][p.name, m]
                    add("process", p.name, m, p.out_class[r, m], made)
        for r, scheme in context.returns.items():
            add("return", r, scheme.scrap, scheme.tracks, self.collect(r, t))
        return most

    def collect(self, scheme: int, t: int) -> float:
        """The most that can come back to a scheme in t [t]."""
        row = self._context.returns[scheme]
        back = sum(
            share * self.deliver(row.market, row.product, s)
            for (r, s, when), share in self._steady["back"].items()
            if (r, when) == (scheme, t)
        )
        return back + self._steady["back_past"][scheme, t]

    def _demand_until(self, market: str, material: str, t: int) -> float:
        """Demand of a period and of what may wait for it [t]."""
        row = self._context.demands.get((market, material))
        if row is None:
            return 0.0
        first = t
        while first and first - 1 in row.backlog:
            first -= 1
        return sum(self._demand.get((market, material, s), 0.0) for s in range(first, t + 1))

    def _needs(self) -> dict[str, float]:
        """material -> t that the case can use over the horizon."""
        direct = self._direct_needs()
        processes = self._context.network.processes.values()
        years = range(len(self._context.grid.names))
        most_run = {p.name: sum(self.run(p.name, t) for t in years) for p in processes}
        min_run = self._steady["min_run"]
        need = dict(direct)
        grown = need
        for _ in range(PASSES):
            grown = dict(direct)
            for p in processes:
                wanted = sum(need[m] / self._least_yield[p.name, m] for m in p.outputs)
                forced = min_run.get((p.name,), 0.0) * most_run[p.name]
                run = min(most_run[p.name], max(wanted, forced))
                for m in p.inputs:
                    grown[m] += run * self._steady["consumption"][p.name, m]
                for m in p.mix:
                    grown[m] += run
            if all(abs(grown[m] - need[m]) <= 1e-9 * max(1.0, need[m]) for m in need):
                return grown
            need = grown
        return {m: inf if grown[m] > need[m] * (1 + 1e-9) else need[m] for m in need}

    def _direct_needs(self) -> dict[str, float]:
        need = dict.fromkeys(self._context.facts.materials, 0.0)
        for (_, material, _), wanted in self._demand.items():
            need[str(material)] += wanted
        for u in self._context.substitutes.values():
            use = self._steady["swap_use"][(u.name,)]
            need[u.by_material] += use * sum(
                wanted
                for (market, material, _), wanted in self._demand.items()
                if (market, material) == (u.market, u.material)
            )
        for name in ("stock_min", "closing"):
            for (_, material), floor in self._steady[name].items():
                need[str(material)] += floor
        for (lane, _), least in self._steady["lane_min"].items():
            for arc in self._context.network.lanes[int(str(lane))].arcs:
                need[self._context.network.arcs[arc].material] += least
        return need


def _ceilings(views: list[Figures], name: str) -> Figure:
    """As ``_most``; what some view leaves unlimited is left out."""
    most = _most(views, name)
    return {key: top for key, top in most.items() if all(key in view[name] for view in views)}


def _capacities(nodes: list[Figures]) -> Figure:
    """(offer, t) -> its largest capacity; left out where some node of t leaves it unlimited."""
    unlimited = {key for own in nodes for key in own["price"] if key not in own["capacity"]}
    most = _most(nodes, "capacity")
    return {key: top for key, top in most.items() if key not in unlimited}


def _least(views: list[Figures], name: str) -> Figure:
    """Key -> the smallest value over all views."""
    least: Figure = {}
    for figures in views:
        for key, value in figures[name].items():
            least[key] = min(least.get(key, inf), value)
    return least


def _most(nodes: list[Figures], name: str) -> Figure:
    """Key -> the largest value over all nodes."""
    most: Figure = {}
    for figures in nodes:
        for key, value in figures.get(name, {}).items():
            most[key] = max(most.get(key, -inf), value)
    return most


def bound_figures(
    context: Context, bounds: Bounds, figures: Mapping[str, Figure], periods: tuple[int, ...]
) -> Figures:
    """The big-M figures of a node's periods; CaseError where one is needed and nothing bounds it."""
    found: Figures = {n: {} for n in ("take_bound", "lane_bound", "run_bound", "serve_bound")}
    found |= {"cap_bound": {}, "break_to": dict(figures["break_to"])}
    for name, offer in context.offers.items():
        chosen = offer.needs_qualification or offer.has_min_order or offer.break_levels
        for t in periods if chosen else ():
            if t in offer.window:
                own = figures["capacity"].get((name, t), inf)
                most = min(own, bounds.take(name, t))
                found["take_bound"][name, t] = finite(most, "offers", offer.name)
                if offer.break_levels:
                    found["break_to"][name, offer.break_levels - 1, t] = most
    for lane in context.network.lanes.values():
        if lane.has_load_choice:
            for t in periods:
                found["lane_bound"][lane.name, t] = finite(
                    bounds.lane(lane.name, t), "lanes", lane.from_site
                )
    for p in context.network.processes.values():
        if p.has_min_run:
            for t in periods:
                found["run_bound"][p.name, t] = bounds.run(p.name, t)
    _serve(context, bounds, periods, found["serve_bound"])
    for cap in context.caps.values():
        if cap.min_sources or cap.max_sources is not None:
            for t in cap.window & set(periods):
                for member, most in bounds.cap(cap.name, t).items():
                    found["cap_bound"][cap.name, member, t] = finite(most, "caps", cap.name)
    return found


def _serve(context: Context, bounds: Bounds, periods: tuple[int, ...], found: Figure) -> None:
    for arc in context.network.arcs.values():
        row = context.demands.get((arc.to_site, arc.material))
        if row is None:
            continue
        for t in row.single_source & set(periods):
            key = (arc.lane, arc.to_site, arc.material, t)
            found[key] = finite(bounds.serve(*key), "lanes", arc.from_site)


def finite(value: float, sheet: str, name: str) -> float:
    """The value, or a CaseError that asks for a capacity."""
    if isfinite(value):
        return value
    raise CaseError(
        f"{sheet}: nothing limits {name!r}, neither a capacity nor what the case can use; expected "
        f"a limit, since a yes-or-no decision hangs on it. Give it a capacity_t_per_year."
    )
