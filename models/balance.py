"""Balance: nothing appears or vanishes, at any site, in any period, on any track.

BAL-1       sum of inflows = sum of outflows, per site, material, tracks and period:
            stock before + arrivals + pipeline + taken + produced + collected
            = stock after + shipped + drawn + delivered + substituted + disposed   [t]

The other modules book their terms (``Place.books``); this one closes the sum, so it comes after
them. A key with inflow only is still a row: what cannot be used, stocked or thrown away may not
be made or bought.
"""

from __future__ import annotations

from pyomo.environ import ConcreteModel, NonNegativeReals, Set, Var

from models.instance import Instance
from models.place import Place, Term


def add_balance(b: ConcreteModel, data: Instance, place: Place) -> None:
    """Attach disposal and the closed balance of goods."""
    books = place.books
    keys = [key for key in books.balance if key[1] in data.disposable]
    b.DISPOSALS = Set(dimen=4, initialize=keys)
    b.dispose = Var(b.DISPOSALS, within=NonNegativeReals, doc="[t]")
    for site, material, tracks, t in keys:
        gone = b.dispose[site, material, tracks, t]
        books.goods(site, material, tracks, t, -gone)
        books.charge("disposal", t, place.figure("disposal_cost", material) * gone)
    b.GOODS = Set(dimen=4, initialize=list(books.balance))

    @b.Constraint(b.GOODS, doc="BAL-1 [t]")
    def goods(b: ConcreteModel, site: str, material: str, tracks: str, t: int) -> Term:
        return sum(books.balance[site, material, tracks, t]) == 0
