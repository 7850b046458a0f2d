"""Sourcing: what is contracted, qualified and taken from offers.

Sets        TAKES (offer, t) in the offer's window; CONTRACTS (offer, f) decided in this node for
            epoch f; QUALIFIES (site, material)
Variables   take[o, t]        taken [t]
            contract[o, f]    decided here, in force from epoch f for contract_epochs [t/year]
            qualify[s, m]     1 = begun on entering this node [-]
            unused[o, t]      owed under take-or-pay and not taken [t]
            shrunk[o, t]      1 = what is owed follows the shocked capacity, not the contract [-]
            order[o, t], level[o, k, t], bought[o, k, t]   order placed; price level and its t
Figures     price [kUSD/t], capacity [t in the period, shocked], contract_capacity [t/year],
            take_bound [t], min_take [share; 0 where nothing is owed], owed_cap [t], min_order [t],
            break_from [t], break_price [kUSD/t], qualification_cost [kUSD]

SRC-1       take[o,t] <= years[t] * (contracts in force)                         contract offers
SRC-2       take[o,t] <= capacity[o,t]; where it must be qualified
            take[o,t] <= take_bound[o,t] * sum(qualify begun early enough)
SRC-3       unused >= min(min_take * years * in force, owed_cap) - take: the smaller of the two is
            owed. Where a shock can push the second below the first, ``shrunk`` chooses it:
            unused >= min_take * years * in force - take - (min_take * years * contract_capacity
                      - owed_cap) * shrunk
            unused >= owed_cap - take - owed_cap * (1 - shrunk)
SRC-4       min_order * order <= take <= take_bound * order
SRC-5       take = sum(bought), break_from[k] level[k] <= bought[k] <= break_to[k] level[k],
            sum(level) <= 1: the price of the level holds for all units
SRC-6       qualify begun at most once on a path
SRC-7       contracts in force in an epoch <= contract_capacity (unshocked)

``take_bound`` is the smaller of the capacity and what the case can use (or what an order, a price
break or a commitment asks for, where that is more); per period, so that the relaxation of SRC-2 is
tight.
Source: all-units discounts as a choice of one level, e.g. Nemhauser and Wolsey (1988), I.1.
"""

from __future__ import annotations

from pyomo.environ import Binary, ConcreteModel, NonNegativeReals, Set, Var

from models.instance import Instance, Offer
from models.place import Place, Source, Term

Model = ConcreteModel


def add_sourcing(b: Model, data: Instance, place: Place) -> None:
    """Attach takes, contracts and qualifications of this node."""
    keys = [(o.name, t) for o in data.offers.values() for t in place.periods if t in o.window]
    b.TAKES = Set(dimen=2, initialize=keys)
    b.take = Var(b.TAKES, within=NonNegativeReals, doc="[t]")
    _add_contracts(b, data, place)
    _add_qualifications(b, data, place)
    _add_capacity(b, data, place)
    _add_take_or_pay(b, data, place)
    _add_orders(b, data, place)
    _add_price_breaks(b, data, place)
    for name, t in keys:
        offer = data.offers[name]
        place.books.goods(offer.site, offer.material, offer.tracks, t, b.take[name, t])
        origin = data.origins["offer", name]
        source = Source(origin, offer.material, offer.tracks, t, b.take[name, t])
        place.books.sources.append(source)
        if not offer.break_levels:
            place.books.charge("purchase", t, place.figure("price", name, t) * b.take[name, t])


def in_force(place: Place, offer: Offer, epoch: int) -> Term:
    """Contracts of ``offer`` in force in ``epoch`` [t/year], decided on this path."""
    starts = range(max(1, epoch - offer.contract_epochs + 1), epoch + 1)
    terms = []
    for start in starts:
        block = place.of(max(1, start - 1))
        if (offer.name, start) in block.CONTRACTS:
            terms.append(block.contract[offer.name, start])
    return sum(terms)


def qualified(data: Instance, place: Place, pair: tuple[str, str], period: int) -> Term:
    """1 where the pair may be used in ``period`` [-], as a sum over this path's decisions."""
    deed = data.qualifications[pair]
    if deed.free_from is not None and period >= deed.free_from:
        return 1
    return sum(
        place.of(epoch).qualify[pair]
        for epoch, ready in deed.ready.items()
        if epoch <= place.epoch and ready <= period and pair in place.of(epoch).QUALIFIES
    )


def _add_contracts(b: Model, data: Instance, place: Place) -> None:
    def useful(offer: Offer, start: int) -> bool:
        held = range(start, start + offer.contract_epochs)
        return any(place.grid.epoch[t] in held for t in offer.window)

    keys = [
        (o.name, f)
        for o in data.offers.values()
        if o.contract_epochs
        for f in place.decides_epochs
        if useful(o, f)
    ]
    b.CONTRACTS = Set(dimen=2, initialize=keys)
    b.contract = Var(b.CONTRACTS, within=NonNegativeReals, doc="[t/year]")
    limited = [key for key in keys if place.states("contract_capacity", *key)]

    @b.Constraint(limited, doc="SRC-7 [t/year]")
    def contract_capacity(b: Model, name: str, epoch: int) -> Term:
        held = in_force(place, data.offers[name], epoch)
        return held <= place.figure("contract_capacity", name, epoch)

    bought = [(o, t) for o, t in b.TAKES if data.offers[o].contract_epochs]

    @b.Constraint(bought, doc="SRC-1 [t]")
    def take_within_contract(b: Model, name: str, t: int) -> Term:
        held = in_force(place, data.offers[name], place.epoch)
        return b.take[name, t] - place.grid.years[t] * held <= 0


