"""Commitments: what is signed, decided, forced or forbidden.

COM-1       amount committed  (=, >=, <=)  amount[i]:
            contract offer: contracts in force in the epoch [t/year]; spot offer: taken [t];
            project: modules decided; licence, substitute: applied for, switched [-]

With a period the row stands in the node that decides it; without one it is the sum over each
path and stands in the last block (contract offers: in every epoch). What nothing can decide, such
as a project outside its periods, is a row of constants: more than 0 of it is infeasible.
"""

from __future__ import annotations

from pyomo.environ import ConcreteModel

from models.instance import Commitment, Instance
from models.place import NOTHING, Block, Place, Term
from models.sourcing import in_force

Model = ConcreteModel


def add_commitments(b: Model, data: Instance, place: Place) -> None:
    """Attach the rows that this node can state; none in stress branches."""
    if place.test is not None:
        return
    rows: dict[tuple[int, int], Term] = {}
    for deed in data.commitments:
        if deed.what == "offer" and data.offers[deed.subject].contract_epochs:
            offer = data.offers[deed.subject]
            for epoch in place.decides_epochs:
                if deed.period is None or place.grid.epoch[deed.period] == epoch:
                    rows[deed.name, epoch] = in_force(place, offer, epoch)
        elif deed.period is not None:
            if _decided_here(deed, deed.period, place):
                rows[deed.name, place.epoch] = _amount(deed, b, deed.period)
        elif place.is_last:
            every = (_amount(deed, block, None) for block in place.blocks)
            rows[deed.name, place.epoch] = sum(every)
    senses = {deed.name: deed.sense for deed in data.commitments}

    @b.Constraint(list(rows), doc="COM-1")
    def committed(b: Model, name: int, epoch: int) -> Term:
        beyond = NOTHING + rows[name, epoch] - place.figure("committed", name)
        match senses[name]:
            case "=":
                return beyond == 0
            case ">=":
                return -beyond <= 0
            case _:
                return beyond <= 0


def _decided_here(deed: Commitment, period: int, place: Place) -> bool:
    epoch = place.grid.epoch[period]
    # An application for an epoch is decided in the node before it.
    return place.epoch == (epoch - 1 if deed.what == "licence" else epoch)


def _amount(deed: Commitment, block: Block, period: int | None) -> Term:
    """What the block decides of the subject, in ``period`` or at all."""
    match deed.what:
        case "offer":
            keys = [k for k in block.TAKES if k[0] == deed.subject and period in (None, k[1])]
            return sum(block.take[k] for k in keys)
        case "project":
            keys = [k for k in block.BUILDS if k[0] == deed.subject and period in (None, k[1])]
            return sum(block.build[k] for k in keys)
        case "licence":
            return sum(block.apply[k] for k in block.APPLIES if k[0] == deed.subject)
        case _:
            return sum(block.switch[u] for u in block.SWITCHES if u == deed.subject)
