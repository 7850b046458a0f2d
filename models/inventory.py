"""Inventory: what is kept, what it costs, and the strategic floor.

Sets        STOCKS (site, material, tracks, t)
Variables   stock[s, m, c, t]   at the end of the period [t]
Figures     opening [t], pipeline [t], stock_max, stock_min, closing [t], holding [kUSD/t/year]

STK-1       sum(stock over tracks) <= stock_max
STK-2       sum(stock over tracks) >= stock_min, from period 2 on (not in stress branches)
STK-3       sum(stock over tracks) >= closing at the horizon (not in stress branches)

Holding is paid on the stock at the end of each period, the last one too: holding * years.
Pipeline goods arrive whatever happens and are paid for.
"""

from __future__ import annotations

from pyomo.environ import ConcreteModel, NonNegativeReals, Set, Var

from models.instance import Instance
from models.place import NOTHING, Place, Term

Model = ConcreteModel


def add_inventory(b: Model, data: Instance, place: Place) -> None:
    """Attach stocks; opening stock and pipeline enter the balance."""
    keys = [
        (*pair, c, t)
        for pair in sorted(data.stocks)
        for c in data.classes[pair]
        for t in place.periods
    ]
    b.STOCKS = Set(dimen=4, initialize=keys)
    b.stock = Var(b.STOCKS, within=NonNegativeReals, doc="[t]")
    goods, charge = place.books.goods, place.books.charge
    for s, m, c, t in keys:
        kept = b.stock[s, m, c, t]
        goods(s, m, c, t, -kept)
        before = place.at(t - 1).stock[s, m, c, t - 1] if t else place.figure("opening", s, m, c)
        if before is not None:
            goods(s, m, c, t, before)
        holding = place.figure("holding", s, m)
        if holding is not None:
            charge("holding", t, holding * place.grid.years[t] * kept)
    for (s, m, c, t), amount in place.values.get("pipeline", {}).items():
        if t in place.periods:
            goods(s, m, c, t, amount)
    _add_limits(b, data, place)


def _add_limits(b: Model, data: Instance, place: Place) -> None:
    pairs = [(*pair, t) for pair in sorted(data.stocks) for t in place.periods]

    def kept(s: str, m: str, t: int) -> Term:
        return sum((b.stock[s, m, c, t] for c in data.classes[s, m]), NOTHING)

    @b.Constraint([k for k in pairs if place.states("stock_max", *k[:2])], doc="STK-1 [t]")
    def stock_ceiling(b: Model, s: str, m: str, t: int) -> Term:
        return kept(s, m, t) - place.figure("stock_max", s, m) <= 0

    if place.test is not None:
        return

    floors = [k for k in pairs if k[2] > 0 and place.states("stock_min", *k[:2])]

    @b.Constraint(floors, doc="STK-2 [t]")
    def stock_floor(b: Model, s: str, m: str, t: int) -> Term:
        return place.figure("stock_min", s, m) - kept(s, m, t) <= 0

    end = len(place.grid.names) - 1
    closing = [k for k in pairs if k[2] == end and place.states("closing", *k[:2])]

    @b.Constraint(closing, doc="STK-3 [t]")
    def stock_closing(b: Model, s: str, m: str, t: int) -> Term:
        return place.figure("closing", s, m) - kept(s, m, t) <= 0