def _add_qualifications(b: Model, data: Instance, place: Place) -> None:
    keys = [
        pair
        for pair, deed in data.qualifications.items()
        if place.epoch in deed.ready and place.test is None
    ]
    b.QUALIFIES = Set(dimen=2, initialize=keys)
    b.qualify = Var(b.QUALIFIES, within=Binary, doc="[-]")
    for pair in keys:
        cost = place.figure("qualification_cost", *pair)
        place.books.charge("qualification", place.first, cost * b.qualify[pair])
    if not place.is_last:
        return
    repeated = [
        pair
        for pair in data.qualifications
        if sum(pair in block.QUALIFIES for block in place.blocks) > 1
    ]

    @b.Constraint(repeated, doc="SRC-6 [-]")
    def qualify_once(b: Model, site: str, material: str) -> Term:
        pair = (site, material)
        return sum(block.qualify[pair] for block in place.blocks if pair in block.QUALIFIES) <= 1


def _add_capacity(b: Model, data: Instance, place: Place) -> None:
    limited = [key for key in b.TAKES if place.states("capacity", *key)]

    @b.Constraint(limited, doc="SRC-2 [t]")
    def take_within_capacity(b: Model, name: str, t: int) -> Term:
        return b.take[name, t] <= place.figure("capacity", name, t)

    gated = [(o, t) for o, t in b.TAKES if data.offers[o].needs_qualification]

    @b.Constraint(gated, doc="SRC-2 [t]")
    def take_once_qualified(b: Model, name: str, t: int) -> Term:
        bound = place.figure("take_bound", name, t)
        return b.take[name, t] <= bound * qualified(data, place, data.offers[name].pair, t)


def _add_take_or_pay(b: Model, data: Instance, place: Place) -> None:
    keys = [(o, t) for o, t in b.TAKES if data.offers[o].has_min_take]
    choices = [key for key in keys if place.states("owed_cap", *key)]
    b.unused = Var(keys, within=NonNegativeReals, doc="[t]")
    b.shrunk = Var(choices, within=Binary, doc="[-]")

    def promised(name: str, t: int) -> Term:
        held = in_force(place, data.offers[name], place.epoch)
        return place.figure("min_take", name, t) * (place.grid.years[t] * held)

    @b.Constraint(keys, doc="SRC-3 [t]")
    def take_or_pay(b: Model, name: str, t: int) -> Term:
        relief = place.figure("owed_relief", name, t)
        slack = relief * b.shrunk[name, t] if (name, t) in b.shrunk else 0
        return promised(name, t) - b.take[name, t] - b.unused[name, t] - slack <= 0

    @b.Constraint(choices, doc="SRC-3 [t]")
    def take_or_pay_shrunk(b: Model, name: str, t: int) -> Term:
        owed = place.figure("owed_cap", name, t)
        return owed * b.shrunk[name, t] - b.take[name, t] - b.unused[name, t] <= 0

    for name, t in keys:
        price = place.figure("price", name, t)
        place.books.charge("take_or_pay", t, price * b.unused[name, t])


def _add_orders(b: Model, data: Instance, place: Place) -> None:
    keys = [(o, t) for o, t in b.TAKES if data.offers[o].has_min_order]
    b.order = Var(keys, within=Binary, doc="[-]")

    @b.Constraint(keys, doc="SRC-4 [t]")
    def order_minimum(b: Model, name: str, t: int) -> Term:
        return place.figure("min_order", name) * b.order[name, t] <= b.take[name, t]

    @b.Constraint(keys, doc="SRC-4 [t]")
    def order_placed(b: Model, name: str, t: int) -> Term:
        return b.take[name, t] <= place.figure("take_bound", name, t) * b.order[name, t]


def _add_price_breaks(b: Model, data: Instance, place: Place) -> None:
    stepped = [(o, t) for o, t in b.TAKES if data.offers[o].break_levels]
    keys = [(o, k, t) for o, t in stepped for k in range(data.offers[o].break_levels)]
    b.bought = Var(keys, within=NonNegativeReals, doc="[t]")
    b.level = Var(keys, within=Binary, doc="[-]")

    def levels(name: str) -> range:
        return range(data.offers[name].break_levels)

    @b.Constraint(stepped, doc="SRC-5 [t]")
    def bought_in_levels(b: Model, name: str, t: int) -> Term:
        return b.take[name, t] == sum(b.bought[name, k, t] for k in levels(name))

    @b.Constraint(stepped, doc="SRC-5 [-]")
    def one_level(b: Model, name: str, t: int) -> Term:
        return sum(b.level[name, k, t] for k in levels(name)) <= 1

    @b.Constraint(keys, doc="SRC-5 [t]")
    def level_from(b: Model, name: str, k: int, t: int) -> Term:
        lowest = place.figure("break_from", name, k, t)
        return lowest * b.level[name, k, t] <= b.bought[name, k, t]

    @b.Constraint(keys, doc="SRC-5 [t]")
    def level_to(b: Model, name: str, k: int, t: int) -> Term:
        highest = place.figure("break_to", name, k, t)
        return b.bought[name, k, t] <= highest * b.level[name, k, t]

    for name, k, t in keys:
        price = place.figure("break_price", name, k, t)
        place.books.charge("purchase", t, price * b.bought[name, k, t])
