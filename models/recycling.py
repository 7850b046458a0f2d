"""Recycling: what was sold comes back as scrap, part of it collected.

Variables   collect[r, t]   collected by a return scheme [t]
Figures     back[r, s, t] = collection_share * scrap_t_per_t * probability that a tonne sold in s
            comes back in t [t/t]; back_past[r, t] from past sales [t]; collection_cost [kUSD/t]

REC-1       collect[r, t] <= sum(back[r, s, t] * sold in s) + back_past[r, t]

Sold: delivered, as itself or as a substitute. Collected scrap is on no track.
"""

from __future__ import annotations

from pyomo.environ import ConcreteModel, NonNegativeReals, Set, Var

from models.instance import Instance, Return
from models.place import Place, Source, Term

Model = ConcreteModel


def add_recycling(b: Model, data: Instance, place: Place) -> None:
    """Attach collection; swarf is a recipe of its process and needs nothing here."""
    keys = [(r, t) for r in data.returns for t in place.periods]
    b.COLLECTS = Set(dimen=2, initialize=keys)
    b.collect = Var(b.COLLECTS, within=NonNegativeReals, doc="[t]")
    for r, t in keys:
        scheme, amount = data.returns[r], b.collect[r, t]
        place.books.goods(scheme.to_site, scheme.scrap, scheme.tracks, t, amount)
        place.books.charge("collection", t, place.figure("collection_cost", r) * amount)
        origin = data.origins["return", r]
        place.books.sources.append(Source(origin, scheme.scrap, scheme.tracks, t, amount))

    @b.Constraint(b.COLLECTS, doc="REC-1 [t]")
    def collect_what_returns(b: Model, r: int, t: int) -> Term:
        back = sum(
            place.figure("back", r, s, t) * sold(data, place, data.returns[r], s)
            for s in range(t + 1)
            if place.states("back", r, s, t)
        )
        return b.collect[r, t] - back <= place.figure("back_past", r, t)


def sold(data: Instance, place: Place, scheme: Return, s: int) -> Term:
    """Of the scheme's product in its market in period s [t]."""
    block = place.at(s)
    delivered = sum(
        block.deliver[m, i, c, t]
        for m, i, c, t in block.DELIVERIES
        if t == s and (m, i) == (scheme.market, scheme.product)
    )
    swapped = sum(
        place.figure("swap_use", u) * block.swap[u, c, t]
        for u, c, t in block.SWAPS
        if t == s
        and (data.substitutes[u].market, data.substitutes[u].by_material)
        == (scheme.market, scheme.product)
    )
    return delivered + swapped
