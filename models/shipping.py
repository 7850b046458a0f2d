"""Shipping: goods move along lanes, paid for at shipment, there after the lead time.

Sets        SHIPS (arc, tracks, t): shipments that some node of the epoch can use
Variables   ship[a, c, t]    shipped [t]
            load[lane, t]    1 = the lane is used in the period [-]
Figures     freight, duty [kUSD/t], arc_bound [t; 0 where a rule or licence closes it],
            lane_capacity, lane_min [t], lane_bound [t], lane_fixed [kUSD], throughput [t]

SHP-1       sum(ship over the lane's arcs and classes) <= lane_capacity
SHP-2       sum(ship over the lane) <= lane_bound * load
SHP-3       sum(ship over the lane) >= lane_min * load
SHP-4       sum(all that leaves a site by lanes) <= throughput + commissioned modules
SHP-5       ship <= arc_bound: a single-column row, which becomes a bound of the column

``lane_bound`` is the smallest of the lane's capacity and what its arcs can carry. What would
arrive after the horizon has no column.
"""

from __future__ import annotations

from collections import defaultdict

from pyomo.environ import Binary, ConcreteModel, NonNegativeReals, Set, Var

from models.instance import Instance
from models.place import Place, Term
from models.refining import site_modules

Model = ConcreteModel


def add_shipping(b: Model, data: Instance, place: Place) -> None:
    """Attach shipments of this node and book arrivals, also of what was shipped before it."""
    keys = [
        (a.name, c, t)
        for a in data.arcs.values()
        for t in place.periods
        if t in a.arrival
        for c in data.arc_classes[a.name]
        if (a.name, c, t) not in data.closed_ships
    ]
    b.SHIPS = Set(dimen=3, initialize=keys)
    b.ship = Var(b.SHIPS, within=NonNegativeReals, doc="[t]")
    _book(b, data, place)
    by_lane: dict[tuple[int, int], list[Term]] = defaultdict(list)
    by_site: dict[tuple[str, int], list[Term]] = defaultdict(list)
    for a, c, t in keys:
        by_lane[data.arcs[a].lane, t].append(b.ship[a, c, t])
        by_site[data.arcs[a].from_site, t].append(b.ship[a, c, t])

    @b.Constraint([key for key in keys if place.states("arc_bound", *key)], doc="SHP-5 [t]")
    def arc_open(b: Model, arc: int, tracks: str, t: int) -> Term:
        return b.ship[arc, tracks, t] <= place.figure("arc_bound", arc, tracks, t)

    limited = [key for key in by_lane if place.states("lane_capacity", *key)]

    @b.Constraint(limited, doc="SHP-1 [t]")
    def lane_capacity(b: Model, lane: int, t: int) -> Term:
        return sum(by_lane[lane, t]) <= place.figure("lane_capacity", lane, t)

    _add_loads(b, data, place, by_lane)
    narrow = [key for key in by_site if place.states("throughput", *key)]

    @b.Constraint(narrow, doc="SHP-4 [t]")
    def throughput(b: Model, site: str, t: int) -> Term:
        own = place.figure("throughput", site, t)
        return sum(by_site[site, t]) <= own + site_modules(data, place, site, t)


def _book(b: Model, data: Instance, place: Place) -> None:
    """Freight and duty at shipment; goods leave now and are there on arrival."""
    for a, c, t in b.SHIPS:
        arc, shipped = data.arcs[a], b.ship[a, c, t]
        place.books.goods(arc.from_site, arc.material, c, t, -shipped)
        place.books.charge("freight", t, place.figure("freight", a) * shipped)
        duty = place.figure("duty", a)
        if duty is not None:
            place.books.charge("duty", t, duty * shipped)
    here = set(place.periods)
    for block in place.blocks:
        for a, c, t in block.SHIPS:
            arc = data.arcs[a]
            if arc.arrival[t] in here:
                shipped = block.ship[a, c, t]
                place.books.goods(arc.to_site, arc.material, c, arc.arrival[t], shipped)


def _add_loads(
    b: Model, data: Instance, place: Place, by_lane: dict[tuple[int, int], list[Term]]
) -> None:
    chosen = [key for key in by_lane if data.lanes[key[0]].has_load_choice]
    b.load = Var(chosen, within=Binary, doc="[-]")

    @b.Constraint(chosen, doc="SHP-2 [t]")
    def lane_used(b: Model, lane: int, t: int) -> Term:
        return sum(by_lane[lane, t]) <= place.figure("lane_bound", lane, t) * b.load[lane, t]

    heavy = [key for key in chosen if place.states("lane_min", *key)]

    @b.Constraint(heavy, doc="SHP-3 [t]")
    def lane_minimum(b: Model, lane: int, t: int) -> Term:
        return sum(by_lane[lane, t]) >= place.figure("lane_min", lane, t) * b.load[lane, t]

    for lane, t in chosen:
        fixed = place.figure("lane_fixed", lane, t)
        if fixed is not None:
            place.books.charge("freight", t, fixed * b.load[lane, t])
