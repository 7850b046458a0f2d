"""Demand: what markets want is delivered, substituted or short.

Sets        DELIVERIES (market, material, tracks, t); WANTS (market, material, t)
Variables   deliver[m, i, c, t]   delivered [t]
            short[m, i, t]        short at the end of the period [t]
            serve[lane, m, i, t]  1 = this lane serves the market [-]
Figures     demand [t], short_limit = (1 - min_service_share) * demand [t], shortage_price,
            sales_price [kUSD/t], deliver_bound [t; 0 where a rule closes it], serve_bound [t]

DEM-1       sum(deliver) + sum(swap) + short = demand + what waited from the period before
DEM-2       short <= short_limit + what waited: the floor is a share of the period's own demand
DEM-3       arrivals by a lane <= serve_bound * serve, sum(serve) <= 1          single source
DEM-4       deliver <= deliver_bound: content rules; a bound of the column

A tonne that waits (backlog) pays shortage in every period; with no demand row to wait for, or at
the horizon, it is lost, having paid. In a stress branch STR-1 stands in place of DEM-2.
"""

from __future__ import annotations

from collections import defaultdict

from pyomo.environ import Binary, ConcreteModel, NonNegativeReals, Set, Var

from models.instance import Demand, Instance
from models.place import Place, Term

Model = ConcreteModel


def add_demand(b: Model, data: Instance, place: Place) -> None:
    """Attach deliveries and shortages; DEM-1 is closed by ``close_demand``."""
    wants = [(*d.pair, t) for d in data.demands.values() for t in place.periods if t in d.window]
    b.WANTS = Set(dimen=3, initialize=wants)
    b.DELIVERIES = Set(
        dimen=4,
        initialize=[
            (m, i, c, t)
            for m, i, t in wants
            for c in data.classes.get((m, i), ())
            if (m, i, c, t) not in data.closed_deliveries
        ],
    )
    b.deliver = Var(b.DELIVERIES, within=NonNegativeReals, doc="[t]")
    b.short = Var(b.WANTS, within=NonNegativeReals, doc="[t]")
    for m, i, c, t in b.DELIVERIES:
        sold = b.deliver[m, i, c, t]
        place.books.goods(m, i, c, t, -sold)
        price = place.figure("sales_price", m, i, t)
        if price is not None:
            place.books.charge("sales", t, -price * sold)
    for key in wants:
        price = place.figure("shortage_price", *key)
        if price is not None:
            place.books.charge("shortage", key[2], price * b.short[key])

    @b.Constraint([k for k in b.DELIVERIES if place.states("deliver_bound", *k)], doc="DEM-4 [t]")
    def deliver_open(b: Model, m: str, i: str, c: str, t: int) -> Term:
        return b.deliver[m, i, c, t] <= place.figure("deliver_bound", m, i, c, t)

    _add_single_source(b, data, place)


def waited(place: Place, row: Demand, t: int) -> Term:
    """What the period before left waiting for this one [t]."""
    if t and t - 1 in row.backlog and t - 1 in row.window:
        return place.at(t - 1).short[(*row.pair, t - 1)]
    return 0


def met(b: Model, data: Instance, row: Demand, t: int) -> Term:
    """Delivered and substituted [t]."""
    m, i = row.pair
    delivered = [
        b.deliver[m, i, c, t]
        for c in data.classes.get(row.pair, ())
        if (m, i, c, t) in b.DELIVERIES
    ]
    swapped = [
        b.swap[u, c, s]
        for u, c, s in b.SWAPS
        if s == t and (data.substitutes[u].market, data.substitutes[u].material) == row.pair
    ]
    return sum(delivered) + sum(swapped)


def close_demand(b: Model, data: Instance, place: Place) -> None:
    """DEM-1 and DEM-2, once substitution has its columns."""

    @b.Constraint(b.WANTS, doc="DEM-1 [t]")
    def demand_met(b: Model, m: str, i: str, t: int) -> Term:
        served = met(b, data, data.demands[m, i], t)
        return served + b.short[m, i, t] - waited(place, data.demands[m, i], t) == place.figure(
            "demand", m, i, t
        )

    floors = [key for key in b.WANTS if place.states("short_limit", *key)]
    if place.test is not None:
        floors = []

    @b.Constraint(floors, doc="DEM-2 [t]")
    def service_floor(b: Model, m: str, i: str, t: int) -> Term:
        late = waited(place, data.demands[m, i], t)
        return b.short[m, i, t] - late <= place.figure("short_limit", m, i, t)


def _add_single_source(b: Model, data: Instance, place: Place) -> None:
    arriving: dict[tuple[int, str, str, int], list[Term]] = defaultdict(list)
    here = set(place.periods)
    for block in place.blocks:
        for a, c, s in block.SHIPS:
            arc = data.arcs[a]
            t = arc.arrival[s]
            row = data.demands.get((arc.to_site, arc.material))
            if row is not None and t in here and t in row.single_source:
                arriving[arc.lane, *row.pair, t].append(block.ship[a, c, s])
    b.serve = Var(list(arriving), within=Binary, doc="[-]")

    @b.Constraint(list(arriving), doc="DEM-3 [t]")
    def serve_by_lane(b: Model, lane: int, m: str, i: str, t: int) -> Term:
        bound = place.figure("serve_bound", lane, m, i, t)
        return sum(arriving[lane, m, i, t]) <= bound * b.serve[lane, m, i, t]

    rows: dict[tuple[str, str, int], list[Term]] = defaultdict(list)
    for lane, m, i, t in arriving:
        rows[m, i, t].append(b.serve[lane, m, i, t])

    @b.Constraint(list(rows), doc="DEM-3 [-]")
    def one_lane(b: Model, m: str, i: str, t: int) -> Term:
        return sum(rows[m, i, t]) <= 1
