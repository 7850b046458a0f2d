"""Signposts: the prices at which today's decisions would no longer be right.

The price of an offer is moved, everywhere and for good, away from what the workbook says: to the far end
first, then, where that makes today's decisions wrong, to the first of the steps between that does.
Today's decisions (signed, filed or begun) are kept and all later ones made anew; where that costs more
than deciding afresh by more than the plan's own gap, the plan should be made again before that price is
reached. The chance of a licence's approval has the same question answered by
``planner.analysis.licence_value``.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from planner.analysis.amounts import kusd, percent
from planner.analysis.findings import Findings, FindingTable
from planner.analysis.loosening import changed
from planner.analysis.resolving import OutOfTime, Resolver, Tell, Unsolved
from planner.case import Case
from planner.solve.answer import Answer
from planner.solve.given import SIGNED, Given

#: Factors tried on a price, mild first; the last is the far end.
_UP, _DOWN = (1.1, 1.25, 1.5, 2.0), (0.9, 0.75, 0.5)
#: Costs are alike within this, relative to the plan's.
_ALIKE = 1e-6


@dataclass(frozen=True)
class Signpost:
    """Prices [USD/kg] of one offer: today's decisions are right at ``right`` and wrong at ``wrong``;
    NaN where no step made them wrong. ``cost`` what they cost too much there [kUSD]."""

    offer: str
    side: str
    price: float
    right: float
    wrong: float
    cost: float


def signposts(
    case: Case,
    *,
    gap: float | None = None,
    offers: int = 6,
    seconds: float = 300.0,
    tell: Tell | None = None,
    stop: threading.Event | None = None,
    solved: Answer | None = None,
) -> Findings:
    """Of the offers on which most is spent; table ``signposts``."""
    resolver = Resolver(case, gap=gap, seconds=seconds, stop=stop, base=solved)
    base = resolver.base.answer
    assert base is not None
    kept = base.decided_in([base.tree.root.name], SIGNED)
    names = _dearest(case, base)[:offers]
    found: list[Signpost] = []
    late = False
    try:
        for done, name in enumerate(names):
            if tell is not None:
                tell(done, len(names), f"the price of {name}")
            for side, factors in (("rises", _UP), ("falls", _DOWN)):
                with contextlib.suppress(Unsolved):
                    found.append(_signpost(resolver, kept, name, side, factors))
    except OutOfTime:
        late = True
    return _findings(found, len(names), late=late or len(found) < 2 * len(names))


def _dearest(case: Case, base: Answer) -> list[str]:
    """Offers by expected spending, those on which nothing is spent left out."""
    price = {row["offer"]: float(row["price_usd_per_kg"]) for row in case["offers"]}
    chance = {node.name: node.probability for node in base.tree.nodes}
    spent: dict[str, float] = {}
    for node, (offer, _), amount in base.problem.layout.decisions(base.values, "take"):
        spent[offer] = spent.get(offer, 0.0) + amount * chance[node] * price[offer]
    return sorted((o for o, kusd in spent.items() if kusd > 0), key=lambda o: (-spent[o], o))


def _signpost(
    resolver: Resolver, kept: Given, name: str, side: str, factors: tuple[float, ...]
) -> Signpost:
    case = resolver.case
    at, row = next((i, r) for i, r in enumerate(case["offers"]) if r["offer"] == name)
    price = float(row["price_usd_per_kg"])
    open_ = resolver.gap * abs(resolver.base.found) + _ALIKE * max(1.0, abs(resolver.base.found))

    def too_dear(factor: float) -> float:
        moved = _priced(case, at, name, factor)
        return resolver.cost(moved, kept).found - resolver.cost(moved).found

    right, cost = 0, too_dear(factors[-1])
    if cost <= open_:
        return Signpost(name, side, price, price * factors[-1], math.nan, math.nan)
    # Steps before ``right`` leave today's decisions right, ``wrong`` is the first known not to.
    wrong = len(factors) - 1
    while right < wrong:
        middle = (right + wrong) // 2
        more = too_dear(factors[middle])
        if more > open_:
            wrong, cost = middle, more
        else:
            right = middle + 1
    last_right = price * factors[wrong - 1] if wrong else price
    return Signpost(name, side, price, last_right, price * factors[wrong], cost)


def _priced(case: Case, at: int, name: str, factor: float) -> Case:
    """The offer's price times a factor, in every period and at every volume."""
    row = case["offers"][at]
    moved = changed(case, "offers", at, price_usd_per_kg=row["price_usd_per_kg"] * factor)
    for sheet in ("offer_paths", "price_breaks"):
        for place, other in enumerate(case[sheet]):
            stated = other["price_usd_per_kg"]
            if other["offer"] == name and stated is not None:
                moved = changed(moved, sheet, place, price_usd_per_kg=stated * factor)
    return moved


def _findings(found: list[Signpost], offers: int, *, late: bool) -> Findings:
    rows = [
        (s.offer, s.side, s.price, s.right, s.wrong, s.cost) for s in found
    ]  # fmt: skip
    table = FindingTable.of(
        "signposts", "an offer's price: up to where today's decisions are right, and where they are wrong",
        ("offer", "if_it", "now_usd_per_kg", "right_at_usd_per_kg", "wrong_at_usd_per_kg", "too_dear_kusd"),
        rows,
    )  # fmt: skip
    turning = [s for s in found if not math.isnan(s.wrong)]
    title = (
        f"{len(turning)} price moves on {offers} offers would make today's decisions wrong"
        if turning
        else f"No price move tried on {offers} offers makes today's decisions wrong"
    )
    cautions = [
        f"Prices are moved one at a time, for good and everywhere, shocks on top of them, up to {_UP[-1]:g} "
        f"times and down to {_DOWN[-1]:g} times of what they are."
    ]
    if late:
        cautions.append("Time was up before all offers were tried: ask for more seconds.")
    return Findings("signposts", title, tuple(_sentences(turning)), (table,), tuple(cautions))


def _sentences(turning: list[Signpost]) -> Iterator[str]:
    for s in turning:
        move = abs(s.wrong / s.price - 1) if s.price else math.nan
        yield (
            f"Plan again if {s.offer} {s.side} from USD/kg {s.price:g} towards {s.wrong:g} "
            f"({percent(move)}): at {s.right:g} today's decisions are still right, at {s.wrong:g} they "
            f"cost {kusd(s.cost)} too much."
        )
