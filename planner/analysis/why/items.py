"""What can be asked about: each offer, project, licence, lane and substitute, with its price."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.analysis.loosening import changed
from planner.case import Case, Row
from planner.errors import CaseError
from planner.solve.answer import Answer
from planner.solve.run import Problem


@dataclass(frozen=True)
class Kind:
    """``component``: what its use is counted in; ``blocked``: the columns that go with it."""

    sheet: str
    price: str
    unit: str
    price_unit: str
    component: str
    blocked: tuple[str, ...]


KINDS = {
    kind.sheet: kind
    for kind in (
        Kind("offers", "price_usd_per_kg", "t", "USD/kg", "take", ("take", "contract")),
        Kind("projects", "capex_kusd", "modules", "kUSD a module", "build", ("build",)),
        Kind("licences", "application_kusd", "applications", "kUSD", "apply", ("apply",)),
        Kind("lanes", "freight_usd_per_kg", "t", "USD/kg", "ship", ("ship", "load")),
        Kind("substitutes", "performance_usd_per_kg", "t", "USD/kg", "swap", ("swap", "switch")),
    )
}


@dataclass(frozen=True)
class Item:
    """One row; ``place`` is its position in the sheet."""

    kind: Kind
    place: int
    name: str

    def row(self, case: Case) -> Row:
        return case[self.kind.sheet][self.place]

    def price(self, case: Case) -> float:
        """What it costs now, in the unit of its kind."""
        return float(self.row(case)[self.kind.price] or 0.0)

    def at_price(self, case: Case, price: float) -> Case:
        """The case with its price at this; prices of an offer in time and by volume move alike."""
        by = price - self.price(case)
        case = changed(case, self.kind.sheet, self.place, **{self.kind.price: price})
        if self.kind.sheet != "offers":
            return case
        for sheet in ("offer_paths", "price_breaks"):
            for at, row in enumerate(case[sheet]):
                if row["offer"] == self.name and row["price_usd_per_kg"] is not None:
                    moved = row["price_usd_per_kg"] + by
                    case = changed(case, sheet, at, price_usd_per_kg=moved)
        return case

    def used(self, found: Answer) -> float:
        """Expected use over the horizon, stress branches left out."""
        probability = {node.name: node.probability for node in found.tree.ordinary}
        is_own = self._owns(found.problem)
        return sum(
            probability.get(node, 0.0) * amount
            for node, index, amount in found.problem.layout.decisions(
                found.values, self.kind.component
            )
            if is_own(index)
        )

    def columns(self, problem: Problem) -> list[int]:
        """Positions of its columns among those of the solver."""
        return list(self._own_columns(problem, self.kind.blocked))

    def main_columns(self, problem: Problem) -> list[int]:
        """Of what its use is counted in."""
        return list(self._own_columns(problem, (self.kind.component,)))

    def _own_columns(self, problem: Problem, components: tuple[str, ...]) -> Iterator[int]:
        layout, is_own = problem.layout, self._owns(problem)
        place = {int(column): at for at, column in enumerate(layout.kept)}
        for node, template in layout.templates.items():
            for component in components:
                for at in template.spans.get(component, ()):
                    column = layout.offset[node] + at
                    if column in place and is_own(template.columns[at][1]):
                        yield place[column]

    def _owns(self, problem: Problem) -> Callable[[Any], bool]:
        """Whether an index of its components is its own."""
        if self.kind.sheet == "lanes":
            rows = problem.assembly.context.network.lane_rows
            arcs = problem.assembly.instance.arcs
            return lambda index: (
                rows[arcs[index[0]].lane if len(index) == 3 else index[0]] == self.place
            )
        return lambda index: (index[0] if isinstance(index, tuple) else index) == self.name

    def without(self, problem: Problem) -> Problem:
        """The problem in which it cannot be used."""
        arrays, columns = problem.layout.arrays, self.columns(problem)
        upper = arrays.upper.copy()
        upper[columns] = np.minimum(upper[columns], 0.0)
        return replace(problem, layout=replace(problem.layout, arrays=replace(arrays, upper=upper)))


def items(case: Case) -> tuple[Item, ...]:
    """All of a case, offers first."""
    return tuple(
        Item(kind, at, _name(case, kind, at))
        for kind in KINDS.values()
        for at in range(len(case[kind.sheet]))
    )


def asked(case: Case, of: str) -> Item:
    """``offers:Lynas``: the item of that name, or the only one whose name holds the words.

    Raises CaseError, naming the nearest, where none or several do.
    """
    sheet, _, words = of.partition(":")
    words = words.strip().lower()
    if sheet.strip() not in KINDS or not words:
        raise CaseError(
            f"{of!r}: name a sheet and a row of it, such as offers:NAME; sheets are {', '.join(KINDS)}."
        )
    own = [item for item in items(case) if item.kind.sheet == sheet.strip()]
    hits = [item for item in own if item.name.lower() == words]
    hits = hits or [item for item in own if words in item.name.lower()]
    if len(hits) == 1:
        return hits[0]
    names = "; ".join(item.name for item in (hits or own)[:12])
    how = "Several rows have these words" if hits else f"No row of {sheet} has these words"
    raise CaseError(f"{of!r}: {how}: {names}.")


def _name(case: Case, kind: Kind, at: int) -> str:
    row = case[kind.sheet][at]
    if kind.sheet != "lanes":
        return str(row[kind.sheet.removesuffix("s")])
    name = f"{row['from_site']} -> {row['to_site']} ({row['material']})"
    alike = [
        r for r in case["lanes"]
        if (r["from_site"], r["to_site"], r["material"]) == (row["from_site"], row["to_site"], row["material"])
    ]  # fmt: skip
    return name if len(alike) == 1 else f"{name} from {row['first_period'] or 'the start'}"
