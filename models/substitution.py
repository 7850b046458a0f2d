"""Substitution: another material does the job, after a switch.

Sets        SWITCHES (substitute); SWAPS (substitute, tracks, t)
Variables   switch[u]       1 = the switch is begun on entering this node [-]
            swap[u, c, t]   demand replaced by by_material of class c [t of demand]
Figures     swap_limit = max_share * demand [t], swap_use [t of by_material per t of demand],
            switch_cost [kUSD], performance_cost [kUSD/t], sales_price [kUSD/t]

SUB-1       sum(swap over tracks) <= swap_limit * sum(switch begun early enough)
SUB-2       a switch is begun at most once on a path
"""

from __future__ import annotations

from pyomo.environ import Binary, ConcreteModel, NonNegativeReals, Set, Var

from models.instance import Instance
from models.place import Place, Term

Model = ConcreteModel


def add_substitution(b: Model, data: Instance, place: Place) -> None:
    """Attach switches and what they replace."""
    begun = [
        u.name for u in data.substitutes.values() if place.epoch in u.ready and place.test is None
    ]
    b.SWITCHES = Set(initialize=begun)
    b.switch = Var(b.SWITCHES, within=Binary, doc="[-]")
    for name in begun:
        cost = place.figure("switch_cost", name)
        place.books.charge("substitution", place.first, cost * b.switch[name])
    b.SWAPS = Set(dimen=3, initialize=_possible(data, place))
    b.swap = Var(b.SWAPS, within=NonNegativeReals, doc="[t]")
    _book(b, data, place)

    @b.Constraint(sorted({(u, t) for u, _, t in b.SWAPS}), doc="SUB-1 [t]")
    def swap_once_switched(b: Model, name: str, t: int) -> Term:
        swaps = sum(b.swap[u, c, s] for u, c, s in b.SWAPS if (u, s) == (name, t))
        return swaps <= place.figure("swap_limit", name, t) * _switched(data, place, name, t)

    blocks = place.blocks if place.is_last else ()
    repeated = [u for u in data.substitutes if sum(u in block.SWITCHES for block in blocks) > 1]

    @b.Constraint(repeated, doc="SUB-2 [-]")
    def switch_once(b: Model, name: str) -> Term:
        return sum(block.switch[name] for block in blocks if name in block.SWITCHES) <= 1


def _possible(data: Instance, place: Place) -> list[tuple[str, str, int]]:
    keys = []
    for u in data.substitutes.values():
        row = data.demands.get((u.market, u.material))
        for t in place.periods:
            if row is None or t not in row.window:
                continue
            if not any(e <= place.epoch and ready <= t for e, ready in u.ready.items()):
                continue
            keys += [
                (u.name, c, t)
                for c in data.classes.get((u.market, u.by_material), ())
                if (u.market, u.by_material, c, t) not in data.closed_deliveries
            ]
    return keys


def _switched(data: Instance, place: Place, name: str, t: int) -> Term:
    return sum(
        place.of(epoch).switch[name]
        for epoch, ready in data.substitutes[name].ready.items()
        if epoch <= place.epoch and ready <= t and name in place.of(epoch).SWITCHES
    )


def _book(b: Model, data: Instance, place: Place) -> None:
    for name, c, t in b.SWAPS:
        u, swapped = data.substitutes[name], b.swap[name, c, t]
        place.books.goods(u.market, u.by_material, c, t, -place.figure("swap_use", name) * swapped)
        place.books.charge("substitution", t, place.figure("performance_cost", name) * swapped)
        price = place.figure("sales_price", u.market, u.material, t)
        if price is not None:
            place.books.charge("sales", t, -price * swapped)

    bounded = [
        (u, c, t) for u, c, t in b.SWAPS if place.states("deliver_bound", *_goods(data, u), c, t)
    ]

    @b.Constraint(bounded, doc="DEM-4 [t]")
    def swap_open(b: Model, name: str, c: str, t: int) -> Term:
        most = place.figure("deliver_bound", *_goods(data, name), c, t)
        return place.figure("swap_use", name) * b.swap[name, c, t] <= most


def _goods(data: Instance, name: str) -> tuple[str, str]:
    return data.substitutes[name].market, data.substitutes[name].by_material
