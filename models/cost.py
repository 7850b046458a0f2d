"""Cost: one expression per line of the executive's cost table and period, per node.

CST-1       cost[line, t] = sum of what the modules charge to the line in t [kUSD, not discounted]
            lines: purchase, take_or_pay, freight, duty, processing, holding, qualification,
            applications, capex, grants (negative), fixed, collection, disposal, substitution,
            shortage, cap_penalties, sales (negative)

The discounted cost of a node is sum(discount[t] * cost[line, t]), discount = (1 + rate)^-start.
"""

from __future__ import annotations

from pyomo.environ import ConcreteModel, Expression, Set

from models.instance import Grid
from models.place import Place, Term


def add_cost(b: ConcreteModel, place: Place) -> None:
    """Close the book of costs; comes after every module that charges."""
    book = place.books.cost
    b.COSTS = Set(dimen=2, initialize=sorted(book))
    b.cost = Expression(b.COSTS, rule=lambda _, line, t: sum(book[line, t]), doc="CST-1 [kUSD]")


def node_cost(b: ConcreteModel, grid: Grid) -> Term:
    """Discounted cost of this node's periods [kUSD]."""
    return sum(grid.discount[t] * b.cost[line, t] for line, t in b.COSTS)
