"""What binds a thing: the rows and bounds that charge its columns, by the prices of the plan's own LP.

With yes-or-no decisions as in the plan, the LP's row prices say what one more unit of room in a cap or a
capacity would save. On a column that adds up: what it costs, plus what the caps on it charge, less what
its goods are worth, is 0 where it is used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from highspy import HighsModelStatus

from planner.errors import NoPlan
from planner.solve.answer import Answer
from planner.solve.arrays import Floats, cost_scale, load, run_here
from planner.solve.business_rules import Rule, Rules

#: Charges below this are none [kUSD a unit].
_NOTHING = 1e-6


@dataclass(frozen=True)
class Charge:
    """Of one cell on one thing, at its highest [kUSD per unit of the columns, not discounted]; in so
    many (node, period) of those in which the thing could be used. ``rule`` None: its own upper bound."""

    rule: Rule | None
    highest: float
    places: int


def charges(found: Answer, columns: Iterable[int], weight: Floats) -> list[Charge]:
    """Of columns of the solver, the heaviest first; ``weight`` (columns of the solver,): probability times
    discount."""
    arrays, layout = found.problem.layout.arrays, found.problem.layout
    values = found.values[layout.kept]
    fixed = np.where(arrays.integer, np.rint(values), np.nan)
    held = replace(
        arrays,
        integer=np.zeros_like(arrays.integer),
        lower=np.where(arrays.integer, fixed, arrays.lower),
        upper=np.where(arrays.integer, fixed, arrays.upper),
    )
    scale = cost_scale(arrays.cost)
    highs = load(held, scale, {"threads": 1})
    if found.warm.basis is not None:
        highs.setBasis(found.warm.basis)
    run_here(highs)
    if (ended := highs.getModelStatus()) != HighsModelStatus.kOptimal:
        raise NoPlan(f"HiGHS finds no prices for the plan (model status {ended.name}).")
    solution = highs.getSolution()
    row, column = np.array(solution.row_dual) / scale, np.array(solution.col_dual) / scale
    matrix, rules = arrays.matrix.tocsc(), Rules(found.problem.assembly)
    told: dict[Rule | None, list[float]] = defaultdict(list)
    names = _named_rows(found)
    for at in columns:
        if weight[at] <= 0:
            continue
        if column[at] < 0 and not arrays.integer[at]:
            told[None].append(-column[at] / weight[at])
        part = slice(matrix.indptr[at], matrix.indptr[at + 1])
        for i, entry in zip(matrix.indices[part], matrix.data[part], strict=True):
            charge = -row[i] * entry / weight[at]
            rule = rules.cell(*names[int(i)]) if charge > _NOTHING else None
            if rule is not None:
                told[rule].append(charge)
    heavy = [Charge(rule, max(each), len(each)) for rule, each in told.items()]
    heavy = [charge for charge in heavy if charge.highest > _NOTHING]
    return sorted(heavy, key=lambda charge: -charge.highest)


def _named_rows(found: Answer) -> Mapping[int, tuple[str, object]]:
    """Row of the solver -> (component, index)."""
    layout = found.problem.layout
    every: list[tuple[str, object]] = [("", ())] * layout.height
    for node, template in layout.templates.items():
        begun = layout.row_offset[node]
        names = template.rows.names
        every[begun : begun + len(names)] = names
    if layout.overall:
        every[-len(layout.overall) :] = [(key[0], key[1:]) for key in layout.overall]
    return {at: every[int(row)] for at, row in enumerate(layout.kept_rows)}
