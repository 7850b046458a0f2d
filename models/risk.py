"""Risk: expected cost, CVaR, and limits on both and on shortage.

Variables   cost_to[n]       discounted cost of the path up to and with this node [kUSD]
            eta              value at risk; in the root's block [kUSD]
            excess[leaf]     cost of the path beyond eta [kUSD]
            eta_short[i], excess_short[i]   the same for the shortage share of limit i [-]
Figures     limit; short_weight[i, m, j] = 1 / demand of the path in the limit's rows [1/t]

RSK-1       cost_to = cost_to of the parent + node cost
RSK-2       excess >= cost_to - eta, excess >= 0                                   in each leaf
RSK-3       E = sum(pi * node cost);  CVaR = eta + sum(pi * excess) / (1 - alpha)
            objective = (1 - lambda) * E + lambda * CVaR
RSK-4       sum over leaves of pi * shortage share <= limit             expected_shortage_share
RSK-5       eta_short + sum(pi * excess_short) / (1 - alpha) <= limit      cvar_shortage_share
            excess_short >= shortage share - eta_short
RSK-6       eta + sum(pi * excess) / (1 - alpha) <= limit                      cvar_cost_kusd

CVaR is the mean of the worst 1 - alpha of probability (Rockafellar and Uryasev 2000); pi is
unconditional; costs are discounted to the start of the horizon. Stress branches weigh nothing
and have no such rows.
"""

from __future__ import annotations

from pyomo.environ import ConcreteModel, NonNegativeReals, Reals, Var

from models.cost import node_cost
from models.instance import Instance, Limit
from models.place import Place, Term

Model = ConcreteModel


def add_risk(b: Model, data: Instance, place: Place) -> None:
    """Attach what CVaR and the limits need; nothing for a risk-neutral case without limits."""
    if place.test is not None:
        return
    if data.holds_risk:
        _add_cost_risk(b, data, place)
    for measure in ("expected_shortage_share", "cvar_shortage_share"):
        _add_shortage(b, data, place, [i for i in data.limits if i.measure == measure], measure)


def _add_cost_risk(b: Model, data: Instance, place: Place) -> None:
    b.cost_to = Var(within=Reals, doc="[kUSD]")
    before = place.of(place.epoch - 1).cost_to if place.epoch > 1 else 0

    @b.Constraint(doc="RSK-1 [kUSD]")
    def path_cost(b: Model) -> Term:
        return b.cost_to == before + node_cost(b, place.grid)

    if place.epoch == 1:
        b.eta = Var(within=Reals, doc="[kUSD]")
    tail = 1 / (1 - data.risk.level)
    if place.is_last:
        b.excess = Var(within=NonNegativeReals, doc="[kUSD]")

        @b.Constraint(doc="RSK-2 [kUSD]")
        def beyond_eta(b: Model) -> Term:
            return b.excess >= b.cost_to - place.of(1).eta

    for limit in (i for i in data.limits if i.measure == "cvar_cost_kusd"):
        terms = place.books.expected["RSK-6", limit.name]
        if place.epoch == 1:
            terms.append(b.eta - place.figure("limit", limit.name))
        if place.is_last:
            terms.append(tail * b.excess)


def _shortage_share(data: Instance, place: Place, limit: Limit) -> Term:
    """Short t / demand t over the path, counted rows of the limit's end uses [-]."""
    return sum(
        place.figure("short_weight", limit.name) * block.short[m, i, t]
        for block in place.blocks
        for m, i, t in block.WANTS
        if t in data.demands[m, i].counted
        and (not limit.end_uses or data.demands[m, i].end_use in limit.end_uses)
    )


def _add_shortage(
    b: Model, data: Instance, place: Place, limits: list[Limit], measure: str
) -> None:
    expected = place.books.expected
    if measure == "expected_shortage_share":
        for limit in limits:
            if place.epoch == 1:
                expected["RSK-4", limit.name].append(-place.figure("limit", limit.name))
            if place.is_last:
                expected["RSK-4", limit.name].append(_shortage_share(data, place, limit))
        return
    names = [limit.name for limit in limits]
    if place.epoch == 1:
        b.eta_short = Var(names, within=Reals, doc="[-]")
    eta = place.of(1).eta_short
    for limit in limits:
        if place.epoch == 1:
            terms = eta[limit.name] - place.figure("limit", limit.name)
            expected["RSK-5", limit.name].append(terms)
    if not place.is_last:
        return
    b.excess_short = Var(names, within=NonNegativeReals, doc="[-]")
    by_name = {limit.name: limit for limit in limits}

    @b.Constraint(names, doc="RSK-5 [-]")
    def shortage_beyond_eta(b: Model, i: int) -> Term:
        return b.excess_short[i] >= _shortage_share(data, place, by_name[i]) - eta[i]

    for i in names:
        expected["RSK-5", i].append(b.excess_short[i] / (1 - data.risk.level))


def weights(data: Instance) -> tuple[float, float]:
    """Weights of E and CVaR in the objective: 1 - lambda and lambda."""
    return 1 - data.risk.weight, data.risk.weight
