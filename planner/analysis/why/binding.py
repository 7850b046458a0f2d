"""Which caps and capacities bind a thing, in words, by cell, with what they charge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.analysis.why.items import Item
from planner.case import Case
from planner.solve.answer import Answer
from planner.solve.arrays import Floats
from planner.solve.charges import Charge, charges

#: Charges that a sentence names.
_NAMED = 2
#: The cell that is the upper bound of a thing's own columns, by its sheet.
_OWN_BOUND = {
    "offers": "capacity_t_per_year", "projects": "max_modules", "lanes": "capacity_t_per_year",
    "substitutes": "max_share",
}  # fmt: skip


@dataclass(frozen=True)
class Bound:
    """One cell: ``charge`` at its highest in the price unit of the thing, in so many (node, period)."""

    name: str
    cell: str
    charge: float
    places: int


@dataclass(frozen=True)
class Binding:
    """Heaviest first; ``unit`` of the charges."""

    unit: str
    rows: tuple[Bound, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """``cap 60 (caps!E2) charges up to 8.00 USD/kg in 3 places``."""
        return tuple(
            f"{b.name} ({b.cell}) charges up to {b.charge:,.2f} {self.unit} in {b.places} "
            f"period{'s' if b.places > 1 else ''} of the tree"
            for b in self.rows[:_NAMED]
        )


NOTHING_BINDS = Binding("", ())


def binding(found: Answer, item: Item) -> Binding:
    """By the row prices of a plan, its yes-or-no decisions as they are."""
    case = found.problem.case
    told = charges(found, item.columns(found.problem), weights(found))
    rows = [_bound(case, item, charge) for charge in told]
    return Binding(item.kind.price_unit, tuple(row for row in rows if row is not None))


def _bound(case: Case, item: Item, charge: Charge) -> Bound | None:
    rule = charge.rule
    if rule is not None:
        row = rule.row(case)
        name = f"{rule.sheet.removesuffix('s')} {next(iter(row.values()))}"
        if rule.sheet == item.kind.sheet and rule.place == item.place:
            name = "its own capacity"
        return Bound(name, case.address(rule.sheet, row, rule.column), charge.highest, charge.places)  # fmt: skip
    column = _OWN_BOUND.get(item.kind.sheet)
    if column is None or item.row(case)[column] is None:
        return None
    cell = case.address(item.kind.sheet, item.row(case), column)
    return Bound("its own capacity", cell, charge.highest, charge.places)


def weights(base: Answer) -> Floats:
    """Probability x discount of each of the solver's columns, by the first period of its epoch."""
    data, layout = base.problem.assembly.instance, base.problem.layout
    every = []
    for node, template in layout.templates.items():
        first = data.grid.periods(template.epoch)[0]
        weight = data.tree.by_name[node].probability * data.grid.discount[first]
        every.append(np.full(len(template.columns), weight))
    return np.concatenate(every)[layout.kept]
